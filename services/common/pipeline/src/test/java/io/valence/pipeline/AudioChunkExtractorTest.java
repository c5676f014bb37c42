package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RecordChecks;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class AudioChunkExtractorTest {

  private static final int RATE = 16_000;

  private final AudioChunkExtractor extractor = new AudioChunkExtractor();

  @Test
  void soundOfAWindowBecomesOneVector() throws Exception {
    final List<FeatureVector> vectors =
        extractor.extract(
            Chunks.chunk(Modality.AUDIO, 0, 3_000_000)
                .setSampleRate(RATE)
                .setPayload(Chunks.tone(3 * RATE, RATE))
                .setEndOfStream(true)
                .build());

    assertThat(vectors).hasSize(1);
    final FeatureVector vector = vectors.get(0);
    RecordChecks.check(vector);
    assertThat(vector.getSpace()).isEqualTo("librosa-74");
    assertThat(vector.getValues()).hasSize(74);
    assertThat(vector.getWeight()).isEqualTo(3.0);
    assertThat(vector.getQuality()).isEqualTo(1.0);
    assertThat(vector.getSequence()).isEqualTo(7);
    assertThat(vector.getEndOfStream()).isTrue();
    assertThat(vector.getCapturedAtMillis()).isEqualTo(1_000);
  }

  @Test
  void aStraddlingChunkSharesOutItsSamples() throws Exception {
    final List<FeatureVector> vectors =
        extractor.extract(
            Chunks.chunk(Modality.AUDIO, 2_000_000, 4_000_000)
                .setSampleRate(RATE)
                .setPayload(Chunks.tone(2 * RATE, RATE))
                .setEndOfStream(true)
                .build());

    assertThat(vectors)
        .extracting(FeatureVector::getWindowStartMicros)
        .containsExactly(0L, 3_000_000L);
    assertThat(vectors).extracting(FeatureVector::getWeight).containsExactly(1.0, 1.0);
    assertThat(vectors).extracting(FeatureVector::getEndOfStream).containsExactly(false, true);
  }

  @Test
  void noSoundIsKnownSilenceAndNotZeros() throws Exception {
    final FeatureVector none =
        extractor.extract(Chunks.chunk(Modality.AUDIO, 0, 3_000_000).build()).get(0);
    final FeatureVector digitalSilence =
        extractor
            .extract(
                Chunks.chunk(Modality.AUDIO, 0, 3_000_000)
                    .setSampleRate(RATE)
                    .setPayload(ByteBuffer.allocate(3 * RATE * Float.BYTES))
                    .build())
            .get(0);

    for (final FeatureVector vector : List.of(none, digitalSilence)) {
      assertThat(vector.getWeight()).isZero();
      assertThat(vector.getValues()).isEmpty();
      assertThat(vector.getCoversEndMicros()).isEqualTo(3_000_000);
    }
  }

  @Test
  void whatIsNotSoundIsRefusedWithItsReason() {
    final MediaChunk.Builder chunk =
        Chunks.chunk(Modality.AUDIO, 0, 3_000_000)
            .setSampleRate(RATE)
            .setPayload(Chunks.tone(RATE, RATE));

    refused(
        MediaChunk.newBuilder(chunk).setPayload(ByteBuffer.allocate(6)).build(),
        "6 bytes is no whole number of 32-bit samples");
    refused(MediaChunk.newBuilder(chunk).setSampleRate(null).build(), "no sample rate");
    for (final int rate : new int[] {0, -16_000, 999, 384_001, Integer.MAX_VALUE}) {
      refused(
          MediaChunk.newBuilder(chunk).setSampleRate(rate).build(),
          "the sample rate is " + rate + " Hz; it must be from 1000 to 384000 Hz");
    }
    refused(MediaChunk.newBuilder(chunk).setContainer("wav").build(), "must come as pcm_f32le");
    refused(MediaChunk.newBuilder(chunk).setModality(Modality.TEXT).build(), "modality TEXT");
    refused(
        MediaChunk.newBuilder(chunk).setPayload(Chunks.tone(5 * RATE, RATE)).build(),
        "5.0 s of sound for a range of 3.0 s");
    final ByteBuffer notANumber =
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putFloat(0)
            .putFloat(Float.NaN)
            .flip();
    refused(MediaChunk.newBuilder(chunk).setPayload(notANumber).build(), "NaN");
  }

  /** 8 MB of a low rate would become 170 MB at the rate of the features. */
  @Test
  void moreSoundThanIsMeasuredAtOnceIsRefused() {
    refused(
        Chunks.chunk(Modality.AUDIO, 0, 2_000_000_000)
            .setSampleRate(1_000)
            .setWindowSizeMicros(3_600_000_000L)
            .setPayload(ByteBuffer.allocate(1_900_000 * Float.BYTES))
            .build(),
        "the chunk holds 1900.0 s of sound; at most 250 are taken at once, send it in parts");
  }

  private void refused(final MediaChunk chunk, final String reason) {
    assertThatThrownBy(() -> extractor.extract(chunk))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessageContaining(reason);
  }
}
