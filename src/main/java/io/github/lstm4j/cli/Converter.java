package io.github.lstm4j.cli;

import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;

/**
 * How the value of an option is read. A class, since a lambda must not be of a type of picocli's:
 * those are of Java 5's class files, and Java 17 ends with a fault where it archives the classes of
 * such a lambda, as it does for {@link QuickStart}.
 */
record Converter<T>(Function<String, T> read) implements ITypeConverter<T> {
  @Override
  public T convert(String text) {
    return read.apply(text);
  }
}
