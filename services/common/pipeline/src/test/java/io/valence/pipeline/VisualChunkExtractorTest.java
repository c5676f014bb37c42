package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import io.valence.media.IsolatedVideoDecoding;
import io.valence.media.IsolationSettings;
import io.valence.media.MediaException;
import io.valence.media.Modality;
import io.valence.media.Piece;
import io.valence.media.RecordingCutter;
import io.valence.media.VideoDecoding;
import io.valence.media.VideoFrames;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.RecordChecks;
import io.valence.windows.WindowGrid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class VisualChunkExtractorTest {

  private static final Path SAMPLE =
      Path.of(System.getProperty("valence.home"), "deploy/samples/portrait-reading.mp4");

  private static VisualChunkExtractor extractor;

  @BeforeAll
  static void open() throws Exception {
    extractor = new VisualChunkExtractor(ModelStore.fromEnvironment());
  }

  @AfterAll
  static void close() {
    extractor.close();
  }

  @Test
  void theSamplesFaceIsSeenInEveryFrameOfEveryWindow() throws Exception {
    final List<FeatureVector> vectors = new ArrayList<>();
    for (final MediaChunk chunk : chunks(3_000_000)) {
      vectors.addAll(extractor.extract(chunk));
    }

    assertThat(vectors).hasSize(4);
    vectors.forEach(RecordChecks::check);
    assertThat(vectors).allSatisfy(vector -> assertThat(vector.getQuality()).isGreaterThan(0.95));
    // 284 frames at 25 frames a second: 75 in each full window, the rest in the last.
    assertThat(vectors)
        .extracting(FeatureVector::getWeight)
        .containsExactly(75.0, 75.0, 75.0, 59.0);
    assertThat(vectors.get(3).getEndOfStream()).isTrue();
  }

  @Test
  void aChunkThatStraddlesWindowsGivesWhatItsPiecesGive() throws Exception {
    final List<FeatureVector> whole = new ArrayList<>();
    for (final MediaChunk chunk : chunks(6_000_000)) {
      whole.addAll(
          extractor.extract(
              MediaChunk.newBuilder(chunk)
                  .setWindowStartMicros(null)
                  .setWindowEndMicros(null)
                  .setWindowSizeMicros(3_000_000)
                  .build()));
    }
    final List<FeatureVector> pieces = new ArrayList<>();
    for (final MediaChunk chunk : chunks(3_000_000)) {
      pieces.addAll(extractor.extract(chunk));
    }

    assertThat(whole).hasSameSizeAs(pieces);
    for (int i = 0; i < whole.size(); i++) {
      assertThat(whole.get(i).getWeight()).isEqualTo(pieces.get(i).getWeight());
      for (int v = 0; v < 65; v++) {
        assertThat(whole.get(i).getValues().get(v))
            .isCloseTo(pieces.get(i).getValues().get(v), within(1e-4f));
      }
    }
  }

  @Test
  void noPictureIsKnownSilence() throws Exception {
    final FeatureVector vector =
        extractor
            .extract(Chunks.chunk(io.valence.schemas.Modality.VISUAL, 0, 3_000_000).build())
            .get(0);

    assertThat(vector.getWeight()).isZero();
    assertThat(vector.getValues()).isEmpty();
  }

  @Test
  void theServicesDecoderGivesTheSameVectorsEvenIfItIsKilledInBetween() throws Exception {
    final MediaChunk chunk = chunks(3_000_000).get(0);
    final FeatureVector here = extractor.extract(chunk).get(0);
    try (IsolatedVideoDecoding decoding = new IsolatedVideoDecoding(IsolationSettings.STANDARD)) {
      final AtomicInteger opened = new AtomicInteger();
      final VisualChunkExtractor isolated =
          new VisualChunkExtractor(
              ModelStore.fromEnvironment(),
              VisualFeatureOptions.defaults(),
              killing(decoding, opened, 1));
      assertThat(isolated.extract(chunk).get(0).getValues()).isEqualTo(here.getValues());
      assertThat(opened).hasValue(2);
      assertThat(decoding.deaths()).isOne();
      isolated.close();
      final VisualChunkExtractor unlucky =
          new VisualChunkExtractor(
              ModelStore.fromEnvironment(),
              VisualFeatureOptions.defaults(),
              killing(decoding, opened, Integer.MAX_VALUE));
      assertThatThrownBy(() -> unlucky.extract(chunk))
          .isInstanceOf(InvalidChunkException.class)
          .hasMessage("video piece: the decoder ended with signal 9");
      unlucky.close();
    }
  }

  /** Kills the decoder's process in the middle of the first so many chunks. */
  private static VideoDecoding killing(
      final IsolatedVideoDecoding decoding, final AtomicInteger opened, final int times) {
    return new VideoDecoding() {
      @Override
      public VideoFrames open(final ByteBuffer piece, final long start, final long end)
          throws MediaException, InterruptedException {
        final VideoFrames frames = decoding.open(piece, start, end);
        assertThat(frames.next()).isNotNull();
        frames.close();
        final VideoFrames again = decoding.open(piece, start, end);
        if (opened.incrementAndGet() <= times) {
          decoding
              .children()
              .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
        return again;
      }

      @Override
      public void close() {
        // The decoding is closed where it was opened.
      }
    };
  }

  @Test
  void whatIsNotVideoIsRefused() {
    final MediaChunk noVideo =
        Chunks.chunk(io.valence.schemas.Modality.VISUAL, 0, 3_000_000)
            .setPayload(ByteBuffer.wrap("no video".getBytes(StandardCharsets.UTF_8)))
            .build();

    assertThatThrownBy(() -> extractor.extract(noVideo))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessageContaining("video piece");
  }

  private static List<MediaChunk> chunks(final long windowMicros) throws Exception {
    final List<MediaChunk> chunks = new ArrayList<>();
    try (RecordingCutter cutter = RecordingCutter.open(SAMPLE, Optional.empty(), windowMicros)) {
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        if (piece.modality() == Modality.VISUAL) {
          chunks.add(
              MediaChunks.of(
                  piece,
                  "stream",
                  null,
                  null,
                  new WindowGrid(windowMicros, windowMicros, 0),
                  1_000));
        }
      }
    }
    return chunks;
  }
}
