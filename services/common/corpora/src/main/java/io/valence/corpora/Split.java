package io.valence.corpora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A random division of videos into train, validation and test, in per cent.
 *
 * @param train per cent of the videos, above 0
 * @param validation per cent, at least 0
 * @param test per cent, at least 0; the three sum to 100
 */
public record Split(int train, int validation, int test) {

  private static final Pattern FORM = Pattern.compile("(\\d{1,3})/(\\d{1,3})/(\\d{1,3})");

  public Split {
    if (train <= 0 || validation < 0 || test < 0 || train + validation + test != 100) {
      throw new IllegalArgumentException(
          "a split needs three shares that sum to 100, the first above 0: "
              + train
              + "/"
              + validation
              + "/"
              + test);
    }
  }

  /**
   * Reads the form {@code 70/15/15}.
   *
   * @throws IllegalArgumentException if it is not of that form
   */
  public static Split parse(String text) {
    final Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is not a split: write it as 70/15/15");
    }
    return new Split(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /**
   * Divides the videos. The same videos (in any order) and the same seed give the same folds. Shares
   * are rounded to the nearest video, test takes the rest.
   */
  public Map<String, Fold> assign(Collection<String> videos, long seed) {
    final List<String> order = new ArrayList<>(new TreeSet<>(videos));
    final Random random = new Random(seed);
    for (int i = order.size() - 1; i > 0; i--) {
      final int j = random.nextInt(i + 1);
      final String held = order.get(i);
      order.set(i, order.get(j));
      order.set(j, held);
    }
    final int trainEnd = (int) Math.round(order.size() * train / 100.0);
    final int validationEnd =
        test == 0 ? order.size() : (int) Math.round(order.size() * (train + validation) / 100.0);
    final Map<String, Fold> folds = new HashMap<>();
    for (int i = 0; i < order.size(); i++) {
      folds.put(
          order.get(i),
          i < trainEnd ? Fold.TRAIN : i < validationEnd ? Fold.VALIDATION : Fold.TEST);
    }
    return Map.copyOf(folds);
  }
}
