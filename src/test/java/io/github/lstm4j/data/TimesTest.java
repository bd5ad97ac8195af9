package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Split.Range;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times as people write them: found, read, written again, and how far they lie apart. */
class TimesTest {
  private static Table times(String... texts) throws IOException {
    String csv = "t|x\n" + String.join("|1\n", texts) + "|1\n";
    return CsvReader.of(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)), "f.csv")
        .time("t")
        .read();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2014-01-31 | yyyy-MM-dd | 2014-01-31T00:00:00Z",
        "2014-01-31 23:10:05.250 | yyyy-MM-dd HH:mm:ss.SSS | 2014-01-31T23:10:05.250Z",
        "2014-01-31T23:10:05,5 | yyyy-MM-dd'T'HH:mm:ss,S | 2014-01-31T23:10:05.500Z",
        "2014-01-31T23:10Z | yyyy-MM-dd'T'HH:mmXXX | 2014-01-31T23:10:00Z",
        "2014-01-31 23:10:05+0100 | yyyy-MM-dd HH:mm:ssxx | 2014-01-31T22:10:05Z",
        "2014-07-31T12:00+02:00[Europe/Berlin] | yyyy-MM-dd'T'HH:mmxxx'['VV']' | 2014-07-31T10:00:00Z",
        "31.01.2014 23:10 | dd.MM.yyyy HH:mm | 2014-01-31T23:10:00Z",
        "31.01.14 | dd.MM.yy | 2014-01-31T00:00:00Z",
        "1/31/2014 1:05 PM | M/d/yyyy h:mm a | 2014-01-31T13:05:00Z",
        "31/12/2014 00:00 | dd/MM/yyyy HH:mm | 2014-12-31T00:00:00Z",
        "2014/01/31 | yyyy/MM/dd | 2014-01-31T00:00:00Z",
        "20140131 | yyyyMMdd | 2014-01-31T00:00:00Z",
        "201401312310 | yyyyMMddHHmm | 2014-01-31T23:10:00Z",
        "2014-02 | yyyy-MM | 2014-02-01T00:00:00Z",
        "201402 | yyyyMM | 2014-02-01T00:00:00Z",
        "31.12.99 | dd.MM.yy | 1999-12-31T00:00:00Z",
        "31.12.68 23:00 | dd.MM.yy HH:mm | 2068-12-31T23:00:00Z",
        "31-Jan-2014 | dd-MMM-yyyy | 2014-01-31T00:00:00Z",
        "1388534400 | epoch-seconds | 2014-01-01T00:00:00Z",
        "1388534400250 | epoch-millis | 2014-01-01T00:00:00.250Z",
      })
  void areFoundReadAndWrittenAgain(String text, String pattern, String instant) throws IOException {
    Table table = times(text);
    assertThat(table.timeFormat("t").pattern()).isEqualTo(pattern);
    assertThat(table.format().times()).containsEntry("t", pattern);
    double seconds = table.times("t")[0];
    assertThat(Math.round(seconds * 1000)).isEqualTo(Instant.parse(instant).toEpochMilli());
    assertThat(table.text("t", 0)).isEqualTo(text);
    assertThat(TimeFormat.of(pattern).parse(text)).isEqualTo(seconds);
  }

  /** What some programs leave out or write in another way: seconds, fractions, midnight. */
  @Test
  void oneColumnMayDiffer() throws IOException {
    assertThat(times("2014-01-01", "2014-01-01T01:00", "2014-01-01 02:00:00.5").times("t"))
        .containsExactly(1388534400, 1388538000, 1388541600.5);
    assertThat(times("31.12.2013 23:00", "31.12.2013 24:00").times("t"))
        .containsExactly(1388530800, 1388534400);
    assertThat(times("201312312300", "201312312400").times("t"))
        .containsExactly(1388530800, 1388534400);
    assertThat(times("1/9/2014", "1/10/2014", "1/13/2014").times("t"))
        .containsExactly(1389225600, 1389312000, 1389571200);
  }

  @Test
  void dayAndMonthAreToldApartByTheWholeColumnOrNotAtAll() throws IOException {
    assertThat(times("01/02/2014", "13/02/2014").timeFormat("t").pattern()).isEqualTo("dd/MM/yyyy");
    assertThat(times("01/02/2014", "02/13/2014").timeFormat("t").pattern()).isEqualTo("MM/dd/yyyy");
    assertThatThrownBy(() -> times("01/02/2014", "02/02/2014"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "f.csv, column t: '01/02/2014' and all other times may be 'dd/MM/yyyy' or"
                + " 'MM/dd/yyyy'; say which with --time-format");
  }

  /** A wrong date among dates of digits does not make numbers of them; nor does 24:00:30. */
  @ParameterizedTest
  @CsvSource({
    "20140228, 20140230",
    "201412, 201413",
    "2014022823, 2014022825",
    "201402282359, 201402282360",
    "2014-02-28 23:00:00, 2014-02-28 24:00:30"
  })
  void wrongDatesAmongDates(String right, String wrong) {
    assertThatThrownBy(() -> times(right, wrong))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "f.csv, line 3, column t: '" + wrong + "' is no time like '" + right)
        .hasMessageContaining("--time-format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2014-02-30", "soon", "31.04.2014", "2014-13-01", "25:00"})
  void whatIsNoTime(String text) {
    assertThatThrownBy(() -> times(text))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("f.csv, line 2, column t: '" + text + "' is no time")
        .hasMessageContaining("--time-format");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"yyyy-mm-dd", "YYYY-MM-dd", "dd.MM.yyyy hh:mm", "%d.%m.%Y", "foo", "HH:mm", ""})
  void patternsThatTellNoTime(String pattern) {
    assertThatThrownBy(() -> TimeFormat.of(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("time format '" + pattern + "': ");
  }

  /** An hour is missing on the clock in March, and there twice in October; not in real seconds. */
  @Test
  void zonesAreHonoured() throws IOException {
    Table march =
        times(
            "2014-03-30T01:00:00+01:00", "2014-03-30T03:00:00+02:00", "2014-03-30T04:00:00+02:00");
    assertThat(TimeStep.fit(march, "t", List.of(new Range(0, 3))))
        .isEqualTo(TimeStep.seconds(3600));
    assertThat(march.localTimes("t")[1] - march.localTimes("t")[0]).isEqualTo(7200);
    Table noon =
        times(
            "2014-03-29T12:00:00+01:00", "2014-03-30T12:00:00+02:00", "2014-03-31T12:00:00+02:00");
    TimeStep days = TimeStep.fit(noon, "t", List.of(new Range(0, 3)));
    assertThat(days).hasToString("1d");
    assertThat(days.segments(noon, "t").together(0, 2)).isTrue();
  }

  @Test
  void monthsAndBusinessDays() throws IOException {
    Table months = times("2014-01-31", "2014-02-28", "2014-03-31", "2014-05-31");
    TimeStep month = TimeStep.fit(months, "t", List.of(new Range(0, 3)));
    assertThat(month).hasToString("1month");
    Segments segments = month.segments(months, "t");
    assertThat(segments.together(0, 2)).isTrue();
    assertThat(segments.together(2, 3)).isFalse();
    assertThat(TimeStep.fit(months, "t", List.of(new Range(0, 4)))).isEqualTo(month);
    Table drifts = times("2014-01-31", "2014-03-02", "2014-05-01", "2014-05-31");
    assertThat(TimeStep.fit(drifts, "t", List.of(new Range(0, 4)))).hasToString("2592000");
    TimeFormat date = months.timeFormat("t");
    assertThat(date.format(month.after(date.parse("2014-01-31"), 1, date))).isEqualTo("2014-02-28");

    Table days = times("2014-01-02", "2014-01-03", "2014-01-06", "2014-01-08", "2014-01-11");
    TimeStep business = TimeStep.of("business-day");
    assertThat(business.segments(days, "t").count()).isEqualTo(3); // Thu-Fri-Mon, Wed, Saturday
    assertThat(date.format(business.after(date.parse("2014-01-03"), 6, date)))
        .isEqualTo("2014-01-13");
    assertThat(TimeStep.seconds(86400).hint(days, "t")).contains("--step business-day");
  }

  @ParameterizedTest
  @CsvSource({
    "30s, 30",
    "10min, 600",
    "1h, 3600",
    "2d, 172800",
    "1week, 604800",
    "0.5, 0.5",
    "100ms, 0.1"
  })
  void stepsAsPeopleWriteThem(String text, double seconds) {
    assertThat(TimeStep.of(text).seconds()).isEqualTo(seconds);
    assertThat(TimeStep.fromStored(TimeStep.of(text).stored())).isEqualTo(TimeStep.of(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0h", "-1h", "h1", "1.5month", "2business-day", "1 fortnight"})
  void noSteps(String text) {
    assertThatThrownBy(() -> TimeStep.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void timesMustGoForwards() throws IOException {
    TimeOrder.check(times("2014-01-01", "2014-01-02"), "t");
    Table back = times("2014-01-03", "2014-01-02", "2014-01-02", "2014-01-05");
    assertThatThrownBy(() -> TimeOrder.check(back, "t"))
        .hasMessageContaining(
            "f.csv, line 3, column t: 1 row is earlier than the row before, 1 row")
        .hasMessageContaining("--sort")
        .hasMessageContaining("--dedupe");
    // the end of summer time, on a clock without a zone
    TimeOrder.check(
        times("2014-10-26 01:00", "2014-10-26 02:00", "2014-10-26 02:00", "2014-10-26 03:00"), "t");
    assertThatThrownBy(
            () ->
                TimeOrder.check(
                    times("2014-10-22 01:00", "2014-10-22 02:00", "2014-10-22 02:00"), "t"))
        .hasMessageContaining("--dedupe");
  }

  /** The clock's angles, against the definition. */
  @Test
  void partsOfTheTime() throws IOException {
    Table table = times("2014-03-05T18:00:00+01:00"); // a Wednesday
    Frame frame =
        Encoder.empty().calendar("t", Calendar.HOUR).calendar("t", Calendar.WEEKDAY).encode(table);
    assertThat(frame.names())
        .containsExactly("sin(hour)", "cos(hour)", "sin(weekday)", "cos(weekday)");
    double[] expected = {
      Math.sin(2 * Math.PI * 18 / 24),
      Math.cos(2 * Math.PI * 18 / 24),
      Math.sin(2 * Math.PI * 2 / 7),
      Math.cos(2 * Math.PI * 2 / 7)
    };
    assertThat(frame.values()).containsExactly(expected);
    assertThat(LocalDate.of(2014, 3, 5).getDayOfWeek().getValue() - 1).isEqualTo(2);
    assertThat(Arrays.stream(Calendar.values()).map(Calendar::text))
        .contains("minute", "day", "dayofyear", "month");
  }
}
