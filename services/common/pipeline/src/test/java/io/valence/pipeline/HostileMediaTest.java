package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The first chunks of the run that {@link HostileMedia} describes: every one is a vector or an invalid chunk
 * with a clear line, within the limits of time and memory, and this process is none the worse for it.
 */
class HostileMediaTest {

  /** 512 MiB, and what the kernel and the watch may let pass before they bite. */
  private static final long MOST_BYTES = 600L << 20;

  @Test
  void everyChunkIsAVectorOrARefusal() throws Exception {
    try (HostileMedia media = new HostileMedia(Optional.empty())) {
      media.video(0, 300);
      media.audio(0, 60);
      media.report(System.out);
      assertThat(media.failures()).isEmpty();
      assertThat(media.all()).isEqualTo(360);
      assertThat(media.vectors()).isBetween(50, 300);
      // The decoder has its own five seconds; on a busy machine they and these may pass slowly.
      assertThat(media.busiestSeconds()).isLessThan(5);
      assertThat(media.peakBytes()).isLessThan(MOST_BYTES);
    }
  }
}
