package io.valence.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/** A command line run in this process, and what it printed. */
record Run(int exitCode, String out, String err) {

  static {
    // As main does: libraries do not log on standard error.
    LogManager.getLogManager().reset();
  }

  static synchronized Run of(final String... arguments) {
    final PrintStream realOut = System.out;
    final PrintStream realErr = System.err;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      final int exitCode = ValenceCommand.run(arguments);
      System.out.flush();
      System.err.flush();
      return new Run(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(realOut);
      System.setErr(realErr);
    }
  }
}
