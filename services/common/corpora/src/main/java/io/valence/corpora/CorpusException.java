package io.valence.corpora;

import java.io.IOException;

/**
 * A corpus that cannot be used as it is: something is missing from a folder, a file is damaged, a
 * number is outside its range. The message is one line that names the place, says what is wrong and
 * what to do; it is meant to be shown to the user as it stands.
 */
public class CorpusException extends IOException {

  private static final long serialVersionUID = 1L;

  public CorpusException(String message) {
    super(message);
  }

  public CorpusException(String message, Throwable cause) {
    super(message, cause);
  }
}
