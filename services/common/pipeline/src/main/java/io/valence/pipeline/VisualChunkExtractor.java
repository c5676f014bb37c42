package io.valence.pipeline;

import io.valence.features.Features;
import io.valence.features.visual.FaceMesh;
import io.valence.features.visual.FaceMeshOptions;
import io.valence.features.visual.VisualFeatureAccumulator;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import io.valence.media.DecoderKilledException;
import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RgbFrame;
import io.valence.media.VideoDecoding;
import io.valence.media.VideoFrames;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Pictures to FaceMesh features. A payload is Matroska with time stamps of the stream's clock.
 *
 * <p>{@link VideoDecoding} says where it is decoded: a service does it in a child process, a command in its
 * own. A chunk that the decoder does not survive, or not in time, is an invalid chunk like any other.
 */
public final class VisualChunkExtractor implements ChunkExtractor {

  private final FaceMesh mesh;
  private final VideoDecoding decoding;
  private final VisualFeatureOptions options;
  private final VectorFactory factory;

  /** Every frame, in the default feature space, decoded in this process. */
  public VisualChunkExtractor(final ModelStore store) throws IOException {
    this(store, VisualFeatureOptions.ofStreams());
  }

  /** Decoded in this process. */
  public VisualChunkExtractor(final ModelStore store, final VisualFeatureOptions options)
      throws IOException {
    this(store, options, VideoDecoding.inProcess());
  }

  /**
   * @param options the feature space, and how many frames of a second are looked at
   * @param decoding stays the caller's, to be closed after this
   */
  public VisualChunkExtractor(
      final ModelStore store, final VisualFeatureOptions options, final VideoDecoding decoding)
      throws IOException {
    this.decoding = decoding;
    this.mesh = FaceMesh.open(store, FaceMeshOptions.defaults());
    this.options = options;
    this.factory = new VectorFactory(Modality.VISUAL, "visual-features", InstantSource.system());
  }

  @Override
  public List<FeatureVector> extract(final MediaChunk chunk)
      throws InvalidChunkException, InterruptedException {
    factory.checkModality(chunk);
    if (!Piece.MATROSKA.equals(chunk.getContainer())) {
      throw new InvalidChunkException(
          "video must come as " + Piece.MATROSKA + ", not as " + chunk.getContainer());
    }
    final List<WindowPart> parts = WindowPart.of(chunk);
    List<Features> features;
    try {
      features = look(chunk, parts);
    } catch (final DecoderKilledException killed) {
      // Someone killed the decoder, and no chunk can do that: with another one it may well succeed.
      try {
        features = look(chunk, parts);
      } catch (final MediaException e) {
        e.addSuppressed(killed);
        throw new InvalidChunkException(e.getMessage(), e);
      }
    } catch (final MediaException e) {
      throw new InvalidChunkException(e.getMessage(), e);
    }
    return factory.vectors(chunk, parts, features);
  }

  private List<Features> look(final MediaChunk chunk, final List<WindowPart> parts)
      throws MediaException, InterruptedException {
    final List<VisualFeatureAccumulator> accumulators = new ArrayList<>(parts.size());
    parts.forEach(part -> accumulators.add(new VisualFeatureAccumulator(mesh, options)));
    if (chunk.getPayload().hasRemaining()) {
      look(chunk, parts, accumulators);
    }
    return accumulators.stream().map(VisualFeatureAccumulator::result).toList();
  }

  private void look(
      final MediaChunk chunk,
      final List<WindowPart> parts,
      final List<VisualFeatureAccumulator> accumulators)
      throws MediaException, InterruptedException {
    final ByteBuffer payload = chunk.getPayload().duplicate();
    try (VideoFrames frames =
        decoding.open(payload, chunk.getStartMicros(), chunk.getEndMicros())) {
      int at = 0;
      RgbFrame frame = frames.next();
      while (frame != null) {
        // The decoder judges by whole milliseconds, as Matroska keeps them, so a frame on the
        // border may read as a fraction before or after the range: it belongs to the nearest part.
        while (at < parts.size() - 1
            && roundToMillis(frame.timestampMicros()) >= roundToMillis(parts.get(at).coversEnd())) {
          at++;
        }
        accumulators
            .get(at)
            .add(frame.rgb(), frame.width(), frame.height(), frame.timestampMicros());
        frame = frames.next();
      }
    }
  }

  private static long roundToMillis(final long micros) {
    return Math.floorDiv(micros + 500, 1000L);
  }

  @Override
  public void close() {
    mesh.close();
  }
}
