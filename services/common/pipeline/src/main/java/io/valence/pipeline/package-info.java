/**
 * The steps of the pipeline as plain functions, without Kafka: a chunk becomes feature vectors, and
 * a whole recording becomes events in one process. The services wrap the same steps in topologies,
 * so both ways give the same scores.
 */
package io.valence.pipeline;
