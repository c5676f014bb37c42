package io.valence.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@QuarkusTest
@TestProfile(StreamsResourceTest.Profile.class)
class StreamsResourceTest {

  /** No broker and no registry but those in memory. */
  public static class Profile implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "valence.schema.registry.url", "mock://ingest-rest",
          "kafka.bootstrap.servers", "localhost:1",
          "quarkus.http.test-port", "0");
    }
  }

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path folder;

  @TestHTTPResource("/streams")
  URI url;

  private final HttpClient http = HttpClient.newHttpClient();

  private HttpResponse<String> post(final String body, final String type) throws Exception {
    return http.send(
        HttpRequest.newBuilder(url)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode get(final String path, final int status) throws Exception {
    final HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(url + path)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(status);
    return MAPPER.readTree(response.body());
  }

  private static String body(final Path recording) {
    return MAPPER.createObjectNode().put("path", recording.toString()).toString();
  }

  private JsonNode accepted(final String body) throws Exception {
    final HttpResponse<String> response = post(body, "application/json");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return MAPPER.readTree(response.body());
  }

  private JsonNode ended(final String id) throws Exception {
    final Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (true) {
      final JsonNode status = get("/" + id, 200);
      if (!status.get("state").asText().equals("OPEN")) {
        return status;
      }
      assertThat(Instant.now()).isBefore(deadline);
    }
  }

  private void refused(final String body, final String reason) throws Exception {
    final HttpResponse<String> response = post(body, "application/json");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    final String error = MAPPER.readTree(response.body()).get("error").asText();
    assertThat(error).contains(reason).doesNotContain("\n");
  }

  @Test
  void aRecordingIsSentAndItsProgressTold() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("talk.wav"), 7);
    Files.writeString(folder.resolve("words.txt"), "these are some words");
    final ObjectNode body = MAPPER.createObjectNode();
    body.put("path", recording.toString());
    body.put("transcript", folder.resolve("words.txt").toString());
    body.put("streamId", "a talk/1");
    body.put("windowSeconds", 2);
    final JsonNode opened = accepted(body.toString());
    assertThat(opened.get("streamId").asText()).isEqualTo("a talk/1");
    assertThat(opened.get("windows").asInt()).isEqualTo(4);
    final JsonNode status = ended("a%20talk%2F1");
    assertThat(status.get("state").asText()).isEqualTo("ENDED");
    assertThat(status.get("progress").asDouble()).isEqualTo(1);
    assertThat(status.get("chunksSent").asInt()).isEqualTo(8);
    assertThat(status.has("reason")).isFalse();
    assertThat(get("", 200)).anyMatch(s -> s.get("streamId").asText().equals("a talk/1"));
    final HttpResponse<String> again = post(body.toString(), "application/json");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("choose another");
    assertThat(get("/nobody", 404).get("error").asText()).contains("no stream nobody");
  }

  @Test
  void everyBadInputGetsOneLine() throws Exception {
    final Path empty = Files.write(folder.resolve("empty.mp4"), new byte[0]);
    refused(body(empty), "empty.mp4: is empty (0 bytes)");
    final Path notes = Files.writeString(folder.resolve("notes.mp4"), "no media\n".repeat(1000));
    refused(body(notes), "notes.mp4: is not media");
    refused(body(folder.resolve("none.mp4")), "there is no such file");
    final Path whole = TestRecordings.video(folder.resolve("whole.mp4"), "mp4", 60);
    final byte[] bytes = Files.readAllBytes(whole);
    final Path cut = Files.write(folder.resolve("cut.mp4"), Arrays.copyOf(bytes, bytes.length / 2));
    refused(body(cut), "cut.mp4: is not media, or its start is damaged or its index is missing");
    final Path talk = TestRecordings.wave(folder.resolve("talk.wav"), 4);
    Files.writeString(folder.resolve("talk.srt"), "1\n00:00:03,000 --> 00:00:01,000\nback\n");
    refused(body(talk), "talk.srt line 2: ends (1.000 s) before it starts (3.000 s)");
  }

  @Test
  void oneSidedAndOddRecordingsAreSentWithTheirWarnings() throws Exception {
    final Path whole = TestRecordings.video(folder.resolve("whole.mkv"), "matroska", 100);
    final byte[] bytes = Files.readAllBytes(whole);
    final Path cut = Files.write(folder.resolve("cut.mkv"), Arrays.copyOf(bytes, bytes.length / 2));
    final JsonNode truncated = ended(accepted(body(cut)).get("streamId").asText());
    assertThat(truncated.get("state").asText()).isEqualTo("ENDED");
    assertThat(truncated.get("modalities").toString()).isEqualTo("[\"VISUAL\"]");
    assertThat(truncated.get("warnings").get(0).asText()).contains("header says 10.00 s");
    final Path talk = TestRecordings.wave(folder.resolve("talk.wav"), 4);
    Files.writeString(folder.resolve("talk.vtt"), "");
    final JsonNode silent = ended(accepted(body(talk)).get("streamId").asText());
    assertThat(silent.get("modalities").toString()).isEqualTo("[\"AUDIO\",\"TEXT\"]");
    assertThat(silent.get("warnings").get(0).asText()).contains("empty transcript");
    Files.writeString(
        folder.resolve("talk.vtt"),
        "WEBVTT\n\n00:01.000 --> 00:02.000\nin\n\n00:09.000 --> 00:10.000\nout\n");
    final JsonNode late = ended(accepted(body(talk)).get("streamId").asText());
    assertThat(late.get("warnings").get(0).asText())
        .contains("1 of its 2 words lie after the recording's end");
  }

  @Test
  void windowsMayOverlapAndClocksBeCorrected() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("talk.wav"), 7);
    final ObjectNode body = MAPPER.createObjectNode();
    body.put("path", recording.toString());
    body.put("windowSeconds", 3);
    body.put("hopSeconds", 1);
    body.putObject("clockOffsetSeconds").put("audio", 0.5);
    final JsonNode status = ended(accepted(body.toString()).get("streamId").asText());
    assertThat(status.get("state").asText()).isEqualTo("ENDED");
    assertThat(status.get("windowSeconds").asDouble()).isEqualTo(3);
    assertThat(status.get("hopSeconds").asDouble()).isEqualTo(1);
    // One chunk for each second; the sound reaches to 7.5 s: [0,3) to [5,8).
    assertThat(status.get("chunksSent").asInt()).isEqualTo(7);
    assertThat(status.get("windows").asInt()).isEqualTo(6);
    body.putObject("clockOffsetSeconds").put("text", 0.5);
    refused(body.toString(), "clockOffsetSeconds names text, which the recording does not have");
  }

  @Test
  void requestsAreChecked() throws Exception {
    refused("", "JSON object");
    refused("[1]", "JSON object");
    refused("{\"path\": ", "not JSON");
    refused("{}", "path is missing");
    refused("{\"path\": 7}", "path must be a string");
    refused("{\"path\": \"talk.wav\"}", "absolute path");
    refused("{\"paht\": \"/x\"}", "no field \"paht\"");
    refused("{\"path\": \"/x\", \"pace\": \"slow\"}", "pace must be \"fast\" or \"realtime\"");
    refused("{\"path\": \"/x\", \"windowSeconds\": 0}", "windowSeconds must be");
    refused("{\"path\": \"/x\", \"windowSeconds\": 1.0005}", "windowSeconds must be");
    refused("{\"path\": \"/x\", \"hopSeconds\": \"1\"}", "hopSeconds must be a number");
    refused(
        "{\"path\": \"/x\", \"hopSeconds\": 2}",
        "hopSeconds: a hop of 2 s does not go into a window of 3 s without remainder");
    refused(
        "{\"path\": \"/x\", \"windowSeconds\": 2, \"hopSeconds\": 4}",
        "a hop of 4 s leaves gaps after a window of 2 s");
    refused(
        "{\"path\": \"/x\", \"windowSeconds\": 60, \"hopSeconds\": 0.1}",
        "a hop of 0.1 s goes into a window of 60 s more than 120 times");
    refused(
        "{\"path\": \"/x\", \"clockOffsetSeconds\": 1}",
        "clockOffsetSeconds must be an object such as {\"audio\": -0.25}");
    refused(
        "{\"path\": \"/x\", \"clockOffsetSeconds\": {\"smell\": 1}}",
        "clockOffsetSeconds names \"smell\"; known are visual, audio, text");
    refused(
        "{\"path\": \"/x\", \"clockOffsetSeconds\": {\"audio\": 4000}}",
        "clockOffsetSeconds of audio must be a number from -3600 to 3600");
    refused("{\"path\": \"/x\", \"streamId\": \"" + "i".repeat(201) + "\"}", "1 to 200 characters");
    refused("{\"path\": \"/x\", \"streamId\": \"a\\nb\"}", "no control characters");
    assertThat(post(body(folder.resolve("x.wav")), "text/plain").statusCode()).isEqualTo(415);
  }
}
