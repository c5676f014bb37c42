package io.valence.local;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Runs another main class and ends the process when the process that started it is gone, however it went: a
 * supervisor that is killed outright leaves no orphans behind.
 */
final class Child {

  private static final int USAGE = 2;
  private static final long END_SECONDS = 20;

  private Child() {}

  /**
   * @param arguments process id of the supervisor, main class, and that class's arguments
   */
  public static void main(final String[] arguments) throws Throwable {
    if (arguments.length < 2) {
      System.err.println("usage: Child SUPERVISOR_PID MAIN_CLASS [ARGUMENT...]");
      System.exit(USAGE);
    }
    final long supervisor = Long.parseLong(arguments[0]);
    final ProcessHandle parent =
        ProcessHandle.current().parent().filter(handle -> handle.pid() == supervisor).orElse(null);
    if (parent == null) {
      System.err.println("the supervisor with process id " + supervisor + " is gone: not starting");
      System.exit(USAGE);
      return;
    }
    final Thread watch = new Thread(() -> endWith(parent), "supervisor-watch");
    watch.setDaemon(true);
    watch.start();
    try {
      Class.forName(arguments[1])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
    } catch (final InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void endWith(final ProcessHandle parent) {
    parent.onExit().join();
    // A shutdown that hangs, for instance on a broker that is gone too, must not keep the process.
    final Thread halt =
        new Thread(
            () -> {
              try {
                TimeUnit.SECONDS.sleep(END_SECONDS);
              } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(1);
            },
            "supervisor-watch-halt");
    halt.setDaemon(true);
    halt.start();
    System.exit(1);
  }
}
