package io.github.lstm4j.cli;

import picocli.CommandLine.ITypeConverter;

/** One of several names separated by commas: what holds a comma stands in double quotes. */
final class ColumnName implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text;
  }
}
