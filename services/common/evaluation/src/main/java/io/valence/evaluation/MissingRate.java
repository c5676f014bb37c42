package io.valence.evaluation;

/**
 * Results with modalities missing at random.
 *
 * @param rate the chance that each modality of each sample is taken away, 0 to 1
 * @param summary over the seeds; each seed of training has its own draw of what is missing
 */
public record MissingRate(double rate, SeedSummary summary) {}
