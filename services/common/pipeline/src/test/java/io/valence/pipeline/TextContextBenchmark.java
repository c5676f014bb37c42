package io.valence.pipeline;

import io.valence.features.text.ContextLimits;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What it costs to read the words of a window after those before it: the median time of the text
 * extractor with context over that without, by turns, on windows of 3 s of ordinary speech (two and a
 * half words a second).
 */
public final class TextContextBenchmark {

  private static final int WORDS_IN_A_WINDOW = 8;
  private static final long WINDOW_MICROS = 3_000_000;
  private static final double BOUND = 2.2;

  private static final String SPEECH =
      "so i called them on monday morning and the first person i talked to was really kind she looked"
          + " at my account and said there was nothing wrong with it but then nobody called me back"
          + " and when i tried again on wednesday i had to explain the whole story from the beginning"
          + " which was a bit annoying to be honest because i had already sent them everything they"
          + " asked for anyway the second time they found out that the payment had been booked twice"
          + " and they gave me the money back within a day so in the end i am quite happy with how it"
          + " went i would only wish that they had told me earlier what the problem was";

  private TextContextBenchmark() {}

  /**
   * @param arguments rounds (10), most word pieces of context (20), preceding windows (3)
   */
  public static void main(final String[] arguments) throws Exception {
    final int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    final int pieces = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
    final int windows = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
    final List<MediaChunk> chunks = chunks();
    try (TextChunkExtractor alone = ShippedText.open(ContextLimits.NONE);
        TextChunkExtractor inContext = ShippedText.open(new ContextLimits(windows, pieces, 300))) {
      final List<Double> without = new ArrayList<>();
      final List<Double> with = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        final ChunkExtractor first = alone.listening();
        final ChunkExtractor second = inContext.listening();
        for (int i = 0; i < chunks.size(); i++) {
          final double a = millis(first, chunks.get(i));
          final double b = millis(second, chunks.get(i));
          // The first round warms up, and the first windows have less before them than they may
          // read.
          if (round > 0 && i >= windows) {
            without.add(a);
            with.add(b);
          }
        }
      }
      final double ratio = median(with) / median(without);
      System.out.printf(
          Locale.ROOT,
          "%d windows of %d words: median %.1f ms alone, %.1f ms after %d windows (at most %d word"
              + " pieces): ratio %.2f, bound %.1f%n",
          with.size(),
          WORDS_IN_A_WINDOW,
          median(without),
          median(with),
          windows,
          pieces,
          ratio,
          BOUND);
      System.exit(ratio <= BOUND ? 0 : 1);
    }
  }

  private static List<MediaChunk> chunks() {
    final String[] words = SPEECH.split(" ", -1);
    final List<MediaChunk> chunks = new ArrayList<>();
    for (int from = 0; from + WORDS_IN_A_WINDOW <= words.length; from += WORDS_IN_A_WINDOW) {
      final String text =
          String.join(" ", Arrays.copyOfRange(words, from, from + WORDS_IN_A_WINDOW));
      final long start = chunks.size() * WINDOW_MICROS;
      chunks.add(
          Chunks.chunk(Modality.TEXT, start, start + WINDOW_MICROS)
              .setSequence(chunks.size())
              .setPayload(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
              .build());
    }
    return chunks;
  }

  private static double millis(final ChunkExtractor extractor, final MediaChunk chunk)
      throws Exception {
    final long begin = System.nanoTime();
    extractor.extract(chunk);
    return (System.nanoTime() - begin) / 1e6;
  }

  private static double median(final List<Double> values) {
    final double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
