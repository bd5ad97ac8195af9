package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Every op but the LSTM, the losses and the metrics: alone, over shapes and options. */
final class OpCases {
  /** Numbers of rows and widths, by which every op is varied. */
  static final int[][] SHAPES = {
    {1, 1},
    {1, 7},
    {2, 4},
    {3, 5},
    {5, 3},
    {7, 31},
    {31, 1},
    {32, 32},
    {33, 33},
    {13, 128},
    {128, 2},
    {64, 65},
    {1, 1031},
    {1031, 1},
    {3, 1024},
    {1027, 17},
    {257, 129}
  };

  private static final Fill NORMAL = Fill.normal(1);

  private final List<Case> cases = new ArrayList<>();
  private final long seed;

  private OpCases(long seed) {
    this.seed = seed;
  }

  static List<Case> all(long seed) {
    OpCases c = new OpCases(seed);
    c.matMul();
    c.activations();
    c.copies();
    c.dropout();
    c.masks();
    c.moves();
    c.embedding();
    c.clips();
    c.updates();
    c.cases.addAll(AlgebraCases.all(seed + c.cases.size()));
    return c.cases;
  }

  private void add(String op, Object options, Shape shape, Consumer<Scene> content) {
    cases.add(
        new Case(
            op, String.valueOf(options), shape.toString(), seed + cases.size(), false, content));
  }

  /** A content for each of {@link #SHAPES}. */
  private interface Rows {
    void build(Scene s, int rows, int width);
  }

  private void overShapes(String op, Object options, Rows content) {
    for (int[] d : SHAPES) {
      add(op, options, Shape.of(d), s -> content.build(s, d[0], d[1]));
    }
  }

  private void matMul() {
    int[][] sizes = {
      {1, 1, 1},
      {1, 1, 5},
      {1, 7, 1},
      {5, 1, 1},
      {2, 3, 5},
      {7, 31, 33},
      {32, 32, 32},
      {33, 31, 7},
      {13, 17, 64},
      {128, 5, 128},
      {65, 128, 129},
      {1, 1031, 4},
      {4, 3, 1031},
      {1031, 3, 2},
      {6, 64, 1024},
      {129, 257, 131},
      {16, 1031, 1033}
    };
    for (int[] d : sizes) {
      for (boolean bias : new boolean[] {true, false}) {
        add("MatMul", bias ? "bias" : "no bias", Shape.of(d), s -> matMul(s, d, bias, 7));
      }
      for (int wanted = 1; wanted < 7; wanted++) {
        int w = wanted;
        if (d[0] * d[1] * d[2] < 100_000) {
          add("MatMulGrad", "outputs " + w, Shape.of(d), s -> matMul(s, d, true, w));
        }
      }
    }
    for (int[] d : new int[][] {{3, 2, 5, 4}, {1, 33, 3, 31}}) {
      add(
          "MatMul",
          "sequence",
          Shape.of(d),
          s -> {
            Value x = s.sequence("x", NORMAL, d[0], d[1], d[2]);
            s.compare(s.graph.matMul(x, s.variable("w", NORMAL, d[2], d[3]), null, "y"));
          });
    }
  }

  /** Bits of {@code wanted}: dx, dWeight, dBias. */
  private static void matMul(Scene s, int[] d, boolean bias, int wanted) {
    Value x = s.input("x", NORMAL, d[0], d[1]);
    Value w = s.variable("w", NORMAL, d[1], d[2]);
    Value b = bias ? s.variable("b", NORMAL, d[2]) : null;
    s.compare(s.graph.matMul(x, w, b, "y"));
    Value dy = s.input("dy", NORMAL, d[0], d[2]);
    s.add(
        new MatrixOp.MatMulGrad(
            x,
            w,
            dy,
            (wanted & 1) != 0 ? s.like(x) : null,
            (wanted & 2) != 0 ? s.like(w) : null,
            bias && (wanted & 4) != 0 ? s.like(b) : null));
  }

  private void activations() {
    for (Activation a : Activations.ALL) {
      overShapes(
          "Activate",
          a,
          (s, rows, width) -> {
            Value x = s.input("x", Fill.normal(s.any(0.1, 1.0, 4.0)), rows, width);
            Value y = s.temporary("y", rows, width);
            s.add(new ElementwiseOp.Activate(a, x, y));
            Value dy = s.input("dy", NORMAL, rows, width);
            s.add(new ElementwiseOp.ActivateGrad(a, x, y, dy, s.like(x)));
          });
      float[] special = {0f, -0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 15f, -15f, 30f, -30f, 80f, -80f};
      add(
          "Activate",
          a + " special",
          Shape.of(special.length, 1),
          s -> {
            Value x = s.input("x", Fill.of(special), special.length, 1);
            s.add(new ElementwiseOp.Activate(a, x, s.temporary("y", special.length, 1)));
          });
    }
    // softmax is safe from overflow
    for (Activation a : List.of(Activation.SOFTMAX, Activation.of("log_softmax"))) {
      add(
          "Activate",
          a + " large",
          Shape.of(2, 3),
          s -> {
            Value x = s.input("x", Fill.of(1000f, 1001f, 999f, -1000f, -1002f, -1001f), 2, 3);
            s.add(new ElementwiseOp.Activate(a, x, s.temporary("y", 2, 3)));
          });
    }
  }

  private void copies() {
    overShapes(
        "Copy",
        "",
        (s, rows, width) -> {
          Value x = s.input("x", NORMAL, rows, width);
          s.add(new ElementwiseOp.Copy(x, s.temporary("y", rows, width)));
          s.add(new ElementwiseOp.Copy(x, s.variable("state", NORMAL, rows, width)));
        });
    add(
        "Copy",
        "views",
        Shape.of(4, 3),
        s -> {
          Value x = s.graph.view("part", s.input("x", NORMAL, 4, 3), 3, Shape.of(2, 3), false);
          Value state = s.variable("state", NORMAL, 5, 3);
          s.graph.add(
              new ElementwiseOp.Copy(x, s.graph.view("part", state, 6, Shape.of(2, 3), false)));
          s.compare(state);
        });
  }

  private void dropout() {
    for (float rate : new float[] {0f, 0.1f, 0.5f, 0.9f}) {
      overShapes(
          "Dropout",
          rate,
          (s, rows, width) -> {
            DropoutOp.Draw draw =
                new DropoutOp.Draw(rate, s.random.nextLong(), s.random.nextInt(100));
            s.runs = 2;
            Value y = s.temporary("y", rows, width);
            s.add(new DropoutOp.Dropout(draw, s.input("x", NORMAL, rows, width), s.scalars(), y));
          });
      overShapes(
          "DropoutMask",
          rate,
          (s, rows, width) -> {
            DropoutOp.Draw draw = new DropoutOp.Draw(rate, s.random.nextLong(), s.random.nextInt());
            s.runs = 2;
            s.add(new DropoutOp.DropoutMask(draw, s.scalars(), s.temporary("mask", rows, width)));
          });
    }
    for (float deviation : new float[] {0f, 0.5f}) {
      overShapes(
          "Noise",
          deviation,
          (s, rows, width) -> {
            Value y = s.temporary("y", rows, width);
            s.runs = 2;
            long seed = s.random.nextLong();
            s.add(new DropoutOp.Noise(1f, deviation, seed, s.random.nextInt(), s.scalars(), y));
          });
    }
    for (int gates : new int[] {1, 4}) {
      overShapes(
          "SequenceDropout",
          "G=" + gates,
          (s, rows, width) -> {
            int batch = s.any(1, 3);
            Value x = s.sequence("x", NORMAL, rows, batch, width);
            Value masks = s.input("masks", NORMAL, gates, batch, width);
            Value y =
                gates == 1
                    ? s.temporary("y", rows, batch, width)
                    : s.temporary("y", 4, rows, batch, width);
            s.add(new DropoutOp.SequenceDropout(x, masks, y));
            Value dy = s.input("dy", NORMAL, y.shape().dims());
            s.add(new DropoutOp.SequenceDropoutGrad(dy, masks, s.like(x)));
          });
    }
  }

  private void masks() {
    for (float value : new float[] {0f, -1f}) {
      overShapes(
          "MaskOf",
          value,
          (s, rows, width) -> {
            Fill mostly = (random, i) -> random.nextInt(width + 1) == 0 ? value + 1 : value;
            s.add(
                new MaskOp.MaskOf(
                    s.input("x", mostly, rows, width), value, s.temporary("m", rows)));
          });
    }
    overShapes(
        "MaskRows",
        "",
        (s, rows, width) -> {
          Fill garbage =
              (random, i) -> random.nextInt(3) == 0 ? 1e30f : (float) random.nextGaussian();
          Value x = s.input("x", garbage, rows, width);
          s.add(
              new MaskOp.MaskRows(
                  x, s.input("m", Fill.whole(2), rows), s.temporary("y", rows, width)));
        });
    add(
        "MaskRows",
        "NaN",
        Shape.of(3, 2),
        s -> {
          Value x = s.input("x", Fill.of(1, 2, Float.NaN, Float.POSITIVE_INFINITY, 5, 6), 3, 2);
          s.add(new MaskOp.MaskRows(x, s.input("m", Fill.of(1, 0, 1), 3), s.temporary("y", 3, 2)));
        });
  }

  private void moves() {
    overShapes(
        "Write",
        "side by side",
        (s, rows, width) -> {
          Value a = s.input("a", NORMAL, rows, width);
          Value b = s.input("b", NORMAL, rows, 1 + s.random.nextInt(7));
          s.compare(s.graph.concat(a, b, "y"));
        });
    overShapes(
        "Read",
        "columns",
        (s, rows, width) -> {
          int from = s.random.nextInt(width);
          Value x = s.input("x", NORMAL, rows, width);
          Value y = s.graph.slice(x, 1, from, 1 + s.random.nextInt(width - from), "columns");
          s.compare(s.graph.scale(2, y, "y"));
        });
    overShapes(
        "Read",
        "reversed",
        (s, rows, width) -> {
          int batch = s.any(1, 3);
          Value x = s.sequence("x", NORMAL, rows, batch, width);
          s.compare(s.graph.reverse(x, "y"));
        });
    overShapes(
        "Read",
        "flattened",
        (s, rows, width) -> {
          Value x = s.sequence("x", NORMAL, rows, s.any(1, 2, 5), width);
          s.compare(s.graph.flatten(x, "y"));
        });
    overShapes(
        "Read",
        "timesteps last",
        (s, rows, width) -> {
          Value x = s.sequence("x", NORMAL, rows, s.any(1, 3), width);
          s.compare(s.graph.flattenByFeature(x, "flat"));
          s.compare(s.graph.activateOver(Activation.SOFTMAX, x, 0, "softmax"));
        });
    overShapes(
        "Read",
        "repeated",
        (s, rows, width) -> {
          int times = s.any(1, 2, 5);
          s.compare(s.graph.repeat(s.input("x", NORMAL, rows, width), times, "y"));
        });
  }

  private void embedding() {
    overShapes(
        "Embed",
        "",
        (s, rows, width) -> {
          int batch = s.any(1, 3);
          int words = s.any(1, 2, 11, 100);
          Value ids = s.sequence("ids", Fill.whole(words), rows, batch);
          Value table = s.variable("table", NORMAL, words, width);
          Value y = s.compare(s.graph.embed(ids, table, "y"));
          s.add(
              new EmbeddingOp.EmbedGrad(
                  ids, s.input("dy", NORMAL, y.shape().dims()), s.like(table)));
        });
  }

  private void clips() {
    overShapes(
        "ClipValue",
        0.5f,
        (s, rows, width) -> {
          Value g = s.temporary("g", rows, width);
          s.graph.add(new ElementwiseOp.Copy(s.input("from", NORMAL, rows, width), g));
          s.add(new UpdateOp.ClipValue(0.5f, g));
        });
    for (float limit : new float[] {0.5f, 1e6f}) {
      overShapes(
          "ClipNorm",
          limit,
          (s, rows, width) -> {
            List<Value> gradients = new ArrayList<>();
            int n = s.any(1, 2, 5);
            for (int i = 0; i < n; i++) {
              Value g = i % 2 == 0 ? s.temporary("g", rows, width) : s.temporary("g", width);
              s.graph.add(new ElementwiseOp.Copy(s.input("from", NORMAL, g.shape().dims()), g));
              gradients.add(g);
            }
            s.graph.clipNorm(limit, gradients, limit < 1);
            gradients.forEach(s::compare);
          });
    }
    add(
        "ClipNorm",
        "all zero",
        Shape.of(3),
        s -> {
          Value g = s.temporary("g", 3);
          s.graph.add(new ElementwiseOp.Copy(s.input("from", Fill.of(0, 0, 0), 3), g));
          s.graph.clipNorm(1, List.of(g), true);
          s.compare(g);
        });
  }

  private void updates() {
    List<Optimizer> optimizers =
        List.of(
            Optimizer.sgd(0.1f),
            Optimizer.sgd(0.1f, 0.9f, false),
            Optimizer.sgd(0.1f, 0.9f, true),
            Optimizer.rmsprop(0.01f),
            Optimizer.rmsprop(0.01f, 0.8f, 0.9f, 1e-3f, false),
            Optimizer.rmsprop(0.01f, 0.8f, 0f, 1e-3f, true),
            Optimizer.rmsprop(0.01f, 0.8f, 0.9f, 1e-3f, true),
            Optimizer.adam(0.01f),
            Optimizer.adam(0.01f, 0.5f, 0.9f, 1e-3f),
            Optimizer.adam(0.01f, 0.5f, 0.9f, 1e-3f).withAmsgrad(),
            Optimizer.adagrad(0.1f),
            Optimizer.adadelta(0.5f).withRule(new UpdateRule.Adadelta(0.8f, 1e-3f)),
            Optimizer.adamax(0.01f),
            Optimizer.nadam(0.01f),
            Optimizer.lion(0.01f),
            Optimizer.ftrl(0.1f),
            Optimizer.ftrl(0.1f)
                .withRule(new UpdateRule.Ftrl(-0.7f, 0.2f, 0.1f, 0.02f, 0.03f, 0.4f)),
            Optimizer.lamb(0.01f));
    for (Optimizer o : optimizers) {
      overShapes(
          "Update",
          o.rule(),
          (s, rows, width) -> {
            update(s, o, rows, width);
            s.runs = 3;
          });
    }
    overShapes(
        "Decay",
        0.1f,
        (s, rows, width) -> {
          s.optimizer = Optimizer.sgd(0.3f);
          s.add(new UpdateOp.Decay(0.1f, s.variable("w", NORMAL, rows, width), s.scalars()));
        });
    overShapes(
        "Average",
        0.9f,
        (s, rows, width) -> { // the first run begins it, the second overwrites
          s.optimizer = Optimizer.sgd(0.3f).withEma(new Optimizer.Ema(0.9f, 2));
          Value w = s.variable("w", NORMAL, rows, width);
          s.runs = 3;
          s.add(new UpdateOp.Average(w, s.variable("a", NORMAL, rows, width), s.scalars()));
        });
    overShapes(
        "AddGradient",
        1,
        (s, rows, width) -> {
          Value sum = s.variable("sum", NORMAL, rows, width);
          s.add(new UpdateOp.AddGradient(s.input("g", NORMAL, rows, width), sum));
        });
    overShapes(
        "MeanGradient",
        3,
        (s, rows, width) -> {
          Value g = s.temporary("g", rows, width);
          s.graph.add(new ElementwiseOp.Copy(s.input("from", NORMAL, rows, width), g));
          s.add(new UpdateOp.MeanGradient(3, g, s.variable("sum", NORMAL, rows, width)));
        });
  }

  private static void update(Scene s, Optimizer o, int rows, int width) {
    UpdateRule rule = o.rule();
    Value w = s.variable("w", NORMAL, rows, width);
    List<Value> slots = new ArrayList<>();
    for (UpdateRule.Slot slot : rule.slots()) {
      slots.add(s.variable(slot.name(), (random, i) -> slot.initial(), rows, width));
    }
    s.optimizer = o;
    // Ftrl subtracts two roots that are nearly equal
    s.tolerance = rule instanceof UpdateRule.Ftrl ? 1e-3 : 1e-5;
    s.add(new UpdateOp.Update(rule, w, s.input("g", NORMAL, rows, width), slots, s.scalars()));
  }
}
