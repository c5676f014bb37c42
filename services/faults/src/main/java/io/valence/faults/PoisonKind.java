package io.valence.faults;

import io.valence.schemas.Modality;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Records that no service can process, and the topics that they make sense on. */
enum PoisonKind {
  RANDOM_BYTES(Where.ANYWHERE),
  EMPTY_VALUE(Where.ANYWHERE),
  /** On {@code streams} a null forgets a stream: no poison there. */
  NULL_VALUE(Where.MEDIA_AND_VECTORS),
  WRONG_MAGIC_BYTE(Where.ANYWHERE),
  UNKNOWN_SCHEMA_ID(Where.ANYWHERE),
  OTHER_RECORD_TYPE(Where.ANYWHERE),
  TRUNCATED_RECORD(Where.ANYWHERE),
  KEY_OF_ANOTHER_STREAM(Where.ANYWHERE),
  KEY_NOT_UTF8(Where.ANYWHERE),
  /** A compacted topic such as {@code streams} takes none. */
  NO_KEY(Where.MEDIA_AND_VECTORS),
  NOT_A_NUMBER(Where.VECTORS),
  WRONG_SPACE(Where.VECTORS),
  /** Sound in itself, but its stream has no such window. */
  WINDOW_OFF_THE_GRID(Where.ADAPTED),
  OVERSIZE_NUMBERS(Where.ANYWHERE),
  TRUNCATED_MATROSKA(Where.VIDEO),
  UNDECODABLE_PAYLOAD(Where.MEDIA);

  private enum Where {
    ANYWHERE,
    MEDIA_AND_VECTORS,
    MEDIA,
    VIDEO,
    VECTORS,
    ADAPTED
  }

  private final Where where;

  PoisonKind(final Where where) {
    this.where = where;
  }

  /** The topics that this kind is put on. */
  List<String> topics() {
    final List<Topic> topics = new ArrayList<>();
    if (where == Where.VIDEO) {
      topics.add(TopicCatalogue.raw(Modality.VISUAL));
    }
    for (final Modality modality : Modality.values()) {
      if (where == Where.ANYWHERE || where == Where.MEDIA_AND_VECTORS || where == Where.MEDIA) {
        topics.add(TopicCatalogue.raw(modality));
      }
      if (where == Where.ANYWHERE || where == Where.MEDIA_AND_VECTORS || where == Where.VECTORS) {
        topics.add(TopicCatalogue.features(modality));
      }
      if (where == Where.ANYWHERE
          || where == Where.MEDIA_AND_VECTORS
          || where == Where.VECTORS
          || where == Where.ADAPTED) {
        topics.add(TopicCatalogue.adapted(modality));
      }
    }
    if (where == Where.ANYWHERE) {
      topics.add(TopicCatalogue.STREAMS);
    }
    return topics.stream().map(Topic::name).toList();
  }

  /** The service that reads a topic, and whose dead letters a poison record on it becomes. */
  static String reader(final String topic) {
    if (topic.equals(TopicCatalogue.raw(Modality.VISUAL).name())) {
      return "visual-features";
    }
    if (topic.equals(TopicCatalogue.raw(Modality.AUDIO).name())) {
      return "audio-features";
    }
    if (topic.equals(TopicCatalogue.raw(Modality.TEXT).name())) {
      return "text-features";
    }
    return Arrays.stream(Modality.values())
            .anyMatch(modality -> topic.equals(TopicCatalogue.features(modality).name()))
        ? "adapter"
        : "fusion";
  }

  /** The modality of a topic's records; VISUAL for a topic that has none. */
  static Modality modality(final String topic) {
    return Arrays.stream(Modality.values())
        .filter(
            modality ->
                List.of(
                        TopicCatalogue.raw(modality).name(),
                        TopicCatalogue.features(modality).name(),
                        TopicCatalogue.adapted(modality).name())
                    .contains(topic))
        .findFirst()
        .orElse(Modality.VISUAL);
  }
}
