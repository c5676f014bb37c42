package io.valence.windows;

import io.valence.schemas.StreamDescriptor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the join remembers of a stream beside its open windows: a few hundred bytes, also kept for
 * some time after the stream's last window as the memory by which late records are recognised.
 * Made and read by {@link WindowJoin} alone; a store keeps it by {@link StateCodec}.
 */
public final class StreamMemory {

  /** How the stream is divided into windows; settled by its first vector. */
  enum Layout {
    UNKNOWN,
    GRID,
    SEGMENTS
  }

  private final String streamId;
  private final StreamDescriptor descriptor;
  private final boolean presumed;
  private final long firstHeardMillis;
  private final long lastHeardMillis;
  private final List<ModalityProgress> progress;
  private final Layout layout;
  private final long nextMicros;
  private final long decidedThroughMicros;
  private final Map<Long, Long> closedAhead;
  private final List<Window> closedSegments;
  private final int openWindows;
  private final int openParts;
  private final int heldVectors;
  private final boolean over;
  private final boolean endTold;

  StreamMemory(
      final String streamId,
      final StreamDescriptor descriptor,
      final boolean presumed,
      final long firstHeardMillis,
      final long lastHeardMillis,
      final List<ModalityProgress> progress,
      final Layout layout,
      final long nextMicros,
      final long decidedThroughMicros,
      final Map<Long, Long> closedAhead,
      final List<Window> closedSegments,
      final int openWindows,
      final int openParts,
      final int heldVectors,
      final boolean over,
      final boolean endTold) {
    this.streamId = streamId;
    this.descriptor = descriptor;
    this.presumed = presumed;
    this.firstHeardMillis = firstHeardMillis;
    this.lastHeardMillis = lastHeardMillis;
    this.progress = List.copyOf(progress);
    this.layout = layout;
    this.nextMicros = nextMicros;
    this.decidedThroughMicros = decidedThroughMicros;
    this.closedAhead = Collections.unmodifiableMap(new TreeMap<>(closedAhead));
    this.closedSegments = List.copyOf(closedSegments);
    this.openWindows = openWindows;
    this.openParts = openParts;
    this.heldVectors = heldVectors;
    this.over = over;
    this.endTold = endTold;
  }

  /** The stream. */
  public String streamId() {
    return streamId;
  }

  /** What the stream declares; null as long as only vectors were heard. */
  StreamDescriptor descriptor() {
    return descriptor;
  }

  /** Whether the descriptor was made up from what arrived, for want of one. */
  boolean presumed() {
    return presumed;
  }

  long firstHeardMillis() {
    return firstHeardMillis;
  }

  /** Wall clock when it was last heard of, milliseconds since 1970-01-01 UTC. */
  public long lastHeardMillis() {
    return lastHeardMillis;
  }

  /** By modality. */
  List<ModalityProgress> progress() {
    return progress;
  }

  Layout layout() {
    return layout;
  }

  /** Windows of fixed size: all that start before this are closed. */
  long nextMicros() {
    return nextMicros;
  }

  /** Segments: all that end, with grace, before this are closed. */
  long decidedThroughMicros() {
    return decidedThroughMicros;
  }

  /** Windows of fixed size: starts of those closed beyond the mark, as stretches from and to. */
  Map<Long, Long> closedAhead() {
    return closedAhead;
  }

  /** Segments closed beyond the mark. */
  List<Window> closedSegments() {
    return closedSegments;
  }

  /** How many windows of the stream are open; where windows overlap, how many panes. */
  public int openWindows() {
    return openWindows;
  }

  /** How many parts these have together. */
  int openParts() {
    return openParts;
  }

  /** How many vectors wait for the descriptor. */
  int heldVectors() {
    return heldVectors;
  }

  /** Whether nothing opens a window of the stream any more. */
  boolean over() {
    return over;
  }

  /** Whether {@link JoinResult#endedStreams} has named the stream. */
  boolean endTold() {
    return endTold;
  }
}
