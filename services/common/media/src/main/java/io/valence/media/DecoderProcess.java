package io.valence.media;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StreamCorruptedException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Loader;

/**
 * A child process that decodes ({@link DecoderMain}): a small JVM of its own with nothing but this package
 * and FFmpeg on its class path, none of the service's environment, and these limits:
 *
 * <ul>
 *   <li>memory: the kernel refuses more data than the limit (RLIMIT_DATA), FFmpeg refuses a single
 *       allocation of more than half of it, and {@link DecoderWatch} kills the process when its resident
 *       memory exceeds it;
 *   <li>time: {@link DecoderWatch} kills it when it has been waited for too long, see {@link #checkLimits};
 *   <li>it writes no core and no crash report, ignores the terminal's Ctrl-C, which is for the service to
 *       hear, and ends when its standard input does, so also when the service is killed outright.
 * </ul>
 *
 * Where the system has no /bin/sh or no /proc, the limits that need them are left out. Used by one thread at
 * a time, but for {@link #checkLimits} and {@link #close}.
 */
final class DecoderProcess implements AutoCloseable {

  private static final Path SHELL = Path.of("/bin/sh");
  private static final String LIMITED =
      "trap '' HUP INT TERM; ulimit -c 0; ulimit -d \"$1\" 2>/dev/null; shift; exec \"$@\" 3>&1 1>&2";
  private static final Duration READY_LIMIT = Duration.ofSeconds(60);
  private static final long SECONDS_TO_DIE = 10;
  private static final long SECONDS_TO_SAY = 2;
  private static final long LONGEST_LOOK_NANOS = 300_000_000L;
  private static final int MOST_STARVATION = 10;
  private static final int KEPT_WORDS = 8 * 1024;
  private static final int OUT_OF_HEAP = 3;
  private static final int SIGNALLED = 128;
  private static final int KILLED = SIGNALLED + 9;
  private static final Pattern CRASH = Pattern.compile("\\bSIG[A-Z]+ \\(0x([0-9a-f]+)\\)");
  private static final Set<String> KEPT_VARIABLES =
      Set.of("HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "TMPDIR");

  private final IsolationSettings settings;
  private final Process process;
  private final Path file;
  private final SharedPictures pictures;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final Path status;
  private final StringBuffer words = new StringBuffer();
  private final Thread listener;
  private boolean ready;
  private volatile Thread waiter;
  private boolean busy;
  private long limitNanos;
  private long spentNanos;
  private long passedNanos;
  private long looked;
  private long cpuNanos;
  private volatile String killedBecause;
  private volatile boolean interrupted;
  private volatile long peakBytes;

  /** Reads or writes that may have to wait for the process. */
  interface Talk<T> {
    T run() throws IOException;
  }

  private DecoderProcess(
      final IsolationSettings settings,
      final Process process,
      final Path file,
      final SharedPictures pictures) {
    this.settings = settings;
    this.process = process;
    this.file = file;
    this.pictures = pictures;
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 256));
    this.in = new DataInputStream(process.getInputStream());
    this.status = Path.of("/proc", Long.toString(process.pid()), "status");
    this.listener = new Thread(this::listen, "decoder-words-" + process.pid());
    listener.setDaemon(true);
    listener.start();
  }

  /**
   * Starts a process; it gets ready while the caller goes on.
   *
   * @param heapMegabytes of its JVM
   * @param pictureBytes length of the memory that is shared, 0 for none
   * @throws DecoderUnavailableException if it cannot be started
   */
  static DecoderProcess start(
      final IsolationSettings settings, final int heapMegabytes, final long pictureBytes) {
    Path file = null;
    SharedPictures pictures = null;
    DecoderProcess started = null;
    try {
      if (pictureBytes > 0) {
        file = SharedPictures.createFile(pictureBytes);
        pictures = SharedPictures.open(file, pictureBytes);
      }
      started =
          new DecoderProcess(
              settings, launch(settings, heapMegabytes, file, pictureBytes), file, pictures);
      return started;
    } catch (final IOException e) {
      throw new DecoderUnavailableException(
          "the decoder's process cannot be started: " + e.getMessage(), e);
    } finally {
      if (started == null) {
        giveBack(file, pictures);
      }
    }
  }

  private static Process launch(
      final IsolationSettings settings,
      final int heapMegabytes,
      final Path file,
      final long pictureBytes)
      throws IOException {
    final List<String> line = new ArrayList<>();
    final boolean limited = Files.isExecutable(SHELL);
    if (limited) {
      line.addAll(List.of(SHELL.toString(), "-c", LIMITED, "decoder"));
      line.add(Long.toString(settings.memoryBytes() / 1024));
    }
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("-Xmx" + heapMegabytes + "m");
    line.addAll(
        List.of(
            "-Xms8m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=16m",
            "-XX:CICompilerCount=1",
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
            // The limits of the process take their place.
            "-Dorg.bytedeco.javacpp.maxBytes=0",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"));
    for (final String key : List.of("org.bytedeco.javacpp.cachedir", "java.io.tmpdir")) {
      Optional.ofNullable(System.getProperty(key))
          .ifPresent(value -> line.add("-D" + key + "=" + value));
    }
    line.addAll(List.of("-cp", classPath(), DecoderMain.class.getName()));
    line.add(Long.toString(settings.memoryBytes() / 2));
    line.add(file == null ? "" : file.toString());
    line.add(Long.toString(pictureBytes));
    // A JVM that crashes says so on standard output: the protocol needs a way of its own.
    line.add(limited ? "/dev/fd/3" : "");
    final ProcessBuilder builder = new ProcessBuilder(line);
    final Map<String, String> environment = builder.environment();
    environment
        .keySet()
        .removeIf(name -> !KEPT_VARIABLES.contains(name) && !name.startsWith("LC_"));
    // With one arena for each thread the C library would keep tens of megabytes to itself.
    environment.put("MALLOC_ARENA_MAX", "1");
    return builder.start();
  }

  /** This package, FFmpeg and its loader, as far as the class loader tells; else all there is. */
  static String classPath() {
    final String platform = Loader.getPlatform();
    final Set<String> places = new LinkedHashSet<>();
    final boolean found =
        place(DecoderMain.class, places)
            && place(Loader.class, places)
            && place(avutil.class, places)
            && place("/org/bytedeco/javacpp/" + platform + "/", "jnijavacpp", places)
            && place("/org/bytedeco/ffmpeg/" + platform + "/", "jniavutil", places);
    return found
        ? String.join(System.getProperty("path.separator"), places)
        : System.getProperty("java.class.path");
  }

  private static boolean place(final Class<?> type, final Set<String> places) {
    final CodeSource source = type.getProtectionDomain().getCodeSource();
    try {
      return source != null && places.add(Path.of(source.getLocation().toURI()).toString());
    } catch (final URISyntaxException | RuntimeException e) {
      // A class loader with places of its own: the whole class path serves as well.
      return false;
    }
  }

  private static boolean place(
      final String folder, final String library, final Set<String> places) {
    final URL resource = Loader.class.getResource(folder + System.mapLibraryName(library));
    try {
      if (resource != null && resource.openConnection() instanceof JarURLConnection jar) {
        places.add(Path.of(jar.getJarFileURL().toURI()).toString());
        return true;
      }
      return false;
    } catch (final IOException | URISyntaxException | RuntimeException e) {
      // As above.
      return false;
    }
  }

  private void listen() {
    final byte[] step = new byte[1024];
    try (InputStream error = process.getErrorStream()) {
      for (int count = error.read(step); count >= 0; count = error.read(step)) {
        if (words.length() < KEPT_WORDS) {
          words.append(new String(step, 0, count, StandardCharsets.UTF_8));
        }
      }
    } catch (final IOException e) {
      // The process was killed while it spoke; what was heard is enough.
      words.append(e.getMessage());
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    // The system knows of a death a moment before the JVM has taken note of it.
    return process.isAlive() && process.toHandle().isAlive();
  }

  SharedPictures pictures() {
    return pictures;
  }

  DataOutputStream out() {
    return out;
  }

  DataInputStream in() {
    return in;
  }

  /** Largest resident memory so far, bytes; 0 where the system does not tell. */
  long peakBytes() {
    return peakBytes;
  }

  /**
   * Waits until it is ready for its first work.
   *
   * @throws DecoderUnavailableException if it ends before, or is not ready after a minute
   */
  void awaitReady() throws InterruptedException {
    if (ready) {
      return;
    }
    begin(READY_LIMIT);
    try {
      final int said = talk("the start", in::readUnsignedByte);
      if (said != DecoderWire.READY) {
        throw new DecoderUnavailableException("the decoder's process greets by " + said);
      }
      if (file != null) {
        Files.delete(file);
      }
      ready = true;
    } catch (final MediaException | IOException e) {
      close();
      final String heard = words.toString().strip();
      throw new DecoderUnavailableException(
          "the decoder's process does not start: "
              + e.getMessage()
              + (heard.isEmpty() ? "" : ": " + heard.lines().findFirst().orElse("")),
          e);
    } finally {
      end();
    }
  }

  /** Starts to count the time that is waited. */
  synchronized void begin(final Duration limit) {
    busy = true;
    spentNanos = 0;
    passedNanos = 0;
    looked = System.nanoTime();
    cpuNanos = process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    limitNanos = limit.toNanos();
    DecoderWatch.add(this);
  }

  /** Ends what {@link #begin} began: from here on it is not killed. Looks at the memory once more. */
  synchronized void end() {
    busy = false;
    DecoderWatch.remove(this);
    if (process.isAlive()) {
      residentBytes();
    }
  }

  /** Whether it takes so much memory between two pieces that a new one should take its place. */
  boolean isOutworn() {
    return residentBytes() > settings.memoryBytes() / 2;
  }

  /**
   * Speaks with the process.
   *
   * @param subject what for, as the messages begin
   * @throws MediaException if it ended or was killed meanwhile, with the reason
   */
  <T> T talk(final String subject, final Talk<T> talk) throws MediaException, InterruptedException {
    waiter = Thread.currentThread();
    try {
      return talk.run();
    } catch (final IOException e) {
      throw ended(subject, e);
    } finally {
      waiter = null;
    }
  }

  private MediaException ended(final String subject, final IOException cause)
      throws InterruptedException {
    if (cause instanceof StreamCorruptedException) {
      // It lives, but nothing that it says can be believed.
      giveUp("failed: " + cause.getMessage());
    }
    final boolean gone = awaitDeath();
    if (interrupted && Thread.interrupted()) {
      throw new InterruptedException("interrupted while the decoder was waited for");
    }
    final String message = subject + ": the decoder " + (gone ? reason(cause) : "does not end");
    return gone && killedBecause == null && process.exitValue() == KILLED
        ? new DecoderKilledException(message, cause)
        : new MediaException(message, cause);
  }

  /** Lets a process that crashed say of what; what does not end by itself is killed. */
  private boolean awaitDeath() {
    final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_TO_DIE);
    boolean again = false;
    try {
      while (true) {
        try {
          boolean gone = process.waitFor(SECONDS_TO_SAY, TimeUnit.SECONDS);
          if (!gone) {
            process.destroyForcibly();
            gone = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          }
          listener.join(TimeUnit.SECONDS.toMillis(1));
          return gone;
        } catch (final InterruptedException e) {
          // It is killed: this is a matter of moments.
          again = true;
        }
      }
    } finally {
      if (again) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private String reason(final IOException cause) {
    if (killedBecause != null) {
      return killedBecause;
    }
    final int code = process.exitValue();
    if (code == OUT_OF_HEAP || words.indexOf("insufficient memory") >= 0) {
      return tooMuchMemory();
    }
    final Matcher crash = CRASH.matcher(words);
    if (crash.find()) {
      return "ended with signal " + Integer.parseInt(crash.group(1), 16);
    }
    if (code > SIGNALLED) {
      return "ended with signal " + (code - SIGNALLED);
    }
    return "ended with exit code " + code + " (" + cause.getMessage() + ")";
  }

  /**
   * Called by the watch, on its thread.
   *
   * <p>A look counts as so much time as the process has computed since the last one, or if it has not
   * computed at all, as the time that went by. So a piece that is slow has its five seconds, a decoder that
   * hangs too, but a piece is not refused because the machine is busy with other things, or because the whole
   * service was stopped for a while: between two looks never more than {@link #LONGEST_LOOK_NANOS} count.
   * Example: 100 ms between two looks, of which the decoder got 30 ms of a busy processor: 30 ms count.
   */
  synchronized void checkLimits() {
    if (!busy) {
      return;
    }
    final Thread waiting = waiter;
    final long now = System.nanoTime();
    final long cpu = process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    if (waiting != null) {
      final long passed = Math.min(now - looked, LONGEST_LOOK_NANOS);
      final long computed = cpu - cpuNanos;
      passedNanos += passed;
      spentNanos += computed > 0 ? Math.min(computed, passed) : passed;
      if (spentNanos > limitNanos || passedNanos > MOST_STARVATION * limitNanos) {
        giveUp("took longer than " + seconds(limitNanos));
      }
      if (waiting.isInterrupted()) {
        interrupted = true;
        giveUp("was given up because its service stops");
      }
    }
    looked = now;
    cpuNanos = cpu;
    if (residentBytes() > settings.memoryBytes()) {
      giveUp(tooMuchMemory());
    }
  }

  private static String seconds(final long nanos) {
    final long millis = nanos / 1_000_000;
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  private String tooMuchMemory() {
    return "needed more than " + (settings.memoryBytes() >> 20) + " MB";
  }

  /** Kills the process; the first reason given is the one that is told. */
  void giveUp(final String reason) {
    if (killedBecause == null) {
      killedBecause = reason;
    }
    process.destroyForcibly();
  }

  /** Resident memory now, bytes; 0 where the system does not tell. */
  private long residentBytes() {
    long resident = 0;
    try {
      for (final String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          peakBytes = Math.max(peakBytes, kilobytes(line));
        } else if (line.startsWith("VmRSS:")) {
          resident = kilobytes(line);
        }
      }
    } catch (final IOException e) {
      // It has ended, or this system has no /proc.
      return 0;
    }
    return resident;
  }

  private static long kilobytes(final String line) {
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }

  /** Ends the process at once: it holds nothing worth keeping. */
  @Override
  public void close() {
    DecoderWatch.remove(this);
    process.destroyForcibly();
    // The memory is given back only when nobody writes into it any more.
    awaitDeath();
    giveBack(ready ? null : file, pictures);
  }

  private static void giveBack(final Path file, final SharedPictures pictures) {
    try {
      if (pictures != null) {
        pictures.close();
      }
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (final IOException e) {
      throw new DecoderUnavailableException(
          "the memory shared with the decoder cannot be given back: " + e.getMessage(), e);
    }
  }
}
