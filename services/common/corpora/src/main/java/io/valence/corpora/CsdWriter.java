package io.valence.corpora;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a computational sequence (.csd) video by video, so that a file of any size needs no more
 * memory than its longest video. The file has the layout of the CMU-MultimodalSDK: {@code
 * <root>/data/<video>/features} (float32) and {@code /intervals} (float64), {@code
 * <root>/metadata/<key>} as one JSON string each.
 *
 * <p>The container is HDF5 in its oldest form, which is what the published files use too: superblock
 * 0, groups as symbol tables, object headers 1, contiguous data (HDF5 File Format Specification,
 * version 3.0, sections II.A, III.A.1, III.B to III.D, IV.A.1).
 */
public final class CsdWriter implements AutoCloseable {

  private static final long UNDEFINED = -1L;
  private static final int SUPERBLOCK_SIZE = 96;

  /** Half the number of entries of a symbol table node, and of a B-tree node: the usual defaults. */
  private static final int LEAF_K = 4;

  private static final int INTERNAL_K = 16;
  private static final int DATASPACE = 0x0001;
  private static final int DATATYPE = 0x0003;
  private static final int FILL_VALUE = 0x0005;
  private static final int LAYOUT = 0x0008;
  private static final int SYMBOL_TABLE = 0x0011;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileChannel channel;
  private final String root;
  private final List<String> columns;
  private final List<Link> videos = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private ByteBuffer buffer = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private long end = SUPERBLOCK_SIZE;
  private boolean closed;

  /** An object in a group; a group's entry also carries the addresses of its own table. */
  private record Link(String name, long header, long tree, long heap) {
    byte[] bytes() {
      return name.getBytes(StandardCharsets.UTF_8);
    }

    boolean group() {
      return tree != UNDEFINED;
    }
  }

  private CsdWriter(FileChannel channel, String root, List<String> columns) {
    this.channel = channel;
    this.root = root;
    this.columns = columns;
  }

  /**
   * Starts a file, replacing one that is there.
   *
   * @param file where to write
   * @param root the name of the root group, for instance {@code COVAREP}
   * @param columns the names of the columns
   */
  public static CsdWriter create(Path file, String root, List<String> columns) throws IOException {
    if (root.isBlank() || root.contains("/") || columns.isEmpty()) {
      throw new IllegalArgumentException("a sequence needs a root name without '/' and columns");
    }
    return new CsdWriter(
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE),
        root,
        List.copyOf(columns));
  }

  /**
   * Adds a video.
   *
   * @param video its id; each once
   * @param intervals by frame: start and end in seconds
   * @param features by frame: as many values as there are columns
   */
  public void add(String video, double[][] intervals, float[][] features) throws IOException {
    if (intervals.length != features.length) {
      throw new IllegalArgumentException(
          video + ": " + intervals.length + " intervals, " + features.length + " frames");
    }
    addUnchecked(video, intervals, features);
  }

  /** Without the check that lengths agree, so that tests can make a damaged file. */
  void addUnchecked(String video, double[][] intervals, float[][] features) throws IOException {
    if (video.isBlank() || video.contains("/") || !names.add(video)) {
      throw new IllegalArgumentException(
          "a video needs a name without '/' that was not added before: '" + video + "'");
    }
    final long featureData = end;
    start(4L * features.length * columns.size());
    for (final float[] row : features) {
      if (row.length != columns.size()) {
        throw new IllegalArgumentException(
            video + ": a frame of " + row.length + " values among " + columns.size() + " columns");
      }
      for (final float value : row) {
        buffer.putFloat(value);
      }
    }
    flush();
    final long intervalData = end;
    start(16L * intervals.length);
    for (final double[] interval : intervals) {
      buffer.putDouble(interval[0]).putDouble(interval[1]);
    }
    flush();
    final long featureHeader =
        dataset(floatType(4), featureData, new long[] {features.length, columns.size()}, 4);
    final long intervalHeader =
        dataset(floatType(8), intervalData, new long[] {intervals.length, 2}, 8);
    videos.add(
        group(
            video,
            List.of(
                new Link("features", featureHeader, UNDEFINED, UNDEFINED),
                new Link("intervals", intervalHeader, UNDEFINED, UNDEFINED))));
  }

  /** Writes the table of contents; without this the file is not readable. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (channel) {
      final Link data = group("data", videos);
      final Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("root name", JSON.writeValueAsString(root));
      metadata.put("dimension names", JSON.writeValueAsString(columns));
      metadata.put("computational sequence version", "1.0");
      metadata.put("alignment compatible", "true");
      metadata.put("md5", "null");
      final List<Link> texts = new ArrayList<>();
      for (final Map.Entry<String, String> entry : metadata.entrySet()) {
        texts.add(new Link(entry.getKey(), string(entry.getValue()), UNDEFINED, UNDEFINED));
      }
      final Link top = group(root, List.of(data, group("metadata", texts)));
      final Link file = group("/", List.of(top));
      superblock(file);
    }
  }

  private void superblock(Link rootGroup) throws IOException {
    final long total = end;
    start(SUPERBLOCK_SIZE);
    buffer.put(new byte[] {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'});
    buffer.put(new byte[] {0, 0, 0, 0, 0, 8, 8, 0});
    buffer.putShort((short) LEAF_K).putShort((short) INTERNAL_K).putInt(0);
    buffer.putLong(0).putLong(UNDEFINED).putLong(total).putLong(UNDEFINED);
    entry(rootGroup, 0);
    buffer.flip();
    channel.write(buffer, 0);
  }

  /** A symbol table with its heap of names and its B-tree, and the object header on top. */
  private Link group(String name, List<Link> children) throws IOException {
    final List<Link> sorted = new ArrayList<>(children);
    sorted.sort((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
    final long[] offsets = new long[sorted.size()];
    // Offset 0 is the empty name, the lower bound of the tree's first key.
    long heapSize = 8;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = heapSize;
      heapSize += aligned(sorted.get(i).bytes().length + 1);
    }
    final long heapData = end;
    start(heapSize);
    for (int i = 0; i < offsets.length; i++) {
      buffer.position((int) offsets[i]);
      buffer.put(sorted.get(i).bytes());
    }
    buffer.position((int) heapSize);
    flush();
    final long heap = end;
    start(32);
    buffer.put("HEAP".getBytes(StandardCharsets.US_ASCII)).putInt(0);
    // 1 is how the library writes "no free block".
    buffer.putLong(heapSize).putLong(1).putLong(heapData);
    flush();

    List<long[]> level = new ArrayList<>();
    for (int from = 0; from < offsets.length; from += 2 * LEAF_K) {
      final int to = Math.min(offsets.length, from + 2 * LEAF_K);
      final long node = end;
      start(8 + 2L * LEAF_K * 40);
      buffer.put("SNOD".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0);
      buffer.putShort((short) (to - from));
      for (int i = from; i < to; i++) {
        entry(sorted.get(i), offsets[i]);
      }
      buffer.position(8 + 2 * LEAF_K * 40);
      flush();
      level.add(new long[] {node, offsets[to - 1]});
    }
    int depth = 0;
    do {
      level = treeLevel(level, depth++);
    } while (level.size() > 1);
    final long tree = level.get(0)[0];
    final long header = end;
    start(40);
    header(1, 24);
    message(SYMBOL_TABLE, 16);
    buffer.putLong(tree).putLong(heap);
    flush();
    return new Link(name, header, tree, heap);
  }

  /** Writes the nodes above the given ones ({address, last name's offset}) and returns them. */
  private List<long[]> treeLevel(List<long[]> below, int depth) throws IOException {
    final int size = 24 + (4 * INTERNAL_K + 1) * 8;
    final long first = end;
    final int nodes = Math.max(1, (below.size() + 2 * INTERNAL_K - 1) / (2 * INTERNAL_K));
    final List<long[]> written = new ArrayList<>(nodes);
    long lastName = 0;
    for (int node = 0; node < nodes; node++) {
      final int from = node * 2 * INTERNAL_K;
      final int to = Math.min(below.size(), from + 2 * INTERNAL_K);
      start(size);
      buffer.put("TREE".getBytes(StandardCharsets.US_ASCII)).put((byte) 0).put((byte) depth);
      buffer.putShort((short) (to - from));
      buffer.putLong(node == 0 ? UNDEFINED : first + (node - 1L) * size);
      buffer.putLong(node == nodes - 1 ? UNDEFINED : first + (node + 1L) * size);
      buffer.putLong(lastName);
      for (int i = from; i < to; i++) {
        buffer.putLong(below.get(i)[0]).putLong(below.get(i)[1]);
        lastName = below.get(i)[1];
      }
      buffer.position(size);
      written.add(new long[] {end, lastName});
      flush();
    }
    return written;
  }

  private void entry(Link link, long nameOffset) {
    buffer.putLong(nameOffset).putLong(link.header());
    buffer.putInt(link.group() ? 1 : 0).putInt(0);
    buffer.putLong(link.group() ? link.tree() : 0).putLong(link.group() ? link.heap() : 0);
  }

  private long string(String text) throws IOException {
    final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    final long data = end;
    start(aligned(bytes.length));
    buffer.put(bytes);
    buffer.position((int) aligned(bytes.length));
    flush();
    final ByteBuffer type = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    // Class 3, padded with zeros, UTF-8.
    type.put((byte) 0x13).put((byte) 0x11).putShort((short) 0).putInt(bytes.length);
    return dataset(type.array(), data, new long[] {1}, bytes.length);
  }

  private static byte[] floatType(int size) {
    final boolean single = size == 4;
    final ByteBuffer type = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    // Class 1, little endian, implied leading bit, sign in the top bit.
    type.put((byte) 0x11).put((byte) 0x20).put((byte) (size * 8 - 1)).put((byte) 0).putInt(size);
    type.putShort((short) 0).putShort((short) (size * 8));
    type.put((byte) (single ? 23 : 52)).put((byte) (single ? 8 : 11));
    type.put((byte) 0).put((byte) (single ? 23 : 52)).putInt(single ? 127 : 1023);
    return type.array();
  }

  private long dataset(byte[] type, long data, long[] shape, int elementSize) throws IOException {
    final int dataspace = 8 + 8 * shape.length;
    final int messages = (8 + dataspace) + (8 + type.length) + (8 + 8) + (8 + 24);
    long elements = 1;
    for (final long dimension : shape) {
      elements *= dimension;
    }
    final long header = end;
    start(16 + messages);
    header(4, messages);
    message(DATASPACE, dataspace);
    buffer.put((byte) 1).put((byte) shape.length).putShort((short) 0).putInt(0);
    for (final long dimension : shape) {
      buffer.putLong(dimension);
    }
    message(DATATYPE, type.length);
    buffer.put(type);
    message(FILL_VALUE, 8);
    buffer.put(new byte[] {2, 2, 2, 0, 0, 0, 0, 0});
    message(LAYOUT, 24);
    buffer.put((byte) 3).put((byte) 1);
    buffer.putLong(elements == 0 ? UNDEFINED : data).putLong(elements * elementSize);
    buffer.put(new byte[6]);
    flush();
    return header;
  }

  private void header(int messages, int size) {
    buffer.put((byte) 1).put((byte) 0).putShort((short) messages);
    buffer.putInt(1).putInt(size).putInt(0);
  }

  private void message(int type, int size) {
    buffer.putShort((short) type).putShort((short) size).putInt(0);
  }

  private static long aligned(long size) {
    return (size + 7) / 8 * 8;
  }

  private void start(long size) {
    if (size > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException("a video of more than 2 GiB cannot be written");
    }
    if (buffer.capacity() < size) {
      buffer = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    } else {
      Arrays.fill(buffer.array(), 0, (int) size, (byte) 0);
    }
    buffer.clear();
  }

  /** Appends what was put, padded to the next multiple of eight. */
  private void flush() throws IOException {
    final int padding = (int) (aligned(buffer.position()) - buffer.position());
    buffer.flip();
    long position = end;
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
    end = position + padding;
    if (padding > 0) {
      buffer.clear();
      buffer.put(new byte[padding]).flip();
      channel.write(buffer, position);
    }
  }
}
