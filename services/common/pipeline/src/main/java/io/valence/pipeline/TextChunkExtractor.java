package io.valence.pipeline;

import io.valence.features.Features;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextExtractor;
import io.valence.features.text.TextReading;
import io.valence.inference.ModelStore;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.WordScore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

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

  /** Overlapping windows up to here are read as a whole, see {@link StreamWords}. */
  private static final long LONGEST_READ_TOGETHER_MICROS = 30_000_000;

  private final TextExtractor model;
  private final VectorFactory factory;

  /**
   * The vectors of a chunk, and what has been said once it has been.
   *
   * @param vectors as {@link ChunkExtractor#extract} gives them
   * @param words what the next chunk comes after
   */
  public record Heard(List<FeatureVector> vectors, StreamWords words) {}

  /**
   * @param space id of the feature space to give, see {@link TextExtractor#open}; the bundle that the
   *     vectors are for names it
   * @param expert file of the bundle's text expert, if it has one
   * @param context how much of what was said before is read, at most
   */
  public TextChunkExtractor(
      final ModelStore store,
      final String space,
      final Optional<Path> expert,
      final ContextLimits context)
      throws IOException {
    this(TextExtractor.open(space, new BertModelCache(store.cache()).folder(), expert, context));
  }

  /**
   * @param model closed with this
   */
  public TextChunkExtractor(final TextExtractor model) {
    this.model = model;
    this.factory = new VectorFactory(Modality.TEXT, "text-features", InstantSource.system());
  }

  /** Whether what was said before makes a difference. */
  public boolean readsContext() {
    return model.context().texts() > 0;
  }

  /** The vectors of a chunk that stands alone. */
  @Override
  public List<FeatureVector> extract(final MediaChunk chunk) throws InvalidChunkException {
    return extract(chunk, StreamWords.NONE).vectors();
  }

  /**
   * An extractor that remembers what was said in the stream that it is given the chunks of, in their
   * order. Closing it closes this one.
   */
  public ChunkExtractor listening() {
    return new ChunkExtractor() {
      private String streamId = "";
      private StreamWords words = StreamWords.NONE;

      @Override
      public List<FeatureVector> extract(final MediaChunk chunk) throws InvalidChunkException {
        if (!chunk.getStreamId().equals(streamId)) {
          streamId = chunk.getStreamId();
          words = StreamWords.NONE;
        }
        final Heard heard = TextChunkExtractor.this.extract(chunk, words);
        words = heard.words();
        return heard.vectors();
      }

      @Override
      public void close() {
        TextChunkExtractor.this.close();
      }
    };
  }

  /**
   * The vectors of a chunk in a conversation.
   *
   * @param before what has been said so far
   */
  public Heard extract(final MediaChunk chunk, final StreamWords before)
      throws InvalidChunkException {
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
    final List<String> texts = split(words, chunk, parts).stream().map(String::strip).toList();
    final long spoken = texts.stream().filter(text -> !text.isBlank()).count();
    if (spoken > MAX_SPOKEN_PARTS) {
      throw new InvalidChunkException(
          "the words of one chunk fall into "
              + spoken
              + " windows; at most "
              + MAX_SPOKEN_PARTS
              + " are taken at once, send them in parts");
    }
    StreamWords said = before;
    final List<StreamWords.Reading> read = new ArrayList<>(parts.size());
    final List<List<StreamWords.TimedWord>> times = new ArrayList<>(parts.size());
    for (int i = 0; i < texts.size(); i++) {
      final WindowPart part = parts.get(i);
      read.add(
          said.read(
              chunk.getStreamId(),
              chunk.getSequence(),
              part,
              fullWindow(chunk, part),
              texts.get(i)));
      times.add(
          readsContext() && chunk.getSegmentId() == null && !texts.get(i).isBlank()
              ? said.times(
                  chunk.getStreamId(),
                  chunk.getSequence(),
                  part,
                  fullWindow(chunk, part),
                  texts.get(i))
              : List.of());
      if (readsContext() && !texts.get(i).isBlank()) {
        said =
            said.and(
                new StreamWords.Spoken(
                    chunk.getStreamId(),
                    chunk.getSequence(),
                    part.windowStart(),
                    part.coversStart(),
                    part.coversEnd(),
                    texts.get(i)));
      }
    }
    final boolean together = readsContext() && readTogether(chunk);
    final List<TextReading> readings = readings(read, chunk.getSegmentId() != null);
    final List<List<WordScore>> scored = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      scored.add(words(readings.get(i), read.get(i).text(), parts.get(i), times.get(i)));
    }
    final List<FeatureVector> vectors =
        factory.vectors(
            chunk,
            parts,
            readings.stream().map(TextReading::features).toList(),
            scored,
            part ->
                together ? (Long) Math.max(0, part.windowEnd() - fullWindow(chunk, part)) : null);
    return new Heard(vectors, said);
  }

  /**
   * The scores of a reading with the times of their words.
   *
   * @param times of the words up to the last one of the text
   */
  private static List<WordScore> words(
      final TextReading reading,
      final String text,
      final WindowPart part,
      final List<StreamWords.TimedWord> times) {
    final int first = times.size() - StreamWords.count(text) - reading.wordsBefore();
    final List<WordScore> words = new ArrayList<>();
    for (int i = 0; i < reading.scores().length; i++) {
      final int at = first + i;
      if (reading.pieces()[i] > 0
          && at >= 0
          && at < times.size()
          && times.get(at).start() < part.windowEnd()) {
        words.add(
            WordScore.newBuilder()
                .setStartMicros(times.get(at).start())
                .setEndMicros(times.get(at).end())
                .setScore(reading.scores()[i])
                .setWeight(reading.pieces()[i])
                .build());
      }
    }
    return words;
  }

  private static long fullWindow(final MediaChunk chunk, final WindowPart part) {
    return readTogether(chunk)
        ? chunk.getOverlappingWindowMicros()
        : part.windowEnd() - part.windowStart();
  }

  private static boolean readTogether(final MediaChunk chunk) {
    return chunk.getOverlappingWindowMicros() != null
        && chunk.getOverlappingWindowMicros() <= LONGEST_READ_TOGETHER_MICROS;
  }

  /**
   * A window that comes in several chunks is to merge into what it would have given in one, for an
   * expert reads half a sentence worse than a whole one. With f(n) the vector of the window's first n
   * word pieces, a chunk that brings its pieces m + 1 to n gives v = (n f(n) - m f(m)) / (n - m) with
   * weight n - m: the weighted mean over all chunks of the window is f of all its pieces, wherever it
   * was cut. Both are read in one run.
   *
   * <p>Where windows overlap, f reads the panes before as well: the pane's vector stands for the whole
   * window that ends with it, and its weight is that of the pane's own pieces.
   */
  private List<TextReading> readings(
      final List<StreamWords.Reading> read, final boolean utterances) {
    final List<SpokenText> texts = new ArrayList<>();
    for (final StreamWords.Reading reading : read) {
      texts.add(
          reading.words().isBlank()
              ? SpokenText.alone("")
              : spoken(reading, reading.text(), utterances));
      if (continues(reading)) {
        texts.add(spoken(reading, reading.earlierText(), utterances));
      }
    }
    final Iterator<TextReading> results = model.read(texts).iterator();
    final List<TextReading> readings = new ArrayList<>();
    for (final StreamWords.Reading reading : read) {
      final TextReading result = results.next();
      final Features whole = result.features();
      final int overlapping = whole.present() ? model.pieces(reading.overlapping()) : 0;
      readings.add(
          result.with(
              continues(reading)
                  ? continuation(whole, results.next().features(), overlapping)
                  : overlapping == 0 ? whole : weighing(whole, whole.weight() - overlapping)));
    }
    return readings;
  }

  /** A segment of a corpus is an utterance; of windows nobody knows what they hold. */
  private SpokenText spoken(
      final StreamWords.Reading reading, final String text, final boolean utterance) {
    return utterance ? reading.asUtterance(text) : reading.asSpeech(text, model.context().texts());
  }

  private static boolean continues(final StreamWords.Reading reading) {
    return reading.continues() && !reading.words().isBlank();
  }

  /** At least a piece: where more is said than a window can hold, none of the last words is read. */
  private static Features weighing(final Features features, final double pieces) {
    return new Features(
        features.space(), features.values(), Math.max(1, pieces), features.quality());
  }

  private static Features continuation(
      final Features whole, final Features earlier, final int overlapping) {
    final double added = whole.weight() - earlier.weight();
    if (!earlier.present() || !whole.present() || added <= 0) {
      // Nothing of it is read that was not read before, as beyond 300 pieces of a window: the whole
      // window's vector once more leaves the mean where it is.
      return whole.present() && earlier.present() ? weighing(whole, 1) : whole;
    }
    final double count = whole.weight() - overlapping;
    final double earlierCount = earlier.weight() - overlapping;
    final float[] values = new float[whole.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          (float) ((count * whole.values()[i] - earlierCount * earlier.values()[i]) / added);
    }
    final double known =
        (whole.weight() * whole.quality() - earlier.weight() * earlier.quality()) / added;
    return new Features(whole.space(), values, added, Math.max(0, Math.min(1, known)));
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
