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
 * Says which model bundle is in force, and why another that lies in its folder is not. The service is
 * ready all the same: it goes on with the one in force.
 */
@Readiness
@Singleton
public class BundleHealth implements HealthCheck {

  private final LiveBundle bundle;

  @Inject
  public BundleHealth(final LiveBundle bundle) {
    this.bundle = bundle;
  }

  @Override
  public HealthCheckResponse call() {
    final BundleDescription inForce = bundle.description();
    final HealthCheckResponseBuilder response =
        HealthCheckResponse.named("model bundle")
            .withData("id", inForce.id())
            .withData("version", inForce.version());
    bundle.refusal().ifPresent(reason -> response.withData("refused", reason));
    return response.up().build();
  }
}
