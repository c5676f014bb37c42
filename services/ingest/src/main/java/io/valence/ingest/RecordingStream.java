package io.valence.ingest;

import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RecordingPieces;
import io.valence.pipeline.MediaChunks;
import io.valence.schemas.ClockOffset;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.windows.WindowGrid;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One recording on its way to Kafka: descriptor OPEN, then the chunks of all modalities window by
 * window, then ENDED when the broker has them all, or FAILED with the reason.
 *
 * <p>At real-time pace a chunk goes out when its last moment would have been recorded: the one of
 * [3 s, 6 s) six seconds after the start.
 */
final class RecordingStream implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(RecordingStream.class);

  private final RecordingPieces cutter;
  private final WindowGrid grid;
  private final ChunkOutlet outlet;
  private final IngestMeters meters;
  private final InstantSource clock;
  private final CountDownLatch stopping;
  private final StreamRequest request;
  private final String streamId;
  private final long graceMicros;
  private final long openedAtMillis;
  private final AtomicReference<Exception> lost = new AtomicReference<>();

  private volatile StreamState state = StreamState.OPEN;
  private volatile String reason;
  private volatile double progress;
  private volatile List<String> warnings;
  private long chunksInFlight;
  private long chunksSent;
  private long bytesSent;

  /**
   * @param grid where the stream's windows lie
   * @param cutter cuts by the grid's panes; closed by this when it has run, or by {@link #abandon}
   * @param stopping reaches zero when ingest is shut down
   */
  RecordingStream(
      final String streamId,
      final StreamRequest request,
      final WindowGrid grid,
      final RecordingPieces cutter,
      final IngestSettings settings,
      final ChunkOutlet outlet,
      final IngestMeters meters,
      final InstantSource clock,
      final CountDownLatch stopping) {
    this.cutter = cutter;
    this.grid = grid;
    this.outlet = outlet;
    this.meters = meters;
    this.clock = clock;
    this.stopping = stopping;
    this.warnings = cutter.warnings();
    this.request = request;
    this.streamId = streamId;
    this.graceMicros = settings.grace().toNanos() / 1000;
    this.openedAtMillis = clock.millis();
  }

  private StreamDescriptor descriptor(
      final StreamState stateNow, final String why, final Long endMicros) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setSessionId(request.sessionId().orElse(null))
        .setParticipantId(request.participantId().orElse(null))
        .setModalities(modalities())
        .setWindowSizeMicros(grid.sizeMicros())
        .setHopMicros(overlapping() ? (Long) grid.hopMicros() : null)
        .setClockOffsets(clockOffsets())
        .setGraceMicros(graceMicros)
        .setStartMicros(0)
        .setEndMicros(endMicros)
        .setState(stateNow)
        .setReason(why)
        .setSource(cutter.recording().name())
        .setOpenedAtMillis(openedAtMillis)
        .build();
  }

  private boolean overlapping() {
    return grid.hopMicros() < grid.sizeMicros();
  }

  private List<ClockOffset> clockOffsets() {
    return request.clockOffsets().entrySet().stream()
        .map(entry -> new ClockOffset(entry.getKey(), entry.getValue().toNanos() / 1000))
        .toList();
  }

  /** As many events as the stream will get. */
  private long windows() {
    return WindowGrid.count(descriptor(StreamState.ENDED, null, cutter.endMicros()));
  }

  private List<Modality> modalities() {
    return cutter.modalities().stream().map(MediaChunks::modality).sorted().toList();
  }

  String streamId() {
    return streamId;
  }

  boolean over() {
    return state != StreamState.OPEN;
  }

  boolean failed() {
    return state == StreamState.FAILED;
  }

  StreamStatus status() {
    final long chunks;
    final long bytes;
    synchronized (this) {
      chunks = chunksSent;
      bytes = bytesSent;
    }
    return new StreamStatus(
        streamId,
        cutter.recording().name(),
        state,
        reason,
        progress,
        chunks,
        bytes,
        modalities().stream().map(Modality::name).toList(),
        windows(),
        grid.sizeMicros() / 1e6,
        overlapping() ? (Double) (grid.hopMicros() / 1e6) : null,
        cutter.endMicros() / 1e6,
        openedAtMillis,
        warnings);
  }

  @Override
  public void run() {
    try (cutter) {
      outlet.send(descriptor(StreamState.OPEN, null, null));
      sendPieces();
      outlet.flush();
      awaitDeliveries();
      warnings = cutter.warnings();
      finish(StreamState.ENDED, null, cutter.endMicros());
    } catch (final MediaException | DeliveryException e) {
      fail(e.getMessage(), e);
    } catch (final InterruptedException e) {
      fail("ingest was stopped before the recording was sent", e);
      Thread.currentThread().interrupt();
    } catch (final RuntimeException e) {
      // Whatever went wrong must not leave the stream open for ever.
      log.error("stream {}: unexpected failure", streamId(), e);
      fail("unexpected failure: " + e, e);
    }
  }

  private void sendPieces() throws MediaException, DeliveryException, InterruptedException {
    final long startMillis = clock.millis();
    for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
      if (request.realTime()) {
        awaitClock(startMillis + piece.endMicros() / 1000);
      }
      if (stopping.getCount() == 0) {
        throw new InterruptedException("ingest stops");
      }
      throwIfLost();
      final MediaChunk chunk =
          MediaChunks.of(
              piece,
              streamId(),
              request.sessionId().orElse(null),
              request.participantId().orElse(null),
              grid,
              clock.millis());
      send(chunk);
      progress =
          Math.max(progress, Math.min(0.999, (double) piece.endMicros() / cutter.endMicros()));
    }
  }

  private void send(final MediaChunk chunk) throws DeliveryException, InterruptedException {
    synchronized (this) {
      chunksInFlight++;
    }
    boolean handedOver = false;
    try {
      outlet.send(
          chunk, (payloadBytes, failure) -> delivered(chunk.getModality(), payloadBytes, failure));
      handedOver = true;
    } finally {
      if (!handedOver) {
        synchronized (this) {
          chunksInFlight--;
        }
      }
    }
  }

  private void delivered(final Modality modality, final int payloadBytes, final Exception failure) {
    if (failure == null) {
      meters.chunk(modality, payloadBytes);
    } else {
      lost.compareAndSet(null, failure);
    }
    synchronized (this) {
      chunksInFlight--;
      if (failure == null) {
        chunksSent++;
        bytesSent += payloadBytes;
      }
      notifyAll();
    }
  }

  private void awaitClock(final long dueMillis) throws InterruptedException {
    final long wait = dueMillis - clock.millis();
    if (wait > 0 && stopping.await(wait, TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("ingest stops");
    }
  }

  private void awaitDeliveries() throws DeliveryException, InterruptedException {
    synchronized (this) {
      while (chunksInFlight > 0) {
        wait();
      }
    }
    throwIfLost();
  }

  private void throwIfLost() throws DeliveryException {
    final Exception failure = lost.get();
    if (failure != null) {
      throw new DeliveryException("Kafka did not take a chunk: " + failure.getMessage(), failure);
    }
  }

  private void fail(final String why, final Exception cause) {
    log.warn("stream {} ({}) failed: {}", streamId(), cutter.recording().name(), why);
    // An interrupt that came meanwhile would cut off the last word on the stream.
    final boolean interrupted = Thread.interrupted() || cause instanceof InterruptedException;
    try {
      finish(StreamState.FAILED, why, null);
    } catch (final DeliveryException | InterruptedException | RuntimeException e) {
      log.error(
          "stream {}: that it failed could not be told to Kafka: {}", streamId(), e.getMessage());
      settle(StreamState.FAILED, why);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void finish(final StreamState last, final String why, final Long endMicros)
      throws DeliveryException, InterruptedException {
    outlet.send(descriptor(last, why, endMicros));
    settle(last, why);
  }

  private void settle(final StreamState last, final String why) {
    reason = why;
    if (last == StreamState.ENDED) {
      progress = 1;
      log.info(
          "stream {} ({}) is sent: {} windows", streamId(), cutter.recording().name(), windows());
    }
    meters.ended(last);
    state = last;
  }

  /** Closes the recording of a stream that will not be run. */
  void abandon() {
    try {
      cutter.close();
    } catch (final MediaException e) {
      log.warn("stream {}: {}", streamId(), e.getMessage());
    }
  }
}
