package io.valence.cli;

import io.valence.features.FeatureSpace;
import io.valence.features.visual.Face;
import io.valence.features.visual.FaceMesh;
import io.valence.features.visual.FaceMeshOptions;
import io.valence.features.visual.FaceTracker;
import io.valence.features.visual.VisualFeatureAccumulator;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.features.visual.VisualFeatureSpaces;
import io.valence.inference.ModelStore;
import io.valence.media.ImageReader;
import io.valence.media.MediaException;
import io.valence.media.RgbFrame;
import io.valence.media.VideoDecoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** FaceMesh features of recordings and pictures. */
@Command(
    name = "visual",
    description = {
      "The 65 features of a face over a whole recording or picture. Weight: frames with a face;"
          + " quality: their share of all frames.",
      "",
      "Frames are taken as a video: a face found in one frame is followed into the next. That holds"
          + " for the frames of a recording, for the pictures of a folder (in order of their names),"
          + " and for pictures named one after another. With --static every frame and every picture"
          + " is looked at by itself.",
      "",
      "Examples:",
      "  valence extract visual talk.mp4 --json",
      "  valence extract visual face.png --static --landmarks --json"
    },
    mixinStandardHelpOptions = true)
final class ExtractVisualCommand implements Callable<Integer> {

  private static final Set<String> PICTURES =
      Set.of("png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff");

  @Parameters(
      paramLabel = "INPUT",
      arity = "1..*",
      description = "Recordings, pictures, or folders of pictures that are frames of one video.")
  private List<Path> inputs;

  @Option(names = "--json", description = "Print JSON and nothing else on standard output.")
  private boolean json;

  @Option(
      names = "--landmarks",
      description =
          "Also print, for each frame, the face's 468 points [x, y, z] as MediaPipe publishes them (x"
              + " and z divided by the picture's width, y by its height); an empty list where no face"
              + " was found.")
  private boolean landmarks;

  @Option(
      names = "--static",
      description = "Look at every frame and picture by itself, without following faces.")
  private boolean separate;

  @Option(
      names = "--refined",
      description = "Use the attention model: 478 points, irises included.")
  private boolean refined;

  @Option(
      names = "--space",
      paramLabel = "SPACE",
      defaultValue = "facemesh-65",
      description =
          "Feature definition: facemesh-65 or facemesh-65-paper (default: ${DEFAULT-VALUE}).")
  private String spaceId;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    final FeatureSpace space =
        Stream.of(VisualFeatureSpaces.FACEMESH_65, VisualFeatureSpaces.FACEMESH_65_PAPER)
            .filter(candidate -> candidate.id().equals(spaceId))
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--space must be facemesh-65 or facemesh-65-paper, not " + spaceId));
    final PrintWriter err = spec.commandLine().getErr();
    for (final Path input : inputs) {
      if (!Files.exists(input)) {
        throw new InputException("no such file: " + input);
      }
    }
    final VisualFeatureOptions options =
        VisualFeatureOptions.defaults().withSpace(space).withSeparatePictures(separate);
    final List<FeatureOutput.Item> items = new ArrayList<>();
    try (FaceMesh mesh =
        FaceMesh.open(
            ModelStore.fromEnvironment(), FaceMeshOptions.defaults().withRefined(refined))) {
      // Pictures that are named one after another are frames of one video: the tracker stays.
      final FaceTracker pictureTracker = mesh.newTracker();
      for (final Path input : inputs) {
        items.add(extract(input, mesh, options, pictureTracker));
      }
    }
    FeatureOutput.print(items, json, spec.commandLine().getOut(), err);
    return ExitCode.DONE;
  }

  private FeatureOutput.Item extract(
      final Path input,
      final FaceMesh mesh,
      final VisualFeatureOptions options,
      final FaceTracker pictureTracker)
      throws MediaException, IOException, InputException {
    if (isPicture(input)) {
      final Frames frames =
          new Frames(new VisualFeatureAccumulator(mesh, options, pictureTracker), landmarks);
      frames.add(ImageReader.read(input));
      return frames.item(input, List.of());
    }
    final Frames frames = new Frames(new VisualFeatureAccumulator(mesh, options), landmarks);
    if (Files.isDirectory(input)) {
      for (final Path picture : pictures(input)) {
        frames.add(ImageReader.read(picture));
      }
      return frames.item(input, List.of());
    }
    try (VideoDecoder decoder = VideoDecoder.open(input)) {
      for (RgbFrame frame = decoder.next(); frame != null; frame = decoder.next()) {
        frames.add(frame);
      }
      return frames.item(input, decoder.warnings());
    }
  }

  private static boolean isPicture(final Path input) {
    final String name = input.getFileName().toString();
    final String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return Files.isRegularFile(input) && PICTURES.contains(ending);
  }

  private static List<Path> pictures(final Path folder) throws IOException, InputException {
    try (Stream<Path> paths = Files.list(folder)) {
      final List<Path> pictures = paths.filter(ExtractVisualCommand::isPicture).sorted().toList();
      if (pictures.isEmpty()) {
        throw new InputException("the folder " + folder + " holds no pictures: " + PICTURES);
      }
      return pictures;
    }
  }

  /** The frames of one input. */
  private static final class Frames {

    private final VisualFeatureAccumulator accumulator;
    private final List<float[]> landmarks;

    Frames(final VisualFeatureAccumulator accumulator, final boolean keepLandmarks) {
      this.accumulator = accumulator;
      this.landmarks = keepLandmarks ? new ArrayList<>() : null;
    }

    void add(final RgbFrame frame) {
      final List<Face> faces =
          accumulator.add(frame.rgb(), frame.width(), frame.height(), frame.timestampMicros());
      if (landmarks != null) {
        landmarks.add(faces.isEmpty() ? new float[0] : faces.get(0).normalised());
      }
    }

    FeatureOutput.Item item(final Path input, final List<String> warnings) {
      final List<String> all = new ArrayList<>(warnings);
      if (accumulator.framesWithFace() == 0) {
        all.add("no face in any of " + accumulator.frames() + " frames");
      }
      return new FeatureOutput.Item(input.toString(), accumulator.result(), landmarks, all);
    }
  }
}
