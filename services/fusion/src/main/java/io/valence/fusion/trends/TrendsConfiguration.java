package io.valence.fusion.trends;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The bounds of trends, {@code valence.trends.*}. */
@ConfigMapping(prefix = "valence.trends")
public interface TrendsConfiguration {

  /** Event time that the moving average and slope reach back. */
  @WithDefault("30S")
  Duration span();

  /**
   * How long by the wall clock a stream of a session may be quiet before the others wait for it no
   * longer.
   */
  @WithDefault("1M")
  Duration sessionPatience();
}
