package io.valence.windows;

import io.valence.model.BundleDescription.Space;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.Modality;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.StreamDescriptor;
import io.valence.windows.StreamMemory.Layout;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** What a join refuses, and why: each method gives one line, or null where all is well. */
final class JoinRules {

  /** More than any sum of frames, samples or word pieces; keeps weighted sums from overflowing. */
  private static final double MAXIMUM_WEIGHT = 1e12;

  /** Chunks of 10 ms in a window of 3 s make 300 for each modality; a flood must not fill a store. */
  private static final int MAXIMUM_PARTS = 1_000;

  /** Where many panes make a window each has room for so many all the same. */
  private static final int MINIMUM_PARTS = 100;

  /** Words of a day, one part for each window of 3 s, make 28,800. */
  private static final int MAXIMUM_PARTS_OF_STREAM = 100_000;

  private final Map<Modality, Space> spaces = new EnumMap<>(Modality.class);
  private final int maximumWindowsAhead;

  JoinRules(final Map<Modality, Space> spaces, final int maximumWindowsAhead) {
    this.spaces.putAll(spaces);
    this.maximumWindowsAhead = maximumWindowsAhead;
  }

  String refusal(final FeatureVector vector) {
    try {
      RecordChecks.check(vector);
    } catch (final InvalidRecordException e) {
      return e.getMessage();
    }
    final String foreign = foreignSpace(vector);
    if (foreign != null) {
      return foreign;
    }
    final boolean silent = vector.getWeight() == 0;
    if (vector.getWeight() > MAXIMUM_WEIGHT) {
      return "weight " + vector.getWeight() + " is beyond " + MAXIMUM_WEIGHT;
    }
    if (!silent && vector.getCoversEndMicros() == vector.getCoversStartMicros()) {
      return "values that cover no time: covers "
          + vector.getCoversStartMicros()
          + " to "
          + vector.getCoversEndMicros();
    }
    return null;
  }

  /** Whether the bundle cannot score a vector. */
  String foreignSpace(final FeatureVector vector) {
    final Space space = spaces.get(vector.getModality());
    if (!space.id().equals(vector.getSpace())) {
      return vector.getModality()
          + " vector of space "
          + vector.getSpace()
          + " where the model bundle has "
          + space.id()
          + "; send it through an adapter of the same bundle";
    }
    return vector.getWeight() > 0 && vector.getValues().size() != space.size()
        ? vector.getValues().size() + " values where space " + space.id() + " has " + space.size()
        : null;
  }

  /** Whether a vector that is sound in itself does not belong to its stream. */
  String refusal(final StreamDraft draft, final FeatureVector vector) {
    if (draft.layout != Layout.UNKNOWN && draft.layout != layout(vector)) {
      return "stream "
          + draft.streamId
          + (draft.layout == Layout.GRID
              ? " has windows of fixed size, this vector names segment " + vector.getSegmentId()
              : " has segments, this vector names none");
    }
    return draft.descriptor == null
        ? null
        : refusal(draft, draft.descriptor, draft.presumed, vector);
  }

  String refusal(
      final StreamDraft draft,
      final StreamDescriptor descriptor,
      final boolean lenient,
      final FeatureVector vector) {
    if (!lenient && !descriptor.getModalities().contains(vector.getModality())) {
      return "stream "
          + draft.streamId
          + " does not declare "
          + vector.getModality()
          + " but "
          + descriptor.getModalities();
    }
    if (vector.getSegmentId() != null) {
      return null;
    }
    final Window window = Window.of(vector);
    final WindowGrid grid = WindowGrid.of(descriptor);
    if (!window.isAligned(grid.hopMicros())) {
      return grid.panes() == 1
          ? window
              + " is not a window of stream "
              + draft.streamId
              + ", whose size is "
              + grid.sizeMicros()
          : window
              + " is not a pane of stream "
              + draft.streamId
              + ", whose hop is "
              + grid.hopMicros();
    }
    if (vector.getReadFromMicros() != null
        && window.endMicros() - vector.getReadFromMicros() > grid.sizeMicros()) {
      return window
          + " was read from "
          + vector.getReadFromMicros()
          + " on, which is more than a window of stream "
          + draft.streamId
          + ", whose size is "
          + grid.sizeMicros();
    }
    if (window.endMicros() <= descriptor.getStartMicros()
        && !lenient
        && WindowGrid.clockOffsetMicros(descriptor, vector.getModality()) == 0) {
      return window
          + " lies before the start of stream "
          + draft.streamId
          + " at "
          + descriptor.getStartMicros();
    }
    if (window.startMicros()
            + WindowGrid.clockOffsetMicros(descriptor, vector.getModality())
            - firstOpenMicros(draft, descriptor)
        >= maximumAhead(grid)) {
      return window
          + " lies more than "
          + maximumWindowsAhead
          + " windows ahead of the first open one of stream "
          + draft.streamId;
    }
    return null;
  }

  /**
   * Why a part finds no room in its window.
   *
   * @param open what the window holds; null if nothing
   */
  String refusal(final StreamDraft draft, final WindowState open, final Part part) {
    final boolean segments = draft.layout == Layout.SEGMENTS;
    final int panes = draft.descriptor == null || segments ? 1 : draft.grid().panes();
    final int maximum = Math.max(MINIMUM_PARTS, MAXIMUM_PARTS / panes);
    if (open != null && open.parts().size() >= maximum) {
      return "window " + Window.of(part.vector()) + " has " + maximum + " parts already";
    }
    if (draft.openParts >= MAXIMUM_PARTS_OF_STREAM) {
      return "stream "
          + draft.streamId
          + " has "
          + MAXIMUM_PARTS_OF_STREAM
          + " parts in open windows already";
    }
    return segments && open == null && draft.openWindows >= maximumWindowsAhead
        ? "stream " + draft.streamId + " has " + maximumWindowsAhead + " open segments already"
        : null;
  }

  private static long firstOpenMicros(final StreamDraft draft, final StreamDescriptor descriptor) {
    return draft.descriptor == null ? WindowGrid.of(descriptor).firstMicros() : draft.nextMicros;
  }

  private long maximumAhead(final WindowGrid grid) {
    return Math.multiplyExact(grid.hopMicros(), maximumWindowsAhead);
  }

  String refusal(final StreamDraft draft, final StreamDescriptor descriptor) {
    final WindowGrid grid = WindowGrid.of(descriptor);
    final long size = grid.sizeMicros();
    final StreamDescriptor known = draft.descriptor;
    // What a stream of segments was taken to have for a window size is that of its first segment.
    final boolean presumedSegments = draft.presumed && draft.layout == Layout.SEGMENTS;
    if (known != null && !presumedSegments) {
      if (known.getWindowSizeMicros() != size) {
        return "the window size of stream "
            + draft.streamId
            + " cannot change from "
            + known.getWindowSizeMicros()
            + " to "
            + size;
      }
      if (WindowGrid.of(known).hopMicros() != grid.hopMicros()) {
        return "the hop of stream "
            + draft.streamId
            + " cannot change from "
            + WindowGrid.of(known).hopMicros()
            + " to "
            + grid.hopMicros();
      }
      if (!draft.presumed
          && (known.getStartMicros() != descriptor.getStartMicros()
              || !Set.copyOf(known.getModalities())
                  .equals(Set.copyOf(descriptor.getModalities())))) {
        return "start and modalities of stream " + draft.streamId + " cannot change";
      }
      if (!draft.presumed && !known.getClockOffsets().equals(descriptor.getClockOffsets())) {
        return "the clock offsets of stream " + draft.streamId + " cannot change";
      }
    }
    final Long end = descriptor.getEndMicros();
    if (end != null && end - firstOpenMicros(draft, descriptor) > maximumAhead(grid)) {
      return "end "
          + end
          + " lies more than "
          + maximumWindowsAhead
          + " windows ahead of the first open one of stream "
          + draft.streamId;
    }
    return null;
  }

  static Layout layout(final FeatureVector vector) {
    return vector.getSegmentId() == null ? Layout.GRID : Layout.SEGMENTS;
  }
}
