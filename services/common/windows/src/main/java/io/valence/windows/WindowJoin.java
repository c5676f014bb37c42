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
import io.valence.windows.JoinResult.EndedStream;
import io.valence.windows.JoinResult.Outcome;
import io.valence.windows.JoinResult.Refused;
import io.valence.windows.StreamMemory.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

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
 *   <li>STREAM_ENDED: when a modality that has not covered it has ended, or the source has, and the
 *       modality has been quiet by the wall clock for the stall timeout. Not at once: the last vector
 *       may have overtaken another, or one that was a dead letter may be sent again.
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
 * <p>Had the last face come as [10, 10.5) end, with [9, 10) lost or still under way, [9,12) would wait
 * until the face has been quiet for the stall timeout, 30 s by the wall clock: STREAM_ENDED.
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
 * was not running, or while it is behind itself: what a stream has sent may then be waiting in the
 * topic. The join is behind while the vectors that it takes were made more than half a stall timeout
 * ago; that too is tolerated for the backlog timeout, lest a clock that is wrong hold windows up for
 * good: one source with a wrong clock among sound ones uses that time up as all of them would. Example:
 * at 12:00:40 the join takes vectors made at 12:00:00. A stream last heard of at 12:00:05 has not been
 * quiet for 35 s: its next vector may have been waiting since 11:59:59. Half a stall timeout behind no
 * more, the join waits for another stall timeout and then judges.
 *
 * <p>A vector may come before its stream's descriptor: it is held. If the descriptor has not come
 * when the descriptor timeout is over (by {@link #advanceWallClock}) or the bound of held vectors is
 * reached, the stream is taken to declare the modalities, the window size and the start of what has
 * arrived, and modalities that appear later are added. If the descriptor comes after all it holds
 * from then on.
 *
 * <p>Windows may overlap, see {@link WindowGrid}: then a vector is kept once, in its pane, until the
 * last window that holds the pane has closed. Clocks may disagree: what a descriptor says of them is
 * added to the event time of each vector before anything else, see {@link Part}, and to the end that
 * the source names.
 *
 * <table>
 *   <caption>What becomes of what comes</caption>
 *   <tr><th>case</th><th>rule</th></tr>
 *   <tr><td>in order</td><td>Each window closes with the vector that completes it.</td></tr>
 *   <tr><td>out of order</td><td>A later window may close first; the result is the same, bit for bit,
 *       as long as nothing is out of order by more than the grace.</td></tr>
 *   <tr><td>duplicate</td><td>The same modality, sequence and window again changes nothing and is
 *       counted.</td></tr>
 *   <tr><td>late</td><td>A vector all of whose windows are closed is set aside with the reason. One
 *       that an overlapping window still waits for takes part in that.</td></tr>
 *   <tr><td>partial vectors</td><td>They merge by weight, in the order of their sequence numbers
 *       whatever the order of arrival.</td></tr>
 *   <tr><td>known silence</td><td>Weight 0 covers: the window is COMPLETE, the modality SILENT.</td></tr>
 *   <tr><td>a modality stops in the middle</td><td>Its windows wait until it has been quiet for the
 *       stall timeout, then they go out without it at once: STALLED.</td></tr>
 *   <tr><td>a stream stalls</td><td>All of what is known of it closes after the stall timeout; what
 *       comes later opens the windows that follow.</td></tr>
 *   <tr><td>end of stream</td><td>The last window is COMPLETE when it is covered to the end. The end is
 *       told once, with the last window, see {@link JoinResult#endedStreams}: nothing opens a window
 *       after it.</td></tr>
 *   <tr><td>sent again</td><td>A stream that FAILED and is opened again goes on: what is closed is
 *       late, what was heard is a duplicate, and the other windows get their events; segments
 *       alike.</td></tr>
 *   <tr><td>a hole before the end</td><td>It waits for the grace, by the watermark, or until the
 *       modality has been quiet for the stall timeout: STREAM_ENDED.</td></tr>
 *   <tr><td>one, two or three modalities</td><td>Only declared ones are waited for; others are refused,
 *       and UNDECLARED in the event.</td></tr>
 *   <tr><td>segments of a corpus</td><td>Each is a window of its own; gaps between them are none. No
 *       clock offset is added.</td></tr>
 *   <tr><td>other window sizes</td><td>10 ms to a day; a vector of another size is refused.</td></tr>
 *   <tr><td>overlapping windows</td><td>Each vector takes part in every window that holds its pane; the
 *       last window is the first that reaches the end.</td></tr>
 *   <tr><td>configured clock offset</td><td>The vector is moved, and cut at the borders that it then
 *       lies across; what lies before the start is cut off, or late if that is all of it. A piece
 *       whose window is closed is late, and named as such (but not of vectors that were held); the
 *       others take part.</td></tr>
 *   <tr><td>measured clock offset</td><td>For each window what is left of the difference to the first
 *       declared modality, from the window's own parts alone.</td></tr>
 *   <tr><td>no descriptor</td><td>Vectors are held, then the stream is taken as it comes; those that
 *       turn out not to belong are refused with their record as it came.</td></tr>
 * </table>
 *
 * <p>All state is bounded. A stream has at most {@code maximumWindowsAhead} windows between the first
 * open one and the last, 1,000 parts in one (fewer in a pane where many make a window, but 100), and
 * 100,000 in all; more are refused, and what is refused moves no watermark. Of a stream a call closes
 * 1,000 windows at most, of all together not twice as many; {@link #advanceWallClock} closes the rest. Closed
 * windows ahead of the first open one are kept as stretches, closed segments up to 10,000. Before the
 * descriptor at most {@code maximumHeldVectors} are held. A stream that was not heard of for the
 * retention, with all its windows closed, is forgotten. {@link #openWindows} counts what is open.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class WindowJoin {

  /** More closed segments are not told apart: what ends before the last of them is late. */
  private static final int MAXIMUM_REMEMBERED_SEGMENTS = 10_000;

  /** Looking for old streams reads them all: it is done so many times within the retention. */
  private static final int RETENTION_CHECKS = 100;

  /** A stream that was due in vain is left alone for so much of its stall timeout. */
  private static final int LOOKS_IN_TIMEOUT = 10;

  /**
   * No call but {@link #finish} closes more windows of a stream, nor begins with another stream when it has
   * closed so many; the rest wait for the next tick. What a call brings is one transaction, which may not
   * take long, and is in memory at once.
   */
  static final int MAXIMUM_CLOSED_AT_ONCE = 1_000;

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

  /** The streams with undecided windows, or whose end is still to be told. */
  private final WakeUps wakeUps = new WakeUps();

  /** Over all streams, by modality: when it was last heard of, and the latest time of capture. */
  private final long[] heardMillis = new long[Modality.values().length];

  private final long[] capturedMillis = new long[Modality.values().length];

  /** Parts found not to fit when their window closed; handed out with the next result. */
  private final List<Refused> setAside = new ArrayList<>();

  private long openWindows;
  private long lastNowMillis = NEVER;

  /** Since when this join has been running without a pause and without being behind. */
  private long runningSinceMillis;

  /** Since when vectors are taken that were made long ago, never a stall timeout apart. */
  private long behindSinceMillis = NEVER;

  /** When the last such vector was taken. */
  private long lastDelayedMillis = NEVER;

  private long lastRetentionCheckMillis;

  /** The stream that the last tick came to. */
  private String lastServed = "";

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

  /** How many windows are open over all streams; where windows overlap, their panes are counted. */
  public long openWindows() {
    return openWindows;
  }

  /** How many streams have windows that are still to close, or an end that is still to be told. */
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
      final boolean opens = draft.sourceEnded() && descriptor.getState() == StreamState.OPEN;
      final boolean again =
          opens
              && draft.descriptor.getState() == StreamState.FAILED
              && descriptor.getOpenedAtMillis() > draft.descriptor.getOpenedAtMillis();
      final boolean goesBack = opens && !again;
      // What broke off is sent again: windows that are closed stay so, the others may come.
      draft.over &= !again;
      if (goesBack || descriptor.equals(draft.descriptor)) {
        store.putStream(draft.toState());
        return result(
            Outcome.DUPLICATE,
            "stream is already known as " + draft.descriptor.getState(),
            List.of(),
            List.of(),
            List.of());
      }
      draft.replaceDescriptor(descriptor);
    } else {
      refused = describe(draft, descriptor);
    }
    final List<ClosedWindow> closed = closeWindows(draft, Trigger.EVENT_TIME, now);
    final List<EndedStream> ended = tellEnd(draft, Trigger.EVENT_TIME, now);
    save(draft);
    return result(Outcome.ACCEPTED, null, closed, refused, ended);
  }

  /** Takes a vector that lies nowhere else. */
  public JoinResult accept(final FeatureVector vector, final long nowMillis) {
    return accept(vector, Optional.empty(), nowMillis);
  }

  /**
   * Takes a vector in the bundle's base space.
   *
   * @param origin where it lies; given back if it is refused later
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  public JoinResult accept(
      final FeatureVector vector, final Optional<Origin> origin, final long nowMillis) {
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
    if (draft.over) {
      return afterTheEnd(draft, vector, now);
    }
    final Modality modality = vector.getModality();
    final Layout layoutBefore = draft.layout;
    final StreamDescriptor descriptorBefore = draft.descriptor;
    draft.layout = JoinRules.layout(vector);
    if (draft.presumed && !draft.declares(modality)) {
      draft.descriptor = declaring(draft.descriptor, modality);
    }
    final Placed placed =
        vector.getCoversEndMicros() > vector.getCoversStartMicros()
            ? place(draft, vector, origin, false)
            : Placed.ACCEPTED;
    if (placed.outcome() == Outcome.REFUSED) {
      // It may be sent again: what has found no room says nothing of how far its modality is.
      draft.layout = layoutBefore;
      draft.descriptor = descriptorBefore;
      draft.lastHeardMillis = now;
      store.putStream(draft.toState());
      return JoinResult.refused(placed.reason());
    }
    noteDelay(vector, now);
    draft.hear(vector, now);
    heardMillis[modality.ordinal()] = now;
    // What claims to be captured long after it arrived has a wrong clock and says nothing of the
    // others.
    if (vector.getCapturedAtMillis() <= now + settings.stallTimeout().toMillis()) {
      capturedMillis[modality.ordinal()] =
          Math.max(capturedMillis[modality.ordinal()], vector.getCapturedAtMillis());
    }
    List<Refused> refused = List.of();
    if (draft.descriptor == null && draft.heldVectors >= settings.maximumHeldVectors()) {
      refused = presume(draft);
    }
    final List<ClosedWindow> closed =
        draft.descriptor == null ? List.of() : closeWindows(draft, Trigger.EVENT_TIME, now);
    final List<EndedStream> ended = tellEnd(draft, Trigger.EVENT_TIME, now);
    save(draft);
    return new JoinResult(
        placed.outcome(), placed.reason(), placed.latePiece(), closed, all(refused), ended);
  }

  /** Nothing may open a window of a stream whose end was told. */
  private JoinResult afterTheEnd(
      final StreamDraft draft, final FeatureVector vector, final long now) {
    draft.lastHeardMillis = now;
    save(draft);
    if (vector.getCoversEndMicros() == vector.getCoversStartMicros()) {
      return result(Outcome.ACCEPTED, null, List.of(), List.of(), List.of());
    }
    final Window window = Window.of(vector);
    return result(
        Outcome.LATE,
        draft.layout == Layout.GRID && window.startMicros() >= draft.nextMicros
            ? "window " + window + " lies beyond the end of stream " + draft.streamId
            : closedReason(window),
        List.of(),
        List.of(),
        List.of());
  }

  private static String closedReason(final Window window) {
    return "window " + window + " is closed, its event is out";
  }

  /**
   * Lets wall-clock time pass: closes what has stalled or was left by a call that closed many windows, gives
   * up waiting for descriptors and forgets old streams. To be called about every second.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  public JoinResult advanceWallClock(final long nowMillis) {
    final long now = tick(nowMillis);
    final List<ClosedWindow> closed = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    final List<EndedStream> ended = new ArrayList<>();
    for (final String streamId : inTurn(wakeUps.due(now))) {
      if (closed.size() >= MAXIMUM_CLOSED_AT_ONCE) {
        // The others stay due, and come first in the next tick.
        break;
      }
      lastServed = streamId;
      final StreamDraft draft = new StreamDraft(store.stream(streamId));
      boolean changed = false;
      if (draft.descriptor == null) {
        final long since = Math.max(draft.firstHeardMillis, runningSinceMillis);
        final long until = since + settings.descriptorTimeout().toMillis();
        if (until > now) {
          wakeUps.set(streamId, until);
          continue;
        }
        refused.addAll(presume(draft));
        changed = true;
      }
      final long decidedBefore = draft.decidedThroughMicros;
      final List<ClosedWindow> here = closeWindows(draft, Trigger.WALL_CLOCK, now);
      closed.addAll(here);
      final List<EndedStream> endedHere = tellEnd(draft, Trigger.WALL_CLOCK, now);
      ended.addAll(endedHere);
      if (changed
          || !here.isEmpty()
          || !endedHere.isEmpty()
          || draft.decidedThroughMicros != decidedBefore
          || !awaits(draft)) {
        save(draft);
      } else {
        wakeUps.set(streamId, nextWakeUp(draft, now));
      }
    }
    if (now - lastRetentionCheckMillis >= settings.retention().toMillis() / RETENTION_CHECKS) {
      lastRetentionCheckMillis = now;
      forget(now);
    }
    return result(Outcome.ACCEPTED, null, closed, refused, ended);
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
      return result(Outcome.ACCEPTED, null, List.of(), List.of(), List.of());
    }
    final StreamDraft draft = new StreamDraft(state);
    final List<Refused> refused = draft.descriptor == null ? presume(draft) : List.of();
    final List<ClosedWindow> closed = closeWindows(draft, Trigger.FINISH, now);
    final List<EndedStream> ended = tellEnd(draft, Trigger.FINISH, now);
    save(draft);
    return result(Outcome.ACCEPTED, null, closed, refused, ended);
  }

  /**
   * How far the windows of a stream are decided: none that ends at or before this is open or still to
   * come. Only a descriptor that comes late, and begins earlier than its stream was taken to, sets
   * this back.
   *
   * <p>Example: size 3 s, [0,3) and [6,9) closed: 5.999999 s, for [3,6) is the next to close. Of
   * segments, of which nobody knows how many there are: up to where the slowest modality has come,
   * less the grace.
   *
   * @return microseconds of event time; -1 if nothing is known of the stream or nothing is decided
   */
  public long decidedThroughMicros(final String streamId) {
    final StreamMemory state = store.stream(streamId);
    if (state == null || state.descriptor() == null) {
      return -1;
    }
    return state.layout() == Layout.SEGMENTS
        ? Math.max(-1, state.decidedThroughMicros() - state.descriptor().getGraceMicros())
        : state.nextMicros() + state.descriptor().getWindowSizeMicros() - 1;
  }

  // Time and bookkeeping.

  private JoinResult result(
      final Outcome outcome,
      final String reason,
      final List<ClosedWindow> closed,
      final List<Refused> refused,
      final List<EndedStream> ended) {
    return new JoinResult(outcome, reason, null, closed, all(refused), ended);
  }

  private List<Refused> all(final List<Refused> refused) {
    final List<Refused> all = new ArrayList<>(refused);
    all.addAll(setAside);
    setAside.clear();
    return all;
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

  /** Who seems quiet while the join is behind may have sent what it has not come to yet. */
  private void noteDelay(final FeatureVector vector, final long now) {
    final long timeout = settings.stallTimeout().toMillis();
    if (now - vector.getCreatedAtMillis() <= timeout / 2) {
      return;
    }
    if (lastDelayedMillis == NEVER || now - lastDelayedMillis >= timeout) {
      behindSinceMillis = now;
    }
    lastDelayedMillis = now;
    if (now - behindSinceMillis < settings.backlogTimeout().toMillis()) {
      runningSinceMillis = now;
    }
  }

  private StreamDraft draft(final String streamId, final long now) {
    final StreamMemory state = store.stream(streamId);
    return state == null ? new StreamDraft(streamId, now) : new StreamDraft(state);
  }

  private void save(final StreamDraft draft) {
    store.putStream(draft.toState());
    schedule(draft);
  }

  /** Whether the wall clock may have something to do for a stream. */
  private static boolean awaits(final StreamDraft draft) {
    return draft.hasUndecided() || draft.endIsNear();
  }

  /** The streams in order of their id, but first those that come after the one served last. */
  private List<String> inTurn(final List<String> due) {
    final List<String> turn = new ArrayList<>(due.size());
    due.stream().filter(id -> id.compareTo(lastServed) > 0).forEach(turn::add);
    due.stream().filter(id -> id.compareTo(lastServed) <= 0).forEach(turn::add);
    return turn;
  }

  private void schedule(final StreamDraft draft) {
    if (awaits(draft)) {
      wakeUps.set(draft.streamId, draft.leftSome ? lastNowMillis : wakeUp(draft));
    } else {
      wakeUps.remove(draft.streamId);
    }
  }

  /** When the next modality will have been quiet for the stall timeout. */
  private long wakeUp(final StreamDraft draft) {
    if (draft.descriptor == null) {
      return draft.firstHeardMillis + settings.descriptorTimeout().toMillis();
    }
    long wakeUp = Long.MAX_VALUE;
    for (final Modality modality : draft.descriptor.getModalities()) {
      final long since = Math.max(heardMillis(draft, modality), runningSinceMillis);
      wakeUp = Math.min(wakeUp, since + stallMillis(draft));
    }
    return wakeUp;
  }

  /** The same for a stream that was due in vain: it waits for another's record, or for a backlog. */
  private long nextWakeUp(final StreamDraft draft, final long now) {
    long wakeUp = now + Math.max(1, stallMillis(draft) / LOOKS_IN_TIMEOUT);
    for (final Modality modality : draft.descriptor.getModalities()) {
      final long until =
          Math.max(heardMillis(draft, modality), runningSinceMillis) + stallMillis(draft);
      wakeUp = until > now ? Math.min(wakeUp, until) : wakeUp;
    }
    return wakeUp;
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
    for (final String streamId : store.streamsQuietSince(before)) {
      if (!wakeUps.contains(streamId)) {
        openWindows -= store.stream(streamId).openWindows();
        store.deleteStream(streamId);
      }
    }
  }

  // Descriptors, given and presumed.

  /** Gives a stream its descriptor and lets go of held vectors that do not belong to it. */
  private List<Refused> describe(final StreamDraft draft, final StreamDescriptor descriptor) {
    final List<Part> held = new ArrayList<>();
    for (final WindowState state :
        store.windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE)) {
      held.addAll(state.parts());
      remove(draft, state);
    }
    final long start = WindowGrid.of(descriptor).firstMicros();
    if (draft.descriptor == null) {
      draft.nextMicros = start;
    } else if (!draft.over) {
      // Windows before the presumed start were never decided; those after it stay closed.
      final long presumed = draft.grid().firstMicros();
      if (start < presumed) {
        if (presumed < draft.nextMicros) {
          draft.closedAhead.add(presumed, draft.nextMicros);
        }
        draft.nextMicros = draft.closedAhead.take(start);
      } else {
        draft.nextMicros = draft.closedAhead.take(Math.max(draft.nextMicros, start));
      }
    }
    draft.replaceDescriptor(descriptor);
    draft.presumed = false;
    draft.heldVectors = 0;

    final List<Refused> refused = new ArrayList<>();
    final Set<Modality> disturbed = EnumSet.noneOf(Modality.class);
    for (final Part part : held) {
      final FeatureVector vector = part.vector();
      String reason = rules.refusal(draft, descriptor, false, vector);
      if (reason == null) {
        final Placed placed = place(draft, vector, part.origin(), true);
        reason = placed.reason();
      } else {
        disturbed.add(vector.getModality());
      }
      if (reason != null) {
        refused.add(new Refused(vector, part.origin(), reason));
      }
    }
    for (final Modality modality : Modality.values()) {
      if (disturbed.contains(modality)) {
        measureAgain(draft, modality);
      } else {
        final ModalityProgress made = draft.progress(modality);
        if (made.watermarkMicros() >= 0) {
          draft.setProgress(
              modality,
              new ModalityProgress(
                  Math.max(0, made.watermarkMicros() + draft.clockOffsetMicros(modality)),
                  made.ended(),
                  made.heardAtMillis()));
        }
      }
    }
    return refused;
  }

  /** A vector that does not belong to the stream must not have moved the watermark. */
  private void measureAgain(final StreamDraft draft, final Modality modality) {
    final ModalityProgress before = draft.progress(modality);
    long watermark = -1;
    boolean ended = false;
    for (final WindowState state :
        store.windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE)) {
      for (final Part part : state.parts()) {
        if (part.vector().getModality() == modality) {
          watermark = Math.max(watermark, part.wholeEndMicros());
          ended |= part.vector().getEndOfStream();
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
      for (final Part part : state.parts()) {
        final FeatureVector vector = part.vector();
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

  /**
   * What became of a vector, or of a piece of one.
   *
   * @param reason null if it was accepted
   * @param latePiece why a piece of what was accepted is late; null if none is
   */
  private record Placed(Outcome outcome, String reason, String latePiece) {

    private static final Placed ACCEPTED = new Placed(Outcome.ACCEPTED, null);

    Placed(final Outcome outcome, final String reason) {
      this(outcome, reason, null);
    }
  }

  /**
   * Puts a vector, or the pieces that its clock offset makes of it, where it belongs.
   *
   * @param held whether it was there before: its segment is then not closed, however far its modality has come
   */
  private Placed place(
      final StreamDraft draft,
      final FeatureVector vector,
      final Optional<Origin> origin,
      final boolean held) {
    final boolean undescribed = draft.descriptor == null;
    final Optional<Origin> kept = undescribed ? origin : origin.map(Origin::withoutRecord);
    final List<Part> parts =
        undescribed || draft.layout == Layout.SEGMENTS
            ? List.of(Part.of(vector, kept))
            : Part.split(vector, kept, draft.grid(), draft.clockOffsetMicros(vector.getModality()));
    Placed verdict = null;
    String latePiece = null;
    final List<Part> free = new ArrayList<>(parts.size());
    final List<WindowState> windows = new ArrayList<>(parts.size());
    for (final Part part : parts) {
      final Window window = Window.of(part.vector());
      final WindowState open = store.window(draft.streamId, window);
      final boolean heldSegment = held && draft.layout == Layout.SEGMENTS;
      if (open == null && !heldSegment && isClosed(draft, window)) {
        verdict = late(draft, window, vector);
        // What lies before the start is only cut off.
        latePiece =
            window.endMicros() > draft.descriptor.getStartMicros() ? verdict.reason() : latePiece;
      } else if (open != null && open.holds(part)) {
        verdict =
            new Placed(
                Outcome.DUPLICATE,
                "window "
                    + window
                    + " has "
                    + vector.getModality()
                    + " sequence "
                    + vector.getSequence()
                    + " already");
      } else {
        final String full = rules.refusal(draft, open, part);
        if (full != null) {
          return new Placed(Outcome.REFUSED, full);
        }
        free.add(part);
        windows.add(open == null ? WindowState.empty(window) : open);
      }
    }
    if (free.isEmpty()) {
      return verdict == null ? beforeTheStart(draft, vector) : verdict;
    }
    for (int i = 0; i < free.size(); i++) {
      put(draft, windows.get(i), free.get(i));
    }
    return latePiece == null
        ? Placed.ACCEPTED
        : new Placed(Outcome.ACCEPTED, null, "a piece of it is late: " + latePiece);
  }

  /** What to say of a vector that has no piece: only a clock offset can bring that about. */
  private static Placed beforeTheStart(final StreamDraft draft, final FeatureVector vector) {
    return new Placed(
        Outcome.LATE,
        vector.getModality()
            + " from "
            + vector.getCoversStartMicros()
            + " to "
            + vector.getCoversEndMicros()
            + " lies before the start of stream "
            + draft.streamId
            + " when its clock offset is added");
  }

  private static Placed late(
      final StreamDraft draft, final Window window, final FeatureVector vector) {
    if (window.segmentId() != null || window.endMicros() > draft.descriptor.getStartMicros()) {
      return new Placed(Outcome.LATE, closedReason(window));
    }
    return draft.presumed
        ? new Placed(Outcome.LATE, "window " + window + " lies before the first that was heard of")
        : beforeTheStart(draft, vector);
  }

  private void put(final StreamDraft draft, final WindowState open, final Part part) {
    if (open.parts().isEmpty()) {
      draft.openWindows++;
      openWindows++;
    }
    if (draft.descriptor == null) {
      draft.heldVectors++;
    }
    draft.openParts++;
    store.addPart(draft.streamId, open, part);
  }

  private void remove(final StreamDraft draft, final WindowState open) {
    store.deleteWindow(draft.streamId, open.window());
    draft.openWindows--;
    draft.openParts -= open.parts().size();
    openWindows--;
  }

  /** Lets go of a window or pane that no event needs any more; what never fitted is named. */
  private void delete(final StreamDraft draft, final WindowState open) {
    remove(draft, open);
    for (final Part part : open.parts()) {
      final String foreign = rules.foreignSpace(part.vector());
      if (foreign != null) {
        setAside.add(new Refused(part.vector(), part.origin(), foreign));
      }
    }
  }

  /** Whether every window that a window or pane has a part in is closed. */
  private static boolean isClosed(final StreamDraft draft, final Window window) {
    if (draft.descriptor == null) {
      return false;
    }
    if (draft.layout == Layout.SEGMENTS) {
      return draft.closedSegments.contains(window) || isPast(draft, window);
    }
    final WindowGrid grid = draft.grid();
    for (long start = grid.firstWindowWith(window);
        start <= window.startMicros();
        start += grid.hopMicros()) {
      if (start >= draft.nextMicros && !draft.closedAhead.contains(start)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a segment would have closed by now, had anything of it been heard. */
  private static boolean isPast(final StreamDraft draft, final Window window) {
    final long end = window.endMicros() + draft.descriptor.getGraceMicros();
    if (end <= draft.decidedThroughMicros) {
      return true;
    }
    for (final Modality modality : draft.descriptor.getModalities()) {
      final boolean beyondItsEnd =
          draft.finished(modality) && window.startMicros() >= draft.endMicros(modality);
      if (draft.progress(modality).watermarkMicros() < end && !beyondItsEnd) {
        return false;
      }
    }
    return true;
  }

  private List<ClosedWindow> closeWindows(
      final StreamDraft draft, final Trigger trigger, final long now) {
    if (!draft.hasUndecided()) {
      return List.of();
    }
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
    final WindowGrid grid = draft.grid();
    long start = draft.nextMicros;
    while (grid.isWithin(start, known) && start + grid.sizeMicros() <= reached) {
      if (leaves(draft, trigger, closed)) {
        break;
      }
      final long after = draft.closedAhead.endAfter(start);
      if (after > start) {
        start = after;
        continue;
      }
      final WindowState state = assemble(draft, grid, start);
      final EmitReason reason = reason(draft, state, trigger, stalled);
      if (reason != null) {
        closed.add(close(draft, state, reason, known));
        draft.closedAhead.add(start, start + grid.hopMicros());
        deletePanes(draft, grid, start);
      }
      start += grid.hopMicros();
    }
    draft.nextMicros = draft.closedAhead.take(draft.nextMicros);
    return closed;
  }

  /** Whether what else is to close of a stream must wait for the next call. */
  private static boolean leaves(
      final StreamDraft draft, final Trigger trigger, final List<ClosedWindow> closed) {
    draft.leftSome = trigger != Trigger.FINISH && closed.size() >= MAXIMUM_CLOSED_AT_ONCE;
    return draft.leftSome;
  }

  /** A window from its panes. */
  private WindowState assemble(final StreamDraft draft, final WindowGrid grid, final long start) {
    final List<Part> parts = new ArrayList<>();
    for (int i = 0; i < grid.panes(); i++) {
      final WindowState pane =
          store.window(draft.streamId, grid.pane(start + i * grid.hopMicros()));
      if (pane != null && grid.panes() == 1) {
        return pane;
      }
      if (pane != null) {
        parts.addAll(pane.parts());
      }
    }
    return new WindowState(grid.window(start), parts);
  }

  /** Deletes the panes of a window that has closed, where no other waits for them. */
  private void deletePanes(final StreamDraft draft, final WindowGrid grid, final long start) {
    for (int i = 0; i < grid.panes(); i++) {
      final Window pane = grid.pane(start + i * grid.hopMicros());
      final WindowState open = store.window(draft.streamId, pane);
      if (open != null && isClosed(draft, pane)) {
        delete(draft, open);
      }
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
      if (leaves(draft, trigger, closed)) {
        return closed;
      }
      final EmitReason reason = reason(draft, state, trigger, stalled);
      if (reason != null) {
        closed.add(close(draft, state, reason, known));
        draft.closedSegments.add(state.window());
        delete(draft, state);
      }
    }
    // An ended modality may still owe a vector that its last one has overtaken.
    long decided = known;
    for (final Modality modality : draft.descriptor.getModalities()) {
      if (!stalled.contains(modality)) {
        decided = Math.min(decided, draft.progress(modality).watermarkMicros());
      }
    }
    draft.decidedThroughMicros = Math.max(draft.decidedThroughMicros, decided);
    while (draft.closedSegments.size() > MAXIMUM_REMEMBERED_SEGMENTS) {
      draft.decidedThroughMicros =
          Math.max(
              draft.decidedThroughMicros,
              draft.closedSegments.pollFirst().endMicros() + draft.descriptor.getGraceMicros());
    }
    draft.closedSegments.removeIf(window -> isPast(draft, window));
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
      if (draft.progress(modality).watermarkMicros()
          >= window.endMicros() + draft.descriptor.getGraceMicros()) {
        late = true;
      } else if (!stalled.contains(modality)) {
        return null;
      } else if (!draft.finished(modality)) {
        quiet = true;
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
        Math.max(window.startMicros(), draft.startMicros(modality)),
        Math.min(window.endMicros(), draft.endMicros(modality)));
  }

  /**
   * Parts heard before the service was started with another bundle cannot be scored by this one.
   * They leave their window, which then lacks the modality.
   */
  private WindowState withoutForeign(final WindowState state) {
    final List<Part> kept = new ArrayList<>();
    for (final Part part : state.parts()) {
      if (rules.foreignSpace(part.vector()) == null) {
        kept.add(part);
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
    final OptionalLong reference = state.leastDelayMicros(descriptor.getModalities().get(0));
    final List<MergedModality> merged = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final ModalityStatus otherwise =
          !draft.declares(modality)
              ? ModalityStatus.UNDECLARED
              : covered(draft, state, modality) ? ModalityStatus.SILENT : ModalityStatus.MISSING;
      final OptionalLong delay = state.leastDelayMicros(modality);
      final OptionalLong clockOffset =
          reference.isPresent() && delay.isPresent()
              ? OptionalLong.of(delay.getAsLong() - reference.getAsLong())
              : OptionalLong.empty();
      merged.add(state.merge(modality, from, to, clockOffset, otherwise));
    }
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
    return quiet(draft, now, () -> oldestCapture(draft));
  }

  /**
   * The modalities that have been quiet for the stall timeout and are not only behind.
   *
   * @param oldest when the media that are waited for were captured
   */
  private Set<Modality> quiet(final StreamDraft draft, final long now, final LongSupplier oldest) {
    final Set<Modality> stalled = EnumSet.noneOf(Modality.class);
    final long timeout = stallMillis(draft);
    for (final Modality modality : draft.descriptor.getModalities()) {
      final long since = Math.max(heardMillis(draft, modality), runningSinceMillis);
      // Whose last vector is there is not behind: what it still owes is out of order, or lost.
      if (since + timeout <= now
          && (draft.finished(modality) || !behind(modality, since, timeout, now, oldest))) {
        stalled.add(modality);
      }
    }
    return stalled;
  }

  /**
   * Whether a modality's extractor is at work, and on older media.
   *
   * @param captured when the media that are waited for were captured
   */
  private boolean behind(
      final Modality modality,
      final long since,
      final long timeout,
      final long now,
      final LongSupplier captured) {
    final long heard = heardMillis[modality.ordinal()];
    return heard != NEVER
        && heard + timeout > now
        && since + settings.backlogTimeout().toMillis() > now
        && capturedMillis[modality.ordinal()] < captured.getAsLong();
  }

  /** When the media of a stream's first open window were captured. */
  private long oldestCapture(final StreamDraft draft) {
    final List<WindowState> first = store.windows(draft.streamId, Long.MAX_VALUE, 1);
    // Where nothing was heard, nothing of the stream was captured before it opened.
    final long opened = draft.descriptor.getOpenedAtMillis();
    return first.isEmpty() ? opened : first.get(0).capturedAtMillis().orElse(opened);
  }

  // The end.

  /**
   * Tells once that a stream has no more windows to come: all of its known range are closed, and
   * nothing can extend the range. That is so at once when the source has named its end, or has ended
   * with every modality; else when every modality has been quiet for the stall timeout.
   */
  private List<EndedStream> tellEnd(
      final StreamDraft draft, final Trigger trigger, final long now) {
    if (draft.over || draft.descriptor == null || draft.hasUndecided()) {
      return List.of();
    }
    final StreamDescriptor descriptor = draft.descriptor;
    final boolean settled =
        draft.sourceEnded()
            && draft.layout != Layout.SEGMENTS
            && (descriptor.getEndMicros() != null || draft.allFinished());
    if (!settled && trigger != Trigger.FINISH) {
      // All media of the stream were captured before its last record came.
      if (!draft.endIsNear()
          || trigger != Trigger.WALL_CLOCK
          || quiet(draft, now, () -> draft.lastHeardMillis).size()
              < descriptor.getModalities().size()) {
        return List.of();
      }
    }
    draft.over = true;
    // Of overlapping windows the last panes outlive the last window.
    store
        .windows(draft.streamId, Long.MAX_VALUE, Integer.MAX_VALUE)
        .forEach(open -> delete(draft, open));
    draft.closedAhead.clear();
    // Closed segments stay known: the stream may be sent again.
    if (draft.endTold) {
      return List.of();
    }
    draft.endTold = true;
    return List.of(
        new EndedStream(
            draft.streamId,
            descriptor.getSessionId(),
            descriptor.getState(),
            descriptor.getReason()));
  }
}
