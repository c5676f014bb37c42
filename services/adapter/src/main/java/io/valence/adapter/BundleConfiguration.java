package io.valence.adapter;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Which model bundle the service works with, {@code valence.bundle.*}. */
@ConfigMapping(prefix = "valence.bundle")
public interface BundleConfiguration {

  /** The id of a bundle below {@code deploy/bundles}, or the path of its folder. */
  String path();

  /** How often its folder is looked at for another bundle to take, 100 ms to one hour. */
  @WithDefault("2S")
  Duration checkInterval();
}
