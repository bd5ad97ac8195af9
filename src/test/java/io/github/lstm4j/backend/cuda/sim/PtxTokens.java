package io.github.lstm4j.backend.cuda.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** PTX text as tokens, read one after the other. */
final class PtxTokens {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<skip>\\s+|//[^\\n]*|/\\*.*?\\*/)|\"[^\"]*\"|[.%$\\w][.%$\\w:]*[.%$\\w]|[.%$\\w]|\\S",
          Pattern.DOTALL);

  private record Token(String text, int line) {}

  private final String file;
  private final List<Token> tokens = new ArrayList<>();
  private int next;

  PtxTokens(String file, String ptx) {
    this.file = file;
    int line = 1;
    var matcher = TOKEN.matcher(ptx);
    while (matcher.find()) {
      if (matcher.group("skip") == null) {
        tokens.add(new Token(matcher.group(), line));
      }
      line += (int) matcher.group().chars().filter(c -> c == '\n').count();
    }
  }

  boolean atEnd() {
    return next == tokens.size();
  }

  int line() {
    return tokens.get(Math.min(next, tokens.size() - 1)).line;
  }

  String peek() {
    return atEnd() ? "" : tokens.get(next).text;
  }

  String peekSecond() {
    return next + 1 < tokens.size() ? tokens.get(next + 1).text : "";
  }

  String take() {
    if (atEnd()) {
      throw error("the file ends in the middle of a declaration");
    }
    return tokens.get(next++).text;
  }

  /** Takes the next token if it is the given one. */
  boolean skip(String text) {
    if (peek().equals(text)) {
      next++;
      return true;
    }
    return false;
  }

  void expect(String text) {
    if (!skip(text)) {
      throw error("expected '" + text + "' but found '" + peek() + "'");
    }
  }

  int takeInt() {
    String text = take();
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw error("expected a number but found '" + text + "'");
    }
  }

  DeviceCheckError error(String message) {
    return new DeviceCheckError(file + ", line " + line() + ": " + message);
  }
}
