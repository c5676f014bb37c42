package io.valence.training;

import io.valence.features.text.BertModelCache;
import io.valence.model.BundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Trains the bundles that ship with the project, from the research corpora beside it. */
public final class TrainBundles {

  private static final List<String> NEEDED =
      List.of("mosi/segments.csv", "text_sentiment/stsa.fine.train");
  private static final int FEWEST_SEEDS = 5;
  private static final String MOSEI_NEEDED = "mosei/segments.csv";

  private TrainBundles() {}

  /**
   * Trains and writes bundles.
   *
   * @param data folder with {@code mosi}, {@code mosei}, {@code text_sentiment} and {@code glove}
   * @param bundles folder that holds one folder a bundle
   * @param which {@code direct}, {@code mosei} or both
   * @param seeds networks a bundle, at least 5: fewer would be no result to state
   * @param experts folders of {@code train-text} from which {@code direct} takes its expert, as many
   * @param remark what else the card of {@code direct} is to say of them; may be empty
   * @param log hears one line at a time
   * @throws TrainingInputException if a part of the data is missing or a name unknown
   * @throws BundleException if what was written could not be served
   */
  public static void run(
      final Path data,
      final Path bundles,
      final Set<String> which,
      final int seeds,
      final List<Path> experts,
      final String remark,
      final Consumer<String> log)
      throws IOException, BundleException {
    require(data, which, seeds);
    final Path bert = BertModelCache.fromEnvironment().prepare((step, done, total) -> {});
    final List<Long> all = LongStream.rangeClosed(1, seeds).boxed().toList();
    if (which.contains(DirectBundle.ID)) {
      if (experts.size() < FEWEST_SEEDS) {
        throw new TrainingInputException(
            "direct needs the text experts of at least 5 seeds, not of "
                + experts.size()
                + ": train them with 'train-text' and name their folders");
      }
      new DirectBundle(data, bert, experts, remark, log)
          .train(all, bundles.resolve(DirectBundle.ID));
    }
    if (which.contains(MoseiBundle.ID)) {
      new MoseiBundle(data, bert, log).train(all, bundles.resolve(MoseiBundle.ID));
    }
  }

  private static void require(final Path data, final Set<String> which, final int seeds)
      throws TrainingInputException {
    for (final String name : which) {
      if (!name.equals(DirectBundle.ID) && !name.equals(MoseiBundle.ID)) {
        throw new TrainingInputException("'" + name + "' is not a shipped bundle: direct or mosei");
      }
    }
    if (seeds < FEWEST_SEEDS) {
      throw new TrainingInputException(
          seeds + " seeds are too few to state a result: give at least 5");
    }
    for (final String part : NEEDED) {
      requireFile(data.resolve(part));
    }
    if (which.contains(MoseiBundle.ID)) {
      requireFile(data.resolve(MOSEI_NEEDED));
    }
  }

  private static void requireFile(final Path file) throws TrainingInputException {
    if (!Files.isRegularFile(file)) {
      throw new TrainingInputException(
          file + " is missing; give the folder that holds mosi, mosei, text_sentiment and glove");
    }
  }
}
