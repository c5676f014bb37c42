package io.valence.cli.dlq;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.cli.ExitCode;
import io.valence.cli.InputException;
import io.valence.schemas.RegistryUnavailableException;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterException;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.LetterAddress;
import io.valence.streams.deadletters.LetterRecords;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One dead letter with everything that is known of it. */
@Command(
    name = "show",
    description = {
      "Shows a dead letter: why it failed, its headers, its key, and its value decoded as the kind of"
          + " record that its topic holds, or its bytes where it is no such record.",
      "",
      "Example: valence dlq show fusion:3@17 --output value.bin"
    },
    mixinStandardHelpOptions = true)
final class DlqShowCommand implements Callable<Integer> {

  private static final int JSON_BYTES = 256;

  @Mixin private KafkaOptions kafka;

  @Parameters(
      paramLabel = "ADDRESS",
      description = "Address of the letter, service:partition@offset, as 'list' prints it.")
  private String address;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Write the untouched bytes of the value to this file, which must not exist.")
  private Path output;

  @Spec private CommandSpec spec;

  /** The record, or why there is none. */
  private record Decoded(Optional<SpecificRecord> record, String obstacle) {}

  @Override
  public Integer call() throws Exception {
    final LetterAddress place = kafka.address(address);
    if (output != null && Files.exists(output)) {
      throw new InputException(output + " exists already: name a new file for --output");
    }
    final DeadLetter letter;
    final Optional<DeadLetterReader.Marker> marker;
    try (DeadLetterReader reader = kafka.reader()) {
      letter = reader.read(place);
      marker = Optional.ofNullable(reader.redriven().get(place)).filter(one -> one.isOf(letter));
    } catch (final DeadLetterException e) {
      throw new InputException(e.getMessage(), e);
    }
    final Decoded decoded = decode(letter);
    final PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(LetterText.MAPPER.writeValueAsString(document(letter, marker, decoded)));
    } else {
      print(out, letter, marker, decoded);
    }
    out.flush();
    write(letter);
    return ExitCode.DONE;
  }

  private Decoded decode(final DeadLetter letter) {
    try (LetterRecords records = kafka.records()) {
      return new Decoded(Optional.of(records.decode(letter)), null);
    } catch (final DeadLetterException | RegistryUnavailableException e) {
      return new Decoded(Optional.empty(), e.getMessage());
    }
  }

  private void write(final DeadLetter letter) throws IOException, InputException {
    if (output == null) {
      return;
    }
    if (letter.value() == null) {
      throw new InputException(
          "letter " + letter.address() + " has no value: nothing was written to " + output);
    }
    Files.write(output, letter.value());
    spec.commandLine()
        .getErr()
        .println("valence: " + letter.size() + " bytes written to " + output);
  }

  private static void print(
      final PrintWriter out,
      final DeadLetter letter,
      final Optional<DeadLetterReader.Marker> marker,
      final Decoded decoded) {
    out.println("letter     " + letter.address());
    out.println("failed at  " + letter.failedAt());
    out.println("reason     " + LetterText.printable(letter.reason()));
    letter.stack().ifPresent(stack -> out.println("stack      " + LetterText.printable(stack)));
    out.println("from       " + LetterText.printable(letter.origin()));
    letter
        .redrivenFrom()
        .ifPresent(from -> out.println("was        " + LetterText.printable(from)));
    marker.ifPresent(at -> out.println("re-driven  " + at.redrivenAt()));
    out.println("key        " + LetterText.text(letter.key()));
    out.println("headers");
    for (final Header header : letter.headers()) {
      out.println(
          "  " + LetterText.printable(header.key()) + " = " + LetterText.text(header.value()));
    }
    if (letter.value() == null) {
      out.println("value      (none)");
    } else if (decoded.record().isPresent()) {
      final SpecificRecord record = decoded.record().get();
      out.println(
          "value      " + LetterText.size(letter.size()) + ", a " + record.getSchema().getName());
      for (final Schema.Field field : record.getSchema().getFields()) {
        out.println("  " + field.name() + " = " + LetterText.field(record.get(field.pos())));
      }
    } else {
      out.println(
          "value      "
              + LetterText.size(letter.size())
              + ", not decoded: "
              + LetterText.printable(decoded.obstacle()));
      out.print(LetterText.dump(letter.value()));
    }
  }

  private static ObjectNode document(
      final DeadLetter letter,
      final Optional<DeadLetterReader.Marker> marker,
      final Decoded decoded) {
    final ObjectNode document = LetterText.json(letter, marker);
    document.put("stack", letter.stack().orElse(null));
    final ObjectNode headers = document.putObject("headers");
    for (final Header header : letter.headers()) {
      headers.put(header.key(), LetterText.text(header.value()));
    }
    decoded
        .record()
        .ifPresentOrElse(
            record -> {
              document.put("recordType", record.getSchema().getFullName());
              document.set("record", LetterText.json(record));
            },
            () -> {
              document.put("notDecoded", decoded.obstacle());
              if (letter.value() != null) {
                document.put(
                    "firstBytes",
                    HexFormat.of()
                        .formatHex(letter.value(), 0, Math.min(letter.size(), JSON_BYTES)));
              }
            });
    return document;
  }
}
