package io.valence.windows;

import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.WordScore;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What one modality had to say in a closed window, its partial vectors merged.
 *
 * @param modality the modality
 * @param status whether it takes part in the score, and if not, why
 * @param values the merged values; empty unless PRESENT; not to be changed
 * @param space the feature space of the values; null unless PRESENT
 * @param weight sum of the parts' weights; 0 unless PRESENT
 * @param quality mean of the parts' qualities weighted by the time that each covers, silent parts
 *     included: for the face the share of frames with one over the time covered; 0 unless PRESENT
 * @param coverage share of the window, up to the end of the stream, that the parts cover, 0 to 1
 * @param words what was read of the window's words, in order of time, preceded by words from before
 *     the window that were read anew; empty unless PRESENT and TEXT
 * @param clockOffsetMicros how far the modality's clock is behind that of the first declared modality,
 *     after the configured correction; empty if either has no part in the window
 */
public record MergedModality(
    Modality modality,
    ModalityStatus status,
    float[] values,
    String space,
    double weight,
    double quality,
    double coverage,
    List<WordScore> words,
    OptionalLong clockOffsetMicros) {

  public MergedModality {
    Objects.requireNonNull(modality, "modality");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(clockOffsetMicros, "clockOffsetMicros");
    words = List.copyOf(words);
    final boolean present = status == ModalityStatus.PRESENT;
    if (present != (values.length > 0) || present != (weight > 0) || present != (space != null)) {
      throw new IllegalArgumentException(
          modality + " is " + status + " with " + values.length + " values, weight " + weight);
    }
    if (!words.isEmpty() && !(present && modality == Modality.TEXT)) {
      throw new IllegalArgumentException(
          modality + " is " + status + " and cannot have " + words.size() + " words");
    }
    if (!(coverage >= 0 && coverage <= 1) || !(quality >= 0 && quality <= 1)) {
      throw new IllegalArgumentException(
          modality + ": coverage " + coverage + " and quality " + quality + " must be 0 to 1");
    }
  }
}
