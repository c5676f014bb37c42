package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ConversationsTest {

  private static Segment segment(final String video, final double start, final String text) {
    return new Segment(
        video + start,
        video,
        start,
        start + 1,
        Optional.ofNullable(text),
        OptionalDouble.empty(),
        Fold.TRAIN,
        Map.of());
  }

  @Test
  void eachSegmentComesAfterThoseBeforeItInItsOwnRecording() {
    final List<Segment> segments =
        List.of(
            segment("b", 2, "two"),
            segment("a", 0, "other"),
            segment("b", 0, "zero"),
            segment("b", 1, null),
            segment("b", 3, "three"));

    assertThat(Conversations.preceding(segments))
        .containsEntry("b0.0", List.of())
        .containsEntry("b1.0", List.of("zero"))
        .containsEntry("b2.0", List.of("zero"))
        .containsEntry("b3.0", List.of("zero", "two"))
        .containsEntry("a0.0", List.of());
    assertThat(Conversations.recordings(segments).keySet()).containsExactly("b", "a");
  }

  @Test
  void ofALongRecordingOnlyTheLastHundredTextsPrecede() {
    final List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      segments.add(segment("a", i, "t" + i));
    }

    assertThat(Conversations.preceding(segments).get("a299.0"))
        .hasSize(100)
        .startsWith("t199")
        .endsWith("t298");
  }
}
