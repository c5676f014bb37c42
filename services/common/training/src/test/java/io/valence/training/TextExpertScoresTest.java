package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.corpora.Fold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVPrinter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What several trainings wrote of the same texts. */
class TextExpertScoresTest {

  @TempDir Path folder;

  private Path training(final String name, final String... rows) throws IOException {
    final Path out = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        out.resolve(TextExpertScores.FILE), "id,fold,label,score\n" + String.join("\n", rows));
    return out;
  }

  @Test
  void theOrderOfTheRowsDoesNotMatter() throws IOException {
    final Path one = training("one", "a,test,1,0.5", "b,test,-2,-1", "v,valid,0,0", "w,valid,1,1");
    final Path two = training("two", "w,valid,1,2", "b,test,-2,-3", "v,valid,0,0", "a,test,1,2");

    final List<TextExpertScores> all = TextExpertScores.readAll(List.of(one, two));

    assertThat(all.get(0).labels(Fold.TEST)).containsExactly(1, -2);
    assertThat(all.get(1).labels(Fold.TEST)).containsExactly(1, -2);
    assertThat(all.get(0).scores(Fold.TEST)).containsExactly(0.5f, -1);
    assertThat(all.get(1).scores(Fold.TEST)).containsExactly(2, -3);
  }

  @Test
  void trainingsThatWereJudgedOnOtherTextsHaveNoMean() throws IOException {
    final Path one = training("one", "a,test,1,0.5", "v,valid,0,0");
    final Path other = training("other", "b,test,1,0.5", "v,valid,0,0");
    final Path relabelled = training("relabelled", "a,test,2,0.5", "v,valid,0,0");

    for (final Path wrong : List.of(other, relabelled)) {
      assertThatThrownBy(() -> TextExpertScores.readAll(List.of(one, wrong)))
          .isInstanceOf(TrainingInputException.class)
          .hasMessageContaining("was judged on other texts than");
    }
  }

  @Test
  void anIdMayHoldWhatACsvFileIsMadeOf() throws IOException {
    final Path out = Files.createDirectories(folder.resolve("odd"));
    try (CSVPrinter file = TextExpertScores.write(out.resolve(TextExpertScores.FILE))) {
      file.printRecord("a, \"b\"\nc", "test", 1f, "0.5");
      file.printRecord("v", "valid", 0f, "0");
    }

    assertThat(TextExpertScores.read(out).rows().get(Fold.TEST))
        .containsExactly(new TextExpertScores.Row("a, \"b\"\nc", 1, 0.5f));
  }

  @Test
  void whatIsDamagedOrMissingIsSaid() throws IOException {
    final Path damaged = training("damaged", "a,test,much,1");

    assertThatThrownBy(() -> TextExpertScores.read(damaged)).hasMessageContaining("is damaged");
    assertThatThrownBy(() -> TextExpertScores.read(folder.resolve("nowhere")))
        .hasMessageContaining("whose training has ended");
  }
}
