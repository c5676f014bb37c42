package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.features.text.ContextLimits;
import io.valence.model.BundleException;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RecordChecks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TextChunkExtractorTest {

  private TextChunkExtractor extractor;

  @BeforeEach
  void open() throws BundleException {
    try {
      extractor = ShippedText.open(ContextLimits.NONE);
    } catch (final IOException e) {
      Assumptions.abort("BERT's weights are not set up here: " + e.getMessage());
    }
  }

  @AfterEach
  void close() {
    if (extractor != null) {
      extractor.close();
    }
  }

  private static MediaChunk chunk(final String words, final long endMicros) {
    return Chunks.chunk(Modality.TEXT, 0, endMicros)
        .setPayload(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)))
        .build();
  }

  @Test
  void wordsAreSpreadOverTheWindowsOfTheirChunk() throws Exception {
    final List<FeatureVector> vectors = extractor.extract(chunk("good bad", 6_000_000));

    assertThat(vectors).extracting(FeatureVector::getWeight).containsExactly(1.0, 1.0);
    vectors.forEach(RecordChecks::check);
  }

  /** Each window is a run of the model: a thousand of them would hold the service up for a minute. */
  @Test
  void wordsOfTooManyWindowsAreRefused() throws Exception {
    assertThatThrownBy(() -> extractor.extract(chunk("no ".repeat(500), 1_500_000_000)))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessage(
            "the words of one chunk fall into 500 windows; at most 40 are taken at once, send"
                + " them in parts");
    assertThatThrownBy(() -> extractor.extract(chunk("no ".repeat(6_000), 6_000_000)))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessageContaining("have 18000 bytes; at most 16384 are taken at once");
    assertThat(extractor.extract(chunk("one word", 1_500_000_000))).hasSize(500);
  }

  @Test
  void whatIsNoTextIsRefused() {
    final MediaChunk notUtf8 =
        Chunks.chunk(Modality.TEXT, 0, 3_000_000)
            .setPayload(ByteBuffer.wrap(new byte[] {(byte) 0xC3, 0x28}))
            .build();
    assertThatThrownBy(() -> extractor.extract(notUtf8))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessage("the words are not valid UTF-8");
    assertThatThrownBy(() -> extractor.extract(chunk("x".repeat(300_000), 3_000_000)))
        .isInstanceOf(InvalidChunkException.class)
        .hasMessageContaining("300000 bytes; at most 262144 are taken");
  }
}
