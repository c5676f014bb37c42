package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * What decoding in a child process costs: the time to decode a chunk of 3 s and to have every picture of it
 * as packed RGB in a byte array of this process, isolated by in process. Both take turns, so that whatever
 * else the machine does hits both; the median of the ratios of the turns is reported, and the medians of both
 * times. From the repository's root, after {@code mvn test-compile} of this module: run the main method. Nothing
 * is asserted; machines differ.
 *
 * <p>Two ways of looking: 'at once' takes the next picture immediately, so that the child's running ahead
 * can help, and 'CPU' adds up the processor time of both processes, which is what a machine pays whose
 * processors are all busy.
 */
final class IsolationBenchmark {

  private static final int WARM_UP = 5;

  private IsolationBenchmark() {}

  /**
   * @param arguments how many turns, 40 if none are given
   */
  public static void main(final String[] arguments) throws Exception {
    final int turns = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 40;
    final Path folder = Files.createTempDirectory("valence-benchmark");
    try (IsolatedVideoDecoding isolated = new IsolatedVideoDecoding(IsolationSettings.STANDARD);
        VideoDecoding inProcess = VideoDecoding.inProcess()) {
      System.out.println("chunk of 3 s, h264            in process   isolated   ratio   CPU ratio");
      measure(folder, 640, 480, 25, turns, inProcess, isolated);
      measure(folder, 640, 480, 30, turns, inProcess, isolated);
      measure(folder, 1280, 720, 25, turns, inProcess, isolated);
      measure(folder, 1280, 720, 30, turns, inProcess, isolated);
      System.out.printf(
          Locale.ROOT,
          "largest resident memory of the child: %.0f MB%n",
          isolated.peakBytes() / 1048576.0);
    } finally {
      Files.delete(folder);
    }
  }

  private static void measure(
      final Path folder,
      final int width,
      final int height,
      final int rate,
      final int turns,
      final VideoDecoding inProcess,
      final IsolatedVideoDecoding isolated)
      throws Exception {
    final Path file = SizedMedia.make(folder.resolve("chunk.mkv"), width, height, rate, 3 * rate);
    final ByteBuffer chunk = ByteBuffer.wrap(Files.readAllBytes(file));
    Files.delete(file);
    for (int i = 0; i < WARM_UP; i++) {
      decode(inProcess, chunk);
      decode(isolated, chunk);
    }
    final double[] here = new double[turns];
    final double[] there = new double[turns];
    final double[] ratios = new double[turns];
    long cpuHere = 0;
    long cpuThere = 0;
    for (int i = 0; i < turns; i++) {
      // The order changes from turn to turn: whoever comes second finds a warmer machine.
      for (int half = 0; half < 2; half++) {
        final long cpu = cpuNanos(isolated);
        final long start = System.nanoTime();
        if ((i + half) % 2 == 0) {
          decode(inProcess, chunk);
          here[i] = (System.nanoTime() - start) / 1e6;
          cpuHere += cpuNanos(isolated) - cpu;
        } else {
          decode(isolated, chunk);
          there[i] = (System.nanoTime() - start) / 1e6;
          cpuThere += cpuNanos(isolated) - cpu;
        }
      }
      ratios[i] = there[i] / here[i];
    }
    System.out.printf(
        Locale.ROOT,
        "%5d x %4d, %d a second, %4d kB %7.1f ms %7.1f ms %8.3f %8.3f%n",
        width,
        height,
        rate,
        chunk.remaining() / 1000,
        median(here),
        median(there),
        median(ratios),
        (double) cpuThere / cpuHere);
  }

  private static long cpuNanos(final IsolatedVideoDecoding isolated) {
    long nanos = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    for (final long child : isolated.children()) {
      nanos +=
          ProcessHandle.of(child).orElseThrow().info().totalCpuDuration().orElseThrow().toNanos();
    }
    return nanos;
  }

  private static double median(final double[] values) {
    final double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static void decode(final VideoDecoding decoding, final ByteBuffer chunk)
      throws MediaException, InterruptedException {
    long sum = 0;
    try (VideoFrames frames = decoding.open(chunk, 0, 3_000_000)) {
      for (RgbFrame frame = frames.next(); frame != null; frame = frames.next()) {
        sum += frame.rgb()[frame.rgb().length / 2];
      }
      if (frames.frames() == 0 || sum == Long.MIN_VALUE) {
        throw new IllegalStateException("no picture");
      }
    }
  }
}
