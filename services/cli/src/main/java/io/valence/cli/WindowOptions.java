package io.valence.cli;

import io.valence.windows.WindowGrid;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the windows of a recording lie. */
final class WindowOptions {

  private static final double SHORTEST_SECONDS = 0.1;
  private static final double LONGEST_SECONDS = 3_600;
  private static final double DEFAULT_SECONDS = 3;

  @Option(
      names = "--window",
      paramLabel = "SECONDS",
      description = "Length of a window in seconds, 0.1 to 3600 (default: 3).")
  private Double windowSeconds;

  @Option(
      names = "--hop",
      paramLabel = "SECONDS",
      description =
          "From the start of a window to that of the next: windows overlap where it is shorter than"
              + " a window, and must hold it a whole number of times, at most 120. By default it is"
              + " the window's length.")
  private Double hopSeconds;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * The windows that were asked for, of 3 s where nothing was said.
   *
   * @throws ParameterException if there can be no such windows
   */
  WindowGrid grid() {
    final long size = micros("--window", windowSeconds == null ? DEFAULT_SECONDS : windowSeconds);
    final long hop = hopSeconds == null ? size : micros("--hop", hopSeconds);
    WindowGrid.refusal(size, hop)
        .ifPresent(
            reason -> {
              throw new ParameterException(spec.commandLine(), "--hop: " + reason);
            });
    return new WindowGrid(size, hop, 0);
  }

  /** Length of a window in seconds; empty if it is left to whoever cuts the recording. */
  Optional<Double> windowSeconds() {
    // Whether a hop fits was judged with this length.
    return hopSeconds != null && windowSeconds == null
        ? Optional.of(DEFAULT_SECONDS)
        : Optional.ofNullable(windowSeconds);
  }

  /** The hop in seconds, if it was named. */
  Optional<Double> hopSeconds() {
    return Optional.ofNullable(hopSeconds);
  }

  private long micros(final String option, final double seconds) {
    if (!(seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS)) {
      throw new ParameterException(
          spec.commandLine(), option + " must be 0.1 to 3600 seconds, not " + seconds);
    }
    return Math.round(seconds * 1_000) * 1_000;
  }
}
