package io.valence.training;

import io.valence.corpora.Conversations;
import io.valence.corpora.Corpus;
import io.valence.corpora.CsvCorpus;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.corpora.TextSentiment;
import io.valence.features.text.SpokenText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Texts with their sentiment, in the order of their source.
 *
 * @param ids of the segments or lines
 * @param spoken as transcribed, with what was said before in the same recording
 * @param labels -3 to 3
 */
record LabelledTexts(List<String> ids, List<SpokenText> spoken, float[] labels) {

  LabelledTexts {
    ids = List.copyOf(ids);
    spoken = List.copyOf(spoken);
  }

  /** One fold of CMU-MOSI. */
  static LabelledTexts mosi(final Path data, final Fold fold) throws IOException {
    final Corpus corpus = CsvCorpus.read(data.resolve("mosi")).corpus();
    return of(corpus.fold(fold), true);
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
    return of(segments, false);
  }

  static LabelledTexts of(final List<Segment> segments, final boolean inContext) {
    final Map<String, List<String>> before =
        inContext ? Conversations.preceding(segments) : Map.of();
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
        usable.stream()
            .map(
                segment ->
                    SpokenText.after(
                        before.getOrDefault(segment.id(), List.of()), segment.text().orElseThrow()))
            .toList(),
        labels);
  }

  /** The texts without what was said before. */
  List<String> texts() {
    return spoken.stream().map(SpokenText::text).toList();
  }

  int size() {
    return labels.length;
  }
}
