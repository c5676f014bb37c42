package io.valence.fusion;

import io.valence.model.BundleDescription;
import io.valence.model.LiveBundle;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Says which model bundles are in force, and why what lies in their folders is not. The service is
 * ready all the same: it goes on with those in force.
 */
@Readiness
@Singleton
public class BundleHealth implements HealthCheck {

  private final LiveBundle bundle;
  private final ShadowScoring shadow;

  @Inject
  BundleHealth(final LiveBundle bundle, final ShadowScoring shadow) {
    this.bundle = bundle;
    this.shadow = shadow;
  }

  @Override
  public HealthCheckResponse call() {
    final HealthCheckResponseBuilder response = HealthCheckResponse.named("model bundle");
    tell(response, "", bundle);
    shadow.bundle().ifPresent(second -> tell(response, "shadow-", second));
    return response.up().build();
  }

  private static void tell(
      final HealthCheckResponseBuilder response, final String prefix, final LiveBundle bundle) {
    final BundleDescription inForce = bundle.description();
    response.withData(prefix + "id", inForce.id()).withData(prefix + "version", inForce.version());
    bundle.refusal().ifPresent(reason -> response.withData(prefix + "refused", reason));
  }
}
