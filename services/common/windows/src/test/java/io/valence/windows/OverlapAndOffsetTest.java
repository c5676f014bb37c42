package io.valence.windows;

import static io.valence.windows.Records.SECOND;
import static io.valence.windows.Records.ended;
import static io.valence.windows.Records.last;
import static io.valence.windows.Records.micros;
import static io.valence.windows.Records.open;
import static io.valence.windows.Records.vector;
import static io.valence.windows.Records.word;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.ClockOffset;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.WordScore;
import io.valence.windows.JoinResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Windows that overlap and clocks that disagree, with literal times. */
class OverlapAndOffsetTest {

  private final EncodingJoinStore store = new EncodingJoinStore();
  private final WindowJoin join =
      new WindowJoin(store, JoinSettings.defaults(), WindowJoinTest.SPACES);
  private long now = 10_000;

  private static StreamDescriptor hopping(final double hop, final Modality... modalities) {
    return StreamDescriptor.newBuilder(open("s", modalities)).setHopMicros(micros(hop)).build();
  }

  private static StreamDescriptor shifted(
      final StreamDescriptor descriptor, final Object... pairs) {
    final List<ClockOffset> offsets = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      offsets.add(new ClockOffset((Modality) pairs[i], micros((Double) pairs[i + 1])));
    }
    return StreamDescriptor.newBuilder(descriptor).setClockOffsets(offsets).build();
  }

  /** A vector of a pane of one second. */
  private static FeatureVector second(
      final Modality modality, final double from, final double to, final float... values) {
    final long pane = micros(from) / SECOND * SECOND;
    return vector("s", modality, from, to, values)
        .setWindowStartMicros(pane)
        .setWindowEndMicros(pane + SECOND)
        .build();
  }

  private static FeatureVector words(final double from, final double to) {
    return vector("s", Modality.TEXT, from, to, 12f).build();
  }

  private static FeatureVector face(final double from, final double to) {
    return vector("s", Modality.VISUAL, from, to, 1.5f, 2.5f).build();
  }

  private List<ClosedWindow> accept(final FeatureVector vector) {
    final JoinResult result = join.accept(vector, now);
    assertThat(result.reason()).isNull();
    return result.closed();
  }

  private List<ClosedWindow> accept(final StreamDescriptor descriptor) {
    final JoinResult result = join.accept(descriptor, now);
    assertThat(result.reason()).isNull();
    return result.closed();
  }

  private List<ClosedWindow> run(final Duration duration) {
    final List<ClosedWindow> closed = new ArrayList<>();
    final long until = now + duration.toMillis();
    while (now < until) {
      now += 1_000;
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

  // Windows that overlap.

  @Example
  void theGridOfTheDocumentation() {
    assertThat(new WindowGrid(micros(3), micros(3), 0).count(micros(4.5))).isEqualTo(2);
    assertThat(new WindowGrid(micros(3), micros(1), 0).count(micros(4.5))).isEqualTo(3);
    assertThat(new WindowGrid(micros(6), micros(1), 0).count(micros(4.5))).isEqualTo(1);
    assertThat(new WindowGrid(micros(3), micros(1), micros(7.2)).count(micros(11))).isEqualTo(2);
    assertThat(new WindowGrid(micros(3), micros(1), micros(7.2)).firstMicros())
        .isEqualTo(micros(7));
    assertThat(new WindowGrid(micros(3), micros(1), 0).count(0)).isZero();
    assertThat(WindowGrid.count(ended(hopping(1, Modality.TEXT), 4.5))).isEqualTo(3);
  }

  @Example
  void eachVectorTakesPartInEveryWindowThatHoldsIt() {
    accept(hopping(1, Modality.TEXT));
    accept(second(Modality.TEXT, 0, 1, 1f));
    accept(second(Modality.TEXT, 1, 2, 2f));
    // Panes 0-1, 1-2
    final List<ClosedWindow> first = accept(second(Modality.TEXT, 2, 3, 6f));
    assertThat(names(first)).containsExactly("0-3 COMPLETE");
    // The next to close is [1,4).
    assertThat(join.decidedThroughMicros("s")).isEqualTo(micros(4) - 1);
    assertThat(part(first.get(0), Modality.TEXT).values()).containsExactly(3f);
    assertThat(part(first.get(0), Modality.TEXT).weight()).isEqualTo(3);
    // The pane 0-1 was needed by this window alone.
    assertThat(store.windowCount()).isEqualTo(2);
    final List<ClosedWindow> second = accept(second(Modality.TEXT, 3, 4, 10f));
    assertThat(names(second)).containsExactly("1-4 COMPLETE");
    assertThat(part(second.get(0), Modality.TEXT).values()).containsExactly(6f);
    // Late is what no window waits for; what one still waits for is not.
    final JoinResult late = join.accept(second(Modality.TEXT, 1, 1.5, 1f), now);
    assertThat(late.outcome()).isEqualTo(Outcome.LATE);
    assertThat(late.reason()).isEqualTo("window [1000000, 2000000) is closed, its event is out");
    assertThat(join.accept(second(Modality.TEXT, 2, 3, 6f), now).outcome())
        .isEqualTo(Outcome.DUPLICATE);
    // The last window is the first that reaches the end.
    final List<ClosedWindow> third = accept(last(second(Modality.TEXT, 4, 4.5, 2f)));
    assertThat(names(third)).containsExactly("2-5 COMPLETE");
    assertThat(part(third.get(0), Modality.TEXT).coverage()).isEqualTo(1);
    final JoinResult end = join.accept(ended(hopping(1, Modality.TEXT), 4.5), now);
    assertThat(end.closed()).isEmpty();
    assertThat(end.endedStreams()).hasSize(1);
    assertThat(store.windowCount()).isZero();
    assertThat(join.openWindows()).isZero();
  }

  @Example
  void aHoleInAPaneHoldsUpTheWindowsThatHoldIt() {
    accept(
        StreamDescriptor.newBuilder(hopping(1, Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(SECOND)
            .build());
    for (int i = 0; i < 6; i++) {
      accept(second(Modality.TEXT, i, i + 1, 1f));
    }
    accept(second(Modality.VISUAL, 0, 1, 1, 1));
    // The face of 1-2 is missing. 0-3 waits for it until the face is at 4 s, 1-4 until 5 s; it is
    // not in 2-5.
    assertThat(accept(second(Modality.VISUAL, 2, 3, 1, 1))).isEmpty();
    assertThat(names(accept(second(Modality.VISUAL, 3, 4, 1, 1))))
        .containsExactly("0-3 GRACE_OVER");
    assertThat(names(accept(second(Modality.VISUAL, 4, 5, 1, 1))))
        .containsExactly("1-4 GRACE_OVER", "2-5 COMPLETE");
    assertThat(names(accept(second(Modality.VISUAL, 5, 6, 1, 1)))).containsExactly("3-6 COMPLETE");
  }

  @Example
  void aPartThatIsLateForOneWindowStillServesTheNext() {
    accept(
        StreamDescriptor.newBuilder(hopping(1, Modality.VISUAL, Modality.TEXT))
            .setGraceMicros(0)
            .build());
    for (int i = 0; i < 4; i++) {
      accept(second(Modality.TEXT, i, i + 1, 1f));
    }
    accept(second(Modality.VISUAL, 0, 1, 1, 1));
    assertThat(names(accept(second(Modality.VISUAL, 2, 3, 1, 1))))
        .containsExactly("0-3 GRACE_OVER");
    accept(second(Modality.VISUAL, 1, 2, 1, 1));
    assertThat(names(accept(second(Modality.VISUAL, 3, 4, 1, 1)))).containsExactly("1-4 COMPLETE");
  }

  @Example
  void anOverlappingStreamThatStallsClosesUpToWhatWasHeard() {
    accept(hopping(1, Modality.VISUAL, Modality.TEXT));
    for (int i = 0; i < 5; i++) {
      accept(second(Modality.TEXT, i, i + 1, 1f));
    }
    assertThat(run(Duration.ofSeconds(29))).isEmpty();
    // Known up to 5 s: 2-5 reaches that.
    assertThat(names(run(Duration.ofSeconds(1))))
        .containsExactly("0-3 STALLED", "1-4 STALLED", "2-5 STALLED");
    // The panes 3-4 and 4-5 are kept for what may follow.
    assertThat(store.windowCount()).isEqualTo(2);
    for (int i = 3; i < 6; i++) {
      accept(second(Modality.VISUAL, i, i + 1, 1, 1));
    }
    assertThat(names(accept(second(Modality.TEXT, 5, 6, 1f)))).containsExactly("3-6 COMPLETE");
  }

  @Example
  void aVectorCutByWindowsDoesNotFitAStreamOfPanes() {
    accept(hopping(1, Modality.TEXT));
    final JoinResult result = join.accept(words(0, 3), now);
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason())
        .isEqualTo("[0, 3000000) is not a pane of stream s, whose hop is 1000000");
    assertThat(join.accept(open("s", Modality.TEXT), now).reason())
        .isEqualTo("the hop of stream s cannot change from 1000000 to 3000000");
  }

  @Example
  void forgottenStreamsLeaveNoPanes() {
    accept(hopping(1, Modality.TEXT));
    for (int i = 0; i < 3; i++) {
      accept(second(Modality.TEXT, i, i + 1, 1f));
    }
    assertThat(store.windowCount()).isEqualTo(2);
    now += Duration.ofDays(9).toMillis();
    join.advanceWallClock(now);
    assertThat(store.streamCount()).isZero();
    assertThat(store.windowCount()).isZero();
    assertThat(join.openWindows()).isZero();
  }

  // Clocks that disagree.

  @Example
  void aConfiguredOffsetMovesAndCutsAVector() {
    accept(shifted(open("s", Modality.TEXT), Modality.TEXT, 0.5));
    // [0,3) becomes [0.5,3) of weight 5 and [3,3.5) of weight 1.
    final List<ClosedWindow> first =
        accept(vector("s", Modality.TEXT, 0, 3, 12f).setWeight(6).build());
    assertThat(names(first)).containsExactly("0-3 COMPLETE");
    assertThat(part(first.get(0), Modality.TEXT).weight()).isCloseTo(5, within(1e-12));
    assertThat(part(first.get(0), Modality.TEXT).coverage()).isCloseTo(2.5 / 3, within(1e-12));
    final List<ClosedWindow> second =
        accept(vector("s", Modality.TEXT, 3, 6, 24f).setWeight(6).build());
    assertThat(names(second)).containsExactly("3-6 COMPLETE");
    assertThat(part(second.get(0), Modality.TEXT).weight()).isCloseTo(6, within(1e-12));
    // (1·12 + 5·24) / 6
    assertThat(part(second.get(0), Modality.TEXT).values()).containsExactly(22f);
    assertThat(part(second.get(0), Modality.TEXT).coverage()).isEqualTo(1);
  }

  /** Windows of 3 s every second, words 0.5 s late: the pane [2,3), said in two parts, lies in two. */
  @Example
  void piecesOfAPaneThatWasReadTogetherStayTogether() {
    final StreamDescriptor shifted = shifted(open("s", Modality.TEXT), Modality.TEXT, 0.5);
    accept(StreamDescriptor.newBuilder(shifted).setHopMicros(SECOND).build());
    accept(readTogether(0, 0, 1, 0, 1f).setWeight(2).build());
    accept(readTogether(1, 1, 2, 0, 2f).setWeight(2).build());
    // What was read of both is (8 · 1 + 2 · 11) / 10 = 3.
    accept(readTogether(2, 2, 2.5, 0, 1f).setWeight(8).build());
    accept(readTogether(3, 2.5, 3, 0, 11f).setWeight(2).build());
    final List<ClosedWindow> closed =
        accept(
            vector("s", Modality.TEXT, 3, 4)
                .setWindowStartMicros(3 * SECOND)
                .setWindowEndMicros(4 * SECOND)
                .setSequence(4)
                .build());

    assertThat(names(closed)).endsWith("1-4 COMPLETE");
    assertThat(part(closed.get(closed.size() - 1), Modality.TEXT).values()).containsExactly(3f);
  }

  @Example
  void whatAPaneWasReadFromMovesWithIt() {
    final WindowGrid grid = new WindowGrid(3 * SECOND, SECOND, 0);

    final List<Part> parts =
        Part.split(
            readTogether(0, 5, 6, 3, 1f).setWeight(2).build(),
            Optional.empty(),
            grid,
            (long) (-2.5 * SECOND));

    // [5,6) becomes [2.5,3) and [3,3.5), read from 0.5 on.
    assertThat(parts).hasSize(2);
    for (final Part part : parts) {
      assertThat(part.vector().getReadFromMicros()).isEqualTo(SECOND / 2);
      RecordChecks.check(part.vector());
    }
  }

  @Example
  void aVectorReadOverMoreThanAWindowDoesNotFit() {
    accept(StreamDescriptor.newBuilder(open("s", Modality.TEXT)).setHopMicros(SECOND).build());

    final JoinResult result = join.accept(readTogether(0, 4, 5, 0, 1f).setSequence(0).build(), now);

    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).contains("was read from 0 on, which is more than a window");
  }

  private static FeatureVector.Builder readTogether(
      final long sequence,
      final double from,
      final double to,
      final double readFrom,
      final float value) {
    final long pane = (long) from * SECOND;
    return vector("s", Modality.TEXT, from, to, value)
        .setWindowStartMicros(pane)
        .setWindowEndMicros(pane + SECOND)
        .setSequence(sequence)
        .setReadFromMicros((long) (readFrom * SECOND));
  }

  @Example
  void aPieceThatIsLateIsNamed() {
    accept(shifted(open("s", Modality.AUDIO, Modality.TEXT), Modality.AUDIO, 0.5));
    accept(words(0, 3));
    accept(words(3, 6));
    accept(words(6, 9));
    // The voice of [3,6) is that of [3.5,6.5) by the stream's clock: the grace of [0,3) is over.
    assertThat(names(accept(vector("s", Modality.AUDIO, 3, 6, -0.5f).build())))
        .containsExactly("0-3 GRACE_OVER");
    // That of [0,3) lies in [0.5,3), which is closed, and in [3,3.5), which still waits.
    final JoinResult result = join.accept(vector("s", Modality.AUDIO, 0, 3, -0.5f).build(), now);
    assertThat(result.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(result.latePiece())
        .isEqualTo("a piece of it is late: window [0, 3000000) is closed, its event is out");
    assertThat(names(result.closed())).containsExactly("3-6 COMPLETE");
  }

  @Example
  void aPieceBeforeALaterStartIsOnlyCutOff() {
    accept(
        StreamDescriptor.newBuilder(
                shifted(open("s", Modality.VISUAL, Modality.TEXT), Modality.TEXT, -0.5))
            .setStartMicros(3 * SECOND)
            .build());
    final JoinResult result = join.accept(words(3, 6), now);
    assertThat(result.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(result.latePiece()).isNull();
  }

  @Example
  void anOffsetBackwardsCutsOffWhatLiesBeforeTheStart() {
    accept(shifted(open("s", Modality.VISUAL, Modality.TEXT), Modality.TEXT, -0.5));
    final JoinResult before =
        join.accept(vector("s", Modality.TEXT, 0, 0.5, 1f).setSequence(0).build(), now);
    assertThat(before.outcome()).isEqualTo(Outcome.LATE);
    assertThat(before.reason())
        .isEqualTo(
            "TEXT from 0 to 500000 lies before the start of stream s when its clock offset is"
                + " added");
    accept(vector("s", Modality.TEXT, 0.4, 3, 12f).setSequence(1).setWeight(26).build());
    accept(face(0, 3));
    // [0,3): V, T 0-2.5; the words of [3,6) reach it.
    final List<ClosedWindow> closed = accept(vector("s", Modality.TEXT, 3, 6, 12f).build());
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    // 25 of 26 tenths of [0.4,3) lie at 0 or after, and a sixth of [3,6) before 3.
    assertThat(part(closed.get(0), Modality.TEXT).weight()).isCloseTo(25 + 1.0 / 6, within(1e-9));
  }

  @Example
  void wordsMoveWithTheClockOfTheirModality() {
    accept(shifted(open("s", Modality.TEXT), Modality.TEXT, 0.5));
    final List<ClosedWindow> closed = new ArrayList<>();
    closed.addAll(
        accept(
            vector("s", Modality.TEXT, 0, 3, 12f)
                .setWords(
                    List.of(word(0.2, 0.6, 1, 1), word(2.25, 2.75, 2, 2), word(2.75, 3.25, 3, 1)))
                .build()));
    closed.addAll(
        accept(
            last(
                vector("s", Modality.TEXT, 3, 5.5, 12f)
                    .setWords(List.of(word(2.75, 3.25, -3, 1), word(4, 4.5, -1, 1)))
                    .build())));

    assertThat(part(closed.get(0), Modality.TEXT).words())
        .containsExactly(word(0.7, 1.1, 1, 1), word(2.75, 3.25, 2, 2));
    // The first vector's piece knows two words of [3,6) there, the second vector's first is one of
    // them.
    assertThat(part(closed.get(1), Modality.TEXT).words())
        .containsExactly(word(3.25, 3.75, -3, 1), word(4.5, 5, -1, 1));
  }

  @Example
  void wordsThatMoveBeforeTheStartAreCutOff() {
    accept(shifted(open("s", Modality.TEXT), Modality.TEXT, -0.5));
    final List<ClosedWindow> closed =
        accept(
            last(
                vector("s", Modality.TEXT, 0, 3, 12f)
                    .setWords(
                        List.of(
                            word(0, 0.5, 1, 1),
                            word(0.25, 0.75, 2, 1),
                            word(2, 2.5, 3, 1),
                            new WordScore(
                                micros(2.75), RecordChecks.MAX_EVENT_TIME_MICROS, 0f, 1f)))
                    .build()));

    assertThat(part(closed.get(0), Modality.TEXT).words())
        .containsExactly(
            word(0, 0.25, 2, 1),
            word(1.5, 2, 3, 1),
            new WordScore(micros(2.25), RecordChecks.MAX_EVENT_TIME_MICROS - micros(0.5), 0f, 1f));
  }

  @Example
  void aMovedWordStillEndsWithinTime() {
    accept(shifted(open("s", Modality.TEXT), Modality.TEXT, 0.5));
    final List<ClosedWindow> closed =
        accept(
            last(
                vector("s", Modality.TEXT, 0, 2, 12f)
                    .setWords(
                        List.of(new WordScore(0L, RecordChecks.MAX_EVENT_TIME_MICROS, 0f, 1f)))
                    .build()));

    assertThat(part(closed.get(0), Modality.TEXT).words())
        .containsExactly(new WordScore(micros(0.5), RecordChecks.MAX_EVENT_TIME_MICROS, 0f, 1f));
  }

  @Example
  void theEndOfAnOffsetModalityMovesToo() {
    final StreamDescriptor descriptor =
        shifted(open("s", Modality.VISUAL, Modality.TEXT), Modality.TEXT, 2.0);
    accept(descriptor);
    accept(face(0, 3));
    accept(words(0, 3));
    accept(last(face(3, 4.5)));
    accept(last(words(3, 4.5)));
    // The words end at 6.5 s: there is a window for them.
    final JoinResult end = join.accept(ended(descriptor, 4.5), now);
    assertThat(names(end.closed())).isEmpty();
    assertThat(end.endedStreams()).hasSize(1);
    assertThat(WindowGrid.count(ended(descriptor, 4.5))).isEqualTo(3);
  }

  @Example
  void heldVectorsAreMovedWhenTheDescriptorComes() {
    accept(vector("s", Modality.TEXT, 0, 3, 12f).setWeight(6).build());
    accept(last(vector("s", Modality.TEXT, 3, 4, 12f).setWeight(2).build()));
    final StreamDescriptor descriptor = shifted(open("s", Modality.TEXT), Modality.TEXT, 2.5);
    final List<ClosedWindow> closed = accept(descriptor);
    assertThat(names(closed)).containsExactly("0-3 COMPLETE", "3-6 COMPLETE", "6-9 COMPLETE");
    assertThat(part(closed.get(0), Modality.TEXT).weight()).isCloseTo(1, within(1e-12));
    assertThat(part(closed.get(1), Modality.TEXT).weight()).isCloseTo(6, within(1e-12));
    assertThat(part(closed.get(2), Modality.TEXT).weight()).isCloseTo(1, within(1e-12));
    assertThat(join.accept(shifted(descriptor, Modality.TEXT, 1.0), now).reason())
        .isEqualTo("the clock offsets of stream s cannot change");
  }

  @Example
  void whatIsLeftOfTheDifferenceOfClocksIsMeasured() {
    // The words' clock is 700 ms behind, and 500 ms of that are configured.
    accept(shifted(open("s", Modality.VISUAL, Modality.TEXT), Modality.TEXT, 0.5));
    accept(vector("s", Modality.VISUAL, 0, 1.5, 1, 1).setCapturedAtMillis(901_900).build());
    accept(vector("s", Modality.VISUAL, 1.5, 3, 1, 1).setCapturedAtMillis(903_020).build());
    final List<ClosedWindow> closed =
        accept(vector("s", Modality.TEXT, 0, 2.5, 1).setCapturedAtMillis(903_220).build());
    assertThat(names(closed)).containsExactly("0-3 COMPLETE");
    // Face: min(901.9 - 1.5, 903.02 - 3) = 900.02. Words: 903.22 - 3 = 900.22.
    assertThat(part(closed.get(0), Modality.VISUAL).clockOffsetMicros()).hasValue(0);
    assertThat(part(closed.get(0), Modality.TEXT).clockOffsetMicros()).hasValue(200_000);
    assertThat(part(closed.get(0), Modality.AUDIO).clockOffsetMicros()).isEmpty();
  }

  @Example
  void aVectorThatWasCutIsMeasuredByItsOwnEnd() {
    accept(shifted(open("s", Modality.VISUAL, Modality.TEXT), Modality.TEXT, 0.5));
    accept(vector("s", Modality.VISUAL, 0, 3, 1, 1).setCapturedAtMillis(903_000).build());
    final List<ClosedWindow> closed =
        accept(vector("s", Modality.TEXT, 0, 3, 1).setCapturedAtMillis(903_500).build());
    assertThat(part(closed.get(0), Modality.TEXT).clockOffsetMicros()).hasValue(0);
  }

  /** Any order, any repeats, the descriptor anywhere: the same windows with the same bits. */
  @Property(tries = 200)
  void anyOrderGivesTheSameWindows(
      @ForAll final long seed,
      @ForAll @IntRange(min = 1, max = 12) final int seconds,
      @ForAll @IntRange(min = 0, max = 2) final int kind) {
    final Random random = new Random(seed);
    final StreamDescriptor.Builder builder =
        StreamDescriptor.newBuilder(open("s", Modality.values()))
            // Nothing may be out of order by more than the grace.
            .setGraceMicros(micros(1_000));
    if (kind > 0) {
      builder.setHopMicros(SECOND);
    }
    if (kind > 1) {
      builder.setClockOffsets(
          List.of(
              new ClockOffset(Modality.AUDIO, random.nextInt(4_000_000) - 2_000_000L),
              new ClockOffset(Modality.TEXT, random.nextInt(4_000_000) - 2_000_000L)));
    }
    final StreamDescriptor descriptor = builder.build();
    final List<FeatureVector> vectors = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      for (int i = 0; i < seconds; i++) {
        final float[] values = new float[modality == Modality.VISUAL ? 2 : 1];
        for (int v = 0; v < values.length; v++) {
          values[v] = (float) random.nextGaussian();
        }
        final FeatureVector vector =
            random.nextInt(5) == 0
                ? second(modality, i, i + 1)
                : second(modality, i, i + 1, values);
        final boolean wordy = modality == Modality.TEXT && vector.getWeight() > 0;
        vectors.add(
            FeatureVector.newBuilder(vector)
                .setWords(
                    wordy
                        ? List.of(word(i * 0.9, i * 0.95, 1, 1), word(i + 0.5, i + 1, i % 3, 1))
                        : List.of())
                .setWindowStartMicros(kind > 0 ? i * SECOND : i / 3 * 3L * SECOND)
                .setWindowEndMicros(kind > 0 ? (i + 1) * SECOND : (i / 3 + 1) * 3L * SECOND)
                .setCapturedAtMillis(2_000 + 1_000L * i + random.nextInt(500))
                .setEndOfStream(i == seconds - 1)
                .build());
      }
    }
    final List<String> expected = play(descriptor, vectors, -1, seconds);
    // Two of three panes of each window lie in others too, the ends need not fall on a border.
    assertThat(expected).hasSize((int) WindowGrid.count(ended(descriptor, seconds)));

    final List<FeatureVector> other = new ArrayList<>(vectors);
    for (int i = 0; i < vectors.size() / 3; i++) {
      other.add(vectors.get(random.nextInt(vectors.size())));
    }
    Collections.shuffle(other, random);
    assertThat(play(descriptor, other, random.nextInt(other.size()), seconds)).isEqualTo(expected);
  }

  /** The windows as text with the bits of every number, by their start. */
  private static List<String> play(
      final StreamDescriptor descriptor,
      final List<FeatureVector> vectors,
      final int descriptorAfter,
      final int seconds) {
    final EncodingJoinStore store = new EncodingJoinStore();
    final WindowJoin join = new WindowJoin(store, JoinSettings.defaults(), WindowJoinTest.SPACES);
    final List<ClosedWindow> closed = new ArrayList<>();
    int ends = 0;
    if (descriptorAfter < 0) {
      closed.addAll(join.accept(descriptor, 1_000).closed());
    }
    for (int i = 0; i < vectors.size(); i++) {
      closed.addAll(join.accept(vectors.get(i), 1_000).closed());
      if (i == descriptorAfter) {
        closed.addAll(join.accept(descriptor, 1_000).closed());
      }
    }
    final JoinResult end = join.accept(ended(descriptor, seconds), 1_000);
    closed.addAll(end.closed());
    ends += end.endedStreams().size();
    assertThat(ends).isEqualTo(1);
    assertThat(store.windowCount()).isZero();
    assertThat(join.openWindows()).isZero();
    return closed.stream()
        .sorted((a, b) -> a.window().compareTo(b.window()))
        .map(
            window -> {
              final StringBuilder text =
                  new StringBuilder(
                      window.window() + " " + window.reason() + " " + window.capturedAtMillis());
              for (final MergedModality part : window.modalities()) {
                assertThat(part.status()).isNotEqualTo(ModalityStatus.MISSING);
                text.append(" ").append(part.status());
                text.append(Arrays.toString(part.values()));
                text.append(Double.doubleToLongBits(part.weight())).append(' ');
                text.append(Double.doubleToLongBits(part.quality())).append(' ');
                text.append(Double.doubleToLongBits(part.coverage())).append(' ');
                text.append(part.words());
                text.append(part.clockOffsetMicros());
              }
              return text.toString();
            })
        .toList();
  }
}
