package io.valence.training;

import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.Modality;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Phase 2 of the methodology: trains an adapter for each modality that has both kinds of features,
 * towards each objective, takes the best by the validation fold, and writes base and adapters as one
 * bundle.
 */
public final class AdapterTraining {

  private static final double WELL_KEPT = 0.05;

  private final Path base;
  private final CorpusFeatures source;
  private final CorpusFeatures target;
  private final Consumer<String> log;

  /**
   * @param base folder that {@link BaseTraining} wrote
   * @param source corpus with the extractors' features
   * @param target corpus with the base model's features; pairs are the segments that both have. May
   *     be another corpus: then only the objectives without pairs apply
   * @param log hears the table line by line
   */
  public AdapterTraining(
      final Path base,
      final CorpusFeatures source,
      final CorpusFeatures target,
      final Consumer<String> log) {
    this.base = base;
    this.source = source;
    this.target = target;
    this.log = log;
  }

  /**
   * Trains and writes.
   *
   * @param id of the new bundle
   * @param objectives to try
   * @param epochs of each training
   * @param seed of each training
   * @param folder of the new bundle
   * @return every result, by modality
   * @throws TrainingInputException if nothing can be trained
   */
  public Map<Modality, List<AdapterResult>> run(
      final String id,
      final Set<AdapterObjective> objectives,
      final int epochs,
      final long seed,
      final Path folder)
      throws IOException, BundleException {
    source.check();
    target.check();
    final BundleDescription description = BundleJson.read(base);
    final FusionModel fusion = WeightsFile.read(base.resolve(WeightsFile.NAME));
    final List<Segment> training = source.segments(Fold.TRAIN);
    final List<Segment> validation = source.segments(Fold.VALIDATION);
    final List<Segment> targets = target.segments(Fold.TRAIN);
    final Map<Modality, Normalisation> ofSource = source.fit(training);
    final Map<Modality, Normalisation> ofBase = description.baseNormalisation();
    final BundleWriter writer =
        new BundleWriter(
            id,
            "1.0.0",
            Kind.MOSEI,
            "Adapters from " + source.corpus().name() + " to base model " + description.id() + ".");
    final Map<Modality, List<AdapterResult>> results = new EnumMap<>(Modality.class);
    final float[][][] adapted = new float[Modality.values().length][validation.size()][];
    final Set<Modality> informative = EnumSet.noneOf(Modality.class);
    for (final Modality modality : Modality.values()) {
      if (!source.tables().containsKey(modality) || !target.tables().containsKey(modality)) {
        writer.direct(modality, description.baseSpaces().get(modality), ofBase.get(modality));
        writer.informative(modality, false, "no adapter was trained for it");
        continue;
      }
      requireSpace(description, modality);
      final Fit fit =
          new Fit(modality, ofSource.get(modality), ofBase.get(modality), fusion, epochs, seed);
      final AdapterData data = fit.data(training, targets);
      final AdapterData check = fit.data(validation, targets);
      final List<AdapterResult> tried = fit.train(data, check, objectives);
      results.put(modality, tried);
      final AdapterResult best = best(tried);
      log.accept(modality.label() + ": " + best.objective().label() + " is best");
      writer.adapted(
          modality,
          source.space(modality),
          ofSource.get(modality),
          best.model(),
          description.baseSpaces().get(modality),
          ofBase.get(modality));
      final boolean takesPart =
          description.modalities().get(modality).informative()
              && best.correlation() > 0
              && best.varianceKept() > WELL_KEPT;
      writer.informative(
          modality,
          takesPart,
          "validation r through the adapter %.3f".formatted(best.correlation()));
      if (takesPart) {
        informative.add(modality);
      }
      adapted[modality.ordinal()] =
          best.model()
              .adapt(
                  Normalisations.apply(ofSource.get(modality), source.rows(modality, validation)));
      writer.metric("adapter " + modality.label(), table(tried));
    }
    if (results.isEmpty()) {
      throw new TrainingInputException(
          "no modality has features on both sides; name a source and a target feature set");
    }
    final FusionData served = new FusionData(adapted, CorpusFeatures.labels(validation));
    final FusionModel scaled = DirectBundle.rescaled(fusion, served.only(informative));
    final Calibration calibration =
        Calibrations.fit(scaled, served, description.calibration().priorScore(), informative);
    writer
        .fusion(scaled, calibration)
        .trainedOn(source.corpus().name(), "as its source states", "adapters")
        .trainedOn(target.corpus().name(), "as its source states", "base model")
        .metric(
            "validationPearson",
            Figures.rounded(
                Statistics.correlation(scaled.scores(served.only(informative)), served.labels())));
    writer.write(folder);
    return results;
  }

  private void requireSpace(final BundleDescription description, final Modality modality)
      throws TrainingInputException {
    final int wanted = description.baseSpaces().get(modality).size();
    final int given = target.tables().get(modality).width();
    if (wanted != given) {
      throw new TrainingInputException(
          "the base model takes "
              + wanted
              + " "
              + modality.label()
              + " values, but the target features have "
              + given);
    }
  }

  private static AdapterResult best(final List<AdapterResult> results) {
    AdapterResult best = results.get(0);
    for (final AdapterResult result : results) {
      if (result.correlation() > best.correlation()) {
        best = result;
      }
    }
    return best;
  }

  private static Map<String, Object> table(final List<AdapterResult> results) {
    final Map<String, Object> table = new LinkedHashMap<>();
    for (final AdapterResult result : results) {
      final Map<String, Object> row = new LinkedHashMap<>();
      if (!Double.isNaN(result.targetError())) {
        row.put("targetError", Figures.rounded(result.targetError()));
      }
      row.put("varianceKept", Figures.rounded(result.varianceKept()));
      row.put("downstreamPearson", Figures.rounded(result.correlation()));
      table.put(result.objective().label(), row);
    }
    return table;
  }

  /** The training of one modality's adapter. */
  private final class Fit {

    private final Modality modality;
    private final Normalisation ofSource;
    private final Normalisation ofBase;
    private final FusionModel fusion;
    private final int epochs;
    private final long seed;

    Fit(
        final Modality modality,
        final Normalisation ofSource,
        final Normalisation ofBase,
        final FusionModel fusion,
        final int epochs,
        final long seed) {
      this.modality = modality;
      this.ofSource = ofSource;
      this.ofBase = ofBase;
      this.fusion = fusion;
      this.epochs = epochs;
      this.seed = seed;
    }

    AdapterData data(final List<Segment> segments, final List<Segment> targets) {
      final List<Segment> having =
          segments.stream()
              .filter(segment -> source.tables().get(modality).contains(segment.id()))
              .toList();
      final List<Segment> targetsHaving =
          targets.stream()
              .filter(segment -> target.tables().get(modality).contains(segment.id()))
              .toList();
      return new AdapterData(
          Normalisations.apply(ofSource, source.rows(modality, having)),
          CorpusFeatures.labels(having),
          Normalisations.apply(ofBase, target.rows(modality, having)),
          Normalisations.apply(ofBase, target.rows(modality, targetsHaving)),
          CorpusFeatures.labels(targetsHaving));
    }

    List<AdapterResult> train(
        final AdapterData data, final AdapterData check, final Set<AdapterObjective> objectives)
        throws TrainingInputException {
      final AdapterOptions options =
          AdapterOptions.defaults(data.sourceWidth(), data.targetWidth()).with(epochs, seed);
      final AdapterTrainer trainer = new AdapterTrainer(modality, data, check, fusion, options);
      log.accept(
          "%s: %s to %s"
              .formatted(
                  modality.label(), source.space(modality).id(), target.space(modality).id()));
      log.accept(AdapterResult.heading());
      final List<AdapterResult> results = new ArrayList<>();
      for (final AdapterObjective objective : objectives) {
        try {
          final AdapterResult result = trainer.train(objective);
          results.add(result);
          log.accept(result.row());
        } catch (final TrainingInputException e) {
          // One objective may not apply to these spaces; the others still do.
          log.accept("%-13s left out: %s".formatted(objective.label(), e.getMessage()));
        }
      }
      if (results.isEmpty()) {
        throw new TrainingInputException(
            "none of the objectives applies to the " + modality.label() + " features");
      }
      return results;
    }
  }
}
