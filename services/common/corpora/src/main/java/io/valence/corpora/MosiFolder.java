package io.valence.corpora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A corpus as raw recordings with transcripts, the way CMU-MOSI is given out:
 *
 * <pre>
 * videos/        VIDEO.mp4 or VIDEO_N.mp4 (also Video/, Raw/Video/Full/, ...)
 * wav/           VIDEO.wav or VIDEO_N.wav (also Audio/, WAV_16000/, ...)
 * transcripts/   VIDEO.annotprocessed    lines "N_DELIM_words"
 *                VIDEO.textonly or .txt  one line a segment, in order
 *                VIDEO_N.textonly or .txt  one segment
 * labels/        one .csv, .json or .csd (also labels.csv, ... beside the folders)
 * folds.csv      optional, or cmu_mosi_std_folds.py
 * </pre>
 *
 * Labels as CSV have either a header (segment_id, video_id, start_s, end_s, label; or video,
 * segment, start, end, label) or none: start, end, video, segment, label. As JSON they are a list of
 * objects with those names, or an object of numbers by video for labels of whole videos.
 */
public final class MosiFolder implements CorpusFolder {

  /** A part of the folder. */
  public enum Part {
    VIDEOS("videos"),
    SOUNDS("wav"),
    TRANSCRIPTS("transcripts");

    private final String usual;

    Part(String usual) {
      this.usual = usual;
    }
  }

  private static final Pattern NUMBERED = Pattern.compile("(\\d+)_DELIM_(.*)");
  private static final Pattern OF_SEGMENT = Pattern.compile("(.+)_(\\d+)");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Comparator<Segment> BY_TIME =
      Comparator.comparingDouble(Segment::start).thenComparing(Segment::id);

  private final Corpus corpus;

  private MosiFolder(Corpus corpus) {
    this.corpus = corpus;
  }

  /** As {@link #read(Path, Set)} with every part needed. */
  public static MosiFolder read(Path folder) throws IOException {
    return read(folder, EnumSet.allOf(Part.class));
  }

  /**
   * Reads labels and transcripts and finds the recordings.
   *
   * @param needed the parts that must be there, for every labelled video
   * @throws CorpusException naming the part, the video or the line that is missing or wrong
   */
  public static MosiFolder read(Path folder, Set<Part> needed) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CorpusException(folder + " does not exist (or is not a folder)");
    }
    final List<Path> directories;
    try (Stream<Path> walk = Files.walk(folder, 3)) {
      directories = walk.filter(Files::isDirectory).sorted().toList();
    }
    final Media media =
        MediaFolder.scan(
            Stream.concat(
                    named(directories, "video").stream(),
                    Stream.of("wav", "audio").flatMap(word -> named(directories, word).stream()))
                .toList());
    final List<Path> transcripts = transcriptFiles(named(directories, "transcript"));
    require(folder, needed, Part.VIDEOS, !media.videos().isEmpty(), "recordings such as .mp4");
    require(folder, needed, Part.SOUNDS, !media.sounds().isEmpty(), ".wav files");
    require(
        folder,
        needed,
        Part.TRANSCRIPTS,
        !transcripts.isEmpty(),
        ".annotprocessed, .textonly or .txt files");
    final List<Segment> labelled = readLabels(labelFile(folder, directories));
    final Map<String, String> texts = readTranscripts(transcripts, labelled);
    final List<Segment> segments = new ArrayList<>(labelled.size());
    for (final Segment segment : labelled) {
      segments.add(
          segment.withText(Optional.ofNullable(texts.get(segment.id())).or(segment::text)));
    }
    final String name = folder.toAbsolutePath().normalize().getFileName().toString();
    final boolean ownFolds = segments.stream().anyMatch(s -> s.fold() != Fold.NONE);
    Corpus corpus =
        Corpus.read(name, ownFolds ? FoldScheme.STANDARD : FoldScheme.NONE, segments, media);
    final Optional<Path> folds = Folds.find(folder);
    if (folds.isPresent()) {
      corpus = corpus.withFolds(FoldScheme.STANDARD, Folds.read(folds.get()));
    }
    checkComplete(corpus, needed);
    return new MosiFolder(corpus);
  }

  private static List<Path> named(List<Path> directories, String word) {
    return directories.stream()
        .skip(1)
        .filter(
            directory ->
                directory.getFileName().toString().toLowerCase(Locale.ROOT).startsWith(word))
        .toList();
  }

  private static void require(
      Path folder, Set<Part> needed, Part part, boolean there, String content)
      throws CorpusException {
    if (needed.contains(part) && !there) {
      throw new CorpusException(
          folder
              + " lacks "
              + part.usual
              + ": a folder '"
              + part.usual
              + "' with "
              + content
              + " belongs there");
    }
  }

  private static void checkComplete(Corpus corpus, Set<Part> needed) throws CorpusException {
    for (final Segment segment : corpus.segments()) {
      final String lacking;
      if (needed.contains(Part.VIDEOS) && corpus.media().video(segment).isEmpty()) {
        lacking = "no recording in 'videos'";
      } else if (needed.contains(Part.SOUNDS)
          && corpus.media().sounds().get(segment.id()) == null
          && corpus.media().sounds().get(segment.video()) == null) {
        lacking = "no sound in 'wav'";
      } else if (needed.contains(Part.TRANSCRIPTS) && segment.text().isEmpty()) {
        lacking = "no words in 'transcripts'";
      } else {
        continue;
      }
      throw new CorpusException(
          corpus.name()
              + ": segment "
              + segment.id()
              + " of video "
              + segment.video()
              + " has a label but "
              + lacking
              + "; add it, or remove its label");
    }
  }

  private static Path labelFile(Path folder, List<Path> directories) throws IOException {
    final Set<Path> candidates = new TreeSet<>();
    for (final Path place : named(directories, "label")) {
      addFiles(place, candidates, "");
    }
    addFiles(folder, candidates, "label");
    addFiles(folder, candidates, "opinion");
    if (candidates.isEmpty()) {
      throw new CorpusException(
          folder + " lacks labels: a .csv, .json or .csd file in 'labels' belongs there");
    }
    if (candidates.size() > 1) {
      throw new CorpusException(
          folder + " has more than one file of labels: " + candidates + "; keep one");
    }
    return candidates.iterator().next();
  }

  private static void addFiles(Path place, Set<Path> candidates, String word) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      files
          .filter(Files::isRegularFile)
          .filter(
              file -> {
                final String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                return name.contains(word)
                    && (name.endsWith(".csv") || name.endsWith(".json") || name.endsWith(".csd"));
              })
          .forEach(candidates::add);
    }
  }

  private static List<Segment> readLabels(Path file) throws IOException {
    final String name = file.getFileName().toString();
    if (name.endsWith(".csd")) {
      return CsdCorpus.read(file.getParent()).corpus().segments().stream()
          .map(MosiFolder::numberedFromOne)
          .toList();
    }
    return name.endsWith(".json") ? readJson(file) : readCsv(file);
  }

  /** MOSI's files number segments from 1, rows of a sequence count from 0. */
  private static Segment numberedFromOne(Segment segment) {
    final int row = Integer.parseInt(segment.id().substring(segment.video().length() + 1));
    return new Segment(
        segment.video() + "_" + (row + 1),
        segment.video(),
        segment.start(),
        segment.end(),
        segment.text(),
        segment.label(),
        segment.fold(),
        segment.attributes());
  }

  private static List<Segment> readCsv(Path file) throws IOException {
    final String first;
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      first = lines.findFirst().orElse("");
    }
    if (first.contains("segment_id")) {
      return CsvCorpus.readSegments(file);
    }
    final boolean header = first.toLowerCase(Locale.ROOT).contains("video");
    final String[] columns = {"start", "end", "video", "segment", "label"};
    final List<Segment> segments = new ArrayList<>();
    try (CsvFile csv = header ? CsvFile.open(file).require(columns) : CsvFile.open(file, columns)) {
      csv.forEach(
          row ->
              segments.add(
                  Segment.read(
                      row.place(),
                      row.text("video") + "_" + row.text("segment"),
                      row.text("video"),
                      row.number("start"),
                      row.number("end"),
                      null,
                      row.number("label"),
                      Fold.NONE,
                      Map.of())));
    }
    if (segments.isEmpty()) {
      throw new CorpusException(file + " holds no labels");
    }
    return segments;
  }

  private static List<Segment> readJson(Path file) throws IOException {
    final JsonNode content;
    try {
      content = JSON.readTree(file.toFile());
    } catch (JsonProcessingException notJson) {
      throw new CorpusException(file + " is not JSON: " + notJson.getOriginalMessage(), notJson);
    }
    final List<Segment> segments = new ArrayList<>();
    if (content.isArray()) {
      int position = 0;
      for (final JsonNode entry : content) {
        final String place = file + ", entry " + position++;
        final String video = string(place, entry, "video_id", "video");
        final String segment =
            entry.has("segment_id")
                ? entry.get("segment_id").asText()
                : video + "_" + string(place, entry, "segment", "index");
        segments.add(
            Segment.read(
                place,
                segment,
                video,
                number(place, entry, "start_s", "start"),
                number(place, entry, "end_s", "end"),
                entry.path("text").asText(null),
                entry.path("label").isNull() ? Double.NaN : number(place, entry, "label", "score"),
                Fold.parse(entry.path("fold").asText("none")),
                Map.of()));
      }
    } else if (content.isObject()) {
      for (final Map.Entry<String, JsonNode> entry : content.properties()) {
        if (!entry.getValue().isNumber()) {
          throw new CorpusException(
              file
                  + ": "
                  + entry.getKey()
                  + " should be a number, the label of a whole video; labels of segments are a"
                  + " list of objects with video, segment, start, end and label");
        }
        segments.add(
            Segment.read(
                file + ", " + entry.getKey(),
                entry.getKey(),
                entry.getKey(),
                0,
                Double.POSITIVE_INFINITY,
                null,
                entry.getValue().asDouble(),
                Fold.NONE,
                Map.of()));
      }
    }
    if (segments.isEmpty()) {
      throw new CorpusException(file + " holds no labels");
    }
    return segments;
  }

  private static String string(String place, JsonNode entry, String name, String other)
      throws CorpusException {
    final JsonNode value = entry.has(name) ? entry.get(name) : entry.get(other);
    if (value == null || value.isContainerNode()) {
      throw new CorpusException(place + ": '" + name + "' (or '" + other + "') is missing");
    }
    return value.asText();
  }

  private static double number(String place, JsonNode entry, String name, String other)
      throws CorpusException {
    return CsvFile.number(place + ", " + name, string(place, entry, name, other));
  }

  private static List<Path> transcriptFiles(List<Path> folders) throws IOException {
    final Set<Path> files = new TreeSet<>();
    for (final Path place : folders) {
      try (Stream<Path> walk = Files.walk(place)) {
        walk.filter(Files::isRegularFile)
            .filter(
                file -> {
                  final String name = file.toString();
                  return name.endsWith(".annotprocessed")
                      || name.endsWith(".textonly")
                      || name.endsWith(".txt");
                })
            .forEach(files::add);
      }
    }
    return List.copyOf(files);
  }

  /** The words by segment id. Where forms compete, the numbered one is right: it names its segment. */
  private static Map<String, String> readTranscripts(List<Path> files, List<Segment> segments)
      throws IOException {
    final Map<String, List<Segment>> byVideo = new HashMap<>();
    for (final Segment segment : segments) {
      byVideo.computeIfAbsent(segment.video(), unused -> new ArrayList<>()).add(segment);
    }
    final Set<String> ids = segments.stream().map(Segment::id).collect(Collectors.toSet());
    final Map<String, String> texts = new HashMap<>();
    final Map<String, String> byOrder = new HashMap<>();
    for (final Path file : files) {
      final String name = file.getFileName().toString();
      final String stem = name.substring(0, name.lastIndexOf('.'));
      final List<String> lines =
          Files.readString(file, StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      final Map<String, String> numbered = new LinkedHashMap<>();
      for (final String line : lines) {
        final Matcher matcher = NUMBERED.matcher(line);
        if (matcher.matches()) {
          numbered.put(stem + "_" + matcher.group(1), matcher.group(2).strip());
        }
      }
      if (!numbered.isEmpty()) {
        if (byVideo.containsKey(stem) && byVideo.get(stem).get(0).id().equals(stem)) {
          // Labels of whole videos: all the words belong to the one sample.
          texts.put(stem, String.join(" ", numbered.values()));
        } else {
          texts.putAll(numbered);
        }
      } else if (byVideo.containsKey(stem)) {
        final List<Segment> ofVideo = new ArrayList<>(byVideo.get(stem));
        ofVideo.sort(BY_TIME);
        if (ofVideo.size() == 1) {
          byOrder.put(ofVideo.get(0).id(), String.join(" ", lines));
        } else if (ofVideo.size() == lines.size()) {
          for (int i = 0; i < lines.size(); i++) {
            byOrder.put(ofVideo.get(i).id(), lines.get(i));
          }
        } else {
          throw new CorpusException(
              file
                  + " has "
                  + lines.size()
                  + " lines for the "
                  + ofVideo.size()
                  + " labelled segments of its video; one line a segment belongs there");
        }
      } else if (ids.contains(stem) && OF_SEGMENT.matcher(stem).matches()) {
        texts.put(stem, String.join(" ", lines));
      }
    }
    byOrder.forEach(texts::putIfAbsent);
    return texts;
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  /** None: features of raw recordings are extracted first. */
  @Override
  public Set<String> featureNames() {
    return Set.of();
  }

  @Override
  public FeatureTable features(String name, Corpus samples) throws CorpusException {
    throw new CorpusException(
        corpus.name() + " holds recordings, not features; extract '" + name + "' first");
  }
}
