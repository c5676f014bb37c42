package io.valence.training;

import io.valence.evaluation.SeedSummary;
import java.util.Locale;
import java.util.Map;

/** The model cards of the shipped bundles. */
final class ModelCards {

  private ModelCards() {}

  static String direct(
      final int seeds,
      final Map<String, SeedSummary> figures,
      final double halfWidth,
      final double deviation,
      final double covered,
      final double coveredTest) {
    return String.format(
        Locale.ROOT,
        """
        # Model card: `direct`

        Scores the sentiment of a few seconds of speech from -3 (very negative) to +3 (very positive), from its
        words. The network is the cross-modal attention model for face, voice and words; in this bundle only the
        words take part (see below).

        ## What it is

        * Words: BERT-base-uncased, frozen, its ninth layer averaged by four learned attention queries
          (`bert-attention-3072`). Punctuation and case do not count.
        * The mean of %d networks from different seeds, each trained on SST-5 and then on CMU-MOSI's training fold.
        * Face (`facemesh-65`) and voice (`librosa-74`) are accepted and ignored: no labelled recording to extract
          these features from is among the training data, so there is nothing that they could have been taught.
          Their contribution is exactly 0, and events say so.

        ## Figures

        CMU-MOSI, standard folds, text only; 95 %% bootstrap intervals over the samples (2,000 draws). Layer,
        settings and epochs were chosen by the validation fold (229 segments); the test fold (686 segments) was
        scored with what came out. The attention queries are the same for all seeds.

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
        | SST-5, 11,855 sentences | pre-training | research terms of its owners |
        | BERT-base-uncased | features; not part of the bundle | Apache-2.0 |

        The weights were learned from research corpora: use them for research and evaluation.

        ## What it cannot claim

        * Nothing about faces or voices: irony that only the voice carries is read as the words say it.
        * CMU-MOSI is film reviews in English by single speakers. Other topics, dialogue and other languages were
          not measured.
        * Transcripts of CMU-MOSI are made by people. Errors of speech recognition were not part of any figure.
        * A live window of 3 s holds a piece of a sentence; the figures are for whole segments (4 s on average).
        """,
        seeds,
        Figures.table(figures),
        deviation,
        halfWidth,
        100 * covered,
        100 * coveredTest);
  }
}
