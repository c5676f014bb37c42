package io.valence.model;

/** Is told what becomes of a {@link LiveBundle}, by the thread that looks after it. */
public interface BundleObserver {

  /** Tells nobody. */
  BundleObserver NONE =
      new BundleObserver() {
        @Override
        public void started(final LiveBundle bundle) {}

        @Override
        public void swapped(final BundleDescription before, final BundleDescription now) {}

        @Override
        public void refused(final String reason) {}
      };

  /** The first bundle is in force. */
  void started(LiveBundle bundle);

  /** Another bundle is in force; tasks take it at their next record. */
  void swapped(BundleDescription before, BundleDescription now);

  /**
   * The folder holds something that is not taken; the bundle in force goes on.
   *
   * @param reason one line that says what is wrong and what to do
   */
  void refused(String reason);
}
