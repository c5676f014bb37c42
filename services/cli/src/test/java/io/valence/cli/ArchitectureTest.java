package io.valence.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The walls of the architecture: dependencies point one way (services, then common, then schemas),
 * and feature extraction and training know neither Kafka nor Quarkus.
 *
 * <p>The rules read the compiled classes of every module of the repository, the services' included.
 */
class ArchitectureTest {

  private static final String[] SERVICES = {
    "io.valence.ingest..",
    "io.valence.visualfeatures..",
    "io.valence.audiofeatures..",
    "io.valence.textfeatures..",
    "io.valence.adapter..",
    "io.valence.fusion..",
    "io.valence.local..",
    "io.valence.faults..",
    "io.valence.cli.."
  };

  private static final String[] COMMON = {
    "io.valence.media..",
    "io.valence.inference..",
    "io.valence.features..",
    "io.valence.model..",
    "io.valence.windows..",
    "io.valence.pipeline..",
    "io.valence.streams..",
    "io.valence.corpora..",
    "io.valence.evaluation..",
    "io.valence.training.."
  };

  /** The plain Java that live services and training share: what is trained on is what is served. */
  private static final String[] PLAIN = {
    "io.valence.media..",
    "io.valence.inference..",
    "io.valence.features..",
    "io.valence.model..",
    "io.valence.corpora..",
    "io.valence.evaluation..",
    "io.valence.training.."
  };

  private static JavaClasses classes;

  @BeforeAll
  static void readEveryModule() throws IOException {
    final Path home = Path.of(System.getProperty("valence.home"));
    try (Stream<Path> folders = Files.walk(home, 5)) {
      final List<Path> compiled =
          folders.filter(path -> path.endsWith(Path.of("target", "classes"))).toList();
      classes =
          new ClassFileImporter()
              .withImportOption(new ImportOption.DoNotIncludeTests())
              .importPaths(compiled);
    } catch (final UncheckedIOException e) {
      throw e.getCause();
    }
    assertThat(classes.stream().map(type -> type.getPackageName().split("\\.", 4)[2]).distinct())
        .as("modules whose classes were found below %s; build the whole repository first", home)
        .contains(
            "schemas",
            "media",
            "features",
            "model",
            "windows",
            "pipeline",
            "streams",
            "ingest",
            "adapter",
            "fusion",
            "local",
            "training");
  }

  @Test
  void plainJavaKnowsNeitherKafkaNorQuarkus() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(PLAIN)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.kafka..", "io.quarkus..", "jakarta..", "io.valence.schemas..")
            .because(
                "training and the live services run the very same extraction and scoring: move what"
                    + " needs Kafka, Quarkus or the records to io.valence.pipeline, io.valence.streams"
                    + " or a service"));
  }

  @Test
  void windowsAndPipelineRunWithoutKafka() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage("io.valence.windows..", "io.valence.pipeline..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.quarkus..", "jakarta..")
            .because(
                "the window join and the steps must give in one process what they give on Kafka:"
                    + " move what needs a broker to io.valence.streams or a service"));
  }

  @Test
  void commonKnowsNoQuarkus() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(COMMON)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus..", "jakarta..")
            .because(
                "a library of services/common is wired into Quarkus by the service that uses it"));
  }

  @Test
  void commonKnowsNoService() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(COMMON)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES)
            .because("services depend on common, never the other way: move the shared part down"));
  }

  @Test
  void schemasKnowNothingAboveThem() {
    final String[] above = Stream.of(SERVICES, COMMON).flatMap(Stream::of).toArray(String[]::new);
    check(
        noClasses()
            .that()
            .resideInAPackage("io.valence.schemas..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(above)
            .because("schemas are the lowest layer: every service speaks through them alone"));
  }

  @Test
  void servicesSpeakOnlyThroughTopics() {
    final List<String> pipeline =
        List.of(
            "io.valence.ingest",
            "io.valence.visualfeatures",
            "io.valence.audiofeatures",
            "io.valence.textfeatures",
            "io.valence.adapter",
            "io.valence.fusion");
    for (final String service : pipeline) {
      final String[] others =
          pipeline.stream()
              .filter(other -> !other.equals(service))
              .map(other -> other + "..")
              .toArray(String[]::new);
      check(
          noClasses()
              .that()
              .resideInAPackage(service + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(others)
              .because("every arrow between services is a Kafka topic with an Avro schema"));
    }
  }

  @Test
  void onlyTrainingLoadsTheTrainingEngine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.valence.training..", "io.valence.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl.nn..", "ai.djl.training..", "ai.djl.pytorch..")
            .because("services run ONNX Runtime; the training engine's natives stay in training"));
  }

  private static void check(final ArchRule rule) {
    rule.check(classes);
  }
}
