package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A service to be killed or stopped: opens a piece, says which process decodes it, and goes on or stays. */
final class DecoderParent {

  private DecoderParent() {}

  /**
   * @param arguments the piece, 'stay' or 'count', the decoder's time limit
   */
  public static void main(final String[] arguments) throws Exception {
    final ByteBuffer piece = ByteBuffer.wrap(Files.readAllBytes(Path.of(arguments[0])));
    final IsolationSettings settings =
        IsolationSettings.read(
            key ->
                key.equals(IsolationSettings.TIME_LIMIT)
                    ? Optional.of(arguments[2])
                    : Optional.empty());
    try (IsolatedVideoDecoding decoding = new IsolatedVideoDecoding(settings);
        VideoFrames frames = decoding.open(piece, 0, Long.MAX_VALUE)) {
      if (frames.next() == null) {
        throw new IllegalStateException("no picture");
      }
      System.out.println(decoding.children().iterator().next());
      if (arguments[1].equals("stay")) {
        new CountDownLatch(1).await();
      }
      while (frames.next() != null) {
        if (frames.frames() > 1_000) {
          throw new IllegalStateException("too many pictures");
        }
      }
      System.out.println(frames.frames() + " pictures");
    }
  }
}
