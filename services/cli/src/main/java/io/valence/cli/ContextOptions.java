package io.valence.cli;

import io.valence.features.text.ContextLimits;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much of what was said before a window is read with it. */
final class ContextOptions {

  /** Word pieces of what was said before, as text-features has it by default. */
  private static final int PIECES = 20;

  private static final int MOST_WINDOWS = 100;

  @Option(
      names = "--context",
      paramLabel = "WINDOWS",
      defaultValue = "3",
      description =
          "Words of so many windows before are read with those of a window, if the bundle has a text"
              + " expert (default: ${DEFAULT-VALUE}). 0 reads each by itself: half the time, and worse"
              + " scores.")
  private int windows;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  ContextLimits limits() {
    if (windows < 0 || windows > MOST_WINDOWS) {
      throw new ParameterException(
          spec.commandLine(), "--context must be 0 to " + MOST_WINDOWS + ", not " + windows);
    }
    return new ContextLimits(windows, PIECES, ContextLimits.DEFAULT.textPieces());
  }

  Map<String, String> properties() {
    final ContextLimits limits = limits();
    return Map.of(
        "valence.text.context.windows",
        Integer.toString(limits.texts()),
        "valence.text.context.pieces",
        Integer.toString(limits.contextPieces()));
  }
}
