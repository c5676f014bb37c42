package io.valence.schemas;

import java.util.List;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/**
 * What the schemas' documentation promises beyond types, checked: a record from a faulty or hostile producer
 * gets a clear reason instead of harm further down.
 */
public final class RecordChecks {

  /** The latest event time that the pipeline computes with, microseconds: 285 years of a stream. */
  public static final long MAX_EVENT_TIME_MICROS = 1L << 53;

  /** The shortest window, microseconds: 10 ms. */
  public static final long MIN_WINDOW_MICROS = 10_000;

  /** The longest window, microseconds: one day. */
  public static final long MAX_WINDOW_MICROS = 86_400_000_000L;

  /** The most windows that one chunk may touch. */
  public static final int MAX_WINDOWS_IN_CHUNK = 10_000;

  /** The most hops in one window. */
  public static final int MAX_HOPS_IN_WINDOW = 120;

  /** The largest correction of a source's clock, microseconds: one hour. */
  public static final long MAX_CLOCK_OFFSET_MICROS = 3_600_000_000L;

  /** The most words of a vector or an event: five minutes of fast speech. */
  public static final int MAX_WORDS = 1_000;

  private static final int MAX_ID_LENGTH = 200;
  private static final int MAX_TEXT_LENGTH = 8_192;
  private static final int MAX_VALUES = 65_536;
  private static final double MAX_SCORE = 3.0;

  private RecordChecks() {}

  /**
   * Checks a record of the pipeline; a record of another class passes.
   *
   * @throws InvalidRecordException naming the field, what it holds and what it should
   */
  public static void check(final SpecificRecord record) {
    if (record instanceof MediaChunk chunk) {
      check(chunk);
    } else if (record instanceof FeatureVector vector) {
      check(vector);
    } else if (record instanceof StreamDescriptor descriptor) {
      check(descriptor);
    } else if (record instanceof SentimentEvent event) {
      check(event);
    } else if (record instanceof ShadowScore score) {
      check(score);
    } else if (record instanceof SentimentTrend trend) {
      check(trend);
    } else if (record instanceof SentimentAlert alert) {
      check(alert);
    } else if (record instanceof SessionNote note) {
      check(note);
    }
  }

  /** Checks what ingest says of a stream. */
  public static void check(final StreamDescriptor descriptor) {
    id("streamId", descriptor.getStreamId());
    optionalId("sessionId", descriptor.getSessionId());
    optionalId("participantId", descriptor.getParticipantId());
    final List<Modality> modalities = descriptor.getModalities();
    require(
        !modalities.isEmpty() && modalities.size() == Set.copyOf(modalities).size(),
        "modalities must be one to three, each once, not %s",
        modalities);
    windowSize("windowSizeMicros", descriptor.getWindowSizeMicros());
    if (descriptor.getHopMicros() != null) {
      hop(
          "hopMicros",
          descriptor.getHopMicros(),
          "windowSizeMicros",
          descriptor.getWindowSizeMicros());
    }
    clockOffsets(descriptor.getClockOffsets());
    eventTime("graceMicros", descriptor.getGraceMicros());
    eventTime("startMicros", descriptor.getStartMicros());
    final Long end = descriptor.getEndMicros();
    if (end != null) {
      eventTime("endMicros", end);
      require(
          end >= descriptor.getStartMicros(),
          "endMicros %s lies before startMicros %s",
          end,
          descriptor.getStartMicros());
    }
    text("source", descriptor.getSource());
    text("reason", descriptor.getReason());
    wallClock("openedAtMillis", descriptor.getOpenedAtMillis());
  }

  /** Checks a chunk's frame; its payload is the extractor's to judge. */
  public static void check(final MediaChunk chunk) {
    id("streamId", chunk.getStreamId());
    optionalId("sessionId", chunk.getSessionId());
    optionalId("participantId", chunk.getParticipantId());
    optionalId("segmentId", chunk.getSegmentId());
    sequence(chunk.getSequence());
    range("startMicros", chunk.getStartMicros(), "endMicros", chunk.getEndMicros());
    windowSize("windowSizeMicros", chunk.getWindowSizeMicros());
    if (chunk.getOverlappingWindowMicros() != null) {
      windowSize("overlappingWindowMicros", chunk.getOverlappingWindowMicros());
      hop(
          "windowSizeMicros",
          chunk.getWindowSizeMicros(),
          "overlappingWindowMicros",
          chunk.getOverlappingWindowMicros());
    }
    final Long windowStart = chunk.getWindowStartMicros();
    final Long windowEnd = chunk.getWindowEndMicros();
    require(
        (windowStart == null) == (windowEnd == null),
        "windowStartMicros and windowEndMicros must be both set or both null, not %s and %s",
        windowStart,
        windowEnd);
    if (windowStart != null) {
      range("windowStartMicros", windowStart, "windowEndMicros", windowEnd);
      require(windowStart < windowEnd, "the window from %s to %s is empty", windowStart, windowEnd);
    } else {
      final long windows =
          (chunk.getEndMicros() - chunk.getStartMicros()) / chunk.getWindowSizeMicros();
      require(
          windows < MAX_WINDOWS_IN_CHUNK,
          "a chunk over %s windows is too long: at most %s",
          windows,
          MAX_WINDOWS_IN_CHUNK);
    }
    require(!chunk.getContainer().isBlank(), "container must not be blank");
    final Integer rate = chunk.getSampleRate();
    require(
        rate == null || (rate >= 1_000 && rate <= 384_000),
        "sampleRate must be 1,000 to 384,000, not %s",
        rate);
    wallClock("capturedAtMillis", chunk.getCapturedAtMillis());
  }

  /** Checks a vector; whether it has as many values as its space is for those to say who know the space. */
  public static void check(final FeatureVector vector) {
    id("streamId", vector.getStreamId());
    optionalId("sessionId", vector.getSessionId());
    optionalId("participantId", vector.getParticipantId());
    optionalId("segmentId", vector.getSegmentId());
    id("space", vector.getSpace());
    optionalId("extractor", vector.getExtractor());
    optionalId("extractorVersion", vector.getExtractorVersion());
    sequence(vector.getSequence());
    range(
        "windowStartMicros",
        vector.getWindowStartMicros(),
        "windowEndMicros",
        vector.getWindowEndMicros());
    require(
        vector.getWindowStartMicros() < vector.getWindowEndMicros(),
        "the window from %s to %s is empty",
        vector.getWindowStartMicros(),
        vector.getWindowEndMicros());
    range(
        "coversStartMicros",
        vector.getCoversStartMicros(),
        "coversEndMicros",
        vector.getCoversEndMicros());
    require(
        vector.getCoversStartMicros() >= vector.getWindowStartMicros()
            && vector.getCoversEndMicros() <= vector.getWindowEndMicros(),
        "the range covered, %s to %s, does not lie within the window %s to %s",
        vector.getCoversStartMicros(),
        vector.getCoversEndMicros(),
        vector.getWindowStartMicros(),
        vector.getWindowEndMicros());
    final Long readFrom = vector.getReadFromMicros();
    require(
        readFrom == null || (readFrom >= 0 && readFrom <= vector.getCoversStartMicros()),
        "readFromMicros must be 0 to the start of what is covered, %s, not %s",
        vector.getCoversStartMicros(),
        readFrom);
    final double weight = vector.getWeight();
    require(
        Double.isFinite(weight) && weight >= 0,
        "weight must be finite and not negative, not %s",
        weight);
    share("quality", vector.getQuality());
    final int size = vector.getValues().size();
    require(
        (weight == 0) == (size == 0),
        "weight 0 goes with no values and no other: weight %s came with %s values",
        weight,
        size);
    require(size <= MAX_VALUES, "%s values are too many: at most %s", size, MAX_VALUES);
    require(FloatValues.allFinite(vector.getValues()), "values must all be finite");
    final int words = vector.getWords().size();
    require(
        words == 0 || vector.getModality() == Modality.TEXT,
        "words go with TEXT and no other: %s came with %s words",
        vector.getModality(),
        words);
    require(words == 0 || weight > 0, "weight 0 goes with no words: it came with %s", words);
    words(vector.getWords(), vector.getWindowEndMicros());
    wallClock("capturedAtMillis", vector.getCapturedAtMillis());
    wallClock("createdAtMillis", vector.getCreatedAtMillis());
  }

  /** Checks an event. */
  public static void check(final SentimentEvent event) {
    id("streamId", event.getStreamId());
    id("eventId", event.getEventId());
    optionalId("segmentId", event.getSegmentId());
    range(
        "windowStartMicros",
        event.getWindowStartMicros(),
        "windowEndMicros",
        event.getWindowEndMicros());
    score("score", event.getScore());
    score("intervalLow", event.getIntervalLow());
    score("intervalHigh", event.getIntervalHigh());
    score("baseline", event.getBaseline());
    require(
        event.getIntervalLow() <= event.getIntervalHigh(),
        "the interval's lower end %s lies above its upper end %s",
        event.getIntervalLow(),
        event.getIntervalHigh());
    require(
        event.getModalities().size() == Modality.values().length,
        "modalities must have %s entries, not %s",
        Modality.values().length,
        event.getModalities().size());
    for (final ModalityReport report : event.getModalities()) {
      share("coverage", report.getCoverage());
      share("quality", report.getQuality());
      require(
          Double.isFinite(report.getContribution()),
          "contribution must be finite, not %s",
          report.getContribution());
      require(
          report.getClockOffsetMillis() == null || Double.isFinite(report.getClockOffsetMillis()),
          "clockOffsetMillis must be finite, not %s",
          report.getClockOffsetMillis());
    }
    words(event.getWords(), event.getWindowEndMicros());
    require(
        event.getLatencyMillis() >= 0,
        "latencyMillis must not be negative, not %s",
        event.getLatencyMillis());
  }

  /** Checks a shadow's score: the difference and the classes must follow from the two scores. */
  public static void check(final ShadowScore score) {
    id("streamId", score.getStreamId());
    id("liveEventId", score.getLiveEventId());
    optionalId("sessionId", score.getSessionId());
    optionalId("segmentId", score.getSegmentId());
    id("liveBundleId", score.getLiveBundleId());
    id("liveBundleVersion", score.getLiveBundleVersion());
    id("shadowBundleId", score.getShadowBundleId());
    id("shadowBundleVersion", score.getShadowBundleVersion());
    range(
        "windowStartMicros",
        score.getWindowStartMicros(),
        "windowEndMicros",
        score.getWindowEndMicros());
    score("liveScore", score.getLiveScore());
    score("liveIntervalLow", score.getLiveIntervalLow());
    score("liveIntervalHigh", score.getLiveIntervalHigh());
    score("shadowScore", score.getShadowScore());
    score("shadowIntervalLow", score.getShadowIntervalLow());
    score("shadowIntervalHigh", score.getShadowIntervalHigh());
    require(
        score.getLiveIntervalLow() <= score.getLiveIntervalHigh()
            && score.getShadowIntervalLow() <= score.getShadowIntervalHigh(),
        "the lower end of an interval lies above its upper end: %s to %s, %s to %s",
        score.getLiveIntervalLow(),
        score.getLiveIntervalHigh(),
        score.getShadowIntervalLow(),
        score.getShadowIntervalHigh());
    final double difference = score.getShadowScore() - score.getLiveScore();
    require(
        score.getDifference() == difference,
        "difference must be shadowScore - liveScore = %s, not %s",
        difference,
        score.getDifference());
    require(
        score.getClassesDiffer() == (score.getLiveClass() != score.getShadowClass()),
        "classesDiffer is %s for %s and %s",
        score.getClassesDiffer(),
        score.getLiveClass(),
        score.getShadowClass());
    wallClock("createdAtMillis", score.getCreatedAtMillis());
  }

  /** Checks a trend. */
  public static void check(final SentimentTrend trend) {
    id("trendId", trend.getTrendId());
    subject(trend.getScope(), trend.getStreamId(), trend.getSessionId());
    optionalId("participantId", trend.getParticipantId());
    require(trend.getRevision() >= 1, "revision must be at least 1, not %s", trend.getRevision());
    range("startMicros", trend.getStartMicros(), "endMicros", trend.getEndMicros());
    count("windows", trend.getWindows(), Integer.MAX_VALUE);
    count("knownWindows", trend.getKnownWindows(), trend.getWindows());
    count("incompleteWindows", trend.getIncompleteWindows(), trend.getWindows());
    count("alerts", trend.getAlerts(), Integer.MAX_VALUE);
    count("lateWindows", trend.getLateWindows(), Integer.MAX_VALUE);
    optionalScore("mean", trend.getMean());
    optionalScore("minimum", trend.getMinimum());
    optionalScore("maximum", trend.getMaximum());
    optionalScore("first", trend.getFirst());
    optionalScore("last", trend.getLast());
    optionalShare("negativeShare", trend.getNegativeShare());
    final Double slope = trend.getSlopePerMinute();
    require(
        slope == null || Double.isFinite(slope), "slopePerMinute must be finite, not %s", slope);
    require(
        (trend.getKnownWindows() == 0) == (trend.getMean() == null),
        "%s known windows cannot have the mean %s",
        trend.getKnownWindows(),
        trend.getMean());
    for (final ParticipantTrend participant : trend.getParticipants()) {
      id("streamId", participant.getStreamId());
      optionalId("participantId", participant.getParticipantId());
      count("windows", participant.getWindows(), Integer.MAX_VALUE);
      count("knownWindows", participant.getKnownWindows(), participant.getWindows());
      optionalScore("mean", participant.getMean());
      optionalShare("negativeShare", participant.getNegativeShare());
    }
    wallClock("createdAtMillis", trend.getCreatedAtMillis());
  }

  /** Checks an alert. */
  public static void check(final SentimentAlert alert) {
    id("alertId", alert.getAlertId());
    id("rule", alert.getRule());
    subject(alert.getScope(), alert.getStreamId(), alert.getSessionId());
    optionalId("participantId", alert.getParticipantId());
    range("startMicros", alert.getStartMicros(), "endMicros", alert.getEndMicros());
    require(!alert.getWindows().isEmpty(), "an alert needs the windows that brought it about");
    for (final AlertWindow window : alert.getWindows()) {
      range("startMicros", window.getStartMicros(), "endMicros", window.getEndMicros());
      optionalId("segmentId", window.getSegmentId());
      optionalId("eventId", window.getEventId());
      optionalScore("score", window.getScore());
    }
    require(
        Double.isFinite(alert.getValue()) && Double.isFinite(alert.getThreshold()),
        "value and threshold must be finite, not %s and %s",
        alert.getValue(),
        alert.getThreshold());
    require(!alert.getMessage().isBlank(), "message must not be blank");
    wallClock("createdAtMillis", alert.getCreatedAtMillis());
  }

  /** Checks what fusion tells itself. */
  public static void check(final SessionNote note) {
    id("sessionId", note.getSessionId());
    id("streamId", note.getStreamId());
    optionalId("participantId", note.getParticipantId());
    optionalId("segmentId", note.getSegmentId());
    eventTime("reachedMicros", note.getReachedMicros());
    final Long start = note.getWindowStartMicros();
    final Long end = note.getWindowEndMicros();
    final boolean window = note.getKind() == SessionNoteKind.WINDOW;
    require(
        window == (start != null) && window == (end != null),
        "%s does not go with a window from %s to %s",
        note.getKind(),
        start,
        end);
    if (window) {
      range("windowStartMicros", start, "windowEndMicros", end);
      require(start < end, "the window from %s to %s is empty", start, end);
    }
    optionalScore("score", note.getScore());
    require(window || note.getScore() == null, "%s does not go with a score", note.getKind());
    wallClock("createdAtMillis", note.getCreatedAtMillis());
  }

  /** What was read of a window's words: in order of time, none of them after the window. */
  private static void words(final List<WordScore> words, final long windowEndMicros) {
    require(
        words.size() <= MAX_WORDS, "%s words are too many: at most %s", words.size(), MAX_WORDS);
    long before = 0;
    for (final WordScore word : words) {
      final long start = word.getStartMicros();
      range("a word's startMicros", start, "its endMicros", word.getEndMicros());
      require(
          start >= before,
          "words must be in the order in which they were said: one at %s comes after one at %s",
          start,
          before);
      require(
          start < windowEndMicros,
          "a word at %s does not begin before the end of the window, %s",
          start,
          windowEndMicros);
      score("a word's score", word.getScore());
      final float weight = word.getWeight();
      require(
          Float.isFinite(weight) && weight > 0,
          "a word's weight must be finite and positive, not %s",
          weight);
      before = start;
    }
  }

  private static void subject(
      final TrendScope scope, final String streamId, final String sessionId) {
    if (scope == TrendScope.STREAM) {
      require(streamId != null, "a record of a stream needs its streamId");
      id("streamId", streamId);
      optionalId("sessionId", sessionId);
    } else {
      require(
          sessionId != null && streamId == null,
          "a record of a session needs its sessionId and no streamId, not %s and %s",
          sessionId,
          streamId);
      id("sessionId", sessionId);
    }
  }

  private static void count(final String field, final int value, final int most) {
    require(value >= 0 && value <= most, "%s must be 0 to %s, not %s", field, most, value);
  }

  private static void optionalScore(final String field, final Double value) {
    if (value != null) {
      score(field, value);
    }
  }

  private static void optionalShare(final String field, final Double value) {
    if (value != null) {
      share(field, value);
    }
  }

  private static void id(final String field, final String value) {
    require(!value.isBlank(), "%s must not be blank", field);
    optionalId(field, value);
  }

  private static void optionalId(final String field, final String value) {
    length(field, value, MAX_ID_LENGTH);
  }

  private static void text(final String field, final String value) {
    length(field, value, MAX_TEXT_LENGTH);
  }

  private static void length(final String field, final String value, final int most) {
    final int characters = value == null ? 0 : value.length();
    require(characters <= most, "%s has %s characters: at most %s", field, characters, most);
  }

  private static void sequence(final long sequence) {
    require(sequence >= 0, "sequence must not be negative, not %s", sequence);
  }

  private static void eventTime(final String field, final long micros) {
    require(
        micros >= 0 && micros <= MAX_EVENT_TIME_MICROS,
        "%s must be 0 to %s microseconds, not %s",
        field,
        MAX_EVENT_TIME_MICROS,
        micros);
  }

  private static void range(
      final String startField, final long start, final String endField, final long end) {
    eventTime(startField, start);
    eventTime(endField, end);
    require(start <= end, "%s %s lies after %s %s", startField, start, endField, end);
  }

  private static void windowSize(final String name, final long micros) {
    require(
        micros >= MIN_WINDOW_MICROS && micros <= MAX_WINDOW_MICROS,
        "%s must be %s to %s, not %s",
        name,
        MIN_WINDOW_MICROS,
        MAX_WINDOW_MICROS,
        micros);
  }

  private static void hop(
      final String hopName, final long hop, final String sizeName, final long size) {
    require(
        hop >= MIN_WINDOW_MICROS && hop <= size && size % hop == 0,
        "%s must be at least %s and go into %s %s without remainder, not %s",
        hopName,
        MIN_WINDOW_MICROS,
        sizeName,
        size,
        hop);
    require(
        size / hop <= MAX_HOPS_IN_WINDOW,
        "%s %s goes into %s %s more than %s times",
        hopName,
        hop,
        sizeName,
        size,
        MAX_HOPS_IN_WINDOW);
  }

  private static void clockOffsets(final List<ClockOffset> offsets) {
    final long modalities = offsets.stream().map(ClockOffset::getModality).distinct().count();
    require(
        modalities == offsets.size(),
        "clockOffsets must name each modality at most once, not %s",
        offsets);
    for (final ClockOffset offset : offsets) {
      require(
          offset.getOffsetMicros() >= -MAX_CLOCK_OFFSET_MICROS
              && offset.getOffsetMicros() <= MAX_CLOCK_OFFSET_MICROS,
          "offsetMicros of %s must be -%s to %s, not %s",
          offset.getModality(),
          MAX_CLOCK_OFFSET_MICROS,
          MAX_CLOCK_OFFSET_MICROS,
          offset.getOffsetMicros());
    }
  }

  private static void share(final String field, final double value) {
    require(value >= 0 && value <= 1, "%s must be 0 to 1, not %s", field, value);
  }

  private static void score(final String field, final double value) {
    require(value >= -MAX_SCORE && value <= MAX_SCORE, "%s must be -3 to 3, not %s", field, value);
  }

  private static void wallClock(final String field, final long millis) {
    require(millis >= 0, "%s must not be negative, not %s", field, millis);
  }

  private static void require(final boolean holds, final String format, final Object... arguments) {
    if (!holds) {
      throw new InvalidRecordException(String.format(format, arguments));
    }
  }
}
