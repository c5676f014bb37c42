/**
 * Model bundles: what they promise ({@link io.valence.model.BundleDescription}), loading them with
 * every promise checked ({@link io.valence.model.ModelBundle}), mapping features into the space of
 * the base model ({@link io.valence.model.FeatureAdapter}) and scoring ({@link
 * io.valence.model.SentimentScorer}). The trainer writes with the very records that the services
 * read. No Kafka, no records of the wire.
 */
package io.valence.model;
