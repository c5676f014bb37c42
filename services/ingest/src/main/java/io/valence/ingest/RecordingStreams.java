package io.valence.ingest;

import io.valence.media.DecoderUnavailableException;
import io.valence.media.IsolatedRecordings;
import io.valence.media.MediaException;
import io.valence.media.RecordingPieces;
import io.valence.media.Transcript;
import io.valence.pipeline.MediaChunks;
import io.valence.schemas.Modality;
import io.valence.windows.WindowGrid;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All streams that this process sends or has sent, and the threads that send them. Each recording is read and
 * cut in a child process of its own, so that a file that kills its decoder fails its own stream and no other.
 */
final class RecordingStreams implements AutoCloseable {

  private static final int LONGEST_NAME = 80;
  private static final long SECONDS_TO_STOP = 10;

  private final IngestSettings settings;
  private final ChunkOutlet outlet;
  private final IngestMeters meters;
  private final InstantSource clock;
  private final IsolatedRecordings recordings;
  private final Semaphore places;
  private final ExecutorService threads;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Optional<RecordingStream>> streams = new LinkedHashMap<>();

  RecordingStreams(
      final IngestSettings settings,
      final ChunkOutlet outlet,
      final IngestMeters meters,
      final InstantSource clock) {
    this.settings = settings;
    this.outlet = outlet;
    this.meters = meters;
    this.clock = clock;
    this.recordings = new IsolatedRecordings(settings.decoder());
    this.places = new Semaphore(settings.streamsAtOnce());
    final AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            settings.streamsAtOnce(),
            settings.streamsAtOnce(),
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(settings.streamsAtOnce()),
            task -> new Thread(task, "ingest-" + number.incrementAndGet()));
  }

  /**
   * Opens a recording and begins to send it.
   *
   * @return the stream's first status
   * @throws RefusedRequestException if the recording or its transcript cannot be used, the id is taken,
   *     or too many recordings are being sent
   */
  StreamStatus open(final StreamRequest request) throws RefusedRequestException {
    if (stopping.getCount() == 0) {
      throw RefusedRequestException.busy("ingest is being stopped");
    }
    if (!places.tryAcquire()) {
      throw RefusedRequestException.busy(
          settings.streamsAtOnce()
              + " recordings are being sent already; wait for one to end, or raise "
              + IngestSettings.PREFIX
              + "streams-at-once");
    }
    boolean running = false;
    String streamId = null;
    try {
      streamId = reserve(request);
      final RecordingStream stream = stream(streamId, request);
      final StreamStatus status = stream.status();
      synchronized (streams) {
        streams.put(streamId, Optional.of(stream));
      }
      threads.execute(
          () -> {
            try {
              stream.run();
            } finally {
              places.release();
            }
          });
      running = true;
      return status;
    } finally {
      if (!running) {
        places.release();
        if (streamId != null) {
          synchronized (streams) {
            streams.remove(streamId);
          }
        }
      }
    }
  }

  private RecordingStream stream(final String streamId, final StreamRequest request)
      throws RefusedRequestException {
    final WindowGrid grid = grid(request);
    try {
      final RecordingPieces cutter =
          recordings.open(
              request.recording(),
              Transcript.forRecording(request.recording(), request.transcript()),
              grid.hopMicros());
      final Set<Modality> foreign = EnumSet.noneOf(Modality.class);
      foreign.addAll(request.clockOffsets().keySet());
      cutter.modalities().forEach(modality -> foreign.remove(MediaChunks.modality(modality)));
      if (!foreign.isEmpty()) {
        cutter.close();
        throw RefusedRequestException.badInput(
            "clockOffsetSeconds names "
                + foreign.iterator().next().name().toLowerCase(Locale.ROOT)
                + ", which the recording does not have");
      }
      return new RecordingStream(
          streamId, request, grid, cutter, settings, outlet, meters, clock, stopping);
    } catch (final MediaException e) {
      throw RefusedRequestException.badInput(e.getMessage(), e);
    } catch (final DecoderUnavailableException e) {
      throw RefusedRequestException.busy(e.getMessage());
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RefusedRequestException.busy("ingest is being stopped");
    }
  }

  private WindowGrid grid(final StreamRequest request) throws RefusedRequestException {
    final Duration window = request.window().orElse(settings.window());
    final long size = window.toNanos() / 1000;
    final long hop = request.hop().orElse(window).toNanos() / 1000;
    final Optional<String> refusal = WindowGrid.refusal(size, hop);
    if (refusal.isPresent()) {
      throw RefusedRequestException.badInput("hopSeconds: " + refusal.get());
    }
    return new WindowGrid(size, hop, 0);
  }

  /** Takes an id before the recording is opened, so that of two requests only one gets it. */
  private String reserve(final StreamRequest request) throws RefusedRequestException {
    synchronized (streams) {
      forgetOldest();
      final String id = request.streamId().orElseGet(() -> name(request));
      final Optional<RecordingStream> before = streams.get(id);
      // One that broke off may be sent again: what came through of it is known by its sequence
      // numbers, and closed windows stay closed.
      if (before != null && !(before.isPresent() && before.get().failed())) {
        throw RefusedRequestException.taken(
            before.isPresent() && before.get().over()
                ? "stream id " + id + " was used before, its windows are closed; choose another"
                : "stream id " + id + " is open; choose another or wait for its end");
      }
      streams.put(id, Optional.empty());
      return id;
    }
  }

  /** The file's name and a suffix that no other stream has: the same file may be sent again. */
  private String name(final StreamRequest request) {
    final String file = String.valueOf(request.recording().getFileName());
    final int dot = file.lastIndexOf('.');
    final String stem =
        (dot > 0 ? file.substring(0, dot) : file).replaceAll("[^A-Za-z0-9._-]", "_");
    final byte[] suffix = new byte[4];
    random.nextBytes(suffix);
    return stem.substring(0, Math.min(LONGEST_NAME, stem.length()))
        + "-"
        + HexFormat.of().formatHex(suffix);
  }

  private void forgetOldest() {
    int over = 0;
    for (final Optional<RecordingStream> stream : streams.values()) {
      over += stream.isPresent() && stream.get().over() ? 1 : 0;
    }
    final Iterator<Optional<RecordingStream>> all = streams.values().iterator();
    while (over >= settings.rememberedStreams() && all.hasNext()) {
      final Optional<RecordingStream> stream = all.next();
      if (stream.isPresent() && stream.get().over()) {
        all.remove();
        over--;
      }
    }
  }

  /** How many decoder's processes ended over a recording. */
  long decoderDeaths() {
    return recordings.deaths();
  }

  /** All streams that are remembered, in the order in which they were opened. */
  List<StreamStatus> list() {
    final List<RecordingStream> known = new ArrayList<>();
    synchronized (streams) {
      streams.values().forEach(stream -> stream.ifPresent(known::add));
    }
    return known.stream().map(RecordingStream::status).toList();
  }

  /**
   * One stream.
   *
   * @throws RefusedRequestException if there is none of that id
   */
  StreamStatus find(final String streamId) throws RefusedRequestException {
    final Optional<RecordingStream> stream;
    synchronized (streams) {
      stream = streams.getOrDefault(streamId, Optional.empty());
    }
    return stream
        .map(RecordingStream::status)
        .orElseThrow(
            () -> RefusedRequestException.unknown("there is no stream " + streamId + " here"));
  }

  /** Stops sending: open streams fail with that reason. */
  @Override
  public void close() throws InterruptedException {
    stopping.countDown();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } finally {
      recordings.close();
    }
  }
}
