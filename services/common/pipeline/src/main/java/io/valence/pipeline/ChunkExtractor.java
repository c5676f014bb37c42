package io.valence.pipeline;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import java.util.List;

/**
 * Turns chunks of one modality into feature vectors. A chunk is taken by itself, but for words, which
 * may be read in the light of those before them. For one thread at a time.
 */
public interface ChunkExtractor extends AutoCloseable {

  /**
   * The vectors of a chunk: one for each window that it touches, which together cover the chunk's
   * whole range of event time. Where there is nothing to measure a vector says so with weight 0.
   *
   * @throws InvalidChunkException if the payload is not what the chunk says it is
   * @throws InterruptedException if the thread is interrupted while it waits for another process; this
   *     says nothing about the chunk
   */
  List<FeatureVector> extract(MediaChunk chunk) throws InvalidChunkException, InterruptedException;

  @Override
  void close();
}
