package io.valence.inference;

import java.util.Locale;

/** Where models run; set by the system property {@value #PROPERTY}. */
public enum InferenceDevice {
  /** The processor. The default. */
  CPU,
  /** An NVIDIA GPU; opening a model fails if there is none that ONNX Runtime can use. */
  CUDA,
  /** An NVIDIA GPU if ONNX Runtime can use one, else the processor, with one warning in the log. */
  AUTO;

  /** The system property that chooses the device: {@code cpu}, {@code cuda} or {@code auto}. */
  public static final String PROPERTY = "valence.inference.device";

  /**
   * The device that the system property asks for; {@link #CPU} where it is not set.
   *
   * @throws IllegalArgumentException if the property has another value
   */
  public static InferenceDevice fromProperty() {
    return parse(System.getProperty(PROPERTY, "cpu"));
  }

  static InferenceDevice parse(final String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "cpu" -> CPU;
      case "cuda" -> CUDA;
      case "auto" -> AUTO;
      default ->
          throw new IllegalArgumentException(
              PROPERTY + " is '" + text + "': write cpu, cuda or auto");
    };
  }
}
