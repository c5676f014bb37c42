package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The directory of a TensorFlow variables bundle: which tensor lies where in the data file. The file
 * is a sorted string table as LevelDB writes it (TensorFlow's {@code tensor_bundle.proto} and {@code
 * table_format.txt}); only what such bundles use is read, everything else is refused.
 */
final class TensorIndex {

  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int FOOTER = 48;
  private static final int BLOCK_TRAILER = 5;
  private static final int FLOAT_32 = 1;

  /**
   * One tensor of 32-bit floats, little-endian, row by row.
   *
   * @param name full name
   * @param dimensions its shape
   * @param offset where it begins in the data file, bytes
   * @param bytes its length
   * @param maskedCrc32c TensorFlow's masked CRC-32C of those bytes
   */
  record Tensor(String name, List<Long> dimensions, long offset, long bytes, int maskedCrc32c) {

    Tensor {
      dimensions = List.copyOf(dimensions);
    }
  }

  private final String source;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private TensorIndex(final String source) {
    this.source = source;
  }

  /**
   * Reads an index file.
   *
   * @throws ModelFileException if it is not such a file, or holds something that is not handled here
   */
  static TensorIndex read(final Path file) throws IOException {
    return parse(String.valueOf(file.getFileName()), Files.readAllBytes(file));
  }

  /** As {@link #read}, from the file's content. */
  static TensorIndex parse(final String source, final byte[] content) throws ModelFileException {
    final TensorIndex index = new TensorIndex(source);
    try {
      index.readTable(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN));
    } catch (final BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | ArithmeticException e) {
      throw new ModelFileException(source + " is damaged or cut short", e);
    }
    return index;
  }

  /** All tensors, in the order of their names. */
  Collection<Tensor> tensors() {
    return tensors.values();
  }

  /**
   * The tensor of this name and shape.
   *
   * @throws ModelFileException if there is none, or it has another shape
   */
  Tensor tensor(final String name, final long... dimensions) throws ModelFileException {
    final Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelFileException(source + " has no tensor " + name + ": these are other weights");
    }
    final List<Long> expected = Arrays.stream(dimensions).boxed().toList();
    if (!tensor.dimensions().equals(expected)) {
      throw new ModelFileException(
          source + ": tensor " + name + " is " + tensor.dimensions() + ", not " + expected);
    }
    return tensor;
  }

  /**
   * Compares the data file with the checksum of every tensor.
   *
   * @throws ModelFileException naming the first tensor that differs or is not there
   */
  void check(final Path data, final SetUpProgress progress) throws IOException {
    final List<Tensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(Comparator.comparingLong(Tensor::offset));
    final ByteBuffer block = ByteBuffer.allocate(1 << 20);
    try (FileChannel channel = FileChannel.open(data, StandardOpenOption.READ)) {
      final long total = channel.size();
      for (final Tensor tensor : inOrder) {
        final CRC32C crc = new CRC32C();
        long position = tensor.offset();
        final long end = tensor.offset() + tensor.bytes();
        while (position < end) {
          block.clear().limit((int) Math.min(block.capacity(), end - position));
          if (channel.read(block, position) < 0) {
            throw new ModelFileException(
                data.getFileName() + " ends inside tensor " + tensor.name());
          }
          position += block.flip().remaining();
          crc.update(block);
        }
        if (masked((int) crc.getValue()) != tensor.maskedCrc32c()) {
          throw new ModelFileException(
              data.getFileName() + ": the CRC-32C of tensor " + tensor.name() + " is wrong");
        }
        progress.report("checking the weights", end, total);
      }
    }
  }

  /** A checksum stored beside what it covers is rotated and shifted, as the format prescribes. */
  static int masked(final int crc) {
    return Integer.rotateRight(crc, 15) + 0xa282ead8;
  }

  private void readTable(final ByteBuffer table) throws ModelFileException {
    if (table.limit() < FOOTER || table.getLong(table.limit() - Long.BYTES) != MAGIC) {
      throw new ModelFileException(source + " is not the directory of a variables bundle");
    }
    final ByteBuffer footer = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    footer.position(table.limit() - FOOTER);
    // The meta index says nothing of tensors, but it must be whole like the rest.
    block(table, footer);
    for (final ByteBuffer handle : entries(block(table, footer)).values()) {
      for (final Map.Entry<String, ByteBuffer> entry : entries(block(table, handle)).entrySet()) {
        // The empty key is the header of the bundle.
        if (!entry.getKey().isEmpty()) {
          tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
        }
      }
    }
  }

  /** The content of the block that a handle points to, after checking its trailer. */
  private ByteBuffer block(final ByteBuffer table, final ByteBuffer handle)
      throws ModelFileException {
    final int offset = Math.toIntExact(readVarint(handle));
    final int size = Math.toIntExact(readVarint(handle));
    if (offset < 0 || size < 0 || offset > table.limit() - size - BLOCK_TRAILER) {
      throw new ModelFileException(source + " is damaged: a block lies outside the file");
    }
    if (table.get(offset + size) != 0) {
      throw new ModelFileException(source + " has compressed blocks, which are not handled");
    }
    final CRC32C crc = new CRC32C();
    crc.update(table.slice(offset, size + 1));
    if (masked((int) crc.getValue()) != table.getInt(offset + size + 1)) {
      throw new ModelFileException(source + " is damaged: the CRC-32C of a block is wrong");
    }
    return table.slice(offset, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The keys and values of one block; a key is stored as what differs from the key before it. */
  private static Map<String, ByteBuffer> entries(final ByteBuffer block) {
    final Map<String, ByteBuffer> entries = new LinkedHashMap<>();
    final int restarts = block.getInt(block.limit() - Integer.BYTES);
    block.limit(block.limit() - (restarts + 1) * Integer.BYTES);
    byte[] key = {};
    while (block.hasRemaining()) {
      final int shared = Math.toIntExact(readVarint(block));
      final int added = Math.toIntExact(readVarint(block));
      final int valueBytes = Math.toIntExact(readVarint(block));
      if (shared > key.length || added > block.remaining()) {
        throw new IllegalArgumentException("a key is longer than its block");
      }
      final byte[] next = Arrays.copyOf(key, shared + added);
      block.get(next, shared, added);
      key = next;
      entries.put(
          new String(key, StandardCharsets.UTF_8),
          block.slice(block.position(), valueBytes).order(ByteOrder.LITTLE_ENDIAN));
      block.position(block.position() + valueBytes);
    }
    return entries;
  }

  /** One {@code BundleEntryProto}; a field that is not written is 0. */
  private Tensor tensor(final String name, final ByteBuffer message) throws ModelFileException {
    final List<Long> dimensions = new ArrayList<>();
    long type = 0;
    long shard = 0;
    long offset = 0;
    long bytes = 0;
    int crc = 0;
    while (message.hasRemaining()) {
      final int tag = Math.toIntExact(readVarint(message));
      switch (tag) {
        case 1 << 3 -> type = readVarint(message);
        case (2 << 3) + 2 -> readShape(readMessage(message), dimensions);
        case 3 << 3 -> shard = readVarint(message);
        case 4 << 3 -> offset = readVarint(message);
        case 5 << 3 -> bytes = readVarint(message);
        case (6 << 3) + 5 -> crc = message.getInt();
        default ->
            throw new ModelFileException(
                source + ": tensor " + name + " has a field " + (tag >>> 3) + ", unknown here");
      }
    }
    long expected = Float.BYTES;
    for (final long dimension : dimensions) {
      expected = Math.multiplyExact(expected, dimension);
    }
    if (type != FLOAT_32 || shard != 0 || bytes != expected || offset < 0) {
      throw new ModelFileException(
          source + ": tensor " + name + " is not a whole float32 tensor of the first data file");
    }
    return new Tensor(name, dimensions, offset, bytes, crc);
  }

  private static void readShape(final ByteBuffer shape, final List<Long> dimensions) {
    while (shape.hasRemaining()) {
      if (readVarint(shape) != (2 << 3) + 2) {
        throw new IllegalArgumentException("a shape of unknown rank");
      }
      final ByteBuffer dimension = readMessage(shape);
      long size = 0;
      while (dimension.hasRemaining()) {
        if (readVarint(dimension) != 1 << 3) {
          throw new IllegalArgumentException("a dimension with a name");
        }
        size = readVarint(dimension);
      }
      dimensions.add(size);
    }
  }

  private static ByteBuffer readMessage(final ByteBuffer message) {
    final int bytes = Math.toIntExact(readVarint(message));
    if (bytes < 0 || bytes > message.remaining()) {
      throw new IllegalArgumentException("a message longer than what holds it");
    }
    final ByteBuffer inner = message.slice(message.position(), bytes);
    message.position(message.position() + bytes);
    return inner.order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long readVarint(final ByteBuffer buffer) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      final byte next = buffer.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
