package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.WordScore;
import java.util.List;

/** Records of the spaces of the tests' small bundle: face-2, voice-1, words-1. */
final class Records {

  static final long SECOND = 1_000_000;

  private Records() {}

  static StreamDescriptor open(final String streamId, final Modality... modalities) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setSessionId("conversation")
        .setParticipantId("speaker")
        .setModalities(List.of(modalities))
        .setWindowSizeMicros(3 * SECOND)
        .setGraceMicros(3 * SECOND)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(1_000)
        .build();
  }

  static StreamDescriptor ended(final StreamDescriptor descriptor, final double endSeconds) {
    return StreamDescriptor.newBuilder(descriptor)
        .setState(StreamState.ENDED)
        .setEndMicros(micros(endSeconds))
        .build();
  }

  static long micros(final double seconds) {
    return Math.round(seconds * SECOND);
  }

  /** A vector of a window of 3 s that covers [from, to) seconds; its number is 10 for each second. */
  static FeatureVector.Builder vector(
      final String streamId,
      final Modality modality,
      final double from,
      final double to,
      final float... values) {
    final long window = micros(from) / (3 * SECOND) * 3 * SECOND;
    return FeatureVector.newBuilder()
        .setStreamId(streamId)
        .setSessionId("conversation")
        .setParticipantId("speaker")
        .setModality(modality)
        .setSpace(space(modality))
        .setWindowStartMicros(window)
        .setWindowEndMicros(window + 3 * SECOND)
        .setCoversStartMicros(micros(from))
        .setCoversEndMicros(micros(to))
        .setSequence(Math.round(from * 10))
        .setWeight(values.length == 0 ? 0 : 1)
        .setQuality(values.length == 0 ? 0 : 1)
        .setValues(FloatValues.of(values))
        .setExtractor("tiny")
        .setExtractorVersion("1.0.0")
        .setCapturedAtMillis(2_000 + Math.round(to * 1_000))
        .setCreatedAtMillis(2_500 + Math.round(to * 1_000));
  }

  static String space(final Modality modality) {
    return switch (modality) {
      case VISUAL -> "face-2";
      case AUDIO -> "voice-1";
      case TEXT -> "words-1";
    };
  }

  static FeatureVector face(final double from, final double to) {
    return vector("s", Modality.VISUAL, from, to, 1.5f, 2.5f).build();
  }

  static FeatureVector voice(final double from, final double to) {
    return vector("s", Modality.AUDIO, from, to, -0.5f).build();
  }

  static FeatureVector words(final double from, final double to) {
    return vector("s", Modality.TEXT, from, to, 12f).build();
  }

  static FeatureVector silence(final Modality modality, final double from, final double to) {
    return vector("s", modality, from, to).build();
  }

  /** What was read of a word said from one second to another. */
  static WordScore word(final double from, final double to, final float score, final float weight) {
    return new WordScore(micros(from), micros(to), score, weight);
  }

  static FeatureVector last(final FeatureVector vector) {
    return FeatureVector.newBuilder(vector).setEndOfStream(true).build();
  }
}
