package io.valence.corpora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ChunkedDataset;
import io.jhdf.api.dataset.ContiguousDataset;
import io.jhdf.exceptions.HdfException;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A computational sequence (.csd) of the CMU-MultimodalSDK: an HDF5 file with {@code
 * <root>/data/<video>/features} (frames by columns, float32 or float64) and {@code /intervals}
 * (frames by start and end in seconds), and {@code <root>/metadata/<key>}.
 *
 * <p>Videos are read one at a time in blocks of rows, contiguous data through a memory map and
 * chunked data a row of chunks at a time, so memory does not grow with the file. For one thread.
 */
public final class CsdFile implements FrameSource {

  /** Bytes of features in a block, where the file's own chunks do not ask for more. */
  private static final int BLOCK_BYTES = 4 << 20;

  /**
   * The HDF5 reader keeps what it has seen of every object until its file is closed. Reopening now
   * and then bounds that for files of thousands of videos.
   */
  private static final int VIDEOS_BEFORE_REOPENING = 128;

  private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;
  private final String root;
  private final Map<String, String> metadata;
  private final Set<String> videos;
  private final List<String> columns;
  private final long fileSize;
  private HdfFile file;
  private Group data;
  private int videosRead;

  private CsdFile(Path path, String wantedRoot) throws IOException {
    this.path = path;
    this.fileSize = checkWhole(path);
    try {
      this.file = new HdfFile(path);
      this.root = chooseRoot(wantedRoot);
      this.data = dataGroup();
      this.videos = Collections.unmodifiableSet(new TreeSet<>(data.getChildren().keySet()));
      this.metadata = readMetadata();
      this.columns = readColumns();
    } catch (RuntimeException | IOException | OutOfMemoryError | StackOverflowError failure) {
      // The library answers damage with many kinds of failure: an index out of bounds, one array as
      // large as a damaged length says, a tree that contains itself.
      if (file != null) {
        file.close();
      }
      throw failure instanceof CorpusException known ? known : damaged(path, failure);
    }
  }

  /**
   * Opens a file that has one root group.
   *
   * @throws CorpusException if there is no such file, it is no HDF5, is damaged, or has no such group
   */
  public static CsdFile open(Path path) throws IOException {
    return new CsdFile(path, null);
  }

  /**
   * Opens a file by the name of its root group.
   *
   * @throws CorpusException as {@link #open(Path)}; for another root the message names those found
   */
  public static CsdFile open(Path path, String root) throws IOException {
    return new CsdFile(path, root);
  }

  /** A file cut short still opens, and the library may then repeat bytes; so look before. */
  private static long checkWhole(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new CorpusException(path + " does not exist (or is not a file)");
    }
    final ByteBuffer head = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
    final long size;
    try (FileChannel channel = FileChannel.open(path)) {
      size = channel.size();
      while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
        // Read on: a channel may give fewer bytes than asked for.
      }
    }
    final byte[] start = new byte[SIGNATURE.length];
    head.flip();
    if (head.remaining() < 48 || !startsWithSignature(head, start)) {
      throw new CorpusException(path + " is not an HDF5 file, so no .csd; get it again");
    }
    final int position =
        switch (head.get(8)) {
          case 0 -> 40;
          case 1 -> 44;
          case 2, 3 -> 28;
          default ->
              throw new CorpusException(
                  path + " has HDF5 superblock " + head.get(8) + ", which is not known");
        };
    final long expected = head.getLong(position);
    if (expected > size) {
      throw new CorpusException(
          path
              + " is cut off: "
              + size
              + " bytes where its header says "
              + expected
              + "; get it again");
    }
    return size;
  }

  private static boolean startsWithSignature(ByteBuffer head, byte[] start) {
    head.get(0, start);
    return Arrays.equals(start, SIGNATURE);
  }

  private static CorpusException damaged(Path path, Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    final String reason =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new CorpusException(
        path + " is damaged and cannot be read as HDF5 (" + reason + "); get it again", failure);
  }

  private String chooseRoot(String wanted) throws CorpusException {
    final List<String> found = List.copyOf(file.getChildren().keySet());
    if (wanted != null) {
      if (!found.contains(wanted)) {
        throw new CorpusException(
            path + " has no root group '" + wanted + "'; it has " + quoted(found));
      }
      return wanted;
    }
    if (found.size() != 1) {
      throw new CorpusException(
          path + " should have one root group; it has " + quoted(found) + ": name the one to read");
    }
    return found.get(0);
  }

  private static String quoted(List<String> names) {
    return names.isEmpty() ? "none" : "'" + String.join("', '", names) + "'";
  }

  private Group dataGroup() throws CorpusException {
    if (file.getChild(root) instanceof Group top && top.getChild("data") instanceof Group found) {
      return found;
    }
    throw new CorpusException(
        path + " has no group " + root + "/data, so it is no computational sequence");
  }

  private Map<String, String> readMetadata() {
    final Map<String, String> texts = new LinkedHashMap<>();
    if (((Group) file.getChild(root)).getChild("metadata") instanceof Group group) {
      for (final Map.Entry<String, Node> entry : group.getChildren().entrySet()) {
        if (entry.getValue() instanceof Dataset dataset) {
          final Object value = dataset.getData();
          final Object first =
              value instanceof Object[] array && array.length > 0 ? array[0] : value;
          texts.put(entry.getKey(), String.valueOf(first));
        }
      }
    }
    return Collections.unmodifiableMap(texts);
  }

  /** The names in the metadata, or numbers where there are none or not one for each column. */
  private List<String> readColumns() throws CorpusException {
    if (videos.isEmpty()) {
      throw new CorpusException(path + " holds no videos");
    }
    final int width = dataset(videos.iterator().next(), "features").getDimensions()[1];
    final List<String> names = new ArrayList<>();
    try {
      final JsonNode list = JSON.readTree(metadata.getOrDefault("dimension names", "null"));
      // Some files hold the JSON text inside another JSON string.
      final JsonNode array = list.isTextual() ? JSON.readTree(list.textValue()) : list;
      array.forEach(name -> names.add(name.asText().strip()));
    } catch (JsonProcessingException notJson) {
      names.clear();
    }
    if (names.size() == width && names.stream().distinct().count() == width) {
      return List.copyOf(names);
    }
    return IntStream.range(0, width).mapToObj(i -> "dimension_" + i).toList();
  }

  private Dataset dataset(String video, String part) throws CorpusException {
    if (!(data.getChild(video) instanceof Group group)) {
      throw new CorpusException(
          path + " has no video " + video + " (root '" + root + "' has " + videos.size() + ")");
    }
    if (!(group.getChild(part) instanceof Dataset dataset)) {
      throw new CorpusException(path + ": video " + video + " has no " + part);
    }
    if (dataset.getDimensions().length != 2) {
      throw new CorpusException(
          path
              + ": "
              + part
              + " of video "
              + video
              + " has "
              + dataset.getDimensions().length
              + " dimensions where 2 belong");
    }
    if (dataset instanceof ContiguousDataset && dataset.getSizeInBytes() > fileSize) {
      throw new CorpusException(
          path
              + " is damaged: "
              + part
              + " of video "
              + video
              + " claim to be larger than the whole file; get it again");
    }
    return dataset;
  }

  /** The name of the root group. */
  public String root() {
    return root;
  }

  /** The metadata, each the JSON text that the file holds. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public String name() {
    return path.getFileName().toString();
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public Set<String> videos() {
    return videos;
  }

  @Override
  public void read(String video, FrameReader reader) throws IOException {
    if (++videosRead % VIDEOS_BEFORE_REOPENING == 0) {
      file.close();
      file = new HdfFile(path);
      data = dataGroup();
    }
    try {
      final Dataset features = dataset(video, "features");
      final Dataset intervals = dataset(video, "intervals");
      final int frames = features.getDimensions()[0];
      if (intervals.getDimensions()[0] != frames || intervals.getDimensions()[1] != 2) {
        throw new CorpusException(
            path
                + ": video "
                + video
                + " has "
                + frames
                + " frames of features but intervals of shape "
                + intervals.getDimensions()[0]
                + " x "
                + intervals.getDimensions()[1]
                + "; one start and end belongs to each frame");
      }
      if (features.getDimensions()[1] != columns.size()) {
        throw new CorpusException(
            path
                + ": video "
                + video
                + " has "
                + features.getDimensions()[1]
                + " columns where the others have "
                + columns.size());
      }
      if (frames > 0) {
        readBlocks(video, features, times(intervals), reader);
      }
    } catch (HdfException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | ArithmeticException
        | BufferUnderflowException
        | NegativeArraySizeException
        | OutOfMemoryError
        | StackOverflowError damage) {
      throw damaged(path, damage);
    }
  }

  private double[][] times(Dataset intervals) throws CorpusException {
    final Object content = intervals.getData();
    final double[][] times;
    if (content instanceof double[][] exact) {
      times = exact;
    } else if (content instanceof float[][] single) {
      times = new double[single.length][2];
      for (int i = 0; i < times.length; i++) {
        times[i][0] = single[i][0];
        times[i][1] = single[i][1];
      }
    } else {
      throw new CorpusException(path + ": " + intervals.getPath() + " does not hold numbers");
    }
    for (int i = 0; i < times.length; i++) {
      if (!Double.isFinite(times[i][0]) || !Double.isFinite(times[i][1])) {
        throw new CorpusException(
            path + ": " + intervals.getPath() + " has no time for frame " + i);
      }
    }
    return times;
  }

  private void readBlocks(String video, Dataset features, double[][] times, FrameReader reader)
      throws IOException {
    final int width = columns.size();
    if (!(features.getDataType() instanceof FloatingPoint type)
        || (type.getSize() != 4 && type.getSize() != 8)) {
      throw new CorpusException(
          path + ": the features of video " + video + " are not 32- or 64-bit floats");
    }
    final int rowBytes = width * type.getSize();
    final int usual = Math.max(1, BLOCK_BYTES / Math.max(1, rowBytes));
    if (features instanceof ContiguousDataset contiguous) {
      final ByteBuffer mapped = contiguous.getBuffer();
      mapped.order(type.getByteOrder());
      for (int from = 0; from < times.length; from += usual) {
        final int to = Math.min(times.length, from + usual);
        final ByteBuffer part = mapped.slice(from * rowBytes, (to - from) * rowBytes);
        part.order(mapped.order());
        deliver(rows(part, to - from, width, type.getSize()), times, from, reader);
      }
      return;
    }
    final int[] chunk =
        features instanceof ChunkedDataset chunked ? chunked.getChunkDimensions() : null;
    if (chunk != null && chunk[1] >= width) {
      // Whole rows in a chunk: inflate each chunk once and view it in place.
      for (int from = 0; from < times.length; from += chunk[0]) {
        final int to = Math.min(times.length, from + chunk[0]);
        final ByteBuffer part =
            ByteBuffer.wrap(((ChunkedDataset) features).getDecompressedChunk(new int[] {from, 0}));
        part.order(type.getByteOrder());
        deliver(rows(part, to - from, width, type.getSize()), times, from, reader);
      }
      return;
    }
    final int step = chunk == null ? times.length : Math.max(1, usual / chunk[0]) * chunk[0];
    for (int from = 0; from < times.length; from += step) {
      final int to = Math.min(times.length, from + step);
      final Object content = features.getData(new long[] {from, 0}, new int[] {to - from, width});
      deliver(floats(video, content), times, from, reader);
    }
  }

  private static float[][] rows(ByteBuffer bytes, int count, int width, int size) {
    final float[][] rows = new float[count][width];
    if (size == 4) {
      final var values = bytes.asFloatBuffer();
      for (final float[] row : rows) {
        values.get(row);
      }
    } else {
      final var values = bytes.asDoubleBuffer();
      for (final float[] row : rows) {
        for (int i = 0; i < width; i++) {
          row[i] = (float) values.get();
        }
      }
    }
    return rows;
  }

  private float[][] floats(String video, Object content) throws CorpusException {
    if (content instanceof float[][] single) {
      return single;
    }
    if (content instanceof double[][] exact) {
      final float[][] rows = new float[exact.length][columns.size()];
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < rows[i].length; j++) {
          rows[i][j] = (float) exact[i][j];
        }
      }
      return rows;
    }
    throw new CorpusException(
        path + ": the features of video " + video + " are not 32- or 64-bit floats");
  }

  private static void deliver(float[][] rows, double[][] times, int from, FrameReader reader)
      throws IOException {
    reader.read(new FrameSequence(Arrays.copyOfRange(times, from, from + rows.length), rows));
  }

  @Override
  public void close() {
    file.close();
  }
}
