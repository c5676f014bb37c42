package io.valence.streams.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordMendingTest {

  private static final MediaChunk CHUNK =
      MediaChunk.newBuilder()
          .setStreamId("talk")
          .setModality(Modality.AUDIO)
          .setSequence(4)
          .setStartMicros(0)
          .setEndMicros(3_000_000)
          .setContainer("pcm_f32le")
          .setSampleRate(16)
          .setPayload(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}))
          .setCapturedAtMillis(5)
          .build();

  @TempDir private Path folder;

  private static SpecificRecord mend(final SpecificRecord record, final String... assignments)
      throws DeadLetterException {
    return RecordMending.parse(List.of(assignments)).apply(record);
  }

  @Test
  void setsFieldsOfEveryKindAndLeavesTheRest() throws Exception {
    final Path payload = Files.write(folder.resolve("payload"), new byte[] {9, 8, 7, 6});
    final MediaChunk before = MediaChunk.newBuilder(CHUNK).build();

    final SpecificRecord mended =
        mend(
            CHUNK,
            "sampleRate=16000",
            "sequence=5",
            "modality=TEXT",
            "endOfStream=true",
            "codec=a=b",
            "payload=@" + payload);

    assertThat(mended)
        .isEqualTo(
            MediaChunk.newBuilder(CHUNK)
                .setSampleRate(16_000)
                .setSequence(5)
                .setModality(Modality.TEXT)
                .setEndOfStream(true)
                .setCodec("a=b")
                .setPayload(ByteBuffer.wrap(new byte[] {9, 8, 7, 6}))
                .build());
    assertThat(CHUNK).as("the record itself is left as it is").isEqualTo(before);
    assertThat(mend(CHUNK, "sampleRate=null"))
        .isEqualTo(MediaChunk.newBuilder(CHUNK).setSampleRate(null).build());
  }

  @Test
  void setsLists() throws Exception {
    final FeatureVector vector =
        FeatureVector.newBuilder()
            .setStreamId("talk")
            .setModality(Modality.AUDIO)
            .setSpace("voice-2")
            .setWindowStartMicros(0)
            .setWindowEndMicros(3)
            .setCoversStartMicros(0)
            .setCoversEndMicros(3)
            .setSequence(0)
            .setWeight(1)
            .setQuality(7)
            .setValues(FloatValues.of(new float[] {Float.NaN, 1}))
            .setExtractor("test")
            .setExtractorVersion("1")
            .setCapturedAtMillis(1)
            .setCreatedAtMillis(1)
            .build();
    assertThat(mend(vector, "values=[0.5, -2]", "quality=0.5"))
        .isEqualTo(
            FeatureVector.newBuilder(vector)
                .setValues(FloatValues.of(new float[] {0.5f, -2}))
                .setQuality(0.5)
                .build());

    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder()
            .setStreamId("talk")
            .setModalities(List.of())
            .setWindowSizeMicros(3_000_000)
            .setGraceMicros(0)
            .setState(StreamState.OPEN)
            .setOpenedAtMillis(1)
            .build();
    assertThat(((StreamDescriptor) mend(descriptor, "modalities=[AUDIO,TEXT]")).getModalities())
        .containsExactly(Modality.AUDIO, Modality.TEXT);
  }

  @Test
  void refusesWhatAFieldCannotHold() {
    refused("sampleRte=16000", "MediaChunk has no field sampleRte; it has streamId, ");
    refused("sampleRate=fast", "field sampleRate must be a number of type int, not \"fast\"");
    refused("sampleRate=16000.5", "field sampleRate must be a number of type int");
    refused("sequence=99999999999999999999", "field sequence must be a number of type long");
    refused("sequence=null", "field sequence must be a number of type long, not \"null\"");
    refused("modality=SMELL", "field modality must be one of VISUAL, AUDIO, TEXT, not \"SMELL\"");
    refused("endOfStream=yes", "field endOfStream must be true or false, not \"yes\"");
    refused("payload=abc", "field payload must be @FILE");
    refused("payload=@" + folder.resolve("no-such"), "cannot be read");
  }

  private static void refused(final String assignment, final String reason) {
    assertThatThrownBy(() -> mend(CHUNK, assignment))
        .isInstanceOf(DeadLetterException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesWhatIsNoAssignment() {
    assertThatThrownBy(() -> RecordMending.parse(List.of("sampleRate")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write field=value");
    assertThatThrownBy(() -> RecordMending.parse(List.of("a=1", "a=2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("set twice");
  }
}
