package io.valence.adapter;

import io.valence.model.ModelBundle;
import io.valence.pipeline.VectorAdapter;
import io.valence.schemas.FeatureVector;
import io.valence.streams.RecordStep;
import java.time.InstantSource;
import java.util.List;

/**
 * Maps one vector into the space of the bundle's base model. May be called by several stream
 * threads: they take turns, for a vector takes well under a millisecond.
 */
final class AdapterStep implements RecordStep<FeatureVector, FeatureVector>, AutoCloseable {

  private final VectorAdapter adapter;

  AdapterStep(final ModelBundle bundle, final InstantSource clock) {
    this.adapter = new VectorAdapter(bundle, clock);
  }

  @Override
  public synchronized List<FeatureVector> apply(final FeatureVector vector) {
    return List.of(adapter.adapt(vector));
  }

  @Override
  public synchronized void close() {
    adapter.close();
  }
}
