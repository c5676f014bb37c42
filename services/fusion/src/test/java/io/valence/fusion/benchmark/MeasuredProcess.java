package io.valence.fusion.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Java process and what can be read of it from outside. */
final class MeasuredProcess implements AutoCloseable {

  private static final Pattern PAUSE =
      Pattern.compile("\\[([^\\]]+)\\].*Pause.* (\\d+)M->(\\d+)M\\(\\d+M\\) ([\\d.]+)ms");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSZ");
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final String name;
  private final Process process;
  private final Path log;
  private final Path gcLog;

  /** One stop of the world by the collector. */
  record Pause(long atMillis, int megabytesBefore, int megabytesAfter, double millis) {}

  MeasuredProcess(
      final String name, final Path folder, final List<String> jvm, final List<String> command)
      throws IOException {
    this.name = name;
    this.log = folder.resolve(name + ".log");
    this.gcLog = folder.resolve(name + "-gc.log");
    final List<String> line = new ArrayList<>();
    line.add(java("java"));
    line.addAll(jvm);
    line.add("-Xlog:gc:file=" + gcLog + ":time");
    line.addAll(command);
    final ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(new File("/dev/null"));
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    this.process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  private static String java(final String tool) {
    return Path.of(System.getProperty("java.home"), "bin", tool).toString();
  }

  /** Processor time so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  void requireAlive() throws IOException {
    if (!process.isAlive()) {
      final List<String> lines = Files.readAllLines(log);
      throw new IOException(
          name
              + " has ended with exit code "
              + process.exitValue()
              + ":\n"
              + String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size())));
    }
  }

  long residentMegabytes() throws IOException {
    for (final String line : Files.readAllLines(Path.of("/proc", process.pid() + "", "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return -1;
  }

  /** The heap in use after a full collection, megabytes. */
  long liveMegabytes() throws IOException, InterruptedException {
    jcmd("GC.run");
    final Matcher used = USED.matcher(jcmd("GC.heap_info"));
    if (!used.find()) {
      throw new IOException("jcmd does not tell the heap of " + name);
    }
    // The heap comes first, the classes' own space after it.
    final long kilobytes = Long.parseLong(used.group(1));
    return kilobytes / 1024;
  }

  String jcmd(final String command) throws IOException, InterruptedException {
    final Process tool =
        new ProcessBuilder(java("jcmd"), Long.toString(process.pid()), command)
            .redirectErrorStream(true)
            .start();
    final StringBuilder output = new StringBuilder();
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(tool.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        output.append(line).append('\n');
      }
    }
    if (tool.waitFor() != 0) {
      throw new IOException("jcmd " + command + " failed: " + output);
    }
    return output.toString();
  }

  List<Pause> pauses(final long fromMillis, final long toMillis) throws IOException {
    final List<Pause> pauses = new ArrayList<>();
    for (final String line : Files.readAllLines(gcLog)) {
      final Matcher parts = PAUSE.matcher(line);
      if (parts.find()) {
        final long at = OffsetDateTime.parse(parts.group(1), TIME).toInstant().toEpochMilli();
        if (at >= fromMillis && at < toMillis) {
          pauses.add(
              new Pause(
                  at,
                  Integer.parseInt(parts.group(2)),
                  Integer.parseInt(parts.group(3)),
                  Double.parseDouble(parts.group(4))));
        }
      }
    }
    return pauses;
  }

  /** The samples at a metrics address, by name with tags. */
  static Map<String, Double> metrics(final URI address) throws IOException, InterruptedException {
    final HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build(),
                HttpResponse.BodyHandlers.ofString());
    final Map<String, Double> samples = new TreeMap<>();
    answer
        .body()
        .lines()
        .filter(line -> !line.startsWith("#") && line.indexOf(' ') > 0)
        .forEach(
            line -> {
              final int space = line.lastIndexOf(' ');
              samples.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
            });
    return samples;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
