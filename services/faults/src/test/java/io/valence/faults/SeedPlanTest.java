package io.valence.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SeedPlanTest {

  private static List<RecordedStream> streams;

  @BeforeAll
  static void cut() throws Exception {
    streams = RecordedSet.cut(Path.of(System.getProperty("valence.home")));
  }

  @Test
  void theSeedDecidesAll() {
    assertThat(SeedPlan.of(17, streams, true)).isEqualTo(SeedPlan.of(17, streams, true));
    assertThat(SeedPlan.of(17, streams, true)).isNotEqualTo(SeedPlan.of(18, streams, true));
  }

  @Test
  void everyPlanSendsEveryRecordAndOnePoisonOfEachKind() {
    final int chunks = streams.stream().mapToInt(stream -> stream.chunks().size()).sum();
    LongStream.rangeClosed(1, 100)
        .forEach(
            seed -> {
              final Set<List<Integer>> sent = new HashSet<>();
              final List<PoisonKind> poison = new ArrayList<>();
              long before = 0;
              for (final SeedPlan.Input input : SeedPlan.of(seed, streams, true).inputs()) {
                assertThat(input.atMillis()).isGreaterThanOrEqualTo(before);
                before = input.atMillis();
                if (input instanceof SeedPlan.Chunk chunk) {
                  sent.add(List.of(chunk.stream(), chunk.chunk()));
                } else if (input instanceof SeedPlan.Poison one) {
                  assertThat(one.kind().topics()).contains(one.topic());
                  poison.add(one.kind());
                }
              }
              assertThat(sent).hasSize(chunks);
              assertThat(poison).containsExactlyInAnyOrder(PoisonKind.values());
            });
  }

  @Test
  void aHundredSeedsHoldEveryKindOfFaultOften() {
    final Map<FaultKind, Integer> seeds = new EnumMap<>(FaultKind.class);
    LongStream.rangeClosed(1, 100)
        .mapToObj(seed -> SeedPlan.of(seed, streams, true))
        .forEach(plan -> plan.kinds().forEach(kind -> seeds.merge(kind, 1, Integer::sum)));
    assertThat(seeds).containsOnlyKeys(FaultKind.values());
    assertThat(seeds)
        .allSatisfy((kind, count) -> assertThat(count).as(kind.name()).isGreaterThan(9));
  }

  @Test
  void noDiskIsFilledWhereNoneMayBeMounted() {
    assertThat(
            LongStream.rangeClosed(1, 100)
                .mapToObj(seed -> SeedPlan.of(seed, streams, false))
                .noneMatch(plan -> plan.kinds().contains(FaultKind.FILL_DISK)))
        .isTrue();
  }
}
