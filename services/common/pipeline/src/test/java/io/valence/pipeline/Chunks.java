package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

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

  /** Words said from one time to another, seconds. */
  static MediaChunk words(
      final int sequence, final double from, final double to, final String words) {
    return chunk(Modality.TEXT, (long) (from * 1e6), (long) (to * 1e6))
        .setSequence(sequence)
        .setPayload(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)))
        .build();
  }

  /** The same chunk in a stream with windows of 3 s every 1.5 s. */
  static MediaChunk pane(final MediaChunk chunk) {
    return MediaChunk.newBuilder(chunk)
        .setWindowStartMicros(null)
        .setWindowEndMicros(null)
        .setWindowSizeMicros(1_500_000)
        .setOverlappingWindowMicros(3_000_000L)
        .build();
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
