package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.media.Modality;
import io.valence.media.Piece;
import io.valence.schemas.MediaChunk;
import io.valence.windows.WindowGrid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Extractors learn from a chunk how the windows of its stream lie. */
class MediaChunksTest {

  private static final long SECOND = 1_000_000;

  private static MediaChunk chunk(final WindowGrid grid) {
    final Piece words =
        new Piece(
            Modality.TEXT,
            4,
            4 * SECOND,
            5 * SECOND,
            4 * SECOND,
            4 * SECOND + grid.hopMicros(),
            Piece.TEXT,
            Optional.empty(),
            OptionalInt.empty(),
            ByteBuffer.wrap("it was".getBytes(StandardCharsets.UTF_8)),
            false);
    return MediaChunks.of(words, "talk", null, null, grid, 9_000);
  }

  @Test
  void windowsThatOverlapAreNamedBesideTheirPane() {
    final MediaChunk chunk = chunk(new WindowGrid(3 * SECOND, SECOND, 0));

    assertThat(chunk.getWindowSizeMicros()).isEqualTo(SECOND);
    assertThat(chunk.getOverlappingWindowMicros()).isEqualTo(3 * SECOND);
  }

  @Test
  void windowsThatFollowOneAnotherAreTheirOwnPanes() {
    final MediaChunk chunk = chunk(new WindowGrid(4 * SECOND, 4 * SECOND, 0));

    assertThat(chunk.getWindowSizeMicros()).isEqualTo(4 * SECOND);
    assertThat(chunk.getOverlappingWindowMicros()).isNull();
  }
}
