package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the text expert is given to read; ids are line numbers of the toy's vocabulary. */
class ContextualTokenizerTest {

  private static final long CLS = 2;
  private static final long SEP = 3;
  private static final long GOOD = 5;
  private static final long BAD = 6;
  private static final long FILM = 7;
  private static final long NOT = 11;
  private static final long VERY = 20;

  @TempDir Path folder;

  private ContextualPieces read(
      final ContextLimits limits, final String text, final String... preceding) throws IOException {
    try (ContextualTokenizer tokenizer = ContextualTokenizer.open(ToySetUp.in(folder), limits)) {
      return tokenizer.of(SpokenText.after(List.of(preceding), text));
    }
  }

  @Test
  void withoutContextTheWholeInputIsTheText() throws IOException {
    final ContextualPieces pieces = read(new ContextLimits(2, 6, 4), "Bad film.");

    assertThat(pieces.ids()).containsExactly(CLS, BAD, FILM, SEP);
    assertThat(pieces.textStart()).isZero();
    assertThat(pieces.textType()).isZero();
    assertThat(pieces.count()).isEqualTo(2);
  }

  @Test
  void contextComesFirstAndEveryTextEndsWithSep() throws IOException {
    final ContextualPieces pieces =
        read(new ContextLimits(2, 6, 4), "bad", "very very", "good film", "not");

    assertThat(pieces.ids()).containsExactly(CLS, GOOD, FILM, SEP, NOT, SEP, SEP, BAD, SEP);
    assertThat(pieces.textStart()).isEqualTo(7);
    assertThat(pieces.textType()).isOne();
    assertThat(pieces.count()).isEqualTo(1);
  }

  @Test
  void ofTooMuchContextTheLastPiecesAreKept() throws IOException {
    final ContextualPieces pieces =
        read(new ContextLimits(3, 4, 4), "bad", "very good", "not film");

    assertThat(pieces.ids()).containsExactly(CLS, SEP, NOT, FILM, SEP, SEP, BAD, SEP);
  }

  @Test
  void ofTooLongATextTheFirstPiecesAreKept() throws IOException {
    final ContextualPieces pieces = read(new ContextLimits(1, 4, 2), "very bad film", "good");

    assertThat(pieces.ids()).containsExactly(CLS, GOOD, SEP, SEP, VERY, BAD, SEP);
    assertThat(pieces.count()).isEqualTo(2);
  }

  @Test
  void blankTextsAreNoContext() throws IOException {
    final ContextualPieces pieces = read(new ContextLimits(1, 4, 4), "bad", "good", " ", "?!");

    assertThat(pieces.ids()).containsExactly(CLS, GOOD, SEP, SEP, BAD, SEP);
  }

  @Test
  void limitsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new ContextLimits(3, 400, 300))
        .hasMessageContaining("context and text together may have 509 pieces");
    assertThatThrownBy(() -> new ContextLimits(-1, 0, 1)).hasMessageContaining("texts >= 0");
  }
}
