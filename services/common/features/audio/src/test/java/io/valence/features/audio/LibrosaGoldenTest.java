package io.valence.features.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.features.Features;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Against what librosa 0.11.0 computed from the same files. At 22,050 Hz the tolerances are ten times
 * what librosa itself moves by when it is given doubles for floats; at other rates they allow for
 * another resampler than librosa's, which keeps everything up to 91 % of the half rate as ours does.
 */
class LibrosaGoldenTest {

  private static final Tolerance AT_THE_RATE = new Tolerance(2e-3, 1e-5, 1e-6, 1e-4, 1e-8);

  /** The zero-crossing rate's is relative here: a resampled sample near zero may change sign. */
  private static final Tolerance RESAMPLED = new Tolerance(0.1, 2e-3, 3e-3, 3e-3, Double.NaN);

  private static final double RESAMPLED_CROSSINGS = 5e-3;
  private static final double TEMPO = 1e-6;

  record Tolerance(
      double cepstral, double chroma, double centroid, double rolloff, double crossings) {}

  /** A sound and what is expected of it. */
  record Golden(String name, float[] samples, int rate, double[] expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Golden> bundled() {
    return Stream.of(
            "c17_short_100",
            "c18_short_600",
            "c19_one_sample",
            "c20_tone_448hz",
            "c23_clipped_speech",
            "c24_dc_offset",
            "c25_three_frames",
            "n01_phone_8k_mulaw")
        .flatMap(
            name ->
                goldens(
                    name,
                    () -> LibrosaGoldenTest.class.getResourceAsStream("/golden/" + name + ".wav"),
                    () ->
                        LibrosaGoldenTest.class.getResourceAsStream("/golden/" + name + ".json")));
  }

  static Stream<Golden> shared() throws IOException {
    final Path folder = Path.of(System.getProperty("valence.home"), "../shared/golden/librosa");
    if (!Files.isDirectory(folder)) {
      return Stream.of(new Golden("absent", new float[0], 0, new double[0]));
    }
    final List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.endsWith(".wav"))
              .map(file -> file.substring(0, file.length() - 4))
              .sorted()
              .toList();
    }
    return names.stream()
        .flatMap(
            name ->
                goldens(
                    name,
                    () -> Files.newInputStream(folder.resolve(name + ".wav")),
                    () -> Files.newInputStream(folder.resolve(name + ".json"))));
  }

  @ParameterizedTest
  @MethodSource("bundled")
  void bundledClips(final Golden golden) {
    assertMatches(golden, new AudioFeatures().measure(golden.samples(), golden.rate()));
  }

  @ParameterizedTest
  @MethodSource("shared")
  void sharedClips(final Golden golden) {
    assumeTrue(golden.rate() > 0, "the full set of golden clips is not beside this repository");
    assertMatches(golden, new AudioFeatures().measure(golden.samples(), golden.rate()));
  }

  @Test
  void oneInstanceServesAllClipsInTurn() {
    final AudioFeatures features = new AudioFeatures();
    bundled()
        .forEach(
            golden -> {
              assertMatches(golden, features.measure(golden.samples(), golden.rate()));
              final Features whole = features.extractEvenIfSilent(golden.samples(), golden.rate());
              assertThat(whole.values()).hasSize(74).endsWith(new float[45]);
            });
  }

  private static void assertMatches(final Golden golden, final double[] actual) {
    final boolean resampled = golden.rate() != 22_050;
    final Tolerance allowed = resampled ? RESAMPLED : AT_THE_RATE;
    final double[] expected = golden.expected();
    final SoftAssertions softly = new SoftAssertions();
    softly.assertThat(actual).hasSize(29);
    for (int i = 0; i < 29; i++) {
      final double limit =
          i < 13
              ? allowed.cepstral()
              : i < 25
                  ? allowed.chroma()
                  : i == 25
                      ? allowed.centroid() * expected[i]
                      : i == 26
                          ? allowed.rolloff() * expected[i]
                          : i == 27
                              ? (resampled
                                  ? RESAMPLED_CROSSINGS * expected[i]
                                  : allowed.crossings())
                              : TEMPO * expected[i];
      softly
          .assertThat(Math.abs(actual[i] - expected[i]))
          .as("%s value %d: %s for %s", golden, i, actual[i], expected[i])
          .isLessThanOrEqualTo(limit);
    }
    softly.assertAll();
  }

  private interface Source {
    InputStream open() throws IOException;
  }

  private static Stream<Golden> goldens(final String name, final Source wav, final Source json) {
    try (InputStream wavStream = wav.open();
        InputStream jsonStream = json.open()) {
      final Wav sound = Wav.read(wavStream);
      final JsonNode node = new ObjectMapper().readTree(jsonStream);
      final Golden whole =
          new Golden(name, sound.samples(), sound.rate(), values(node.path("features29")));
      final JsonNode start = node.path("first3s").path("features29");
      return start.isMissingNode()
          ? Stream.of(whole)
          : Stream.of(
              whole, new Golden(name + " first 3 s", sound.first(3), sound.rate(), values(start)));
    } catch (final IOException e) {
      throw new AssertionError("golden clip " + name + " cannot be read", e);
    }
  }

  private static double[] values(final JsonNode node) {
    final double[] values = new double[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asDouble();
    }
    return values;
  }
}
