package io.valence.training;

import io.valence.evaluation.SeedSummary;
import java.util.Locale;
import java.util.Map;

/** The model cards of the shipped bundles. */
final class ModelCards {

  private ModelCards() {}

  static String direct(
      final String experts,
      final int networks,
      final String space,
      final Map<String, SeedSummary> figures,
      final double faithful,
      final Reliability reliability) {
    return String.format(
        Locale.ROOT,
        """
        # Model card: `direct`

        Scores the sentiment of a few seconds of speech from -3 (very negative) to +3 (very positive), from its
        words and those before them. The network is the cross-modal attention model for face, voice and words; in
        this bundle only the words take part (see below).

        ## What it is

        * Words: BERT-base-uncased tuned to sentiment by a text expert (`%s`): differences of rank 8 on its dense
          matrices, learned on SST-5 and then on CMU-MOSI's training fold with up to three preceding segments as
          context. The file `text-expert.vtd` holds them in half precision; they are merged into BERT's matrices
          when the model cache is written. Punctuation and case do not count.
        * Live words are read by utterances: where one ends is found by a logistic regression on what BERT makes of
          them after half of its layers (in the same file), learned from the ends of the training fold's segments;
          `valence train-text` says how many it finds. Events say the sentiment of each word.
        * Seeds of the expert that were trained: %s;
          the one with the highest validation r is in the bundle. The fusion model is the mean of %d small
          networks that were taught by the expert's own head; on the test fold their scores and the head's correlate
          with r %.4f.
        * Face (`facemesh-65`) and voice (`librosa-74`) are accepted and ignored: no labelled recording to extract
          these features from is among the training data, so there is nothing that they could have been taught.
          Their contribution is exactly 0, and events say so. A subset without words gives the prior score.

        ## Figures

        CMU-MOSI, standard folds, text only, with context; 95 %% bootstrap intervals over the samples (2,000
        draws). Epoch and expert were chosen by the validation fold (229 segments). The test fold (686 segments)
        was scored with what came out.

        %s
        * Standard deviation of the output over that of the labels, validation: %.2f.
        * The 95 %% interval is the score ± %.2f. It holds %.1f %% of the validation labels (by construction, since
          its width was set there) and %.1f %% of the test labels.

        ## Data and licences

        | data | use | terms |
        |---|---|---|
        | CMU-MOSI training fold, 1,284 transcribed segments | training | research (Carnegie Mellon University) |
        | CMU-MOSI validation fold, 229 segments | choices, scale, intervals | the same |
        | CMU-MOSI test fold, 686 segments | the figures above only | the same |
        | SST-5: 9,645 sentences for the expert, all 11,855 for the fusion model | pre-training | research terms of its owners |
        | BERT-base-uncased | base of the words' features; not part of the bundle | Apache-2.0 |

        The weights were learned from research corpora: use them for research and evaluation.

        ## What it cannot claim

        * Nothing about faces or voices: irony that only the voice carries is read as the words say it.
        * CMU-MOSI is film reviews in English by single speakers. Other topics, dialogue and other languages were
          not measured.
        * Transcripts of CMU-MOSI are made by people. Errors of speech recognition were not part of any figure.
        * A live window of 3 s holds a piece of a sentence; the figures are for whole segments (4 s on average).
          `deploy/valence evaluate-live` measures what is left of them in windows, as the services read them.
        """,
        space,
        experts,
        networks,
        faithful,
        Figures.table(figures),
        reliability.deviation(),
        reliability.halfWidth(),
        100 * reliability.covered(),
        100 * reliability.coveredTest());
  }

  /** How far the scores can be trusted. */
  record Reliability(double halfWidth, double deviation, double covered, double coveredTest) {}

  static String mosei(
      final int seeds,
      final Map<String, SeedSummary> figures,
      final Map<String, Object> objectives,
      final AdapterObjective chosen,
      final Reliability reliability,
      final double wordCoverage,
      final String face,
      final String voice) {
    final StringBuilder table =
        new StringBuilder(
            "| objective | target-space error | variance kept | validation r |\n|---|---|---|---|\n");
    objectives.forEach(
        (name, result) -> {
          final Map<?, ?> numbers = (Map<?, ?>) result;
          table
              .append("| ")
              .append(name)
              .append(" | ")
              .append(numbers.get("targetError"))
              .append(" | ")
              .append(numbers.get("varianceKept"))
              .append(" | ")
              .append(numbers.get("downstreamPearson"))
              .append(" |\n");
        });
    return String.format(
        Locale.ROOT,
        """
        # Model card: `mosei`

        The method of the methodology: adapters lead the extractors' features (65 / 74 / 768) into the feature
        spaces of CMU-MOSEI (OpenFace 2 713 / COVAREP 74 / GloVe 300), where a base model scores them from -3 to
        +3. Made to show the method on what data there is; `direct` is the better bundle.

        ## What it is

        * The base model is the mean of %d networks from different seeds, each trained on SST-5 (words) and 635
          training videos of CMU-MOSEI (face and voice, averaged over whole videos), then on CMU-MOSI's training
          fold (words and voice).
        * The text adapter leads BERT-base-uncased means into GloVe means; it was trained on the true pairs of
          CMU-MOSI's training fold, objective `%s`, chosen by the validation fold:

        %s
          (target error in deviations of the target space; random pairs collapse to the mean, as theory says;
          `nearest` needs two spaces with the same columns.)
        * Words alone take part. There is no recording that pairs FaceMesh with OpenFace 2 or librosa with COVAREP,
          so those adapters give the mean of their space, both modalities are marked as not informative, and their
          contribution is exactly 0. The base model's own r without words: face %s (CMU-MOSEI validation videos),
          voice %s (CMU-MOSI validation segments).

        ## Figures

        CMU-MOSI, standard folds, text only, mean of the seeds; 95 %% bootstrap intervals over the samples (2,000
        draws). The seeds are those of the base model; there is one adapter. "Native" is the base model on GloVe
        itself, "adapted" on BERT through the adapter that was chosen, "by true pairs" through that of objective
        `paired`.

        %s
        * Standard deviation of the output over that of the labels, validation: %.2f.
        * The 95 %% interval is the score ± %.2f. It holds %.1f %% of the validation labels (by construction) and
          %.1f %% of the test labels.

        ## Data and licences

        | data | use | terms |
        |---|---|---|
        | CMU-MOSI training fold: transcripts, labels, COVAREP means (73 of 74 columns) | training | research |
        | CMU-MOSI validation fold | choices, scale, intervals | research |
        | CMU-MOSI test fold | the figures above only | research |
        | CMU-MOSEI: labels, video-level OpenFace 2 (first 35 of 713 columns, bookkeeping left out) and COVAREP (40 of 74) | training of face and voice, test of the face | research; export MIT |
        | SST-5, 11,855 sentences | pre-training | research terms of its owners |
        | GloVe 840B, 2,402 words | text features of the base | Public Domain Dedication and License |
        | BERT-base-uncased | features; not part of the bundle | Apache-2.0 |

        ## What it cannot claim

        * CMU-MOSEI's transcripts and its complete OpenFace 2, COVAREP and word-vector files were not at hand. The
          columns that were missing have mean 0 and deviation 1; nothing was learned for them.
        * The GloVe table covers %.1f %% of the words of CMU-MOSI; the others were left out of the means. Adapted
          features do better than native ones because BERT also reads the words that the table lacks.
        * Nothing about faces or voices. The whole method with all of CMU-MOSEI was run on planted data only.
        """,
        seeds,
        chosen.label(),
        table,
        face,
        voice,
        Figures.table(figures),
        reliability.deviation(),
        reliability.halfWidth(),
        100 * reliability.covered(),
        100 * reliability.coveredTest(),
        100 * wordCoverage);
  }
}
