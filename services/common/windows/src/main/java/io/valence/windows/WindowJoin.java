package io.valence.windows;

import io.valence.model.BundleDescription.Space;
import io.valence.model.ModelBundle;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.windows.JoinResult.Outcome;
import io.valence.windows.JoinResult.Refused;
import io.valence.windows.StreamMemory.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Joins the modalities of streams window by window. Every window in a stream's known range closes
 * exactly once, and so gets exactly one event.
 *
 * <p>When a window [s, e) closes. A modality has <em>covered</em> it when its vectors leave no gap
 * from s to e, or to the end of the modality or of the stream if that comes first.
 *
 * <ul>
 *   <li>COMPLETE: at once when every declared modality has covered it. Weight 0 covers like any
 *       other: known silence is an answer.
 *   <li>GRACE_OVER: when every declared modality that has not covered it is past e + grace by its own
 *       watermark. Another modality running ahead decides nothing: in a fast replay the words of an
 *       hour are there before the first picture.
 *   <li>STREAM_ENDED: when a modality that has not covered it has ended, or the source has ended and
 *       the modality is quiet.
 *   <li>STALLED: when a modality that has not covered it has been quiet by the wall clock for the
 *       stall timeout. Only {@link #advanceWallClock} decides this, so a caller that never calls it
 *       has no such windows.
 * </ul>
 *
 * <p>Worked example: size 3 s, grace 3 s, face and words declared.
 *
 * <pre>
 *   words [0,3) [3,6) [6,9)      watermark of words 9 s; nothing closes: the face is at 0
 *   face  [0,3)                  [0,3) is COMPLETE
 *   face  [6,9)                  [6,9) is COMPLETE; [3,6) waits: 9 s >= 6 s + 3 s holds for the
 *                                face, so it goes out now: GRACE_OVER, face MISSING
 *   face  [3,6)                  LATE
 *   words [9,10.5) end, face [9,10.5) end    [9,12) is COMPLETE: covered up to the end
 * </pre>
 *
 * <p>Had the grace been 4 s, [3,6) would have waited until the face reached 10 s; [6,9) would still
 * have gone out before it.
 *
 * <p>A window for which nothing at all was heard closes by the same rules, once every modality is
 * past it. A vector that covers nothing (start of cover = end of cover) moves its modality's
 * progress and opens no window.
 *
 * <p>Behind is not stalled. When several recordings are replayed at once, the pictures of the last
 * may wait for minutes until their extractor comes to them. Extractors work in the order in which
 * media were captured, so while vectors of that modality keep arriving, from whatever stream, and the
 * latest of them was captured before the waiting window, the modality is only behind; that is
 * tolerated for the backlog timeout. Nor is anybody else's silence judged right after the join itself
 * was not running.
 *
 * <p>A vector may come before its stream's descriptor: it is held. If the descriptor has not come
 * when the descriptor timeout is over (by {@link #advanceWallClock}) or the bound of held vectors is
 * reached, the stream is taken to declare the modalities, the window size and the start of what has
 * arrived, and modalities that appear later are added. If the descriptor comes after all it holds
 * from then on.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class WindowJoin {

  /** Chunks of 10 ms in a window of 3 s make 300 for each modality; a flood must not fill a store. */
  private static final int MAXIMUM_PARTS = 1_000;

  /** Looking for old streams reads them all: it is done so many times within the retention. */
  private static final int RETENTION_CHECKS = 100;

  private static final long NEVER = Long.MIN_VALUE;

  /** What may close a window. */
  private enum Trigger {
    EVENT_TIME,
    WALL_CLOCK,
    FINISH
  }

  private final JoinStore store;
  private final JoinSettings settings;
  private final JoinRules rules;

  /** For each stream with undecided windows the wall clock when it should be looked at again. */
  private final Map<String, Long> wakeUps = new HashMap<>();

  /** Over all streams, by modality: when it was last heard of, and the latest time of capture. */
  private final long[] heardMillis = new long[Modality.values().length];

  private final long[] capturedMillis = new long[Modality.values().length];

  /** Parts found not to fit when their window closed; handed out with the next result. */
  private final List<Refused> setAside = new ArrayList<>();

  private long openWindows;
  private long lastNowMillis = NEVER;

  /** Since when this join has been running without a pause. */
  private long runningSinceMillis;

  private long lastRetentionCheckMillis;

  /**
   * Continues from what the store holds.
   *
   * @param bundle only its base spaces are used: vectors of others are refused
   */
  public WindowJoin(final JoinStore store, final JoinSettings settings, final ModelBundle bundle) {
    this(store, settings, baseSpaces(bundle));
  }

  WindowJoin(
      final JoinStore store, final JoinSettings settings, final Map<Modality, Space> spaces) {
    this.store = store;
    this.settings = settings;
    this.rules = new JoinRules(spaces, settings.maximumWindowsAhead());
    Arrays.fill(heardMillis, NEVER);
    Arrays.fill(capturedMillis, NEVER);
    store.forEachStream(
        state -> {
          openWindows += state.openWindows();
          schedule(new StreamDraft(state));
        });
  }

  private static Map<Modality, Space> baseSpaces(final ModelBundle bundle) {
    final Map<Modality, Space> spaces = new EnumMap<>(Modality.class);
    for (final Modality modality : Modality.values()) {
      spaces.put(
          modality, bundle.description().baseSpaces().get(EventFactory.modelModality(modality)));
    }
    return spaces;
  }

  /** How many windows are open over all streams. */
  public long openWindows() {
    return openWindows;
  }

  /** How many streams have windows that are still to close. */
  public int activeStreams() {
    return wakeUps.size();
  }

  /**
   * Takes what ingest says of a stream. ENDED closes nothing by itself: ingest is far ahead of the
   * extractors, and what they still owe is waited for.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  public JoinResult accept(final StreamDescriptor descriptor, final long nowMillis) {
    final long now = tick(nowMillis);
    try {
      RecordChecks.check(descriptor);
    } catch (final InvalidRecordException e) {
      return JoinResult.refused(e.getMessage());
    }
    final StreamDraft draft = draft(descriptor.getStreamId(), now);
    final String refusal = rules.refusal(draft, descriptor);
    if (refusal != null) {
      return JoinResult.refused(refusal);
    }
    draft.lastHeardMillis = now;
    List<Refused> refused = List.of();
    if (draft.descriptor != null && !draft.presumed) {
      final boolean goesBack = draft.sourceEnded() && descriptor.getState() == StreamState.OPEN;
      if (goesBack || descriptor.equals(draft.descriptor)) {
        save(draft);
        return new JoinResult(
            Outcome.DUPLICATE,
            "stream is already known as " + draft.descriptor.getState(),
            List.of(),
            List.of());
      }
      draft.descriptor = descriptor;
    } else {
      refused = describe(draft, descriptor);
    }
    final List<ClosedWindow> closed = closeWindows(draft, Trigger.EVENT_TIME, now);
    save(draft);
    return result(Outcome.ACCEPTED, null, closed, refused);
  }

  /**
   * Takes a vector in the bundle's base space.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  public JoinResult accept(final FeatureVector vector, final long nowMillis) {
    final long now = tick(nowMillis);
    final String broken = rules.refusal(vector);
    if (broken != null) {
      return JoinResult.refused(broken);
    }
    final StreamDraft draft = draft(vector.getStreamId(), now);
    final String foreign = rules.refusal(draft, vector);
    if (foreign != null) {
      return JoinResult.refused(foreign);
    }
    final Modality modality = vector.getModality();
    draft.layout = JoinRules.layout(vector);
    draft.hear(vector, now);
    heardMillis[modality.ordinal()] = now;
    capturedMillis[modality.ordinal()] =
        Math.max(capturedMillis[modality.ordinal()], vector.getCapturedAtMillis());
    if (draft.presumed && !draft.declares(modality)) {
      draft.descriptor = declaring(draft.descriptor, modality);
    }

    Outcome outcome = Outcome.ACCEPTED;
    String reason = null;
    final Window window = Window.of(vector);
    if (vector.getCoversEndMicros() > vector.getCoversStartMicros()) {
      final WindowState open = store.window(draft.streamId, window);
      if (open == null && isClosed(draft, window)) {
        outcome = Outcome.LATE;
        reason =
            window.segmentId() == null && window.endMicros() <= draft.descriptor.getStartMicros()
                ? "window " + window + " lies before the first that was heard of"
                : "window " + window + " is closed, its event is out";
      } else if (open != null && open.holds(vector)) {
        outcome = Outcome.DUPLICATE;
        reason =
            "window "
                + window
                + " has "
                + modality
                + " sequence "
                + vector.getSequence()
                + " already";
      } else if (open != null && open.parts().size() >= MAXIMUM_PARTS) {
        outcome = Outcome.REFUSED;
        reason = "window " + window + " has " + MAXIMUM_PARTS + " parts already";
      } else {
        put(draft, open, window, vector);
      }
    }
    List<Refused> refused = List.of();
    if (draft.descriptor == null && draft.heldVectors >= settings.maximumHeldVectors()) {
      refused = presume(draft);
    }
    final List<ClosedWindow> closed =
        draft.descriptor == null ? List.of() : closeWindows(draft, Trigger.EVENT_TIME, now);
    save(draft);
    return result(outcome, reason, closed, refused);
  }

  /**
   * Lets wall-clock time pass: closes what has stalled, gives up waiting for descriptors and forgets
   * old streams. To be called about every second.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  public JoinResult advanceWallClock(final long nowMillis) {
    final long now = tick(nowMillis);
    final List<String> due = new ArrayList<>();
    wakeUps.forEach(
        (streamId, wakeUp) -> {
          if (wakeUp <= now) {
            due.add(streamId);
          }
        });
    Collections.sort(due);
    final List<ClosedWindow> closed = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    for (final String streamId : due) {
      final StreamDraft draft = new StreamDraft(store.stream(streamId));
      boolean changed = false;
      if (draft.descriptor == null) {
        final long since = Math.max(draft.firstHeardMillis, runningSinceMillis);
        if (since + settings.descriptorTimeout().toMillis() > now) {
          continue;
        }
        refused.addAll(presume(draft));
        changed = true;
      }
      final List<ClosedWindow> here = closeWindows(draft, Trigger.WALL_CLOCK, now);
      closed.addAll(here);
      if (changed || !here.isEmpty()) {
        save(draft);
      } else {
        schedule(draft);
      }
    }
    if (now - lastRetentionCheckMillis >= settings.retention().toMillis() / RETENTION_CHECKS) {
      lastRetentionCheckMillis = now;
      forget(now);
    }
    return result(Outcome.ACCEPTED, null, closed, refused);
  }

  /**
   * Closes all windows in a stream's known range, whatever they lack: nothing more will be given.
   * Reason STREAM_ENDED where something is missing.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   * @return the windows that closed; none if nothing is known of the stream
   */
  public JoinResult finish(final String streamId, final long nowMillis) {
    final long now = tick(nowMillis);
    final StreamMemory state = store.stream(streamId);
    if (state == null || (state.descriptor() == null && state.heldVectors() == 0)) {
      return new JoinResult(Outcome.ACCEPTED, null, List.of(), List.of());
    }
    final StreamDraft draft = new StreamDraft(state);
    final List<Refused> refused = draft.descriptor == null ? presume(draft) : List.of();
    final List<ClosedWindow> closed = closeWindows(draft, Trigger.FINISH, now);
    save(draft);
    return result(Outcome.ACCEPTED, null, closed, refused);
  }

  // Time and bookkeeping.

  private JoinResult result(
      final Outcome outcome,
      final String reason,
      final List<ClosedWindow> closed,
      final List<Refused> refused) {
    final List<Refused> all = new ArrayList<>(refused);
    all.addAll(setAside);
    setAside.clear();
    return new JoinResult(outcome, reason, closed, all);
  }

  private long tick(final long nowMillis) {
    final long now = Math.max(nowMillis, lastNowMillis);
    // After a start or a pause the records of that time are still to be read: who was quiet
    // meanwhile is not known yet.
    if (lastNowMillis == NEVER || now - lastNowMillis > settings.stallTimeout().toMillis() / 2) {
      runningSinceMillis = now;
    }
    lastNowMillis = now;
    return now;
  }

  private StreamDraft draft(final String streamId, final long now) {
    final StreamMemory state = store.stream(streamId);
    return state == null ? new StreamDraft(streamId, now) : new StreamDraft(state);
  }

  private void save(final StreamDraft draft) {
    store.putStream(draft.toState());
    schedule(draft);
  }

  private void schedule(final StreamDraft draft) {
    if (!draft.hasUndecided()) {
      wakeUps.remove(draft.streamId);
      return;
    }
    long wakeUp = Long.MAX_VALUE;
    if (draft.descriptor == null) {
      wakeUp = draft.firstHeardMillis + settings.descriptorTimeout().toMillis();
    } else {
      for (final Modality modality : draft.descriptor.getModalities()) {
        if (!draft.finished(modality)) {
          wakeUp = Math.min(wakeUp, heardMillis(draft, modality) + stallMillis(draft));
        }
      }
    }
    wakeUps.put(draft.streamId, wakeUp);
  }

  private static long heardMillis(final StreamDraft draft, final Modality modality) {
    final long heard = draft.progress(modality).heardAtMillis();
    return heard >= 0 ? heard : draft.firstHeardMillis;
  }

  /** A source that sends one chunk a window is quiet for a whole window between two of them. */
  private long stallMillis(final StreamDraft draft) {
    return Math.max(
        settings.stallTimeout().toMillis(), 2 * draft.descriptor.getWindowSizeMicros() / 1_000);
  }

  private void forget(final long now) {
    final long before = now - settings.retention().toMillis();
    final List<String> old = new ArrayList<>();
    store.forEachStream(
        state -> {
          if (state.lastHeardMillis() <= before && !wakeUps.containsKey(state.streamId())) {
            old.add(state.streamId());
          }
        });
    old.forEach(store::deleteStream);
  }

  // Descriptors, given and presumed.

  /** Gives a stream its descriptor and lets go of held vectors that do not belong to it. */
  private List<Refused> describe(final StreamDraft draft, final StreamDescriptor descriptor) {
    final boolean first = draft.descriptor == null;
    final List<Refused> refused = new ArrayList<>();
    final Set<Modality> disturbed = EnumSet.noneOf(Modality.class);
    final List<WindowState> held = store.windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE);
    for (final WindowState state : held) {
      WindowState kept = WindowState.empty(state.window());
      for (final FeatureVector vector : state.parts()) {
        final String reason = rules.refusal(draft, descriptor, false, vector);
        if (reason == null) {
          kept = kept.with(vector);
        } else {
          refused.add(new Refused(vector, reason));
          disturbed.add(vector.getModality());
        }
      }
      if (kept.parts().isEmpty()) {
        delete(draft, state.window());
      } else if (kept.parts().size() < state.parts().size()) {
        store.putWindow(draft.streamId, kept);
      }
    }
    disturbed.forEach(modality -> measureAgain(draft, modality));

    final long start = JoinRules.firstWindowMicros(descriptor);
    if (first) {
      draft.nextMicros = start;
    } else {
      // Windows before the presumed start were never decided; those after it stay closed.
      final long size = descriptor.getWindowSizeMicros();
      for (long closed = JoinRules.firstWindowMicros(draft.descriptor);
          start < closed && closed < draft.nextMicros;
          closed += size) {
        draft.closedAhead.add(new Window(closed, closed + size, null));
      }
      draft.nextMicros = Math.min(draft.nextMicros, start);
      advance(draft, size);
    }
    draft.descriptor = descriptor;
    draft.presumed = false;
    draft.heldVectors = 0;
    return refused;
  }

  /** A refused vector must not have moved the watermark. */
  private void measureAgain(final StreamDraft draft, final Modality modality) {
    final ModalityProgress before = draft.progress(modality);
    long watermark = -1;
    boolean ended = false;
    for (final WindowState state :
        store.windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE)) {
      for (final FeatureVector vector : state.parts()) {
        if (vector.getModality() == modality) {
          watermark = Math.max(watermark, vector.getCoversEndMicros());
          ended |= vector.getEndOfStream();
        }
      }
    }
    draft.setProgress(modality, new ModalityProgress(watermark, ended, before.heardAtMillis()));
  }

  /** Takes a stream to declare what has arrived. */
  private List<Refused> presume(final StreamDraft draft) {
    final List<WindowState> held = store.windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE);
    final Set<Modality> modalities = EnumSet.noneOf(Modality.class);
    String sessionId = null;
    String participantId = null;
    long start = Long.MAX_VALUE;
    long size = 0;
    for (final WindowState state : held) {
      start = Math.min(start, state.window().startMicros());
      size = size == 0 ? state.window().sizeMicros() : size;
      for (final FeatureVector vector : state.parts()) {
        modalities.add(vector.getModality());
        sessionId = sessionId == null ? vector.getSessionId() : sessionId;
        participantId = participantId == null ? vector.getParticipantId() : participantId;
      }
    }
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder()
            .setStreamId(draft.streamId)
            .setSessionId(sessionId)
            .setParticipantId(participantId)
            .setModalities(List.copyOf(modalities))
            .setWindowSizeMicros(size)
            .setGraceMicros(settings.presumedGrace().toNanos() / 1_000)
            .setStartMicros(start)
            .setState(StreamState.OPEN)
            .setReason("no descriptor came: taken from the vectors that did")
            .setOpenedAtMillis(draft.firstHeardMillis)
            .build();
    final List<Refused> refused = describe(draft, descriptor);
    draft.presumed = true;
    return refused;
  }

  private static StreamDescriptor declaring(
      final StreamDescriptor descriptor, final Modality modality) {
    final Set<Modality> more = EnumSet.of(modality);
    more.addAll(descriptor.getModalities());
    return StreamDescriptor.newBuilder(descriptor).setModalities(List.copyOf(more)).build();
  }

  // Opening and closing windows.

  private void put(
      final StreamDraft draft,
      final WindowState open,
      final Window window,
      final FeatureVector vector) {
    if (open == null) {
      draft.openWindows++;
      openWindows++;
    }
    if (draft.descriptor == null) {
      draft.heldVectors++;
    }
    store.putWindow(draft.streamId, (open == null ? WindowState.empty(window) : open).with(vector));
  }

  private void delete(final StreamDraft draft, final Window window) {
    store.deleteWindow(draft.streamId, window);
    draft.openWindows--;
    openWindows--;
  }

  private static boolean isClosed(final StreamDraft draft, final Window window) {
    if (draft.descriptor == null) {
      return false;
    }
    if (draft.closedAhead.contains(window)) {
      return true;
    }
    return draft.layout == Layout.SEGMENTS
        ? window.endMicros() + draft.descriptor.getGraceMicros() <= draft.decidedThroughMicros
        : window.startMicros() < draft.nextMicros;
  }

  private List<ClosedWindow> closeWindows(
      final StreamDraft draft, final Trigger trigger, final long now) {
    final Set<Modality> stalled = stalled(draft, trigger, now);
    final long known = draft.knownEndMicros();
    // Only windows up to here can close: beyond it some modality is still to be heard.
    long reached = Long.MAX_VALUE;
    for (final Modality modality : draft.descriptor.getModalities()) {
      if (!draft.finished(modality) && !stalled.contains(modality)) {
        reached = Math.min(reached, Math.max(0, draft.progress(modality).watermarkMicros()));
      }
    }
    return draft.layout == Layout.SEGMENTS
        ? closeSegments(draft, trigger, stalled, reached, known)
        : closeGrid(draft, trigger, stalled, reached, known);
  }

  private List<ClosedWindow> closeGrid(
      final StreamDraft draft,
      final Trigger trigger,
      final Set<Modality> stalled,
      final long reached,
      final long known) {
    final List<ClosedWindow> closed = new ArrayList<>();
    final long size = draft.descriptor.getWindowSizeMicros();
    if (draft.nextMicros >= known || draft.nextMicros + size > reached) {
      return closed;
    }
    final Map<Window, WindowState> open = new HashMap<>();
    for (final WindowState state : store.windows(draft.streamId, reached, Integer.MAX_VALUE)) {
      open.put(state.window(), state);
    }
    for (long start = draft.nextMicros; start < known && start + size <= reached; start += size) {
      final Window window = new Window(start, start + size, null);
      if (draft.closedAhead.contains(window)) {
        continue;
      }
      final WindowState state = open.getOrDefault(window, WindowState.empty(window));
      final EmitReason reason = reason(draft, state, trigger, stalled);
      if (reason != null) {
        closed.add(close(draft, state, reason, known));
      }
    }
    advance(draft, size);
    return closed;
  }

  /** Moves the mark over windows that are closed one after the other. */
  private static void advance(final StreamDraft draft, final long size) {
    while (draft.closedAhead.remove(new Window(draft.nextMicros, draft.nextMicros + size, null))) {
      draft.nextMicros += size;
    }
  }

  private List<ClosedWindow> closeSegments(
      final StreamDraft draft,
      final Trigger trigger,
      final Set<Modality> stalled,
      final long reached,
      final long known) {
    final List<ClosedWindow> closed = new ArrayList<>();
    for (final WindowState state : store.windows(draft.streamId, reached, Integer.MAX_VALUE)) {
      final EmitReason reason = reason(draft, state, trigger, stalled);
      if (reason != null) {
        closed.add(close(draft, state, reason, known));
      }
    }
    draft.decidedThroughMicros = Math.max(draft.decidedThroughMicros, Math.min(reached, known));
    final long grace = draft.descriptor.getGraceMicros();
    draft.closedAhead.removeIf(window -> window.endMicros() + grace <= draft.decidedThroughMicros);
    return closed;
  }

  /** Why a window closes now, or null if it does not. */
  private static EmitReason reason(
      final StreamDraft draft,
      final WindowState state,
      final Trigger trigger,
      final Set<Modality> stalled) {
    final Window window = state.window();
    boolean complete = true;
    boolean quiet = false;
    boolean late = false;
    for (final Modality modality : draft.descriptor.getModalities()) {
      if (covered(draft, state, modality)) {
        continue;
      }
      complete = false;
      if (!draft.finished(modality)) {
        if (draft.progress(modality).watermarkMicros()
            >= window.endMicros() + draft.descriptor.getGraceMicros()) {
          late = true;
        } else if (stalled.contains(modality)) {
          quiet = true;
        } else {
          return null;
        }
      }
    }
    if (complete) {
      return EmitReason.COMPLETE;
    }
    if (quiet) {
      return trigger == Trigger.FINISH || draft.sourceEnded()
          ? EmitReason.STREAM_ENDED
          : EmitReason.STALLED;
    }
    return late ? EmitReason.GRACE_OVER : EmitReason.STREAM_ENDED;
  }

  private static boolean covered(
      final StreamDraft draft, final WindowState state, final Modality modality) {
    final Window window = state.window();
    return state.covers(
        modality,
        Math.max(window.startMicros(), draft.descriptor.getStartMicros()),
        Math.min(window.endMicros(), draft.endMicros(modality)));
  }

  /**
   * Parts heard before the service was started with another bundle cannot be scored by this one.
   * They leave their window, which then lacks the modality.
   */
  private WindowState withoutForeign(final WindowState state) {
    final List<FeatureVector> kept = new ArrayList<>();
    for (final FeatureVector vector : state.parts()) {
      final String foreign = rules.foreignSpace(vector);
      if (foreign == null) {
        kept.add(vector);
      } else {
        setAside.add(new Refused(vector, foreign));
      }
    }
    return kept.size() == state.parts().size() ? state : new WindowState(state.window(), kept);
  }

  private ClosedWindow close(
      final StreamDraft draft, final WindowState heard, final EmitReason reason, final long known) {
    final WindowState state = withoutForeign(heard);
    final Window window = state.window();
    final StreamDescriptor descriptor = draft.descriptor;
    final boolean endKnown =
        descriptor.getModalities().stream().allMatch(draft::finished)
            || (draft.sourceEnded() && descriptor.getEndMicros() != null);
    final long from = Math.max(window.startMicros(), descriptor.getStartMicros());
    final long to =
        endKnown && known > from ? Math.min(window.endMicros(), known) : window.endMicros();
    final List<MergedModality> merged = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final ModalityStatus otherwise =
          !draft.declares(modality)
              ? ModalityStatus.UNDECLARED
              : covered(draft, state, modality) ? ModalityStatus.SILENT : ModalityStatus.MISSING;
      merged.add(state.merge(modality, from, to, otherwise));
    }
    if (!heard.parts().isEmpty()) {
      delete(draft, window);
    }
    draft.closedAhead.add(window);
    final OptionalLong captured = state.capturedAtMillis();
    return new ClosedWindow(
        draft.streamId,
        descriptor.getSessionId(),
        descriptor.getParticipantId(),
        window,
        reason,
        merged,
        captured);
  }

  // Silence by the wall clock.

  private Set<Modality> stalled(final StreamDraft draft, final Trigger trigger, final long now) {
    final Set<Modality> stalled = EnumSet.noneOf(Modality.class);
    if (trigger == Trigger.EVENT_TIME) {
      return stalled;
    }
    if (trigger == Trigger.FINISH) {
      stalled.addAll(draft.descriptor.getModalities());
      return stalled;
    }
    final long timeout = stallMillis(draft);
    for (final Modality modality : draft.descriptor.getModalities()) {
      final long since = Math.max(heardMillis(draft, modality), runningSinceMillis);
      if (!draft.finished(modality)
          && since + timeout <= now
          && !behind(draft, modality, since, timeout, now)) {
        stalled.add(modality);
      }
    }
    return stalled;
  }

  private boolean behind(
      final StreamDraft draft,
      final Modality modality,
      final long since,
      final long timeout,
      final long now) {
    final long heard = heardMillis[modality.ordinal()];
    if (heard == NEVER
        || heard + timeout <= now
        || since + settings.backlogTimeout().toMillis() <= now) {
      return false;
    }
    final List<WindowState> first = store.windows(draft.streamId, Long.MAX_VALUE, 1);
    // Where nothing was heard, nothing of the stream was captured before it opened.
    final long opened = draft.descriptor.getOpenedAtMillis();
    final long captured = first.isEmpty() ? opened : first.get(0).capturedAtMillis().orElse(opened);
    return capturedMillis[modality.ordinal()] < captured;
  }
}
