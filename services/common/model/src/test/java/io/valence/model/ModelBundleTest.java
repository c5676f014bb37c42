package io.valence.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.inference.ModelStore;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a bundle can be broken gives one line that says so. */
class ModelBundleTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temporary;

  private Path folder;

  @BeforeEach
  void writeBundle() throws Exception {
    folder = temporary.resolve("tiny");
    TinyBundle.write(folder, true, true);
  }

  @Test
  void adaptersMapIntoTheBaseSpaceOrPassUnchanged() throws Exception {
    try (ModelBundle bundle = ModelBundle.load(folder);
        FeatureAdapter face = bundle.newAdapter(Modality.VISUAL);
        FeatureAdapter voice = bundle.newAdapter(Modality.AUDIO)) {
      assertThat(bundle.id()).isEqualTo("tiny");
      assertThat(bundle.version()).isEqualTo("1.0.0");
      assertThat(face.identity()).isFalse();
      assertThat(face.inputSpace().id()).isEqualTo("pixels-3");
      assertThat(face.baseSpace().id()).isEqualTo("face-2");
      // Standardised (0.5, 0.25, 2): adapted z (0.75, 2); times (1, 2) plus (1, 2).
      assertThat(face.adapt(new float[] {0.5f, 0.25f, 4f})).containsExactly(1.75f, 6f);
      // Clamped to 6 before the adapter.
      assertThat(face.adapt(new float[] {100f, 0f, 0f})).containsExactly(7f, 2f);

      final float[] values = {0.3f};
      assertThat(voice.identity()).isTrue();
      assertThat(voice.adapt(values)).isSameAs(values);
      assertThatThrownBy(() -> voice.adapt(new float[] {Float.POSITIVE_INFINITY}))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> face.adapt(values))
          .hasMessage("visual: 1 values where pixels-3 has 3");
    }
  }

  @Test
  void bundlesAreNamedByIdOrFolder() throws Exception {
    final ModelStore store = new ModelStore(temporary, temporary, temporary);
    assertThat(ModelBundle.locate(folder.toString(), store)).isEqualTo(folder);
    final Path shipped = temporary.resolve("deploy/bundles/direct");
    assertThat(ModelBundle.locate("direct", store)).isEqualTo(shipped);
    Files.createDirectories(shipped);
    assertThat(ModelBundle.locate("direct", store)).isEqualTo(shipped);
  }

  @Test
  void missingBundleFileAndModelFile() throws Exception {
    assertThatThrownBy(() -> ModelBundle.load(temporary.resolve("none")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("has no bundle.json")
        .hasMessageNotContaining("\n");
    Files.delete(folder.resolve("fusion.onnx"));
    refused("lacks", "fusion.onnx");
  }

  @Test
  void alteredAndShortenedFiles() throws Exception {
    final Path model = folder.resolve("adapter-visual.onnx");
    final byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 1;
    Files.write(model, bytes);
    refused("adapter-visual.onnx was altered");
    Files.write(model, Arrays.copyOf(bytes, 10));
    refused("adapter-visual.onnx has 10 bytes where the bundle lists " + bytes.length);
  }

  @Test
  void otherFormatVersions() throws Exception {
    edit(tree -> tree.put("formatVersion", 2));
    refused("formatVersion 2, this program reads 1");
    edit(tree -> tree.remove("formatVersion"));
    refused("formatVersion (none)");
  }

  @Test
  void descriptionsThatContradictThemselves() throws Exception {
    edited(tree -> tree.remove("fusion"), "fusion must be 1 to 100 letters");
    edited(tree -> tree.put("fusion", "../fusion.onnx"), "fusion must be 1 to 100 letters");
    edited(tree -> tree.put("fusion", "other.onnx"), "files does not list other.onnx");
    edited(tree -> tree.put("id", ""), "id must be");
    edited(tree -> tree.put("clip", 0), "clip must be finite and > 0");
    edited(tree -> tree.remove("clip"), "clip");
    edited(tree -> tree.put("surprise", 1), "surprise");
    edited(tree -> tree.put("kind", "magic"), "magic");
    edited(tree -> tree.remove("adapters"), "no visual adapter leads from pixels-3 (3) to face-2");
    edited(
        tree -> ((ObjectNode) tree.get("baseSpaces").get("audio")).put("size", 2),
        "baseNormalisation.audio has 1 values where its space has 2");
    edited(
        tree -> ((ObjectNode) tree.get("modalities")).remove("text"), "modalities.text is missing");
    edited(
        tree -> deviation(tree).set("deviation", JSON.createArrayNode().add(0)),
        "deviation 0.0 finite and > 0");
    edited(tree -> deviation(tree).set("deviation", JSON.createArrayNode().add("NaN")), "NaN");
    edited(
        tree -> ((ObjectNode) tree.get("calibration")).put("priorScore", 4), "from -3 to 3, not 4");
    edited(
        tree -> ((ArrayNode) tree.get("calibration").get("intervals")).remove(3),
        "each of the 8 sets of modalities, not 7");
    Files.writeString(folder.resolve("bundle.json"), "{\"formatVersion\": 1, ");
    refused("is not valid");
  }

  @Test
  void modelsOfAnotherShape() throws Exception {
    replaceFusion(TinyBundle.fusion("verdict"));
    refused("has no output 'score'");

    final OnnxGraph narrow = new OnnxGraph("narrow");
    narrow.input("visual", ElementType.FLOAT, "batch", "3");
    narrow.input("audio", ElementType.FLOAT, "batch", "1");
    narrow.input("text", ElementType.FLOAT, "batch", "1");
    narrow.input("mask", ElementType.FLOAT, "batch", "3");
    narrow.integers("axes", new long[] {1}, 1);
    narrow.node("Squeeze", List.of("text", "axes"), List.of("score"));
    narrow.output("score", ElementType.FLOAT, "batch");
    replaceFusion(narrow);
    refused("takes 'visual' of shape [-1, 3] where [batch, 2] belongs");

    final OnnxGraph blind = new OnnxGraph("blind");
    blind.input("text", ElementType.FLOAT, "batch", "1");
    blind.integers("axes", new long[] {1}, 1);
    blind.node("Squeeze", List.of("text", "axes"), List.of("score"));
    blind.output("score", ElementType.FLOAT, "batch");
    replaceFusion(blind);
    refused("has the inputs [text] where [visual, audio, text, mask] belong");
  }

  @Test
  void modelsThatGiveNoNumbers() throws Exception {
    final OnnxGraph broken = new OnnxGraph("broken");
    broken.input("visual", ElementType.FLOAT, "batch", "2");
    broken.input("audio", ElementType.FLOAT, "batch", "1");
    broken.input("text", ElementType.FLOAT, "batch", "1");
    broken.input("mask", ElementType.FLOAT, "batch", "3");
    broken.floats("broken", new long[] {1}, Float.NaN);
    broken.integers("axes", new long[] {1}, 1);
    final String sum = broken.node("Add", List.of("text", "broken"));
    broken.node("Squeeze", List.of(sum, "axes"), List.of("score"));
    broken.output("score", ElementType.FLOAT, "batch");
    replaceFusion(broken);
    refused("does not compute: the fusion model gave the score NaN");
  }

  @Test
  void filesThatAreNoModels() throws Exception {
    Files.writeString(folder.resolve("fusion.onnx"), "not a model");
    relist("fusion.onnx");
    refused("fusion.onnx");
  }

  private void edited(final Consumer<ObjectNode> change, final String reason) throws Exception {
    final byte[] before = Files.readAllBytes(folder.resolve("bundle.json"));
    edit(change);
    refused(reason);
    Files.write(folder.resolve("bundle.json"), before);
  }

  private void edit(final Consumer<ObjectNode> change) throws Exception {
    final Path file = folder.resolve("bundle.json");
    final ObjectNode tree = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(tree);
    JSON.writeValue(file.toFile(), tree);
  }

  private static ObjectNode deviation(final JsonNode tree) {
    return (ObjectNode) tree.get("baseNormalisation").get("audio");
  }

  private void replaceFusion(final OnnxGraph graph) throws Exception {
    graph.write(folder.resolve("fusion.onnx"));
    relist("fusion.onnx");
  }

  private void relist(final String name) throws Exception {
    final var entry = BundleDescription.FileEntry.of(folder.resolve(name));
    edit(tree -> ((ObjectNode) tree.get("files")).set(name, JSON.valueToTree(entry)));
  }

  private void refused(final String... reasons) {
    assertThatThrownBy(() -> ModelBundle.load(folder))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContainingAll(reasons)
        .hasMessageNotContaining("\n");
  }

  @Test
  void whatIsWrittenIsReadBack() throws Exception {
    final BundleDescription written = TinyBundle.write(temporary.resolve("again"), true, false);
    assertThat(BundleJson.read(temporary.resolve("again"))).isEqualTo(written);
    assertThat(BundleJson.parse(BundleJson.toJson(written), "memory")).isEqualTo(written);
    final JsonNode tree = JSON.readTree(BundleJson.toJson(written));
    assertThat(tree.at("/kind").asText()).isEqualTo("mosei");
    assertThat(tree.at("/inputSpaces/visual/id").asText()).isEqualTo("pixels-3");
    assertThat(tree.at("/calibration/intervals/3/present").toString())
        .isEqualTo("[\"visual\",\"audio\"]");
    assertThat(tree.has("informativeModalities")).isFalse();
    assertThat(written.informativeModalities()).containsExactly(Modality.VISUAL, Modality.TEXT);
    assertThat(written.metrics()).isEqualTo(Map.of("validation", Map.of("r", 0.5, "samples", 229)));
    // Without adapters the two maps that would be empty are left out.
    final BundleDescription direct = TinyBundle.direct(temporary.resolve("direct"));
    assertThat(BundleJson.toJson(direct)).doesNotContain("adapters", "inputNormalisation");
    assertThat(BundleJson.read(temporary.resolve("direct"))).isEqualTo(direct);
  }
}
