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
   * are rounded to the nearest video, test takes the rest. No share above 0 is left without a video
   * by that: it gets one of the largest fold. Where there are fewer videos than such shares, train
   * comes first, then validation: 90/10 of five videos are four and one, of one video one and none.
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
    final int[] sizes = sizes(order.size());
    final int trainEnd = sizes[0];
    final int validationEnd = sizes[0] + sizes[1];
    final Map<String, Fold> folds = new HashMap<>();
    for (int i = 0; i < order.size(); i++) {
      folds.put(
          order.get(i),
          i < trainEnd ? Fold.TRAIN : i < validationEnd ? Fold.VALIDATION : Fold.TEST);
    }
    return Map.copyOf(folds);
  }

  private int[] sizes(final int videos) {
    final int[] shares = {train, validation, test};
    final int trainEnd = (int) Math.round(videos * train / 100.0);
    final int validationEnd =
        test == 0 ? videos : (int) Math.round(videos * (train + validation) / 100.0);
    final int[] sizes = {trainEnd, validationEnd - trainEnd, videos - validationEnd};
    for (int fold = 0; fold < sizes.length; fold++) {
      if (sizes[fold] > 0 || shares[fold] == 0) {
        continue;
      }
      // Of the largest that keeps one; else of the last after this one, which it comes before.
      int giver = -1;
      for (int other = 0; other < sizes.length; other++) {
        final boolean spare = sizes[other] > 1 || (other > fold && sizes[other] > 0);
        if (spare && (giver < 0 || sizes[other] >= sizes[giver])) {
          giver = other;
        }
      }
      if (giver >= 0) {
        sizes[giver]--;
        sizes[fold]++;
      }
    }
    return sizes;
  }
}
