/**
 * The ingest service: takes recordings over REST on loopback, cuts them into chunks by window, and sends
 * them to Kafka with a descriptor before and after.
 */
package io.valence.ingest;
