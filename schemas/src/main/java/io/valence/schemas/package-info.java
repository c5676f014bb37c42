/**
 * The records that travel between the services, the topics they travel on, and how they become bytes.
 *
 * <p>The records are generated from {@code src/main/avro}. On the wire a value is Confluent's format:
 * a zero byte, the schema's registry id as four bytes big-endian, and the record in Avro's binary
 * encoding; the subject of a schema is its topic's name followed by {@code -value}. Keys are the stream
 * id in UTF-8.
 */
package io.valence.schemas;
