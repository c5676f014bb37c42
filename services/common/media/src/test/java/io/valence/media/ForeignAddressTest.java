package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;

import io.valence.media.TestMedia.Spec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No file and no chunk makes FFmpeg open an address that it names. A server on loopback must not see a
 * connection, and a named pipe must not find a reader: whoever opened either would be noticed, and whoever
 * showed what is in the secret file too.
 */
class ForeignAddressTest {

  private static final String TOKEN = "TOP-SECRET-7f3a";

  private static IsolatedVideoDecoding isolated;
  private static IsolatedRecordings recordings;

  @TempDir Path folder;

  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch pipeOpened = new CountDownLatch(1);
  private boolean baitMayBeTaken;
  private ServerSocket server;
  private Path pipe;
  private Path secret;
  private Path secretVideo;

  @BeforeAll
  static void start() {
    isolated = new IsolatedVideoDecoding(IsolationSettings.STANDARD);
    recordings = new IsolatedRecordings(IsolationSettings.STANDARD);
  }

  @AfterAll
  static void stop() {
    isolated.close();
    recordings.close();
  }

  @BeforeEach
  void baits() throws Exception {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    final Thread listener = new Thread(this::serve, "bait-server");
    listener.setDaemon(true);
    listener.start();
    pipe = folder.resolve("pipe.ts");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    final Thread writer = new Thread(this::feed, "bait-pipe");
    writer.setDaemon(true);
    writer.start();
    secret = Files.writeString(folder.resolve("secret.txt"), TOKEN + "\n");
    secretVideo = SizedMedia.make(folder.resolve("secret.mkv"), 64, 48, 25, 10);
  }

  private void serve() {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          connections.incrementAndGet();
        }
      }
    } catch (final IOException e) {
      // The test is over and has closed the server.
      assertThat(server.isClosed()).isTrue();
    }
  }

  /** Opening a named pipe for writing returns when somebody opens it for reading. */
  private void feed() {
    try (OutputStream out = Files.newOutputStream(pipe)) {
      pipeOpened.countDown();
      out.write(0);
    } catch (final IOException e) {
      // The reader is gone already; that there was one is known.
      assertThat(pipeOpened.getCount()).isZero();
    }
  }

  @AfterEach
  void nobodyCame() throws Exception {
    if (baitMayBeTaken) {
      server.close();
      return;
    }
    final boolean untouched = pipeOpened.getCount() == 1;
    // The bait works: this reader is noticed, and the writer's thread ends.
    try (InputStream in = Files.newInputStream(pipe)) {
      assertThat(in.read()).isZero();
    }
    assertThat(pipeOpened.await(10, TimeUnit.SECONDS)).isTrue();
    server.close();
    assertThat(untouched).as("the pipe was not opened by anyone else").isTrue();
  }

  private String http(final String name) {
    return "http://127.0.0.1:" + server.getLocalPort() + "/" + name;
  }

  /** Every way to write an address that FFmpeg's protocols know. */
  private List<String> addresses() {
    return List.of(
        http("a.ts"),
        "tcp://127.0.0.1:" + server.getLocalPort(),
        "rtmp://127.0.0.1:" + server.getLocalPort() + "/a",
        "rtsp://127.0.0.1:" + server.getLocalPort() + "/a",
        "ftp://127.0.0.1:" + server.getLocalPort() + "/a",
        "gopher://127.0.0.1:" + server.getLocalPort() + "/a",
        "httpproxy://127.0.0.1:" + server.getLocalPort() + "/a",
        "tls://127.0.0.1:" + server.getLocalPort(),
        "hls+" + http("a.m3u8"),
        "async:" + http("a.ts"),
        "cache:" + http("a.ts"),
        "crypto+" + http("a.ts"),
        pipe.toString(),
        pipe.getFileName().toString(),
        "file:" + pipe,
        "file://" + pipe,
        "crypto:" + pipe,
        "crypto+file://" + pipe,
        "subfile,,start,0,end,100,,:" + pipe,
        "concat:" + pipe + "|" + secretVideo,
        "concatf:" + secret,
        secretVideo.toString(),
        secretVideo.getFileName().toString(),
        "file:" + secret,
        "fd:0",
        "pipe:0",
        "unix:" + pipe,
        "data:text/plain;base64,VE9QLVNFQ1JFVA==");
  }

  private Map<String, byte[]> lists() {
    final Map<String, byte[]> lists = new LinkedHashMap<>();
    int number = 0;
    for (final String address : addresses()) {
      number++;
      put(
          lists,
          number + ".m3u8",
          "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
              + "#EXTINF:10,\n"
              + address
              + "\n#EXT-X-ENDLIST\n");
      put(
          lists,
          "master" + number + ".m3u8",
          "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + address + "\n");
      put(
          lists,
          "key" + number + ".m3u8",
          "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\""
              + address
              + "\"\n#EXT-X-MAP:URI=\""
              + address
              + "\"\n#EXTINF:10,\n"
              + secretVideo
              + "\n#EXT-X-ENDLIST\n");
      put(lists, number + ".ffconcat", "ffconcat version 1.0\nfile '" + address + "'\n");
      put(
          lists,
          number + ".mpd",
          "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\""
              + " mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet><Representation id=\"1\""
              + " bandwidth=\"1\"><BaseURL>"
              + address
              + "</BaseURL></Representation></AdaptationSet></Period></MPD>");
      put(lists, number + ".ram", address + "\n");
      put(lists, number + ".pls", "[playlist]\nFile1=" + address + "\nNumberOfEntries=1\n");
      put(
          lists,
          number + ".asx",
          "<asx version=\"3.0\"><entry><ref href=\"" + address + "\"/></entry></asx>");
    }
    final int port = server.getLocalPort();
    put(
        lists,
        "session.sdp",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=setup:active\nm=video "
            + port
            + " TCP/RTP/AVP 96\na=rtpmap:96 H264/90000\n");
    put(lists, "redirect.rtsp", "RTSPtext\nrtsp://127.0.0.1:" + port + "/a\n");
    put(lists, "graph.lavfi", "movie=" + secretVideo + "\n");
    return lists;
  }

  private static void put(
      final Map<String, byte[]> lists, final String name, final String content) {
    final byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    lists.put(name, bytes);
    // The name must not matter: the same as a recording that is sent in.
    lists.put(name.replace('.', '-') + ".mp4", bytes);
  }

  @Test
  void listsAndSessionsAreNoMedia() throws Exception {
    final Map<String, byte[]> lists = lists();
    assertThat(lists).hasSizeGreaterThan(400);
    for (final Map.Entry<String, byte[]> list : lists.entrySet()) {
      final Path file = Files.write(folder.resolve(list.getKey()), list.getValue());
      refused(list.getKey(), () -> pieces(RecordingCutter.open(file, Optional.empty(), 3_000_000)));
      refused(list.getKey(), () -> pieces(recordings.open(file, Optional.empty(), 3_000_000)));
      refused(list.getKey(), () -> frames(VideoDecoder.open(file)));
      refused(list.getKey(), () -> AudioDecoder.readMono(file));
      refused(list.getKey(), () -> ImageReader.read(file));
      final ByteBuffer chunk = ByteBuffer.wrap(list.getValue());
      refused(list.getKey(), () -> frames(VideoDecoding.inProcess().open(chunk, 0, 3_000_000)));
      refused(list.getKey(), () -> frames(isolated.open(chunk, 0, 3_000_000)));
    }
    assertThat(connections).hasValue(0);
    assertThat(isolated.deaths()).isZero();
    assertThat(recordings.deaths()).isZero();
  }

  @Test
  void aQuickTimeFileWhoseMediaLieInAnotherFileGivesNothingOfThat() throws Exception {
    final Path own =
        TestMedia.make(folder.resolve("own.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 25, 30));
    for (final Path target : List.of(secretVideo, pipe)) {
      final Path file =
          Files.write(
              folder.resolve("alias-" + target.getFileName() + ".mp4"),
              withAlias(Files.readAllBytes(own), target));
      nothingForeign(() -> pieces(RecordingCutter.open(file, Optional.empty(), 3_000_000)));
      nothingForeign(() -> pieces(recordings.open(file, Optional.empty(), 3_000_000)));
      nothingForeign(() -> frames(VideoDecoder.open(file)));
    }
    assertThat(connections).hasValue(0);
  }

  @Test
  void aMatroskaChunkThatNamesOtherFilesGivesItsOwnPictures() throws Exception {
    final Path own =
        TestMedia.make(folder.resolve("own.mkv"), Spec.video("matroska", "mpeg4", 10, 0, 25, 30));
    final byte[] bytes = Files.readAllBytes(own);
    for (final String address : addresses()) {
      final byte[] linked = withNextFile(bytes, address);
      final Path file = Files.write(folder.resolve("linked.mkv"), linked);
      final List<byte[]> shown = new ArrayList<>();
      nothingForeign(
          () -> shown.addAll(frames(isolated.open(ByteBuffer.wrap(linked), 0, 3_000_000))));
      assertThat(shown).hasSize(30);
      nothingForeign(() -> pieces(recordings.open(file, Optional.empty(), 3_000_000)));
    }
    assertThat(connections).hasValue(0);
  }

  @Test
  void aNameIsNeverAnAddress() throws Exception {
    final Path own =
        TestMedia.make(folder.resolve("own.mkv"), Spec.video("matroska", "mpeg4", 10, 0, 25, 30));
    final Path picture = Files.write(folder.resolve("img001.png"), PictureFiles.png(8, 8));
    for (final String name :
        List.of(
            "concat:secret.mkv|pipe.ts",
            "subfile,,start,0,end,0,,:secret.mkv",
            "crypto:pipe.ts",
            "data:text,secret",
            "tcp:127.0.0.1",
            "fd:",
            "-")) {
      final Path file = Files.copy(own, folder.resolve(name));
      final List<byte[]> shown = new ArrayList<>();
      nothingForeign(() -> shown.addAll(frames(VideoDecoder.open(file))));
      assertThat(shown).as(name).hasSize(30);
      nothingForeign(() -> pieces(recordings.open(file, Optional.empty(), 3_000_000)));
    }
    final Path pattern = Files.copy(picture, folder.resolve("img%03d.png"));
    assertThat(ImageReader.read(pattern).width()).isEqualTo(8);
    // FFmpeg takes that name for a row of pictures whatever is in it; rows are not on the list.
    final Path row = Files.copy(own, folder.resolve("row%03d.png"));
    refused("row", () -> frames(VideoDecoder.open(row)));
    assertThat(connections).hasValue(0);
  }

  @Test
  void theWordsOfATranscriptAreWords() throws Exception {
    final Path own = TestMedia.make(folder.resolve("talk.mp4"), Spec.audio("mp4", "aac", 2));
    final List<String> words = addresses().stream().map(a -> a.replace(' ', '_')).toList();
    final String text = String.join(" ", words);
    final Map<String, String> transcripts =
        Map.of(
            "a.txt", text,
            "a.srt", "1\n00:00:00,000 --> 00:00:02,000\n" + text + "\n",
            "a.vtt",
                "WEBVTT\n\nSTYLE\n@import url("
                    + http("a.css")
                    + ");\n\n00:00:00.000 --> "
                    + "00:00:02.000\n"
                    + text
                    + "\n",
            "a.csv", "start,end,text\n0,2,\"" + text + "\"\n");
    for (final Map.Entry<String, String> transcript : transcripts.entrySet()) {
      final Path file =
          Files.writeString(folder.resolve(transcript.getKey()), transcript.getValue());
      try (RecordingPieces pieces =
          recordings.open(own, Optional.of(Transcript.read(file, own)), 3_000_000)) {
        for (Piece piece = pieces.next(); piece != null; piece = pieces.next()) {
          if (piece.modality() == Modality.TEXT) {
            final String said = StandardCharsets.UTF_8.decode(piece.payload()).toString();
            assertThat(said).contains(words.get(0)).doesNotContain(TOKEN);
          }
        }
      }
    }
    assertThat(connections).hasValue(0);
  }

  /** Without the limits the baits are taken: the tests above can fail. */
  @Test
  void theBaitsWork() throws Exception {
    baitMayBeTaken = true;
    final Path list =
        Files.writeString(
            folder.resolve("bait.m3u8"),
            "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n"
                + http("a.ts")
                + "\n#EXT-X-ENDLIST\n");
    openFreely(list, Map.of("protocol_whitelist", "file,http,tcp"));
    assertThat(connections.get()).isPositive();
    final Path own =
        TestMedia.make(folder.resolve("own.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 25, 30));
    final Path alias =
        Files.write(folder.resolve("alias.mp4"), withAlias(Files.readAllBytes(own), pipe));
    openFreely(alias, Map.of("enable_drefs", "1", "use_absolute_path", "1"));
    assertThat(pipeOpened.await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** As FFmpeg opens a file by its name, with options that ours does not set. */
  private static void openFreely(final Path file, final Map<String, String> settings) {
    Ffmpeg.load();
    final AVFormatContext context = avformat_alloc_context();
    final AVDictionary options = new AVDictionary(null);
    settings.forEach((key, value) -> Ffmpeg.set(options, key, value));
    if (avformat_open_input(context, file.toString(), null, options) >= 0) {
      avformat_close_input(context);
    }
  }

  private interface Reading {
    Object read() throws Exception;
  }

  private static void refused(final String name, final Reading reading) throws Exception {
    try {
      reading.read();
    } catch (final MediaException e) {
      assertThat(e.getMessage()).doesNotContain(TOKEN).doesNotContain("\n");
      return;
    }
    throw new AssertionError(name + " was taken as media");
  }

  /** Refused, or nothing but its own: the secret video's pictures are 64 x 48. */
  private static void nothingForeign(final Reading reading) throws Exception {
    try {
      reading.read();
    } catch (final MediaException e) {
      assertThat(e.getMessage()).doesNotContain(TOKEN);
    }
  }

  private static List<byte[]> frames(final VideoFrames video) throws Exception {
    final List<byte[]> shown = new ArrayList<>();
    try (video) {
      for (RgbFrame frame = video.next(); frame != null; frame = video.next()) {
        assertThat(frame.width()).as("a picture of the secret video").isNotEqualTo(64);
        shown.add(frame.rgb().clone());
      }
    }
    return shown;
  }

  private static List<Piece> pieces(final RecordingPieces recording) throws Exception {
    final List<Piece> all = new ArrayList<>();
    try (recording) {
      for (Piece piece = recording.next(); piece != null; piece = recording.next()) {
        all.add(piece);
        if (piece.modality() == Modality.VISUAL && piece.payload().hasRemaining()) {
          frames(VideoDecoding.inProcess().open(piece.payload(), 0, 3_000_000));
        }
      }
    }
    return all;
  }

  /**
   * The media of the first track in another file, named by an alias record, as QuickTime's File Format
   * Specification has it: 150 bytes of volume and file, then fields of a type and a length.
   */
  private static byte[] withAlias(final byte[] mp4, final Path target) {
    final byte[] path = target.toString().getBytes(StandardCharsets.UTF_8);
    final int padded = (path.length + 1) / 2 * 2;
    final ByteBuffer alias = ByteBuffer.allocate(12 + 150 + 4 + padded + 4);
    alias.putInt(alias.capacity()).put("alis".getBytes(StandardCharsets.US_ASCII)).putInt(0);
    alias.position(12 + 10 + 28 + 12);
    final byte[] name = target.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    alias.put((byte) name.length).put(name);
    alias.position(12 + 10 + 28 + 12 + 64 + 16);
    alias.putShort((short) 1).putShort((short) 1);
    alias.position(12 + 150);
    alias.putShort((short) 2).putShort((short) path.length).put(path);
    alias.position(12 + 150 + 4 + padded);
    alias.putShort((short) -1).putShort((short) 0);
    final int url = indexOf(mp4, "url ") - 4;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(mp4, 0, url);
    out.write(alias.array(), 0, alias.capacity());
    out.write(mp4, url + 12, mp4.length - url - 12);
    final ByteBuffer moved = ByteBuffer.wrap(out.toByteArray());
    for (final String box : List.of("moov", "trak", "mdia", "minf", "dinf", "dref")) {
      final int at = indexOf(mp4, box) - 4;
      moved.putInt(at, moved.getInt(at) + alias.capacity() - 12);
    }
    return moved.array();
  }

  /** Puts the name of the segment that follows (RFC 9559, NextFilename) into the segment's Info. */
  private static byte[] withNextFile(final byte[] matroska, final String name) {
    final byte[] text = name.getBytes(StandardCharsets.UTF_8);
    final ByteBuffer element = ByteBuffer.allocate(3 + 2 + text.length);
    element.put((byte) 0x3E).put((byte) 0x83).put((byte) 0xBB);
    element.putShort((short) (0x4000 | text.length)).put(text);
    int info = -1;
    for (int i = 0; i + 4 < matroska.length && info < 0; i++) {
      final boolean here =
          ByteBuffer.wrap(matroska).getInt(i) == 0x1549A966 && (matroska[i + 4] & 0x80) != 0;
      final boolean wide =
          ByteBuffer.wrap(matroska).getInt(i) == 0x1549A966 && matroska[i + 4] == 1;
      info = here || wide ? i + 4 : -1;
    }
    assertThat(info).isPositive();
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final boolean wide = matroska[info] == 1;
    final long length =
        wide
            ? ByteBuffer.wrap(matroska).getLong(info) & 0xFF_FFFF_FFFF_FFFFL
            : matroska[info] & 0x7f;
    out.write(matroska, 0, info);
    out.writeBytes(
        ByteBuffer.allocate(8).putLong((1L << 56) | (length + element.capacity())).array());
    out.writeBytes(element.array());
    final int content = info + (wide ? 8 : 1);
    out.write(matroska, content, matroska.length - content);
    final byte[] linked = out.toByteArray();
    // The segment's length is left open, as a live recording has it.
    final ByteBuffer all = ByteBuffer.wrap(linked);
    for (int i = 0; i < 200; i++) {
      if (all.getInt(i) == 0x18538067) {
        all.putLong(i + 4, 0x01FF_FFFF_FFFF_FFFFL);
        return linked;
      }
    }
    throw new AssertionError("no segment");
  }

  private static int indexOf(final byte[] bytes, final String name) {
    for (int i = 0; i + 4 <= bytes.length; i++) {
      if (new String(bytes, i, 4, StandardCharsets.ISO_8859_1).equals(name)) {
        return i;
      }
    }
    throw new AssertionError("no " + name);
  }
}
