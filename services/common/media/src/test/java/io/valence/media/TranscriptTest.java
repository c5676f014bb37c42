package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranscriptTest {

  private static final long TEN_SECONDS = 10_000_000;

  @TempDir Path folder;

  private List<Word> words(final String name, final String content) throws Exception {
    return words(name, content, "talk.mp4");
  }

  private List<Word> words(final String name, final String content, final String recording)
      throws Exception {
    final Path file = folder.resolve(name);
    Files.writeString(file, content);
    return Transcript.read(file, Path.of(recording)).words(TEN_SECONDS);
  }

  @Test
  void aCuesWordsShareItsTimeEvenly() throws Exception {
    final List<Word> words =
        words("talk.srt", "\uFEFF1\r\n00:00:01,000 --> 00:00:02,500\r\nso <i>very</i>\r\ngood\r\n");
    assertThat(words)
        .extracting(Word::text, Word::startMicros, Word::endMicros)
        .containsExactly(
            tuple("so", 1_000_000L, 1_500_000L),
            tuple("very", 1_500_000L, 2_000_000L),
            tuple("good", 2_000_000L, 2_500_000L));
  }

  @Test
  void webVttWithNotesNamesAndSettings() throws Exception {
    final List<Word> words =
        words(
            "talk.vtt",
            "WEBVTT - a title\n\nNOTE nothing\nto see\n\nSTYLE\n::cue {}\n\n"
                + "intro\n00:01.000 --> 00:02.000 line:0 align:start\n<v Ann>Tom &amp; Jerry</v>\n\n"
                + "01:00:00.000 --> 01:00:01.000\nlate\n");
    assertThat(words).extracting(Word::text).containsExactly("Tom", "&", "Jerry", "late");
    assertThat(words.get(3).startMicros()).isEqualTo(3_600_000_000L);
  }

  @Test
  void overlappingCuesMixByTheMiddleOfTheirWords() throws Exception {
    assertThat(words("talk.csv", "start,end,text\n0,4,a c\n0.5,4.5,b d\n"))
        .extracting(Word::text)
        .containsExactly("a", "b", "c", "d");
  }

  @Test
  void plainTextIsSpreadOverTheRecording() throws Exception {
    assertThat(words("talk.txt", "one two\nthree four five"))
        .extracting(Word::startMicros)
        .containsExactly(0L, 2_000_000L, 4_000_000L, 6_000_000L, 8_000_000L);
  }

  @Test
  void aCorpusIsSearchedForTheRecording() throws Exception {
    final String corpus =
        "segment_id,video_id,start_s,end_s,text,label\n"
            + "v1_1,v1,50.5,51.0,\"first, words\",1.0\n"
            + "v1_2,v1,2.0,3.0,SECOND,0\n"
            + "v2_1,v2,0,1,other,0\n";
    assertThat(words("corpus.csv", corpus, "v1_1.mp4"))
        .extracting(Word::text, Word::startMicros)
        .containsExactly(tuple("first,", 0L), tuple("words", 5_000_000L));
    assertThat(words("corpus.csv", corpus, "/somewhere/v1.mp4"))
        .extracting(Word::text)
        .containsExactly("SECOND", "first,", "words");
    assertThatThrownBy(() -> words("corpus.csv", corpus, "v3.mp4"))
        .isInstanceOf(MediaException.class)
        .hasMessage("corpus.csv: no row's segment_id or video_id is 'v3', the recording's name");
  }

  @Test
  void aFolderIsNoTranscriptAndSaysSo() throws Exception {
    for (final Path place : List.of(folder, Path.of("."))) {
      assertThatThrownBy(() -> Transcript.read(place, Path.of("talk.mp4")))
          .isInstanceOf(MediaException.class)
          .hasMessage(place + ": is a folder; name the transcript's file");
    }
    final Path none = folder.resolve("none.srt");
    assertThatThrownBy(() -> Transcript.read(none, Path.of("talk.mp4")))
        .isInstanceOf(MediaException.class)
        .hasMessage(none + ": there is no such file");
  }

  @Test
  void aCueMayTakeNoTime() throws Exception {
    assertThat(words("talk.csv", "start,end,text\n2,2,at once\n"))
        .extracting(Word::middleMicros)
        .containsExactly(2_000_000L, 2_000_000L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          talk.srt | 1~00:00:02,000 --> 00:00:01,000~x | talk.srt line 2: ends (1.000 s) before it starts (2.000 s)
          talk.srt | 1~2 seconds~x | talk.srt line 2: should be a time
          talk.srt | 1~00:00:02 --> 00:00:01,000~x | line 2: '00:00:02' is no time
          talk.vtt | WEBVTT~~hello | talk.vtt line 3: should be a time
          talk.csv | start,text~1,x | talk.csv line 1: has no column end or end_s
          talk.csv | start,end,text~1,two,x | talk.csv line 2: 'two' is no number of seconds
          talk.csv | start,end,text~1,2,x~5,4,y | talk.csv line 3: ends (4.000 s) before
          talk.csv | start,end,text~-1,2,x | line 2: -1 s is outside
          talk.csv | start,end,text~1,2 | line 2: has too few columns (2)
          talk.csv | start,end,text~1e99,1e99,x | line 2: 1e99 s is outside
          talk.doc | hello | is no transcript of a kind that is read here
          """)
  void mistakesAreNamedWithTheirLine(
      final String name, final String content, final String message) {
    assertThatThrownBy(() -> words(name, content.replace('~', '\n')))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(message);
  }

  @Test
  void otherEncodingsAreRefusedWithTheLine() throws Exception {
    final Path latin = folder.resolve("talk.txt");
    Files.write(latin, "fine\nth\u00e9 end".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Transcript.read(latin, latin))
        .isInstanceOf(MediaException.class)
        .hasMessage("talk.txt line 2: is not UTF-8; convert the file");
    Files.write(latin, "hello".getBytes(Charset.forName("UTF-16")));
    assertThatThrownBy(() -> Transcript.read(latin, latin))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("UTF-16");
    Files.write(latin, new byte[] {'a', '\n', 0, 'b'});
    assertThatThrownBy(() -> Transcript.read(latin, latin))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("line 2: holds a zero byte");
    // Cut off in the middle of a letter.
    Files.write(latin, new byte[] {'a', (byte) 0xC3});
    assertThatThrownBy(() -> Transcript.read(latin, latin))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("line 1: is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource({"talk.txt", "talk.srt", "talk.vtt", "talk.csv"})
  void anEmptyFileHoldsNoWords(final String name) throws Exception {
    final Path file = folder.resolve(name);
    Files.writeString(file, "");
    assertThat(Transcript.read(file, file).isEmpty()).isTrue();
  }

  @Test
  void theTranscriptBesideTheRecordingIsFound() throws Exception {
    final Path recording = folder.resolve("a.b.mp4");
    assertThat(Transcript.beside(recording)).isEmpty();
    assertThat(Transcript.forRecording(recording, Optional.empty())).isEmpty();
    Files.writeString(folder.resolve("a.b.txt"), "plain");
    assertThat(Transcript.beside(recording)).contains(folder.resolve("a.b.txt"));
    Files.writeString(folder.resolve("a.b.srt"), "1\n00:00:00,000 --> 00:00:01,000\ncue\n");
    assertThat(Transcript.forRecording(recording, Optional.empty()).orElseThrow().words(1))
        .extracting(Word::text)
        .containsExactly("cue");
    assertThat(
            Transcript.forRecording(recording, Optional.of(folder.resolve("a.b.txt")))
                .orElseThrow()
                .name())
        .isEqualTo("a.b.txt");
  }
}
