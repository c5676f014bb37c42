package io.valence.media;

import java.util.List;

/** The pictures of one video, in the order in which they are shown. Not for several threads at once. */
public interface VideoFrames extends AutoCloseable {

  /**
   * The next picture, or null after the last. Its bytes are overwritten by the next call.
   *
   * @throws MediaException if no picture can be decoded at all, or a limit is passed
   * @throws InterruptedException if the thread is interrupted while it waits for another process
   */
  RgbFrame next() throws MediaException, InterruptedException;

  /** Pictures given out so far. */
  long frames();

  /** Packets that could not be decoded; complete after the last picture. */
  long damagedPackets();

  /** What is wrong with the video although it can be used; complete after the last picture. */
  List<String> warnings();

  @Override
  void close() throws MediaException;
}
