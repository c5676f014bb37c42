package io.valence.cli;

import io.valence.features.Features;
import io.valence.features.audio.AudioFeatures;
import io.valence.media.AudioDecoder;
import io.valence.media.MonoSound;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** librosa's features of whole recordings. */
@Command(
    name = "audio",
    description = {
      "The 29 features of librosa over a whole recording, followed by 45 zeros that belong to the"
          + " definition of the space librosa-74. Weight: seconds of sound; quality: the share of"
          + " frames that are not digital silence.",
      "",
      "Example: valence extract audio talk.wav --json"
    },
    mixinStandardHelpOptions = true)
final class ExtractAudioCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Recordings with sound: wav, mp3, flac, mp4, mkv, webm, ...")
  private List<Path> inputs;

  @Option(names = "--json", description = "Print JSON and nothing else on standard output.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    for (final Path input : inputs) {
      RecordingOptions.existing(input);
    }
    final AudioFeatures audio = new AudioFeatures();
    final List<FeatureOutput.Item> items = new ArrayList<>();
    for (final Path input : inputs) {
      final MonoSound sound = AudioDecoder.readMono(input);
      final Features features = audio.extractEvenIfSilent(sound.samples(), sound.sampleRate());
      final List<String> warnings = new ArrayList<>(sound.warnings());
      if (features.quality() == 0) {
        warnings.add("digital silence throughout");
      }
      items.add(
          new FeatureOutput.Item(
              input.toString(),
              features,
              audio.measure(sound.samples(), sound.sampleRate()),
              null,
              warnings));
    }
    FeatureOutput.print(items, json, spec.commandLine().getOut(), spec.commandLine().getErr());
    return ExitCode.DONE;
  }
}
