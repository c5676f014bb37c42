package io.valence.cli;

import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * A recording's sentiment as a picture: the score over time with its 95 % interval, and under it one
 * lane for each modality, where a bar's height is the contribution to the score (up is towards
 * positive) and its shade the quality. Drawn with Java2D: a stepped score over lanes of bars on one
 * shared time axis is no chart that a plotting library offers.
 */
final class EventPlot {

  private static final int WIDTH = 1200;
  private static final int LEFT = 90;
  private static final int RIGHT = 30;
  private static final int SCORE_TOP = 60;
  private static final int SCORE_HEIGHT = 300;
  private static final int LANE_HEIGHT = 80;
  private static final int LANE_GAP = 22;
  private static final int BOTTOM = 60;
  private static final double MAX_SCORE = 3;
  private static final double MICROS_PER_SECOND = 1e6;

  private static final Color INK = new Color(0x22, 0x2b, 0x36);
  private static final Color FAINT = new Color(0xd8, 0xdd, 0xe3);
  private static final Color SCORE = new Color(0x1f, 0x5f, 0xa8);
  private static final Color BAND = new Color(0x1f, 0x5f, 0xa8, 45);
  private static final Color POSITIVE = new Color(0x2a, 0x8f, 0x5b);
  private static final Color NEGATIVE = new Color(0xc2, 0x41, 0x2d);
  private static final Color NEUTRAL = new Color(0x9a, 0xa4, 0xb0);

  private final List<SentimentEvent> events;
  private final double start;
  private final double end;

  private EventPlot(final List<SentimentEvent> events) {
    this.events = events;
    this.start = events.get(0).getWindowStartMicros() / MICROS_PER_SECOND;
    this.end = events.get(events.size() - 1).getWindowEndMicros() / MICROS_PER_SECOND;
  }

  /**
   * Writes the picture as PNG.
   *
   * @param events at least one, in order of their windows
   */
  static void write(final String title, final List<SentimentEvent> events, final Path file)
      throws IOException {
    final BufferedImage image = new EventPlot(events).draw(title);
    try (OutputStream out = Files.newOutputStream(file)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("this Java has no PNG writer");
      }
    }
  }

  private BufferedImage draw(final String title) {
    final int height =
        SCORE_TOP + SCORE_HEIGHT + Modality.values().length * (LANE_HEIGHT + LANE_GAP) + BOTTOM;
    final BufferedImage image = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
    final Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, WIDTH, height);
      g.setColor(INK);
      g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
      g.drawString("Sentiment of " + title, LEFT, 32);
      g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
      drawScore(g);
      int top = SCORE_TOP + SCORE_HEIGHT + LANE_GAP;
      for (final Modality modality : Modality.values()) {
        drawLane(g, modality, top);
        top += LANE_HEIGHT + LANE_GAP;
      }
      drawTimeAxis(g, top - LANE_GAP + 6);
    } finally {
      g.dispose();
    }
    return image;
  }

  private void drawScore(final Graphics2D g) {
    for (int value = -3; value <= 3; value++) {
      final double y = scoreY(value);
      g.setColor(value == 0 ? NEUTRAL : FAINT);
      g.fill(new Rectangle2D.Double(LEFT, y, WIDTH - LEFT - RIGHT, 1));
      g.setColor(INK);
      g.drawString(
          value == 0 ? "0" : String.format(Locale.ROOT, "%+d", value), LEFT - 32, (float) y + 5);
    }
    g.setColor(INK);
    g.drawString("score", 12, SCORE_TOP + 5);
    g.setColor(BAND);
    for (final SentimentEvent event : events) {
      final double top = scoreY(event.getIntervalHigh());
      g.fill(
          new Rectangle2D.Double(
              timeX(event.getWindowStartMicros()),
              top,
              timeX(event.getWindowEndMicros()) - timeX(event.getWindowStartMicros()),
              scoreY(event.getIntervalLow()) - top));
    }
    final Path2D steps = new Path2D.Double();
    for (final SentimentEvent event : events) {
      final double y = scoreY(event.getScore());
      if (steps.getCurrentPoint() == null) {
        steps.moveTo(timeX(event.getWindowStartMicros()), y);
      } else {
        steps.lineTo(timeX(event.getWindowStartMicros()), y);
      }
      steps.lineTo(timeX(event.getWindowEndMicros()), y);
    }
    g.setColor(SCORE);
    g.setStroke(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(steps);
  }

  private void drawLane(final Graphics2D g, final Modality modality, final int top) {
    final double middle = top + LANE_HEIGHT / 2.0;
    g.setColor(FAINT);
    g.fill(new Rectangle2D.Double(LEFT, middle, WIDTH - LEFT - RIGHT, 1));
    g.setColor(INK);
    g.drawString(
        switch (modality) {
          case VISUAL -> "face";
          case AUDIO -> "voice";
          case TEXT -> "words";
        },
        12,
        (float) middle + 5);
    final double largest =
        Math.max(
            0.5,
            events.stream()
                .flatMap(event -> event.getModalities().stream())
                .mapToDouble(report -> Math.abs(report.getContribution()))
                .max()
                .orElse(0));
    for (final SentimentEvent event : events) {
      final ModalityReport report =
          event.getModalities().stream()
              .filter(candidate -> candidate.getModality() == modality)
              .findFirst()
              .orElseThrow();
      final double left = timeX(event.getWindowStartMicros()) + 1;
      final double width = Math.max(1, timeX(event.getWindowEndMicros()) - left - 1);
      if (report.getStatus() != ModalityStatus.PRESENT) {
        label(g, report.getStatus().name().toLowerCase(Locale.ROOT), left, width, middle);
        continue;
      }
      // Quality is shown as opacity: a face seen in half of the frames gives a pale bar.
      final int opacity = (int) Math.round(70 + 185 * report.getQuality());
      if (!report.getInformative()) {
        g.setColor(withOpacity(NEUTRAL, opacity));
        g.fill(new Rectangle2D.Double(left, middle - 3, width, 6));
        label(g, "unused", left, width, middle - 10);
        continue;
      }
      final double length = report.getContribution() / largest * (LANE_HEIGHT / 2.0);
      g.setColor(withOpacity(length >= 0 ? POSITIVE : NEGATIVE, opacity));
      g.fill(
          new Rectangle2D.Double(
              left, Math.min(middle, middle - length), width, Math.max(1, Math.abs(length))));
      g.setColor(INK);
      label(
          g,
          String.format(Locale.ROOT, "%+.2f", report.getContribution()),
          left,
          width,
          length >= 0 ? middle + 14 : middle - 5);
    }
  }

  private static void label(
      final Graphics2D g,
      final String text,
      final double left,
      final double width,
      final double y) {
    final double textWidth = g.getFontMetrics().stringWidth(text);
    if (textWidth <= width - 4) {
      g.setColor(INK);
      g.drawString(text, (float) (left + (width - textWidth) / 2), (float) y);
    }
  }

  private void drawTimeAxis(final Graphics2D g, final int top) {
    final double span = end - start;
    final double[] steps = {1, 3, 6, 15, 30, 60, 150, 300, 600, 1800, 3600, 7200};
    double step = steps[steps.length - 1];
    for (final double candidate : steps) {
      if (span / candidate <= 20) {
        step = candidate;
        break;
      }
    }
    g.setColor(INK);
    for (double t = Math.ceil(start / step) * step; t <= end + 1e-9; t += step) {
      final double x = timeX(Math.round(t * MICROS_PER_SECOND));
      g.fill(new Rectangle2D.Double(x, top, 1, 6));
      final String text = String.format(Locale.ROOT, "%.0f", t);
      g.drawString(text, (float) (x - g.getFontMetrics().stringWidth(text) / 2.0), top + 20);
    }
    g.drawString("seconds", WIDTH / 2 - 20, top + 40);
  }

  private double timeX(final long micros) {
    return LEFT
        + (micros / MICROS_PER_SECOND - start)
            / Math.max(1e-9, end - start)
            * (WIDTH - LEFT - RIGHT);
  }

  private static double scoreY(final double score) {
    return SCORE_TOP + (MAX_SCORE - score) / (2 * MAX_SCORE) * SCORE_HEIGHT;
  }

  private static Color withOpacity(final Color color, final int opacity) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), opacity);
  }
}
