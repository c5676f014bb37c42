package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextExtractor;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** However a window's words are cut into chunks, they merge into what the window gives as a whole. */
class WindowInChunksTest {

  private static final int WIDTH = 3;

  /** Gives numbers that depend on the whole text and on what precedes it, as a network's do. */
  private static class Reader implements TextExtractor {

    @Override
    public FeatureSpace space() {
      return new FeatureSpace("test-3", List.of("a", "b", "c"));
    }

    @Override
    public ContextLimits context() {
      return ContextLimits.DEFAULT;
    }

    @Override
    public Features extract(final SpokenText text) {
      return extract(List.of(text)).get(0);
    }

    @Override
    public List<Features> extract(final List<SpokenText> texts) {
      return texts.stream().map(this::one).toList();
    }

    private Features one(final SpokenText text) {
      if (text.text().isBlank()) {
        return Features.silent(space());
      }
      final Random random = new Random((text.preceding() + text.before() + text.text()).hashCode());
      final float[] values = new float[WIDTH];
      for (int i = 0; i < WIDTH; i++) {
        values[i] = random.nextFloat();
      }
      final int words = text.text().split(" ", -1).length;
      return new Features(space(), values, words, 0.5);
    }

    @Override
    public int pieces(final String text) {
      return text.isBlank() ? 0 : text.split(" ", -1).length;
    }

    @Override
    public void close() {}
  }

  /** Words 0.3 s apart, in chunks that end after some of them. */
  private static double[] merged(final int words, final int cuts) throws Exception {
    final double[] sum = new double[WIDTH];
    double weight = 0;
    final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
    extractor.extract(Chunks.words(0, 0, 3, "said before"));
    int from = 0;
    int sequence = 1;
    for (int to = 1; to <= words; to++) {
      if (to == words || (cuts >> to & 1) == 1) {
        final List<String> some = new ArrayList<>();
        for (int word = from; word < to; word++) {
          some.add("w" + word);
        }
        final FeatureVector vector =
            extractor
                .extract(
                    Chunks.words(sequence++, 3 + 0.3 * from, 3 + 0.3 * to, String.join(" ", some)))
                .get(0);
        for (int i = 0; i < WIDTH; i++) {
          sum[i] += vector.getWeight() * vector.getValues().get(i);
        }
        weight += vector.getWeight();
        assertThat(vector.getQuality()).isCloseTo(0.5, within(1e-9));
        from = to;
      }
    }
    assertThat(weight).isEqualTo(words);
    for (int i = 0; i < WIDTH; i++) {
      sum[i] /= weight;
    }
    return sum;
  }

  @Property(tries = 200)
  void anyCutsMergeIntoTheWholeWindow(
      @ForAll @IntRange(min = 1, max = 9) final int words,
      @ForAll @IntRange(min = 0, max = 1_023) final int cuts)
      throws Exception {
    assertThat(merged(words, cuts)).containsExactly(merged(words, 0), within(1e-5));
  }

  /** A chunk that failed and was mended, or came too late, is read with what was read meanwhile. */
  @Test
  void aChunkThatComesAfterLaterOnesOfItsWindowMergesIntoTheWholeAsWell() throws Exception {
    for (final int[] order : new int[][] {{1, 2, 0}, {0, 2, 1}, {2, 0, 1}, {2, 1, 0}}) {
      final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
      extractor.extract(Chunks.words(0, 0, 3, "said before"));
      final double[] sum = new double[WIDTH];
      for (final int number : order) {
        final FeatureVector vector =
            extractor
                .extract(
                    Chunks.words(1 + number, 3 + 0.3 * number, 3.3 + 0.3 * number, "w" + number))
                .get(0);
        assertThat(vector.getWeight()).isEqualTo(1);
        for (int i = 0; i < WIDTH; i++) {
          sum[i] += vector.getValues().get(i) / 3;
        }
      }
      assertThat(sum).as(Arrays.toString(order)).containsExactly(merged(3, 0), within(1e-5));
    }
  }

  @Test
  void aRepeatIsReadAsItWasTheFirstTime() throws Exception {
    final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
    final FeatureVector first = extractor.extract(Chunks.words(0, 0, 1, "i do not")).get(0);
    extractor.extract(Chunks.words(1, 1, 2, "like it"));
    assertThat(extractor.extract(Chunks.words(0, 0, 1, "i do not")).get(0).getValues())
        .isEqualTo(first.getValues());
  }

  /** Windows of 3 s every 1.5 s: the last pane stands for the window, however it was cut. */
  @Property(tries = 200)
  void aPaneMergesIntoTheWindowThatEndsWithIt(
      @ForAll @IntRange(min = 1, max = 4) final int words,
      @ForAll @IntRange(min = 0, max = 31) final int cuts)
      throws Exception {
    final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
    extractor.extract(Chunks.pane(Chunks.words(0, 0, 1.5, "long ago")));
    extractor.extract(Chunks.pane(Chunks.words(1, 1.5, 3, "said before")));
    final double[] sum = new double[WIDTH];
    double weight = 0;
    int from = 0;
    final List<String> all = new ArrayList<>(List.of("said before"));
    for (int to = 1; to <= words; to++) {
      all.add("w" + (to - 1));
      if (to == words || (cuts >> to & 1) == 1) {
        final FeatureVector vector =
            extractor
                .extract(
                    Chunks.pane(
                        Chunks.words(
                            1 + to,
                            3 + 0.3 * from,
                            3 + 0.3 * to,
                            String.join(" ", all.subList(1 + from, 1 + to)))))
                .get(0);
        assertThat(vector.getReadFromMicros()).isEqualTo(1_500_000);
        for (int i = 0; i < WIDTH; i++) {
          sum[i] += vector.getWeight() * vector.getValues().get(i);
        }
        weight += vector.getWeight();
        from = to;
      }
    }

    assertThat(weight).isEqualTo(words);
    final float[] whole =
        new Reader()
            .extract(SpokenText.running(List.of(), "long ago", String.join(" ", all)))
            .values();
    for (int i = 0; i < WIDTH; i++) {
      assertThat(sum[i] / weight).isCloseTo(whole[i], within(1e-5));
    }
  }

  @Test
  void thePanesOfWindowsTooLongToReadStandForThemselves() throws Exception {
    final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
    final MediaChunk first =
        MediaChunk.newBuilder(Chunks.pane(Chunks.words(0, 0, 1.5, "one")))
            .setOverlappingWindowMicros(60_000_000L)
            .build();
    final MediaChunk second =
        MediaChunk.newBuilder(first)
            .setSequence(1)
            .setStartMicros(1_500_000)
            .setEndMicros(3_000_000)
            .build();

    assertThat(extractor.extract(first).get(0).getReadFromMicros()).isNull();
    final FeatureVector vector = extractor.extract(second).get(0);
    assertThat(vector.getReadFromMicros()).isNull();
    assertThat(vector.getWeight()).isOne();
  }

  @Test
  void withoutContextAPaneStandsForItself() throws Exception {
    final TextChunkExtractor extractor =
        new TextChunkExtractor(
            new Reader() {
              @Override
              public ContextLimits context() {
                return ContextLimits.NONE;
              }
            });

    assertThat(
            extractor
                .extract(Chunks.pane(Chunks.words(0, 0, 1.5, "one")))
                .get(0)
                .getReadFromMicros())
        .isNull();
  }

  @Test
  void aSilentChunkInTheMiddleChangesNothing() throws Exception {
    final ChunkExtractor extractor = new TextChunkExtractor(new Reader()).listening();
    extractor.extract(Chunks.words(0, 0, 1, "one"));

    assertThat(extractor.extract(Chunks.words(1, 1, 2, " ")).get(0).getWeight()).isZero();
    assertThat(extractor.extract(Chunks.words(2, 2, 3, "two")).get(0).getWeight()).isOne();
  }
}
