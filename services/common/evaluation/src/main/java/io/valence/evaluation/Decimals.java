package io.valence.evaluation;

import java.util.Locale;

/** Numbers as a page shows them: two decimals unless told, a true minus sign, no negative zero. */
final class Decimals {

  private static final char MINUS = '\u2212';

  private Decimals() {}

  static String of(double value) {
    return of(value, 2);
  }

  static String of(double value, int decimals) {
    return typeset(String.format(Locale.ROOT, "%." + decimals + "f", value));
  }

  /** With a plus sign before what is above zero. */
  static String signed(double value) {
    final String plain = of(value);
    return value > 0 && !plain.equals("0.00") ? "+" + plain : plain;
  }

  static String percent(double share) {
    return of(100 * share, 1);
  }

  private static String typeset(String number) {
    final boolean negative = number.startsWith("-");
    final String digits = negative ? number.substring(1) : number;
    final boolean zero = digits.chars().noneMatch(digit -> digit >= '1' && digit <= '9');
    return negative && !zero ? MINUS + digits : digits;
  }
}
