package io.valence.cli;

import io.valence.corpora.CorpusException;
import io.valence.evaluation.EvaluationException;
import io.valence.inference.InferenceException;
import io.valence.inference.ModelFileException;
import io.valence.local.LocalStackException;
import io.valence.media.MediaException;
import io.valence.model.BundleException;
import io.valence.schemas.RegistryUnavailableException;
import io.valence.training.TrainingException;
import io.valence.training.TrainingInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.apache.kafka.common.KafkaException;

/**
 * What went wrong, as a user should hear it: one line and an exit code.
 *
 * @param message one line: what is wrong and, where that helps, what to do
 * @param exitCode one of {@link ExitCode}
 * @param unexpected true for a defect of the program, which is shown with its stack
 */
record Failure(String message, int exitCode, boolean unexpected) {

  static Failure of(final Throwable thrown) {
    if (thrown instanceof InputException
        || thrown instanceof MediaException
        || thrown instanceof CorpusException
        || thrown instanceof EvaluationException
        || thrown instanceof TrainingInputException) {
      return new Failure(oneLine(thrown), ExitCode.INPUT, false);
    }
    if (thrown instanceof EnvironmentException
        || thrown instanceof ModelFileException
        || thrown instanceof BundleException
        || thrown instanceof InferenceException
        || thrown instanceof TrainingException
        || thrown instanceof LocalStackException) {
      return new Failure(oneLine(thrown), ExitCode.ENVIRONMENT, false);
    }
    if (thrown instanceof KafkaException || thrown instanceof RegistryUnavailableException) {
      return new Failure(
          "Kafka or the schema registry does not answer ("
              + oneLine(thrown)
              + "): start the stack with 'deploy/valence run', or give its addresses",
          ExitCode.ENVIRONMENT,
          false);
    }
    if (thrown instanceof NoSuchFileException e) {
      return new Failure("no such file: " + e.getFile(), ExitCode.INPUT, false);
    }
    if (thrown instanceof AccessDeniedException e) {
      return new Failure("not allowed to read or write " + e.getFile(), ExitCode.INPUT, false);
    }
    if (thrown instanceof FileSystemException || thrown instanceof IOException) {
      return new Failure(oneLine(thrown), ExitCode.ENVIRONMENT, false);
    }
    if (thrown instanceof OutOfMemoryError) {
      return new Failure(
          "out of memory: give more with VALENCE_HEAP=2g", ExitCode.ENVIRONMENT, false);
    }
    return new Failure("unexpected failure: " + oneLine(thrown), 1, true);
  }

  private static String oneLine(final Throwable thrown) {
    final String message = thrown.getMessage();
    if (message == null || message.isBlank()) {
      return thrown.getClass().getSimpleName();
    }
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
