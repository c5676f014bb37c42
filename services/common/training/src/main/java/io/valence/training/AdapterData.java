package io.valence.training;

import java.util.Arrays;

/**
 * What an adapter learns from, standardised.
 *
 * @param source features of the extractor's space, one row a segment
 * @param sourceLabels of the same segments
 * @param paired the same segments' features in the target space; null where there are none
 * @param target features of the target space, of any segments: what the output should look like
 * @param targetLabels of those
 */
public record AdapterData(
    float[][] source,
    float[] sourceLabels,
    float[][] paired,
    float[][] target,
    float[] targetLabels) {

  public AdapterData {
    if (source.length != sourceLabels.length
        || source.length != paired.length
        || target.length != targetLabels.length) {
      throw new IllegalArgumentException("as many labels and pairs as rows");
    }
  }

  /** The segments that have both kinds of features. */
  int[] pairs() {
    return java.util.stream.IntStream.range(0, source.length)
        .filter(i -> paired[i] != null)
        .toArray();
  }

  int sourceWidth() {
    return source[0].length;
  }

  int targetWidth() {
    return target[0].length;
  }

  /** Labels as one more column, so that sets are compared with what they mean. */
  static float[][] withLabel(final float[][] rows, final float[] labels, final double weight) {
    final float[][] wider = new float[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      wider[i] = Arrays.copyOf(rows[i], rows[i].length + 1);
      wider[i][rows[i].length] = (float) (labels[i] * weight);
    }
    return wider;
  }
}
