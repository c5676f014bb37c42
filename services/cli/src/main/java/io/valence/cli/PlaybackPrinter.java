package io.valence.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.valence.schemas.SentimentEvent;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;

/** Tells a person (or a program, with JSON) what happens while a recording is played. */
final class PlaybackPrinter implements Playback.Listener {

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;
  private boolean headerPrinted;
  private String lastProgress = "";

  PlaybackPrinter(final PrintWriter out, final PrintWriter err, final boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  @Override
  public void event(final SentimentEvent event) {
    if (json) {
      try {
        out.println(EventJson.line(event));
      } catch (final JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    } else {
      if (!headerPrinted) {
        headerPrinted = true;
        out.println(EventText.HEADER);
      }
      out.println(EventText.line(event));
    }
    out.flush();
  }

  @Override
  public void deadLetter(final String service, final String reason) {
    tell("dead letter of " + service + ": " + reason);
  }

  @Override
  public void warning(final String text) {
    tell(text);
  }

  @Override
  public void progress(final double sent, final int events, final long windows) {
    final String text =
        String.format(
            Locale.ROOT,
            "%3.0f %% of the recording sent, %d%s events",
            100 * sent,
            events,
            windows == 0 ? "" : " of " + windows);
    if (!text.equals(lastProgress)) {
      lastProgress = text;
      tell(text);
    }
  }

  private void tell(final String text) {
    err.println("valence: " + text);
    err.flush();
  }
}
