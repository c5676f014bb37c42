package io.valence.features.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a text expert has learned beyond BERT: for some of its dense matrices W [in, out] a difference
 * of low rank, W' = W + scale · down · up with {@code down} [in, rank] and {@code up} [rank, out] (Hu
 * et al., 2022), and a linear head. A few megabytes in half precision.
 *
 * <p>The file: {@code VTD1}, the length of the header (int32), the header as JSON, then the values of
 * all tensors in the header's order, binary16; all little-endian.
 *
 * @param description what the file says of itself
 * @param tensors values by name, exact in half precision: {@code encoder/layer_3/output/dense.down},
 *     {@code ….up}, {@code head.weight} [1, width], {@code head.bias} [1]; where it learned to find
 *     the ends of utterances also {@code borders.weight} [2, width] and {@code borders.bias} [4], see
 *     {@link Borders}
 */
public record TextDifference(Description description, Map<String, float[]> tensors) {

  /** Name of the weights of {@link Borders}. */
  public static final String BORDER_WEIGHT = "borders.weight";

  /** Name of the biases of {@link Borders}. */
  public static final String BORDER_BIAS = "borders.bias";

  private static final int MAGIC = 0x31445456;
  private static final int LARGEST_HEADER = 1 << 20;
  private static final long LARGEST_FILE = 64L << 20;
  private static final Pattern SPACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,79}");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param formatVersion 1
   * @param space id of the feature space that BERT's vectors make with this difference, letters,
   *     digits, hyphens and dots; every expert has its own, for their values mean different things
   * @param rank of the differences
   * @param scale their factor
   * @param limits how much text and context it was trained to read
   * @param shapes dimensions of each tensor, in the order of the file
   * @param golden a text whose vector is known: the check that everything fits together
   * @param trainingData what it was trained on
   */
  public record Description(
      int formatVersion,
      String space,
      int rank,
      double scale,
      ContextLimits limits,
      Map<String, List<Long>> shapes,
      Golden golden,
      List<String> trainingData) {

    public Description {
      shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
      trainingData = List.copyOf(trainingData);
      requireSpace(space);
      if (formatVersion != 1 || rank < 1 || !(scale > 0)) {
        throw new IllegalArgumentException(
            "a difference of format " + formatVersion + ", rank " + rank + ", scale " + scale);
      }
    }

    private Description with(final Map<String, List<Long>> otherShapes, final Golden otherGolden) {
      return new Description(
          formatVersion, space, rank, scale, limits, otherShapes, otherGolden, trainingData);
    }
  }

  /**
   * A text and what becomes of it.
   *
   * @param preceding what was said before, oldest first
   * @param text the text
   * @param vector the first values of its vector
   * @param score what the head makes of it
   */
  public record Golden(List<String> preceding, String text, List<Float> vector, float score) {

    public Golden {
      preceding = List.copyOf(preceding);
      vector = List.copyOf(vector);
    }
  }

  /**
   * Where utterances end. What is read is {@code [CLS] words [SEP]}, all of token type 0, without
   * context. After half of BERT's layers, with the differences that lie below, each word has the
   * state {@code own} of its last piece and the state {@code next} of the token after that piece.
   * With f words after it in what is read, an utterance ends after the word if own · weight[0..width)
   * + next · weight[width..2 width) + bias[min(f, 3)] > 0.
   *
   * @param weight of own, then of next: 2 · width values
   * @param bias for 0, 1, 2, and 3 or more words that follow
   */
  public record Borders(float[] weight, float[] bias) {

    /** Words before those of interest that are read with them: in learning and later, so many at most. */
    public static final int WORDS_BEFORE = 12;

    /**
     * Whether an utterance ends after a word.
     *
     * @param own product of {@code weight[0]} and the vector of its last piece
     * @param next product of {@code weight[1]} and the vector of the token after that
     * @param following words after it in the input
     */
    boolean endsAfter(final float own, final float next, final int following) {
      return own + next + bias[Math.min(following, bias.length - 1)] > 0;
    }
  }

  /** Rounds every value to half precision, so that what is checked is what is read back. */
  public TextDifference {
    final Map<String, float[]> rounded = new LinkedHashMap<>();
    for (final Map.Entry<String, List<Long>> shape : description.shapes().entrySet()) {
      final float[] values = tensors.get(shape.getKey());
      long count = 1;
      for (final long dimension : shape.getValue()) {
        count = Math.multiplyExact(count, dimension);
      }
      if (values == null || values.length != count) {
        throw new IllegalArgumentException(
            "tensor " + shape.getKey() + " of shape " + shape.getValue() + " is not there");
      }
      rounded.put(shape.getKey(), rounded(values));
    }
    if (tensors.size() != rounded.size()) {
      throw new IllegalArgumentException("tensors without a shape");
    }
    tensors = Collections.unmodifiableMap(rounded);
  }

  /**
   * Looks at the id of a feature space.
   *
   * @throws IllegalArgumentException if no difference may have it
   */
  public static void requireSpace(final String space) {
    if (!SPACE.matcher(space).matches()) {
      throw new IllegalArgumentException(
          "a feature space has 1 to 80 letters, digits, hyphens and dots and begins with a letter or"
              + " digit, not '"
              + space
              + "'");
    }
  }

  /** The nearest values that half precision has. */
  public static float[] rounded(final float[] values) {
    final float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = HalfFloats.toFloat(HalfFloats.of(values[i]));
    }
    return rounded;
  }

  /** The same with another golden text. */
  public TextDifference withGolden(final Golden golden) {
    return new TextDifference(description.with(description.shapes(), golden), tensors);
  }

  /** The same with other borders, or with borders if there were none. */
  public TextDifference withBorders(final Borders borders) {
    final Map<String, List<Long>> shapes = new LinkedHashMap<>(description.shapes());
    // Last, whether they are new or not: the same numbers make the same file.
    shapes.remove(BORDER_WEIGHT);
    shapes.remove(BORDER_BIAS);
    shapes.put(BORDER_WEIGHT, List.of(2L, borders.weight().length / 2L));
    shapes.put(BORDER_BIAS, List.of((long) borders.bias().length));
    final Map<String, float[]> values = new LinkedHashMap<>(tensors);
    values.put(BORDER_WEIGHT, borders.weight());
    values.put(BORDER_BIAS, borders.bias());
    return new TextDifference(description.with(shapes, description.golden()), values);
  }

  /**
   * What was learned of the ends of utterances.
   *
   * @param width of BERT's states
   * @return empty if nothing was
   * @throws ModelFileException if the tensors are not those of such a BERT
   */
  public Optional<Borders> borders(final int width) throws ModelFileException {
    final List<Long> weight = description.shapes().get(BORDER_WEIGHT);
    final List<Long> bias = description.shapes().get(BORDER_BIAS);
    if (weight == null && bias == null) {
      return Optional.empty();
    }
    if (!List.of(2L, (long) width).equals(weight) || !List.of(4L).equals(bias)) {
      throw new ModelFileException(
          "the text difference of %s has borders of shapes %s and %s, not [2, %d] and [4]"
              .formatted(description.space(), weight, bias, width));
    }
    return Optional.of(new Borders(tensors.get(BORDER_WEIGHT), tensors.get(BORDER_BIAS)));
  }

  /** Writes the file in one step. */
  public void write(final Path file) throws IOException {
    final byte[] header = JSON.writeValueAsBytes(description);
    int values = 0;
    for (final float[] tensor : tensors.values()) {
      values += tensor.length;
    }
    final ByteBuffer bytes =
        ByteBuffer.allocate(2 * Integer.BYTES + header.length + values * Short.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(header.length).put(header);
    for (final float[] tensor : tensors.values()) {
      for (final float value : tensor) {
        bytes.putShort(HalfFloats.of(value));
      }
    }
    final Path partial = file.resolveSibling(file.getFileName() + ".partial");
    Files.write(partial, bytes.array());
    Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Reads a file.
   *
   * @throws ModelFileException if it is missing, cut short or something else, in one line
   */
  public static TextDifference read(final Path file) throws IOException {
    final byte[] content;
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new ModelFileException(file + " is too large for a text difference");
      }
      content = Files.readAllBytes(file);
    } catch (final NoSuchFileException e) {
      throw new ModelFileException("text difference " + file + " is missing", e);
    }
    final ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (bytes.getInt() != MAGIC) {
        throw new ModelFileException(file + " is no text difference");
      }
      final int length = bytes.getInt();
      if (length < 2 || length > LARGEST_HEADER) {
        throw new ModelFileException(file + " is damaged: a header of " + length + " bytes");
      }
      final byte[] header = new byte[length];
      bytes.get(header);
      final Description description =
          JSON.readValue(new String(header, StandardCharsets.UTF_8), Description.class);
      final Map<String, float[]> tensors = new LinkedHashMap<>();
      for (final Map.Entry<String, List<Long>> shape : description.shapes().entrySet()) {
        tensors.put(shape.getKey(), values(bytes, shape.getValue(), file));
      }
      if (bytes.hasRemaining()) {
        throw new ModelFileException(file + " is damaged: it goes on after its last tensor");
      }
      return new TextDifference(description, tensors);
    } catch (final BufferUnderflowException e) {
      throw new ModelFileException(file + " is cut short", e);
    } catch (final JsonProcessingException | IllegalArgumentException e) {
      throw new ModelFileException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static float[] values(
      final ByteBuffer bytes, final List<Long> dimensions, final Path file)
      throws ModelFileException {
    long count = 1;
    for (final long dimension : dimensions) {
      count = Math.multiplyExact(count, dimension);
    }
    if (count < 0 || count * Short.BYTES > bytes.remaining()) {
      throw new ModelFileException(file + " is cut short");
    }
    final float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = HalfFloats.toFloat(bytes.getShort());
    }
    return values;
  }
}
