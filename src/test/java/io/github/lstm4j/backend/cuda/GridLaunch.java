package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * One launch of {@code kernels/lstm_persistent2.cuh} on a device, with random operands, and what it
 * has to give, step by step in double from what the launch itself handed on, inputs of products
 * rounded as tensor cores round them.
 */
final class GridLaunch {
  private static final int WARPS = 8;

  /**
   * What to run.
   *
   * @param width of the kernel
   * @param unitsOfBlock of the kernel
   * @param rows of a slice
   * @param options letters: m mask, z zeroOutputForMask, y outputs apart from the states, p
   *     diagonal peepholes, o output peephole, b no bias, r from the last time to the first, a
   *     other activations, l gradients of the last states, i gradients of the initial states
   */
  record Setup(
      int width, int unitsOfBlock, MathMode math, int u, int b, int t, int rows, String options) {
    boolean has(char option) {
      return options.indexOf(option) >= 0;
    }

    int blocks() {
      return (u + unitsOfBlock - 1) / unitsOfBlock;
    }

    int slices() {
      return (b + rows - 1) / rows;
    }
  }

  final Setup s;
  private final CudaDriver driver;
  private final DeviceArrays arrays;
  private final long module;
  private final Random random = new Random(7);
  private final int state;
  private final Activation phi;
  private final Activation sigma;
  int polls = 1 << 22;
  int status;

  // operands, and what came of them
  private final float[] z;
  private final float[] r;
  private final float[] bias;
  private final float[] peephole;
  private final float[] mask;
  float[] gates;
  float[] hs;
  float[] cs;
  float[] y;
  private float[] dy;
  private float[] dyLast;
  private float[] dhLast;
  private float[] dcLast;
  float[] dz;
  float[] dh;
  float[] dc;

  GridLaunch(CudaDriver driver, String ptx, Setup setup) {
    this.driver = driver;
    s = setup;
    arrays = new DeviceArrays(driver);
    module = driver.loadModule("lstm_persistent2", ptx);
    state = s.b * s.u;
    phi = (s.has('a') ? Activation.Kind.SILU : Activation.Kind.TANH).usual();
    sigma = (s.has('a') ? Activation.Kind.HARD_SIGMOID : Activation.Kind.SIGMOID).usual();
    z = normal(s.t * 4 * state, 1);
    r = normal(4 * s.u * s.u, 0.7 / Math.sqrt(s.u));
    bias = s.has('b') ? null : normal(4 * s.u, 0.3);
    peephole = s.has('p') || s.has('o') ? normal(3 * s.u, 0.3) : null;
    mask = s.has('m') ? new float[s.t * s.b] : null;
    for (int i = 0; mask != null && i < mask.length; i++) {
      mask[i] = random.nextInt(3) == 0 ? 0 : 1;
      if (mask[i] == 0) {
        Arrays.fill(z, i * 4 * s.u, (i + 1) * 4 * s.u, Float.NaN);
      }
    }
    hs = new float[(s.t + 1) * state];
    cs = new float[(s.t + 1) * state];
    Arrays.fill(hs, Float.NaN);
    Arrays.fill(cs, Float.NaN);
    System.arraycopy(normal(state, 0.5), 0, hs, slot(0), state);
    System.arraycopy(normal(state, 0.5), 0, cs, slot(0), state);
  }

  private float[] normal(int n, double scale) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (random.nextGaussian() * scale);
    }
    return x;
  }

  /** Where the states before the step-th processed step are. */
  private int slot(int step) {
    return (s.has('r') ? s.t - step : step) * state;
  }

  private int time(int step) {
    return s.has('r') ? s.t - 1 - step : step;
  }

  private long onDevice(float[] values) {
    return values == null ? 0L : arrays.of(values);
  }

  private void launch(String way, int columns, int kept, Object... arguments) {
    int shared = 4 * s.rows * (WARPS * (columns + 8) + kept * s.unitsOfBlock);
    String entry =
        String.format(
            Locale.ROOT,
            "lstm_persistent2_%s_%d_%s",
            way,
            s.width,
            s.math.name().toLowerCase(Locale.ROOT));
    LaunchConfig config =
        LaunchConfig.of(Dim3.of(s.blocks(), s.slices()), Dim3.of(256))
            .withShared(shared)
            .together();
    long launch = driver.prepareLaunch(driver.function(module, entry), entry, config, arguments);
    driver.launch(launch, 0);
    driver.synchronize(0);
    driver.freeLaunch(launch);
  }

  private List<Object> last(long flags, long gaveUp, int gates) {
    long words = 2L * s.b * s.blocks() * s.unitsOfBlock * gates;
    long handed = driver.allocate((s.math == MathMode.TF32 ? 4 : 2) * words);
    List<Object> list =
        new ArrayList<>(List.of(handed, flags, gaveUp, polls, s.t, s.b, s.u, s.rows));
    list.add(s.has('r') ? 1 : 0);
    for (Activation a : new Activation[] {phi, sigma}) {
      list.add(a.kind().ordinal());
      list.add((float) a.alpha());
      list.add((float) a.beta());
      list.add((float) a.gamma());
    }
    return list;
  }

  private long[] peepholes() {
    long all = onDevice(peephole);
    long ofO = all == 0 ? 0 : s.has('p') ? all + 8L * s.u : all;
    return new long[] {s.has('p') ? all : 0, ofO};
  }

  GridLaunch forward() {
    long pz = arrays.of(z);
    long ph = arrays.of(hs);
    long pc = arrays.of(cs);
    long py = s.has('y') ? driver.allocate(4L * s.t * state) : 0;
    long flags = arrays.of(new float[8 * s.blocks() * s.slices()]);
    long gaveUp = arrays.of(new float[] {Float.intBitsToFloat(status)});
    long[] p = peepholes();
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                pz,
                onDevice(bias),
                arrays.of(r),
                p[0],
                p[1],
                onDevice(mask),
                ph,
                pc,
                py,
                s.has('z') ? 1 : 0));
    arguments.addAll(last(flags, gaveUp, 1));
    launch("forward", 4 * s.unitsOfBlock, 6, arguments.toArray());
    status = Float.floatToRawIntBits(arrays.read(gaveUp, 1)[0]);
    if (status == 0) {
      gates = arrays.read(pz, z.length);
      hs = arrays.read(ph, hs.length);
      cs = arrays.read(pc, cs.length);
      y = py == 0 ? null : arrays.read(py, s.t * state);
    }
    return this;
  }

  GridLaunch backward() {
    dy = normal(s.t * state, 1);
    dyLast = s.has('l') && s.has('y') ? normal(state, 1) : new float[state];
    dhLast = s.has('l') ? normal(state, 1) : new float[state];
    dcLast = s.has('l') ? normal(state, 1) : new float[state];
    long pz = arrays.of(gates);
    long ph = arrays.of(dhLast);
    long pc = arrays.of(dcLast);
    long flags = arrays.of(new float[8 * s.blocks() * s.slices()]);
    long gaveUp = arrays.of(new float[1]);
    long[] p = peepholes();
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                pz,
                arrays.of(r),
                p[0],
                p[1],
                onDevice(mask),
                arrays.of(cs),
                arrays.of(dy),
                s.has('y') ? arrays.of(dyLast) : 0L,
                ph,
                pc,
                s.has('z') ? 1 : 0,
                s.has('i') ? 1 : 0));
    arguments.addAll(last(flags, gaveUp, 4));
    launch("backward", s.unitsOfBlock, 10, arguments.toArray());
    status = Float.floatToRawIntBits(arrays.read(gaveUp, 1)[0]);
    dz = arrays.read(pz, gates.length);
    dh = arrays.read(ph, state);
    dc = arrays.read(pc, state);
    return this;
  }

  // ---------------------------------------------------------------- what it has to be

  private double rounded(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat(
        s.math == MathMode.TF32
            ? (bits + 0x1000) & 0xFFFF_E000
            : (bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF_0000);
  }

  private double activate(boolean isPhi, double x) {
    if (s.has('a')) {
      return isPhi
          ? x / (1 + Math.exp(-x))
          : Math.max(0, Math.min(1, sigma.alpha() * x + sigma.beta()));
    }
    return isPhi ? Math.tanh(x) : 1 / (1 + Math.exp(-x));
  }

  /** From the input of the activation. */
  private double slope(boolean isPhi, double x) {
    double y = activate(isPhi, x);
    if (!s.has('a')) {
      return isPhi ? 1 - y * y : y * (1 - y);
    } else if (isPhi) {
      double sig = 1 / (1 + Math.exp(-x));
      return sig * (1 + x * (1 - sig));
    }
    return y > 0 && y < 1 ? sigma.alpha() : 0;
  }

  /** What is kept of an activation's input: silu keeps it, the others their output. */
  private double kept(boolean isPhi, double x) {
    return isPhi && s.has('a') ? x : activate(isPhi, x);
  }

  private double[] roundedWeights() {
    double[] rounded = new double[r.length];
    for (int i = 0; i < r.length; i++) {
      rounded[i] = rounded(r[i]);
    }
    return rounded;
  }

  private double peephole(int gate, int unit) {
    return s.has('p')
        ? peephole[(gate == 3 ? 2 : gate) * s.u + unit]
        : s.has('o') && gate == 3 ? peephole[unit] : 0;
  }

  private boolean masked(int t, int row) {
    return mask != null && mask[t * s.b + row] == 0;
  }

  /** The gates before activation, biases and peepholes in, of a step from the states before it. */
  private double[] inputs(int step, int row, double[] weights) {
    int g = 4 * s.u;
    double[] sums = new double[g];
    for (int k = 0; k < s.u; k++) {
      double h = rounded(hs[slot(step) + row * s.u + k]);
      for (int q = 0; q < g; q++) {
        sums[q] += h * weights[k * g + q];
      }
    }
    for (int q = 0; q < g; q++) {
      sums[q] += z[(time(step) * s.b + row) * g + q] + (bias == null ? 0 : bias[q]);
    }
    for (int unit = 0; unit < s.u; unit++) {
      double c = cs[slot(step) + row * s.u + unit];
      sums[unit] += peephole(0, unit) * c;
      sums[s.u + unit] += peephole(1, unit) * c;
      c =
          activate(false, sums[s.u + unit]) * c
              + activate(false, sums[unit]) * activate(true, sums[2 * s.u + unit]);
      sums[3 * s.u + unit] += peephole(3, unit) * c;
    }
    return sums;
  }

  /** The largest distance of what the forward launch gave, relative where it is above 1. */
  double forwardError() {
    Worst worst = new Worst();
    double[] weights = roundedWeights();
    for (int step = 0; step < s.t; step++) {
      for (int row = 0; row < s.b; row++) {
        int t = time(step);
        boolean masked = masked(t, row);
        double[] x = masked ? null : inputs(step, row, weights);
        for (int unit = 0; unit < s.u; unit++) {
          int at = row * s.u + unit;
          double h = hs[slot(step) + at];
          double c = cs[slot(step) + at];
          for (int k = 0; k < 4; k++) {
            double kept = masked ? 0 : kept(k == 2, x[k * s.u + unit]);
            worst.see(gates[(t * s.b + row) * 4 * s.u + k * s.u + unit], kept);
          }
          if (!masked) {
            c =
                activate(false, x[s.u + unit]) * c
                    + activate(false, x[unit]) * activate(true, x[2 * s.u + unit]);
            h = activate(false, x[3 * s.u + unit]) * activate(true, c);
          }
          worst.see(cs[slot(step + 1) + at], c);
          worst.see(hs[slot(step + 1) + at], h);
          if (s.has('y')) {
            boolean zero = step == 0 || s.has('z');
            double expected = !masked ? h : zero ? 0 : y[time(step - 1) * state + at];
            worst.see(y[t * state + at], expected);
          }
        }
      }
    }
    return worst.error;
  }

  /**
   * The same of the backward launch, relative to the largest gradient. In small methods: as one
   * large one, JDK 17.0.15's C2 was seen to compile it to wrong sums late in a long run.
   */
  double backwardError() {
    Worst worst = new Worst();
    double[] weights = roundedWeights();
    double[] dhNow = widened(dhLast);
    double[] dcNow = widened(dcLast);
    double[] carry = widened(dyLast);
    for (int step = s.t - 1; step >= 0; step--) {
      for (int row = 0; row < s.b; row++) {
        double[] d = new double[4 * s.u];
        if (masked(time(step), row)) {
          passMasked(step, row, dhNow, carry);
        } else {
          gradients(step, row, inputs(step, row, weights), dhNow, dcNow, carry, d);
        }
        for (int q = 0; q < d.length; q++) {
          worst.see(dz[(time(step) * s.b + row) * d.length + q], d[q]);
        }
        if (step > 0 || s.has('i')) {
          handOn(step, row, weights, dhNow);
        }
      }
    }
    for (int at = 0; at < state; at++) {
      worst.see(dc[at], dcNow[at]);
      if (s.has('i')) {
        worst.see(dh[at], dhNow[at]);
      }
    }
    return worst.error / worst.largest;
  }

  /**
   * A masked step gives the gradients of the states, and of an output that repeats, to the last.
   */
  private void passMasked(int step, int row, double[] dhNow, double[] carry) {
    for (int at = row * s.u; at < (row + 1) * s.u; at++) {
      double output = dy[time(step) * state + at];
      if (s.has('y')) {
        carry[at] = s.has('z') ? 0 : carry[at] + output;
      } else {
        dhNow[at] += output;
      }
    }
  }

  /** dz of a row, from the gates before activation; what is left for the step before. */
  private void gradients(
      int step, int row, double[] x, double[] dhNow, double[] dcNow, double[] carry, double[] d) {
    for (int unit = 0; unit < s.u; unit++) {
      int at = row * s.u + unit;
      double all = dhNow[at] + carry[at] + dy[time(step) * state + at];
      dhNow[at] = 0;
      carry[at] = 0;
      double xi = x[unit];
      double xf = x[s.u + unit];
      double xg = x[2 * s.u + unit];
      double xo = x[3 * s.u + unit];
      double c = cs[slot(step + 1) + at];
      double dzo = all * activate(true, c) * slope(false, xo);
      double dcAll =
          dcNow[at] + all * activate(false, xo) * slope(true, c) + dzo * peephole(3, unit);
      double dzi = dcAll * activate(true, xg) * slope(false, xi);
      double dzf = dcAll * cs[slot(step) + at] * slope(false, xf);
      d[unit] = dzi;
      d[s.u + unit] = dzf;
      d[2 * s.u + unit] = dcAll * activate(false, xi) * slope(true, xg);
      d[3 * s.u + unit] = dzo;
      dcNow[at] = dcAll * activate(false, xf) + dzi * peephole(0, unit) + dzf * peephole(1, unit);
    }
  }

  /** dh += dZ·Rᵀ of a row, of the dZ that the launch gave, rounded. */
  private void handOn(int step, int row, double[] weights, double[] dhNow) {
    int g = 4 * s.u;
    double[] given = new double[g];
    for (int k = 0; k < g; k++) {
      given[k] = rounded(dz[(time(step) * s.b + row) * g + k]);
    }
    for (int unit = 0; unit < s.u; unit++) {
      double sum = dhNow[row * s.u + unit];
      for (int k = 0; k < g; k++) {
        sum += given[k] * weights[unit * g + k];
      }
      dhNow[row * s.u + unit] = sum;
    }
  }

  private static double[] widened(float[] x) {
    double[] wide = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      wide[i] = x[i];
    }
    return wide;
  }

  /** The largest error; NaN counts as infinite. */
  private static final class Worst {
    double error;
    double largest = 1;

    void see(double got, double expected) {
      double distance = Math.abs(got - expected) / Math.max(1, Math.abs(expected));
      error = Math.max(error, Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance);
      largest = Math.max(largest, Math.abs(expected));
    }
  }
}
