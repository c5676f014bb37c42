package io.valence.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamState;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What is counted: chunks and payload bytes by modality, streams by how they ended. */
final class IngestMeters {

  private final Map<Modality, Counter> chunks = new EnumMap<>(Modality.class);
  private final Map<Modality, Counter> bytes = new EnumMap<>(Modality.class);
  private final Map<StreamState, Counter> streams = new EnumMap<>(StreamState.class);

  IngestMeters(final MeterRegistry registry) {
    for (final Modality modality : Modality.values()) {
      final String tag = modality.name().toLowerCase(Locale.ROOT);
      chunks.put(modality, registry.counter("valence.ingest.chunks", "modality", tag));
      bytes.put(modality, registry.counter("valence.ingest.payload.bytes", "modality", tag));
    }
    for (final StreamState state : StreamState.values()) {
      if (state != StreamState.OPEN) {
        streams.put(
            state,
            registry.counter(
                "valence.ingest.streams", "state", state.name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  void chunk(final Modality modality, final int payloadBytes) {
    chunks.get(modality).increment();
    bytes.get(modality).increment(payloadBytes);
  }

  void ended(final StreamState state) {
    streams.get(state).increment();
  }
}
