package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Chunks for tests. */
final class Chunks {

  private Chunks() {}

  static MediaChunk.Builder chunk(
      final Modality modality, final long startMicros, final long endMicros) {
    return MediaChunk.newBuilder()
        .setStreamId("stream")
        .setModality(modality)
        .setSequence(7)
        .setStartMicros(startMicros)
        .setEndMicros(endMicros)
        .setWindowSizeMicros(3_000_000)
        .setContainer(
            switch (modality) {
              case VISUAL -> "matroska";
              case AUDIO -> "pcm_f32le";
              case TEXT -> "text/utf-8";
            })
        .setPayload(ByteBuffer.allocate(0))
        .setCapturedAtMillis(1_000);
  }

  static ByteBuffer tone(final int samples, final int rate) {
    final ByteBuffer payload =
        ByteBuffer.allocate(samples * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < samples; i++) {
      payload.putFloat((float) (0.3 * Math.sin(2 * Math.PI * 440 * i / rate)));
    }
    return payload.flip();
  }
}
