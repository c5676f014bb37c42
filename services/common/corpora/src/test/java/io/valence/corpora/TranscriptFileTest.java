package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labelled texts that people bring along. */
class TranscriptFileTest {

  @TempDir Path folder;

  private Path file(final String content) throws IOException {
    return Files.writeString(folder.resolve("my.csv"), content);
  }

  @Test
  void textAndLabelAreEnough() throws IOException {
    final Corpus corpus = TranscriptFile.read(file("text,label\n\"well, no\",-1.5\ngood,2\n"));

    assertThat(corpus.segments()).extracting(Segment::id).containsExactly("1", "2");
    assertThat(corpus.segments().get(0).text()).contains("well, no");
    assertThat(corpus.segments().get(0).label()).hasValue(-1.5);
    assertThat(corpus.scheme()).isEqualTo(FoldScheme.NONE);
  }

  @Test
  void conversationsOrderAndFoldsAreRead() throws IOException {
    final Corpus corpus =
        TranscriptFile.read(
            file("id,conversation,order,text,label,fold\nb,k,2,x,1,train\na,k,1,y,-1,train\n"));

    assertThat(corpus.segments()).extracting(Segment::video).containsOnly("k");
    assertThat(corpus.segments()).extracting(Segment::start).containsExactly(2.0, 1.0);
    assertThat(corpus.segments()).extracting(Segment::fold).containsOnly(Fold.TRAIN);
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstColumn() throws IOException {
    final Corpus corpus = TranscriptFile.read(file("\uFEFFtext,label\ngood,2\n"));

    assertThat(corpus.segments()).extracting(Segment::text).containsExactly(Optional.of("good"));
  }

  @Test
  void aRowWithoutAConversationIsInNoOtherRowsConversation() throws IOException {
    final Corpus corpus =
        TranscriptFile.read(
            file("id,conversation,text,label\nk,,alone,1\na,k,first,1\nb,\" k\",second,-1\n"));

    assertThat(Conversations.preceding(corpus.segments()))
        .containsEntry("k", List.of())
        .containsEntry("a", List.of())
        .containsEntry("b", List.of("first"));
  }

  @Test
  void aColumnThatWouldBeLeftOutForItsSpellingIsRefused() throws IOException {
    assertRefused(
        "text,label,Conversation\nx,1,k\n", "column 'Conversation' must be written 'conversation'");
    assertRefused("Text,label\nx,1\n", "column 'Text' must be written 'text'");
    assertRefused("text,label,\" fold\"\nx,1,train\n", "column ' fold' must be written 'fold'");
    assertRefused("text,label,id\u00a0\nx,1,a\n", "must be written 'id'");
    assertThat(TranscriptFile.read(file("text,label,Folds,,\nx,1,k,,\n")).segments()).hasSize(1);
  }

  @Test
  void noTwoColumnsHaveOneName() throws IOException {
    assertRefused("text,label,note,note\nx,1,a,b\n", "two columns are named 'note'");
    assertRefused("text,label,text\nx,1,y\n", "two columns are named 'text'");
  }

  @Test
  void aTextHasWordsAndNotTooMany() throws IOException {
    assertRefused("text,label\n\"?! \u2026\",1\n", "line 2: the text has no words");
    assertRefused(
        "text,label\n" + "word\u00a0".repeat(1_001) + ",1\n", "line 2: a text of 1001 words");
    assertRefused(
        "text,label\n" + "\u597d".repeat(10_001) + ",1\n", "line 2: a text of 10001 characters");
    assertThat(
            TranscriptFile.read(file("text,label\n" + "word ".repeat(1_000) + ",1\n")).segments())
        .hasSize(1);
  }

  @Test
  void badFilesAreRefusedInOneLine() throws IOException {
    assertRefused("words,label\nx,1\n", "column 'text' is missing");
    assertRefused("text,score\nx,1\n", "column 'label' is missing");
    assertRefused("text,label\nx,4\n", "label 4.0, outside -3 to +3");
    assertRefused("text,label\nx,much\n", "'much' is not a number");
    assertRefused("text,label\nx,\n", "the label is missing");
    assertRefused("text,label\n ,1\n", "the text is empty");
    assertRefused("id,text,label\na,x,1\na,y,2\n", "id 'a' occurs twice");
    assertRefused("text,label\n" + "word ".repeat(10_000) + ",1\n", "a text of 10000 words");
    assertRefused("text,label,fold,conversation\nx,1,train,k\ny,1,test,k\n", "in two folds");
    assertRefused("text,label,conversation,order\nx,1,k,first\n", "'first' is not a number");
    assertRefused("text,label\n", "holds no segments");
    assertRefused("", "column 'text' is missing");
  }

  @Test
  void whatIsNotTextIsRefused() throws IOException {
    final Path file =
        Files.write(
            folder.resolve("latin.csv"),
            "text,label\ncaf\u00e9,1\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> TranscriptFile.read(file)).hasMessageContaining("not UTF-8");
  }

  private void assertRefused(final String content, final String reason) throws IOException {
    final Path file = file(content);
    assertThatThrownBy(() -> TranscriptFile.read(file))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }
}
