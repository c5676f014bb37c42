package io.valence.cli;

/** What a command's exit status tells a script. */
public final class ExitCode {

  /** The command did what it was asked to do. */
  public static final int DONE = 0;

  /** The command line itself is wrong: unknown option, missing argument, value out of range. */
  public static final int USAGE = 2;

  /** The command is right but what it was given is not: no media, an empty file, a corrupt corpus. */
  public static final int INPUT = 3;

  /** The machine is not ready: no free port, no space, a missing or altered model, no set-up. */
  public static final int ENVIRONMENT = 4;

  private ExitCode() {}
}
