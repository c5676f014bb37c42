package io.valence.pipeline;

import io.valence.features.Features;
import io.valence.features.audio.AudioFeatures;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Sound to librosa features. A payload is mono samples as little-endian 32-bit floats. */
public final class AudioChunkExtractor implements ChunkExtractor {

  /** What ingest puts into {@link MediaChunk#getContainer()}. */
  public static final String CONTAINER = "pcm_f32le";

  /** More sound than ingest puts into a chunk; measuring it takes some 2 s and 50 MB. */
  private static final int MAX_SECONDS = 250;

  private static final double MICROS_PER_SECOND = 1e6;

  private final AudioFeatures audio = new AudioFeatures();
  private final VectorFactory factory =
      new VectorFactory(Modality.AUDIO, "audio-features", InstantSource.system());

  @Override
  public List<FeatureVector> extract(final MediaChunk chunk) throws InvalidChunkException {
    factory.checkModality(chunk);
    final List<WindowPart> parts = WindowPart.of(chunk);
    final ByteBuffer payload = chunk.getPayload().duplicate();
    if (!CONTAINER.equals(chunk.getContainer())) {
      throw new InvalidChunkException(
          "sound must come as " + CONTAINER + ", not as " + chunk.getContainer());
    }
    if (payload.remaining() % Float.BYTES != 0) {
      throw new InvalidChunkException(
          "a payload of " + payload.remaining() + " bytes is no whole number of 32-bit samples");
    }
    if (!payload.hasRemaining()) {
      final List<Features> silence =
          parts.stream().map(part -> Features.silent(AudioFeatures.SPACE)).toList();
      return factory.vectors(chunk, parts, silence);
    }
    if (chunk.getSampleRate() == null) {
      throw new InvalidChunkException("the chunk has sound but no sample rate");
    }
    final FloatBuffer samples = payload.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    final int rate = chunk.getSampleRate();
    checkRate(rate);
    checkLength(chunk, samples.remaining(), rate);
    final List<Features> features = new ArrayList<>(parts.size());
    int from = 0;
    for (int i = 0; i < parts.size(); i++) {
      // The last part takes what is left, so that no sample is lost to rounding.
      final int to =
          i == parts.size() - 1
              ? samples.limit()
              : Math.min(
                  samples.limit(),
                  Math.max(
                      from,
                      (int)
                          Math.ceil(
                              (parts.get(i).coversEnd() - chunk.getStartMicros())
                                  / MICROS_PER_SECOND
                                  * rate)));
      final float[] part = new float[to - from];
      samples.get(from, part);
      features.add(measure(part, rate));
      from = to;
    }
    return factory.vectors(chunk, parts, features);
  }

  private static void checkRate(final int rate) throws InvalidChunkException {
    if (rate < AudioFeatures.LOWEST_RATE || rate > AudioFeatures.HIGHEST_RATE) {
      throw new InvalidChunkException(
          "the sample rate is "
              + rate
              + " Hz; it must be from "
              + AudioFeatures.LOWEST_RATE
              + " to "
              + AudioFeatures.HIGHEST_RATE
              + " Hz");
    }
  }

  /** A chunk may not carry much more sound than its range of event time has room for. */
  private static void checkLength(final MediaChunk chunk, final int samples, final int rate)
      throws InvalidChunkException {
    final double seconds = (double) samples / rate;
    final double room = (chunk.getEndMicros() - chunk.getStartMicros()) / MICROS_PER_SECOND;
    if (seconds > room + 1) {
      throw new InvalidChunkException(
          "the chunk holds " + seconds + " s of sound for a range of " + room + " s");
    }
    if (seconds > MAX_SECONDS) {
      throw new InvalidChunkException(
          "the chunk holds "
              + seconds
              + " s of sound; at most "
              + MAX_SECONDS
              + " are taken at once, send it in parts");
    }
  }

  private Features measure(final float[] samples, final int rate) throws InvalidChunkException {
    if (samples.length == 0) {
      return Features.silent(AudioFeatures.SPACE);
    }
    try {
      return audio.extract(samples, rate);
    } catch (final IllegalArgumentException e) {
      throw new InvalidChunkException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    // Nothing is held outside the heap.
  }
}
