package io.valence.pipeline;

import io.valence.features.text.ContextLimits;
import io.valence.inference.ModelStore;
import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RecordingCutter;
import io.valence.media.Transcript;
import io.valence.model.ModelBundle;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.windows.ClosedWindow;
import io.valence.windows.EventFactory;
import io.valence.windows.InMemoryJoinStore;
import io.valence.windows.JoinResult;
import io.valence.windows.JoinSettings;
import io.valence.windows.WindowGrid;
import io.valence.windows.WindowJoin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The whole pipeline in one process, without Kafka: the same cutting, extraction, adapters, window
 * join and scoring as the services, so the scores are the same.
 */
public final class RecordingAnalyzer implements AutoCloseable {

  /** What the caller is told while a recording is analysed. */
  public interface Listener {

    /** An event, in order of event time. */
    void event(SentimentEvent event);

    /** A chunk that could not be used, where a service would write a dead letter. */
    void unusable(Modality modality, String reason);

    /**
     * @param done windows that are out
     * @param windows how many there will be
     */
    void progress(long done, long windows);
  }

  /** Chunks in the air: enough to keep each modality's thread busy, few enough for a small heap. */
  private static final int MAX_PENDING = 12;

  private final ModelStore store;
  private final ModelBundle bundle;
  private final ContextLimits context;
  private final VectorAdapter adapter;
  private final EventFactory events;
  private final InstantSource clock = InstantSource.system();
  private final Map<Modality, ExecutorService> threads = new EnumMap<>(Modality.class);
  private final Map<Modality, ChunkExtractor> extractors = new EnumMap<>(Modality.class);

  /**
   * @param bundle stays the caller's, to be closed after this
   * @param context how much of what was said before a window is read, at most
   */
  public RecordingAnalyzer(
      final ModelStore store, final ModelBundle bundle, final ContextLimits context) {
    this.store = store;
    this.bundle = bundle;
    this.context = context;
    this.adapter = new VectorAdapter(bundle, clock);
    this.events = new EventFactory(bundle);
  }

  /**
   * Analyses a recording from beginning to end.
   *
   * @param windowMicros length of a window, microseconds
   * @return warnings about the recording, one line each
   * @throws MediaException if the recording cannot be used
   * @throws IOException if a model cannot be opened
   */
  public List<String> analyze(
      final Path recording,
      final Optional<Transcript> transcript,
      final long windowMicros,
      final Listener listener)
      throws MediaException, IOException, InterruptedException {
    return analyze(recording, transcript, new WindowGrid(windowMicros, windowMicros, 0), listener);
  }

  /**
   * Analyses a recording from beginning to end, with windows that may overlap.
   *
   * @param grid where the windows lie; it starts at 0
   * @return warnings about the recording, one line each
   * @throws MediaException if the recording cannot be used
   * @throws IOException if a model cannot be opened
   */
  public List<String> analyze(
      final Path recording,
      final Optional<Transcript> transcript,
      final WindowGrid grid,
      final Listener listener)
      throws MediaException, IOException, InterruptedException {
    try (RecordingCutter cutter = RecordingCutter.open(recording, transcript, grid.hopMicros())) {
      final String streamId = cutter.recording().name();
      for (final io.valence.media.Modality modality : cutter.modalities()) {
        prepare(MediaChunks.modality(modality));
      }
      final Join join = new Join(streamId, cutter, grid, listener);
      final Deque<Pending> pending = new ArrayDeque<>();
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        final MediaChunk chunk = MediaChunks.of(piece, streamId, null, null, grid, clock.millis());
        final ChunkExtractor extractor = extractors.get(chunk.getModality());
        pending.add(
            new Pending(
                chunk, threads.get(chunk.getModality()).submit(() -> extractor.extract(chunk))));
        while (pending.size() >= MAX_PENDING) {
          join.take(pending.remove());
        }
      }
      while (!pending.isEmpty()) {
        join.take(pending.remove());
      }
      join.finish();
      return cutter.warnings();
    }
  }

  private void prepare(final Modality modality) throws IOException {
    if (extractors.containsKey(modality)) {
      return;
    }
    extractors.put(
        modality,
        switch (modality) {
          case VISUAL -> new VisualChunkExtractor(store);
          case AUDIO -> new AudioChunkExtractor();
          case TEXT ->
              new TextChunkExtractor(
                      store,
                      bundle.description().inputSpaces().get(io.valence.model.Modality.TEXT).id(),
                      bundle.textExpert(),
                      context)
                  .listening();
        });
    threads.put(
        modality,
        Executors.newSingleThreadExecutor(
            task -> {
              final Thread thread = new Thread(task, "extract-" + modality);
              thread.setDaemon(true);
              return thread;
            }));
  }

  private record Pending(MediaChunk chunk, Future<List<FeatureVector>> vectors) {}

  /** Joins what the extractors give, in the order of the chunks. */
  private final class Join {

    private final WindowJoin join =
        new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), bundle);
    private final StreamDescriptor open;
    private final long endMicros;
    private final long windows;
    private final Listener listener;
    private long done;

    Join(
        final String streamId,
        final RecordingCutter cutter,
        final WindowGrid grid,
        final Listener listener) {
      this.listener = listener;
      this.endMicros = cutter.endMicros();
      this.windows = grid.count(cutter.endMicros());
      this.open =
          StreamDescriptor.newBuilder()
              .setStreamId(streamId)
              .setModalities(
                  cutter.modalities().stream().map(MediaChunks::modality).sorted().toList())
              .setWindowSizeMicros(grid.sizeMicros())
              .setHopMicros(grid.hopMicros())
              .setGraceMicros(grid.sizeMicros())
              .setState(StreamState.OPEN)
              .setOpenedAtMillis(clock.millis())
              .build();
      emit(join.accept(open, clock.millis()));
    }

    void take(final Pending pending) throws InterruptedException {
      final List<FeatureVector> vectors;
      try {
        vectors = pending.vectors().get();
      } catch (final ExecutionException e) {
        if (e.getCause() instanceof InvalidChunkException unusable) {
          listener.unusable(pending.chunk().getModality(), unusable.getMessage());
          return;
        }
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        if (e.getCause() instanceof Error failure) {
          throw failure;
        }
        throw new IllegalStateException(e.getCause());
      }
      for (final FeatureVector vector : vectors) {
        emit(join.accept(adapter.adapt(vector), clock.millis()));
      }
    }

    /** Everything has been heard: what is still open goes out with what it has. */
    void finish() {
      emit(
          join.accept(
              StreamDescriptor.newBuilder(open)
                  .setState(StreamState.ENDED)
                  .setEndMicros(endMicros)
                  .build(),
              clock.millis()));
      emit(join.finish(open.getStreamId(), clock.millis()));
    }

    private void emit(final JoinResult result) {
      if (result.outcome() != JoinResult.Outcome.ACCEPTED) {
        throw new IllegalStateException(
            "the join did not take a record of its own process: " + result.reason());
      }
      emit(result.closed());
    }

    private void emit(final List<ClosedWindow> closed) {
      for (final ClosedWindow window : closed) {
        listener.event(events.event(window, clock.millis()));
        done++;
        listener.progress(done, windows);
      }
    }
  }

  @Override
  public void close() {
    threads.values().forEach(ExecutorService::shutdownNow);
    extractors.values().forEach(ChunkExtractor::close);
    events.close();
    adapter.close();
  }
}
