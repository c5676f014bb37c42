package io.valence.training;

/** What the shipped bundles were trained on, and under which terms. */
final class Sources {

  private Sources() {}

  static void addDirect(final BundleWriter writer) {
    addText(writer);
  }

  private static void addText(final BundleWriter writer) {
    writer
        .trainedOn(
            "CMU-MOSI, training fold (1,284 segments of 52 videos): transcripts and labels",
            "given out for research by Carnegie Mellon University (Zadeh et al., 2016)",
            "training")
        .trainedOn(
            "CMU-MOSI, validation fold (229 segments of 10 videos): transcripts and labels",
            "given out for research by Carnegie Mellon University (Zadeh et al., 2016)",
            "choice of settings and epoch, scale of the output, width of the intervals")
        .trainedOn(
            "Stanford Sentiment Treebank, five classes (11,855 sentences of film reviews)",
            "research terms of its owners (Socher et al., 2013)",
            "pre-training")
        .trainedOn(
            "BERT-base-uncased (Devlin et al., 2019), frozen, not part of the bundle",
            "Apache-2.0",
            "features")
        .notice(
            "Weights learned from research corpora: research and evaluation only unless the owners"
                + " of CMU-MOSI and SST allow more.")
        .notice("No recording, transcript or sentence of a corpus is part of the bundle.");
  }

  static void addMosei(final BundleWriter writer) {
    addText(writer);
    writer
        .trainedOn(
            "GloVe 840B, 300 dimensions, 2,402 words (Pennington et al., 2014)",
            "Public Domain Dedication and License",
            "the base model's text features")
        .trainedOn(
            "CMU-MOSI COVAREP means of segments, 73 of 74 columns",
            "given out for research by Carnegie Mellon University (Zadeh et al., 2016)",
            "normalisation and a test of the voice")
        .trainedOn(
            "CMU-MOSEI COVAREP (35 usable columns) and OpenFace 2 (35 of 713) means of 922 videos",
            "given out for research by Carnegie Mellon University (Zadeh et al., 2018); export MIT",
            "normalisation and a test of voice and face");
  }
}
