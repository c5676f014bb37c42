package io.valence.cli.corpus;

import io.valence.corpora.Conversations;
import io.valence.corpora.Corpus;
import io.valence.corpora.FeatureFile;
import io.valence.corpora.MediaCut;
import io.valence.corpora.Segment;
import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.features.audio.AudioFeatures;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextExtractor;
import io.valence.features.visual.FaceMesh;
import io.valence.features.visual.VisualFeatureAccumulator;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.media.AudioDecoder;
import io.valence.media.MediaException;
import io.valence.media.RgbFrame;
import io.valence.media.VideoDecoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * The real-time extractors over the segments of a corpus. A recording is decoded once for all its
 * segments; recordings are shared out to threads. What fails is written as a failure with its
 * reason, never as zeros; what is done already is left alone.
 */
final class CorpusExtraction {

  private static final double MICROS_PER_SECOND = 1e6;

  private final Corpus corpus;
  private final FeatureFile.Writer writer;
  private final Optional<FaceMesh> mesh;
  private final VisualFeatureOptions visualOptions;
  private final boolean audio;
  private final Optional<TextExtractor> text;

  /**
   * @param mesh for the face, if it is wanted
   * @param audio whether the voice is wanted
   * @param text for the words, if they are wanted
   */
  CorpusExtraction(
      final Corpus corpus,
      final FeatureFile.Writer writer,
      final Optional<FaceMesh> mesh,
      final VisualFeatureOptions visualOptions,
      final boolean audio,
      final Optional<TextExtractor> text) {
    this.corpus = corpus;
    this.writer = writer;
    this.mesh = mesh;
    this.visualOptions = visualOptions;
    this.audio = audio;
    this.text = text;
  }

  /**
   * Extracts everything that is not done yet.
   *
   * @param threads recordings worked on at the same time
   * @param progress is told how many segments are done
   */
  void run(final int threads, final IntConsumer progress) throws IOException, InterruptedException {
    final Map<String, List<Segment>> videos = new LinkedHashMap<>();
    for (final Segment segment : corpus.segments()) {
      videos.computeIfAbsent(segment.video(), video -> new ArrayList<>()).add(segment);
    }
    final AtomicInteger number = new AtomicInteger();
    final ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              final Thread thread =
                  new Thread(task, "corpus-extraction-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    try {
      final AtomicInteger done = new AtomicInteger();
      final List<Future<?>> tasks = new ArrayList<>();
      for (final List<Segment> segments : videos.values()) {
        tasks.add(
            pool.submit(
                () -> {
                  extract(segments);
                  progress.accept(done.addAndGet(segments.size()));
                  return null;
                }));
      }
      for (final Future<?> task : tasks) {
        task.get();
      }
    } catch (final ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private void extract(final List<Segment> segments) throws IOException {
    if (mesh.isPresent()) {
      byFile(segments, visualOptions.space(), corpus.media()::video, this::look);
    }
    if (audio) {
      byFile(segments, AudioFeatures.SPACE, corpus.media()::sound, CorpusExtraction::listen);
    }
    if (text.isPresent()) {
      final TextExtractor reader = text.get();
      final Map<String, List<String>> preceding = Conversations.preceding(segments);
      final List<Segment> open =
          segments.stream()
              .filter(
                  segment ->
                      segment.text().isPresent() && !writer.done(segment.id(), reader.space().id()))
              .toList();
      final List<SpokenText> texts =
          open.stream()
              .map(
                  segment ->
                      SpokenText.after(preceding.get(segment.id()), segment.text().orElseThrow()))
              .toList();
      final List<Features> read = reader.extract(texts);
      for (int i = 0; i < read.size(); i++) {
        writer.add(open.get(i).id(), open.get(i).video(), read.get(i));
      }
    }
  }

  /** Measures cuts of one file, in one pass. */
  @FunctionalInterface
  private interface Pass {
    List<Features> measure(List<MediaCut> cuts) throws MediaException;
  }

  private void byFile(
      final List<Segment> segments,
      final FeatureSpace space,
      final Function<Segment, Optional<MediaCut>> media,
      final Pass pass)
      throws IOException {
    final Map<Object, List<Segment>> files = new LinkedHashMap<>();
    for (final Segment segment : segments) {
      if (!writer.done(segment.id(), space.id())) {
        media
            .apply(segment)
            .ifPresent(
                cut -> files.computeIfAbsent(cut.file(), file -> new ArrayList<>()).add(segment));
      }
    }
    for (final List<Segment> ofFile : files.values()) {
      final List<MediaCut> cuts =
          ofFile.stream().map(segment -> media.apply(segment).orElseThrow()).toList();
      try {
        final List<Features> measured = pass.measure(cuts);
        for (int i = 0; i < cuts.size(); i++) {
          writer.add(ofFile.get(i).id(), ofFile.get(i).video(), measured.get(i));
        }
      } catch (final MediaException | IllegalArgumentException e) {
        for (final Segment segment : ofFile) {
          writer.addFailure(segment.id(), segment.video(), space.id(), e.getMessage());
        }
      }
    }
  }

  private List<Features> look(final List<MediaCut> cuts) throws MediaException {
    final List<VisualFeatureAccumulator> accumulators =
        cuts.stream()
            .map(cut -> new VisualFeatureAccumulator(mesh.orElseThrow(), visualOptions))
            .toList();
    final double lastEnd = cuts.stream().mapToDouble(MediaCut::end).max().orElse(0);
    try (VideoDecoder decoder = VideoDecoder.open(cuts.get(0).file())) {
      for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
        final double seconds = frame.timestampMicros() / MICROS_PER_SECOND;
        if (seconds >= lastEnd) {
          break;
        }
        for (int i = 0; i < cuts.size(); i++) {
          if (seconds >= cuts.get(i).start() && seconds < cuts.get(i).end()) {
            accumulators
                .get(i)
                .add(frame.rgb(), frame.width(), frame.height(), frame.timestampMicros());
          }
        }
      }
    }
    return accumulators.stream().map(VisualFeatureAccumulator::result).toList();
  }

  private static List<Features> listen(final List<MediaCut> cuts) throws MediaException {
    final AudioFeatures features = new AudioFeatures();
    final List<Features> results = new ArrayList<>();
    // Sound is small: a whole talk of ten minutes has 30 million samples at most.
    final io.valence.media.MonoSound sound = AudioDecoder.readMono(cuts.get(0).file());
    final int rate = sound.sampleRate();
    final float[] samples = sound.samples();
    for (final MediaCut cut : cuts) {
      final int from = (int) Math.min(samples.length, Math.ceil(cut.start() * rate));
      final int to = (int) Math.min(samples.length, Math.ceil(cut.end() * rate));
      results.add(features.extract(Arrays.copyOfRange(samples, from, Math.max(from, to)), rate));
    }
    return results;
  }
}
