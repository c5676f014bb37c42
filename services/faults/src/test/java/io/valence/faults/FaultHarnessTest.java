package io.valence.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.valence.features.text.BertModelCache;
import io.valence.inference.ModelStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Three seeds of the harness: {@code services/faults/run-seeds} runs a hundred. */
class FaultHarnessTest {

  private static final int WINDOWS = 35;

  @Test
  void threeSeedsLoseNothingAndDoubleNothing() throws Exception {
    final ModelStore store = ModelStore.fromEnvironment();
    assumeTrue(
        new BertModelCache(store.cache()).isComplete(),
        "BERT is not set up on this machine ('deploy/valence setup'): the faults are skipped");
    final Path folder = store.home().resolve("services/faults/target/test-run");
    final List<String> told = new ArrayList<>();
    final FaultHarness harness =
        new FaultHarness(store.home(), store.cache(), folder, 3, true, Optional.empty(), told::add);

    final List<String> violations = harness.run(List.of(1L, 2L, 3L));

    assertThat(violations).as(String.join("\n", told)).isEmpty();
    assertThat(harness.report().seeds()).isEqualTo(3);
    assertThat(told).anyMatch(line -> line.startsWith("undisturbed: " + WINDOWS + " windows of 8"));
    assertThat(harness.report().markdown())
        .contains("3 seeds, " + 3 * WINDOWS + " windows: 0 violations in 0 seeds")
        .contains("| poison record | 48 | 3 | 0 |");
  }
}
