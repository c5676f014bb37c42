package io.valence.inference;

import ai.onnxruntime.OrtEnvironment;

/**
 * The one environment of ONNX Runtime in this process.
 *
 * <p>When its environment is made, ONNX Runtime 1.29 matches a regular expression against the whole
 * command line of the process by deep recursion: with some 3,000 characters of arguments or class
 * path it overflows an ordinary stack and takes the process down without a word. So the environment
 * is made once in a thread that has a stack deep enough; memory is taken only as far as it is used.
 */
final class OrtRuntime {

  private static final long STACK_BYTES = 512L << 20;

  private static OrtEnvironment environment;

  private OrtRuntime() {}

  static synchronized OrtEnvironment environment() {
    if (environment == null) {
      final Thread thread =
          new Thread(
              null, () -> environment = OrtEnvironment.getEnvironment(), "ort-start", STACK_BYTES);
      thread.start();
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (final InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (environment == null) {
        // What failed there is thrown again here, to this caller.
        environment = OrtEnvironment.getEnvironment();
      }
    }
    return environment;
  }
}
