package io.valence.training;

import io.valence.model.Modality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The cross-modal fusion model. Each modality is encoded to the same width; each encoding then
 * attends to the other two that are present (scaled dot product, several heads; Vaswani et al.,
 * 2017), and what it finds there is added to it and normalised; the three together go through a
 * feed-forward layer to one score.
 *
 * <p>Absent is not zero: the presence mask keeps an absent modality out of every attention, silences
 * its own place, and is itself an input of the last layers. With one modality present nobody is left
 * to attend to, and the attention adds only its bias.
 *
 * @param widths of the inputs, in the order of {@link Modality}
 */
@SuppressWarnings("ArrayRecordComponent") // compared by sameAs; never used as a key
record FusionNetwork(int[] widths, int hidden, int heads) {

  private static final int MODALITIES = Modality.values().length;
  private static final float BLOCKED = 10_000f;

  Weights newWeights(final Random random) {
    final Weights weights = new Weights();
    for (final Modality modality : Modality.values()) {
      weights.linear(encoder(modality), widths[modality.ordinal()], hidden, random);
    }
    for (final String part : List.of("query", "key", "value", "output")) {
      weights.linear("attention." + part, hidden, hidden, random);
    }
    weights.norm("attended", hidden);
    weights.linear("fusion", MODALITIES * hidden + MODALITIES, hidden, random);
    weights.linear("score", hidden, 1, random);
    return weights;
  }

  boolean sameAs(final FusionNetwork other) {
    return Arrays.equals(widths, other.widths) && hidden == other.hidden && heads == other.heads;
  }

  static String encoder(final Modality modality) {
    return "encoder." + modality.label();
  }

  /**
   * @param inputs [batch, width] for each modality, standardised, zero where absent
   * @param mask [batch, 3], 1 where present
   * @return [batch], not limited to -3..3
   */
  <T> T score(
      final Arithmetic<T> math,
      final List<T> inputs,
      final T mask,
      final double inputDropout,
      final double dropout) {
    final List<T> encodings = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final T features = math.dropout(inputs.get(modality.ordinal()), inputDropout);
      final T encoding = math.relu(math.linear(features, encoder(modality)));
      encodings.add(math.reshape(math.dropout(encoding, dropout), -1, 1, hidden));
    }
    final T present = math.reshape(mask, -1, MODALITIES, 1);
    final T encoded = math.multiply(math.concatenate(encodings, 1), present);
    final T attended = math.dropout(attention(math, encoded, mask), dropout);
    final T mixed = math.multiply(math.layerNorm(math.add(encoded, attended), "attended"), present);
    final T joined =
        math.concatenate(List.of(math.reshape(mixed, -1, MODALITIES * (long) hidden), mask), 1);
    final T last = math.dropout(math.relu(math.linear(joined, "fusion")), dropout);
    return math.reshape(math.linear(last, "score"), -1);
  }

  private <T> T attention(final Arithmetic<T> math, final T encoded, final T mask) {
    final int width = hidden / heads;
    final T query = heads(math, math.linear(encoded, "attention.query"), 0, 2, 1, 3);
    final T key = heads(math, math.linear(encoded, "attention.key"), 0, 2, 3, 1);
    final T value = heads(math, math.linear(encoded, "attention.value"), 0, 2, 1, 3);
    final T scores = math.scale(math.matMul(query, key), (float) (1 / Math.sqrt(width)), 0);
    // 1 where the row's modality may look at the column's: another one, and present.
    final T others = math.constant("attention.others", others(), 1, 1, MODALITIES, MODALITIES);
    final T allowed = math.multiply(math.reshape(mask, -1, 1, 1, MODALITIES), others);
    final T blocked = math.scale(allowed, BLOCKED, -BLOCKED);
    // Multiplied once more: where nobody may be looked at the softmax would share out evenly.
    final T shares = math.multiply(math.softmax(math.add(scores, blocked)), allowed);
    final T found = math.transpose(math.matMul(shares, value), 0, 2, 1, 3);
    return math.linear(math.reshape(found, -1, MODALITIES, hidden), "attention.output");
  }

  private <T> T heads(final Arithmetic<T> math, final T x, final int... permutation) {
    return math.transpose(math.reshape(x, -1, MODALITIES, heads, hidden / heads), permutation);
  }

  private static float[] others() {
    final float[] others = new float[MODALITIES * MODALITIES];
    for (int row = 0; row < MODALITIES; row++) {
      for (int column = 0; column < MODALITIES; column++) {
        others[row * MODALITIES + column] = row == column ? 0 : 1;
      }
    }
    return others;
  }
}
