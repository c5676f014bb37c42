/**
 * The window join: which vectors belong together, when a window is done, and the event it gives.
 * Plain Java without Kafka: the fusion service keeps the state in its stores and forwards what is
 * decided here, a program without a broker keeps it in memory and gets the same events.
 */
package io.valence.windows;
