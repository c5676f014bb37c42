package io.valence.model;

import io.valence.inference.InferenceException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model bundle that a service works with, and that may be replaced while it runs: the folder is
 * watched, and what is put there is taken without a restart.
 *
 * <p>How to put a bundle in place. Either the folder named in the configuration is a symbolic link,
 * and the link is moved ({@code ln -s new next && mv -T next current}): one step, the safest. Or the
 * files are replaced one by one, {@code bundle.json} last: until it comes, the old description and
 * the new files do not agree by their hashes and nothing is taken. In both cases the old files may go
 * at once; they were read when the bundle was opened.
 *
 * <p>A folder that looks different in two checks, and the same in both, is loaded beside the bundle in
 * force by a thread of its own: all of {@link ModelBundle#load}, so size and SHA-256 of every file,
 * inputs and outputs, and trial scores. If all is well it comes into force, and every task takes it
 * with its next record, see {@link BundleLease}; the old one is closed when the last task has let go
 * of it. While files are still coming the folder looks different in every check, so a slow copy is
 * waited for.
 *
 * <p>What is not taken is refused once for each state of the folder, and the bundle in force goes on:
 *
 * <ul>
 *   <li>one that is missing, half-written, altered or does not compute;
 *   <li>one with other input spaces (the extractors deliver those of the bundle in force) or other
 *       base spaces (vectors on their way, and in open windows, lie in those) or with another text
 *       expert (its vectors mean something else under the same name): that takes a restart;
 *   <li>one with the id and version of the bundle in force but another content: events name both,
 *       and two models must not go by one name.
 * </ul>
 *
 * <p>Worked example, checked every 2 s: fusion.onnx of 1.1 arrives at 3 s, bundle.json of 1.1 at 3.5 s.
 * The check at 4 s sees a new folder, the one at 6 s the same again: 1.1 is loaded, and in force a
 * moment later. Had bundle.json not come, the check at 6 s would have refused "fusion.onnx was
 * altered", once, and 1.0 would go on.
 *
 * <p>Safe for use by several threads.
 */
public final class LiveBundle implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LiveBundle.class);
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
  private static final long END_SECONDS = 30;

  private final Path folder;
  private final BundleObserver observer;

  /** Guards users and the count of open bundles. */
  private final Object lock = new Object();

  private volatile Tenure current;
  private int open = 1;

  /** Guards what a check remembers from one time to the next. */
  private final Object checking = new Object();

  private BundleFingerprint judged;
  private BundleFingerprint seen;
  private ScheduledExecutorService watcher;
  private volatile String refusal;

  /** The time of one bundle in force, and after that until the last task lets go of it. */
  static final class Tenure {
    private final ModelBundle bundle;
    private int users;
    private boolean over;

    private Tenure(final ModelBundle bundle) {
      this.bundle = bundle;
    }

    ModelBundle bundle() {
      return bundle;
    }
  }

  private LiveBundle(
      final Path folder,
      final ModelBundle first,
      final BundleFingerprint judged,
      final BundleObserver observer) {
    this.folder = folder;
    this.current = new Tenure(first);
    this.judged = judged;
    this.observer = observer;
  }

  /**
   * Loads the bundle that lies in a folder now. The folder is not watched yet, see {@link #watch}.
   *
   * @param folder the folder that holds {@code bundle.json}, or a symbolic link to it
   * @throws BundleException as {@link ModelBundle#load}
   */
  public static LiveBundle load(final Path folder, final BundleObserver observer)
      throws BundleException {
    Objects.requireNonNull(observer, "observer");
    final BundleFingerprint before = BundleFingerprint.of(folder);
    final ModelBundle first = ModelBundle.load(folder);
    if (!BundleFingerprint.of(folder).equals(before)) {
      // What was hashed and what was opened then may be two different files.
      first.close();
      throw new BundleException(
          "model bundle " + folder + " changed while it was read; start again when it is in place");
    }
    final LiveBundle live = new LiveBundle(folder, first, before, observer);
    observer.started(live);
    return live;
  }

  /**
   * Begins to look after the folder on a thread of its own, until closed.
   *
   * @param name of the thread
   * @param interval between two looks, 100 ms to one hour; a bundle is taken at the second look after
   *     it is complete
   * @throws IllegalArgumentException if the interval is out of range
   */
  public void watch(final String name, final Duration interval) {
    if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          "the check interval of a model bundle must be 100 ms to one hour, not " + interval);
    }
    synchronized (checking) {
      if (watcher != null) {
        throw new IllegalStateException("model bundle " + folder + " is watched already");
      }
      watcher =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                final Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
              });
      final long millis = interval.toMillis();
      final ScheduledFuture<?> looking =
          watcher.scheduleWithFixedDelay(this::look, millis, millis, TimeUnit.MILLISECONDS);
      log.debug("model bundle {} is watched every {}: {}", folder, interval, looking);
    }
  }

  private void look() {
    try {
      check();
    } catch (final RuntimeException e) {
      // A folder that cannot be listed for a moment, as on a network drive, is looked at again.
      log.warn(
          "model bundle {} could not be looked at, {} goes on", folder, name(current.bundle), e);
    } catch (final Error e) {
      log.error(
          "changes of model bundle {} are noticed no more; {} goes on until the service is restarted",
          folder,
          name(current.bundle),
          e);
      throw e;
    }
  }

  /**
   * Looks at the folder once, and takes what lies there if it is another bundle, whole, and looks as
   * it did in the check before.
   *
   * @return whether another bundle is in force now
   */
  public boolean check() {
    synchronized (checking) {
      final BundleFingerprint now = BundleFingerprint.of(folder);
      final boolean again = now.equals(seen);
      seen = now;
      if (now.equals(judged) || !again) {
        return false;
      }
      final ModelBundle candidate;
      try {
        candidate = ModelBundle.load(folder);
      } catch (final BundleException e) {
        refuse(now, e.getMessage());
        return false;
      } catch (final RuntimeException e) {
        refuse(now, "it cannot be loaded: " + BundleJson.firstLine(e));
        return false;
      }
      if (!BundleFingerprint.of(folder).equals(now)) {
        // What was hashed and what was opened then may be two different files: not judged yet.
        close(candidate);
        return false;
      }
      judged = now;
      return judge(candidate);
    }
  }

  private boolean judge(final ModelBundle candidate) {
    final BundleDescription running = current.bundle.description();
    final BundleDescription offered = candidate.description();
    if (offered.equals(running)) {
      close(candidate);
      if (refusal != null) {
        log.info("model bundle {} is again {}, which goes on", folder, name(current.bundle));
        refusal = null;
      }
      return false;
    }
    final Optional<String> unfit = unfit(running, offered);
    if (unfit.isPresent()) {
      close(candidate);
      refuse(judged, unfit.get());
      return false;
    }
    refusal = null;
    final String before = name(current.bundle);
    bringIntoForce(candidate);
    log.info("model bundle {} takes the place of {}, from {}", name(candidate), before, folder);
    observer.swapped(running, offered);
    return true;
  }

  private static Optional<String> unfit(
      final BundleDescription running, final BundleDescription offered) {
    for (final Modality modality : Modality.values()) {
      final BundleDescription.Space input = running.inputSpaces().get(modality);
      final BundleDescription.Space base = running.baseSpaces().get(modality);
      final BundleDescription.Space otherInput = offered.inputSpaces().get(modality);
      final BundleDescription.Space otherBase = offered.baseSpaces().get(modality);
      if (!input.equals(otherInput)) {
        return Optional.of(otherSpace(modality, "takes", otherInput, input));
      }
      if (!base.equals(otherBase)) {
        return Optional.of(otherSpace(modality, "scores in", otherBase, base));
      }
    }
    if (!running.textExpertSha256().equals(offered.textExpertSha256())) {
      return Optional.of(
          "its text expert is another one, so its words mean something else; that is no swap: stop"
              + " all services and start them with the new bundle");
    }
    if (running.id().equals(offered.id()) && running.version().equals(offered.version())) {
      return Optional.of(
          "it has the id and version of the bundle in force and another content; give it a version"
              + " of its own");
    }
    return Optional.empty();
  }

  private static String otherSpace(
      final Modality modality,
      final String what,
      final BundleDescription.Space other,
      final BundleDescription.Space running) {
    return "for "
        + modality.label()
        + " it "
        + what
        + " "
        + other.id()
        + " ("
        + other.size()
        + ") where the bundle in force has "
        + running.id()
        + " ("
        + running.size()
        + "); that is no swap: stop all services and start them with the new bundle";
  }

  private void refuse(final BundleFingerprint state, final String reason) {
    if (!BundleFingerprint.of(folder).equals(state)) {
      // It changed while it was read; what it becomes will be judged.
      return;
    }
    judged = state;
    refusal = reason;
    log.warn("model bundle in {} is refused, {} goes on: {}", folder, name(current.bundle), reason);
    observer.refused(reason);
  }

  private static String name(final ModelBundle bundle) {
    return bundle.id() + " " + bundle.version();
  }

  // Who holds what.

  private void bringIntoForce(final ModelBundle next) {
    final Tenure before;
    final boolean unused;
    synchronized (lock) {
      before = current;
      before.over = true;
      unused = before.users == 0;
      open++;
      current = new Tenure(next);
    }
    if (unused) {
      end(before);
    }
  }

  Tenure take() {
    synchronized (lock) {
      if (current.over) {
        throw new IllegalStateException("model bundle " + folder + " is closed");
      }
      current.users++;
      return current;
    }
  }

  boolean isCurrent(final Tenure tenure) {
    return tenure == current;
  }

  void giveBack(final Tenure tenure) {
    final boolean last;
    synchronized (lock) {
      tenure.users--;
      last = tenure.over && tenure.users == 0;
    }
    if (last) {
      end(tenure);
    }
  }

  private void end(final Tenure tenure) {
    close(tenure.bundle);
    synchronized (lock) {
      open--;
    }
    log.debug("model bundle {} is closed", name(tenure.bundle));
  }

  /** A session that cannot be closed is a leak, no reason to stop scoring. */
  private static void close(final ModelBundle bundle) {
    try {
      bundle.close();
    } catch (final InferenceException e) {
      log.warn("model bundle {} could not be closed", name(bundle), e);
    }
  }

  /**
   * A task's share in the bundle in force.
   *
   * @param make from a bundle to what the task works with
   * @param dispose closes what was made; the bundle is closed after it
   */
  public <T> BundleLease<T> lease(final Function<ModelBundle, T> make, final Consumer<T> dispose) {
    return new BundleLease<>(this, make, dispose);
  }

  /** The bundle in force says of itself. */
  public BundleDescription description() {
    return current.bundle.description();
  }

  /** The folder that is looked after. */
  public Path folder() {
    return folder;
  }

  /** Why what lies in the folder is not in force; empty if it is. */
  public Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** How many bundles are open: one, and during a swap those that a task still holds. */
  public int openBundles() {
    synchronized (lock) {
      return open;
    }
  }

  /** Stops watching; the bundle in force is closed when the last task has let go of it. */
  @Override
  public void close() {
    final ScheduledExecutorService watching;
    synchronized (checking) {
      watching = watcher;
      watcher = null;
    }
    if (watching != null) {
      watching.shutdown();
      try {
        if (!watching.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
          log.warn("the thread that watches model bundle {} does not end", folder);
        }
      } catch (final InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    final Tenure last;
    final boolean unused;
    synchronized (lock) {
      last = current;
      unused = !last.over && last.users == 0;
      last.over = true;
    }
    if (unused) {
      end(last);
    }
  }
}
