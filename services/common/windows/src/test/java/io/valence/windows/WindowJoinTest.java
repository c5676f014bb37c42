package io.valence.windows;

import static io.valence.windows.Records.SECOND;
import static io.valence.windows.Records.ended;
import static io.valence.windows.Records.face;
import static io.valence.windows.Records.last;
import static io.valence.windows.Records.micros;
import static io.valence.windows.Records.open;
import static io.valence.windows.Records.silence;
import static io.valence.windows.Records.vector;
import static io.valence.windows.Records.voice;
import static io.valence.windows.Records.word;
import static io.valence.windows.Records.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.valence.model.BundleDescription.Space;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.windows.JoinResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * One test for each rule, with literal times. Windows are 3 s, grace is 3 s, the stall timeout 30 s.
 * The comment before each step lists the open windows: V, A, T stand for face, voice, words.
 */
class WindowJoinTest {

  static final Map<Modality, Space> SPACES =
      Map.of(
          Modality.VISUAL, new Space("face-2", 2),
          Modality.AUDIO, new Space("voice-1", 1),
          Modality.TEXT, new Space("words-1", 1));

  private final EncodingJoinStore store = new EncodingJoinStore();
  private WindowJoin join = new WindowJoin(store, JoinSettings.defaults(), SPACES);
  private long now = 10_000;

  // Shorthand.

  private JoinResult accept(final FeatureVector vector) {
    return join.accept(vector, now);
  }

  private JoinResult accept(final StreamDescriptor descriptor) {
    return join.accept(descriptor, now);
  }

  /** Lets the wall clock run in steps of a second, as a service does. */
  private List<ClosedWindow> run(final Duration duration) {
    final List<ClosedWindow> closed = new ArrayList<>();
    final long until = now + duration.toMillis();
    while (now < until) {
      now = Math.min(until, now + 1_000);
      closed.addAll(join.advanceWallClock(now).closed());
    }
    return closed;
  }

  private static List<String> names(final List<ClosedWindow> closed) {
    return closed.stream()
        .map(
            window ->
                window.window().startMicros() / SECOND
                    + "-"
                    + window.window().endMicros() / SECOND
                    + " "
                    + window.reason())
        .toList();
  }

  private static MergedModality part(final ClosedWindow window, final Modality modality) {
    return window.modalities().get(modality.ordinal());
  }

  private static List<ModalityStatus> statuses(final ClosedWindow window) {
    return window.modalities().stream().map(MergedModality::status).toList();
  }

  // Completeness.

  @Example
  void completeAtOnce() {
    accept(open("s", Modality.VISUAL, Modality.AUDIO, Modality.TEXT));
    // (none)
    assertThat(accept(face(0, 3)).closed()).isEmpty();
    // [0,3): V
    assertThat(accept(words(0, 3)).closed()).isEmpty();
    // [0,3): V T
    final List<ClosedWindow> closed = accept(voice(0, 3)).closed();
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    final ClosedWindow window = closed.get(0);
    assertThat(window.streamId()).isEqualTo("s");
    assertThat(window.sessionId()).isEqualTo("conversation");
    assertThat(window.participantId()).isEqualTo("speaker");
    assertThat(window.capturedAtMillis()).hasValue(5_000);
    assertThat(statuses(window)).containsOnly(ModalityStatus.PRESENT);
    assertThat(part(window, Modality.VISUAL).values()).containsExactly(1.5f, 2.5f);
    assertThat(part(window, Modality.TEXT).coverage()).isEqualTo(1);
    assertThat(join.openWindows()).isZero();
    assertThat(store.windowCount()).isZero();
  }

  @Example
  void oneAndTwoDeclaredModalities() {
    accept(open("s", Modality.TEXT));
    final List<ClosedWindow> closed = accept(words(0, 3)).closed();
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    assertThat(statuses(closed.get(0)))
        .containsExactly(
            ModalityStatus.UNDECLARED, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);

    final StreamDescriptor two = open("two", Modality.AUDIO, Modality.TEXT);
    accept(two);
    assertThat(accept(vector("two", Modality.AUDIO, 0, 3, 1).build()).closed()).isEmpty();
    assertThat(names(accept(vector("two", Modality.TEXT, 0, 3, 1).build()).closed()))
        .containsExactly("0-3 COMPLETE");
  }

  @Example
  void partialVectorsCompleteAWindowTogether() {
    accept(open("s", Modality.TEXT));
    assertThat(accept(words(1, 2)).closed()).isEmpty();
    assertThat(accept(words(2, 3)).closed()).isEmpty();
    // [0,3): T 1-3
    final List<ClosedWindow> closed = accept(words(0, 1)).closed();
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    assertThat(part(closed.get(0), Modality.TEXT).weight()).isEqualTo(3);
  }

  @Example
  void knownSilenceIsAnAnswer() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(silence(Modality.TEXT, 0, 3));
    // [0,3): T (silent)
    final List<ClosedWindow> closed = accept(face(0, 3)).closed();
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    assertThat(statuses(closed.get(0)))
        .containsExactly(ModalityStatus.PRESENT, ModalityStatus.UNDECLARED, ModalityStatus.SILENT);
    assertThat(part(closed.get(0), Modality.TEXT).coverage()).isEqualTo(1);
    assertThat(part(closed.get(0), Modality.TEXT).weight()).isZero();
  }

  @Example
  void outOfOrderWindowsCloseWhenTheyAreComplete() {
    accept(
        StreamDescriptor.newBuilder(open("s", Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(4 * SECOND)
            .build());
    accept(words(3, 6));
    // [3,6): T
    assertThat(names(accept(face(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    // [0,3): nothing yet
    accept(face(0, 3));
    assertThat(names(accept(words(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    // Both are remembered.
    assertThat(accept(face(0, 3)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(face(3, 6)).outcome()).isEqualTo(Outcome.LATE);
  }

  @Example
  void repeatsChangeNothing() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 2));
    // [0,3): T 0-2
    final JoinResult again = accept(words(0, 2));
    assertThat(again.outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(again.reason()).contains("TEXT sequence 0");
    accept(words(2, 3));
    final List<ClosedWindow> closed = accept(face(0, 3)).closed();
    assertThat(part(closed.get(0), Modality.TEXT).weight()).isEqualTo(2);
    assertThat(accept(open("s", Modality.VISUAL, Modality.TEXT)).outcome())
        .isEqualTo(Outcome.DUPLICATE);
  }

  @Example
  void windowsOfAnotherSize() {
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder(open("s", Modality.TEXT))
            .setWindowSizeMicros(500_000)
            .setGraceMicros(0)
            .build();
    accept(descriptor);
    final FeatureVector vector =
        vector("s", Modality.TEXT, 1.5, 2, 1)
            .setWindowStartMicros(1_500_000)
            .setWindowEndMicros(2_000_000)
            .build();
    assertThat(accept(vector).closed())
        .extracting(window -> window.window().startMicros(), ClosedWindow::reason)
        .containsExactly(
            tuple(0L, EmitReason.GRACE_OVER),
            tuple(500_000L, EmitReason.GRACE_OVER),
            tuple(1_000_000L, EmitReason.GRACE_OVER),
            tuple(1_500_000L, EmitReason.COMPLETE));
    final JoinResult misaligned = accept(words(3, 6));
    assertThat(misaligned.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(misaligned.reason())
        .isEqualTo("[3000000, 6000000) is not a window of stream s, whose size is 500000");
  }

  // Event time.

  @Example
  void aMissingModalityIsWaitedForByItsOwnWatermark() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    // Words of a minute arrive before the first picture: nothing closes.
    for (int second = 0; second < 60; second += 3) {
      assertThat(accept(words(second, second + 3)).closed()).isEmpty();
    }
    assertThat(join.openWindows()).isEqualTo(20);
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    // The face skips [3,6) and [6,9). At 12 s it is 6 s past the first and 3 s past the second.
    final List<ClosedWindow> closed = accept(face(9, 12)).closed();
    assertThat(names(closed)).containsExactly("3-6 GRACE_OVER", "6-9 GRACE_OVER", "9-12 COMPLETE");
    assertThat(statuses(closed.get(0)))
        .containsExactly(ModalityStatus.MISSING, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
  }

  @Example
  void graceRunsToTheMicrosecond() {
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder(open("s", Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(4 * SECOND)
            .build();
    accept(descriptor);
    accept(words(0, 3));
    accept(words(3, 6));
    accept(words(6, 9));
    // The face begins at 3 s: [0,3) waits for it until 7 s.
    assertThat(names(accept(face(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    assertThat(accept(face(6, 6.999999)).closed()).isEmpty();
    assertThat(names(accept(face(6.999999, 7)).closed())).containsExactly("0-3 GRACE_OVER");
  }

  @Example
  void partlyCoveredModalitiesKeepWhatTheyHave() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(face(0, 1));
    // [0,3): V 0-1, T; the rest of the face never comes.
    final List<ClosedWindow> closed = accept(face(3, 6)).closed();
    assertThat(names(closed)).containsExactly("0-3 GRACE_OVER");
    assertThat(part(closed.get(0), Modality.VISUAL).status()).isEqualTo(ModalityStatus.PRESENT);
    assertThat(part(closed.get(0), Modality.VISUAL).coverage()).isCloseTo(1.0 / 3, within(1e-12));
  }

  @Example
  void windowsWithoutAnythingStillClose() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(face(0, 3));
    accept(words(12, 15));
    final List<ClosedWindow> closed = accept(face(12, 15)).closed();
    assertThat(names(closed))
        .containsExactly("3-6 GRACE_OVER", "6-9 GRACE_OVER", "9-12 GRACE_OVER", "12-15 COMPLETE");
    assertThat(statuses(closed.get(1)))
        .containsExactly(ModalityStatus.MISSING, ModalityStatus.UNDECLARED, ModalityStatus.MISSING);
    assertThat(closed.get(1).capturedAtMillis()).isEmpty();
    assertThat(part(closed.get(1), Modality.TEXT).coverage()).isZero();
  }

  @Example
  void lateVectorsAreToldApart() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(words(3, 6));
    accept(words(6, 9));
    accept(face(3, 6));
    final JoinResult result = accept(face(0, 3));
    // [0,3) went out when the face was at 6 s.
    assertThat(result.outcome()).isEqualTo(Outcome.LATE);
    assertThat(result.reason()).isEqualTo("window [0, 3000000) is closed, its event is out");
    assertThat(result.closed()).isEmpty();
  }

  // The end.

  @Example
  void theLastWindowIsCompleteWhenItIsCoveredToTheEnd() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(face(0, 3));
    accept(last(words(3, 4.5)));
    // [3,6): T to its end
    final List<ClosedWindow> closed = accept(last(face(3, 4.5))).closed();
    assertThat(names(closed)).containsExactly("3-6 COMPLETE");
    assertThat(part(closed.get(0), Modality.TEXT).coverage()).isEqualTo(1);
    assertThat(closed.get(0).window().endMicros()).isEqualTo(6 * SECOND);
    assertThat(accept(ended(open("s", Modality.VISUAL, Modality.TEXT), 4.5)).closed()).isEmpty();
    assertThat(run(Duration.ofMinutes(5))).isEmpty();
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void aModalityThatEndsEarlyIsSilentAfterwards() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(last(words(0, 2)));
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    final List<ClosedWindow> closed = accept(face(3, 6)).closed();
    assertThat(names(closed)).containsExactly("3-6 COMPLETE");
    assertThat(part(closed.get(0), Modality.TEXT).status()).isEqualTo(ModalityStatus.SILENT);
    assertThat(part(closed.get(0), Modality.TEXT).coverage()).isZero();
  }

  @Example
  void theSourcesEndDoesNotCutOffSlowExtractors() {
    final StreamDescriptor descriptor = open("s", Modality.VISUAL, Modality.TEXT);
    accept(descriptor);
    for (int second = 0; second < 9; second += 3) {
      accept(words(second, second + 3));
    }
    // Ingest is done before the first picture is worked on.
    assertThat(accept(ended(descriptor, 9)).closed()).isEmpty();
    run(Duration.ofSeconds(20));
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    run(Duration.ofSeconds(20));
    assertThat(names(accept(face(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    // Its watermark reaches the end with a gap in [6,9): what belongs there may still come.
    assertThat(accept(face(7, 9)).closed()).isEmpty();
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    assertThat(names(run(Duration.ofSeconds(1)))).containsExactly("6-9 STREAM_ENDED");
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void aLastVectorThatOvertookAnotherCutsNothingOff() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(last(words(3, 4.5)));
    accept(last(face(3, 4.5)));
    // [0,3): T; the face of [0,3) was overtaken and comes 29 s later.
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");
  }

  @Example
  void aHoleInAModalityThatEndedClosesWhenItHasBeenQuiet() {
    final StreamDescriptor descriptor = open("s", Modality.VISUAL, Modality.TEXT);
    accept(descriptor);
    accept(ended(descriptor, 4.5));
    accept(last(face(3, 4.5)));
    run(Duration.ofSeconds(20));
    accept(made(vector("s", Modality.TEXT, 0, 3, 12f), now));
    // The face has been quiet for 30 s, the words, complete up to 3 s, for 10 s: nobody asks them.
    assertThat(run(Duration.ofSeconds(9))).isEmpty();
    assertThat(names(run(Duration.ofSeconds(1)))).containsExactly("0-3 STREAM_ENDED");
    // With both there it is as complete as it can be.
    assertThat(names(accept(last(words(3, 4.5))).closed())).containsExactly("3-6 COMPLETE");
  }

  @Example
  void aHoleThatTheWatermarkHasPassedDoesNotWaitForTheEnd() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(words(3, 6));
    accept(last(words(6, 9)));
    // The face ends at 9 s: 6 s past [0,3), 3 s past [3,6), both without it.
    assertThat(names(accept(last(face(6, 9))).closed()))
        .containsExactly("0-3 GRACE_OVER", "3-6 GRACE_OVER", "6-9 COMPLETE");
  }

  // That a stream is over is told once.

  private List<String> toldWithin(final Duration duration) {
    final List<String> told = new ArrayList<>();
    final long until = now + duration.toMillis();
    while (now < until) {
      now += 1_000;
      told.addAll(ends(join.advanceWallClock(now)));
    }
    return told;
  }

  private static List<String> ends(final JoinResult result) {
    return result.endedStreams().stream()
        .map(end -> end.streamId() + " " + end.sessionId() + " " + end.state() + " " + end.reason())
        .toList();
  }

  @Example
  void theEndIsToldWithTheLastWindow() {
    final StreamDescriptor descriptor = open("s", Modality.VISUAL, Modality.TEXT);
    accept(descriptor);
    assertThat(ends(accept(ended(descriptor, 4.5)))).isEmpty();
    accept(words(0, 3));
    accept(last(words(3, 4.5)));
    assertThat(ends(accept(face(0, 3)))).isEmpty();
    final JoinResult result = accept(last(face(3, 4.5)));
    assertThat(names(result.closed())).containsExactly("3-6 COMPLETE");
    assertThat(ends(result)).containsExactly("s conversation ENDED null");
    // Once, whatever still comes; and no window any more.
    assertThat(ends(accept(ended(descriptor, 4.5)))).isEmpty();
    final JoinResult beyond = accept(face(6, 9));
    assertThat(beyond.outcome()).isEqualTo(Outcome.LATE);
    assertThat(beyond.reason())
        .isEqualTo("window [6000000, 9000000) lies beyond the end of stream s");
    assertThat(accept(face(0, 3)).reason())
        .isEqualTo("window [0, 3000000) is closed, its event is out");
    assertThat(toldWithin(Duration.ofMinutes(2))).isEmpty();
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void theEndIsToldAfterTheWallClockHasClosedTheLastWindow() {
    final StreamDescriptor descriptor = open("s", Modality.VISUAL, Modality.TEXT);
    accept(descriptor);
    accept(words(0, 3));
    accept(ended(descriptor, 3));
    assertThat(toldWithin(Duration.ofSeconds(29))).isEmpty();
    assertThat(toldWithin(Duration.ofSeconds(60))).containsExactly("s conversation ENDED null");
  }

  @Example
  void modalitiesThatEndedAreTheEndWhenTheSourceSaysNothing() {
    accept(open("s", Modality.TEXT));
    assertThat(ends(accept(last(words(0, 3))))).isEmpty();
    // The source may still name a later end: nothing is told before it was quiet for 30 s.
    assertThat(toldWithin(Duration.ofSeconds(29))).isEmpty();
    assertThat(toldWithin(Duration.ofSeconds(60))).containsExactly("s conversation OPEN null");
  }

  @Example
  void theSourcesLaterEndComesBeforeTheEndIsTold() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(last(words(0, 3)));
    final JoinResult result = accept(ended(descriptor, 4));
    assertThat(names(result.closed())).containsExactly("3-6 COMPLETE");
    assertThat(ends(result)).containsExactly("s conversation ENDED null");
  }

  @Example
  void aSourceThatBrokeOffIsOverWhenAllAreQuiet() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(words(0, 3));
    accept(
        StreamDescriptor.newBuilder(descriptor)
            .setState(StreamState.FAILED)
            .setReason("camera unplugged")
            .build());
    // Words up to here are out, more may be under way.
    assertThat(toldWithin(Duration.ofSeconds(20))).isEmpty();
    assertThat(names(accept(words(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    assertThat(toldWithin(Duration.ofSeconds(29))).isEmpty();
    assertThat(toldWithin(Duration.ofSeconds(1)))
        .containsExactly("s conversation FAILED camera unplugged");
  }

  @Example
  void whatASourceThatBrokeOffLeftInABacklogIsWaitedFor() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(
        StreamDescriptor.newBuilder(descriptor)
            .setState(StreamState.FAILED)
            .setReason("camera unplugged")
            .build());
    // Another stream's words, captured before the break, are still being worked on.
    accept(open("t", Modality.TEXT));
    for (int second = 0; second < 60; second += 3) {
      accept(vector("t", Modality.TEXT, second, second + 3, 1).setCapturedAtMillis(9_000).build());
      assertThat(toldWithin(Duration.ofSeconds(3))).isEmpty();
    }
    assertThat(names(accept(words(0, 3)).closed())).containsExactly("0-3 COMPLETE");
  }

  @Example
  void aStreamThatBrokeOffMayBeSentAgain() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(words(0, 3));
    accept(StreamDescriptor.newBuilder(descriptor).setState(StreamState.FAILED).build());
    assertThat(toldWithin(Duration.ofMinutes(1))).containsExactly("s conversation FAILED null");
    assertThat(accept(words(3, 6)).outcome()).isEqualTo(Outcome.LATE);
    // The first opening, read again, changes nothing; a later one does.
    assertThat(accept(descriptor).outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(accept(words(3, 6)).outcome()).isEqualTo(Outcome.LATE);
    final StreamDescriptor again =
        StreamDescriptor.newBuilder(descriptor).setOpenedAtMillis(70_000).build();
    assertThat(accept(again).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(accept(words(0, 3)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(names(accept(words(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    // That it ended is told once in its life.
    assertThat(ends(accept(ended(again, 6)))).isEmpty();
    assertThat(accept(words(6, 9)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(toldWithin(Duration.ofMinutes(1))).isEmpty();
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void finishTellsTheEnd() {
    accept(open("s", Modality.TEXT));
    accept(words(0, 2));
    assertThat(ends(join.finish("s", now))).containsExactly("s conversation OPEN null");
    assertThat(ends(join.finish("s", now))).isEmpty();
  }

  @Example
  void theSourcesEndIsTheEndOfWhoeverIsQuiet() {
    final StreamDescriptor descriptor = open("s", Modality.VISUAL, Modality.TEXT);
    accept(descriptor);
    accept(words(0, 3));
    accept(words(3, 5));
    accept(ended(descriptor, 5));
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    assertThat(names(run(Duration.ofSeconds(1))))
        .containsExactly("0-3 STREAM_ENDED", "3-6 STREAM_ENDED");
  }

  @Example
  void anOpenDescriptorDoesNotReopenAStream() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(ended(descriptor, 3));
    assertThat(accept(descriptor).outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(names(accept(words(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void anEmptyLastVectorOpensNoWindow() {
    accept(open("s", Modality.TEXT));
    accept(words(0, 3));
    final JoinResult result = accept(last(silence(Modality.TEXT, 3, 3)));
    assertThat(result.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(result.closed()).isEmpty();
    assertThat(join.openWindows()).isZero();
  }

  @Example
  void finishClosesWhateverIsLeft() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(words(3, 4));
    final List<ClosedWindow> closed = join.finish("s", now).closed();
    assertThat(names(closed)).containsExactly("0-3 STREAM_ENDED", "3-6 STREAM_ENDED");
    assertThat(join.finish("s", now).closed()).isEmpty();
    assertThat(join.finish("unknown", now).closed()).isEmpty();
  }

  // The wall clock.

  @Example
  void aStalledStreamIsClosedByTheWallClock() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    accept(face(0, 2));
    // [0,3): V 0-2, T; then silence
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    final List<ClosedWindow> closed = run(Duration.ofSeconds(1));
    assertThat(names(closed)).containsExactly("0-3 STALLED");
    assertThat(part(closed.get(0), Modality.VISUAL).coverage()).isCloseTo(2.0 / 3, within(1e-12));
    // It comes back: what is over is late, what follows is not.
    assertThat(accept(face(2, 3)).outcome()).isEqualTo(Outcome.LATE);
    accept(words(3, 6));
    assertThat(names(accept(face(3, 6)).closed())).containsExactly("3-6 COMPLETE");
  }

  @Example
  void aModalityThatStopsInTheMiddleHoldsNobodyUp() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(face(0, 3));
    accept(words(0, 3));
    int second = 3;
    final List<ClosedWindow> closed = new ArrayList<>();
    for (; second < 45; second += 3) {
      closed.addAll(accept(words(second, second + 3)).closed());
      closed.addAll(run(Duration.ofSeconds(3)));
    }
    // 42 s of words since the face was last heard: at 30 s its windows began to go out.
    assertThat(closed).hasSize(14);
    assertThat(closed).allMatch(window -> window.reason() == EmitReason.STALLED);
    assertThat(closed.get(13).window().endMicros()).isEqualTo(45 * SECOND);
    // A window that words have not finished is not touched.
    accept(words(45, 46));
    assertThat(run(Duration.ofSeconds(5))).isEmpty();
  }

  @Example
  void longWindowsAreNotTakenForAStall() {
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder(open("s", Modality.VISUAL, Modality.TEXT))
            .setWindowSizeMicros(60 * SECOND)
            .build();
    accept(descriptor);
    accept(
        vector("s", Modality.TEXT, 0, 60, 1)
            .setWindowStartMicros(0)
            .setWindowEndMicros(60 * SECOND)
            .build());
    assertThat(run(Duration.ofSeconds(119))).isEmpty();
    assertThat(run(Duration.ofSeconds(1))).hasSize(1);
  }

  @Example
  void whoIsOnlyBehindIsWaitedFor() {
    // Two recordings are replayed at once; the extractor of faces takes one after the other.
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(vector("first", Modality.TEXT, 0, 3, 1).setCapturedAtMillis(5_000).build());
    accept(vector("second", Modality.TEXT, 0, 3, 1).setCapturedAtMillis(6_000).build());
    for (int second = 0; second < 90; second += 3) {
      accept(
          vector("first", Modality.VISUAL, second, second + 3, 1, 1)
              .setCapturedAtMillis(5_500)
              .build());
      // Pictures captured before 6,000: those of the second recording are still to come.
      assertThat(run(Duration.ofSeconds(3)))
          .noneMatch(window -> window.streamId().equals("second"));
    }
    final FeatureVector atLast = vector("second", Modality.VISUAL, 0, 3, 1, 1).build();
    assertThat(names(accept(atLast).closed())).containsExactly("0-3 COMPLETE");
  }

  @Example
  void whoWasPassedOverIsNotOnlyBehind() {
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(vector("second", Modality.TEXT, 0, 3, 1).setCapturedAtMillis(6_000).build());
    final List<ClosedWindow> closed = new ArrayList<>();
    for (int second = 0; second < 36; second += 3) {
      accept(
          vector("first", Modality.VISUAL, second, second + 3, 1, 1)
              .setCapturedAtMillis(7_000)
              .build());
      closed.addAll(run(Duration.ofSeconds(3)));
    }
    assertThat(closed)
        .filteredOn(window -> window.streamId().equals("second"))
        .extracting(ClosedWindow::reason)
        .containsExactly(EmitReason.STALLED);
  }

  @Example
  void whatWaitsInTheTopicWhileTheJoinIsBehindIsNotStalled() {
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(vector("second", Modality.TEXT, 0, 3, 1).build());
    // A second of records takes the join a minute: what it takes next was made ever longer ago.
    for (int second = 0; second < 12; second += 3) {
      accept(made(vector("first", Modality.VISUAL, second, second + 3, 1, 1), 10_000));
      assertThat(run(Duration.ofSeconds(20)))
          .noneMatch(window -> window.streamId().equals("second"));
    }
    assertThat(names(accept(made(vector("second", Modality.VISUAL, 0, 3, 1, 1), 10_000)).closed()))
        .containsExactly("0-3 COMPLETE");
  }

  @Example
  void aJoinThatHasCaughtUpJudgesAfterAnotherStallTimeout() {
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(vector("second", Modality.TEXT, 0, 3, 1).build());
    run(Duration.ofSeconds(25));
    accept(made(vector("first", Modality.VISUAL, 0, 3, 1, 1), now - 20_000));
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    assertThat(run(Duration.ofSeconds(1)))
        .filteredOn(window -> window.streamId().equals("second"))
        .extracting(ClosedWindow::reason)
        .containsExactly(EmitReason.STALLED);
  }

  @Example
  void aClockThatIsWrongHoldsWindowsUpForTheBacklogTimeoutAtMost() {
    assertThat(millisHeldUpByAWrongClock(false)).isBetween(3_600_000L, 3_660_000L);
  }

  @Example
  void oneClockThatIsWrongAmongSoundOnesUsesThatTimeUpToo() {
    assertThat(millisHeldUpByAWrongClock(true)).isBetween(3_600_000L, 3_660_000L);
  }

  /** How long a window of another stream waits while pictures seem to be a minute old when they come. */
  private long millisHeldUpByAWrongClock(final boolean amongSoundOnes) {
    now = 1_000_000;
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(vector("second", Modality.TEXT, 0, 3, 1).build());
    final List<ClosedWindow> closed = new ArrayList<>();
    final long begin = now;
    for (int second = 0; closed.isEmpty() && second < 5_000; second += 3) {
      accept(
          made(
              vector("first", Modality.VISUAL, second, second + 3, 1, 1).setCapturedAtMillis(now),
              now - 60_000));
      if (amongSoundOnes) {
        accept(made(vector("first", Modality.TEXT, second, second + 3, 1), now));
      }
      closed.addAll(run(Duration.ofSeconds(3)));
      closed.removeIf(window -> !window.streamId().equals("second"));
    }
    return now - begin;
  }

  @Example
  void aCaptureInTheFarFutureSaysNothingOfTheOthers() {
    accept(open("first", Modality.VISUAL, Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(open("wrong", Modality.VISUAL));
    accept(vector("second", Modality.TEXT, 0, 3, 1).setCapturedAtMillis(6_000).build());
    accept(
        vector("wrong", Modality.VISUAL, 0, 3, 1, 1).setCapturedAtMillis(Long.MAX_VALUE).build());
    for (int second = 0; second < 90; second += 3) {
      accept(
          vector("first", Modality.VISUAL, second, second + 3, 1, 1)
              .setCapturedAtMillis(5_500)
              .build());
      assertThat(run(Duration.ofSeconds(3)))
          .noneMatch(window -> window.streamId().equals("second"));
    }
  }

  private static FeatureVector made(final FeatureVector.Builder vector, final long millis) {
    return vector.setCreatedAtMillis(millis).build();
  }

  @Example
  void aPauseOfTheJoinItselfIsNobodysStall() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    run(Duration.ofSeconds(5));
    // The process sleeps, or is started again from its store, ten minutes later.
    now += 600_000;
    join = new WindowJoin(store, JoinSettings.defaults(), SPACES);
    assertThat(join.openWindows()).isEqualTo(1);
    assertThat(join.advanceWallClock(now).closed()).isEmpty();
    assertThat(run(Duration.ofSeconds(28))).isEmpty();
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");

    accept(words(3, 6));
    run(Duration.ofSeconds(5));
    now += 600_000;
    assertThat(join.advanceWallClock(now).closed()).isEmpty();
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    assertThat(names(run(Duration.ofSeconds(1)))).containsExactly("3-6 STALLED");
  }

  // Before the descriptor.

  @Example
  void vectorsBeforeTheirDescriptorAreHeld() {
    accept(face(0, 3));
    accept(words(0, 3));
    // [0,3): V T, but is there a voice to wait for?
    run(Duration.ofSeconds(10));
    assertThat(accept(open("s", Modality.VISUAL, Modality.AUDIO, Modality.TEXT)).closed())
        .isEmpty();
    assertThat(names(accept(voice(0, 3)).closed())).containsExactly("0-3 COMPLETE");

    accept(vector("t", Modality.TEXT, 0, 3, 1).build());
    assertThat(names(accept(open("t", Modality.TEXT)).closed())).containsExactly("0-3 COMPLETE");
  }

  @Example
  void heldVectorsThatDoNotBelongAreNamed() {
    accept(face(0, 3));
    accept(words(0, 3));
    final FeatureVector far = words(300_000, 300_003); // window 100,000
    accept(far);
    final JoinResult result = accept(open("s", Modality.TEXT));
    assertThat(result.refused()).hasSize(2);
    assertThat(result.refused().get(0).vector()).isEqualTo(face(0, 3));
    assertThat(result.refused().get(0).reason())
        .isEqualTo("stream s does not declare VISUAL but [TEXT]");
    assertThat(result.refused().get(1).vector()).isEqualTo(far);
    assertThat(result.refused().get(1).reason()).contains("28800 windows ahead");
    // The far one has not moved the watermark.
    assertThat(names(result.closed())).containsExactly("0-3 COMPLETE");
    assertThat(join.openWindows()).isZero();
  }

  @Example
  void withoutADescriptorAStreamDeclaresWhatArrived() {
    accept(face(6, 9));
    accept(words(6, 9));
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    final List<ClosedWindow> closed = run(Duration.ofSeconds(1));
    assertThat(names(closed)).containsExactly("6-9 COMPLETE");
    assertThat(statuses(closed.get(0)))
        .containsExactly(ModalityStatus.PRESENT, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
    assertThat(closed.get(0).sessionId()).isEqualTo("conversation");
    // A modality that appears later is waited for from then on.
    accept(voice(9, 12));
    accept(face(9, 12));
    final List<ClosedWindow> next = accept(words(9, 12)).closed();
    assertThat(names(next)).containsExactly("9-12 COMPLETE");
    assertThat(statuses(next.get(0))).containsOnly(ModalityStatus.PRESENT);
    assertThat(accept(face(0, 3)).reason())
        .isEqualTo("window [0, 3000000) lies before the first that was heard of");
    // The descriptor comes after all: the windows before are decided, those that are out stay out.
    assertThat(names(accept(open("s", Modality.VISUAL, Modality.AUDIO, Modality.TEXT)).closed()))
        .containsExactly("0-3 GRACE_OVER", "3-6 GRACE_OVER");
    assertThat(accept(face(6, 9)).outcome()).isEqualTo(Outcome.LATE);
  }

  @Example
  void heldVectorsAreBounded() {
    final JoinSettings defaults = JoinSettings.defaults();
    join =
        new WindowJoin(
            store,
            new JoinSettings(
                defaults.stallTimeout(),
                defaults.backlogTimeout(),
                defaults.descriptorTimeout(),
                3,
                defaults.presumedGrace(),
                defaults.maximumWindowsAhead(),
                defaults.retention()),
            SPACES);
    accept(words(0, 3));
    accept(words(3, 6));
    assertThat(names(accept(words(6, 9)).closed()))
        .containsExactly("0-3 COMPLETE", "3-6 COMPLETE", "6-9 COMPLETE");
  }

  // Segments.

  @Example
  void segmentsAreWindowsOfTheirOwn() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    final FeatureVector.Builder segment =
        vector("s", Modality.TEXT, 1, 2.5, 1)
            .setSegmentId("one")
            .setWindowStartMicros(micros(1))
            .setWindowEndMicros(micros(2.5));
    accept(segment.build());
    final List<ClosedWindow> closed =
        accept(
                FeatureVector.newBuilder(segment)
                    .setModality(Modality.VISUAL)
                    .setSpace("face-2")
                    .setValues(FloatValues.of(new float[] {1, 1}))
                    .build())
            .closed();
    assertThat(closed).hasSize(1);
    assertThat(closed.get(0).window()).isEqualTo(new Window(micros(1), micros(2.5), "one"));
    assertThat(closed.get(0).reason()).isEqualTo(EmitReason.COMPLETE);
    // The gap before it is no window, and it is not opened again.
    assertThat(accept(segment.build()).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(words(3, 6)).reason()).contains("has segments, this vector names none");
    assertThat(run(Duration.ofMinutes(2))).isEmpty();
  }

  private static FeatureVector segment(
      final Modality modality, final String id, final double from, final double to) {
    return vector(
            "s",
            modality,
            from,
            to,
            modality == Modality.TEXT ? new float[] {1} : new float[] {1, 1})
        .setSegmentId(id)
        .setWindowStartMicros(micros(from))
        .setWindowEndMicros(micros(to))
        .build();
  }

  @Example
  void segmentsOfAStreamThatBrokeOffAreNotCountedTwice() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    assertThat(accept(segment(Modality.TEXT, "a", 0, 2)).closed()).hasSize(1);
    assertThat(accept(segment(Modality.TEXT, "b", 2, 4)).closed()).hasSize(1);
    accept(StreamDescriptor.newBuilder(descriptor).setState(StreamState.FAILED).build());
    run(Duration.ofMinutes(1));
    accept(StreamDescriptor.newBuilder(descriptor).setOpenedAtMillis(70_000).build());
    assertThat(accept(segment(Modality.TEXT, "b", 2, 4)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(segment(Modality.TEXT, "a", 0, 2)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(segment(Modality.TEXT, "c", 4, 6)).closed()).hasSize(1);
  }

  @Example
  void whatWasDecidedUnderAShorterGraceStaysDecided() {
    // No descriptor comes within half a minute: a grace of 3 s is presumed.
    accept(segment(Modality.TEXT, "a", 0, 2));
    accept(segment(Modality.TEXT, "b", 2, 12));
    assertThat(run(Duration.ofSeconds(31))).hasSize(2);
    assertThat(accept(segment(Modality.TEXT, "a", 0, 2)).outcome()).isEqualTo(Outcome.LATE);
    // It comes after all, with windows that segments have no use for, and a grace of an hour.
    final StreamDescriptor hour =
        StreamDescriptor.newBuilder(open("s", Modality.TEXT)).setGraceMicros(micros(3_600)).build();
    assertThat(accept(hour).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(accept(segment(Modality.TEXT, "a", 0, 2)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(segment(Modality.TEXT, "b", 2, 12)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(accept(segment(Modality.TEXT, "c", 12, 14)).closed()).hasSize(1);
  }

  @Example
  void closedSegmentsAreRememberedUpToABound() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    accept(
        StreamDescriptor.newBuilder(open("s", Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(micros(3_600))
            .build());
    for (int i = 0; i < 12_000; i++) {
      accept(segment(Modality.TEXT, "number " + i, i * 0.1, i * 0.1 + 0.1));
    }
    int closed = accept(segment(Modality.VISUAL, "far", 6_000, 6_001)).closed().size();
    assertThat(closed).isEqualTo(WindowJoin.MAXIMUM_CLOSED_AT_ONCE);
    closed += run(Duration.ofSeconds(20)).size();
    assertThat(closed).isEqualTo(12_000);
    // The first are late because they lie before the mark, the last because they are known.
    assertThat(accept(segment(Modality.TEXT, "number 0", 0, 0.1)).outcome())
        .isEqualTo(Outcome.LATE);
    assertThat(accept(segment(Modality.TEXT, "number 11999", 1_199.9, 1_200)).outcome())
        .isEqualTo(Outcome.LATE);
  }

  // How far it has come.

  @Example
  void itTellsUpToWhereNothingIsOpen() {
    assertThat(join.decidedThroughMicros("s")).isEqualTo(-1);
    accept(
        StreamDescriptor.newBuilder(open("s", Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(micros(9))
            .build());
    accept(words(0, 3));
    accept(words(3, 6));
    assertThat(names(accept(face(3, 6)).closed())).containsExactly("3-6 COMPLETE");
    // [0,3) is open: nothing that ends at 3 s or later is decided for certain.
    assertThat(join.decidedThroughMicros("s")).isEqualTo(micros(3) - 1);
    assertThat(names(accept(face(0, 3)).closed())).containsExactly("0-3 COMPLETE");
    assertThat(join.decidedThroughMicros("s")).isEqualTo(micros(9) - 1);
  }

  @Example
  void ofSegmentsItIsCertainOnlyAfterTheGrace() {
    accept(open("s", Modality.TEXT));
    for (int start = 1; start < 8; start += 2) {
      accept(
          vector("s", Modality.TEXT, start, start + 1, 1)
              .setSegmentId("from " + start)
              .setWindowStartMicros(micros(start))
              .setWindowEndMicros(micros(start + 1))
              .build());
    }
    // Words are at 8 s; a segment that ends at 6 s might still come within 3 s.
    assertThat(join.decidedThroughMicros("s")).isEqualTo(micros(5));
  }

  // What is refused.

  @Example
  void whatDoesNotBelongIsRefusedWithAReason() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    assertThat(accept(voice(0, 3)).reason())
        .isEqualTo("stream s does not declare AUDIO but [VISUAL, TEXT]");
    assertThat(accept(vector("s", Modality.TEXT, 0, 3, 1).setSpace("glove-300").build()).reason())
        .contains("space glove-300 where the model bundle has words-1");
    assertThat(accept(vector("s", Modality.TEXT, 0, 3, 1, 2).build()).reason())
        .isEqualTo("2 values where space words-1 has 1");
    assertThat(accept(vector("s", Modality.TEXT, 0, 3, Float.NaN).build()).reason())
        .contains("finite");
    assertThat(accept(vector("s", Modality.TEXT, 0, 3, 1).setWeight(1e13).build()).reason())
        .contains("weight");
    assertThat(accept(vector("s", Modality.TEXT, 0, 0, 1).build()).reason())
        .contains("cover no time");
    assertThat(accept(words(99_999, 100_002)).reason()).contains("28800 windows ahead");
    assertThat(
            accept(vector("s", Modality.TEXT, 0, 3, 1).setWindowStartMicros(-3).build()).reason())
        .contains("windowStartMicros");
    // None of them left a trace.
    assertThat(store.windowCount()).isZero();
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void descriptorsThatContradictAreRefused() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    assertThat(
            accept(StreamDescriptor.newBuilder(descriptor).setWindowSizeMicros(SECOND).build())
                .reason())
        .contains("cannot change from 3000000 to 1000000");
    assertThat(accept(open("s", Modality.TEXT, Modality.AUDIO)).reason())
        .contains("modalities of stream s cannot change");
    assertThat(accept(ended(descriptor, 1e9)).reason()).contains("28800 windows ahead");
    assertThat(
            accept(StreamDescriptor.newBuilder(descriptor).setModalities(List.of()).build())
                .outcome())
        .isEqualTo(Outcome.REFUSED);
  }

  @Example
  void aStreamThatStartsLaterHasNoWindowsBefore() {
    accept(StreamDescriptor.newBuilder(open("s", Modality.TEXT)).setStartMicros(micros(7)).build());
    // The first window is [6,9), covered from 7 s on.
    final List<ClosedWindow> closed = accept(words(7, 9)).closed();
    assertThat(names(closed)).containsExactly("6-9 COMPLETE");
    assertThat(part(closed.get(0), Modality.TEXT).coverage()).isEqualTo(1);
    assertThat(accept(words(3, 6)).reason()).contains("lies before the start of stream s");
  }

  @Example
  void aBrokenSourceEndsTheStream() {
    final StreamDescriptor descriptor = open("s", Modality.TEXT);
    accept(descriptor);
    accept(words(0, 1));
    accept(
        StreamDescriptor.newBuilder(descriptor)
            .setState(StreamState.FAILED)
            .setReason("camera unplugged")
            .build());
    assertThat(names(run(Duration.ofSeconds(30)))).containsExactly("0-3 STREAM_ENDED");
  }

  @Example
  void partsOfAFormerBundleAreSetAside() {
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(words(0, 3));
    // The service is started again with a bundle whose words are of another space.
    join =
        new WindowJoin(
            store,
            JoinSettings.defaults(),
            Map.of(
                Modality.VISUAL, new Space("face-2", 2),
                Modality.AUDIO, new Space("voice-1", 1),
                Modality.TEXT, new Space("glove-300", 300)));
    final JoinResult result = accept(face(0, 3));
    assertThat(result.refused()).hasSize(1);
    assertThat(result.refused().get(0).vector()).isEqualTo(words(0, 3));
    assertThat(result.refused().get(0).reason()).contains("words-1", "glove-300");
    assertThat(statuses(result.closed().get(0)))
        .containsExactly(ModalityStatus.PRESENT, ModalityStatus.UNDECLARED, ModalityStatus.MISSING);
  }

  // Bounded state.

  @Example
  void aFloodOfPartsIsBounded() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    JoinResult result = null;
    for (int i = 0; i <= 1_000; i++) {
      result = accept(vector("s", Modality.TEXT, 0, 1, 1).setSequence(i).build());
    }
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo("window [0, 3000000) has 1000 parts already");
  }

  @Example
  void wordsThatCannotBeAreRefused() {
    accept(open("s", Modality.AUDIO, Modality.TEXT));
    final JoinResult late =
        accept(
            last(
                vector("s", Modality.TEXT, 0, 3, 12f)
                    .setWords(List.of(word(3, 3.5, 1, 1)))
                    .build()));
    final JoinResult loud =
        accept(
            vector("s", Modality.TEXT, 0, 3, 12f).setWords(List.of(word(0, 1, -3.25f, 1))).build());
    final JoinResult many =
        accept(
            vector("s", Modality.TEXT, 0, 3, 12f)
                .setWords(Collections.nCopies(1_001, word(0, 1, 1, 1)))
                .build());
    final JoinResult voice =
        accept(
            vector("s", Modality.AUDIO, 0, 3, -0.5f).setWords(List.of(word(0, 1, 1, 1))).build());

    assertThat(List.of(late, loud, many, voice))
        .extracting(JoinResult::outcome)
        .containsOnly(Outcome.REFUSED);
    assertThat(late.reason())
        .isEqualTo("a word at 3000000 does not begin before the end of the window, 3000000");
    assertThat(loud.reason()).isEqualTo("a word's score must be -3 to 3, not -3.25");
    assertThat(many.reason()).isEqualTo("1001 words are too many: at most 1000");
    assertThat(voice.reason())
        .isEqualTo("words go with TEXT and no other: AUDIO came with 1 words");
    // What is refused leaves nothing behind.
    accept(words(0, 3));
    assertThat(part(accept(voice(0, 3)).closed().get(0), Modality.TEXT).words()).isEmpty();
  }

  @Example
  void whatFindsNoRoomMovesNoWatermark() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    for (int i = 0; i < 1_000; i++) {
      accept(vector("s", Modality.TEXT, 0, 1, 1).setSequence(i).build());
    }
    accept(face(0, 3));
    final FeatureVector tooMany =
        last(vector("s", Modality.TEXT, 1, 3, 1).setSequence(1_000).build());
    assertThat(accept(tooMany).outcome()).isEqualTo(Outcome.REFUSED);
    // Had it ended the words at 3 s, [0,3) would be a matter of the end of the stream.
    accept(face(3, 6));
    assertThat(names(run(Duration.ofSeconds(31)))).containsExactly("0-3 STALLED", "3-6 STALLED");
  }

  @Example
  void manyWindowsAtOnceCloseInSeveralSteps() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    accept(open("s", Modality.TEXT));
    // One vector at 9,000 s: the 2,999 windows before it have no words, and the grace is over.
    final JoinResult result = accept(words(9_000, 9_003));
    assertThat(result.closed()).hasSize(1_000);
    assertThat(result.closed().get(999).window().endMicros()).isEqualTo(micros(3_000));
    assertThat(join.decidedThroughMicros("s")).isEqualTo(micros(3_003) - 1);
    now += 1_000;
    assertThat(join.advanceWallClock(now).closed()).hasSize(1_000);
    now += 1_000;
    assertThat(join.advanceWallClock(now).closed()).hasSize(1_000);
    now += 1_000;
    assertThat(names(join.advanceWallClock(now).closed())).containsExactly("9000-9003 COMPLETE");
    assertThat(run(Duration.ofMinutes(2))).isEmpty();
  }

  @Example
  void aStreamThatClosedInStepsIsOverInTheEnd() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    accept(last(face(0, 3)));
    assertThat(accept(last(words(9_000, 9_003))).closed()).hasSize(1_000);
    // The same descriptor again does not put the rest off.
    accept(open("s", Modality.VISUAL, Modality.TEXT));
    run(Duration.ofSeconds(5));
    assertThat(toldWithin(Duration.ofSeconds(60))).hasSize(1);
    assertThat(join.activeStreams()).isZero();
  }

  @Example
  void whatIsBehindLongAfterwardsIsAnotherBacklog() {
    now = 1_000_000;
    accept(open("first", Modality.TEXT));
    accept(open("second", Modality.VISUAL, Modality.TEXT));
    accept(made(vector("first", Modality.TEXT, 0, 3, 1), now - 20_000));
    now += 15_000;
    accept(made(vector("first", Modality.TEXT, 3, 6, 1), now));
    run(Duration.ofHours(2));
    accept(vector("second", Modality.TEXT, 0, 3, 1).setCreatedAtMillis(now - 20_000).build());
    for (int second = 6; second < 66; second += 3) {
      accept(made(vector("first", Modality.TEXT, second, second + 3, 1), now - 20_000));
      assertThat(run(Duration.ofSeconds(3)))
          .noneMatch(window -> window.streamId().equals("second"));
    }
  }

  @Example
  void manyStreamsThatStallAtOnceCloseInSeveralTicks() {
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), SPACES);
    for (int stream = 0; stream < 2_500; stream++) {
      accept(open("s" + stream, Modality.VISUAL, Modality.TEXT));
      accept(vector("s" + stream, Modality.TEXT, 0, 3, 1).build());
    }
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    final List<Integer> ticks = new ArrayList<>();
    for (int tick = 0; tick < 4; tick++) {
      ticks.add(run(Duration.ofSeconds(1)).size());
    }
    assertThat(ticks).containsExactly(1_000, 1_000, 500, 0);
  }

  @Example
  void oldStreamsAreForgotten() {
    accept(open("s", Modality.TEXT));
    accept(words(0, 3));
    accept(open("held", Modality.TEXT));
    assertThat(store.streamCount()).isEqualTo(2);
    now += Duration.ofDays(8).minusMinutes(2).toMillis();
    join.advanceWallClock(now);
    assertThat(accept(words(0, 3)).outcome()).isEqualTo(Outcome.LATE);
    now += Duration.ofHours(3).toMillis();
    join.advanceWallClock(now);
    // The late record was a sign of life.
    assertThat(store.streamCount()).isEqualTo(1);
    now += Duration.ofDays(9).toMillis();
    join.advanceWallClock(now);
    assertThat(store.streamCount()).isZero();
  }

  /**
   * A whole stream in any order with any repeats: every window once; and where each modality keeps
   * its own order, every window with the same bits as in the plainest order.
   */
  @Property(tries = 200)
  void everyWindowOnceInAnyOrder(
      @ForAll final long seed,
      @ForAll @IntRange(min = 1, max = 8) final int windows,
      @ForAll final boolean shuffled) {
    final Random random = new Random(seed);
    final List<List<FeatureVector>> byModality = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final List<FeatureVector> mine = new ArrayList<>();
      for (int i = 0; i < windows * 3; i++) {
        final float[] values =
            random.nextInt(5) == 0 ? new float[0] : new float[modality == Modality.VISUAL ? 2 : 1];
        for (int v = 0; v < values.length; v++) {
          values[v] = (float) random.nextGaussian();
        }
        mine.add(
            vector("p", modality, i, i + 1, values)
                .setWeight(values.length == 0 ? 0 : 0.1 + random.nextDouble())
                .setEndOfStream(i == windows * 3 - 1)
                .build());
      }
      byModality.add(mine);
    }
    final StreamDescriptor descriptor = open("p", Modality.values());
    final List<FeatureVector> plain =
        byModality.stream().flatMap(List::stream).collect(Collectors.toList());
    final Map<Long, ClosedWindow> expected = play(descriptor, plain);
    assertThat(expected).hasSize(windows);
    assertThat(expected.values()).allMatch(window -> window.reason() == EmitReason.COMPLETE);

    final List<FeatureVector> other = new ArrayList<>();
    if (shuffled) {
      other.addAll(plain);
      other.addAll(plain.subList(0, plain.size() / 2));
      Collections.shuffle(other, random);
    } else {
      final int[] taken = new int[3];
      while (other.size() < plain.size()) {
        final int modality = random.nextInt(3);
        if (taken[modality] < windows * 3) {
          other.add(byModality.get(modality).get(taken[modality]++));
        }
      }
    }
    final Map<Long, ClosedWindow> actual = play(descriptor, other);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    if (!shuffled) {
      expected.forEach(
          (start, window) -> {
            for (final Modality modality : Modality.values()) {
              final MergedModality part = part(actual.get(start), modality);
              assertThat(part.status()).isEqualTo(part(window, modality).status());
              assertThat(part.values()).containsExactly(part(window, modality).values());
              assertThat(part.weight()).isEqualTo(part(window, modality).weight());
              assertThat(part.quality()).isEqualTo(part(window, modality).quality());
            }
          });
    }
  }

  private static Map<Long, ClosedWindow> play(
      final StreamDescriptor descriptor, final List<FeatureVector> vectors) {
    final EncodingJoinStore store = new EncodingJoinStore();
    final WindowJoin join = new WindowJoin(store, JoinSettings.defaults(), SPACES);
    final Map<Long, ClosedWindow> closed = new TreeMap<>();
    final List<ClosedWindow> all = new ArrayList<>(join.accept(descriptor, 1_000).closed());
    for (final FeatureVector vector : vectors) {
      all.addAll(join.accept(vector, 1_000).closed());
    }
    all.addAll(join.finish("p", 1_000).closed());
    for (final ClosedWindow window : all) {
      assertThat(closed.put(window.window().startMicros(), window)).isNull();
    }
    assertThat(store.windowCount()).isZero();
    assertThat(join.openWindows()).isZero();
    return closed;
  }
}
