package io.valence.model;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What one task works with, made from the bundle in force: a scorer, a set of adapters. The task asks
 * for it at every record; after a swap it gets a new one, made from the new bundle, and the old one
 * is closed. In the middle of a record nothing changes under it.
 *
 * <p>Belongs to one thread at a time. Until it is closed, or has moved on, its bundle stays open.
 *
 * @param <T> what is made from a bundle
 */
public final class BundleLease<T> implements AutoCloseable {

  private final LiveBundle live;
  private final Function<ModelBundle, T> make;
  private final Consumer<T> dispose;
  private LiveBundle.Tenure tenure;
  private T tool;

  BundleLease(
      final LiveBundle live, final Function<ModelBundle, T> make, final Consumer<T> dispose) {
    this.live = live;
    this.make = make;
    this.dispose = dispose;
    take();
  }

  /** To be called once at the beginning of a record; what it gives holds until the next call. */
  public T current() {
    if (tenure == null) {
      throw new IllegalStateException("the lease of a model bundle is over");
    }
    if (!live.isCurrent(tenure)) {
      final LiveBundle.Tenure before = tenure;
      final T old = tool;
      take();
      giveBack(before, old);
    }
    return tool;
  }

  /** The bundle that the last {@link #current} was made from. */
  public ModelBundle bundle() {
    if (tenure == null) {
      throw new IllegalStateException("the lease of a model bundle is over");
    }
    return tenure.bundle();
  }

  private void take() {
    final LiveBundle.Tenure taken = live.take();
    try {
      tool = make.apply(taken.bundle());
    } catch (final RuntimeException e) {
      live.giveBack(taken);
      throw e;
    }
    tenure = taken;
  }

  private void giveBack(final LiveBundle.Tenure before, final T old) {
    try {
      dispose.accept(old);
    } finally {
      live.giveBack(before);
    }
  }

  @Override
  public void close() {
    if (tenure != null) {
      final LiveBundle.Tenure before = tenure;
      final T old = tool;
      tenure = null;
      tool = null;
      giveBack(before, old);
    }
  }
}
