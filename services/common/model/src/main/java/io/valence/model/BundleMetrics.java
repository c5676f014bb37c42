package io.valence.model;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;

/**
 * What Prometheus is told of a {@link LiveBundle}, each with the tag {@code role} (live or shadow):
 * {@code valence_bundle_info} is 1 for the id and version in force, {@code valence_bundle_swaps_total}
 * and {@code valence_bundle_refused_total} count, {@code valence_bundle_refusing} is 1 while the
 * folder holds something that is refused, and {@code valence_bundle_open} says how many bundles are
 * open: one, unless a task has not taken the newest yet.
 */
public final class BundleMetrics implements BundleObserver {

  private final MeterRegistry registry;
  private final Tags role;
  private final Counter swaps;
  private final Counter refused;
  private Gauge info;

  /**
   * @param role {@code live} or {@code shadow}
   */
  public BundleMetrics(final MeterRegistry registry, final String role) {
    this.registry = registry;
    this.role = Tags.of(Tag.of("role", role));
    this.swaps = registry.counter("valence.bundle.swaps", this.role);
    this.refused = registry.counter("valence.bundle.refused", this.role);
  }

  @Override
  public synchronized void started(final LiveBundle bundle) {
    info = info(bundle.description());
    Gauge.builder("valence.bundle.refusing", () -> bundle.refusal().isPresent() ? 1 : 0)
        .description("1 while the folder holds a bundle that is refused")
        .tags(role)
        .register(registry);
    Gauge.builder("valence.bundle.open", bundle::openBundles)
        .description("bundles that are open")
        .tags(role)
        .register(registry);
  }

  @Override
  public synchronized void swapped(final BundleDescription before, final BundleDescription now) {
    registry.remove(info);
    info = info(now);
    swaps.increment();
  }

  @Override
  public void refused(final String reason) {
    refused.increment();
  }

  private Gauge info(final BundleDescription bundle) {
    return Gauge.builder("valence.bundle.info", () -> 1)
        .description("the bundle in force")
        .tags(role.and("id", bundle.id(), "version", bundle.version()))
        .register(registry);
  }
}
