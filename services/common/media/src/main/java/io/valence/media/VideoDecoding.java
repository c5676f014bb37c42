package io.valence.media;

import java.nio.ByteBuffer;

/**
 * Where video pieces are decoded: in this process, or in a child process that may die without harm
 * ({@link IsolatedVideoDecoding}). Both give the same pictures bit for bit, the same warnings, and for a
 * piece that cannot be decoded the same message.
 *
 * <p>A service isolates, because its pieces come from elsewhere and it must outlive them. A command that
 * reads one recording and ends decodes in its own process.
 */
public interface VideoDecoding extends AutoCloseable {

  /**
   * Opens a video piece: the pictures that are shown within {@code [startMicros, endMicros)}.
   *
   * @param piece Matroska; read from its position to its limit, which stay; must not change before the
   *     frames are closed
   * @throws MediaException if it is no video or passes a limit; one line for people
   * @throws DecoderUnavailableException if there is nothing to decode with, which is not the piece's fault
   */
  VideoFrames open(ByteBuffer piece, long startMicros, long endMicros)
      throws MediaException, InterruptedException;

  @Override
  void close();

  /** Decoding in this process, within {@link DecodeLimits#CHUNK}. */
  static VideoDecoding inProcess() {
    return inProcess(DecodeLimits.CHUNK);
  }

  /** Decoding in this process, within the given limits. */
  static VideoDecoding inProcess(final DecodeLimits limits) {
    return new VideoDecoding() {
      @Override
      public VideoFrames open(final ByteBuffer piece, final long startMicros, final long endMicros)
          throws MediaException {
        return VideoDecoder.open(piece, startMicros, endMicros, limits);
      }

      @Override
      public void close() {
        // Nothing is held between two pieces.
      }
    };
  }
}
