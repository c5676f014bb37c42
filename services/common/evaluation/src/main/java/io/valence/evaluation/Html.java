package io.valence.evaluation;

/** Text of any origin made safe for the body of a page and for quoted attributes. */
final class Html {

  private Html() {}

  /**
   * Escapes markup; control characters and halves of surrogate pairs, which no page may hold, become
   * the replacement character.
   */
  static String escape(String text) {
    final StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                case '\t', '\n', '\r' -> safe.append(' ');
                default ->
                    safe.appendCodePoint(
                        Character.isISOControl(point)
                                || Character.getType(point) == Character.SURROGATE
                            ? 0xFFFD
                            : point);
              }
            });
    return safe.toString();
  }
}
