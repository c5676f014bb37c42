package io.valence.schemas;

import java.nio.ByteBuffer;
import java.util.List;

/** Records as a well-behaved producer makes them. */
final class SampleRecords {

  private SampleRecords() {}

  static StreamDescriptor.Builder descriptor() {
    return StreamDescriptor.newBuilder()
        .setStreamId("talk-7")
        .setModalities(List.of(Modality.VISUAL, Modality.TEXT))
        .setWindowSizeMicros(3_000_000)
        .setGraceMicros(1_000_000)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(1_700_000_000_000L);
  }

  static MediaChunk.Builder chunk() {
    return MediaChunk.newBuilder()
        .setStreamId("talk-7")
        .setModality(Modality.AUDIO)
        .setSequence(2)
        .setStartMicros(6_000_000)
        .setEndMicros(9_000_000)
        .setContainer("pcm_f32le")
        .setSampleRate(16_000)
        .setPayload(ByteBuffer.wrap(new byte[64]))
        .setCapturedAtMillis(1_700_000_000_000L);
  }

  static FeatureVector.Builder vector(final float... values) {
    return FeatureVector.newBuilder()
        .setStreamId("talk-7")
        .setModality(Modality.VISUAL)
        .setSpace("facemesh-65")
        .setWindowStartMicros(6_000_000)
        .setWindowEndMicros(9_000_000)
        .setCoversStartMicros(6_000_000)
        .setCoversEndMicros(7_500_000)
        .setSequence(2)
        .setWeight(values.length == 0 ? 0 : 25)
        .setQuality(0.9)
        .setValues(FloatValues.of(values))
        .setExtractor("visual-features")
        .setExtractorVersion("1")
        .setCapturedAtMillis(1_700_000_000_000L)
        .setCreatedAtMillis(1_700_000_000_100L);
  }

  static ShadowScore.Builder shadow() {
    return ShadowScore.newBuilder()
        .setStreamId("talk-7")
        .setLiveEventId("5f0e9f36-94b5-5b5c-9d0f-6a1f3c2e7b41")
        .setWindowStartMicros(6_000_000)
        .setWindowEndMicros(9_000_000)
        .setLiveBundleId("direct")
        .setLiveBundleVersion("1.0.0")
        .setLiveScore(0.5)
        .setLiveIntervalLow(-0.5)
        .setLiveIntervalHigh(1.5)
        .setLiveClass(SentimentClass.WEAKLY_POSITIVE)
        .setShadowBundleId("direct")
        .setShadowBundleVersion("1.1.0")
        .setShadowScore(-0.25)
        .setShadowIntervalLow(-1.25)
        .setShadowIntervalHigh(0.75)
        .setShadowClass(SentimentClass.NEUTRAL)
        .setDifference(-0.75)
        .setClassesDiffer(true)
        .setCreatedAtMillis(1_700_000_000_000L);
  }

  static SentimentTrend.Builder trend() {
    return SentimentTrend.newBuilder()
        .setTrendId("5f0e9f36-94b5-4b5c-9d0f-6a1f3c2e7b41")
        .setScope(TrendScope.STREAM)
        .setKind(TrendKind.UPDATE)
        .setStreamId("talk-7")
        .setStartMicros(0)
        .setEndMicros(6_000_000)
        .setWindows(2)
        .setKnownWindows(1)
        .setIncompleteWindows(1)
        .setMean(-0.5)
        .setNegativeShare(1.0)
        .setAlerts(0)
        .setCreatedAtMillis(1_700_000_000_100L);
  }

  static SentimentAlert.Builder alert() {
    return SentimentAlert.newBuilder()
        .setAlertId("5f0e9f36-94b5-4b5c-9d0f-6a1f3c2e7b41")
        .setRule("angry")
        .setRuleText("below -1.00")
        .setScope(TrendScope.SESSION)
        .setSessionId("call-3")
        .setStartMicros(0)
        .setEndMicros(3_000_000)
        .setWindows(
            List.of(
                AlertWindow.newBuilder()
                    .setStartMicros(0)
                    .setEndMicros(3_000_000)
                    .setScore(-2.0)
                    .build()))
        .setValue(-2)
        .setThreshold(-1)
        .setMessage("Session call-3: sentiment below -1.00")
        .setCreatedAtMillis(1_700_000_000_100L);
  }

  static SessionNote.Builder note() {
    return SessionNote.newBuilder()
        .setSessionId("call-3")
        .setStreamId("talk-7")
        .setKind(SessionNoteKind.WINDOW)
        .setReachedMicros(3_000_000)
        .setWindowStartMicros(0L)
        .setWindowEndMicros(3_000_000L)
        .setScore(-2.0)
        .setCreatedAtMillis(1_700_000_000_100L);
  }
}
