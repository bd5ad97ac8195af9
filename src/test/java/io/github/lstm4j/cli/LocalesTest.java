package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * In countries that write other digits, put a comma for the point, count other years, or have an i
 * without a dot, the command line says the same, letter for letter.
 */
class LocalesTest {
  private final Locale before = Locale.getDefault();
  @TempDir Path folder;

  @AfterEach
  void back() {
    Locale.setDefault(before);
  }

  private Cli in(Locale locale, Object... args) {
    Locale.setDefault(locale);
    try {
      return Cli.run(args);
    } finally {
      Locale.setDefault(before);
    }
  }

  private void same(Locale locale, Object... args) {
    assertThat(in(locale, args)).as("%s", (Object) args).isEqualTo(in(Locale.ROOT, args));
  }

  /** What differs from run to run. */
  private static String plain(Cli run) {
    return (run + "").replaceAll("[0-9.,:]+ (ms|s|samples/s)\\b", "N $1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ar-EG-u-nu-arab",
        "ar-SA-u-nu-arab",
        "tr-TR",
        "th-TH-u-ca-buddhist-nu-thai",
        "hi-IN-u-nu-deva",
        "fa-IR",
        "de-DE"
      })
  void theWholeCommandLine(String tag) throws IOException {
    Locale locale = Locale.forLanguageTag(tag);
    StringBuilder csv = new StringBuilder("time,INDIGO\n");
    for (int hour = 0; hour < 80; hour++) {
      csv.append(String.format(Locale.ROOT, "2024-01-%02d %02d:00,", 1 + hour / 24, hour % 24));
      csv.append(1234.5 + hour % 24).append('\n');
    }
    Path data = folder.resolve("hourly.csv");
    Path model = folder.resolve("model.keras");
    Files.writeString(data, csv);
    Object[] train = {
      "train",
      "--data",
      data,
      "--target",
      "INDIGO",
      "--window",
      "6",
      "--horizon",
      "1,2",
      "--time",
      "time",
      "--units",
      "4",
      "--epochs",
      "1",
      "--seed",
      "7",
      "--backend",
      "CPU",
      "--out",
      model
    };
    Cli usual = in(Locale.ROOT, train);
    assertThat(usual.err()).isEmpty();
    assertThat(plain(in(locale, train))).isEqualTo(plain(usual));
    Path forecast = folder.resolve("forecast.csv");
    same(locale, "predict", "--model", model, "--input", data, "--output", forecast);
    String there = Files.readString(forecast);
    in(Locale.ROOT, "predict", "--model", model, "--input", data, "--output", forecast);
    assertThat(there).isEqualTo(Files.readString(forecast));
    same(locale, "evaluate", "--model", model, "--data", data);
    same(locale, "summary", model);
    same(locale, "plan", model, "--batch", "16", "--training");
    same(locale, "explain", "--units", "2", "--timesteps", "3", "--features", "2");
    same(locale, "train", "--help");
    same(locale, "bench", "--threads", "1e9");
    same(locale, "plan", model, "--batch", "0");
    same(locale, "bench", "--backend", "gpu");
  }
}
