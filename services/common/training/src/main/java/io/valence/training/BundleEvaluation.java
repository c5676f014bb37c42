package io.valence.training;

import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.evaluation.Bootstrap;
import io.valence.evaluation.BundleScores;
import io.valence.evaluation.DataSource;
import io.valence.evaluation.EvaluationReport;
import io.valence.evaluation.EvaluationResult;
import io.valence.evaluation.EvaluationResult.Trained;
import io.valence.evaluation.EvaluationSet;
import io.valence.evaluation.JudgedSegment;
import io.valence.evaluation.Predictor;
import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleException;
import io.valence.model.FeatureAdapter;
import io.valence.model.Modality;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Phase 3 of the methodology: judges bundles as they are served, through ONNX Runtime. The networks
 * that a bundle averages were trained from different seeds; each is judged, and their mean is what a
 * report may state.
 */
public final class BundleEvaluation {

  private static final int BATCH = 64;

  private BundleEvaluation() {}

  /**
   * What was found.
   *
   * @param report measures by network and their means, not yet written
   * @param scores what each bundle says of each segment, in the order of the bundles
   */
  public record Evaluation(EvaluationReport report, List<BundleScores> scores) {

    public Evaluation {
      scores = List.copyOf(scores);
    }
  }

  /**
   * Evaluates bundles on one fold of a corpus.
   *
   * @param bundles folders by the name in the report
   * @param features features in the spaces that the bundles take, or in the base spaces (then the
   *     adapters are left out)
   * @param fold usually the test fold
   * @throws TrainingInputException if a bundle takes none of the features, or if extracted ones are of
   *     another space than those that it takes
   */
  public static Evaluation evaluate(
      final Map<String, Path> bundles, final CorpusFeatures features, final Fold fold)
      throws IOException, BundleException {
    features.check();
    final List<Segment> segments = features.segments(fold);
    final Map<String, EvaluationResult> results = new LinkedHashMap<>();
    final List<BundleScores> scores = new ArrayList<>();
    final List<DataSource> sources = new ArrayList<>();
    final String name = features.corpus().name() + ", fold " + fold.label();
    sources.add(new DataSource(name, "evaluation", "as its source states"));
    for (final Map.Entry<String, Path> bundle : bundles.entrySet()) {
      results.put(bundle.getKey(), one(bundle, features, segments, name, sources, scores));
    }
    return new Evaluation(
        new EvaluationReport(
            "Evaluation on " + name,
            results,
            sources,
            List.of(),
            List.of(
                "Modalities that a bundle marks as not informative are masked out, as in service:"
                    + " they change nothing, and alone they give the prior score.")),
        scores);
  }

  private static EvaluationResult one(
      final Map.Entry<String, Path> named,
      final CorpusFeatures features,
      final List<Segment> segments,
      final String name,
      final List<DataSource> sources,
      final List<BundleScores> scores)
      throws IOException, BundleException {
    final Path folder = named.getValue();
    try (ModelBundle bundle = ModelBundle.load(folder);
        OnnxModel fusion = OnnxModel.open(folder.resolve(bundle.description().fusion()), 1)) {
      final BundleDescription description = bundle.description();
      description
          .trainingData()
          .forEach(
              data ->
                  sources.add(
                      new DataSource(
                          data.name(), description.id() + ": " + data.use(), data.licence())));
      final float[][][] rows = new float[Modality.values().length][][];
      final double[][] qualities = new double[Modality.values().length][];
      boolean any = false;
      for (final Modality modality : Modality.values()) {
        rows[modality.ordinal()] = base(bundle, features, segments, modality);
        qualities[modality.ordinal()] = features.qualities(modality, segments);
        any |= Arrays.stream(rows[modality.ordinal()]).anyMatch(row -> row != null);
      }
      if (!any) {
        throw new TrainingInputException(
            folder
                + " takes "
                + description.inputSpaces()
                + ", and none of the given features is of these sizes");
      }
      final int members =
          fusion.outputNames().contains(FusionModel.MEMBERS)
              ? (int) fusion.outputShape(FusionModel.MEMBERS)[1]
              : 1;
      final List<Trained> trained = new ArrayList<>();
      for (int member = 0; member < members; member++) {
        trained.add(
            new Trained(
                member + 1L, new Member(description, fusion, rows, qualities, member, members)));
      }
      final boolean[][] available = new boolean[segments.size()][Modality.values().length];
      for (int i = 0; i < available.length; i++) {
        for (final Modality modality : Modality.values()) {
          available[i][modality.ordinal()] = rows[modality.ordinal()][i] != null;
        }
      }
      // Without members the bundle's own output: their mean, as it is served.
      final Member whole = new Member(description, fusion, rows, qualities, 0, 1);
      scores.add(
          new BundleScores(
              named.getKey(),
              description.id() + " " + description.version(),
              members,
              description.calibration().level(),
              name,
              judged(whole, segments, available)));
      return EvaluationResult.measure(
          new EvaluationSet(
              name,
              Arrays.stream(Modality.values()).map(Modality::label).toList(),
              Figures.doubles(CorpusFeatures.labels(segments)),
              available),
          trained,
          Bootstrap.DEFAULT);
    }
  }

  private static List<JudgedSegment> judged(
      final Member whole, final List<Segment> segments, final boolean[][] available) {
    final double[] scores = whole.predict(available);
    final double[] halfWidths = whole.halfWidths(available).orElseThrow();
    final List<JudgedSegment> judged = new ArrayList<>(scores.length);
    for (int i = 0; i < scores.length; i++) {
      final boolean[] given = available[i];
      final Segment segment = segments.get(i);
      judged.add(
          new JudgedSegment(
              segment.id(),
              segment.fold().label(),
              segment.text(),
              segment.label().orElseThrow(),
              scores[i],
              halfWidths[i],
              Arrays.stream(Modality.values())
                  .filter(modality -> given[modality.ordinal()])
                  .filter(whole.description().informativeModalities()::contains)
                  .map(Modality::label)
                  .toList()));
    }
    return judged;
  }

  /**
   * The rows of a modality in the base space, standardised; through the adapter if need be. Features
   * whose extractor named their space are taken by that name, others by their width alone: their file
   * may be called anything. What a bundle masks out is not looked at.
   */
  private static float[][] base(
      final ModelBundle bundle,
      final CorpusFeatures features,
      final List<Segment> segments,
      final Modality modality)
      throws TrainingInputException {
    final float[][] given = features.rows(modality, segments);
    final float[][] none = new float[given.length][];
    if (!features.tables().containsKey(modality)) {
      return none;
    }
    final BundleDescription description = bundle.description();
    final Space input = description.inputSpaces().get(modality);
    final Space space = description.baseSpaces().get(modality);
    final int width = features.tables().get(modality).width();
    final boolean named = features.tables().get(modality).extracted();
    final String id = features.space(modality).id();
    if (named
        && !id.equals(input.id())
        && !id.equals(space.id())
        && description.informativeModalities().contains(modality)) {
      throw new TrainingInputException(
          "bundle "
              + description.id()
              + " takes "
              + modality.label()
              + " features of "
              + input.id()
              + (space.id().equals(input.id()) ? "" : " or " + space.id())
              + ", not of "
              + id
              + ": vectors of two spaces mean different things");
    }
    final boolean taken = !named || id.equals(input.id());
    final float[][] rows;
    if (taken && width == input.size()) {
      rows = new float[given.length][];
      try (FeatureAdapter adapter = bundle.newAdapter(modality)) {
        for (int i = 0; i < rows.length; i++) {
          rows[i] = given[i] == null || !finite(given[i]) ? null : adapter.adapt(given[i]);
        }
      }
    } else if (width == space.size()) {
      rows = given;
    } else {
      return none;
    }
    return Normalisations.apply(description.baseNormalisation().get(modality), rows);
  }

  private static boolean finite(final float[] row) {
    for (final float value : row) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** One network of a bundle. */
  private record Member(
      BundleDescription description,
      OnnxModel fusion,
      float[][][] rows,
      double[][] qualities,
      int member,
      int members)
      implements Predictor {

    @Override
    public double[] predict(final boolean[][] presence) {
      final Modality[] modalities = Modality.values();
      final Set<Modality> informative = description.informativeModalities();
      final double[] scores = new double[presence.length];
      try (ModelCall call = fusion.newCall()) {
        for (int from = 0; from < scores.length; from += BATCH) {
          final int count = Math.min(BATCH, scores.length - from);
          final float[] mask = new float[count * modalities.length];
          for (final Modality modality : modalities) {
            final int width = description.baseSpaces().get(modality).size();
            final float[] values = new float[count * width];
            for (int i = 0; i < count; i++) {
              final float[] row = rows[modality.ordinal()][from + i];
              if (row != null
                  && presence[from + i][modality.ordinal()]
                  && informative.contains(modality)) {
                System.arraycopy(row, 0, values, i * width, width);
                mask[i * modalities.length + modality.ordinal()] = 1;
              }
            }
            call.input(modality.label(), values, count, width);
          }
          call.input("mask", mask, count, modalities.length);
          final String output = members == 1 ? "score" : FusionModel.MEMBERS;
          call.run(output);
          final float[] part = call.output(output);
          for (int i = 0; i < count; i++) {
            boolean nothing = true;
            for (int m = 0; m < modalities.length; m++) {
              nothing &= mask[i * modalities.length + m] == 0;
            }
            scores[from + i] =
                nothing
                    ? description.calibration().priorScore()
                    : part[members == 1 ? i : i * members + member];
          }
        }
      }
      return scores;
    }

    @Override
    public Optional<double[]> halfWidths(final boolean[][] presence) {
      final double[] widths = new double[presence.length];
      for (int i = 0; i < widths.length; i++) {
        final Set<Modality> present = EnumSet.noneOf(Modality.class);
        for (final Modality modality : description.informativeModalities()) {
          if (presence[i][modality.ordinal()] && rows[modality.ordinal()][i] != null) {
            present.add(modality);
          }
        }
        double quality = 0;
        for (final Modality modality : present) {
          quality += qualities[modality.ordinal()][i] / present.size();
        }
        widths[i] = description.calibration().halfWidth(present, Math.min(1, quality));
      }
      return Optional.of(widths);
    }
  }
}
