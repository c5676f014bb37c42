package io.valence.pipeline;

import io.valence.features.text.ContextLimits;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import io.valence.media.IsolatedVideoDecoding;
import io.valence.media.IsolationSettings;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.RecordChecks;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Sends damaged and absurd chunks through the extractors of the services, video through the isolated decoder
 * that visual-features uses, and counts what becomes of them. One picture of each chunk is looked at for faces, all are
 * decoded. Chunk n of a seed is the same in every run.
 *
 * <p>The whole run, with the heap of a service: after {@code mvn test-compile} of this module run the main method
 * with {@code -Xmx160m -Dvalence.home=<root>} and the numbers of video, audio and text chunks.
 */
final class HostileMedia implements AutoCloseable {

  /** What became of the chunks of one kind. */
  static final class Count {
    private int vectors;
    private int refused;
    private int died;
    private int overTime;
    private int overMemory;
    private double slowest;
    private double busiest;

    int all() {
      return vectors + refused + died + overTime + overMemory;
    }
  }

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long SEED = 20_261_122L;

  private final Path folder;
  private final IsolatedVideoDecoding decoding;
  private final VisualChunkExtractor visual;
  private final AudioChunkExtractor audio = new AudioChunkExtractor();
  private final Optional<TextChunkExtractor> text;
  private final HostileVideo video;
  private final Map<String, Count> counts = new TreeMap<>();
  private final Map<String, Integer> deaths = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();

  /**
   * @param text the extractor of words, if this machine has its model
   */
  HostileMedia(final Optional<TextChunkExtractor> text) throws Exception {
    this.folder = Files.createTempDirectory("hostile-media");
    this.decoding = new IsolatedVideoDecoding(IsolationSettings.STANDARD);
    this.visual =
        new VisualChunkExtractor(
            ModelStore.fromEnvironment(),
            VisualFeatureOptions.defaults().withMaxFramesPerSecond(0.01),
            decoding);
    this.text = text;
    this.video = new HostileVideo(HostileSeeds.good(folder), HostileSeeds.bombs(folder));
  }

  void video(final int from, final int to) {
    for (int n = from; n < to; n++) {
      final HostileVideo.Kind kind = HostileVideo.kind(n);
      take("video " + kind, n, visual, video.make(kind, random(n, 1)));
    }
  }

  void audio(final int from, final int to) {
    for (int n = from; n < to; n++) {
      take("audio", n, audio, HostileSoundAndWords.sound(random(n, 2)));
    }
  }

  void text(final int from, final int to) {
    for (int n = from; n < to; n++) {
      take("text", n, text.orElseThrow(), HostileSoundAndWords.words(random(n, 3)));
    }
  }

  private static Random random(final int number, final int modality) {
    return new Random(SEED * 31 + 1_000_003L * number + modality);
  }

  private void take(
      final String kind, final int number, final ChunkExtractor extractor, final MediaChunk chunk) {
    final Count count = counts.computeIfAbsent(kind, unused -> new Count());
    final long start = System.nanoTime();
    final long cpu = THREADS.getCurrentThreadCpuTime();
    try {
      final List<FeatureVector> vectors = extractor.extract(chunk);
      vectors.forEach(RecordChecks::check);
      if (vectors.isEmpty()) {
        failures.add(kind + " " + number + ": neither a vector nor a reason");
      }
      count.vectors++;
    } catch (final InvalidChunkException e) {
      refused(kind, number, count, e.getMessage());
    } catch (final InterruptedException | RuntimeException e) {
      failures.add(kind + " " + number + ": " + e);
    }
    final double seconds = (System.nanoTime() - start) / 1e9;
    count.slowest = Math.max(count.slowest, seconds);
    count.busiest = Math.max(count.busiest, (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9);
  }

  private void refused(
      final String kind, final int number, final Count count, final String reason) {
    if (reason == null || reason.isBlank() || reason.contains("\n")) {
      failures.add(kind + " " + number + ": no clear line: " + reason);
    } else if (reason.contains("the decoder took longer")) {
      count.overTime++;
    } else if (reason.contains("the decoder needed more") || reason.contains("more memory than")) {
      count.overMemory++;
    } else if (reason.contains("the decoder ended")) {
      count.died++;
    } else {
      count.refused++;
      return;
    }
    deaths.merge(kind + ": " + reason, 1, Integer::sum);
  }

  /** Chunks that were neither a vector nor an invalid chunk with a reason: there must be none. */
  List<String> failures() {
    return failures;
  }

  int all() {
    return counts.values().stream().mapToInt(Count::all).sum();
  }

  double slowestSeconds() {
    return counts.values().stream().mapToDouble(count -> count.slowest).max().orElse(0);
  }

  int vectors() {
    return counts.values().stream().mapToInt(count -> count.vectors).sum();
  }

  /** The most processor time that this process spent on a chunk, seconds. */
  double busiestSeconds() {
    return counts.values().stream().mapToDouble(count -> count.busiest).max().orElse(0);
  }

  long peakBytes() {
    return decoding.peakBytes();
  }

  void report(final PrintStream out) {
    out.println(
        "kind                        chunks  vectors  refused  died  > 5 s  > 512 MB  slowest s  CPU s");
    counts.forEach(
        (kind, count) ->
            out.printf(
                Locale.ROOT,
                "%-26s %7d %8d %8d %5d %6d %9d %10.2f %6.2f%n",
                kind,
                count.all(),
                count.vectors,
                count.refused,
                count.died,
                count.overTime,
                count.overMemory,
                count.slowest,
                count.busiest));
    deaths.forEach((reason, times) -> out.println(times + " x " + reason));
    out.printf(
        Locale.ROOT,
        "%d chunks; the slowest took %.2f s, %.2f s of processor time here; largest decoder %.0f MB; decoders replaced %d;"
            + " failures %d%n",
        all(),
        slowestSeconds(),
        busiestSeconds(),
        decoding.peakBytes() / 1048576.0,
        decoding.deaths(),
        failures.size());
    failures.forEach(out::println);
  }

  @Override
  public void close() throws IOException {
    visual.close();
    decoding.close();
    audio.close();
    text.ifPresent(TextChunkExtractor::close);
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * @param arguments numbers of video, audio and text chunks; 8400, 2000 and 600 if none are given
   */
  public static void main(final String[] arguments) throws Exception {
    final int[] numbers = {8_400, 2_000, 600};
    for (int i = 0; i < arguments.length; i++) {
      numbers[i] = Integer.parseInt(arguments[i]);
    }
    final Optional<TextChunkExtractor> words =
        numbers[2] == 0 ? Optional.empty() : Optional.of(ShippedText.open(ContextLimits.NONE));
    try (HostileMedia media = new HostileMedia(words)) {
      media.audio(0, numbers[1]);
      media.text(0, numbers[2]);
      for (int n = 0; n < numbers[0]; n += 500) {
        media.video(n, Math.min(numbers[0], n + 500));
        System.out.println(media.all() + " chunks, slowest " + media.slowestSeconds() + " s");
      }
      media.report(System.out);
      System.exit(media.failures().isEmpty() ? 0 : 1);
    }
  }
}
