package io.valence.inference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * One ONNX model, opened once and shared by all threads. A thread that runs it takes its own {@link
 * ModelCall} from {@link #newCall()}, which keeps the buffers from one run to the next.
 *
 * <p>Inputs are float32 or int64, outputs float32; the batch is whatever first dimension the
 * caller's shape has and the model allows.
 */
public final class OnnxModel implements AutoCloseable {

  private final Path file;
  private final OrtSession session;
  private final InferenceDevice device;
  private final Map<String, TensorInfo> inputs;
  private final Map<String, TensorInfo> outputs;

  private OnnxModel(final Path file, final SessionOpener.Opened opened) throws OrtException {
    this.file = file;
    this.session = opened.session();
    this.device = opened.device();
    this.inputs = tensors(session.getInputInfo());
    this.outputs = tensors(session.getOutputInfo());
  }

  /**
   * Opens a model on the device that {@link InferenceDevice#PROPERTY} names. Weights kept in files
   * beside the model are found by its path.
   *
   * @param file an ONNX file, already checked by {@link ModelStore}
   * @param intraOpThreads threads within one run, at least 1. Use 1 where several callers run at
   *     the same time: it gives the most runs per second.
   * @throws ModelFileException if the file is missing or not a model
   * @throws InferenceException if CUDA was asked for and cannot be used
   */
  public static OnnxModel open(final Path file, final int intraOpThreads)
      throws ModelFileException {
    return open(file, intraOpThreads, InferenceDevice.fromProperty());
  }

  /** As {@link #open(Path, int)}, on the given device. */
  public static OnnxModel open(
      final Path file, final int intraOpThreads, final InferenceDevice device)
      throws ModelFileException {
    return open(file, intraOpThreads, device, new SessionOpener());
  }

  static OnnxModel open(
      final Path file,
      final int intraOpThreads,
      final InferenceDevice device,
      final SessionOpener opener)
      throws ModelFileException {
    if (intraOpThreads < 1) {
      throw new IllegalArgumentException("a model needs at least one thread: " + intraOpThreads);
    }
    final SessionOpener.Opened opened = opener.open(file, intraOpThreads, device);
    try {
      return new OnnxModel(file, opened);
    } catch (final OrtException | RuntimeException e) {
      closeAfter(e, opened.session());
      throw new ModelFileException(
          "model file "
              + file
              + " has inputs or outputs that are not tensors: "
              + SessionOpener.firstLine(e)
              + "; restore it from the distribution",
          e);
    }
  }

  private static void closeAfter(final Throwable failure, final OrtSession session) {
    try {
      session.close();
    } catch (final OrtException closing) {
      failure.addSuppressed(closing);
    }
  }

  private static Map<String, TensorInfo> tensors(final Map<String, NodeInfo> nodes) {
    final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (final NodeInfo node : nodes.values()) {
      tensors.put(node.getName(), (TensorInfo) node.getInfo());
    }
    return tensors;
  }

  /** The names of the inputs, in the model's order. */
  public Set<String> inputNames() {
    return Set.copyOf(inputs.keySet());
  }

  /** The names of the outputs. */
  public Set<String> outputNames() {
    return Set.copyOf(outputs.keySet());
  }

  /**
   * The shape of an input; -1 where the caller chooses.
   *
   * @throws InferenceException if there is no such input
   */
  public long[] inputShape(final String name) {
    return input(name).getShape().clone();
  }

  /**
   * The shape of an output; -1 where it depends on the input.
   *
   * @throws InferenceException if there is no such output
   */
  public long[] outputShape(final String name) {
    return output(name).getShape().clone();
  }

  /** Where the model runs: {@link InferenceDevice#CPU} or {@link InferenceDevice#CUDA}. */
  public InferenceDevice device() {
    return device;
  }

  /** The file that the model was opened from. */
  public Path file() {
    return file;
  }

  /** A caller's own inputs and outputs; not to be shared between threads. Close it before the model. */
  public ModelCall newCall() {
    return new ModelCall(this, session);
  }

  TensorInfo input(final String name) {
    return named(inputs, name, "input");
  }

  TensorInfo output(final String name) {
    return named(outputs, name, "output");
  }

  void requireType(final String name, final TensorInfo info, final OnnxJavaType type) {
    if (info.type != type) {
      throw new InferenceException(
          file.getFileName() + ": '" + name + "' is of type " + info.type + ", not " + type);
    }
  }

  private TensorInfo named(
      final Map<String, TensorInfo> tensors, final String name, final String kind) {
    final TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new InferenceException(
          file.getFileName() + " has no " + kind + " '" + name + "'; it has " + tensors.keySet());
    }
    return info;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (final OrtException e) {
      throw new InferenceException("closing " + file + " failed", e);
    }
  }
}
