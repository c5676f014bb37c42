package io.valence.media;

import java.util.List;
import java.util.Set;

/** The pieces of one recording; {@link RecordingCutter} says how it is cut. */
public interface RecordingPieces extends AutoCloseable {

  /** What was found in the file; its duration is that of its packets. */
  Recording recording();

  /** The modalities that have pieces. */
  Set<Modality> modalities();

  /** Length of a window, microseconds. */
  long windowMicros();

  /** Where every modality ends, microseconds of event time, > 0. */
  long endMicros();

  /** How many windows there are: the end divided by the window's length, rounded up. */
  default long windows() {
    return (endMicros() + windowMicros() - 1) / windowMicros();
  }

  /** What is wrong although the recording can be used, a line each; complete after the last piece. */
  List<String> warnings();

  /**
   * The next piece, or null after the last.
   *
   * @throws MediaException if the media cannot be decoded or cut
   * @throws InterruptedException if the thread is interrupted while it waits for another process
   */
  Piece next() throws MediaException, InterruptedException;

  @Override
  void close() throws MediaException;
}
