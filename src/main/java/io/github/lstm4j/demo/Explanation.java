package io.github.lstm4j.demo;

import static io.github.lstm4j.demo.WorkedStep.CANDIDATE;
import static io.github.lstm4j.demo.WorkedStep.FORGET;
import static io.github.lstm4j.demo.WorkedStep.INPUT;
import static io.github.lstm4j.demo.WorkedStep.OUTPUT;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.WeightView;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What an LSTM of a given size holds and computes, in words and numbers; at most 80 columns wide.
 */
public final class Explanation {
  private static final int MOST_TERMS = 3; // of a sum that is written out

  private final int units;
  private final int timesteps;
  private final int features;
  private final StringBuilder text = new StringBuilder();

  /** Of an LSTM with that many units on inputs {@code (batch, timesteps, features)}. */
  public Explanation(int units, int timesteps, int features) {
    this.units = units;
    this.timesteps = timesteps;
    this.features = features;
  }

  /** The text, with a line break at its end. */
  public String text() {
    LSTM lstm = new LSTM(units).inputShape(timesteps, features);
    try (Sequential model = new Sequential(lstm).on(Backends.cpu())) {
      line("LSTM(%d) on inputs of shape (batch, %d, %d)", units, timesteps, features);
      line("units U = %d, timesteps T = %d, features F = %d", units, timesteps, features);
      shapes(lstm);
      timestep();
      count(model.countParams());
      worked(model, lstm);
      equations();
    }
    return text.toString();
  }

  private void shapes(LSTM lstm) {
    heading("The weights");
    line("  name               shape           what it multiplies");
    weight(lstm.kernel(), "x_t, the F values of a timestep");
    weight(lstm.recurrentKernel(), "h_{t-1}, the U outputs of the step before");
    weight(lstm.bias(), "added");
    line("");
    line("Each holds four gates side by side, in the order i, f, c, o. Cut apart:");
    views("W", List.of(lstm.kernelI(), lstm.kernelF(), lstm.kernelC(), lstm.kernelO()));
    views(
        "U",
        List.of(
            lstm.recurrentKernelI(),
            lstm.recurrentKernelF(),
            lstm.recurrentKernelC(),
            lstm.recurrentKernelO()));
    views("b", List.of(lstm.biasI(), lstm.biasF(), lstm.biasC(), lstm.biasO()));
    line("No shape has a T: all timesteps share the same weights.");
  }

  private void weight(Weight w, String what) {
    line("  %-18s %-15s %s", w.name(), w.shape(), what);
  }

  private void views(String symbol, List<WeightView> views) {
    line(
        "  %s_i, %s_f, %s_c, %s_o  %-14s %s",
        symbol,
        symbol,
        symbol,
        symbol,
        views.get(0).shape(),
        views.get(2).name() + " and the others");
  }

  private void timestep() {
    heading("What one timestep computes");
    line("x_t is a vector of %s; x_t·W_c is that vector times a matrix:", many(features, "value"));
    line(
        "(%d,)·(%d, %d) gives %s, one for each unit. So for the gates",
        features, features, units, many(units, "number"));
    line("i, f and o. The cell state is one scalar for each unit: C_t and h_t have");
    line("%s each, however many features go in.", many(units, "number"));
    line("");
    line("  i_t = sigmoid(x_t·W_i + h_{t-1}·U_i + b_i)   how much of g_t goes in");
    line("  f_t = sigmoid(x_t·W_f + h_{t-1}·U_f + b_f)   how much of C_{t-1} stays");
    line("  g_t = tanh   (x_t·W_c + h_{t-1}·U_c + b_c)   the candidate");
    line("  C_t = f_t*C_{t-1} + i_t*g_t                  the new state");
    line("  o_t = sigmoid(x_t·W_o + h_{t-1}·U_o + b_o)   how much of it is shown");
    line("  h_t = o_t*tanh(C_t)                          the output");
    line("");
    line(
        timesteps == 1
            ? "There is one timestep: h_0 and C_0 are zero, and the U matrices see only zeros."
            : "This is done %d times, from h_0 = 0 and C_0 = 0, the result of one step going",
        timesteps);
    if (timesteps > 1) {
      line("into the next. What comes out is the last h_t, %s a sample.", many(units, "number"));
    }
  }

  private void count(long total) {
    heading("The parameters");
    long f = features;
    long u = units;
    line("  W: 4 gates x F x U   4·%d·%d = %,d", f, u, 4 * f * u);
    line("  U: 4 gates x U x U   4·%d·%d = %,d", u, u, 4 * u * u);
    line("  b: 4 gates x U       4·%d = %,d", u, 4 * u);
    line("  4FU + 4U² + 4U       %,d + %,d + %,d = %,d", 4 * f * u, 4 * u * u, 4 * u, total);
  }

  private void worked(Model model, LSTM lstm) {
    heading(timesteps == 1 ? "One timestep in numbers" : "Two timesteps in numbers");
    line("With round weights instead of random ones, seen from unit 1 of %d:", units);
    line("  W_i = %s   W_f = %s", kernel(INPUT), kernel(FORGET));
    line("  W_c = %s   W_o = %s", kernel(CANDIDATE), kernel(OUTPUT));
    line("  U_i = %s   U_f = %s", recurrent(INPUT), recurrent(FORGET));
    line("  U_c = %s   U_o = %s", recurrent(CANDIDATE), recurrent(OUTPUT));
    line("  b_i = 0, b_f = 1, b_c = 0, b_o = 0 (Keras begins with b_f = 1)");
    try (WorkedStep step = new WorkedStep(model, lstm, timesteps, features)) {
      for (int t = 1; t <= Math.min(2, timesteps); t++) {
        step.run(t);
        worked(step, t);
      }
    }
  }

  private void worked(WorkedStep step, int t) {
    line("");
    line("t = %d   x_%d = %s", t, t, list(features, step::x));
    if (t > 1) {
      line(
          "        h_%d = %s, C_%d = %s",
          t - 1, list(units, step::hBefore), t - 1, number(step.cBefore()));
    }
    gate(step, "i", INPUT, t);
    gate(step, "f", FORGET, t);
    gate(step, "g", CANDIDATE, t);
    gate(step, "o", OUTPUT, t);
    line(
        "  C_%d = f·C_%d + i·g = %s·%s + %s·%s = %s",
        t,
        t - 1,
        number(step.gate(FORGET)),
        signed(step.cBefore()),
        number(step.gate(INPUT)),
        signed(step.gate(CANDIDATE)),
        number(step.c()));
    line(
        "  h_%d = o·tanh(C_%d) = %s·%s = %s",
        t, t, number(step.gate(OUTPUT)), signed(Math.tanh(step.c())), number(step.h()));
    line("  The model itself computes h_%d = %s.", t, number(step.modelH()));
  }

  private String kernel(int g) {
    return list(features, k -> WorkedStep.kernel(k, g));
  }

  private String recurrent(int g) {
    return list(units, u -> WorkedStep.recurrent(u, g));
  }

  /** The sum before the activation, term by term, and the gate. */
  private void gate(WorkedStep step, String name, int g, int t) {
    line("  z_%s = %s", name, terms(features, step::x, k -> WorkedStep.kernel(k, g)));
    if (t > 1) {
      line("      + %s", terms(units, step::hBefore, u -> WorkedStep.recurrent(u, g)));
    }
    line(
        "      + %s = %s;  %s = %s(z_%s) = %s",
        g == FORGET ? "1" : "0",
        number(step.z(g)),
        name,
        g == CANDIDATE ? "tanh" : "sigmoid",
        name,
        number(step.gate(g)));
  }

  private interface Element {
    double at(int index);
  }

  private static String terms(int n, Element a, Element b) {
    List<String> terms = new ArrayList<>();
    for (int k = 0; k < n; k++) {
      if (n <= MOST_TERMS || k < MOST_TERMS - 1 || k == n - 1) {
        terms.add(signed(a.at(k)) + "·" + signed(b.at(k)));
      } else if (k == n - 2) {
        terms.add("…");
      }
    }
    return String.join(" + ", terms);
  }

  private static String list(int n, Element e) {
    if (n <= MOST_TERMS + 1) {
      return IntStream.range(0, n)
          .mapToObj(k -> number(e.at(k)))
          .collect(Collectors.joining(", ", "(", ")"));
    }
    return "(" + number(e.at(0)) + ", " + number(e.at(1)) + ", …, " + number(e.at(n - 1)) + ")";
  }

  private void equations() {
    heading("Eq. 7 and eq. 5");
    line("The output gate above is eq. 7 of the deeplearning.net tutorial, and Keras's.");
    line("Its eq. 5 lets the gate see the new state too, through one more matrix,");
    line("V_o %s:", "(" + units + ", " + units + ")");
    line("  o_t = sigmoid(x_t·W_o + h_{t-1}·U_o + C_t·V_o + b_o)");
    LSTM full = new LSTM(units).inputShape(timesteps, features).peephole(Peephole.FULL_OUTPUT);
    try (Sequential model = new Sequential(full)) {
      line("That adds U² = %,d: %,d parameters.", (long) units * units, model.countParams());
      line("In Java: new LSTM(%d).peephole(Peephole.FULL_OUTPUT).", units);
    }
  }

  private void heading(String title) {
    line("");
    line("%s", title);
    line("%s", "-".repeat(title.length()));
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }

  private static String many(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  /** At most four decimals, without trailing zeros. */
  static String number(double v) {
    String s = String.format(Locale.ROOT, "%.4f", v).replaceAll("\\.?0+$", "");
    return s.equals("-0") ? "0" : s;
  }

  /** As a factor or a term: negative numbers in brackets. */
  private static String signed(double v) {
    String s = number(v);
    return s.startsWith("-") ? "(" + s + ")" : s;
  }
}
