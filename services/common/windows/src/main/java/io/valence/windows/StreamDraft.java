package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** A stream's state while one record or one tick of the clock is at work on it. */
final class StreamDraft {

  final String streamId;
  final long firstHeardMillis;
  StreamDescriptor descriptor;
  boolean presumed;
  long lastHeardMillis;
  StreamMemory.Layout layout;

  /** See {@link StreamMemory#nextMicros}. */
  long nextMicros;

  /** See {@link StreamMemory#decidedThroughMicros}. */
  long decidedThroughMicros;

  int openWindows;
  int openParts;
  int heldVectors;

  /** See {@link StreamMemory#over}. */
  boolean over;

  /** See {@link StreamMemory#endTold}. */
  boolean endTold;

  final Stretches closedAhead = new Stretches();
  final TreeSet<Window> closedSegments = new TreeSet<>();

  /** Whether the last look has left windows that can close; not kept. */
  boolean leftSome;

  private final ModalityProgress[] progress;

  StreamDraft(final String streamId, final long nowMillis) {
    this.streamId = streamId;
    this.firstHeardMillis = nowMillis;
    this.lastHeardMillis = nowMillis;
    this.layout = StreamMemory.Layout.UNKNOWN;
    this.progress = new ModalityProgress[Modality.values().length];
    Arrays.fill(progress, ModalityProgress.NONE);
  }

  StreamDraft(final StreamMemory state) {
    this.streamId = state.streamId();
    this.firstHeardMillis = state.firstHeardMillis();
    this.descriptor = state.descriptor();
    this.presumed = state.presumed();
    this.lastHeardMillis = state.lastHeardMillis();
    this.layout = state.layout();
    this.nextMicros = state.nextMicros();
    this.decidedThroughMicros = state.decidedThroughMicros();
    this.openWindows = state.openWindows();
    this.heldVectors = state.heldVectors();
    this.over = state.over();
    this.endTold = state.endTold();
    this.openParts = state.openParts();
    state.closedAhead().forEach(closedAhead::add);
    this.closedSegments.addAll(state.closedSegments());
    this.progress = state.progress().toArray(new ModalityProgress[0]);
  }

  /**
   * Takes another descriptor. A segment that was decided under the grace of the one before stays so: the mark
   * moves with the grace.
   */
  void replaceDescriptor(final StreamDescriptor other) {
    if (descriptor != null) {
      decidedThroughMicros += other.getGraceMicros() - descriptor.getGraceMicros();
    }
    descriptor = other;
  }

  StreamMemory toState() {
    return new StreamMemory(
        streamId,
        descriptor,
        presumed,
        firstHeardMillis,
        lastHeardMillis,
        Arrays.asList(progress),
        layout,
        nextMicros,
        decidedThroughMicros,
        closedAhead.asMap(),
        List.copyOf(closedSegments),
        openWindows,
        openParts,
        heldVectors,
        over,
        endTold);
  }

  ModalityProgress progress(final Modality modality) {
    return progress[modality.ordinal()];
  }

  void setProgress(final Modality modality, final ModalityProgress made) {
    progress[modality.ordinal()] = made;
  }

  /** Moves a modality's watermark on; it never goes back. */
  void hear(final FeatureVector vector, final long nowMillis) {
    final ModalityProgress before = progress(vector.getModality());
    setProgress(
        vector.getModality(),
        new ModalityProgress(
            Math.max(before.watermarkMicros(), reachedMicros(vector)),
            before.ended() || vector.getEndOfStream(),
            nowMillis));
    lastHeardMillis = nowMillis;
  }

  /** End of a vector's cover by the stream's clock. */
  private long reachedMicros(final FeatureVector vector) {
    return Math.max(0, vector.getCoversEndMicros() + clockOffsetMicros(vector.getModality()));
  }

  /** The grid of a stream whose descriptor is there. */
  WindowGrid grid() {
    return WindowGrid.of(descriptor);
  }

  /** What is added to a modality's event time; nothing in segments, or before the descriptor. */
  long clockOffsetMicros(final Modality modality) {
    return descriptor == null || layout == StreamMemory.Layout.SEGMENTS
        ? 0
        : WindowGrid.clockOffsetMicros(descriptor, modality);
  }

  /** Where a modality's event time starts. */
  long startMicros(final Modality modality) {
    return Math.max(
        descriptor.getStartMicros(), descriptor.getStartMicros() + clockOffsetMicros(modality));
  }

  boolean declares(final Modality modality) {
    return descriptor.getModalities().contains(modality);
  }

  /** Whether the source has stopped, by its own word. */
  boolean sourceEnded() {
    return descriptor.getState() != StreamState.OPEN;
  }

  /** Where a modality's event time ends; {@link Long#MAX_VALUE} as long as that is open. */
  long endMicros(final Modality modality) {
    final ModalityProgress made = progress(modality);
    if (made.ended()) {
      return made.watermarkMicros();
    }
    return sourceEnded() && descriptor.getEndMicros() != null
        ? Math.max(0, descriptor.getEndMicros() + clockOffsetMicros(modality))
        : Long.MAX_VALUE;
  }

  /** Whether nothing more is to come of a modality. */
  boolean finished(final Modality modality) {
    final ModalityProgress made = progress(modality);
    return made.ended() || made.watermarkMicros() >= endMicros(modality);
  }

  boolean allFinished() {
    return descriptor.getModalities().stream().allMatch(this::finished);
  }

  /** Whether only silence is waited for until the stream's end can be told. */
  boolean endIsNear() {
    return !over && descriptor != null && (sourceEnded() || allFinished());
  }

  /** Up to where the stream is known to reach, microseconds of event time. */
  long knownEndMicros() {
    long known = 0;
    for (final Modality modality : descriptor.getModalities()) {
      known = Math.max(known, progress(modality).watermarkMicros());
      if (sourceEnded() && descriptor.getEndMicros() != null) {
        known = Math.max(known, descriptor.getEndMicros() + clockOffsetMicros(modality));
      }
    }
    return known;
  }

  /** Whether a window of the known range is still to close. */
  boolean hasUndecided() {
    if (over) {
      return false;
    }
    if (descriptor == null) {
      return heldVectors > 0;
    }
    return layout == StreamMemory.Layout.SEGMENTS
        ? openWindows > 0
        : grid().isWithin(nextMicros, knownEndMicros());
  }
}
