package io.valence.cli.dlq;

import io.valence.cli.ExitCode;
import io.valence.cli.InputException;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterException;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.DeadLetterRedrive;
import io.valence.streams.deadletters.LetterAddress;
import io.valence.streams.deadletters.LetterRecords;
import io.valence.streams.deadletters.RecordMending;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Dead letters back to where they came from. */
@Command(
    name = "redrive",
    description = {
      "Writes the records of dead letters back to the topic and partition that they came from, under"
          + " the same key: untouched, or mended. All are written in one transaction, or none.",
      "",
      "A letter that was re-driven is marked and refused the second time; --again overrides.",
      "",
      "What it can do for a stream is bounded: a window whose event is out is not scored again, and a"
          + " vector that comes after it goes to sentiment.late. Fusion waits for a modality until its"
          + " own event time is past the window's end by the stream's grace (3 s), or until it has been"
          + " quiet for the stall timeout (30 s), also when it has ended. For more time start the"
          + " services with longer ones; the grace holds for streams that open from then on:",
      "  fusion  -Dvalence.fusion.stall-timeout=1H",
      "  ingest  -Dvalence.ingest.grace=1h",
      "Words are the context of those in the next windows: those windows were read without a chunk that"
          + " failed, and are not read again when it is mended.",
      "",
      "Examples:",
      "  valence dlq redrive fusion:3@17 --set quality=1",
      "  valence dlq redrive audio-features:0@4 --set sampleRate=16000 --dry-run",
      "  valence dlq redrive --service adapter --reason \"takes librosa-74\" --all"
    },
    mixinStandardHelpOptions = true)
final class DlqRedriveCommand implements Callable<Integer> {

  private static final long PROGRESS_NANOS = 1_000_000_000L;

  @Mixin private KafkaOptions kafka;

  @Parameters(
      paramLabel = "ADDRESS",
      arity = "0..*",
      description = "Addresses of the letters, service:partition@offset, as 'list' prints them.")
  private List<String> addresses = List.of();

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description = "With --all: the service whose letters are re-driven.")
  private String service;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "With --all: only letters whose reason contains this, in whatever case.")
  private String reason;

  @Option(
      names = "--all",
      description = "Re-drive all letters of --service with --reason that were not re-driven yet.")
  private boolean all;

  @Option(
      names = "--value",
      paramLabel = "FILE",
      description =
          "The bytes that the value shall be, in the topic's own format; for one letter only.")
  private Path value;

  @Option(
      names = "--set",
      paramLabel = "FIELD=VALUE",
      description = {
        "Set a field of the record before it is written; may be given several times. Lists are written"
            + " [a, b], bytes @FILE, nothing at all null."
      })
  private List<String> assignments = List.of();

  @Option(
      names = "--again",
      description =
          "Re-drive also letters that were re-driven before; of a window only the first"
              + " record counts, the others are duplicates or late.")
  private boolean again;

  @Option(names = "--dry-run", description = "Say what would be written, and write nothing.")
  private boolean dryRun;

  @Spec private CommandSpec spec;

  private RecordMending mending;
  private long written;
  private long skipped;
  private long lastProgress = System.nanoTime();

  /** What becomes of each letter: it is written, or only spoken of. */
  private interface Outlet {

    Optional<DeadLetterReader.Marker> marker(DeadLetter letter);

    DeadLetterRedrive.Destination send(DeadLetter letter, byte[] bytes) throws DeadLetterException;
  }

  @Override
  public Integer call() throws Exception {
    checkUsage();
    final List<LetterAddress> places =
        new ArrayList<>(new LinkedHashSet<>(addresses.stream().map(kafka::address).toList()));
    final Optional<byte[]> replacement =
        value == null ? Optional.empty() : Optional.of(Files.readAllBytes(value));
    try (DeadLetterReader reader = kafka.reader();
        LetterRecords records = kafka.records()) {
      if (dryRun) {
        final Map<LetterAddress, DeadLetterReader.Marker> markers = reader.redriven();
        run(reader, records, places, replacement, rehearsal(reader, markers));
      } else {
        // The letters are looked at before anything is begun: what cannot be is said at once.
        for (final LetterAddress place : places) {
          final DeadLetter letter = reader.read(place);
          final var unused = DeadLetterRedrive.destination(letter, reader);
        }
        try (DeadLetterRedrive redrive = new DeadLetterRedrive(kafka.bootstrapServers(), reader)) {
          run(reader, records, places, replacement, outlet(redrive));
          redrive.commit();
        }
      }
    } catch (final DeadLetterException e) {
      throw new InputException(e.getMessage(), e);
    }
    conclude();
    return ExitCode.DONE;
  }

  private void checkUsage() throws IOException {
    if (all == !addresses.isEmpty()) {
      throw kafka.usage(
          all
              ? "give addresses or --all, not both"
              : "give addresses, or --service NAME --reason TEXT --all");
    }
    if (all && (service == null || reason == null)) {
      throw kafka.usage("--all needs --service NAME and --reason TEXT: which letters are meant");
    }
    if (!all && (service != null || reason != null)) {
      throw kafka.usage("--service and --reason go with --all; addresses name their letters");
    }
    if (service != null) {
      final var unused = kafka.services(List.of(service));
    }
    if (value != null && (addresses.size() != 1 || !assignments.isEmpty())) {
      throw kafka.usage("--value is the value of one letter: give one address and no --set");
    }
    try {
      mending = RecordMending.parse(assignments);
    } catch (final IllegalArgumentException e) {
      throw kafka.usage("--set: " + e.getMessage());
    }
  }

  private static Outlet outlet(final DeadLetterRedrive redrive) {
    return new Outlet() {
      @Override
      public Optional<DeadLetterReader.Marker> marker(final DeadLetter letter) {
        return redrive.marker(letter);
      }

      @Override
      public DeadLetterRedrive.Destination send(final DeadLetter letter, final byte[] bytes)
          throws DeadLetterException {
        return redrive.send(letter, bytes);
      }
    };
  }

  private static Outlet rehearsal(
      final DeadLetterReader reader, final Map<LetterAddress, DeadLetterReader.Marker> markers) {
    return new Outlet() {
      @Override
      public Optional<DeadLetterReader.Marker> marker(final DeadLetter letter) {
        return Optional.ofNullable(markers.get(letter.address()))
            .filter(marker -> marker.isOf(letter));
      }

      @Override
      public DeadLetterRedrive.Destination send(final DeadLetter letter, final byte[] bytes)
          throws DeadLetterException {
        return DeadLetterRedrive.destination(letter, reader);
      }
    };
  }

  private void run(
      final DeadLetterReader reader,
      final LetterRecords records,
      final List<LetterAddress> places,
      final Optional<byte[]> replacement,
      final Outlet outlet)
      throws DeadLetterException {
    if (all) {
      final String text = reason.toLowerCase(Locale.ROOT);
      reader.visit(
          List.of(service),
          Optional.empty(),
          letter -> {
            if (!letter.reason().toLowerCase(Locale.ROOT).contains(text)) {
              return;
            }
            if (!again && outlet.marker(letter).isPresent()) {
              skipped++;
            } else {
              redrive(letter, records, replacement, outlet);
            }
          });
      return;
    }
    for (final LetterAddress place : places) {
      final DeadLetter letter = reader.read(place);
      final Optional<DeadLetterReader.Marker> marker = outlet.marker(letter);
      if (marker.isPresent() && !again) {
        throw new DeadLetterException(
            "letter "
                + place
                + " was re-driven already, at "
                + marker.get().redrivenAt()
                + ": nothing was written; --again does it once more");
      }
      redrive(letter, records, replacement, outlet);
    }
  }

  private void redrive(
      final DeadLetter letter,
      final LetterRecords records,
      final Optional<byte[]> replacement,
      final Outlet outlet)
      throws DeadLetterException {
    final byte[] bytes = replacement.isPresent() ? replacement.get() : mended(letter, records);
    final DeadLetterRedrive.Destination destination = outlet.send(letter, bytes);
    written++;
    final PrintWriter out = spec.commandLine().getOut();
    out.println(
        letter.address()
            + (dryRun ? " would go to " : " goes to ")
            + destination
            + (bytes == letter.value()
                ? ", untouched"
                : ", mended, "
                    + LetterText.size(bytes.length)
                    + " instead of "
                    + LetterText.size(letter.size())));
    final long now = System.nanoTime();
    if (now - lastProgress > PROGRESS_NANOS) {
      lastProgress = now;
      out.flush();
      spec.commandLine().getErr().println("valence: " + written + " letters so far");
      spec.commandLine().getErr().flush();
    }
  }

  private byte[] mended(final DeadLetter letter, final LetterRecords records)
      throws DeadLetterException {
    if (mending.isEmpty()) {
      return letter.value();
    }
    try {
      return records.encode(letter, mending.apply(records.decode(letter)));
    } catch (final DeadLetterException e) {
      throw new DeadLetterException(
          "letter " + letter.address() + " cannot be mended by --set: " + e.getMessage(), e);
    }
  }

  private void conclude() {
    final PrintWriter out = spec.commandLine().getOut();
    out.println(
        written
            + (written == 1 ? " letter " : " letters ")
            + (dryRun ? "would be re-driven" : "re-driven")
            + (skipped == 0
                ? ""
                : ", "
                    + skipped
                    + " left alone that "
                    + (skipped == 1 ? "was" : "were")
                    + " re-driven before (--again takes them too)"));
    out.flush();
  }
}
