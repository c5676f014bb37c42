package io.valence.training;

import io.valence.features.text.ContextualPieces;

/**
 * A labelled text as the network reads it.
 *
 * @param id for messages and reports
 * @param pieces the text with what was said before
 * @param label sentiment, -3 to 3
 */
record TextSample(String id, ContextualPieces pieces, float label) {

  TextSample {
    if (!(Math.abs(label) <= 3)) {
      throw new IllegalArgumentException(id + ": label " + label + " is outside -3 to 3");
    }
  }

  int length() {
    return pieces.ids().length;
  }
}
