package io.valence.corpora;

import io.valence.features.FeatureSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Feature vectors of segments, each the mean of the frames that belong to it, and an account of what
 * was left out.
 *
 * <p>A frame belongs to a segment if the middle of the frame lies in the segment, or the middle of
 * the segment lies in the frame. So a frame at a border belongs to one side only, a segment shorter
 * than a frame still has one, and so has a segment of no length. A frame in which the extractor saw
 * nothing is left out: one whose {@code success} is 0, or whose features are all zero. Values that
 * are not finite are left out of the mean of their column and counted.
 *
 * <pre>
 * segment [1.00, 2.00)   frames [0.98, 1.02) middle 1.00 in     [1.99, 2.03) middle 2.01 out
 * </pre>
 *
 * @param table one row a segment that has frames; weight is the number of frames used, quality their
 *     share of all its frames
 * @param missingVideos videos of the corpus that the source does not have
 * @param emptySegments segments of which no frame could be used
 * @param frames frames that belong to some segment
 * @param framesLeftOut those of them in which nothing was seen
 */
public record SegmentAverages(
    FeatureTable table,
    List<String> missingVideos,
    List<String> emptySegments,
    long frames,
    long framesLeftOut) {

  /** What to do about a video of the corpus that the source does not have. */
  public enum MissingVideos {
    /** Stop with a message. */
    REFUSE,
    /** Leave its segments without a row and list it. */
    LIST
  }

  public SegmentAverages {
    missingVideos = List.copyOf(missingVideos);
    emptySegments = List.copyOf(emptySegments);
  }

  /**
   * Averages the frames of a source over the segments of a corpus, a video at a time.
   *
   * @param corpus segments, or whole videos from {@link Corpus#byVideo()}
   * @param source the frames
   * @param space the id of the feature space of the result
   * @param missing what to do about videos that the source lacks
   * @throws CorpusException if a video is missing (and refused) or damaged, or nothing is left
   */
  public static SegmentAverages of(
      Corpus corpus, FrameSource source, String space, MissingVideos missing) throws IOException {
    final Map<String, List<Segment>> byVideo = new LinkedHashMap<>();
    for (final Segment segment : corpus.segments()) {
      byVideo.computeIfAbsent(segment.video(), unused -> new ArrayList<>()).add(segment);
    }
    final List<String> absent =
        byVideo.keySet().stream().filter(video -> !source.videos().contains(video)).toList();
    if (!absent.isEmpty() && missing == MissingVideos.REFUSE) {
      throw new CorpusException(
          source.name()
              + " lacks "
              + absent.size()
              + " of the "
              + byVideo.size()
              + " videos of "
              + corpus.name()
              + ", the first "
              + absent.get(0)
              + "; complete it, or allow missing videos");
    }
    final FeatureTable.Builder builder =
        FeatureTable.builder(new FeatureSpace(space, source.columns()));
    final Collector collector = new Collector(source.columns());
    final List<String> empty = new ArrayList<>();
    for (final Map.Entry<String, List<Segment>> video : byVideo.entrySet()) {
      if (source.videos().contains(video.getKey())) {
        collector.start(video.getValue());
        source.read(video.getKey(), collector::add);
        collector.finish(builder, empty);
      }
    }
    builder.countLeftOut(collector.notNumbers, collector.infinite);
    final FeatureTable table = builder.build();
    if (table.size() == 0) {
      throw new CorpusException(
          source.name()
              + " has no usable frame in any segment of "
              + corpus.name()
              + "; check that the two belong together");
    }
    return new SegmentAverages(table, absent, empty, collector.frames, collector.leftOut);
  }

  /** The means of one video's segments while its frames go by. */
  private static final class Collector {
    private final int width;
    private final int success;
    private final boolean[] bookkeeping;
    private final long[] notNumbers;
    private final long[] infinite;
    private List<Segment> segments = List.of();
    private RunningMean[] means = {};
    private long[] unused = {};
    private long frames;
    private long leftOut;

    private Collector(List<String> columns) {
      width = columns.size();
      success = columns.indexOf("success");
      bookkeeping = new boolean[width];
      for (int i = 0; i < width; i++) {
        bookkeeping[i] = FeatureTable.isBookkeeping(columns.get(i));
      }
      notNumbers = new long[width];
      infinite = new long[width];
    }

    private void start(List<Segment> ofVideo) {
      segments = ofVideo;
      means = new RunningMean[ofVideo.size()];
      for (int i = 0; i < means.length; i++) {
        means[i] = new RunningMean(width);
      }
      unused = new long[ofVideo.size()];
    }

    private void add(FrameSequence block) {
      for (int frame = 0; frame < block.size(); frame++) {
        final double start = block.intervals()[frame][0];
        final double end = block.intervals()[frame][1];
        final float[] row = block.features()[frame];
        boolean judged = false;
        boolean seen = false;
        for (int i = 0; i < means.length; i++) {
          if (!belongs(start, end, segments.get(i))) {
            continue;
          }
          if (!judged) {
            judged = true;
            seen = sawSomething(row);
            frames++;
            if (seen) {
              count(row);
            } else {
              leftOut++;
            }
          }
          if (seen) {
            means[i].add(row, 1);
          } else {
            unused[i]++;
          }
        }
      }
    }

    private static boolean belongs(double start, double end, Segment segment) {
      final double middle = (start + end) / 2;
      final double segmentMiddle = (segment.start() + segment.end()) / 2;
      return (middle >= segment.start() && middle < segment.end())
          || (segmentMiddle >= start && segmentMiddle <= end);
    }

    private boolean sawSomething(float[] row) {
      if (success >= 0 && row[success] < 0.5f) {
        return false;
      }
      for (int i = 0; i < row.length; i++) {
        if (row[i] != 0 && !bookkeeping[i]) {
          return true;
        }
      }
      return false;
    }

    private void count(float[] row) {
      for (int i = 0; i < row.length; i++) {
        if (Float.isNaN(row[i])) {
          notNumbers[i]++;
        } else if (Float.isInfinite(row[i])) {
          infinite[i]++;
        }
      }
    }

    private void finish(FeatureTable.Builder builder, List<String> empty) {
      for (int i = 0; i < means.length; i++) {
        final long used = means[i].rows();
        if (used == 0) {
          empty.add(segments.get(i).id());
        } else {
          builder.add(
              segments.get(i).id(),
              means[i].mean(),
              used,
              (float) ((double) used / (used + unused[i])));
        }
      }
    }
  }
}
