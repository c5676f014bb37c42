package io.valence.pipeline;

import io.valence.features.Features;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.TextExtractor;
import io.valence.inference.ModelStore;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Words to BERT features. A payload is the words of the chunk's range as UTF-8. */
public final class TextChunkExtractor implements ChunkExtractor {

  /** What ingest puts into {@link MediaChunk#getContainer()}. */
  public static final String CONTAINER = "text/utf-8";

  /** The words of one window; a person speaks some 20 in 3 s, a hostile chunk holds millions. */
  private static final int MAX_PAYLOAD_BYTES = 256 * 1024;

  /** The words of several windows: here each has a run of the model, and long ones take a second. */
  private static final int MAX_STRADDLING_BYTES = 16 * 1024;

  /** Windows of one chunk that words fall into: two minutes of windows of 3 s. */
  private static final int MAX_SPOKEN_PARTS = 40;

  private final TextExtractor model;
  private final VectorFactory factory;

  /**
   * @param space id of the feature space to give, see {@link TextExtractor#open}; the bundle that the
   *     vectors are for names it
   */
  public TextChunkExtractor(final ModelStore store, final String space) throws IOException {
    this.model = TextExtractor.open(space, new BertModelCache(store.cache()).folder());
    this.factory = new VectorFactory(Modality.TEXT, "text-features", InstantSource.system());
  }

  @Override
  public List<FeatureVector> extract(final MediaChunk chunk) throws InvalidChunkException {
    factory.checkModality(chunk);
    if (!CONTAINER.equals(chunk.getContainer())) {
      throw new InvalidChunkException(
          "words must come as " + CONTAINER + ", not as " + chunk.getContainer());
    }
    final List<WindowPart> parts = WindowPart.of(chunk);
    final String words = decode(chunk.getPayload());
    if (parts.size() > 1 && chunk.getPayload().remaining() > MAX_STRADDLING_BYTES) {
      throw new InvalidChunkException(
          "the words of a chunk of several windows have "
              + chunk.getPayload().remaining()
              + " bytes; at most "
              + MAX_STRADDLING_BYTES
              + " are taken at once, send them in parts");
    }
    final List<String> texts = split(words, chunk, parts);
    final long spoken = texts.stream().filter(text -> !text.isBlank()).count();
    if (spoken > MAX_SPOKEN_PARTS) {
      throw new InvalidChunkException(
          "the words of one chunk fall into "
              + spoken
              + " windows; at most "
              + MAX_SPOKEN_PARTS
              + " are taken at once, send them in parts");
    }
    final List<Features> features = new ArrayList<>(parts.size());
    for (final String partWords : texts) {
      features.add(model.extract(partWords));
    }
    return factory.vectors(chunk, parts, features);
  }

  private static String decode(final ByteBuffer payload) throws InvalidChunkException {
    if (payload.remaining() > MAX_PAYLOAD_BYTES) {
      throw new InvalidChunkException(
          "the words of one chunk have "
              + payload.remaining()
              + " bytes; at most "
              + MAX_PAYLOAD_BYTES
              + " are taken");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(payload.duplicate()).toString();
    } catch (final CharacterCodingException e) {
      throw new InvalidChunkException("the words are not valid UTF-8", e);
    }
  }

  /**
   * The words of each part. Where a chunk straddles windows its words are spread evenly over its
   * time, and each goes to the part that the middle of its share lies in.
   */
  private static List<String> split(
      final String words, final MediaChunk chunk, final List<WindowPart> parts) {
    if (parts.size() == 1) {
      return List.of(words);
    }
    final List<StringBuilder> texts = new ArrayList<>();
    parts.forEach(part -> texts.add(new StringBuilder()));
    final String[] tokens = words.strip().split("\\s+", -1);
    final double share = (double) (chunk.getEndMicros() - chunk.getStartMicros()) / tokens.length;
    for (int i = 0; i < tokens.length; i++) {
      final long middle = chunk.getStartMicros() + (long) ((i + 0.5) * share);
      final StringBuilder text = texts.get(WindowPart.indexAt(parts, middle));
      text.append(text.isEmpty() ? "" : " ").append(tokens[i]);
    }
    return Collections.unmodifiableList(texts.stream().map(StringBuilder::toString).toList());
  }

  @Override
  public void close() {
    model.close();
  }
}
