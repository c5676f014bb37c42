package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.media.TestMedia.Spec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The child process decodes as this process does, and nothing that happens to it happens here. */
class IsolatedDecodingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final IsolationSettings SHORT =
      IsolationSettings.STANDARD.withTimeLimit(Duration.ofSeconds(1));

  private static IsolatedVideoDecoding isolated;
  private static IsolatedRecordings recordings;

  @TempDir Path folder;

  /** What decoding gave, to be compared. */
  private record Outcome(
      List<String> pictures, List<String> warnings, long damaged, String failure) {}

  @BeforeAll
  static void start() {
    isolated = new IsolatedVideoDecoding(IsolationSettings.STANDARD);
    recordings = new IsolatedRecordings(IsolationSettings.STANDARD);
  }

  @AfterAll
  static void stop() {
    isolated.close();
    recordings.close();
    assertThat(isolated.children()).isEmpty();
  }

  static Stream<Spec> recordings() {
    return Stream.concat(
        RecordingCutterTest.recordings(),
        Stream.of(Spec.audio("mp4", "aac", 4), Spec.audio("ogg", "flac", 4)));
  }

  private static Outcome decode(
      final VideoDecoding decoding, final ByteBuffer piece, final long start, final long end)
      throws InterruptedException {
    final List<String> pictures = new ArrayList<>();
    List<String> warnings = List.of();
    long damaged = 0;
    String failure = null;
    try (VideoFrames frames = decoding.open(piece, start, end)) {
      for (RgbFrame frame = frames.next(); frame != null; frame = frames.next()) {
        pictures.add(
            frame.timestampMicros()
                + " "
                + frame.width()
                + "x"
                + frame.height()
                + " "
                + Arrays.hashCode(frame.rgb()));
      }
      warnings = frames.warnings();
      damaged = frames.damagedPackets();
      assertThat(frames.frames()).isEqualTo(pictures.size());
      assertThat(frames.next()).isNull();
    } catch (final MediaException e) {
      failure = e.getMessage();
    }
    return new Outcome(pictures, warnings, damaged, failure);
  }

  private static void sameBothWays(final Piece piece) throws InterruptedException {
    sameBothWays(piece.payload(), piece.startMicros(), piece.endMicros());
  }

  private static Outcome sameBothWays(final ByteBuffer piece, final long start, final long end)
      throws InterruptedException {
    final Outcome here = decode(VideoDecoding.inProcess(), piece, start, end);
    assertThat(decode(isolated, piece, start, end)).isEqualTo(here);
    return here;
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void bothWaysGiveTheSame(final Spec spec) throws Exception {
    final Path file = TestMedia.make(folder.resolve("clip." + spec.format()), spec);
    final Path words = Files.writeString(folder.resolve("w.csv"), "start,end,text\n1,5,a b ü d\n");
    final Optional<Transcript> transcript = Optional.of(Transcript.read(words, file));
    try (RecordingCutter here = RecordingCutter.open(file, transcript, 1_500_000);
        RecordingPieces there = recordings.open(file, transcript, 1_500_000)) {
      assertThat(there.recording()).isEqualTo(here.recording());
      assertThat(there.modalities()).isEqualTo(here.modalities());
      assertThat(there.endMicros()).isEqualTo(here.endMicros());
      assertThat(there.windows()).isEqualTo(here.windows());
      assertThat(there.windowMicros()).isEqualTo(here.windowMicros());
      for (Piece piece = here.next(); piece != null; piece = here.next()) {
        assertThat(there.next()).isEqualTo(piece);
        if (piece.modality() == Modality.VISUAL && piece.payload().hasRemaining()) {
          sameBothWays(piece);
        }
      }
      assertThat(there.next()).isNull();
      assertThat(there.next()).isNull();
      assertThat(there.warnings()).isEqualTo(here.warnings());
    }
  }

  @Test
  void damagedPiecesGiveTheSameWarningsAndReasons() throws Exception {
    final Piece piece = piece("matroska", "libopenh264", 60);
    final byte[] whole = bytes(piece);
    final List<Outcome> outcomes = new ArrayList<>();
    for (int seed = 0; seed < 60; seed++) {
      final Random random = new Random(seed);
      final byte[] damaged =
          seed % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int i = 0; seed % 3 != 0 && damaged.length > 0 && i < 1 + seed; i++) {
        damaged[random.nextInt(seed % 3 == 1 ? 600 : damaged.length)] ^= (byte) (1 << i % 8);
      }
      if (damaged.length > 0) {
        outcomes.add(sameBothWays(ByteBuffer.wrap(damaged), 0, 3_000_000));
      }
    }
    assertThat(outcomes).anyMatch(outcome -> outcome.failure() != null);
    assertThat(outcomes).anyMatch(outcome -> !outcome.warnings().isEmpty());
    sameBothWays(ByteBuffer.allocate(0), 0, 1);
    sameBothWays(ByteBuffer.wrap("no video".getBytes(StandardCharsets.UTF_8)), 0, 1);
    assertThat(isolated.deaths()).isZero();
  }

  @Test
  void aDirectBufferAndAPartOfOneAreTakenToo() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 25);
    final byte[] whole = bytes(piece);
    final ByteBuffer direct = ByteBuffer.allocateDirect(whole.length + 20);
    direct.position(7).put(whole).limit(7 + whole.length).position(7);
    final Outcome outcome = sameBothWays(direct, 0, 1_000_000);
    assertThat(outcome.pictures()).hasSize(25);
    assertThat(direct.position()).isEqualTo(7);
  }

  @Test
  void picturesOfAllSizesThroughTheSameChild() throws Exception {
    final List<Piece> pieces = new ArrayList<>();
    for (final int[] size : new int[][] {{64, 48}, {1280, 720}, {322, 182}, {1920, 1088}}) {
      pieces.add(
          onlyPiece(
              SizedMedia.make(folder.resolve("s" + size[0] + ".mkv"), size[0], size[1], 25, 12)));
    }
    final var children = isolated.children();
    for (final Piece piece : pieces) {
      sameBothWays(piece);
    }
    for (final Piece piece : pieces) {
      sameBothWays(piece);
    }
    assertThat(isolated.children()).isEqualTo(children);
  }

  @Test
  void aPieceThatIsLeftBeforeItsEndDoesNotDisturbTheNext() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 60);
    final var children = isolated.children();
    for (int taken = 0; taken < 8; taken++) {
      try (VideoFrames frames = isolated.open(piece.payload(), 0, 3_000_000)) {
        for (int i = 0; i < taken; i++) {
          assertThat(TestMedia.number(frames.next())).isEqualTo(i);
        }
      }
    }
    sameBothWays(piece);
    assertThat(isolated.children()).isEqualTo(children);
  }

  @Test
  void severalPiecesAtOnceHaveAChildEach() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 60);
    try (VideoFrames one = isolated.open(piece.payload(), 0, 3_000_000);
        VideoFrames two = isolated.open(piece.payload(), 0, 3_000_000)) {
      for (int i = 0; i < 60; i++) {
        assertThat(TestMedia.number(one.next())).isEqualTo(i);
        assertThat(TestMedia.number(two.next())).isEqualTo(i);
      }
      assertThat(isolated.children()).hasSize(2);
    }
    assertThat(isolated.children()).hasSize(1);
  }

  @Test
  void aChildThatIsKilledCostsOnePiece() throws Exception {
    for (final String signal : List.of("KILL 9", "SEGV 11", "ABRT 6", "BUS 7")) {
      final Piece piece = piece("matroska", "mpeg4", 60);
      try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(IsolationSettings.STANDARD)) {
        assertThatThrownBy(
                () -> {
                  try (VideoFrames frames = own.open(piece.payload(), 0, 3_000_000)) {
                    frames.next();
                    final long child = own.children().iterator().next();
                    kill(signal.substring(0, signal.indexOf(' ')), child);
                    // A JVM that is told SEGV takes its time to die, and goes on decoding
                    // meanwhile.
                    awaitEnd(child);
                    while (frames.next() != null) {
                      assertThat(frames.frames()).isPositive();
                    }
                  }
                })
            .isInstanceOf(MediaException.class)
            .hasMessage(
                "video piece: the decoder ended with signal"
                    + signal.substring(signal.indexOf(' ')));
        assertThat(own.deaths()).isOne();
        assertThat(decode(own, piece.payload(), 0, 3_000_000).pictures()).hasSize(60);
      }
    }
  }

  @Test
  void aChildThatDiesWhileItHasNothingToDoCostsNothing() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 25);
    try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(IsolationSettings.STANDARD)) {
      assertThat(decode(own, piece.payload(), 0, 1_000_000).pictures()).hasSize(25);
      final long child = own.children().iterator().next();
      signal("KILL", own);
      awaitEnd(child);
      assertThat(decode(own, piece.payload(), 0, 1_000_000).pictures()).hasSize(25);
      assertThat(own.children()).doesNotContain(child);
    }
  }

  @Test
  void aChildThatStandsStillIsGivenUpAfterTheTimeLimit() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 60);
    try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(SHORT)) {
      try (VideoFrames frames = own.open(piece.payload(), 0, 3_000_000)) {
        assertThat(frames.next()).isNotNull();
        signal("STOP", own);
        final Instant start = Instant.now();
        assertThatThrownBy(
                () -> {
                  while (frames.next() != null) {
                    assertThat(frames.frames()).isPositive();
                  }
                })
            .isInstanceOf(MediaException.class)
            .hasMessage("video piece: the decoder took longer than 1 s");
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(4));
      }
      assertThat(decode(own, piece.payload(), 0, 3_000_000).pictures()).hasSize(60);
    }
  }

  @Test
  void timeInWhichTheServiceItselfIsStoppedDoesNotCount() throws Exception {
    final Path file = SizedMedia.make(folder.resolve("p.mkv"), 1280, 720, 25, 75);
    final Process parent = parent(file, "count", "1s");
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(Long.parseLong(said.readLine())).isPositive();
      kill("STOP", parent.pid());
      final Instant later = Instant.now().plusMillis(2_500);
      await(() -> Instant.now().isAfter(later));
      kill("CONT", parent.pid());
      assertThat(said.readLine()).isEqualTo("75 pictures");
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void theTimeThatTheCallerTakesDoesNotCount() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 25);
    final IsolationSettings tight =
        IsolationSettings.STANDARD.withTimeLimit(Duration.ofMillis(700));
    try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(tight);
        VideoFrames frames = own.open(piece.payload(), 0, 1_000_000)) {
      assertThat(frames.next()).isNotNull();
      final Instant later = Instant.now().plusMillis(1_500);
      await(() -> Instant.now().isAfter(later));
      while (frames.next() != null) {
        assertThat(frames.frames()).isPositive();
      }
      assertThat(frames.frames()).isEqualTo(25);
    }
  }

  @Test
  void aThreadThatIsInterruptedStopsWaiting() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 60);
    try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(IsolationSettings.STANDARD)) {
      final CompletableFuture<Throwable> end = new CompletableFuture<>();
      final CompletableFuture<Void> stopped = new CompletableFuture<>();
      final Thread thread =
          new Thread(
              () -> {
                try (VideoFrames frames = own.open(piece.payload(), 0, 3_000_000)) {
                  frames.next();
                  signal("STOP", own);
                  stopped.complete(null);
                  while (frames.next() != null) {
                    assertThat(frames.frames()).isPositive();
                  }
                  end.complete(null);
                } catch (final Exception e) {
                  end.complete(e);
                }
              });
      thread.start();
      stopped.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      thread.interrupt();
      assertThat(end.get(4, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
      assertThat(decode(own, piece.payload(), 0, 3_000_000).pictures()).hasSize(60);
    }
  }

  @Test
  void memoryBeyondTheLimitIsRefused() throws Exception {
    // Four slots for pictures of 24 million pixels take 288 MB.
    final byte[] media =
        Files.readAllBytes(SizedMedia.make(folder.resolve("l.mkv"), "mjpeg", 6000, 4000, 25, 8));
    final IsolationSettings little = new IsolationSettings(Duration.ofSeconds(20), 256L << 20);
    try (IsolatedVideoDecoding own =
        new IsolatedVideoDecoding(little, new DecodeLimits(25_000_000, 1000, 100))) {
      final Outcome outcome = decode(own, ByteBuffer.wrap(media), 0, 3_000_000);
      assertThat(outcome.failure()).isEqualTo("video piece: the decoder needed more than 256 MB");
      final Piece small = piece("matroska", "mpeg4", 25);
      assertThat(decode(own, small.payload(), 0, 1_000_000).pictures()).hasSize(25);
    }
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    final Piece piece = piece("matroska", "mpeg4", 25);
    sameBothWays(piece);
    final long child;
    try (IsolatedVideoDecoding own = new IsolatedVideoDecoding(IsolationSettings.STANDARD)) {
      assertThat(decode(own, piece.payload(), 0, 1_000_000).pictures()).hasSize(25);
      child = own.children().iterator().next();
      assertThat(sharedFiles()).isEmpty();
    }
    assertThat(ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false)).isFalse();
  }

  private static List<Path> sharedFiles() throws IOException {
    final List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            SharedPictures.folder(1), "valence-pictures-" + ProcessHandle.current().pid() + "-*")) {
      all.forEach(files::add);
    }
    return files;
  }

  @Test
  void aChildEndsWithItsParentHoweverThatEnds() throws Exception {
    final Path file = SizedMedia.make(folder.resolve("p.mkv"), 640, 480, 25, 50);
    final Process parent = parent(file, "stay", "5s");
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      final long child = Long.parseLong(said.readLine());
      assertThat(ProcessHandle.of(child)).isPresent();
      kill("KILL", parent.pid());
      awaitEnd(child);
    } finally {
      parent.destroyForcibly();
    }
  }

  private static Process parent(final Path file, final String what, final String limit)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            DecoderParent.class.getName(),
            file.toString(),
            what,
            limit)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void aChildKnowsNothingOfItsParentsEnvironment() throws Exception {
    final Path environment =
        Path.of("/proc", Long.toString(isolated.children().iterator().next()), "environ");
    Assumptions.assumeTrue(Files.isReadable(environment), "this system shows no environments");
    // The variable is one that the build gives to every test.
    assertThat(System.getenv()).containsKey("DJL_OFFLINE");
    assertThat(Files.readString(environment, StandardCharsets.ISO_8859_1))
        .doesNotContain("DJL_OFFLINE");
  }

  @Test
  void theKernelLimitsAChild() throws Exception {
    final Path limits =
        Path.of("/proc", Long.toString(isolated.children().iterator().next()), "limits");
    Assumptions.assumeTrue(Files.isReadable(limits), "this system shows no limits");
    final List<String> lines = Files.readAllLines(limits);
    assertThat(lines)
        .anyMatch(line -> line.matches("Max data size +536870912 +536870912 +bytes *"));
    assertThat(lines).anyMatch(line -> line.matches("Max core file size +0 +0 +bytes *"));
  }

  @Test
  void aRecordingWhoseChildDiesEndsAndOthersGoOn() throws Exception {
    final Path file =
        TestMedia.make(folder.resolve("clip.mkv"), Spec.video("matroska", "mpeg4", 12, 0, 25, 200));
    try (IsolatedRecordings own = new IsolatedRecordings(IsolationSettings.STANDARD)) {
      final var first = own.children();
      try (RecordingPieces pieces = own.open(file, Optional.empty(), 1_000_000)) {
        assertThat(pieces.next()).isNotNull();
        try (RecordingPieces other = own.open(file, Optional.empty(), 1_000_000)) {
          for (final long pid : first) {
            kill("KILL", pid);
          }
          assertThatThrownBy(
                  () -> {
                    while (pieces.next() != null) {
                      assertThat(pieces.windows()).isEqualTo(8);
                    }
                  })
              .isInstanceOf(MediaException.class)
              .hasMessage("clip.mkv: the decoder ended with signal 9");
          int count = 0;
          while (other.next() != null) {
            count++;
          }
          assertThat(count).isEqualTo(8);
        }
      }
      assertThat(own.deaths()).isOne();
    }
  }

  @Test
  void badRecordingsGetTheSameWords() throws Exception {
    final List<Path> files = new ArrayList<>();
    files.add(Files.writeString(folder.resolve("notes.mp4"), "these are notes\n".repeat(400)));
    files.add(Files.write(folder.resolve("empty.mp4"), new byte[0]));
    files.add(folder.resolve("none.mp4"));
    files.add(folder);
    final Path whole =
        TestMedia.make(folder.resolve("whole.mp4"), Spec.video("mp4", "mpeg4", 10, 0, 25, 100));
    final byte[] bytes = Files.readAllBytes(whole);
    files.add(Files.write(folder.resolve("cut.mp4"), Arrays.copyOf(bytes, bytes.length / 2)));
    for (final Path file : files) {
      final String here = reason(() -> RecordingCutter.open(file, Optional.empty(), 3_000_000));
      final String there = reason(() -> recordings.open(file, Optional.empty(), 3_000_000));
      assertThat(there).isEqualTo(here).isNotNull();
    }
    assertThat(recordings.deaths()).isZero();
  }

  private interface Opening {
    RecordingPieces open() throws MediaException, InterruptedException;
  }

  private static String reason(final Opening opening) throws InterruptedException {
    try (RecordingPieces pieces = opening.open()) {
      return null;
    } catch (final MediaException e) {
      return e.getMessage();
    }
  }

  private Piece piece(final String format, final String codec, final int frames) throws Exception {
    return onlyPiece(
        TestMedia.make(
            folder.resolve("piece." + format), Spec.video(format, codec, 12, 0, 25, frames)));
  }

  private static Piece onlyPiece(final Path file) throws MediaException {
    try (RecordingCutter cutter = RecordingCutter.open(file, Optional.empty(), 3_000_000)) {
      return cutter.next();
    }
  }

  private static byte[] bytes(final Piece piece) {
    final byte[] bytes = new byte[piece.payload().remaining()];
    piece.payload().duplicate().get(bytes);
    return bytes;
  }

  private static void signal(final String signal, final IsolatedVideoDecoding to)
      throws IOException, InterruptedException {
    for (final long pid : to.children()) {
      kill(signal, pid);
    }
  }

  private static void kill(final String signal, final long pid)
      throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor())
        .isZero();
  }

  private static void awaitEnd(final long pid) {
    await(() -> ProcessHandle.of(pid).map(handle -> !handle.isAlive()).orElse(true));
  }

  private static void await(final BooleanSupplier condition) {
    final Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("the condition did not come true").isBefore(deadline);
      Thread.onSpinWait();
    }
  }
}
