package io.valence.inference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens sessions on the device asked for, and says once which engine that came to. */
final class SessionOpener {

  /** A folder with NVIDIA's CUDA and cuDNN libraries, where the system does not find them itself. */
  static final String CUDA_LIBRARIES_PROPERTY = "valence.inference.cuda.libraries";

  private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);

  /** Each needs the ones before it. */
  private static final List<String> CUDA_LIBRARIES =
      List.of(
          "libcudart.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcurand.so.10",
          "libcufft.so.11",
          "libnvrtc.so.12",
          "libcudnn_graph.so.9",
          "libcudnn.so.9");

  private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

  /** One way to open a session; replaced in tests, where there is no GPU. */
  interface Opener {
    OrtSession open(Path file, int intraOpThreads) throws OrtException;
  }

  /** An open session and where it runs. */
  record Opened(OrtSession session, InferenceDevice device) {}

  private final Opener cpu;
  private final Opener cuda;

  SessionOpener() {
    this(SessionOpener::openOnCpu, SessionOpener::openOnCuda);
  }

  SessionOpener(final Opener cpu, final Opener cuda) {
    this.cpu = cpu;
    this.cuda = cuda;
  }

  Opened open(final Path file, final int intraOpThreads, final InferenceDevice wanted)
      throws ModelFileException {
    if (!Files.isReadable(file)) {
      throw new ModelFileException(
          "model file " + file + " is missing or unreadable: restore it from the distribution");
    }
    if (wanted != InferenceDevice.CPU) {
      try {
        final OrtSession session = cuda.open(file, intraOpThreads);
        logOnce("Inference engine: ONNX Runtime " + version() + " on CUDA");
        return new Opened(session, InferenceDevice.CUDA);
      } catch (final OrtException | UnsatisfiedLinkError e) {
        final String reason = firstLine(e);
        if (wanted == InferenceDevice.CUDA) {
          throw new InferenceException(
              "CUDA was asked for ("
                  + InferenceDevice.PROPERTY
                  + "=cuda) and cannot be used: "
                  + reason
                  + "; build with -Pcuda on a machine with an NVIDIA driver, or set it to auto or"
                  + " cpu",
              e);
        }
        if (LOGGED.add("cuda unusable")) {
          LOG.warn("CUDA cannot be used, falling back to the CPU: {}", reason);
        }
      }
    }
    try {
      final OrtSession session = cpu.open(file, intraOpThreads);
      logOnce("Inference engine: ONNX Runtime " + version() + " on the CPU");
      return new Opened(session, InferenceDevice.CPU);
    } catch (final OrtException e) {
      throw new ModelFileException(
          "model file "
              + file
              + " is not a model that ONNX Runtime can load ("
              + firstLine(e)
              + "); restore it from the distribution",
          e);
    }
  }

  private static OrtSession openOnCpu(final Path file, final int intraOpThreads)
      throws OrtException {
    try (OrtSession.SessionOptions options = newOptions(intraOpThreads)) {
      return OrtEnvironment.getEnvironment().createSession(file.toString(), options);
    }
  }

  private static OrtSession openOnCuda(final Path file, final int intraOpThreads)
      throws OrtException {
    loadCudaLibraries();
    try (OrtSession.SessionOptions options = newOptions(intraOpThreads);
        OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(0)) {
      // Tensor cores' short mantissa moves results by up to 7e-3; without it CPU and GPU agree to
      // 3e-6, so that vectors of both may be mixed.
      provider.add("use_tf32", "0");
      provider.add("cudnn_conv_algo_search", "HEURISTIC");
      options.addCUDA(provider);
      return OrtEnvironment.getEnvironment().createSession(file.toString(), options);
    }
  }

  private static OrtSession.SessionOptions newOptions(final int intraOpThreads)
      throws OrtException {
    final OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(intraOpThreads);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(ExecutionMode.SEQUENTIAL);
    // Waiting threads must not eat the processors that other services of the machine need.
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    return options;
  }

  private static void loadCudaLibraries() {
    final String folder = System.getProperty(CUDA_LIBRARIES_PROPERTY, "");
    if (folder.isBlank()) {
      return;
    }
    for (final String library : CUDA_LIBRARIES) {
      System.load(Path.of(folder).toAbsolutePath().resolve(library).toString());
    }
  }

  private static String version() {
    return OrtEnvironment.getEnvironment().getVersion();
  }

  private static void logOnce(final String line) {
    if (LOGGED.add(line)) {
      LOG.info(line);
    }
  }

  static String firstLine(final Throwable failure) {
    final String message = String.valueOf(failure.getMessage()).strip();
    return message.lines().findFirst().orElse(failure.getClass().getSimpleName());
  }
}
