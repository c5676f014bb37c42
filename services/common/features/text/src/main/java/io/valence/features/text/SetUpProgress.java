package io.valence.features.text;

/** Told how far a set-up has come; called from the thread that runs it, often. */
@FunctionalInterface
public interface SetUpProgress {

  /** For a caller who does not want to know. */
  SetUpProgress NONE = (step, doneBytes, totalBytes) -> {};

  /**
   * @param step what is going on, in a few words
   * @param doneBytes bytes of this step that are done
   * @param totalBytes bytes of this step in all
   */
  void report(String step, long doneBytes, long totalBytes);
}
