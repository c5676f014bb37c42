package io.valence.adapter;

import io.valence.model.BundleLease;
import io.valence.model.LiveBundle;
import io.valence.pipeline.VectorAdapter;
import io.valence.schemas.FeatureVector;
import io.valence.streams.RecordStep;
import java.time.InstantSource;
import java.util.List;

/**
 * Maps one vector into the space of the bundle's base model. May be called by several stream
 * threads: they take turns, for a vector takes well under a millisecond.
 *
 * <p>Each vector is mapped by the bundle in force when it is taken up, and names that bundle. A swap
 * never shows within a vector; two vectors of one window may be mapped by two bundles, which fusion
 * may merge because both lie in the same base space, in its raw units. An adapter that gets nothing
 * to do keeps the bundle that it used last until the next vector comes.
 */
final class AdapterStep implements RecordStep<FeatureVector, FeatureVector>, AutoCloseable {

  private final BundleLease<VectorAdapter> adapters;

  AdapterStep(final LiveBundle bundle, final InstantSource clock) {
    this.adapters =
        bundle.lease(inForce -> new VectorAdapter(inForce, clock), VectorAdapter::close);
  }

  @Override
  public synchronized List<FeatureVector> apply(final FeatureVector vector) {
    return List.of(adapters.current().adapt(vector));
  }

  @Override
  public synchronized void close() {
    adapters.close();
  }
}
