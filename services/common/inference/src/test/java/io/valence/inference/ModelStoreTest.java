package io.valence.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {

  @TempDir private Path folder;

  private ModelStore store;

  @BeforeEach
  void writeOneModel() throws IOException {
    Files.createDirectories(folder.resolve("face"));
    Files.writeString(folder.resolve("face/model.onnx"), "abc");
    Files.writeString(
        folder.resolve("face/manifest.json"),
        """
        {"files": {"model.onnx": {"bytes": 3,
          "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}}
        """);
    store = new ModelStore(folder, folder, folder.resolve("cache"));
  }

  @Test
  void handsOutAWholeFile() throws IOException {
    assertThat(store.verified("face/model.onnx")).isEqualTo(folder.resolve("face/model.onnx"));
  }

  @Test
  void saysThatAFileIsMissingAndWhatToDo() {
    assertOneLine("face/other.onnx", "other.onnx is missing", "restore it", "VALENCE_HOME");
  }

  @Test
  void saysThatAFileWasCutShort() throws IOException {
    Files.writeString(folder.resolve("face/model.onnx"), "ab");
    assertOneLine("face/model.onnx", "altered or cut short", "2 bytes where 3 belong", "restore");
  }

  @Test
  void noticesOneChangedByte() throws IOException {
    Files.writeString(folder.resolve("face/model.onnx"), "abd");
    assertOneLine("face/model.onnx", "altered or cut short", "SHA-256", "restore");
  }

  @Test
  void saysThatTheManifestIsMissing() throws IOException {
    Files.delete(folder.resolve("face/manifest.json"));
    assertOneLine("face/model.onnx", "manifest.json is missing", "restore");
  }

  @Test
  void saysThatTheManifestIsNotJson() throws IOException {
    Files.writeString(folder.resolve("face/manifest.json"), "{");
    assertOneLine("face/model.onnx", "manifest.json is missing or unreadable", "restore");
  }

  @Test
  void saysThatAFileIsNotListed() throws IOException {
    Files.writeString(folder.resolve("face/extra.onnx"), "abc");
    assertOneLine("face/extra.onnx", "does not list extra.onnx", "restore");
  }

  @Test
  void everyCommittedModelIsWhole() throws IOException {
    final ModelStore committed = ModelStore.fromEnvironment();
    for (final String name :
        new String[] {
          "face_detection_short_range.onnx",
          "face_landmark.onnx",
          "face_landmark_with_attention.onnx",
          "topology.json"
        }) {
      assertThat(committed.verified("facemesh/" + name)).isRegularFile();
    }
  }

  @Test
  void thePropertyGoesBeforeTheEnvironment() {
    final ModelStore found =
        ModelStore.from(
            Optional.of("/a"), Map.of("VALENCE_HOME", "/b"), Path.of("/c"), Path.of("/user"));
    assertThat(found)
        .isEqualTo(
            new ModelStore(
                Path.of("/a"), Path.of("/a/deploy/models"), Path.of("/user/.cache/valence")));
  }

  @Test
  void theEnvironmentNamesEveryFolder() {
    final ModelStore found =
        ModelStore.from(
            Optional.empty(),
            Map.of("VALENCE_HOME", "/b", "VALENCE_MODELS", "/m", "VALENCE_CACHE", "/x"),
            Path.of("/c"),
            Path.of("/user"));
    assertThat(found).isEqualTo(new ModelStore(Path.of("/b"), Path.of("/m"), Path.of("/x")));
  }

  @Test
  void walksUpToAFolderWithModels() throws IOException {
    final Path inner = Files.createDirectories(folder.resolve("services/common"));
    Files.createDirectories(folder.resolve("deploy/models"));
    final ModelStore found = ModelStore.from(Optional.empty(), Map.of(), inner, Path.of("/user"));
    assertThat(found.home()).isEqualTo(folder);
  }

  private void assertOneLine(final String file, final String... parts) {
    assertThatThrownBy(() -> store.verified(file))
        .isInstanceOf(ModelFileException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }
}
