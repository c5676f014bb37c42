package io.valence.streams;

import io.valence.schemas.RegistryUnavailableException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a stream thread waits for a registry that does not answer before it gives the record back. It must stay
 * below the ten seconds after which Kafka aborts an open transaction.
 */
final class RegistryPatience {

  static final RegistryPatience USUAL = new RegistryPatience(Duration.ofSeconds(5));

  private static final Logger log = LoggerFactory.getLogger(RegistryPatience.class);
  private static final long FIRST_WAIT_MILLIS = 100;
  private static final long LONGEST_WAIT_MILLIS = 1_000;

  private final Duration total;

  RegistryPatience(final Duration total) {
    this.total = Objects.requireNonNull(total, "total");
  }

  /**
   * Calls until the registry answers or the patience is over.
   *
   * @throws RegistryUnavailableException the last one, when the patience is over
   */
  <T> T call(final Supplier<T> call) {
    final long deadline = System.nanoTime() + total.toNanos();
    long wait = FIRST_WAIT_MILLIS;
    while (true) {
      try {
        return call.get();
      } catch (final RegistryUnavailableException e) {
        if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait) >= deadline) {
          throw e;
        }
        log.warn("{}; trying again in {} ms", e.getMessage(), wait);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(wait);
      } catch (final InterruptedException e) {
        throw new InterruptException("interrupted while waiting for the schema registry", e);
      }
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
    }
  }
}
