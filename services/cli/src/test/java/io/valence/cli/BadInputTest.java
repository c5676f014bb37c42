package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input is normal input: one clear line, the right exit code, no stack trace. */
class BadInputTest {

  private static final Path SAMPLE =
      Path.of(System.getProperty("valence.home"), "deploy/samples/portrait-reading.mp4");

  @TempDir private Path folder;

  @Test
  void aFileThatIsNotThere() {
    for (final String[] command :
        new String[][] {
          {"analyze", "nowhere.mp4"},
          {"extract", "audio", "nowhere.wav", "--json"},
          {"extract", "visual", "nowhere.png", "--json"},
          {"demo", "nowhere.mp4"}
        }) {
      refused(Run.of(command), "no such file: nowhere");
    }
  }

  @Test
  void aFileThatIsNotMedia() throws IOException {
    final Path file = Files.writeString(folder.resolve("letter.mp4"), "Dear Sir, ".repeat(500));

    refused(Run.of("analyze", file.toString()), "letter.mp4");
    refused(Run.of("extract", "audio", file.toString(), "--json"), "letter.mp4");
    refused(Run.of("extract", "visual", file.toString(), "--json"), "letter.mp4");
    refused(Run.of("demo", file.toString()), "letter.mp4");
  }

  @Test
  void anEmptyFile() throws IOException {
    final Path file = Files.createFile(folder.resolve("nothing.wav"));

    refused(Run.of("analyze", file.toString()), "nothing.wav");
    refused(Run.of("extract", "audio", file.toString()), "empty");
  }

  @Test
  void aPictureThatIsTooLarge() throws IOException {
    final Path file = Files.write(folder.resolve("huge.png"), png(16_384, 16_384, 0));

    refused(Run.of("extract", "visual", "--static", "--json", file.toString()), "16384");
  }

  @Test
  void aPictureOfOnePixelHasNoFace() throws IOException {
    final Path file = Files.write(folder.resolve("dot.png"), png(1, 1, 4));

    final Run run =
        Run.of("extract", "visual", "--static", "--landmarks", "--json", file.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("\"weight\":0.0")
        .contains("\"values\":[]")
        .contains("\"landmarks\":[[]]");
  }

  @Test
  void aTruncatedRecordingGivesWhatItHolds() throws IOException {
    final byte[] whole = Files.readAllBytes(SAMPLE);
    final Path file =
        Files.write(folder.resolve("cut.mp4"), Arrays.copyOf(whole, (int) (whole.length * 0.6)));

    final Run run = Run.of("extract", "visual", file.toString(), "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("\"space\":\"facemesh-65\"");
    assertThat(run.err()).contains("cut.mp4").doesNotContain("\tat ");
  }

  @Test
  void aPlotNeverTakesTheRecordingsPlace() throws IOException {
    final Path recording = Files.copy(SAMPLE, folder.resolve("talk.mp4"));

    refused(
        Run.of("analyze", recording.toString(), "--plot", recording.toString()), "would overwrite");
    refused(Run.of("analyze", recording.toString(), "--plot", folder.toString()), "is a folder");
    assertThat(recording).hasSize(Files.size(SAMPLE));
  }

  @Test
  void aTranscriptThatIsNoTranscript() throws IOException {
    final Path columns = Files.writeString(folder.resolve("words.csv"), "from,to,said\n0,1,hi\n");
    final Path latin = Files.write(folder.resolve("words.txt"), new byte[] {'c', 'a', (byte) 0xe9});

    refused(Run.of("analyze", SAMPLE.toString(), "--transcript", columns.toString()), "words.csv");
    refused(Run.of("analyze", SAMPLE.toString(), "--transcript", latin.toString()), "UTF-8");
    refused(
        Run.of("analyze", SAMPLE.toString(), "--transcript", folder.resolve("no.srt").toString()),
        "no.srt");
  }

  @Test
  void aWrongCommandLine() {
    for (final String[] command :
        new String[][] {
          {},
          {"dance"},
          {"analyze"},
          {"analyze", "--window", "x", "talk.mp4"},
          {"analyze", "--window", "0", "talk.mp4"},
          {"analyze", "--hop", "2", "talk.mp4"},
          {"demo", "--window", "2", "--hop", "4", "talk.mp4"},
          {"play", "--clock-offset", "smell=1", "talk.mp4"},
          {"play", "--clock-offset", "text=9999", "talk.mp4"},
          {"train-text", "--data", "my.csv", "--space", "my space", "--out", "out"},
          {"train-text", "--data", "my.csv", "--space", "bert-base-uncased-768", "--out", "out"},
          {"train-text", "--borders-of", "x.vtd", "--out", "out"},
          {"train-text", "--borders-of", "x.vtd", "--data", "d", "--first", "f", "--out", "out"},
          {"train-text", "--borders-of", "x.vtd", "--data", "d", "--judge", "j", "--out", "out"},
          {"train-text", "--borders-of", "x.vtd", "--data", "d", "--epochs", "2", "--out", "out"},
          {"train-text", "--borders-of", "x.vtd", "--data", "d", "--rank", "8", "--out", "out"},
          {"extract"},
          {"extract", "smell", "talk.mp4"},
          {"extract", "visual", "--space", "facemesh-66", SAMPLE.toString()}
        }) {
      final Run run = Run.of(command);
      assertThat(run.exitCode()).as(String.join(" ", command)).isEqualTo(ExitCode.USAGE);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("valence: ").contains("--help").doesNotContain("\tat ");
    }
  }

  @Test
  void labelledTranscriptsThatCannotBeLearnedFrom() throws IOException {
    final String[][] cases = {
      {"words,label\nx,1\n", "column 'text' is missing"},
      {"text,label\nx,4\ny,1\n", "outside -3 to +3"},
      {"text,label\nx,1\ny,1\n", "2 training texts with 1 different labels"},
      {"text,label,fold\nx,1,valid\ny,2,test\n", "no labelled text is in fold train"},
      {"id,text,label\na,x,1\na,y,2\n", "id 'a' occurs twice"},
      {"text,label\n" + "word ".repeat(10_000) + ",1\ny,2\n", "a text of 10000 words"}
    };
    for (final String[] each : cases) {
      final Path file = Files.writeString(folder.resolve("my.csv"), each[0]);
      refused(Run.of("train-text", "--data", file.toString(), "--out", folder + "/out"), each[1]);
    }
    refused(Run.of("train-text", "--data", "nowhere.csv", "--out", folder + "/out"), "nowhere.csv");
  }

  @Test
  void anExpertThatBordersCannotBeLearnedFor() throws IOException {
    final Path data = Files.writeString(folder.resolve("my.csv"), "text,label\nx,1\ny,2\n");
    final Path expert = Files.writeString(folder.resolve("my.vtd"), "no such thing");
    final String[][] cases = {
      {"nowhere.vtd", "nowhere.vtd is missing"},
      {expert.toString(), "my.vtd is no text difference"},
      {folder.toString(), "is a folder"},
      {
        Path.of(System.getProperty("valence.home"), "deploy/bundles/direct/text-expert.vtd")
            .toString(),
        "my.csv: 0 borders between utterances"
      }
    };
    for (final String[] each : cases) {
      refused(
          Run.of(
              "train-text",
              "--borders-of",
              each[0],
              "--data",
              data.toString(),
              "--out",
              folder + "/out"),
          each[1]);
    }
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    for (final String command :
        new String[] {
          "demo",
          "run",
          "play",
          "analyze",
          "extract",
          "setup",
          "doctor",
          "corpus",
          "dlq",
          "train-text",
          "evaluate",
          "evaluate-live"
        }) {
      final Run run = Run.of(command, "--help");
      assertThat(run.exitCode()).as(command).isZero();
      assertThat(run.out()).as(command).contains("Usage: valence " + command).contains("Example");
    }
    for (final String kind : new String[] {"visual", "audio", "text"}) {
      assertThat(Run.of("extract", kind, "--help").out()).contains("Example");
    }
  }

  private static void refused(final Run run, final String reason) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().strip().lines())
        .as("one line that says why")
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("valence: ").contains(reason));
  }

  /** A PNG that says what size it has; its pixels may be missing. */
  private static byte[] png(final int width, final int height, final int pixelBytes)
      throws IOException {
    final ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    final ByteArrayOutputStream header = new ByteArrayOutputStream();
    final DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(width);
    fields.writeInt(height);
    fields.write(new byte[] {8, 2, 0, 0, 0});
    chunk(file, "IHDR", header.toByteArray());
    final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(pixels)) {
      deflater.write(new byte[pixelBytes]);
    }
    chunk(file, "IDAT", pixels.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static void chunk(
      final ByteArrayOutputStream file, final String type, final byte[] content)
      throws IOException {
    final DataOutputStream out = new DataOutputStream(file);
    final byte[] name = type.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    final CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(content);
    out.writeInt(content.length);
    out.write(name);
    out.write(content);
    out.writeInt((int) sum.getValue());
  }
}
