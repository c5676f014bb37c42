package io.valence.textfeatures;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextExtractor;
import java.util.ArrayList;
import java.util.List;

/** Notes what it is given to read; its one value tells any two readings apart, its weight is the number of words. */
final class ListeningModel implements TextExtractor {

  private final List<SpokenText> read = new ArrayList<>();
  private final ContextLimits limits;

  ListeningModel(final ContextLimits limits) {
    this.limits = limits;
  }

  /** All that was not silence, as it came. */
  List<SpokenText> read() {
    return read;
  }

  @Override
  public FeatureSpace space() {
    return new FeatureSpace("words-1", List.of("reading"));
  }

  @Override
  public ContextLimits context() {
    return limits;
  }

  @Override
  public Features extract(final SpokenText text) {
    return extract(List.of(text)).get(0);
  }

  @Override
  public List<Features> extract(final List<SpokenText> texts) {
    final List<Features> features = new ArrayList<>();
    for (final SpokenText text : texts) {
      if (text.text().isBlank()) {
        features.add(Features.silent(space()));
      } else {
        read.add(text);
        features.add(
            new Features(
                space(),
                new float[] {text.hashCode() % 1_000_003},
                text.text().split(" ", -1).length,
                1));
      }
    }
    return features;
  }

  @Override
  public int pieces(final String text) {
    return text.isBlank() ? 0 : text.split(" ", -1).length;
  }

  @Override
  public void close() {}
}
