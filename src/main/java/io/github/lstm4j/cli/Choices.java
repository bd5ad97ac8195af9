package io.github.lstm4j.cli;

import io.github.lstm4j.names.Names;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** The options whose values have names: others are refused, with the names as they are typed. */
final class Choices {
  private Choices() {}

  /** Sets how a command line's commands read them. */
  static void readBy(CommandLine line) {
    for (CommandLine command : line.getSubcommands().values()) {
      for (ArgSpec option : command.getCommandSpec().args()) {
        for (Class<?> type : option.auxiliaryTypes()) { // its own, or that of what it lists
          if (type.isEnum()) {
            readBy(line, type);
          }
        }
      }
    }
  }

  private static <E> void readBy(CommandLine line, Class<E> choices) {
    line.registerConverter(
        choices, new Converter<>(text -> choice(List.of(choices.getEnumConstants()), text)));
  }

  private static <E> E choice(List<E> choices, String text) {
    List<String> names = choices.stream().map(Choices::typed).toList();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).equalsIgnoreCase(text)) {
        return choices.get(i);
      }
    }
    String meant = Names.nearest(text, names).map(n -> "; did you mean '" + n + "'?").orElse("");
    throw new TypeConversionException(
        "expected one of " + String.join(", ", names) + ", got '" + text + "'" + meant);
  }

  /** A choice's name as it is typed. */
  private static String typed(Object choice) {
    return choice.toString().toLowerCase(Locale.ROOT);
  }
}
