package io.valence.cli;

import com.sun.management.OperatingSystemMXBean;
import io.valence.features.text.BertModelCache;
import io.valence.features.visual.FaceMesh;
import io.valence.features.visual.FaceMeshOptions;
import io.valence.inference.ModelStore;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what this machine lacks. */
@Command(
    name = "doctor",
    description = {
      "Checks java, memory, disk, ports, models, bundles, native libraries and the GPU. Each line is"
          + " 'ok', 'note' (works, but could be better) or 'FAIL' with what to do; exit code 4 if"
          + " anything fails.",
      "",
      "Example: valence doctor"
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

  private static final double GIB = 1 << 30;
  private static final double MEMORY_NEEDED_GIB = 4;
  private static final double DISK_NEEDED_GIB = 1;
  private static final int JAVA_NEEDED = 17;

  @Spec private CommandSpec spec;
  private PrintWriter out;
  private int failures;

  /** One thing to look at; what it returns is told after "ok". */
  @FunctionalInterface
  private interface Check {
    String run() throws Exception;
  }

  /** Thrown by a check for what works but could be better. */
  private static final class Note extends Exception {
    private static final long serialVersionUID = 1L;

    Note(final String message) {
      super(message);
    }
  }

  @Override
  public Integer call() {
    out = spec.commandLine().getOut();
    final ModelStore store = ModelStore.fromEnvironment();
    check("java", DoctorCommand::java);
    check("memory", DoctorCommand::memory);
    check("disk", () -> disk(store.cache()));
    check("ports", DoctorCommand::ports);
    check("face models", () -> faceModels(store));
    check("BERT", () -> bert(store));
    bundles(store);
    check("FFmpeg", DoctorCommand::ffmpeg);
    check("GPU", DoctorCommand::gpu);
    out.flush();
    return failures == 0 ? ExitCode.DONE : ExitCode.ENVIRONMENT;
  }

  private void check(final String name, final Check check) {
    try {
      print("ok", name, check.run());
    } catch (final Note note) {
      print("note", name, note.getMessage());
    } catch (final Exception | LinkageError e) {
      failures++;
      print("FAIL", name, Failure.of(e).message());
    }
  }

  private void print(final String verdict, final String name, final String message) {
    out.printf(Locale.ROOT, "%-5s %-12s %s%n", verdict, name, message);
    out.flush();
  }

  private static String java() throws EnvironmentException {
    final int feature = Runtime.version().feature();
    if (feature < JAVA_NEEDED) {
      throw new EnvironmentException(
          "version " + feature + " is too old: install a JDK 17 or newer, or set JAVA_HOME");
    }
    return Runtime.version()
        + " on "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " processors";
  }

  private static String memory() throws EnvironmentException {
    final OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    final double total = system.getTotalMemorySize() / GIB;
    final String text = String.format(Locale.ROOT, "%.1f GiB", total);
    if (total < MEMORY_NEEDED_GIB) {
      throw new EnvironmentException(
          text + " in all: the local stack takes up to 3 GiB; use a machine with 4 GiB or more");
    }
    return text + " in all; the local stack takes up to 3 GiB";
  }

  private static String disk(final Path cache) throws EnvironmentException, IOException {
    Path existing = cache.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (!Files.isWritable(existing)) {
      throw new EnvironmentException(
          "the cache folder " + cache + " cannot be written: set VALENCE_CACHE to another");
    }
    final double free = Files.getFileStore(existing).getUsableSpace() / GIB;
    final String text = String.format(Locale.ROOT, "%.1f GiB free for the cache %s", free, cache);
    if (free < DISK_NEEDED_GIB) {
      throw new EnvironmentException(
          text + ": make 1 GiB of room or set VALENCE_CACHE to another folder");
    }
    return text;
  }

  private static String ports() throws EnvironmentException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "free ports on loopback, for instance " + socket.getLocalPort();
    } catch (final IOException e) {
      throw new EnvironmentException("no port can be opened on loopback: " + e.getMessage(), e);
    }
  }

  private static String faceModels(final ModelStore store) throws Exception {
    for (final String file :
        List.of(
            "face_detection_short_range.onnx",
            "face_landmark.onnx",
            "face_landmark_with_attention.onnx",
            "topology.json")) {
      store.verified("facemesh/" + file);
    }
    try (FaceMesh mesh = FaceMesh.open(store, FaceMeshOptions.defaults())) {
      final int side = 64;
      mesh.detect(new byte[side * side * 3], side, side);
    }
    return "whole, and ONNX Runtime runs them";
  }

  private static String bert(final ModelStore store) throws Note {
    final BertModelCache cache = new BertModelCache(store.cache());
    if (!cache.isComplete()) {
      throw new Note(
          "not set up yet: the first command that needs it fetches 408 MB; now with 'deploy/valence setup'");
    }
    return "set up in " + cache.folder() + " ('deploy/valence setup --verify' hashes it)";
  }

  private void bundles(final ModelStore store) {
    final Path folder = store.home().resolve("deploy").resolve("bundles");
    try (Stream<Path> paths = Files.list(folder)) {
      paths
          .filter(path -> Files.isRegularFile(path.resolve("bundle.json")))
          .sorted()
          .forEach(
              path ->
                  check(
                      "bundle",
                      () -> {
                        try (ModelBundle bundle = ModelBundle.load(path)) {
                          return bundle.id() + " " + bundle.version() + ", whole";
                        }
                      }));
    } catch (final IOException e) {
      failures++;
      print("FAIL", "bundle", "no model bundles in " + folder + ": restore deploy/bundles");
    }
  }

  private static String ffmpeg() {
    final int version = org.bytedeco.ffmpeg.global.avcodec.avcodec_version();
    return "libavcodec "
        + (version >> 16)
        + "."
        + (version >> 8 & 0xff)
        + ", its native library loads";
  }

  private static String gpu() throws Note {
    if (Files.exists(Path.of("/proc/driver/nvidia/version"))) {
      throw new Note(
          "an NVIDIA driver is here; build with -Pcuda to use it, the CPU serves meanwhile");
    }
    return "none, none needed: everything runs on the CPU";
  }
}
