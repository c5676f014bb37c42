package io.valence.features.text;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the {@code tokenizer.json} of an uncased BERT from its vocabulary: clean, lower-case, strip
 * accents, split at punctuation, then the longest known pieces (Devlin et al., 2019; the file layout
 * is that of the Hugging Face tokenizers library, 0.21).
 */
final class TokenizerFile {

  static final String UNKNOWN = "[UNK]";
  private static final String START = "[CLS]";
  private static final String END = "[SEP]";
  private static final List<String> SPECIAL = List.of("[PAD]", UNKNOWN, START, END, "[MASK]");
  private static final int LONGEST_WORD = 100;

  private TokenizerFile() {}

  /**
   * Writes the file.
   *
   * @param vocabulary one word piece on each line; the line number, from 0, is its id
   * @param expected how many word pieces there must be
   * @throws ModelFileException if the vocabulary does not fit or lacks a special piece
   */
  static void write(final Path vocabulary, final int expected, final Path target)
      throws IOException {
    final List<String> pieces = Files.readAllLines(vocabulary, StandardCharsets.UTF_8);
    if (pieces.size() != expected) {
      throw new ModelFileException(
          vocabulary.getFileName() + " has " + pieces.size() + " word pieces, not " + expected);
    }
    final Map<String, Integer> special = new HashMap<>();
    final Set<String> seen = new HashSet<>();
    for (int id = 0; id < pieces.size(); id++) {
      if (!seen.add(pieces.get(id))) {
        throw new ModelFileException(
            vocabulary.getFileName() + " has '" + pieces.get(id) + "' twice");
      }
      if (SPECIAL.contains(pieces.get(id))) {
        special.put(pieces.get(id), id);
      }
    }
    if (special.size() != SPECIAL.size()) {
      throw new ModelFileException(vocabulary.getFileName() + " must have all of " + SPECIAL);
    }
    try (JsonGenerator json =
        new JsonFactory().createGenerator(target.toFile(), JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      writeSpecialPieces(json, special);
      writeNormalizer(json);
      json.writeObjectFieldStart("pre_tokenizer");
      json.writeStringField("type", "BertPreTokenizer");
      json.writeEndObject();
      writeTemplates(json, special);
      json.writeObjectFieldStart("decoder");
      json.writeStringField("type", "WordPiece");
      json.writeStringField("prefix", "##");
      json.writeBooleanField("cleanup", true);
      json.writeEndObject();
      writeModel(json, pieces);
      json.writeEndObject();
    }
  }

  private static void writeSpecialPieces(
      final JsonGenerator json, final Map<String, Integer> special) throws IOException {
    json.writeArrayFieldStart("added_tokens");
    for (final String piece : SPECIAL) {
      json.writeStartObject();
      json.writeNumberField("id", special.get(piece));
      json.writeStringField("content", piece);
      json.writeBooleanField("single_word", false);
      json.writeBooleanField("lstrip", false);
      json.writeBooleanField("rstrip", false);
      json.writeBooleanField("normalized", false);
      json.writeBooleanField("special", true);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeNormalizer(final JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("normalizer");
    json.writeStringField("type", "BertNormalizer");
    json.writeBooleanField("clean_text", true);
    json.writeBooleanField("handle_chinese_chars", true);
    // Null: accents go because the text is lower-cased.
    json.writeNullField("strip_accents");
    json.writeBooleanField("lowercase", true);
    json.writeEndObject();
  }

  private static void writeTemplates(final JsonGenerator json, final Map<String, Integer> special)
      throws IOException {
    json.writeObjectFieldStart("post_processor");
    json.writeStringField("type", "TemplateProcessing");
    json.writeArrayFieldStart("single");
    writeStep(json, "SpecialToken", START, 0);
    writeStep(json, "Sequence", "A", 0);
    writeStep(json, "SpecialToken", END, 0);
    json.writeEndArray();
    json.writeArrayFieldStart("pair");
    writeStep(json, "SpecialToken", START, 0);
    writeStep(json, "Sequence", "A", 0);
    writeStep(json, "SpecialToken", END, 0);
    writeStep(json, "Sequence", "B", 1);
    writeStep(json, "SpecialToken", END, 1);
    json.writeEndArray();
    json.writeObjectFieldStart("special_tokens");
    for (final String piece : List.of(START, END)) {
      json.writeObjectFieldStart(piece);
      json.writeStringField("id", piece);
      json.writeArrayFieldStart("ids");
      json.writeNumber(special.get(piece));
      json.writeEndArray();
      json.writeArrayFieldStart("tokens");
      json.writeString(piece);
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeStep(
      final JsonGenerator json, final String kind, final String id, final int type)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart(kind);
    json.writeStringField("id", id);
    json.writeNumberField("type_id", type);
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeModel(final JsonGenerator json, final List<String> pieces)
      throws IOException {
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "WordPiece");
    json.writeStringField("unk_token", UNKNOWN);
    json.writeStringField("continuing_subword_prefix", "##");
    json.writeNumberField("max_input_chars_per_word", LONGEST_WORD);
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < pieces.size(); id++) {
      json.writeNumberField(pieces.get(id), id);
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
