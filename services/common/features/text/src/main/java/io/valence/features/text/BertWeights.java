package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The numbers of BERT-base, read from the same set-up that serves them: training needs no second
 * copy.
 */
public final class BertWeights implements AutoCloseable {

  private static final String PREFIX = "module/bert/";

  private final BertShape shape;
  private final TensorIndex index;
  private final FileChannel data;

  private BertWeights(final BertShape shape, final TensorIndex index, final FileChannel data) {
    this.shape = shape;
    this.index = index;
    this.data = data;
  }

  /**
   * Opens the weights.
   *
   * @param folder what {@link BertModelCache#prepare} returned
   * @throws ModelFileException if a file is missing or altered, in one line that says what to do
   */
  public static BertWeights open(final Path folder) throws IOException {
    final CacheManifest manifest = CacheManifest.read(folder);
    manifest.verify(folder, false);
    final TensorIndex index = TensorIndex.read(folder.resolve(BertSource.INDEX));
    return new BertWeights(
        manifest.shape(),
        index,
        FileChannel.open(folder.resolve(BertSource.DATA), StandardOpenOption.READ));
  }

  /** Word pieces in the vocabulary: 30,522. */
  public int vocabulary() {
    return shape.vocabulary();
  }

  /** The longest input, word pieces: 512. */
  public int positions() {
    return shape.positions();
  }

  /** Width of a token's vector: 768. */
  public int hidden() {
    return shape.hidden();
  }

  /** Encoder layers: 12. */
  public int layers() {
    return shape.layers();
  }

  /** Attention heads: 12. */
  public int heads() {
    return shape.heads();
  }

  /** Width inside the feed-forward part of a layer: 3,072. */
  public int intermediate() {
    return shape.intermediate();
  }

  /**
   * The values of a tensor, row by row; kernels are [in, out].
   *
   * @param name as {@link BertGraph} names it, for instance {@code
   *     encoder/layer_0/attention/self/query/kernel}
   * @param dimensions its expected shape
   * @throws ModelFileException if there is no such tensor of that shape
   */
  public float[] values(final String name, final long... dimensions) throws IOException {
    final TensorIndex.Tensor tensor = index.tensor(PREFIX + name, dimensions);
    final ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (data.read(bytes, tensor.offset() + bytes.position()) < 0) {
        throw new ModelFileException("the weights of BERT end in the middle of " + name);
      }
    }
    final float[] values = new float[bytes.capacity() / Float.BYTES];
    bytes.flip().asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() throws IOException {
    data.close();
  }
}
