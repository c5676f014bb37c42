package io.valence.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * What a vector speaks of, in the order of the fusion model's presence mask. A bundle writes the
 * names in small letters.
 */
public enum Modality {
  /** The face. */
  @JsonProperty("visual")
  VISUAL,
  /** The voice. */
  @JsonProperty("audio")
  AUDIO,
  /** The words. */
  @JsonProperty("text")
  TEXT;

  /** The name in bundles, ONNX inputs and topics: {@code visual}, {@code audio}, {@code text}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
