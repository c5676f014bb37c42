package io.valence.corpora;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Frame-level features by video, read a video at a time so that a corpus need not fit in memory. */
public interface FrameSource extends AutoCloseable {

  /** What takes the frames of a video, in blocks in order of the source. */
  interface FrameReader {
    void read(FrameSequence block) throws IOException;
  }

  /** A name for messages. */
  String name();

  /** The names of the columns, in order. */
  List<String> columns();

  /** The videos there are. */
  Set<String> videos();

  /**
   * Reads one video in blocks of bounded size.
   *
   * @throws CorpusException if the video is not there or is damaged
   */
  void read(String video, FrameReader reader) throws IOException;

  @Override
  void close() throws IOException;
}
