package io.valence.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A client of ingest that wants one recording to be sent, whatever happens: it hands the recording over, watches, and
 * hands it over again under the same id when ingest has lost it or says that it failed.
 */
final class Upload {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final long POLL_MILLIS = 150;
  private static final int NOT_FOUND = 404;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI ingest;
  private final String streamId;
  private final String body;
  private final long deadlineNanos;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private volatile String last = "nothing was asked yet";

  private Upload(
      final URI ingest,
      final String streamId,
      final Path home,
      final boolean realTime,
      final Duration bound) {
    this.ingest = ingest;
    this.streamId = streamId;
    final ObjectNode request = MAPPER.createObjectNode();
    request.put("path", RecordedSet.recording(home).toString());
    request.put("transcript", RecordedSet.transcript(home).toString());
    request.put("streamId", streamId);
    request.put("sessionId", RecordedStream.sessionOf(streamId));
    request.put("windowSeconds", 1);
    request.put("pace", realTime ? "realtime" : "fast");
    this.body = request.toString();
    this.deadlineNanos = System.nanoTime() + bound.toNanos();
  }

  /** Begins, in a thread of its own. */
  static Upload start(
      final String ingestUrl,
      final String streamId,
      final Path home,
      final boolean realTime,
      final Duration bound) {
    final Upload upload = new Upload(URI.create(ingestUrl), streamId, home, realTime, bound);
    final Thread thread = new Thread(upload::run, "upload-" + streamId);
    thread.setDaemon(true);
    thread.start();
    return upload;
  }

  boolean isOver() {
    return done.isDone();
  }

  /**
   * How often the recording was handed over until it was sent.
   *
   * @throws TimeoutException if it was not sent within the bound, with the last that ingest said
   */
  int times() throws TimeoutException {
    final int times = done.join();
    if (times < 0) {
      throw new TimeoutException(last);
    }
    return times;
  }

  private void run() {
    int posted = 0;
    try {
      while (System.nanoTime() < deadlineNanos) {
        try {
          final HttpResponse<String> status =
              send(HttpRequest.newBuilder(ingest.resolve("/streams/" + streamId)).GET());
          final JsonNode answer = MAPPER.readTree(status.body());
          final String state = answer.path("state").asText();
          if (state.equals("ENDED")) {
            done.complete(posted);
            return;
          }
          if (status.statusCode() == NOT_FOUND || state.equals("FAILED")) {
            final HttpResponse<String> response =
                send(
                    HttpRequest.newBuilder(ingest.resolve("/streams"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
            posted += response.statusCode() / 100 == 2 ? 1 : 0;
          }
        } catch (final IOException e) {
          last = "ingest does not answer: " + e;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      done.complete(-1);
    }
  }

  private HttpResponse<String> send(final HttpRequest.Builder request)
      throws IOException, InterruptedException {
    final HttpResponse<String> response =
        http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
    last = "ingest answered " + response.statusCode() + " " + response.body();
    return response;
  }
}
