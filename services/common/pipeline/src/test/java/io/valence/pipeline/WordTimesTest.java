package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextExtractor;
import io.valence.features.text.TextReading;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.WordScore;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which words a vector names, and when they were said. Windows of 3 s. */
class WordTimesTest {

  private ChunkExtractor extractor;

  /** Reads one word before the text with it if there is any; a word's score is its length over 10. */
  private static final class Reader implements TextExtractor {

    private final ContextLimits limits;

    Reader(final ContextLimits limits) {
      this.limits = limits;
    }

    @Override
    public FeatureSpace space() {
      return new FeatureSpace("test-1", List.of("a"));
    }

    @Override
    public ContextLimits context() {
      return limits;
    }

    @Override
    public Features extract(final SpokenText text) {
      return read(List.of(text)).get(0).features();
    }

    @Override
    public List<Features> extract(final List<SpokenText> texts) {
      return read(texts).stream().map(TextReading::features).toList();
    }

    @Override
    public List<TextReading> read(final List<SpokenText> texts) {
      return texts.stream().map(this::read).toList();
    }

    private TextReading read(final SpokenText text) {
      if (text.text().isBlank()) {
        return TextReading.of(Features.silent(space()));
      }
      final String[] earlier = text.before().split(" ", -1);
      final int before = text.before().isBlank() ? 0 : 1;
      final String[] words =
          ((before == 0 ? "" : earlier[earlier.length - 1] + " ") + text.text()).split(" ", -1);
      final float[] scores = new float[words.length];
      final int[] pieces = new int[words.length];
      for (int i = 0; i < words.length; i++) {
        final boolean dash = words[i].equals("-");
        scores[i] = dash ? Float.NaN : words[i].length() / 10f;
        pieces[i] = dash ? 0 : 1;
      }
      return new TextReading(
          new Features(space(), new float[] {1}, words.length - before, 1), before, scores, pieces);
    }

    @Override
    public int pieces(final String text) {
      return StreamWords.count(text);
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    extractor = new TextChunkExtractor(new Reader(ContextLimits.DEFAULT)).listening();
  }

  /** The vectors of a chunk, one line each: start in seconds and score of each word. */
  private List<String> heard(final MediaChunk chunk) throws Exception {
    final List<FeatureVector> vectors = extractor.extract(chunk);
    vectors.forEach(RecordChecks::check);
    return vectors.stream().map(vector -> line(vector.getWords())).toList();
  }

  private static String line(final List<WordScore> words) {
    return String.join(
        " ",
        words.stream()
            .map(
                word ->
                    "%.2f-%.2f:%.1f"
                        .formatted(
                            word.getStartMicros() / 1e6,
                            word.getEndMicros() / 1e6,
                            word.getScore()))
            .toList());
  }

  @Test
  void aVectorNamesTheWordsOfItsWindowSoFarAndThoseReadAnewBefore() throws Exception {
    assertThat(heard(Chunks.words(0, 0, 3, "i waited")))
        .containsExactly("0.00-1.50:0.1 1.50-3.00:0.6");
    assertThat(heard(Chunks.words(1, 3, 4.5, "and again a")))
        .containsExactly("1.50-3.00:0.6 3.00-3.50:0.3 3.50-4.00:0.5 4.00-4.50:0.1");
    assertThat(heard(Chunks.words(2, 4.5, 5, "bit")))
        .containsExactly("1.50-3.00:0.6 3.00-3.50:0.3 3.50-4.00:0.5 4.00-4.50:0.1 4.50-5.00:0.3");
    assertThat(heard(Chunks.words(3, 5, 6, " "))).containsExactly("");
  }

  @Test
  void aChunkOfSeveralWindowsGivesEachItsWords() throws Exception {
    assertThat(heard(Chunks.words(0, 2, 4, "one two three four")))
        .containsExactly(
            "2.00-2.50:0.3 2.50-3.00:0.3", "2.50-3.00:0.3 3.00-3.50:0.5 3.50-4.00:0.4");
  }

  @Test
  void aMendedChunkNamesTheLaterWordsOfItsWindowToo() throws Exception {
    extractor.extract(Chunks.words(0, 0, 1, "one"));
    extractor.extract(Chunks.words(2, 2, 3, "three"));
    extractor.extract(Chunks.words(3, 3, 4, "next"));

    assertThat(heard(Chunks.words(1, 1, 2, "to")))
        .containsExactly("0.00-1.00:0.3 1.00-2.00:0.2 2.00-3.00:0.5");
  }

  /** Numbered against time, or without length: a word begins after the one before. */
  @Test
  void wordsNeverGoBack() throws Exception {
    extractor.extract(Chunks.words(0, 2, 3, "two"));

    final FeatureVector vector = extractor.extract(Chunks.words(1, 1, 2, "one more")).get(0);
    assertThat(vector.getWords())
        .extracting(WordScore::getStartMicros)
        .containsExactly(2_000_000L, 2_000_001L, 2_000_002L);
    assertThat(
            heard(
                MediaChunk.newBuilder(Chunks.words(2, 3, 3, "end"))
                    .setWindowStartMicros(0L)
                    .setWindowEndMicros(3_000_000L)
                    .build()))
        .containsExactly("1.00-1.50:0.3 1.50-2.00:0.4 2.00-3.00:0.3");
  }

  @Test
  void blanksOfOtherScriptsAreNoWords() throws Exception {
    extractor.extract(Chunks.words(0, 0, 1, "one"));

    assertThat(heard(Chunks.words(1, 1, 3, "\u2003 two\u3000")))
        .containsExactly("0.00-1.00:0.3 1.00-3.00:0.3");
  }

  @Test
  void aRepeatNamesTheSameWordsAsTheFirstTime() throws Exception {
    extractor.extract(Chunks.words(0, 0, 3, "i waited"));
    final List<String> first = heard(Chunks.words(1, 3, 4, "and"));
    extractor.extract(Chunks.words(2, 4, 5, "waited"));

    assertThat(heard(Chunks.words(1, 3, 4, "and"))).isEqualTo(first);
  }

  @Test
  void aWordWithoutPiecesHasNoScore() throws Exception {
    assertThat(heard(Chunks.words(0, 0, 3, "well - yes")))
        .containsExactly("0.00-1.00:0.4 2.00-3.00:0.3");
  }

  @Test
  void overlappingWindowsNameAllTheirWords() throws Exception {
    extractor.extract(Chunks.pane(Chunks.words(0, 0, 1.5, "long ago")));
    extractor.extract(Chunks.pane(Chunks.words(1, 1.5, 3, "said")));

    assertThat(heard(Chunks.pane(Chunks.words(2, 3, 4.5, "now"))))
        .containsExactly("0.75-1.50:0.3 1.50-3.00:0.4 3.00-4.50:0.3");
  }

  /** Nothing is kept of what was said: a window in several chunks has no list of its words. */
  @Test
  void withoutContextThereAreNoWords() throws Exception {
    extractor = new TextChunkExtractor(new Reader(ContextLimits.NONE)).listening();

    assertThat(heard(Chunks.words(0, 0, 3, "i waited"))).containsExactly("");
  }

  /** Of a chunk of more words than are kept of a conversation each still has its own time. */
  @Test
  void wordsOfALongChunkHaveTheirTimes() throws Exception {
    assertThat(heard(Chunks.words(0, 0, 3, "word ".repeat(900))).get(0).split(" ", -1))
        .hasSize(900)
        .endsWith("3.00-3.00:0.4");
    assertThat(heard(Chunks.words(1, 3, 4, "go"))).containsExactly("3.00-3.00:0.4 3.00-4.00:0.2");
  }
}
