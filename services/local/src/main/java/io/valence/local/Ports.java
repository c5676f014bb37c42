package io.valence.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** TCP ports of the loopback interface. */
final class Ports {

  private static final int HIGHEST = 65_535;

  // What was given but is not listened on yet looks free to the system.
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /**
   * A port that is free now. Another process may take it before it is used: whoever uses it must say so then.
   *
   * @throws LocalStackException if there is none
   */
  static int free() {
    while (true) {
      final int port = anyFree();
      if (GIVEN.add(port)) {
        return port;
      }
    }
  }

  private static int anyFree() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (final IOException e) {
      throw new LocalStackException(
          "there is no free port on this machine ("
              + e.getMessage()
              + "): end programs that hold many",
          e);
    }
  }

  /** The wished port, or any free one for 0. */
  static int choose(final int wished, final String user) {
    if (wished == 0) {
      return free();
    }
    requireFree(wished, user);
    return wished;
  }

  /**
   * @throws LocalStackException if something listens on the port already
   */
  static void requireFree(final int port, final String user) {
    if (port < 1 || port > HIGHEST) {
      throw new LocalStackException(port + " is no port for " + user + ": choose 1 to " + HIGHEST);
    }
    try (ServerSocket socket = new ServerSocket()) {
      // A port whose last connections are still closing counts as free, as it does for the servers.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    } catch (final IOException e) {
      throw new LocalStackException(
          "port "
              + port
              + " for "
              + user
              + " is taken ("
              + e.getMessage()
              + "): end the program that uses it, or choose another port",
          e);
    }
  }
}
