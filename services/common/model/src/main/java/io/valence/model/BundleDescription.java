package io.valence.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The content of {@code bundle.json}, the first file of a model bundle. The trainer makes one and
 * writes it with {@link BundleJson#write}; the services read it through {@link ModelBundle#load}.
 * Every record here refuses what could not be served, so a description that exists is consistent in
 * itself; whether the files keep its promises is checked when the bundle is loaded.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param id name of the bundle, letters, digits, dot, dash and underscore, at most 100
 * @param version version of the bundle, the same letters
 * @param kind how the bundle goes from features to a score
 * @param description one or two sentences for people
 * @param inputSpaces what the extractors must deliver, one for each modality
 * @param baseSpaces what the fusion model was trained on, one for each modality; equal to the input
 *     space where there is no adapter
 * @param clip standardised values are clamped to [-clip, clip]; finite, > 0
 * @param inputNormalisation for each modality with an adapter: the normalisation of its input
 * @param baseNormalisation for each modality: the normalisation that the fusion model was trained on
 * @param adapters file names of the adapters; no entry means that the adapter is the identity
 * @param fusion file name of the fusion model
 * @param textExpert file name of the text expert, the difference that makes BERT's vectors those of
 *     the text input space; null if that space needs none
 * @param modalities for each modality whether the validation fold showed that it carries something
 * @param calibration baseline and intervals
 * @param trainingData what the bundle was trained on
 * @param metrics measured figures by name: numbers, texts, lists and maps of them
 * @param notices licence notes, one entry each
 * @param files size and SHA-256 of every file beside {@code bundle.json}
 */
public record BundleDescription(
    int formatVersion,
    String id,
    String version,
    Kind kind,
    String description,
    Map<Modality, Space> inputSpaces,
    Map<Modality, Space> baseSpaces,
    double clip,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Modality, Normalisation> inputNormalisation,
    Map<Modality, Normalisation> baseNormalisation,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Modality, String> adapters,
    String fusion,
    @JsonInclude(JsonInclude.Include.NON_NULL) String textExpert,
    Map<Modality, Informativeness> modalities,
    Calibration calibration,
    List<TrainingData> trainingData,
    Map<String, Object> metrics,
    List<String> notices,
    Map<String, FileEntry> files) {

  /** The format that this code reads and writes. */
  public static final int FORMAT_VERSION = 1;

  /** Name of the description within a bundle's folder. */
  public static final String FILE_NAME = "bundle.json";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public BundleDescription {
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "formatVersion is " + formatVersion + ", this program reads " + FORMAT_VERSION);
    }
    requireName("id", id);
    requireName("version", version);
    requireGiven("kind", kind);
    requireGiven("description", description);
    inputSpaces = forEveryModality("inputSpaces", inputSpaces);
    baseSpaces = forEveryModality("baseSpaces", baseSpaces);
    if (!(clip > 0) || Double.isInfinite(clip)) {
      throw new IllegalArgumentException("clip must be finite and > 0, not " + clip);
    }
    inputNormalisation = byModality("inputNormalisation", inputNormalisation);
    baseNormalisation = forEveryModality("baseNormalisation", baseNormalisation);
    adapters = byModality("adapters", adapters);
    requireName("fusion", fusion);
    modalities = forEveryModality("modalities", modalities);
    requireGiven("calibration", calibration);
    trainingData = trainingData == null ? List.of() : List.copyOf(trainingData);
    metrics =
        metrics == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    notices = notices == null ? List.of() : List.copyOf(notices);
    requireGiven("files", files);
    files = Collections.unmodifiableMap(new TreeMap<>(files));

    for (final Modality modality : Modality.values()) {
      requireConsistent(
          modality, inputSpaces, baseSpaces, inputNormalisation, baseNormalisation, adapters);
    }
    for (final String file : files.keySet()) {
      requireName("files", file);
    }
    requireListed(files, fusion);
    for (final String file : adapters.values()) {
      requireListed(files, file);
    }
    if (textExpert != null) {
      requireListed(files, textExpert);
    }
  }

  /** SHA-256 of the text expert, empty if there is none. */
  @JsonIgnore
  public String textExpertSha256() {
    return textExpert == null ? "" : files.get(textExpert).sha256();
  }

  private static void requireConsistent(
      final Modality modality,
      final Map<Modality, Space> inputSpaces,
      final Map<Modality, Space> baseSpaces,
      final Map<Modality, Normalisation> inputNormalisation,
      final Map<Modality, Normalisation> baseNormalisation,
      final Map<Modality, String> adapters) {
    final Space input = inputSpaces.get(modality);
    final Space base = baseSpaces.get(modality);
    requireSize(
        "baseNormalisation." + modality.label(), baseNormalisation.get(modality), base.size());
    final Normalisation normalisation = inputNormalisation.get(modality);
    if (adapters.containsKey(modality)) {
      requireName("adapters." + modality.label(), adapters.get(modality));
      if (normalisation == null) {
        throw new IllegalArgumentException(
            "the " + modality.label() + " adapter has no inputNormalisation");
      }
      requireSize("inputNormalisation." + modality.label(), normalisation, input.size());
    } else if (!input.equals(base)) {
      throw new IllegalArgumentException(
          "no "
              + modality.label()
              + " adapter leads from "
              + input.id()
              + " ("
              + input.size()
              + ") to "
              + base.id()
              + " ("
              + base.size()
              + ")");
    } else if (normalisation != null) {
      throw new IllegalArgumentException(
          "inputNormalisation." + modality.label() + " is given, but there is no adapter for it");
    }
  }

  private static void requireSize(
      final String what, final Normalisation normalisation, final int size) {
    if (normalisation.size() != size) {
      throw new IllegalArgumentException(
          what + " has " + normalisation.size() + " values where its space has " + size);
    }
  }

  private static void requireListed(final Map<String, FileEntry> files, final String file) {
    if (!files.containsKey(file)) {
      throw new IllegalArgumentException("files does not list " + file);
    }
  }

  /** A plain name also as a file: nothing in a bundle may point out of its folder. */
  private static void requireName(final String what, final String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what
              + " must be 1 to 100 letters, digits, dots, dashes or underscores, not "
              + (name == null ? "absent" : "'" + name + "'"));
    }
  }

  private static void requireGiven(final String what, final Object value) {
    if (value == null) {
      throw new IllegalArgumentException(what + " is missing");
    }
  }

  private static <T> Map<Modality, T> byModality(final String what, final Map<Modality, T> given) {
    final Map<Modality, T> copy = new EnumMap<>(Modality.class);
    if (given != null) {
      given.forEach(
          (modality, value) -> {
            requireGiven(what + "." + (modality == null ? "?" : modality.label()), value);
            copy.put(modality, value);
          });
    }
    return Collections.unmodifiableMap(copy);
  }

  private static <T> Map<Modality, T> forEveryModality(
      final String what, final Map<Modality, T> given) {
    requireGiven(what, given);
    final Map<Modality, T> copy = byModality(what, given);
    for (final Modality modality : Modality.values()) {
      requireGiven(what + "." + modality.label(), copy.get(modality));
    }
    return copy;
  }

  /** The modalities that take part in scores, in the order of the mask. */
  @JsonIgnore
  public Set<Modality> informativeModalities() {
    final Set<Modality> informative = EnumSet.noneOf(Modality.class);
    modalities.forEach(
        (modality, note) -> {
          if (note.informative()) {
            informative.add(modality);
          }
        });
    return Collections.unmodifiableSet(informative);
  }

  /** How a bundle goes from features to a score. */
  public enum Kind {
    /** The base model was trained on the extractors' own features; adapters are the identity. */
    @JsonProperty("direct")
    DIRECT,
    /** Adapters map the extractors' features into the spaces of CMU-MOSEI. */
    @JsonProperty("mosei")
    MOSEI
  }

  /**
   * A feature space and its size.
   *
   * @param id for instance {@code facemesh-65}
   * @param size how many values a vector has, 1 to 100,000
   */
  public record Space(String id, int size) {

    public Space {
      requireName("id of a space", id);
      if (size < 1 || size > 100_000) {
        throw new IllegalArgumentException(
            "space " + id + " must have 1 to 100000 values, not " + size);
      }
    }
  }

  /**
   * Mean and standard deviation of each value of a space over the training fold: z = (x - mean) /
   * deviation, see {@link Standardiser}.
   *
   * @param mean finite
   * @param deviation finite, > 0: a column that never changes has 1
   */
  public record Normalisation(List<Double> mean, List<Double> deviation) {

    public Normalisation {
      requireGiven("mean of a normalisation", mean);
      requireGiven("deviation of a normalisation", deviation);
      mean = List.copyOf(mean);
      deviation = List.copyOf(deviation);
      if (mean.isEmpty() || mean.size() != deviation.size()) {
        throw new IllegalArgumentException(
            "a normalisation needs as many means ("
                + mean.size()
                + ") as deviations ("
                + deviation.size()
                + ")");
      }
      for (int i = 0; i < mean.size(); i++) {
        final double deviationHere = deviation.get(i);
        if (!Double.isFinite(mean.get(i)) || !(deviationHere > 0 && deviationHere < 1e300)) {
          throw new IllegalArgumentException(
              "normalisation of value "
                  + i
                  + ": mean "
                  + mean.get(i)
                  + " must be finite and deviation "
                  + deviationHere
                  + " finite and > 0");
        }
      }
    }

    /** From arrays, which are copied. */
    public static Normalisation of(final double[] mean, final double[] deviation) {
      return new Normalisation(
          Arrays.stream(mean).boxed().toList(), Arrays.stream(deviation).boxed().toList());
    }

    /** How many values the space has. */
    public int size() {
      return mean.size();
    }

    /** The standardiser that does what this says. */
    public Standardiser standardiser(final double clip) {
      return new Standardiser(
          mean.stream().mapToDouble(Double::doubleValue).toArray(),
          deviation.stream().mapToDouble(Double::doubleValue).toArray(),
          clip);
    }
  }

  /**
   * Whether a modality carries something.
   *
   * @param informative false if the validation fold showed nothing learned from it: it is then left
   *     out of every score
   * @param reason the figures behind that
   */
  public record Informativeness(boolean informative, String reason) {

    public Informativeness {
      requireGiven("reason of a modality", reason);
    }
  }

  /**
   * What is known without a model, and how far its scores can be trusted.
   *
   * @param priorScore the score when nothing is known, -3 to 3: the mean of the training labels
   * @param level share of the validation labels that the intervals hold, between 0 and 1 exclusive
   * @param intervals one for each of the 8 sets of modalities
   */
  public record Calibration(double priorScore, double level, List<PresenceInterval> intervals) {

    public Calibration {
      if (!(priorScore >= -3 && priorScore <= 3)) {
        throw new IllegalArgumentException("priorScore must be from -3 to 3, not " + priorScore);
      }
      if (!(level > 0 && level < 1)) {
        throw new IllegalArgumentException("level must lie between 0 and 1, not " + level);
      }
      requireGiven("intervals of the calibration", intervals);
      intervals = List.copyOf(intervals);
      final long different = intervals.stream().map(PresenceInterval::present).distinct().count();
      if (intervals.size() != 8 || different != 8) {
        throw new IllegalArgumentException(
            "the calibration needs an interval for each of the 8 sets of modalities, not "
                + intervals.size()
                + " for "
                + different);
      }
    }

    /** Half the width of the interval when exactly these modalities take part. */
    public double halfWidth(final Set<Modality> present) {
      for (final PresenceInterval interval : intervals) {
        if (interval.present().equals(present)) {
          return interval.halfWidth();
        }
      }
      throw new IllegalStateException("no interval for " + present);
    }

    /**
     * Half the width of the interval when exactly these modalities take part, and are of a quality.
     *
     * @param quality mean of the qualities of those that take part, 0 to 1
     */
    public double halfWidth(final Set<Modality> present, final double quality) {
      for (final PresenceInterval interval : intervals) {
        if (interval.present().equals(present)) {
          return interval.halfWidth() * interval.factor(quality);
        }
      }
      throw new IllegalStateException("no interval for " + present);
    }
  }

  /**
   * The interval for one set of modalities.
   *
   * @param present the modalities that take part in the score
   * @param halfWidth half its width in points of the score, finite, >= 0
   * @param samples how many validation samples stand behind it, >= 0
   * @param qualityBins how the width depends on the quality of the features: by quality, ascending,
   *     the first from 0, and no better quality has a larger factor; empty if it does not, as in
   *     bundles from before there were such bins
   */
  public record PresenceInterval(
      Set<Modality> present,
      double halfWidth,
      int samples,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<QualityBin> qualityBins) {

    public PresenceInterval {
      requireGiven("present of an interval", present);
      final Set<Modality> copy = EnumSet.noneOf(Modality.class);
      copy.addAll(present);
      present = Collections.unmodifiableSet(copy);
      if (!(halfWidth >= 0) || Double.isInfinite(halfWidth) || samples < 0) {
        throw new IllegalArgumentException(
            "interval for "
                + present
                + ": halfWidth "
                + halfWidth
                + " must be finite and >= 0, samples "
                + samples
                + " >= 0");
      }
      qualityBins = qualityBins == null ? List.of() : List.copyOf(qualityBins);
      for (int i = 0; i < qualityBins.size(); i++) {
        final QualityBin bin = qualityBins.get(i);
        if (i == 0
            ? bin.from() != 0
            : bin.from() <= qualityBins.get(i - 1).from()
                || bin.factor() > qualityBins.get(i - 1).factor()) {
          throw new IllegalArgumentException(
              "interval for "
                  + present
                  + ": quality bins must begin at 0 and ascend, with factors that do not: "
                  + qualityBins);
        }
      }
    }

    /** The same width whatever the quality. */
    public PresenceInterval(
        final Set<Modality> present, final double halfWidth, final int samples) {
      this(present, halfWidth, samples, List.of());
    }

    /** What the width is multiplied by; 1 if it does not depend on the quality. */
    double factor(final double quality) {
      double factor = 1;
      for (final QualityBin bin : qualityBins) {
        if (quality >= bin.from()) {
          factor = bin.factor();
        }
      }
      return factor;
    }
  }

  /**
   * How much wider, or narrower, an interval is for features of a quality.
   *
   * @param from least quality of the bin, 0 to 1; it ends where the next begins, the last holds 1
   * @param factor what the width is multiplied by, finite, > 0
   * @param samples how many validation samples stand behind it, >= 0
   */
  public record QualityBin(double from, double factor, int samples) {

    public QualityBin {
      if (!(from >= 0 && from <= 1) || !(factor > 0) || Double.isInfinite(factor) || samples < 0) {
        throw new IllegalArgumentException(
            "a quality bin needs from 0 to 1, a finite factor > 0 and samples >= 0, not from "
                + from
                + " factor "
                + factor
                + " samples "
                + samples);
      }
    }
  }

  /**
   * A corpus that the bundle was trained on.
   *
   * @param name name of the corpus and fold
   * @param licence its licence
   * @param use what it was used for
   */
  public record TrainingData(String name, String licence, String use) {

    public TrainingData {
      requireGiven("name of the training data", name);
      requireGiven("licence of the training data", licence);
      requireGiven("use of the training data", use);
    }
  }

  /**
   * A file of the bundle.
   *
   * @param sha256 SHA-256 of its content, 64 hexadecimal digits in small letters
   * @param bytes its length, > 0
   */
  public record FileEntry(String sha256, long bytes) {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public FileEntry {
      if (sha256 == null || !SHA256.matcher(sha256).matches() || bytes <= 0) {
        throw new IllegalArgumentException(
            "a file needs a sha256 of 64 hexadecimal digits in small letters and its bytes > 0");
      }
    }

    /**
     * The entry of a file as it lies on disk.
     *
     * @throws IOException if it cannot be read
     */
    public static FileEntry of(final Path file) throws IOException {
      final MessageDigest digest;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (final NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
      long bytes = 0;
      final byte[] buffer = new byte[65_536];
      try (InputStream in = Files.newInputStream(file)) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          digest.update(buffer, 0, read);
          bytes += read;
        }
      }
      return new FileEntry(HexFormat.of().formatHex(digest.digest()), bytes);
    }
  }

  /** All 8 sets of modalities, the empty one first: what a calibration must cover. */
  public static List<Set<Modality>> presenceSets() {
    final List<Set<Modality>> sets = new ArrayList<>();
    for (int mask = 0; mask < 8; mask++) {
      final Set<Modality> set = EnumSet.noneOf(Modality.class);
      for (final Modality modality : Modality.values()) {
        if ((mask & (1 << modality.ordinal())) != 0) {
          set.add(modality);
        }
      }
      sets.add(Collections.unmodifiableSet(set));
    }
    return List.copyOf(sets);
  }
}
