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
    final long size = descriptor.getWindowSizeMicros();
    if (!window.isAligned(size)) {
      return window + " is not a window of stream " + draft.streamId + ", whose size is " + size;
    }
    if (window.endMicros() <= descriptor.getStartMicros() && !lenient) {
      return window
          + " lies before the start of stream "
          + draft.streamId
          + " at "
          + descriptor.getStartMicros();
    }
    if (window.startMicros() - firstOpenMicros(draft, descriptor) >= maximumAhead(size)) {
      return window
          + " lies more than "
          + maximumWindowsAhead
          + " windows ahead of the first open one of stream "
          + draft.streamId;
    }
    return null;
  }

  private static long firstOpenMicros(final StreamDraft draft, final StreamDescriptor descriptor) {
    return draft.descriptor == null ? firstWindowMicros(descriptor) : draft.nextMicros;
  }

  static long firstWindowMicros(final StreamDescriptor descriptor) {
    return Window.containing(descriptor.getStartMicros(), descriptor.getWindowSizeMicros())
        .startMicros();
  }

  private long maximumAhead(final long size) {
    return Math.multiplyExact(size, maximumWindowsAhead);
  }

  String refusal(final StreamDraft draft, final StreamDescriptor descriptor) {
    final long size = descriptor.getWindowSizeMicros();
    final StreamDescriptor known = draft.descriptor;
    if (known != null) {
      if (known.getWindowSizeMicros() != size) {
        return "the window size of stream "
            + draft.streamId
            + " cannot change from "
            + known.getWindowSizeMicros()
            + " to "
            + size;
      }
      if (!draft.presumed
          && (known.getStartMicros() != descriptor.getStartMicros()
              || !Set.copyOf(known.getModalities())
                  .equals(Set.copyOf(descriptor.getModalities())))) {
        return "start and modalities of stream " + draft.streamId + " cannot change";
      }
    }
    final Long end = descriptor.getEndMicros();
    if (end != null && end - firstOpenMicros(draft, descriptor) > maximumAhead(size)) {
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
