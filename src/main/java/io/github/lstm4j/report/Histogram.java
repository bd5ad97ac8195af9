package io.github.lstm4j.report;

/** How often values come, in intervals of one width. Values that are NaN are left out. */
public final class Histogram implements Chart {
  private static final int HIGH = 220;
  private static final int BARS = 40;

  private final String title;
  private final String description;
  private final String unit;
  private final double[] values;

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param unit what the values measure
   */
  public Histogram(String title, String description, String unit, double[] values) {
    this.title = title;
    this.description = description;
    this.unit = unit;
    this.values = values.clone();
  }

  @Override
  public String html(String id) {
    Range range = new Range().add(values);
    Ticks bars =
        Ticks.around(range.isEmpty() ? 0 : range.least, range.isEmpty() ? 1 : range.most, BARS);
    int[] counts = new int[bars.values().size() - 1];
    int most = 0;
    for (double v : values) {
      if (Double.isFinite(v)) {
        int bar = (int) Math.floor((v - bars.first()) / bars.step());
        bar = Math.max(0, Math.min(counts.length - 1, bar));
        most = Math.max(most, ++counts[bar]);
      }
    }
    Axis x = Axis.numbers(bars.first(), bars.last(), unit).within(bars.first(), bars.last());
    x =
        x.withTicks(
            x.ticks().stream()
                .filter(t -> t.at() >= bars.first() && t.at() <= bars.last())
                .toList());
    Plot plot =
        new Plot(id, title, description, HIGH, x, Axis.numbers(0, Math.max(1, most), "count"));
    for (int i = 0; i < counts.length; i++) {
      double from = bars.values().get(i);
      double to = bars.values().get(i + 1);
      if (counts[i] > 0) {
        plot.rectangle(
            from,
            counts[i],
            from + 0.96 * (to - from),
            0,
            "fill s1",
            bars.label(from) + " to " + bars.label(to) + ": " + counts[i]);
      }
    }
    return (range.isEmpty() ? plot.empty() : plot).finish();
  }
}
