package io.valence.training;

import io.valence.corpora.Corpus;
import io.valence.corpora.FeatureTable;
import io.valence.corpora.Fold;
import io.valence.corpora.FoldScheme;
import io.valence.corpora.Segment;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.Space;
import io.valence.model.Modality;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A corpus with a table of features for some of its modalities: what a base model is trained and
 * judged on.
 *
 * @param corpus segments with labels and folds
 * @param tables by modality; a modality without one is absent everywhere
 */
public record CorpusFeatures(Corpus corpus, Map<Modality, FeatureTable> tables) {

  public CorpusFeatures {
    tables = Map.copyOf(tables);
  }

  /**
   * Refuses what could not be trained on honestly.
   *
   * @throws TrainingInputException if there is no table, or one was made with the labels of the folds
   */
  public void check() throws TrainingInputException {
    if (tables.isEmpty()) {
      throw new TrainingInputException("no features are given: name at least one feature set");
    }
    for (final FeatureTable table : tables.values()) {
      if (table.trainedWithLabels() && corpus.scheme() != FoldScheme.SOURCE) {
        throw new TrainingInputException(
            table.space().id()
                + " was trained with labels of the standard test fold, so results on these folds"
                + " would be false; use other features");
      }
    }
  }

  /** The space of a modality; one value wide and without a name where there is no table. */
  Space space(final Modality modality) {
    final FeatureTable table = tables.get(modality);
    return table == null
        ? new Space("none", 1)
        : new Space(name(table.space().id()), table.width());
  }

  /** A space's id with only the letters that a bundle takes. */
  private static String name(final String id) {
    final String plain = id.replaceAll("[^A-Za-z0-9._-]", "-");
    return plain.substring(0, Math.min(100, plain.length()));
  }

  /** The labelled segments of a fold that have features of at least one modality. */
  List<Segment> segments(final Fold fold) throws IOException {
    final List<Segment> having = new ArrayList<>();
    for (final Segment segment : corpus.fold(fold)) {
      if (tables.values().stream().anyMatch(table -> table.contains(segment.id()))) {
        having.add(segment);
      }
    }
    if (having.isEmpty()) {
      throw new TrainingInputException(
          corpus.name()
              + ": no segment of fold "
              + fold.label()
              + " has features; check that the features belong to this corpus");
    }
    return having;
  }

  static float[] labels(final List<Segment> segments) {
    final float[] labels = new float[segments.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (float) segments.get(i).label().orElseThrow();
    }
    return labels;
  }

  /** The rows of a modality, null where a segment has none. */
  float[][] rows(final Modality modality, final List<Segment> segments) {
    final FeatureTable table = tables.get(modality);
    final float[][] rows = new float[segments.size()][];
    for (int i = 0; table != null && i < rows.length; i++) {
      final String id = segments.get(i).id();
      rows[i] = table.contains(id) ? table.row(id) : null;
    }
    return rows;
  }

  /** Quality of the features of a modality, 0 to 1; 0 where a segment has none. */
  double[] qualities(final Modality modality, final List<Segment> segments) {
    final FeatureTable table = tables.get(modality);
    return segments.stream()
        .mapToDouble(
            segment ->
                table != null && table.contains(segment.id()) ? table.quality(segment.id()) : 0)
        .toArray();
  }

  Map<Modality, Normalisation> fit(final List<Segment> training) {
    final Map<Modality, Normalisation> fitted = new EnumMap<>(Modality.class);
    for (final Modality modality : Modality.values()) {
      fitted.put(modality, Normalisations.fit(rows(modality, training), space(modality).size()));
    }
    return fitted;
  }

  FusionData data(final List<Segment> segments, final Map<Modality, Normalisation> fitted) {
    final float[][][] values = new float[Modality.values().length][][];
    for (final Modality modality : Modality.values()) {
      values[modality.ordinal()] =
          Normalisations.apply(fitted.get(modality), rows(modality, segments));
    }
    return new FusionData(values, labels(segments));
  }
}
