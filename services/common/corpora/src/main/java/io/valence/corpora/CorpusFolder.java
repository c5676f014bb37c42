package io.valence.corpora;

import java.io.IOException;
import java.util.Set;

/** A corpus on disk: its segments, and the feature sets that lie beside them. */
public interface CorpusFolder {

  /** The segments, with the folds that the folder states. */
  Corpus corpus();

  /** The names of the feature sets, sorted. */
  Set<String> featureNames();

  /**
   * Reads one feature set for the given samples.
   *
   * @param name one of {@link #featureNames()}
   * @param samples the corpus, a part of it, or {@link Corpus#byVideo()} of it for means over whole
   *     videos
   * @throws CorpusException if there is no such set, or it is damaged
   */
  FeatureTable features(String name, Corpus samples) throws IOException;
}
