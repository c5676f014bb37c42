package io.valence.corpora;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Labelled segments with their folds.
 *
 * @param name what reports call it
 * @param scheme where the folds come from
 * @param segments every segment, in the order of the source; ids are unique
 * @param media the recordings that came along
 */
public record Corpus(String name, FoldScheme scheme, List<Segment> segments, Media media) {

  public Corpus {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(scheme, "scheme");
    Objects.requireNonNull(media, "media");
    segments = List.copyOf(segments);
    final Set<String> ids = new HashSet<>(segments.size() * 2);
    for (final Segment segment : segments) {
      if (!ids.add(segment.id())) {
        throw new IllegalArgumentException(
            name + ": segment " + segment.id() + " occurs more than once");
      }
    }
  }

  /**
   * As the constructor, for segments that were read from a file.
   *
   * @throws CorpusException if there are none, or one occurs twice
   */
  static Corpus read(String name, FoldScheme scheme, List<Segment> segments, Media media)
      throws CorpusException {
    if (segments.isEmpty()) {
      throw new CorpusException(name + " holds no segments; give a file that has some");
    }
    try {
      return new Corpus(name, scheme, segments, media);
    } catch (IllegalArgumentException twice) {
      throw new CorpusException(twice.getMessage() + "; remove the repeated rows", twice);
    }
  }

  /**
   * The segments of one fold that have a label.
   *
   * @throws CorpusException if there is none
   */
  public List<Segment> fold(Fold fold) throws CorpusException {
    final List<Segment> found =
        segments.stream()
            .filter(segment -> segment.fold() == fold && segment.label().isPresent())
            .toList();
    if (found.isEmpty()) {
      throw new CorpusException(
          name
              + ": fold "
              + fold.label()
              + " is empty (it has no labelled segment); give other folds or use a split such as"
              + " 70/15/15");
    }
    return found;
  }

  /** The videos, sorted. */
  public SortedSet<String> videos() {
    return segments.stream().map(Segment::video).collect(Collectors.toCollection(TreeSet::new));
  }

  /** The same segments under a seeded random split by video: no video is in two folds. */
  public Corpus split(Split split, long seed) {
    return withFolds(FoldScheme.SEEDED, split.assign(videos(), seed));
  }

  /** The same segments with folds given by video; a video that is not named gets none. */
  public Corpus withFolds(FoldScheme newScheme, Map<String, Fold> folds) {
    return new Corpus(
        name,
        newScheme,
        segments.stream()
            .map(segment -> segment.in(folds.getOrDefault(segment.video(), Fold.NONE)))
            .toList(),
        media);
  }

  /** Only the segments that satisfy the condition. */
  public Corpus where(Predicate<Segment> condition) {
    return new Corpus(name, scheme, segments.stream().filter(condition).toList(), media);
  }

  /**
   * One sample a video instead of one a segment, for comparison with work that averages over whole
   * videos: the label is the mean of the labels present, the text the texts in order of time, the
   * interval the whole recording.
   */
  public Corpus byVideo() {
    final Map<String, List<Segment>> groups = new LinkedHashMap<>();
    for (final Segment segment : segments) {
      groups.computeIfAbsent(segment.video(), unused -> new ArrayList<>()).add(segment);
    }
    final List<Segment> whole = new ArrayList<>(groups.size());
    groups.forEach(
        (video, parts) -> {
          final OptionalDouble label =
              parts.stream()
                  .filter(part -> part.label().isPresent())
                  .mapToDouble(part -> part.label().getAsDouble())
                  .average();
          final String text =
              parts.stream()
                  .sorted((a, b) -> Double.compare(a.start(), b.start()))
                  .flatMap(part -> part.text().stream())
                  .collect(Collectors.joining(" "));
          whole.add(
              new Segment(
                  video,
                  video,
                  0,
                  Double.POSITIVE_INFINITY,
                  text.isEmpty() ? Optional.empty() : Optional.of(text),
                  label,
                  parts.get(0).fold(),
                  Map.of("segments", Integer.toString(parts.size()))));
        });
    return new Corpus(name + " by video", scheme, whole, media);
  }

  /**
   * Leaves out every segment whose words also occur in the other corpus, so that training on one and
   * testing on the other does not repeat sentences (SST was drawn from the movie reviews of
   * rt-polarity). Two texts are the same if their letters and digits are.
   */
  public Corpus withoutTextsOf(Corpus other) {
    final Set<String> known = new HashSet<>();
    other.segments().forEach(segment -> segment.text().map(Corpus::letters).ifPresent(known::add));
    return where(segment -> segment.text().map(Corpus::letters).filter(known::contains).isEmpty());
  }

  private static String letters(String text) {
    final StringBuilder kept = new StringBuilder(text.length());
    final String lower = text.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length(); i++) {
      if (Character.isLetterOrDigit(lower.charAt(i))) {
        kept.append(lower.charAt(i));
      }
    }
    return kept.toString();
  }
}
