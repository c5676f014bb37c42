package io.valence.evaluation;

/** An evaluation that would mislead, or cannot be made from what was given; one clear line. */
public class EvaluationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(message);
  }
}
