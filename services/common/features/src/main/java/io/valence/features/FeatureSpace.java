package io.valence.features;

import java.util.List;
import java.util.Objects;

/**
 * A named, versioned set of features: what each of the numbers of a vector means. Two vectors may be
 * compared, merged or fed to the same model only if their spaces have the same id.
 *
 * @param id the name that records and bundles carry, for instance {@code facemesh-65}
 * @param names one name for each value, in order, all different
 */
public record FeatureSpace(String id, List<String> names) {

  public FeatureSpace {
    Objects.requireNonNull(id, "id");
    names = List.copyOf(names);
    if (id.isBlank()) {
      throw new IllegalArgumentException("a feature space needs an id");
    }
    if (names.isEmpty() || names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException(
          "feature space " + id + " needs at least one name, and each name once");
    }
  }

  /** How many values a vector of this space has. */
  public int size() {
    return names.size();
  }
}
