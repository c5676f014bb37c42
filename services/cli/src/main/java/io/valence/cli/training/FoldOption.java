package io.valence.cli.training;

import io.valence.corpora.CorpusException;
import io.valence.corpora.Fold;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The fold that a bundle is judged on. */
final class FoldOption {

  @Option(names = "--fold", description = "train, valid or test (default ${DEFAULT-VALUE})")
  private String fold = "test";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec specification;

  Fold fold() {
    try {
      return Fold.parse(fold);
    } catch (final CorpusException e) {
      throw new ParameterException(specification.commandLine(), "--fold: " + e.getMessage(), e);
    }
  }
}
