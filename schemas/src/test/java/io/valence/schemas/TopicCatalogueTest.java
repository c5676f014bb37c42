package io.valence.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TopicCatalogueTest {

  @Test
  void namesTheTopicsOfTheDesign() {
    assertThat(TopicCatalogue.all())
        .extracting(Topic::name)
        .containsExactlyInAnyOrder(
            "streams",
            "raw.video",
            "raw.audio",
            "raw.text",
            "features.visual",
            "features.audio",
            "features.text",
            "adapted.visual",
            "adapted.audio",
            "adapted.text",
            "sentiment.events",
            "sentiment.late",
            "sentiment.shadow",
            "sentiment.trends",
            "sentiment.alerts",
            "fusion.sessions",
            "ingest.dead-letters",
            "visual-features.dead-letters",
            "audio-features.dead-letters",
            "text-features.dead-letters",
            "adapter.dead-letters",
            "fusion.dead-letters",
            "dead-letters.redriven");
    assertThat(TopicCatalogue.raw(Modality.VISUAL).name()).isEqualTo("raw.video");
    assertThat(TopicCatalogue.features(Modality.VISUAL).name()).isEqualTo("features.visual");
    assertThat(TopicCatalogue.adapted(Modality.TEXT).name()).isEqualTo("adapted.text");
  }

  @Test
  void descriptorsAndTheMarksOfRedrivenLettersAreCompacted() {
    assertThat(TopicCatalogue.all())
        .filteredOn(Topic::compacted)
        .containsExactly(TopicCatalogue.STREAMS, TopicCatalogue.REDRIVEN);
    assertThat(TopicCatalogue.STREAMS.configuration())
        .containsEntry("cleanup.policy", "compact")
        .doesNotContainKey("retention.ms");
  }

  @Test
  void aDeadLetterHasRoomForTheLargestChunkAndItsHeaders() {
    assertThat(TopicCatalogue.raw(Modality.VISUAL).maxMessageBytes()).isEqualTo(8 * 1024 * 1024);
    assertThat(TopicCatalogue.deadLetters("visual-features").maxMessageBytes())
        .isGreaterThan(TopicCatalogue.raw(Modality.VISUAL).maxMessageBytes());
  }

  @Test
  void aLateVectorHasRoomForItsHeaders() {
    assertThat(TopicCatalogue.SENTIMENT_LATE.maxMessageBytes())
        .isGreaterThan(TopicCatalogue.adapted(Modality.TEXT).maxMessageBytes());
  }

  @Test
  void theBrokerMeasuresRecordsUnpacked() {
    assertThat(TopicCatalogue.all())
        .allSatisfy(
            topic ->
                assertThat(topic.configuration())
                    .containsEntry("compression.type", "uncompressed"));
  }

  @Test
  void knowsItsServices() {
    assertThatThrownBy(() -> TopicCatalogue.deadLetters("visualfeatures"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visual-features");
  }
}
