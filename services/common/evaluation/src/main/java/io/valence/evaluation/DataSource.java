package io.valence.evaluation;

import java.util.Objects;

/**
 * Where numbers of a report come from.
 *
 * @param name of the corpus or file
 * @param use what it was used for, for instance "training (train fold)" or "test"
 * @param licence as its source states it
 */
public record DataSource(String name, String use, String licence) {

  public DataSource {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(use, "use");
    Objects.requireNonNull(licence, "licence");
  }
}
