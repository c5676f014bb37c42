package io.valence.model;

import io.valence.inference.InferenceException;
import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import io.valence.inference.OnnxModel;
import io.valence.model.BundleDescription.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * A model bundle that keeps its promises: description, adapters and fusion model, opened once and
 * shared by all threads. A thread that works with it takes its own {@link FeatureAdapter} and {@link
 * SentimentScorer}.
 *
 * <pre>{@code
 * try (ModelBundle bundle = ModelBundle.load(folder);
 *     SentimentScorer scorer = bundle.newScorer()) {
 *   double score = scorer.score(Map.of(Modality.TEXT, values)).score();
 * }
 * }</pre>
 */
public final class ModelBundle implements AutoCloseable {

  private final Path folder;
  private final BundleDescription description;
  private final Map<Modality, OnnxModel> adapters;
  private final OnnxModel fusion;

  private ModelBundle(
      final Path folder,
      final BundleDescription description,
      final Map<Modality, OnnxModel> adapters,
      final OnnxModel fusion) {
    this.folder = folder;
    this.description = description;
    this.adapters = adapters;
    this.fusion = fusion;
  }

  /**
   * Loads a bundle and checks all of it before anything is scored: the description, size and SHA-256
   * of every file, the inputs and outputs of every model, and that the models give numbers.
   *
   * @param folder the folder that holds {@code bundle.json}
   * @throws BundleException if anything is missing, altered, inconsistent or does not compute
   */
  public static ModelBundle load(final Path folder) throws BundleException {
    final BundleDescription description = BundleJson.read(folder);
    for (final Map.Entry<String, FileEntry> file : description.files().entrySet()) {
      requireIntact(folder.resolve(file.getKey()), file.getValue());
    }
    final Map<Modality, OnnxModel> adapters = new EnumMap<>(Modality.class);
    OnnxModel fusion = null;
    try {
      for (final Map.Entry<Modality, String> adapter : description.adapters().entrySet()) {
        final Modality modality = adapter.getKey();
        final OnnxModel model = open(folder.resolve(adapter.getValue()));
        adapters.put(modality, model);
        FeatureAdapter.requireShape(
            model, description.inputSpaces().get(modality), description.baseSpaces().get(modality));
      }
      fusion = open(folder.resolve(description.fusion()));
      SentimentScorer.requireShape(fusion, description.baseSpaces());
      final ModelBundle bundle = new ModelBundle(folder, description, adapters, fusion);
      bundle.requireNumbers(folder);
      return bundle;
    } catch (final BundleException | RuntimeException e) {
      adapters.values().forEach(OnnxModel::close);
      if (fusion != null) {
        fusion.close();
      }
      throw e;
    }
  }

  /**
   * The folder of a bundle that is named in a configuration.
   *
   * @param name the id of a bundle below {@code <home>/deploy/bundles}, or the path of a folder
   */
  public static Path locate(final String name, final ModelStore store) {
    final Path here = Path.of(name);
    final Path shipped = store.home().resolve("deploy").resolve("bundles").resolve(name);
    // Without either, the message about the missing bundle names the place where it should be.
    return Files.isDirectory(here) && !Files.isDirectory(shipped) ? here : shipped;
  }

  private static void requireIntact(final Path file, final FileEntry promised)
      throws BundleException {
    if (!Files.isRegularFile(file)) {
      throw new BundleException(
          "model bundle lacks " + file + "; restore the bundle or train it again");
    }
    final FileEntry found;
    try {
      final long bytes = Files.size(file);
      if (bytes != promised.bytes()) {
        throw new BundleException(
            file
                + " has "
                + bytes
                + " bytes where the bundle lists "
                + promised.bytes()
                + "; restore the bundle or train it again");
      }
      found = FileEntry.of(file);
    } catch (final IOException e) {
      throw new BundleException(
          file
              + " cannot be read ("
              + BundleJson.firstLine(e)
              + "); check the file and its permissions",
          e);
    }
    if (!found.equals(promised)) {
      throw new BundleException(
          file
              + " was altered: its SHA-256 is "
              + found.sha256()
              + " where the bundle lists "
              + promised.sha256()
              + "; restore the bundle or train it again");
    }
  }

  private static OnnxModel open(final Path file) throws BundleException {
    try {
      return OnnxModel.open(file, 1);
    } catch (final ModelFileException e) {
      throw new BundleException(e.getMessage(), e);
    }
  }

  /** Scores the mean of every space: a model with broken weights shows here and not in service. */
  private void requireNumbers(final Path folder) throws BundleException {
    final Map<Modality, float[]> means = new EnumMap<>(Modality.class);
    try {
      for (final Modality modality : Modality.values()) {
        final float[] zeros = new float[description.baseSpaces().get(modality).size()];
        means.put(
            modality, description.baseNormalisation().get(modality).standardiser(1).restore(zeros));
      }
      for (final Modality modality : description.adapters().keySet()) {
        try (FeatureAdapter adapter = newAdapter(modality)) {
          final float[] zeros = new float[adapter.inputSpace().size()];
          means.put(
              modality,
              adapter.adapt(
                  description.inputNormalisation().get(modality).standardiser(1).restore(zeros)));
        }
      }
      try (SentimentScorer scorer = newScorer()) {
        scorer.probe(means);
      }
    } catch (final InferenceException | IllegalArgumentException e) {
      throw new BundleException(
          "model bundle "
              + folder
              + " does not compute: "
              + BundleJson.firstLine(e)
              + "; restore the bundle or train it again",
          e);
    }
  }

  /** What the bundle says of itself. */
  public BundleDescription description() {
    return description;
  }

  /** The text expert that the words must be read with, if the bundle has one. */
  public Optional<Path> textExpert() {
    return Optional.ofNullable(description.textExpert()).map(folder::resolve);
  }

  /**
   * The text expert of a bundle that is not loaded, checked.
   *
   * @throws BundleException if its file is missing or altered
   */
  public static Optional<Path> textExpert(final BundleDescription description, final Path folder)
      throws BundleException {
    final String name = description.textExpert();
    if (name == null) {
      return Optional.empty();
    }
    requireIntact(folder.resolve(name), description.files().get(name));
    return Optional.of(folder.resolve(name));
  }

  /** Id of the bundle. */
  public String id() {
    return description.id();
  }

  /** Version of the bundle. */
  public String version() {
    return description.version();
  }

  /** An adapter for the calling thread. */
  public FeatureAdapter newAdapter(final Modality modality) {
    return new FeatureAdapter(modality, description, adapters.get(modality));
  }

  /** A scorer for the calling thread. */
  public SentimentScorer newScorer() {
    return new SentimentScorer(description, fusion);
  }

  @Override
  public void close() {
    adapters.values().forEach(OnnxModel::close);
    fusion.close();
  }
}
