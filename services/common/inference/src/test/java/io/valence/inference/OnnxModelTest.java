package io.valence.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {

  @TempDir private Path folder;

  /** What the committed models lack, an int64 input and a free batch: sum = float(ids) + weights. */
  private Path tiny() throws IOException {
    final OnnxGraph graph = new OnnxGraph("tiny");
    final String ids = graph.input("ids", ElementType.INT64, "batch", "3");
    final String weights = graph.input("weights", ElementType.FLOAT, "batch", "3");
    final String cast = graph.node("Cast", List.of(ids), Attribute.ofInt("to", 1));
    graph.node("Add", List.of(cast, weights), List.of("sum"));
    graph.output("sum", ElementType.FLOAT, "batch", "3");
    final Path file = folder.resolve("tiny.onnx");
    graph.write(file);
    return file;
  }

  @Test
  void runsBatchesOfLongsAndFloats() throws IOException {
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.CPU);
        ModelCall call = model.newCall()) {
      call.input("ids", new long[] {1, 2, 3}, 1, 3)
          .input("weights", new float[] {.5f, .25f, -3}, 1, 3)
          .run();
      assertThat(call.output("sum")).containsExactly(1.5f, 2.25f, 0);
      assertThat(call.shape("sum")).containsExactly(1, 3);

      // A larger batch with the same call: the buffers follow.
      call.input("ids", new long[] {1, 2, 3, 4, 5, 6}, 2, 3)
          .input("weights", new float[6], 2, 3)
          .run("sum");
      assertThat(call.output("sum")).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(call.shape("sum")).containsExactly(2, 3);
    }
  }

  @Test
  void tellsItsShapes() throws IOException {
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.CPU)) {
      assertThat(model.inputNames()).containsExactlyInAnyOrder("ids", "weights");
      assertThat(model.outputNames()).containsExactly("sum");
      assertThat(model.inputShape("ids")).containsExactly(-1, 3);
      assertThat(model.outputShape("sum")).containsExactly(-1, 3);
      assertThat(model.device()).isEqualTo(InferenceDevice.CPU);
    }
  }

  @Test
  void aFixedShapeIsReadAndWrittenInPlace() throws IOException {
    final Path file =
        ModelStore.fromEnvironment().verified("facemesh/face_detection_short_range.onnx");
    try (OnnxModel model = OnnxModel.open(file, 1, InferenceDevice.CPU);
        ModelCall call = model.newCall()) {
      final FloatBuffer input = call.floats("input", 1, 128, 128, 3);
      call.run();
      final float[] dark = call.output("classificators");
      for (int i = 0; i < input.capacity(); i++) {
        input.put(i, (i % 97) / 97f);
      }
      call.run();
      final float[] pattern = new float[896];
      assertThat(call.output("classificators", pattern)).isEqualTo(896);
      assertThat(pattern).isNotEqualTo(dark);
      assertThat(call.shape("regressors")).containsExactly(1, 896, 16);

      // The same input again gives the same bits.
      call.run("classificators");
      assertThat(call.output("classificators")).isEqualTo(pattern);
      assertThatThrownBy(() -> call.output("regressors"))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("was not computed by the last run");
    }
  }

  @Test
  void threadsShareOneModelThroughTheirOwnCalls()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    final ExecutorService threads = Executors.newFixedThreadPool(4);
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.CPU)) {
      final var results =
          IntStream.range(0, 4).mapToObj(k -> threads.submit(() -> sumsOf(model, k))).toList();
      for (final Future<Boolean> result : results) {
        assertThat(result.get(30, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static boolean sumsOf(final OnnxModel model, final int caller) {
    try (ModelCall call = model.newCall()) {
      final long[] ids = new long[300];
      Arrays.fill(ids, caller);
      for (int round = 0; round < 50; round++) {
        final float[] weights = new float[300];
        Arrays.fill(weights, round);
        call.input("ids", ids, 100, 3).input("weights", weights, 100, 3).run();
        for (final float sum : call.output("sum")) {
          if (sum != caller + round) {
            return false;
          }
        }
      }
      return true;
    }
  }

  @Test
  void wrongInputsSayWhatIsWrong() throws IOException {
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.CPU);
        ModelCall call = model.newCall()) {
      assertThatThrownBy(() -> call.floats("other", 1, 3)).hasMessageContaining("has no input");
      assertThatThrownBy(() -> call.floats("ids", 1, 3)).hasMessageContaining("INT64, not FLOAT");
      assertThatThrownBy(() -> call.longs("ids", 1, 4)).hasMessageContaining("does not fit");
      assertThatThrownBy(() -> call.longs("ids", 0, 3)).hasMessageContaining("does not fit");
      assertThatThrownBy(() -> call.input("weights", new float[2], 1, 3))
          .hasMessageContaining("has 3 values, the array 2");
      call.input("weights", new float[3], 1, 3);
      assertThatThrownBy(call::run).hasMessageContaining("input 'ids' was not set");
      call.longs("ids", 2, 3);
      call.floats("weights", 3, 3);
      assertThatThrownBy(call::run).hasMessageContaining("running tiny.onnx failed");
    }
  }

  @Test
  void aFileThatIsNoModelSaysSoInOneLine() throws IOException {
    final Path file = Files.writeString(folder.resolve("bad.onnx"), "not a model");
    assertThatThrownBy(() -> OnnxModel.open(file, 1, InferenceDevice.CPU))
        .isInstanceOf(ModelFileException.class)
        .message()
        .contains("bad.onnx", "is not a model", "restore")
        .doesNotContain("\n");
    assertThatThrownBy(() -> OnnxModel.open(folder.resolve("none.onnx"), 1, InferenceDevice.CPU))
        .isInstanceOf(ModelFileException.class)
        .message()
        .contains("none.onnx is missing", "restore")
        .doesNotContain("\n");
  }

  @Test
  void withoutAGpuAutoFallsBackAndCudaSaysWhy() throws IOException {
    final SessionOpener.Opener noGpu =
        (file, threads) -> {
          throw new OrtException("libcublasLt.so.12: cannot open shared object file\nmore");
        };
    final SessionOpener opener =
        new SessionOpener(
            (file, threads) -> OrtEnvironment.getEnvironment().createSession(file.toString()),
            noGpu);
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.AUTO, opener)) {
      assertThat(model.device()).isEqualTo(InferenceDevice.CPU);
    }
    final Path file = tiny();
    assertThatThrownBy(() -> OnnxModel.open(file, 1, InferenceDevice.CUDA, opener))
        .isInstanceOf(InferenceException.class)
        .message()
        .contains("CUDA was asked for", "libcublasLt.so.12", "auto or cpu")
        .doesNotContain("\n");
  }

  @Test
  void theCpuBuildOfTheRuntimeFallsBackToo() throws IOException {
    // Whatever runtime and machine this is: auto always ends with a model that runs.
    try (OnnxModel model = OnnxModel.open(tiny(), 1, InferenceDevice.AUTO);
        ModelCall call = model.newCall()) {
      call.input("ids", new long[] {7, 8, 9}, 1, 3).input("weights", new float[3], 1, 3).run();
      assertThat(call.output("sum")).containsExactly(7, 8, 9);
    }
  }

  @Test
  void theDevicePropertyIsChecked() {
    assertThat(InferenceDevice.parse("CUDA")).isEqualTo(InferenceDevice.CUDA);
    assertThat(InferenceDevice.parse("auto")).isEqualTo(InferenceDevice.AUTO);
    assertThatThrownBy(() -> InferenceDevice.parse("tpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'tpu': write cpu, cuda or auto");
  }
}
