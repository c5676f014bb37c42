package io.valence.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * One caller's runs of an {@link OnnxModel}. Inputs are written into direct buffers that the runtime
 * reads in place; they are made again only when a shape changes, so repeated runs of one shape
 * allocate nothing of their size. Outputs of a fixed shape are written in place likewise.
 *
 * <pre>{@code
 * try (ModelCall call = model.newCall()) {
 *   call.input("features", standardised, batch, 74);
 *   call.run();
 *   float[] adapted = call.output("adapted"); // batch * 713 values, row after row
 * }
 * }</pre>
 *
 * <p>Not safe for use by several threads at once.
 */
public final class ModelCall implements AutoCloseable {

  private final OnnxModel model;
  private final OrtSession session;
  private final Map<String, Input> inputs = new HashMap<>();
  private final Map<String, OnnxTensor> inputTensors = new HashMap<>();
  private final Map<String, Output> outputs = new LinkedHashMap<>();

  /** An input's memory, its shape and the tensor over it. */
  private record Input(long[] shape, ByteBuffer memory, OnnxTensor tensor) {}

  /** What the last run wrote to one output. */
  private record Output(long[] shape, FloatBuffer values) {}

  /** Outputs of a fixed shape, which the runtime writes into our memory. */
  private final Map<String, Input> pinned = new HashMap<>();

  ModelCall(final OnnxModel model, final OrtSession session) {
    this.model = model;
    this.session = session;
  }

  /**
   * The buffer of a float input of this shape, to be filled before {@link #run}. It is valid until
   * the same input is asked for in another shape; its content stays from run to run.
   *
   * @throws InferenceException if the model has no such float input, or not of such a shape
   */
  public FloatBuffer floats(final String name, final long... shape) {
    return memory(name, OnnxJavaType.FLOAT, shape).asFloatBuffer();
  }

  /** As {@link #floats}, for an int64 input. */
  public LongBuffer longs(final String name, final long... shape) {
    return memory(name, OnnxJavaType.INT64, shape).asLongBuffer();
  }

  /**
   * Sets a float input.
   *
   * @param values as many as the shape holds, last dimension fastest
   * @throws InferenceException if the model has no such float input, or not of such a shape
   */
  public ModelCall input(final String name, final float[] values, final long... shape) {
    final FloatBuffer buffer = floats(name, shape);
    requireCount(name, values.length, buffer.capacity());
    buffer.put(values);
    return this;
  }

  /** As {@link #input(String, float[], long...)}, for an int64 input. */
  public ModelCall input(final String name, final long[] values, final long... shape) {
    final LongBuffer buffer = longs(name, shape);
    requireCount(name, values.length, buffer.capacity());
    buffer.put(values);
    return this;
  }

  /**
   * Runs the model on the inputs given so far.
   *
   * @param wanted the outputs to compute; none named means all
   * @throws InferenceException if an input is missing or the run fails
   */
  public void run(final String... wanted) {
    for (final String name : model.inputNames()) {
      if (!inputs.containsKey(name)) {
        throw new InferenceException(
            model.file().getFileName() + ": input '" + name + "' was not set before the run");
      }
    }
    outputs.clear();
    final Set<String> free = new LinkedHashSet<>();
    final Map<String, OnnxValue> inPlace = new HashMap<>();
    for (final String name : wanted.length == 0 ? model.outputNames() : Arrays.asList(wanted)) {
      final TensorInfo info = model.output(name);
      model.requireType(name, info, OnnxJavaType.FLOAT);
      if (isFixed(info.getShape())) {
        inPlace.put(name, pinned.computeIfAbsent(name, n -> newTensor(info)).tensor());
      } else {
        free.add(name);
      }
    }
    try (OrtSession.Result result = session.run(inputTensors, free, inPlace)) {
      for (final String name : free) {
        final OnnxTensor tensor =
            (OnnxTensor)
                result
                    .get(name)
                    .orElseThrow(() -> new InferenceException("no output '" + name + "'"));
        outputs.put(name, new Output(tensor.getInfo().getShape(), tensor.getFloatBuffer()));
      }
    } catch (final OrtException e) {
      throw new InferenceException(
          "running " + model.file().getFileName() + " failed: " + e.getMessage(), e);
    }
    for (final String name : inPlace.keySet()) {
      final Input memory = pinned.get(name);
      outputs.put(name, new Output(memory.shape(), memory.memory().asFloatBuffer()));
    }
  }

  /**
   * The values of an output of the last run, last dimension fastest, in a new array.
   *
   * @throws InferenceException if the last run did not compute it
   */
  public float[] output(final String name) {
    final FloatBuffer values = lastOutput(name).values().duplicate();
    final float[] copy = new float[values.capacity()];
    values.get(0, copy);
    return copy;
  }

  /**
   * Copies an output of the last run into an array.
   *
   * @param target at least as long as the output; only that much is written
   * @return how many values were written
   * @throws InferenceException if the last run did not compute it
   */
  public int output(final String name, final float[] target) {
    final FloatBuffer values = lastOutput(name).values();
    requireCount(name, Math.min(target.length, values.capacity()), values.capacity());
    values.get(0, target, 0, values.capacity());
    return values.capacity();
  }

  /** The shape of an output of the last run. */
  public long[] shape(final String name) {
    return lastOutput(name).shape().clone();
  }

  private Output lastOutput(final String name) {
    final Output output = outputs.get(name);
    if (output == null) {
      throw new InferenceException(
          model.file().getFileName()
              + ": output '"
              + name
              + "' was not computed by the last run; computed: "
              + outputs.keySet());
    }
    return output;
  }

  private ByteBuffer memory(final String name, final OnnxJavaType type, final long... shape) {
    final Input known = inputs.get(name);
    if (known != null && Arrays.equals(known.shape(), shape)) {
      if (known.tensor().getInfo().type != type) {
        throw wrongType(name, type);
      }
      return known.memory();
    }
    final TensorInfo info = model.input(name);
    model.requireType(name, info, type);
    requireShape(name, info.getShape(), shape);
    final Input made = newTensor(type, shape.clone());
    inputs.put(name, made);
    inputTensors.put(name, made.tensor());
    if (known != null) {
      known.tensor().close();
    }
    return made.memory();
  }

  private InferenceException wrongType(final String name, final OnnxJavaType type) {
    return new InferenceException(
        model.file().getFileName() + ": input '" + name + "' is not of type " + type);
  }

  private Input newTensor(final TensorInfo info) {
    return newTensor(OnnxJavaType.FLOAT, info.getShape());
  }

  private Input newTensor(final OnnxJavaType type, final long... shape) {
    final long bytes = Math.multiplyExact(count(shape), type.size);
    if (bytes > Integer.MAX_VALUE) {
      throw new InferenceException(
          model.file().getFileName()
              + ": a tensor of shape "
              + Arrays.toString(shape)
              + " is over 2 GiB; run smaller batches");
    }
    final ByteBuffer memory = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
    try {
      final OrtEnvironment environment = OrtEnvironment.getEnvironment();
      final OnnxTensor tensor =
          type == OnnxJavaType.INT64
              ? OnnxTensor.createTensor(environment, memory.asLongBuffer(), shape)
              : OnnxTensor.createTensor(environment, memory.asFloatBuffer(), shape);
      return new Input(shape, memory, tensor);
    } catch (final OrtException e) {
      throw new InferenceException(
          "a tensor of shape " + Arrays.toString(shape) + " cannot be made", e);
    }
  }

  private void requireShape(final String name, final long[] declared, final long... given) {
    boolean fits = declared.length == given.length;
    for (int i = 0; fits && i < given.length; i++) {
      fits = given[i] > 0 && (declared[i] < 0 || declared[i] == given[i]);
    }
    if (!fits) {
      throw new InferenceException(
          model.file().getFileName()
              + ": input '"
              + name
              + "' has shape "
              + Arrays.toString(declared)
              + ", which "
              + Arrays.toString(given)
              + " does not fit");
    }
  }

  private void requireCount(final String name, final int given, final int expected) {
    if (given != expected) {
      throw new InferenceException(
          model.file().getFileName()
              + ": '"
              + name
              + "' has "
              + expected
              + " values, the array "
              + given);
    }
  }

  private static boolean isFixed(final long... shape) {
    return Arrays.stream(shape).allMatch(size -> size > 0);
  }

  private static long count(final long... shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** Frees the buffers; the model stays open. */
  @Override
  public void close() {
    inputs.values().forEach(input -> input.tensor().close());
    pinned.values().forEach(output -> output.tensor().close());
    inputs.clear();
    inputTensors.clear();
    pinned.clear();
    outputs.clear();
  }
}
