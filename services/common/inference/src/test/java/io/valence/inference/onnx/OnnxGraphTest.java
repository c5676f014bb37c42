package io.valence.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written must load and compute in a runtime that knows nothing of the writer. */
class OnnxGraphTest {

  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  @TempDir Path folder;

  @Test
  void embeddedWeightsAndEveryKindOfAttributeReachTheRuntime() throws Exception {
    final OnnxGraph graph = new OnnxGraph("sample");
    graph.input("x", ElementType.FLOAT, "batch", "3");
    graph.floats("weight", new long[] {2, 3}, 1, 2, 3, -4, 5, 6);
    graph.floats("bias", new long[] {2}, 0.5f, -0.5f);
    final String product =
        graph.node(
            "Gemm",
            List.of("x", "weight", "bias"),
            Attribute.ofFloat("alpha", 2f),
            Attribute.ofInt("transB", 1));
    final String turned = graph.node("Transpose", List.of(product), Attribute.ofInts("perm", 1, 0));
    graph.integers("axes", new long[] {1}, -1);
    graph.node(
        "ReduceSum", List.of(turned, "axes"), List.of("sums"), Attribute.ofInt("keepdims", 0));
    graph.output("sums", ElementType.FLOAT, "2");
    graph.metadata("licence", "none");
    final Path file = folder.resolve("sample.onnx");
    graph.write(file);

    try (OrtSession session =
            ENVIRONMENT.createSession(file.toString(), new OrtSession.SessionOptions());
        OnnxTensor x =
            OnnxTensor.createTensor(
                ENVIRONMENT, FloatBuffer.wrap(new float[] {1, 0, 0, 0, 1, 1}), new long[] {2, 3});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      // Rows of x give (2*1+0.5, 2*-4-0.5) and (2*5+0.5, 2*11-0.5).
      assertThat((float[]) result.get(0).getValue()).containsExactly(13f, 13f);
      assertThat(session.getMetadata().getCustomMetadata()).containsEntry("licence", "none");
      assertThat(session.getMetadata().getGraphName()).isEqualTo("sample");
    }
    assertThat(graph.toBytes()).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void weightsInAnotherFileAreReadFromTheirOffset() throws Exception {
    final ByteBuffer data = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(99).putFloat(98).putFloat(7).putFloat(8).putFloat(97);
    Files.write(folder.resolve("weights.bin"), data.array());
    final OnnxGraph graph = new OnnxGraph("outside");
    graph.input("x", ElementType.FLOAT, "2");
    graph.externalFloats("weight", new long[] {2}, "weights.bin", 8);
    graph.node("Mul", List.of("x", "weight"), List.of("y"));
    graph.output("y", ElementType.FLOAT, "2");
    final Path file = folder.resolve("outside.onnx");
    graph.write(file);

    try (OrtSession session =
            ENVIRONMENT.createSession(file.toString(), new OrtSession.SessionOptions());
        OnnxTensor x =
            OnnxTensor.createTensor(
                ENVIRONMENT, FloatBuffer.wrap(new float[] {2, 3}), new long[] {2});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      assertThat((float[]) result.get(0).getValue()).containsExactly(14f, 24f);
    }
  }

  @Test
  void slipsAreNamedWhereTheyAreMade() {
    final OnnxGraph graph = new OnnxGraph("slips");
    graph.input("x", ElementType.FLOAT, "1");

    assertThatThrownBy(() -> graph.node("Neg", List.of("y"))).hasMessageContaining("'y'");
    assertThatThrownBy(() -> graph.input("x", ElementType.FLOAT, "1"))
        .hasMessageContaining("already");
    assertThatThrownBy(() -> graph.floats("w", new long[] {2, 2}, 1, 2, 3))
        .hasMessageContaining("3 values where its shape needs 4");
    assertThatThrownBy(graph::toBytes).hasMessageContaining("no output");
  }
}
