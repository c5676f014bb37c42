package io.valence.model;

import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.FileEntry;
import io.valence.model.BundleDescription.Informativeness;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.PresenceInterval;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleDescription.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A bundle that can be worked out by hand. Base spaces face-2, voice-1, words-1; on standardised
 * values the model gives
 *
 * <pre>  score = clip(0.5 + m_v (v0 + v1) + 2 m_a a + 3 m_t t + 0.25 m_v m_t, -3, 3)</pre>
 *
 * Normalisation: face mean (1, 2) deviation (1, 2), voice mean 0 deviation 1, words mean 10
 * deviation 10. With adapters the face comes in as pixels-3 and is mapped to (p0 + p1, p2) of the
 * standardised values.
 */
public final class TinyBundle {

  static final Space FACE = new Space("face-2", 2);
  static final Space PIXELS = new Space("pixels-3", 3);
  static final Space VOICE = new Space("voice-1", 1);
  static final Space WORDS = new Space("words-1", 1);

  private TinyBundle() {}

  /** Writes the bundle without adapters. */
  public static BundleDescription direct(final Path folder) throws IOException {
    return write(folder, false, true);
  }

  /** Writes the bundle without adapters, of another version and with another constant than 0.5. */
  public static BundleDescription direct(
      final Path folder, final String version, final double constant) throws IOException {
    return write(folder, version, (float) constant, false, true);
  }

  /** Writes the bundle into a folder, which is made. */
  public static BundleDescription write(
      final Path folder, final boolean adapted, final boolean voiceInformative) throws IOException {
    return write(folder, "1.0.0", 0.5f, adapted, voiceInformative);
  }

  /** Writes a version of the bundle into a folder, which is made: {@code bundle.json} last. */
  public static BundleDescription write(
      final Path folder,
      final String version,
      final float constant,
      final boolean adapted,
      final boolean voiceInformative)
      throws IOException {
    Files.createDirectories(folder);
    fusion("score", constant).write(folder.resolve("fusion.onnx"));
    final Map<String, FileEntry> files = new HashMap<>();
    files.put("fusion.onnx", FileEntry.of(folder.resolve("fusion.onnx")));
    if (adapted) {
      adapter().write(folder.resolve("adapter-visual.onnx"));
      files.put("adapter-visual.onnx", FileEntry.of(folder.resolve("adapter-visual.onnx")));
    }
    final List<PresenceInterval> intervals = new ArrayList<>();
    for (final var present : BundleDescription.presenceSets()) {
      intervals.add(new PresenceInterval(present, 2 - 0.5 * present.size(), 100));
    }
    final BundleDescription description =
        new BundleDescription(
            1,
            "tiny",
            version,
            adapted ? Kind.MOSEI : Kind.DIRECT,
            "For tests",
            spaces(adapted ? PIXELS : FACE),
            spaces(FACE),
            6,
            adapted
                ? Map.of(
                    Modality.VISUAL,
                    Normalisation.of(new double[] {0, 0, 0}, new double[] {1, 1, 2}))
                : null,
            Map.of(
                Modality.VISUAL, Normalisation.of(new double[] {1, 2}, new double[] {1, 2}),
                Modality.AUDIO, Normalisation.of(new double[] {0}, new double[] {1}),
                Modality.TEXT, Normalisation.of(new double[] {10}, new double[] {10})),
            adapted ? Map.of(Modality.VISUAL, "adapter-visual.onnx") : null,
            "fusion.onnx",
            null,
            Map.of(
                Modality.VISUAL, new Informativeness(true, "r 0.3"),
                Modality.AUDIO, new Informativeness(voiceInformative, "r 0.2"),
                Modality.TEXT, new Informativeness(true, "r 0.7")),
            new Calibration(0.25, 0.95, intervals),
            List.of(new TrainingData("made up", "CC0-1.0", "none")),
            Map.of("validation", Map.of("r", 0.5, "samples", 229)),
            List.of("nothing to note"),
            files);
    BundleJson.write(description, folder);
    return description;
  }

  /** Writes the description of a bundle again with another calibration. */
  public static void calibrate(
      final BundleDescription plain, final Calibration calibration, final Path folder)
      throws IOException {
    rewrite(plain, plain.textExpert(), calibration, plain.files(), folder);
  }

  /** Gives a bundle a text expert: any bytes, for nothing here reads words. */
  public static void giveTextExpert(
      final BundleDescription plain, final String content, final Path folder) throws IOException {
    final Path expert = Files.writeString(folder.resolve("text-expert.vtd"), content);
    final Map<String, FileEntry> files = new HashMap<>(plain.files());
    files.put("text-expert.vtd", FileEntry.of(expert));
    rewrite(plain, "text-expert.vtd", plain.calibration(), files, folder);
  }

  private static void rewrite(
      final BundleDescription plain,
      final String textExpert,
      final Calibration calibration,
      final Map<String, FileEntry> files,
      final Path folder)
      throws IOException {
    BundleJson.write(
        new BundleDescription(
            plain.formatVersion(),
            plain.id(),
            plain.version(),
            plain.kind(),
            plain.description(),
            plain.inputSpaces(),
            plain.baseSpaces(),
            plain.clip(),
            plain.inputNormalisation(),
            plain.baseNormalisation(),
            plain.adapters(),
            plain.fusion(),
            textExpert,
            plain.modalities(),
            calibration,
            plain.trainingData(),
            plain.metrics(),
            plain.notices(),
            files),
        folder);
  }

  private static Map<Modality, Space> spaces(final Space visual) {
    final Map<Modality, Space> spaces = new EnumMap<>(Modality.class);
    spaces.put(Modality.VISUAL, visual);
    spaces.put(Modality.AUDIO, VOICE);
    spaces.put(Modality.TEXT, WORDS);
    return spaces;
  }

  static OnnxGraph fusion(final String output) {
    return fusion(output, 0.5f);
  }

  private static OnnxGraph fusion(final String output, final float constant) {
    final OnnxGraph graph = new OnnxGraph("fusion");
    graph.input("visual", ElementType.FLOAT, "batch", "2");
    graph.input("audio", ElementType.FLOAT, "batch", "1");
    graph.input("text", ElementType.FLOAT, "batch", "1");
    graph.input("mask", ElementType.FLOAT, "batch", "3");
    final String all =
        graph.node("Concat", List.of("visual", "audio", "text"), Attribute.ofInt("axis", 1));
    graph.floats("weights", new long[] {4, 1}, 1, 1, 2, 3);
    graph.floats("bias", new long[] {1}, constant);
    final String linear = graph.node("Gemm", List.of(all, "weights", "bias"));
    graph.floats("pickFace", new long[] {3, 1}, 1, 0, 0);
    graph.floats("pickWords", new long[] {3, 1}, 0, 0, 1);
    graph.floats("quarter", new long[] {1}, 0.25f);
    final String face = graph.node("MatMul", List.of("mask", "pickFace"));
    final String words = graph.node("MatMul", List.of("mask", "pickWords"));
    final String both = graph.node("Mul", List.of(face, words));
    final String together = graph.node("Mul", List.of(both, "quarter"));
    final String sum = graph.node("Add", List.of(linear, together));
    graph.floats("low", new long[] {}, -3);
    graph.floats("high", new long[] {}, 3);
    final String clipped = graph.node("Clip", List.of(sum, "low", "high"));
    graph.integers("axes", new long[] {1}, 1);
    graph.node("Squeeze", List.of(clipped, "axes"), List.of(output));
    graph.output(output, ElementType.FLOAT, "batch");
    return graph;
  }

  private static OnnxGraph adapter() {
    final OnnxGraph graph = new OnnxGraph("adapter");
    graph.input("features", ElementType.FLOAT, "batch", "3");
    graph.floats("weights", new long[] {3, 2}, 1, 0, 1, 0, 0, 1);
    graph.node("MatMul", List.of("features", "weights"), List.of("adapted"));
    graph.output("adapted", ElementType.FLOAT, "batch", "2");
    return graph;
  }
}
