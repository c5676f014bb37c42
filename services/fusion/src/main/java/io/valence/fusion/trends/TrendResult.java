package io.valence.fusion.trends;

import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.SessionNote;
import java.util.ArrayList;
import java.util.List;

/** What is to go out; filled while something is judged. */
final class TrendResult {

  private final List<SentimentTrend> trends = new ArrayList<>();
  private final List<SentimentAlert> alerts = new ArrayList<>();
  private final List<SessionNote> notes = new ArrayList<>();
  private int late;
  private int held;

  void add(final SentimentTrend trend) {
    trends.add(trend);
  }

  void add(final SentimentAlert alert) {
    alerts.add(alert);
  }

  void add(final SessionNote note) {
    notes.add(note);
  }

  void countLate() {
    late++;
  }

  void addHeld(final int change) {
    held += change;
  }

  List<SentimentTrend> trends() {
    return List.copyOf(trends);
  }

  List<SentimentAlert> alerts() {
    return List.copyOf(alerts);
  }

  List<SessionNote> notes() {
    return List.copyOf(notes);
  }

  /** Windows that came after later ones had been judged. */
  int late() {
    return late;
  }

  /** By how many windows more, or fewer if negative, are held now. */
  int held() {
    return held;
  }
}
