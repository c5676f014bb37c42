package io.valence.pipeline;

import io.valence.model.FeatureAdapter;
import io.valence.model.ModelBundle;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;

/**
 * Maps real-time feature vectors into the space of a bundle's base model, one adapter a modality.
 * For one thread at a time; close it before the bundle.
 */
public final class VectorAdapter implements AutoCloseable {

  private final ModelBundle bundle;
  private final InstantSource clock;
  private final Map<Modality, FeatureAdapter> adapters = new EnumMap<>(Modality.class);

  public VectorAdapter(final ModelBundle bundle, final InstantSource clock) {
    this.bundle = bundle;
    this.clock = clock;
    for (final Modality modality : Modality.values()) {
      adapters.put(modality, bundle.newAdapter(io.valence.model.Modality.valueOf(modality.name())));
    }
  }

  /**
   * The vector in the base model's space; a silent vector stays silent.
   *
   * @throws IllegalArgumentException if it is of another space than the bundle was trained on
   */
  public FeatureVector adapt(final FeatureVector vector) {
    final FeatureAdapter adapter = adapters.get(vector.getModality());
    if (!adapter.inputSpace().id().equals(vector.getSpace())) {
      throw new IllegalArgumentException(
          "a vector of space "
              + vector.getSpace()
              + " came where bundle "
              + bundle.id()
              + " "
              + bundle.version()
              + " takes "
              + adapter.inputSpace().id());
    }
    final FeatureVector.Builder builder =
        FeatureVector.newBuilder(vector)
            .setSpace(adapter.baseSpace().id())
            .setExtractor(bundle.id())
            .setExtractorVersion(bundle.version())
            .setCreatedAtMillis(clock.millis());
    if (vector.getWeight() > 0) {
      builder.setValues(FloatValues.of(adapter.adapt(FloatValues.toArray(vector.getValues()))));
    }
    return builder.build();
  }

  @Override
  public void close() {
    adapters.values().forEach(FeatureAdapter::close);
  }
}
