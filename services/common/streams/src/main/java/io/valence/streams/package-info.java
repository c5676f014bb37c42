/**
 * How a service runs a topology: typed settings, decoding and encoding of records, dead letters, and what happens
 * on failures.
 *
 * <p>The policy, in one place:
 *
 * <ul>
 *   <li>A record that can never be processed (unreadable bytes, another schema, a null or foreign key, values out
 *       of range, a step that throws) goes to the service's dead-letter topic; processing goes on.
 *   <li>A registry that cannot be asked says nothing about the record: the service waits a little, then restarts
 *       its stream thread from the last committed offset and tries again, for as long as it takes.
 *   <li>Anything else (a schema that the registry refuses, an error of the JVM, a fault in Kafka itself) stops the
 *       service with one message.
 * </ul>
 */
package io.valence.streams;
