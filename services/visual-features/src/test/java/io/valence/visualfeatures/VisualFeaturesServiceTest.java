package io.valence.visualfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import io.valence.media.DecoderUnavailableException;
import io.valence.media.IsolatedVideoDecoding;
import io.valence.media.IsolationSettings;
import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RecordingCutter;
import io.valence.media.VideoDecoding;
import io.valence.media.VideoFrames;
import io.valence.pipeline.InvalidChunkException;
import io.valence.pipeline.MediaChunks;
import io.valence.pipeline.VisualChunkExtractor;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.streams.RecordStep;
import io.valence.streams.StreamMemory;
import io.valence.windows.WindowGrid;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.RetriableException;
import org.junit.jupiter.api.Test;

/** What becomes of a chunk over which the decoder's process dies. */
class VisualFeaturesServiceTest {

  private static final StreamMemory NOTHING_REMEMBERED = null;

  private static final Path SAMPLE =
      Path.of(System.getProperty("valence.home"), "deploy/samples/portrait-reading.mp4");

  private static MediaChunk chunk() throws MediaException {
    try (RecordingCutter cutter = RecordingCutter.open(SAMPLE, Optional.empty(), 1_000_000)) {
      final Piece piece = cutter.next();
      return MediaChunks.of(
          piece, "stream", null, null, new WindowGrid(1_000_000, 1_000_000, 0), 1_000);
    }
  }

  private static VisualChunkExtractor extractor(final VideoDecoding decoding) throws Exception {
    return new VisualChunkExtractor(
        ModelStore.fromEnvironment(), VisualFeatureOptions.defaults(), decoding);
  }

  @Test
  void aChunkThatHangsIsInvalidAndTheNextOneIsFine() throws Exception {
    final IsolationSettings settings =
        new IsolationSettings(Duration.ofSeconds(2), IsolationSettings.STANDARD.memoryBytes());
    try (IsolatedVideoDecoding decoding = new IsolatedVideoDecoding(settings);
        VisualChunkExtractor extractor = extractor(decoding)) {
      final RecordStep<MediaChunk, FeatureVector> step =
          chunk -> VisualFeaturesService.flow(extractor).step().apply(chunk, NOTHING_REMEMBERED);
      assertThat(step.apply(chunk()).get(0).getWeight()).isEqualTo(25.0);
      for (final long pid : decoding.children()) {
        assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor())
            .isZero();
      }
      assertThatThrownBy(() -> step.apply(chunk()))
          .isInstanceOf(InvalidChunkException.class)
          .hasMessage("video piece: the decoder took longer than 2 s");
      assertThat(step.apply(chunk()).get(0).getWeight()).isEqualTo(25.0);
    }
  }

  @Test
  void withoutADecoderTheChunkIsKeptForLater() throws Exception {
    final VideoDecoding none =
        new VideoDecoding() {
          @Override
          public VideoFrames open(final ByteBuffer piece, final long start, final long end) {
            throw new DecoderUnavailableException("the decoder's process cannot be started");
          }

          @Override
          public void close() {
            // There is nothing to close.
          }
        };
    try (VisualChunkExtractor extractor = extractor(none)) {
      final RecordStep<MediaChunk, FeatureVector> step =
          chunk -> VisualFeaturesService.flow(extractor).step().apply(chunk, NOTHING_REMEMBERED);
      assertThatThrownBy(() -> step.apply(chunk()))
          .isInstanceOf(RetriableException.class)
          .hasMessage("the decoder's process cannot be started");
    }
  }
}
