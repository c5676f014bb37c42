package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.media.TestMedia.Spec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingCutterTest {

  private static final long WINDOW = 3_000_000;

  @TempDir Path folder;

  /** A picture that came out: when, and which one. */
  record Shown(long millis, int number) {}

  /** Everything that cutting gave, and what decoding the pieces gave. */
  record Cut(
      Map<Modality, List<Piece>> pieces,
      List<Shown> shown,
      List<String> codecs,
      long endMicros,
      List<String> warnings) {}

  static Stream<Spec> recordings() {
    return Stream.of(
        Spec.video("mp4", "libopenh264", 30, 0, 25, 190).withSound("aac", 7.6),
        Spec.video("mp4", "libopenh264", 250, 0, 24, 230),
        Spec.video("mp4", "mpeg4", 12, 2, 29.97, 200).withSound("aac", 6.4),
        Spec.video("matroska", "mpeg4", 250, 2, 25, 240).withSound("flac", 9.6),
        Spec.video("matroska", "libopenh264", 10, 0, 12.5, 100).withSound("libmp3lame", 8),
        Spec.video("matroska", "mjpeg", 1, 0, 10, 70),
        Spec.video("webm", "libvpx", 40, 0, 15, 120).withSound("libopus", 8),
        Spec.video("webm", "libvpx-vp9", 250, 0, 25, 160).withSound("libopus", 6),
        Spec.video("avi", "mpeg4", 25, 0, 25, 170).withSound("libmp3lame", 6.8),
        Spec.video("avi", "mpeg4", 25, 2, 25, 170),
        Spec.video("avi", "msmpeg4", 25, 0, 25, 90),
        Spec.video("avi", "mjpeg", 1, 0, 30, 100),
        Spec.video("mpeg", "mpeg1video", 12, 2, 25, 190).withSound("mp2", 7.6),
        Spec.video("mpeg", "mpeg1video", 100, 0, 30, 200),
        Spec.video("mpegts", "mpeg2video", 15, 2, 25, 170).withSound("aac", 6.8));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void everyPictureComesOutInExactlyOnePiece(final Spec spec) throws Exception {
    final Path file = TestMedia.make(folder.resolve("clip." + spec.format()), spec);
    final List<Shown> whole = decode(file);
    assertThat(whole).hasSize(spec.frames());
    for (final long window : new long[] {WINDOW, 700_000, 1_234_000}) {
      final Cut cut = cut(file, Optional.empty(), window, VideoCutter.MOST_BYTES);
      assertThat(cut.shown()).as("window %d us", window).isEqualTo(whole);
      checkTiling(cut, window);
    }
  }

  @Test
  void picturesAreCopiedWhereThatIsPossible() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mp4"), Spec.video("mp4", "libopenh264", 30, 0, 25, 190));
    final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(cut.codecs()).containsExactly("h264", "h264", "h264");
  }

  @Test
  void rangesTooLargeToCopyAreEncodedAnew() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mp4"), Spec.video("mp4", "libopenh264", 75, 0, 25, 300));
    final List<Shown> whole = decode(file);
    final Cut copied = cut(file, Optional.empty(), 1_000_000, VideoCutter.MOST_BYTES);
    // Key frames every 3 s and windows of 1 s: the piece grows over three windows, then starts
    // again.
    final int limit =
        copied.pieces().get(Modality.VISUAL).get(1).payload().remaining()
            + 2 * MatroskaWriter.OVERHEAD_BYTES;
    final Cut mixed = cut(file, Optional.empty(), 1_000_000, limit);
    assertThat(mixed.codecs()).contains("h264", "mpeg4");
    assertThat(mixed.shown()).isEqualTo(whole);
    checkTiling(mixed, 1_000_000);
    final Cut encoded = cut(file, Optional.empty(), 1_000_000, 1);
    assertThat(encoded.codecs()).containsOnly("mpeg4");
    assertThat(encoded.shown()).isEqualTo(whole);
  }

  @Test
  void picturesLargerThanAServiceDecodesAreEncodedAnew() throws Exception {
    final Path file = SizedMedia.make(folder.resolve("l.mkv"), "mjpeg", 4096, 2320, 25, 2);
    final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(cut.codecs()).containsExactly("mpeg4");
    assertThat(cut.shown()).hasSize(2);
    final Path fits = SizedMedia.make(folder.resolve("f.mkv"), "mjpeg", 4096, 2304, 25, 1);
    assertThat(cut(fits, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES).codecs())
        .containsExactly("mjpeg");
  }

  @Test
  void aKeyFrameFarBackIsNotDecodedAgainForEachWindow() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.webm"), Spec.video("webm", "libvpx", 900, 0, 5, 120));
    final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(cut.shown()).isEqualTo(decode(file));
    assertThat(cut.codecs())
        .containsExactly("vp8", "vp8", "vp8", "vp8", "vp8", "mpeg4", "mpeg4", "mpeg4");
  }

  @Test
  void theSameCutGivesTheSameBytes() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.mkv"), Spec.video("matroska", "mpeg4", 12, 2, 25, 100));
    for (final int limit : new int[] {VideoCutter.MOST_BYTES, 1}) {
      final Cut one = cut(file, Optional.empty(), WINDOW, limit);
      final Cut two = cut(file, Optional.empty(), WINDOW, limit);
      assertThat(one.pieces()).isEqualTo(two.pieces());
    }
  }

  @Test
  void sampleIBelongsToTheRangeThatHoldsItsTime() throws Exception {
    final byte[] data = new byte[2 * 8_500];
    for (int i = 0; i < 8_500; i++) {
      data[2 * i] = (byte) i;
      data[2 * i + 1] = (byte) (i >> 8);
    }
    final Path file = folder.resolve("ramp.wav");
    Files.write(file, TestMedia.wave(1, 1, 1_000, 16, data));
    final Cut cut = cut(file, Optional.empty(), 1_700_000, VideoCutter.MOST_BYTES);
    final List<Piece> pieces = cut.pieces().get(Modality.AUDIO);
    assertThat(pieces).hasSize(5);
    int next = 0;
    for (final Piece piece : pieces) {
      assertThat(piece.sampleRate()).hasValue(1_000);
      for (final float sample : PcmFloat.decode(piece.payload())) {
        assertThat(sample).isEqualTo(next / 32768f);
        assertThat(next * 1000L).isBetween(piece.startMicros(), piece.endMicros() - 1);
        next++;
      }
    }
    assertThat(next).isEqualTo(8_500);
  }

  @Test
  void piecesOfSoundJoinToTheWholeTrack() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mp4"),
            Spec.video("mp4", "mpeg4", 25, 0, 25, 200).withSound("aac", 7.9));
    final MonoSound whole = AudioDecoder.readMono(file);
    final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    int at = 0;
    for (final Piece piece : cut.pieces().get(Modality.AUDIO)) {
      for (final float sample : PcmFloat.decode(piece.payload())) {
        assertThat(sample).isEqualTo(whole.samples()[at++]);
      }
    }
    assertThat(at).isEqualTo(whole.samples().length);
  }

  @Test
  void aShorterTrackIsKnownSilence() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mkv"),
            Spec.video("matroska", "mpeg4", 25, 0, 25, 60).withSound("flac", 8));
    final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    checkTiling(cut, WINDOW);
    assertThat(cut.pieces().get(Modality.VISUAL))
        .extracting(piece -> piece.payload().hasRemaining())
        .containsExactly(true, false, false);
    assertThat(cut.pieces().get(Modality.AUDIO))
        .extracting(piece -> piece.payload().hasRemaining())
        .containsExactly(true, true, true);
  }

  @Test
  void paddingOfTheSoundMakesNoWindowButAPictureDoes() throws Exception {
    // 3.02 s of sound: 20 ms after the border are left out.
    final Path padded = folder.resolve("padded.wav");
    Files.write(padded, TestMedia.wave(1, 1, 8_000, 16, new byte[2 * 24_160]));
    final Cut sound = cut(padded, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(sound.endMicros()).isEqualTo(WINDOW);
    assertThat(sound.pieces().get(Modality.AUDIO)).hasSize(1);
    // 3.05 s are more than padding.
    final Path longer = folder.resolve("longer.wav");
    Files.write(longer, TestMedia.wave(1, 1, 8_000, 16, new byte[2 * 24_400]));
    assertThat(cut(longer, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES).endMicros())
        .isEqualTo(3_050_000);
    // 20 ms alone are all there is.
    final Path brief = folder.resolve("brief.wav");
    Files.write(brief, TestMedia.wave(1, 1, 8_000, 16, new byte[2 * 160]));
    assertThat(cut(brief, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES).endMicros())
        .isEqualTo(20_000);
    // Picture 75 of 76 begins at 3 s and lasts 40 ms.
    final Path pictures =
        TestMedia.make(folder.resolve("clip.mp4"), Spec.video("mp4", "mpeg4", 25, 0, 25, 76));
    final Cut cut = cut(pictures, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(cut.pieces().get(Modality.VISUAL)).hasSize(2);
    assertThat(cut.shown()).hasSize(76);
  }

  @Test
  void wordsGoIntoTheWindowOfTheirMiddle() throws Exception {
    final Path file = folder.resolve("talk.wav");
    Files.write(file, TestMedia.wave(1, 1, 8_000, 16, new byte[2 * 8_000 * 7]));
    Files.writeString(
        folder.resolve("talk.srt"),
        "1\r\n00:00:02,000 --> 00:00:04,000\r\na b c d\r\n\r\n"
            + "2\r\n00:00:06,500 --> 00:00:08,500\r\nlast lost gone far\r\n");
    final Cut cut =
        cut(file, Transcript.forRecording(file, Optional.empty()), WINDOW, VideoCutter.MOST_BYTES);
    checkTiling(cut, WINDOW);
    assertThat(cut.pieces().get(Modality.TEXT))
        .extracting(RecordingCutterTest::text)
        .containsExactly("a b", "c d", "last");
    assertThat(cut.warnings()).hasSize(1);
    assertThat(cut.warnings().get(0)).contains("3 of its 8 words lie after the recording's end");
  }

  @Test
  void anEmptyTranscriptIsDeclaredButSilent() throws Exception {
    final Path file = folder.resolve("talk.wav");
    Files.write(file, TestMedia.wave(1, 1, 8_000, 16, new byte[2 * 8_000 * 4]));
    Files.writeString(folder.resolve("talk.txt"), "");
    final Cut cut =
        cut(file, Transcript.forRecording(file, Optional.empty()), WINDOW, VideoCutter.MOST_BYTES);
    assertThat(cut.pieces().get(Modality.TEXT))
        .extracting(RecordingCutterTest::text)
        .containsExactly("", "");
    assertThat(cut.warnings()).singleElement().asString().contains("empty transcript");
  }

  @Test
  void longWindowsAreCutIntoSeveralPieces() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mp4"),
            Spec.video("mp4", "mpeg4", 25, 0, 10, 250).withSound("aac", 25));
    final Cut cut = cut(file, Optional.empty(), 60_000_000, VideoCutter.MOST_BYTES);
    assertThat(cut.shown()).isEqualTo(decode(file));
    assertThat(cut.pieces().get(Modality.VISUAL)).hasSize(3);
    assertThat(cut.pieces().get(Modality.AUDIO)).hasSize(1);
    checkTiling(cut, 60_000_000);
    // A minute at 192 kHz is 46 MB, six times what a record holds.
    final Path sound = folder.resolve("fine.wav");
    Files.write(sound, TestMedia.wave(1, 1, 192_000, 8, new byte[192_000 * 65]));
    final Cut fine = cut(sound, Optional.empty(), 60_000_000, VideoCutter.MOST_BYTES);
    assertThat(fine.pieces().get(Modality.AUDIO)).hasSize(7);
    checkTiling(fine, 60_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mosi/clips", "mosei/clips", "faces/video"})
  void realClipsLoseNothing(final String clips) throws Exception {
    final Path data = Path.of(System.getProperty("valence.home", "."), "../shared/data", clips);
    Assumptions.assumeTrue(Files.isDirectory(data), "the clips of ../shared are not here");
    final List<Path> files;
    try (Stream<Path> list = Files.list(data)) {
      // The long ones take minutes; two of each folder show what there is to see.
      files = list.sorted().limit(2).toList();
    }
    for (final Path file : files) {
      if (Recording.probe(file).video().isPresent()) {
        final Cut cut = cut(file, Optional.empty(), WINDOW, VideoCutter.MOST_BYTES);
        final List<Long> whole = decode(file).stream().map(Shown::millis).toList();
        assertThat(cut.shown()).extracting(Shown::millis).isEqualTo(whole);
        checkTiling(cut, WINDOW);
      }
    }
  }

  @Test
  void windowsMustBeWholeMilliseconds() {
    assertThatThrownBy(
            () -> RecordingCutter.open(folder.resolve("x.wav"), Optional.empty(), 1_500_500))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole milliseconds");
  }

  private static String text(final Piece piece) {
    return StandardCharsets.UTF_8.decode(piece.payload().duplicate()).toString();
  }

  private static List<Shown> decode(final Path file) throws MediaException {
    final List<Shown> shown = new ArrayList<>();
    try (VideoDecoder decoder = VideoDecoder.open(file)) {
      for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
        shown.add(new Shown(EventTime.millis(frame.timestampMicros()), TestMedia.number(frame)));
      }
    }
    return shown;
  }

  private static Cut cut(
      final Path file,
      final Optional<Transcript> transcript,
      final long window,
      final int mostBytes)
      throws MediaException {
    final Map<Modality, List<Piece>> pieces = new EnumMap<>(Modality.class);
    final List<Shown> shown = new ArrayList<>();
    final List<String> codecs = new ArrayList<>();
    try (RecordingCutter cutter =
        RecordingCutter.open(file, transcript, window, mostBytes, DecodeLimits.STANDARD)) {
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        pieces.computeIfAbsent(piece.modality(), any -> new ArrayList<>()).add(piece);
        if (piece.modality() == Modality.VISUAL) {
          codecs.add(piece.codec().orElseThrow());
          if (piece.payload().hasRemaining()) {
            show(piece, shown);
          }
        }
      }
      assertThat(pieces.keySet()).isEqualTo(cutter.modalities());
      return new Cut(pieces, shown, codecs, cutter.endMicros(), cutter.warnings());
    }
  }

  private static void show(final Piece piece, final List<Shown> shown) throws MediaException {
    try (VideoDecoder decoder =
        VideoDecoder.open(piece.payload(), piece.startMicros(), piece.endMicros())) {
      for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
        assertThat(frame.timestampMicros()).isBetween(piece.startMicros(), piece.endMicros() - 1);
        shown.add(new Shown(EventTime.millis(frame.timestampMicros()), TestMedia.number(frame)));
      }
      assertThat(decoder.damagedPackets()).isZero();
    }
  }

  /** The pieces of each modality tile the time from 0 to the common end and straddle no window. */
  private static void checkTiling(final Cut cut, final long window) {
    for (final List<Piece> pieces : cut.pieces().values()) {
      long end = 0;
      long sequence = 0;
      final TreeSet<Long> windows = new TreeSet<>();
      for (final Piece piece : pieces) {
        assertThat(piece.startMicros()).isEqualTo(end);
        assertThat(piece.sequence()).isEqualTo(sequence++);
        assertThat(piece.windowStartMicros()).isEqualTo(piece.startMicros() / window * window);
        assertThat(piece.windowEndMicros()).isEqualTo(piece.windowStartMicros() + window);
        assertThat(piece.payload().remaining()).isLessThanOrEqualTo(VideoCutter.MOST_BYTES);
        end = piece.endMicros();
        assertThat(piece.endOfStream()).isEqualTo(end == cut.endMicros());
        windows.add(piece.windowStartMicros());
      }
      assertThat(end).isEqualTo(cut.endMicros());
      assertThat(windows).hasSize((int) ((cut.endMicros() + window - 1) / window));
    }
  }
}
