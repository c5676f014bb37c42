package io.valence.training;

import io.valence.corpora.Corpus;
import io.valence.corpora.CsvCorpus;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.corpora.TextSentiment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts with their sentiment, in the order of their source.
 *
 * @param ids of the segments or lines
 * @param texts as transcribed
 * @param labels -3 to 3
 */
record LabelledTexts(List<String> ids, List<String> texts, float[] labels) {

  LabelledTexts {
    ids = List.copyOf(ids);
    texts = List.copyOf(texts);
  }

  /** One fold of CMU-MOSI. */
  static LabelledTexts mosi(final Path data, final Fold fold) throws IOException {
    final Corpus corpus = CsvCorpus.read(data.resolve("mosi")).corpus();
    return of(corpus.fold(fold));
  }

  /**
   * The sentences of SST-5. All three of its folds: nothing here is judged on SST, and none of its
   * sentences is in CMU-MOSI.
   */
  static LabelledTexts sst(final Path data) throws IOException {
    final List<Segment> segments = new ArrayList<>();
    for (final String fold : List.of("train", "dev", "test")) {
      segments.addAll(
          TextSentiment.read(data.resolve("text_sentiment").resolve("stsa.fine." + fold))
              .segments());
    }
    return of(segments);
  }

  private static LabelledTexts of(final List<Segment> segments) {
    final List<Segment> usable =
        segments.stream()
            .filter(segment -> segment.label().isPresent() && segment.text().isPresent())
            .toList();
    final float[] labels = new float[usable.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (float) usable.get(i).label().orElseThrow();
    }
    return new LabelledTexts(
        usable.stream().map(Segment::id).toList(),
        usable.stream().map(segment -> segment.text().orElseThrow()).toList(),
        labels);
  }

  int size() {
    return labels.length;
  }
}
