package io.valence.training;

import ai.djl.engine.Engine;
import io.valence.inference.ModelStore;

/**
 * Starts DJL's PyTorch engine the one way it is used here: one thread, no network, no telemetry.
 *
 * <p>One thread because results repeat bit for bit only for a fixed number of threads, and because
 * the default spins in OpenMP and becomes a hundred times slower beside another busy process.
 */
final class TorchEngine {

  private static final String PYTORCH = "PyTorch";

  private TorchEngine() {}

  /**
   * The engine, with its random numbers started from a seed.
   *
   * @throws TrainingException if its native library cannot be loaded
   */
  static Engine seeded(final long seed) {
    final Engine engine = get();
    // The engine keeps the low 32 bits only.
    engine.setRandomSeed((int) (seed ^ (seed >>> 32)));
    return engine;
  }

  static synchronized Engine get() {
    setUnlessGiven("ai.djl.pytorch.num_threads", "1");
    setUnlessGiven("ai.djl.pytorch.num_interop_threads", "1");
    setUnlessGiven("ai.djl.offline", "true");
    setUnlessGiven("OPT_OUT_TRACKING", "true");
    if (System.getenv("DJL_CACHE_DIR") == null) {
      // Unpacking takes 430 MB once; a build folder would do it again after every clean.
      setUnlessGiven(
          "DJL_CACHE_DIR", ModelStore.fromEnvironment().cache().resolve("djl").toString());
    }
    try {
      return Engine.getEngine(PYTORCH);
    } catch (final RuntimeException | LinkageError e) {
      throw new TrainingException(
          "PyTorch's native library cannot be loaded ("
              + e.getMessage()
              + "); training runs on linux-x86_64 and needs 500 MB in the cache folder",
          e);
    }
  }

  private static void setUnlessGiven(final String property, final String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
