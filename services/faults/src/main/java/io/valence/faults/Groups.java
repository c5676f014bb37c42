package io.valence.faults;

import io.valence.schemas.Modality;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** How far the services' consumer groups are. */
final class Groups implements AutoCloseable {

  private static final String PREFIX = "valence-";
  private static final long PATIENCE_SECONDS = 3;

  private final Admin admin;
  private final Set<TopicPartition> all = new HashSet<>();

  Groups(final String bootstrapServers, final int partitions) {
    admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                300));
    for (final Topic topic : TopicCatalogue.all()) {
      for (int partition = 0; partition < partitions; partition++) {
        all.add(new TopicPartition(topic.name(), partition));
      }
    }
  }

  private static <T> T get(final KafkaFuture<T> future) throws Unavailable, InterruptedException {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (final ExecutionException | TimeoutException e) {
      throw new Unavailable(e);
    }
  }

  /** The broker did not answer. */
  static final class Unavailable extends Exception {
    private static final long serialVersionUID = 1L;

    Unavailable(final Throwable cause) {
      super("the broker does not tell of its groups: " + cause.getMessage(), cause);
    }
  }

  /** Ids of the members of each service's group, for groups that are stable. */
  Map<String, Set<String>> stableMembers() throws Unavailable, InterruptedException {
    final Map<String, Set<String>> members = new HashMap<>();
    final List<String> groups =
        FaultyStack.SERVICES.stream()
            .filter(service -> !service.equals("ingest"))
            .map(service -> PREFIX + service)
            .toList();
    for (final ConsumerGroupDescription group :
        get(admin.describeConsumerGroups(groups).all()).values()) {
      if (group.groupState() == GroupState.STABLE) {
        members.put(
            group.groupId().substring(PREFIX.length()),
            group.members().stream()
                .map(MemberDescription::consumerId)
                .collect(Collectors.toSet()));
      }
    }
    return members;
  }

  /** Topics that a service must have read to the end. */
  private static List<String> inputs(final String group) {
    final List<String> topics = new ArrayList<>();
    final String service = group.substring(PREFIX.length());
    for (final Topic topic : TopicCatalogue.all()) {
      final String name = topic.name();
      final boolean read =
          name.startsWith("raw.")
              || name.equals(TopicCatalogue.STREAMS.name())
              || Arrays.stream(Modality.values())
                  .anyMatch(
                      modality ->
                          name.equals(TopicCatalogue.features(modality).name())
                              || name.equals(TopicCatalogue.adapted(modality).name()));
      if (read && PoisonKind.reader(name).equals(service)) {
        topics.add(name);
      }
    }
    return topics;
  }

  /**
   * What is still to be done, by group or topic; empty when all is read and no transaction is open. Looks from the
   * source down: what a service has still to write is seen before its readers are asked.
   */
  Map<String, String> unfinished() throws Unavailable, InterruptedException {
    final Map<String, String> unfinished = new TreeMap<>();
    final List<String> groups =
        get(admin.listGroups().all()).stream()
            .map(group -> group.groupId())
            .filter(id -> id.startsWith(PREFIX))
            .sorted((a, b) -> Integer.compare(stage(a), stage(b)))
            .toList();
    for (final String service : FaultyStack.SERVICES) {
      if (!service.equals("ingest") && !groups.contains(PREFIX + service)) {
        unfinished.put(service, "has no consumer group");
      }
    }
    for (final String group : groups) {
      final Map<TopicPartition, Long> ends = ends(all, IsolationLevel.READ_UNCOMMITTED);
      final Map<TopicPartition, OffsetAndMetadata> committed =
          get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
      final Set<TopicPartition> mine = new HashSet<>(committed.keySet());
      all.stream()
          .filter(partition -> inputs(group).contains(partition.topic()))
          .forEach(mine::add);
      for (final TopicPartition partition : mine) {
        final OffsetAndMetadata at = committed.get(partition);
        final long lag = ends.getOrDefault(partition, 0L) - (at == null ? 0 : at.offset());
        if (lag > 0) {
          unfinished.merge(group, partition + " lags by " + lag, (a, b) -> a + ", " + b);
        }
      }
    }
    final Map<TopicPartition, Long> stable = ends(all, IsolationLevel.READ_COMMITTED);
    ends(all, IsolationLevel.READ_UNCOMMITTED)
        .forEach(
            (partition, end) -> {
              if (stable.get(partition) < end) {
                unfinished.put(partition.toString(), "has an open transaction");
              }
            });
    return unfinished;
  }

  private static int stage(final String group) {
    return switch (group.substring(PREFIX.length())) {
      case "visual-features", "audio-features", "text-features" -> 0;
      case "adapter" -> 1;
      case "fusion" -> 2;
      default -> 3;
    };
  }

  private Map<TopicPartition, Long> ends(
      final Collection<TopicPartition> partitions, final IsolationLevel level)
      throws Unavailable, InterruptedException {
    final Map<TopicPartition, OffsetSpec> query = new HashMap<>();
    partitions.forEach(partition -> query.put(partition, OffsetSpec.latest()));
    final Map<TopicPartition, Long> ends = new HashMap<>();
    get(admin.listOffsets(query, new ListOffsetsOptions(level)).all())
        .forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  @Override
  public void close() {
    admin.close();
  }
}
