package io.valence.pipeline;

import io.valence.features.Features;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.WordScore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Makes the records of one extractor. */
final class VectorFactory {

  /** The version of the extractors: raise it when the same chunk would give other values. */
  static final String VERSION = "1.1.0";

  private final Modality modality;
  private final String extractor;
  private final InstantSource clock;

  VectorFactory(final Modality modality, final String extractor, final InstantSource clock) {
    this.modality = modality;
    this.extractor = extractor;
    this.clock = clock;
  }

  void checkModality(final MediaChunk chunk) throws InvalidChunkException {
    if (chunk.getModality() != modality) {
      throw new InvalidChunkException(
          "a chunk of modality " + chunk.getModality() + " came where " + modality + " belongs");
    }
  }

  /** One vector for each part, in order; the last one carries the chunk's end-of-stream mark. */
  List<FeatureVector> vectors(
      final MediaChunk chunk, final List<WindowPart> parts, final List<Features> features) {
    return vectors(
        chunk, parts, features, Collections.nCopies(parts.size(), List.of()), part -> null);
  }

  /**
   * As {@link #vectors(MediaChunk, List, List)}.
   *
   * @param words of each part
   * @param readFrom since when a part was read, or null, see {@link
   *     FeatureVector#getReadFromMicros}
   */
  List<FeatureVector> vectors(
      final MediaChunk chunk,
      final List<WindowPart> parts,
      final List<Features> features,
      final List<List<WordScore>> words,
      final Function<WindowPart, Long> readFrom) {
    final List<FeatureVector> vectors = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      final WindowPart part = parts.get(i);
      final Features found = features.get(i);
      vectors.add(
          FeatureVector.newBuilder()
              .setStreamId(chunk.getStreamId())
              .setSessionId(chunk.getSessionId())
              .setParticipantId(chunk.getParticipantId())
              .setModality(modality)
              .setSpace(found.space().id())
              .setWindowStartMicros(part.windowStart())
              .setWindowEndMicros(part.windowEnd())
              .setSegmentId(chunk.getSegmentId())
              .setCoversStartMicros(part.coversStart())
              .setCoversEndMicros(part.coversEnd())
              .setReadFromMicros(readFrom.apply(part))
              .setSequence(chunk.getSequence())
              .setEndOfStream(chunk.getEndOfStream() && i == parts.size() - 1)
              .setWeight(found.weight())
              .setQuality(found.quality())
              .setValues(FloatValues.of(found.values()))
              .setWords(words.get(i))
              .setExtractor(extractor)
              .setExtractorVersion(VERSION)
              .setCapturedAtMillis(chunk.getCapturedAtMillis())
              .setCreatedAtMillis(clock.millis())
              .build());
    }
    return vectors;
  }
}
