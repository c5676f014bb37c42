package io.valence.corpora;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Labelled segments with their feature vectors side by side, ready for training.
 *
 * @param segments each with a label
 * @param modalities the names of the modalities, in the caller's order
 * @param values by modality, then by sample; null where the modality is missing. Values may be NaN
 *     or infinite: {@link ColumnStatistics} treats them as missing
 * @param labels by sample, -3 to 3
 */
public record Samples(
    List<Segment> segments, List<String> modalities, float[][][] values, float[] labels) {

  public Samples {
    segments = List.copyOf(segments);
    modalities = List.copyOf(modalities);
    if (values.length != modalities.size() || labels.length != segments.size()) {
      throw new IllegalArgumentException(
          "as many tables as modalities, as many labels as segments");
    }
    for (final float[][] modality : values) {
      if (modality.length != segments.size()) {
        throw new IllegalArgumentException("one row (or null) a segment in every modality");
      }
    }
  }

  /**
   * Joins one fold of a corpus with feature tables. A segment that no table has is kept only if
   * there are no tables at all; one that some tables have is kept with the others missing.
   *
   * @param corpus the labelled segments
   * @param fold which of them
   * @param tables by modality; the order of the map is the order of the modalities
   * @throws CorpusException if the fold is empty, if no segment has features, or if a table was
   *     trained with the labels of another split than the corpus uses
   */
  public static Samples join(Corpus corpus, Fold fold, Map<String, FeatureTable> tables)
      throws CorpusException {
    for (final FeatureTable table : tables.values()) {
      if (table.trainedWithLabels() && corpus.scheme() != FoldScheme.SOURCE) {
        throw new CorpusException(
            table.space().id()
                + " was trained with labels of the standard test fold, so results on these folds"
                + " would be false; use it only with its source's own split, or not at all");
      }
    }
    final List<Segment> labelled = corpus.fold(fold);
    final List<Segment> kept = new ArrayList<>(labelled.size());
    for (final Segment segment : labelled) {
      if (tables.isEmpty()
          || tables.values().stream().anyMatch(table -> table.contains(segment.id()))) {
        kept.add(segment);
      }
    }
    if (kept.isEmpty()) {
      throw new CorpusException(
          corpus.name()
              + ": none of the "
              + labelled.size()
              + " segments of fold "
              + fold.label()
              + " has features; check that the features belong to this corpus");
    }
    final List<String> modalities = List.copyOf(tables.keySet());
    final float[][][] values = new float[modalities.size()][kept.size()][];
    final float[] labels = new float[kept.size()];
    for (int sample = 0; sample < kept.size(); sample++) {
      final Segment segment = kept.get(sample);
      labels[sample] = (float) segment.label().orElseThrow();
      for (int modality = 0; modality < values.length; modality++) {
        final FeatureTable table = tables.get(modalities.get(modality));
        values[modality][sample] = table.contains(segment.id()) ? table.row(segment.id()) : null;
      }
    }
    return new Samples(kept, modalities, values, labels);
  }

  /** How many samples there are. */
  public int size() {
    return labels.length;
  }

  /** By sample and modality: whether there is a vector. */
  public boolean[][] presence() {
    final boolean[][] presence = new boolean[size()][modalities.size()];
    for (int sample = 0; sample < size(); sample++) {
      for (int modality = 0; modality < presence[sample].length; modality++) {
        presence[sample][modality] = values[modality][sample] != null;
      }
    }
    return presence;
  }
}
