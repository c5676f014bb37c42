package io.valence.fusion.trends;

import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import java.util.List;
import java.util.Objects;

/** What the window join tells the trends of a stream, in the same task and transaction. */
public sealed interface StreamNews {

  /** Id of the stream. */
  String streamId();

  /**
   * A stream was announced, or its descriptor changed.
   *
   * @param descriptor what it declares
   */
  record Described(StreamDescriptor descriptor) implements StreamNews {

    public Described {
      Objects.requireNonNull(descriptor, "descriptor");
    }

    @Override
    public String streamId() {
      return descriptor.getStreamId();
    }
  }

  /**
   * Windows of a stream were decided.
   *
   * @param events of one stream, one or more, in any order
   * @param decidedThroughMicros the join has decided every window of the stream that ends at or before
   *     this, these included, microseconds of event time
   */
  record Decided(List<SentimentEvent> events, long decidedThroughMicros) implements StreamNews {

    public Decided {
      events = List.copyOf(events);
      if (events.isEmpty()) {
        throw new IllegalArgumentException("no window was decided");
      }
    }

    @Override
    public String streamId() {
      return events.get(0).getStreamId();
    }
  }

  /**
   * No more windows of a stream are to come.
   *
   * @param streamId the stream
   * @param sessionId the conversation that it belongs to; null if it stands alone
   */
  record Ended(String streamId, String sessionId) implements StreamNews {

    public Ended {
      Objects.requireNonNull(streamId, "streamId");
    }
  }
}
