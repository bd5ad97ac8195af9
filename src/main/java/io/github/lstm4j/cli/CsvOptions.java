package io.github.lstm4j.cli;

import io.github.lstm4j.data.CsvFormat;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.tasks.TableReading;
import io.github.lstm4j.tasks.Task;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how a CSV file is written; stored with a model, and asked for no more. */
final class CsvOptions {
  /** Their names. */
  static final List<String> NAMES =
      List.of(
          "--sep",
          "--decimal",
          "--thousands",
          "--na",
          "--encoding",
          "--time-format",
          "--sort",
          "--dedupe");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--sep",
      paramLabel = "C",
      description =
          "What separates columns: a character, or tab, space, comma, semicolon, bar; default: what"
              + " the first line shows.")
  private String separator;

  @Option(
      names = "--decimal",
      paramLabel = "C",
      description =
          "The decimal mark, '.' or ','; default: ',' if numbers such as 0,5 show it, else '.'.")
  private String decimal;

  @Option(
      names = "--thousands",
      paramLabel = "C",
      description = "What stands between groups of three digits, such as ','; default: nothing.")
  private String thousands;

  @Option(
      names = "--na",
      split = ",",
      paramLabel = "TEXT",
      description =
          "What counts as a missing value too, beside nothing, ?, NA, N/A, NaN, null, None and what"
              + " else pandas takes for one; several separated by commas.")
  private List<String> missing;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      description = "The file's encoding; default: UTF-8, or UTF-16 by its mark.")
  private String encoding;

  @Option(
      names = "--time-format",
      paramLabel = "PATTERN",
      description =
          "How --time is written: a pattern of java.time such as \"dd.MM.yyyy HH:mm\", or"
              + " epoch-seconds, epoch-millis, number; default: what the column shows.")
  private String timeFormat;

  @Option(
      names = "--sort",
      arity = "0",
      description = "Bring the rows in the order of --time; else they must be.")
  private boolean sort;

  @Option(
      names = "--dedupe",
      paramLabel = "first|last|mean",
      description =
          "Of several rows at one time keep one; mean: the first, with the mean of each number.")
  private Table.Keep dedupe;

  /** How the file is written, beside what was known of it. */
  CsvFormat on(CsvFormat known, String time) {
    return checked(
        () -> {
          CsvFormat format = known;
          if (separator != null) {
            format = format.withSeparator(character("--sep", separator));
          }
          if (thousands != null) {
            // a comma between thousands leaves the point for decimals, unless it is said
            char mark = character("--thousands", thousands);
            char before = format.decimal() == null ? '.' : format.decimal();
            boolean taken = before == mark && decimal == null;
            format = (taken ? format.withDecimal(mark == '.' ? ',' : '.') : format);
            format =
                decimal == null
                    ? format.withThousands(mark)
                    : format.withDecimal(character("--decimal", decimal)).withThousands(mark);
          } else if (decimal != null) {
            format = format.withDecimal(character("--decimal", decimal));
          }
          if (missing != null) {
            format = format.plusMissing(missing);
          }
          if (encoding != null) {
            format = format.withEncoding(encoding);
          }
          if (timeFormat != null) {
            if (time == null) {
              throw new IllegalArgumentException("--time-format: needs the time column (--time)");
            }
            format = format.withTime(time, timeFormat);
          }
          return format;
        });
  }

  boolean sort() {
    return sort;
  }

  Table.Keep dedupe() {
    return dedupe;
  }

  /** A model's task on files that are written in this way. */
  Task on(Task task) {
    return checked(() -> task.reading(this::on));
  }

  private TableReading on(TableReading reading) {
    TableReading read = reading.withFormat(on(reading.format(), reading.time()));
    read = sort ? read.sorted() : read;
    return dedupe == null ? read : read.deduped(dedupe);
  }

  private <T> T checked(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static char character(String option, String text) {
    return switch (text) {
      case "tab", "\\t" -> '\t';
      case "space" -> ' ';
      case "comma" -> ',';
      case "semicolon" -> ';';
      case "bar", "pipe" -> '|';
      default -> {
        if (text.length() != 1) {
          throw new IllegalArgumentException(
              option
                  + ": expected one character, or tab, space, comma, semicolon or bar, got '"
                  + text
                  + "'");
        }
        yield text.charAt(0);
      }
    };
  }
}
