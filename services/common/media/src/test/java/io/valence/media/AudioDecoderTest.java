package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.valence.media.TestMedia.Spec;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AudioDecoderTest {

  @TempDir Path folder;

  private float[] wave(final int format, final int channels, final int bits, final ByteBuffer data)
      throws Exception {
    final Path file = folder.resolve("sound.wav");
    Files.write(file, TestMedia.wave(format, channels, 16_000, bits, data.array()));
    final MonoSound sound = AudioDecoder.readMono(file);
    assertThat(sound.sampleRate()).isEqualTo(16_000);
    return sound.samples();
  }

  private static ByteBuffer bytes(final int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void wholeNumbersAreScaledByPowersOfTwo() throws Exception {
    assertThat(wave(1, 1, 8, bytes(3).put((byte) 0).put((byte) 128).put((byte) 255)))
        .containsExactly(-1f, 0f, 127f / 128);
    assertThat(
            wave(
                1,
                1,
                16,
                bytes(6).putShort(Short.MIN_VALUE).putShort((short) 1).putShort(Short.MAX_VALUE)))
        .containsExactly(-1f, 1f / 32768, 32767f / 32768);
    assertThat(
            wave(
                1,
                1,
                24,
                bytes(6)
                    .put(new byte[] {1, 0, 0})
                    .put(new byte[] {(byte) 0xff, (byte) 0xff, 0x7f})))
        .containsExactly(1f / 8388608, 8388607f / 8388608);
    assertThat(wave(1, 1, 32, bytes(8).putInt(Integer.MIN_VALUE).putInt(1 << 30)))
        .containsExactly(-1f, 0.5f);
  }

  @Test
  void floatsStayAsTheyAre() throws Exception {
    assertThat(wave(3, 1, 32, bytes(12).putFloat(0.1f).putFloat(-1.5f).putFloat(1e-30f)))
        .containsExactly(0.1f, -1.5f, 1e-30f);
    assertThat(wave(3, 1, 64, bytes(16).putDouble(0.1).putDouble(-0.25)))
        .containsExactly(0.1f, -0.25f);
  }

  @Test
  void channelsAreAveraged() throws Exception {
    assertThat(
            wave(
                1,
                2,
                16,
                bytes(8)
                    .putShort((short) 1000)
                    .putShort((short) -1000)
                    .putShort((short) 3)
                    .putShort((short) 4)))
        .containsExactly(0f, 3.5f / 32768);
    final ByteBuffer three = bytes(12).putFloat(0.1f).putFloat(0.2f).putFloat(0.4f);
    assertThat(wave(3, 3, 32, three)).containsExactly((0.1f + 0.2f + 0.4f) / 3);
  }

  @Test
  void samplesThatAreNoNumbersAreRefusedWithTheirPlace() {
    final ByteBuffer data = bytes(8).putFloat(0.5f).putFloat(Float.NaN);
    assertThatThrownBy(() -> wave(3, 1, 32, data))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("sample 1 (at 0.000 s) is NaN");
  }

  @ParameterizedTest
  @CsvSource({
    "wav, pcm_s16le, 0.0001",
    "flac, flac, 0.0001",
    "mp3, libmp3lame, 0.02",
    "adts, aac, 0.05",
    "ogg, libopus, 0.05",
    "mp4, aac, 0.05"
  })
  void everyKindOfSoundFileKeepsLengthAndLevel(
      final String format, final String codec, final double tolerance) throws Exception {
    final String ending = format.equals("adts") ? "aac" : format;
    final Path file =
        TestMedia.make(folder.resolve("tone." + ending), Spec.audio(format, codec, 2));
    final MonoSound sound = AudioDecoder.readMono(file);
    assertThat(sound.seconds()).isCloseTo(2, within(0.06));
    double power = 0;
    for (final float sample : sound.samples()) {
      power += sample * sample;
    }
    assertThat(Math.sqrt(2 * power / sound.samples().length)).isCloseTo(0.25, within(tolerance));
    // The same from memory.
    try (AudioDecoder decoder = AudioDecoder.open(ByteBuffer.wrap(Files.readAllBytes(file)))) {
      final float[] start = new float[100];
      int count = 0;
      while (count < 100) {
        count += decoder.read(start, count, 100 - count);
      }
      assertThat(start).isEqualTo(Arrays.copyOf(sound.samples(), 100));
    }
  }

  @Test
  void aTruncatedWaveGivesWhatItHolds() throws Exception {
    final byte[] whole = TestMedia.wave(1, 1, 16_000, 16, new byte[64_000]);
    final Path file = folder.resolve("cut.wav");
    Files.write(file, Arrays.copyOf(whole, 32_044));
    final MonoSound sound = AudioDecoder.readMono(file);
    assertThat(sound.samples()).hasSize(16_000);
    final String warning =
        "cut.wav: ends after 1.00 s although its header says 2.00 s (cut off?); what is there is used";
    assertThat(sound.warnings()).containsExactly(warning);
    try (RecordingCutter cutter = RecordingCutter.open(file, Optional.empty(), 3_000_000)) {
      while (cutter.next() != null) {
        assertThat(cutter.endMicros()).isEqualTo(1_000_000);
      }
      assertThat(cutter.warnings()).containsExactly(warning);
    }
  }

  @Test
  void aWaveWhoseLengthIsLeftOpenIsNotCutOff() throws Exception {
    final byte[] piped = TestMedia.wave(1, 1, 16_000, 16, new byte[64_000]);
    ByteBuffer.wrap(piped).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1).putInt(40, -1);
    final Path file = folder.resolve("piped.wav");
    Files.write(file, piped);
    final MonoSound sound = AudioDecoder.readMono(file);
    assertThat(sound.samples()).hasSize(32_000);
    assertThat(sound.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"wav, pcm_s16le", "flac, flac", "matroska, aac", "webm, libopus", "avi, pcm_s16le"})
  void soundThatIsCutOffIsUsedAndNamed(final String format, final String codec) throws Exception {
    final Path whole = TestMedia.make(folder.resolve("whole"), Spec.audio(format, codec, 8));
    if (!format.equals("matroska") && !format.equals("webm")) {
      // The encoder used here writes the last packet's length in samples where Matroska has
      // milliseconds, so its header promises up to a second too much.
      assertThat(AudioDecoder.readMono(whole).warnings()).isEmpty();
    }
    final byte[] bytes = Files.readAllBytes(whole);
    final Path file = folder.resolve("cut");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    final MonoSound sound = AudioDecoder.readMono(file);
    assertThat(sound.seconds()).isBetween(2.0, 6.0);
    assertThat(sound.warnings())
        .filteredOn(line -> !line.contains("damaged sound packets"))
        .singleElement()
        .asString()
        .matches(
            "cut: ends after [2-5]\\.\\d\\d s although its header says [789]\\.\\d\\d s"
                + " \\(cut off\\?\\); what is there is used");
  }

  @Test
  void soundShorterThanThePicturesIsNotCutOff() throws Exception {
    for (final String format : new String[] {"matroska", "mp4", "avi"}) {
      final Path file =
          TestMedia.make(
              folder.resolve("short." + format),
              Spec.video(format, "mpeg4", 10, 0, 25, 150).withSound("libmp3lame", 2));
      assertThat(AudioDecoder.readMono(file).warnings()).as(format).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"wav, pcm_s16le", "flac, flac", "mp4, aac", "mp3, libmp3lame", "mpegts, aac"})
  void aWrongExpectationOfTheLengthLosesNoSample(final String format, final String codec)
      throws Exception {
    final Path file = TestMedia.make(folder.resolve("tone"), Spec.audio(format, codec, 3));
    final List<Float> oneByOne = new ArrayList<>();
    try (AudioDecoder decoder = AudioDecoder.open(file)) {
      final float[] one = new float[1];
      while (decoder.read(one, 0, 1) > 0) {
        oneByOne.add(one[0]);
      }
    }
    for (final int mostCopied : new int[] {0, 1 << 24}) {
      final float[] samples = AudioDecoder.readMono(file, mostCopied).samples();
      assertThat(samples).hasSize(oneByOne.size());
      for (int i = 0; i < samples.length; i++) {
        assertThat(samples[i]).isEqualTo(oneByOne.get(i));
      }
    }
  }

  @Test
  void longSoundIsHeldOnce() throws Exception {
    final int samples = 16_000 * 60 * 5;
    final Path file = folder.resolve("long.wav");
    Files.write(file, TestMedia.wave(1, 1, 16_000, 16, new byte[samples * 2]));
    final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    final long before = threads.getCurrentThreadAllocatedBytes();
    final MonoSound sound = AudioDecoder.readMono(file);
    final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(sound.samples()).hasSize(samples);
    assertThat((double) allocated / (samples * 4L)).isBetween(1.0, 1.5);
  }

  @Test
  void aFileWithoutSoundIsRefused() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("mute.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 10, 5));
    assertThatThrownBy(() -> AudioDecoder.readMono(file))
        .isInstanceOf(MediaException.class)
        .hasMessage("mute.mp4: has no sound track");
  }

  @Test
  void pcmBytesAreCheckedOnTheWayBack() throws Exception {
    assertThat(PcmFloat.decode(PcmFloat.encode(new float[] {0.5f, -1f, 9f}, 2)))
        .containsExactly(0.5f, -1f);
    assertThatThrownBy(() -> PcmFloat.decode(ByteBuffer.allocate(5)))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("5 bytes");
    final ByteBuffer infinite = bytes(4).putFloat(0, Float.POSITIVE_INFINITY);
    assertThatThrownBy(() -> PcmFloat.decode(infinite))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("Infinity");
  }
}
