package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.media.TestMedia.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every bad input gets one clear line. */
class BadMediaTest {

  @TempDir Path folder;

  private static void open(final Path file) throws MediaException {
    try (RecordingCutter cutter = RecordingCutter.open(file, Optional.empty(), 3_000_000)) {
      while (cutter.next() != null) {
        assertThat(cutter.endMicros()).isPositive();
      }
    }
  }

  private void refused(final String name, final byte[] content, final String reason)
      throws Exception {
    final Path file = folder.resolve(name);
    Files.write(file, content);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void noMedia() throws Exception {
    refused(
        "notes.mp4",
        "these are notes, not media\n".repeat(400).getBytes(StandardCharsets.UTF_8),
        "not media");
    refused("empty.mp4", new byte[0], "is empty (0 bytes)");
    final byte[] noise = new byte[100_000];
    new Random(3).nextBytes(noise);
    noise[0] = 'x';
    refused("noise.avi", noise, "noise.avi");
    assertThatThrownBy(() -> open(folder.resolve("none.mp4")))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("not a regular file");
  }

  @Test
  void listsOfOtherFilesOpenNothing() throws Exception {
    final Path other =
        TestMedia.make(folder.resolve("other.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 10, 5));
    refused(
        "list.ffconcat",
        ("ffconcat version 1.0\nfile " + other + "\n").getBytes(StandardCharsets.UTF_8),
        "list");
    refused(
        "list.m3u8",
        ("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + other + "\n#EXT-X-ENDLIST\n")
            .getBytes(StandardCharsets.UTF_8),
        "no recording of a kind that is read here");
    refused(
        "list.mpd",
        ("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><BaseURL>"
                + "http://localhost:1/</BaseURL></Period></MPD>")
            .getBytes(StandardCharsets.UTF_8),
        "list.mpd");
    refused(
        "list.sdp",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n".getBytes(StandardCharsets.UTF_8),
        "");
  }

  @Test
  void aStillPictureIsNoRecording() throws Exception {
    refused("picture.png", PictureFiles.png(8, 8), "no recording of a kind that is read here");
  }

  @Test
  void anMp4CutOffBeforeItsIndex() throws Exception {
    final Path whole =
        TestMedia.make(folder.resolve("whole.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 25, 100));
    final byte[] bytes = Files.readAllBytes(whole);
    refused("cut.mp4", Arrays.copyOf(bytes, bytes.length / 2), "index is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"matroska mkv", "avi avi", "mpeg mpg"})
  void aTruncatedFileGivesWhatItHoldsAndSaysSo(final String kind) throws Exception {
    final String format = kind.substring(0, kind.indexOf(' '));
    final String ending = kind.substring(kind.indexOf(' ') + 1);
    final String codec = format.equals("mpeg") ? "mpeg1video" : "mpeg4";
    final Path whole =
        TestMedia.make(
            folder.resolve("whole." + ending), Spec.video(format, codec, 10, 0, 25, 200));
    final byte[] bytes = Files.readAllBytes(whole);
    final Path file = folder.resolve("cut." + ending);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    int pictures = 0;
    try (RecordingCutter cutter = RecordingCutter.open(file, Optional.empty(), 1_000_000)) {
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        try (VideoDecoder decoder =
            VideoDecoder.open(piece.payload(), piece.startMicros(), piece.endMicros())) {
          while (decoder.next() != null) {
            pictures++;
          }
        }
      }
      assertThat(cutter.endMicros()).isBetween(3_000_000L, 5_500_000L);
      if (!format.equals("mpeg")) {
        // An MPEG program stream promises no length, so nothing tells that there was more.
        assertThat(cutter.warnings()).singleElement().asString().contains("cut.");
      }
    }
    assertThat(pictures).isBetween(75, 135);
  }

  @ParameterizedTest
  @ValueSource(strings = {"matroska mpeg4", "webm libvpx", "avi mpeg4", "mp4 mpeg4"})
  void picturesThatAreCutOffAreUsedAndNamed(final String kind) throws Exception {
    final String format = kind.substring(0, kind.indexOf(' '));
    final String codec = kind.substring(kind.indexOf(' ') + 1);
    final Path whole =
        TestMedia.make(folder.resolve("whole"), Spec.video(format, codec, 10, 0, 25, 200));
    assertThat(warnings(whole)).isEmpty();
    final byte[] bytes = Files.readAllBytes(whole);
    final byte[] indexed = format.equals("mp4") ? withIndexFirst(bytes) : bytes;
    final Path file = folder.resolve("cut");
    Files.write(file, Arrays.copyOf(indexed, indexed.length / 2));
    assertThat(warnings(file))
        .filteredOn(line -> !line.contains("damaged video packets"))
        .singleElement()
        .asString()
        .matches(
            "cut: ends after [2-6]\\.\\d\\d s although its header says (7\\.9|8\\.0)\\d s"
                + " \\(cut off\\?\\); what is there is used");
  }

  @Test
  void picturesShorterThanTheSoundAreNotCutOff() throws Exception {
    final Path file =
        TestMedia.make(
            folder.resolve("clip.mp4"),
            Spec.video("mp4", "mpeg4", 10, 0, 25, 50).withSound("aac", 6));
    assertThat(warnings(file)).isEmpty();
  }

  private static List<String> warnings(final Path file) throws MediaException {
    try (VideoDecoder decoder = VideoDecoder.open(file)) {
      while (decoder.next() != null) {
        assertThat(decoder.frames()).isPositive();
      }
      return decoder.warnings();
    }
  }

  /** Moves the box moov before mdat, as a recording made for the web has it. */
  private static byte[] withIndexFirst(final byte[] mp4) {
    final int index = indexOf(mp4, "moov") - 4;
    final int media = indexOf(mp4, "mdat") - 4;
    final int length = mp4.length - index;
    final byte[] moved = new byte[mp4.length];
    System.arraycopy(mp4, 0, moved, 0, media);
    System.arraycopy(mp4, index, moved, media, length);
    System.arraycopy(mp4, media, moved, media + length, index - media);
    final ByteBuffer offsets = ByteBuffer.wrap(moved);
    final int table = indexOf(moved, "stco") + 8;
    for (int i = 0; i < offsets.getInt(table); i++) {
      final int at = table + 4 + 4 * i;
      offsets.putInt(at, offsets.getInt(at) + length);
    }
    return moved;
  }

  @Test
  void damageInTheMiddleIsSkippedAndCounted() throws Exception {
    final Path whole =
        TestMedia.make(
            folder.resolve("whole.mkv"),
            Spec.video("matroska", "libopenh264", 10, 0, 25, 100).withSound("aac", 4));
    final byte[] bytes = Files.readAllBytes(whole);
    final Random random = new Random(11);
    for (int i = 0; i < 60; i++) {
      bytes[bytes.length / 4 + random.nextInt(bytes.length / 2)] ^=
          (byte) (1 + random.nextInt(255));
    }
    final Path file = folder.resolve("damaged.mkv");
    Files.write(file, bytes);
    long shown = 0;
    try (VideoDecoder decoder = VideoDecoder.open(file)) {
      while (decoder.next() != null) {
        shown++;
      }
    }
    assertThat(shown).isBetween(30L, 100L);
    open(file);
  }

  @Test
  void aVideoWhosePicturesAreAllDamaged() throws Exception {
    final Path whole =
        TestMedia.make(folder.resolve("whole.avi"), Spec.video("avi", "mpeg4", 1, 0, 25, 20));
    final byte[] bytes = Files.readAllBytes(whole);
    // Blank everything after the headers but the chunk names and lengths.
    int at = indexOf(bytes, "movi") + 4;
    while (at + 8 < bytes.length && bytes[at] == '0') {
      final int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 4);
      Arrays.fill(bytes, at + 8, at + 8 + length, (byte) 0xFF);
      at += 8 + length + length % 2;
    }
    final Path file = folder.resolve("blank.avi");
    Files.write(file, bytes);
    assertThatThrownBy(
            () -> {
              try (VideoDecoder decoder = VideoDecoder.open(file)) {
                decoder.next();
              }
            })
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("none of its pictures can be decoded");
  }

  private static int indexOf(final byte[] bytes, final String name) {
    for (int i = 0; i + 4 <= bytes.length; i++) {
      if (new String(bytes, i, 4, StandardCharsets.ISO_8859_1).equals(name)) {
        return i;
      }
    }
    throw new AssertionError("no " + name);
  }

  @Test
  void limitsHold() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 100, 200));
    assertThatThrownBy(() -> VideoDecoder.open(file, new DecodeLimits(10_000, 1000, 1000)))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("damaged, or larger than 10000 pixels");
    final Path other =
        TestMedia.make(folder.resolve("clip.mkv"), Spec.video("matroska", "mpeg4", 10, 0, 10, 9));
    assertThatThrownBy(() -> VideoDecoder.open(other, new DecodeLimits(10_000, 1000, 1000)))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("192 x 112 is too large");
    assertThatThrownBy(() -> drain(VideoDecoder.open(file, new DecodeLimits(100_000, 50, 1000))))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("more than 50 pictures a second");
    assertThatThrownBy(() -> drain(VideoDecoder.open(file, new DecodeLimits(100_000, 1000, 20))))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("20 in all");
  }

  private static void drain(final VideoDecoder decoder) throws MediaException {
    try (decoder) {
      while (decoder.next() != null) {
        assertThat(decoder.frames()).isPositive();
      }
    }
  }

  @Test
  void aPieceThatIsNoMatroskaIsRefused() throws Exception {
    assertThatThrownBy(() -> VideoDecoder.open(ByteBuffer.wrap(new byte[5000]), 0, 1))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("video piece");
    final Path mp4 =
        TestMedia.make(folder.resolve("clip.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 10, 5));
    final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(mp4));
    assertThatThrownBy(() -> VideoDecoder.open(bytes, 0, 1)).isInstanceOf(MediaException.class);
  }

  @Test
  void soundWithoutPicturesAndPicturesWithoutSoundAreFine() throws Exception {
    final Path mute =
        TestMedia.make(folder.resolve("mute.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 10, 25));
    try (RecordingCutter cutter = RecordingCutter.open(mute, Optional.empty(), 3_000_000)) {
      assertThat(cutter.modalities()).containsExactly(Modality.VISUAL);
    }
    final Path sound = TestMedia.make(folder.resolve("sound.mp4"), Spec.audio("mp4", "aac", 2));
    try (RecordingCutter cutter = RecordingCutter.open(sound, Optional.empty(), 3_000_000)) {
      assertThat(cutter.modalities()).containsExactly(Modality.AUDIO);
    }
  }

  @Test
  void picturesThatAnEditHidesStayHidden() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.mp4"), Spec.video("mp4", "mpeg4", 50, 2, 25, 200));
    final byte[] bytes = Files.readAllBytes(file);
    // The edit list's first entry: begin 1.3 s into the media, between two key frames.
    final int mediaTime = indexOf(bytes, "elst") + 4 + 8 + 4;
    ByteBuffer.wrap(bytes).putInt(mediaTime, 16_640);
    final Path edited = folder.resolve("edited.mp4");
    Files.write(edited, bytes);
    final int[] whole = new int[2];
    try (VideoDecoder decoder = VideoDecoder.open(edited)) {
      for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
        whole[0] = whole[1] == 0 ? TestMedia.number(frame) : whole[0];
        whole[1]++;
      }
    }
    assertThat(whole[0]).isBetween(30, 34);
    assertThat(whole[1]).isEqualTo(200 - whole[0]);
    int first = -1;
    int shown = 0;
    try (RecordingCutter cutter = RecordingCutter.open(edited, Optional.empty(), 1_000_000)) {
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        try (VideoDecoder decoder =
            VideoDecoder.open(piece.payload(), piece.startMicros(), piece.endMicros())) {
          for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
            first = shown == 0 ? TestMedia.number(frame) : first;
            shown++;
          }
        }
      }
    }
    assertThat(first).isEqualTo(whole[0]);
    assertThat(shown).isEqualTo(whole[1]);
  }

  @Test
  void phonesFilmSideways() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.mp4"), Spec.video("mp4", "mpeg4", 5, 0, 10, 40));
    final byte[] bytes = Files.readAllBytes(file);
    // The matrix of the track header: a quarter turn to the right.
    final int matrix = indexOf(bytes, "tkhd") + 4 + 40;
    ByteBuffer.wrap(bytes)
        .putInt(matrix, 0)
        .putInt(matrix + 4, 0x10000)
        .putInt(matrix + 12, -0x10000)
        .putInt(matrix + 16, 0);
    final Path turned = folder.resolve("turned.mp4");
    Files.write(turned, bytes);
    final RgbFrame upright;
    try (VideoDecoder decoder = VideoDecoder.open(file)) {
      upright = decoder.next();
    }
    for (final int limit : new int[] {VideoCutter.MOST_BYTES, 1}) {
      try (RecordingCutter cutter =
          RecordingCutter.open(turned, Optional.empty(), 3_000_000, limit, DecodeLimits.STANDARD)) {
        assertThat(cutter.recording().video().orElseThrow().width()).isEqualTo(112);
        final Piece piece = cutter.next();
        try (VideoDecoder decoder =
            VideoDecoder.open(piece.payload(), piece.startMicros(), piece.endMicros())) {
          final RgbFrame frame = decoder.next();
          assertThat(frame.width()).isEqualTo(112);
          assertThat(frame.height()).isEqualTo(192);
          int difference = 0;
          for (int y = 0; y < 112; y++) {
            for (int x = 0; x < 192; x++) {
              final int straight = upright.rgb()[(y * 192 + x) * 3] & 0xff;
              final int there = frame.rgb()[(x * 112 + (111 - y)) * 3] & 0xff;
              difference += Math.abs(straight - there);
            }
          }
          assertThat(difference / (112 * 192)).isLessThanOrEqualTo(limit == 1 ? 6 : 0);
        }
      }
    }
  }
}
