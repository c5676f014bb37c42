/**
 * The whole of Valence on one machine without containers: a real Kafka broker, a real schema registry and the
 * services, each in a process of its own, started, watched and stopped together. Everything listens on the loopback
 * interface only.
 */
package io.valence.local;
