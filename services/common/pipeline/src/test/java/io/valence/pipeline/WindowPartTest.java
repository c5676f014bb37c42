package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowPartTest {

  @Test
  void aChunkWithinItsWindowIsOnePart() throws InvalidChunkException {
    final MediaChunk chunk =
        Chunks.chunk(Modality.AUDIO, 6_000_000, 7_500_000)
            .setWindowStartMicros(6_000_000L)
            .setWindowEndMicros(9_000_000L)
            .build();

    assertThat(WindowPart.of(chunk))
        .containsExactly(new WindowPart(6_000_000, 9_000_000, 6_000_000, 7_500_000));
  }

  @Test
  void aStraddlingChunkIsSplitAtTheBorders() throws InvalidChunkException {
    assertThat(WindowPart.of(Chunks.chunk(Modality.AUDIO, 2_500_000, 6_500_000).build()))
        .containsExactly(
            new WindowPart(0, 3_000_000, 2_500_000, 3_000_000),
            new WindowPart(3_000_000, 6_000_000, 3_000_000, 6_000_000),
            new WindowPart(6_000_000, 9_000_000, 6_000_000, 6_500_000));
  }

  @Test
  void aChunkThatClaimsAWindowItLeavesIsSplitToo() throws InvalidChunkException {
    final MediaChunk chunk =
        Chunks.chunk(Modality.AUDIO, 2_000_000, 4_000_000)
            .setWindowStartMicros(0L)
            .setWindowEndMicros(3_000_000L)
            .build();

    assertThat(WindowPart.of(chunk))
        .containsExactly(
            new WindowPart(0, 3_000_000, 2_000_000, 3_000_000),
            new WindowPart(3_000_000, 6_000_000, 3_000_000, 4_000_000));
  }

  @Test
  void aChunkOfNoLengthStillSpeaks() throws InvalidChunkException {
    assertThat(WindowPart.of(Chunks.chunk(Modality.TEXT, 3_000_000, 3_000_000).build()))
        .containsExactly(new WindowPart(3_000_000, 6_000_000, 3_000_000, 3_000_000));
  }

  @Test
  void anInstantBelongsToOnePart() throws InvalidChunkException {
    final List<WindowPart> parts =
        WindowPart.of(Chunks.chunk(Modality.AUDIO, 2_500_000, 6_500_000).build());

    assertThat(WindowPart.indexAt(parts, 2_999_999)).isZero();
    assertThat(WindowPart.indexAt(parts, 3_000_000)).isOne();
    assertThat(WindowPart.indexAt(parts, 6_500_000)).isEqualTo(-1);
  }

  @Test
  void timesThatMakeNoSenseAreRefusedBeforeTheyTakeMemory() {
    final MediaChunk.Builder chunk = Chunks.chunk(Modality.AUDIO, 0, 3_000_000);
    refused(MediaChunk.newBuilder(chunk).setWindowSizeMicros(0).build(), "makes no sense");
    refused(MediaChunk.newBuilder(chunk).setWindowSizeMicros(-3).build(), "makes no sense");
    refused(MediaChunk.newBuilder(chunk).setStartMicros(-500_000).build(), "makes no sense");
    refused(
        MediaChunk.newBuilder(chunk).setStartMicros(5).setEndMicros(3).build(), "makes no sense");
    refused(
        MediaChunk.newBuilder(chunk)
            .setWindowSizeMicros(1)
            .setEndMicros(4_000_000_000_000L)
            .build(),
        "more than 1000 windows");
    refused(
        MediaChunk.newBuilder(chunk)
            .setWindowStartMicros(0L)
            .setWindowEndMicros(3_000_000L)
            .setEndMicros(Long.MAX_VALUE)
            .build(),
        "more than 1000 windows");
  }

  /** The window after the last instant has no end in a long: splitting once ran until the heap was full. */
  @Test
  void timesAtTheEndOfAllTimeAreRefused() {
    for (final long size : new long[] {1, 3_000_000, 1L << 40, Long.MAX_VALUE}) {
      refused(
          Chunks.chunk(Modality.VISUAL, Long.MAX_VALUE, Long.MAX_VALUE)
              .setWindowSizeMicros(size)
              .build(),
          "makes no sense");
    }
  }

  /** Such a window is none that an event could have, so the chunk is split by its own windows. */
  @Test
  void aWindowThatReachesBeyondAllEventTimeIsNotTaken() throws InvalidChunkException {
    final MediaChunk chunk =
        Chunks.chunk(Modality.VISUAL, 0, 1_000_000)
            .setWindowStartMicros(0L)
            .setWindowEndMicros(Long.MAX_VALUE)
            .build();

    assertThat(WindowPart.of(chunk)).containsExactly(new WindowPart(0, 3_000_000, 0, 1_000_000));
  }

  private static void refused(final MediaChunk chunk, final String reason) {
    assertThatThrownBy(() -> WindowPart.of(chunk))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessageContaining(reason);
  }
}
