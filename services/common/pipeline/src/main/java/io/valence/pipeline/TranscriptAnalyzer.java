package io.valence.pipeline;

import io.valence.features.text.ContextLimits;
import io.valence.inference.ModelStore;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Scores a transcript as the live services would score it while it is spoken: its words come in
 * chunks that are cut anywhere, each is read after those before it, and windows of fixed size are
 * joined from what the chunks give. Without Kafka; for one thread.
 *
 * <p>The words of an utterance are spread evenly over its time, for transcripts of corpora know no
 * better.
 */
public final class TranscriptAnalyzer implements AutoCloseable {

  private static final double MICROS_PER_SECOND = 1e6;
  private static final double SHORTEST_CHUNK_SECONDS = 0.2;
  private static final double LONGEST_CHUNK_SECONDS = 4;

  private final ModelBundle bundle;
  private final VectorAdapter adapter;
  private final EventFactory events;
  private final ChunkExtractor extractor;
  private final InstantSource clock = InstantSource.system();

  /**
   * Something that was said.
   *
   * @param start when it began, seconds
   * @param end when it ended, seconds, after the start
   * @param words of it
   */
  public record Utterance(double start, double end, String words) {}

  private record Word(double middle, String text) {}

  /**
   * @param bundle stays the caller's, to be closed after this
   * @param context how much of what was said before is read, at most
   */
  public TranscriptAnalyzer(
      final ModelStore store, final ModelBundle bundle, final ContextLimits context)
      throws IOException {
    this.bundle = bundle;
    this.adapter = new VectorAdapter(bundle, clock);
    this.events = new EventFactory(bundle);
    this.extractor =
        new TextChunkExtractor(
                store,
                bundle.description().inputSpaces().get(io.valence.model.Modality.TEXT).id(),
                bundle.textExpert(),
                context)
            .listening();
  }

  /**
   * The events of a transcript, window after window; windows without words have one too.
   *
   * @param utterances in order of time
   * @param grid where the windows lie
   * @param cuts where the chunks are cut: 0.2 to 4 s apart, by chance
   */
  public List<SentimentEvent> events(
      final String streamId,
      final List<Utterance> utterances,
      final WindowGrid grid,
      final Random cuts)
      throws InvalidChunkException, InterruptedException {
    final WindowJoin join =
        new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), bundle);
    final List<ClosedWindow> closed = new ArrayList<>();
    final StreamDescriptor open =
        StreamDescriptor.newBuilder()
            .setStreamId(streamId)
            .setModalities(List.of(Modality.TEXT))
            .setWindowSizeMicros(grid.sizeMicros())
            .setHopMicros(grid.overlaps() ? (Long) grid.hopMicros() : null)
            .setGraceMicros(grid.sizeMicros())
            .setState(StreamState.OPEN)
            .setOpenedAtMillis(clock.millis())
            .build();
    take(join.accept(open, clock.millis()), closed);
    final List<MediaChunk> chunks = chunks(streamId, utterances, grid, cuts);
    for (final MediaChunk chunk : chunks) {
      for (final FeatureVector vector : extractor.extract(chunk)) {
        take(join.accept(adapter.adapt(vector), clock.millis()), closed);
      }
    }
    final StreamDescriptor ended =
        StreamDescriptor.newBuilder(open)
            .setState(StreamState.ENDED)
            .setEndMicros(chunks.get(chunks.size() - 1).getEndMicros())
            .build();
    take(join.accept(ended, clock.millis()), closed);
    take(join.finish(streamId, clock.millis()), closed);
    return closed.stream().map(window -> events.event(window, clock.millis())).toList();
  }

  private static void take(final JoinResult result, final List<ClosedWindow> closed) {
    if (result.outcome() != JoinResult.Outcome.ACCEPTED) {
      throw new IllegalStateException(
          "the join did not take a record of its own process: " + result.reason());
    }
    closed.addAll(result.closed());
  }

  private List<MediaChunk> chunks(
      final String streamId,
      final List<Utterance> utterances,
      final WindowGrid grid,
      final Random cuts) {
    final List<Word> words = new ArrayList<>();
    double end = 0;
    for (final Utterance utterance : utterances) {
      final String[] tokens = utterance.words().strip().split("\\s+", -1);
      final double share = (utterance.end() - utterance.start()) / tokens.length;
      for (int i = 0; i < tokens.length; i++) {
        words.add(new Word(utterance.start() + (i + 0.5) * share, tokens[i]));
      }
      end = Math.max(end, utterance.end());
    }
    final List<MediaChunk> chunks = new ArrayList<>();
    int next = 0;
    double from = 0;
    while (from < end || chunks.isEmpty()) {
      final double to =
          Math.min(end, from + cuts.nextDouble(SHORTEST_CHUNK_SECONDS, LONGEST_CHUNK_SECONDS));
      final List<String> spoken = new ArrayList<>();
      while (next < words.size() && words.get(next).middle() < to) {
        spoken.add(words.get(next++).text());
      }
      chunks.add(
          MediaChunk.newBuilder()
              .setStreamId(streamId)
              .setModality(Modality.TEXT)
              .setSequence(chunks.size())
              .setStartMicros((long) (from * MICROS_PER_SECOND))
              .setEndMicros((long) (to * MICROS_PER_SECOND))
              .setWindowSizeMicros(grid.hopMicros())
              .setOverlappingWindowMicros(grid.overlaps() ? (Long) grid.sizeMicros() : null)
              .setContainer(TextChunkExtractor.CONTAINER)
              .setPayload(
                  ByteBuffer.wrap(String.join(" ", spoken).getBytes(StandardCharsets.UTF_8)))
              .setEndOfStream(to >= end)
              .setCapturedAtMillis(clock.millis())
              .build());
      from = to;
    }
    return chunks;
  }

  @Override
  public void close() {
    extractor.close();
    events.close();
    adapter.close();
  }
}
