package io.valence.fusion;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.valence.windows.JoinSettings;
import java.time.Duration;
import java.util.Optional;

/** The bounds of the window join and the shadow, {@code valence.fusion.*}. */
@ConfigMapping(prefix = "valence.fusion")
public interface FusionConfiguration {

  /**
   * How long a modality may be quiet by the wall clock before its windows go out without it; at least
   * twice the window size is always waited.
   */
  @WithDefault("30S")
  Duration stallTimeout();

  /** How much longer it may be quiet while its extractor is still at work on older media. */
  @WithDefault("1H")
  Duration backlogTimeout();

  /** How long vectors wait for their stream's descriptor before the stream is taken as it comes. */
  @WithDefault("30S")
  Duration descriptorTimeout();

  /** How many vectors of one stream wait for its descriptor. */
  @WithDefault("3000")
  int maximumHeldVectors();

  /** Grace of a stream without a descriptor, event time. */
  @WithDefault("3S")
  Duration presumedGrace();

  /** How many windows a record may lie ahead of the first open one of its stream. */
  @WithDefault("28800")
  int maximumWindowsAhead();

  /**
   * How long a stream is remembered after it was last heard of: longer than the topics keep vectors,
   * or one read again would get a second event.
   */
  @WithDefault("8D")
  Duration retention();

  /**
   * A second model bundle that scores every window as well, onto {@code sentiment.shadow}: its id
   * below {@code deploy/bundles} or the path of its folder; none if empty. See {@link ShadowScoring}.
   */
  @WithName("shadow.path")
  Optional<String> shadowPath();

  /**
   * These bounds, checked.
   *
   * @throws IllegalArgumentException naming what is out of range
   */
  default JoinSettings joinSettings() {
    return new JoinSettings(
        stallTimeout(),
        backlogTimeout(),
        descriptorTimeout(),
        maximumHeldVectors(),
        presumedGrace(),
        maximumWindowsAhead(),
        retention());
  }
}
