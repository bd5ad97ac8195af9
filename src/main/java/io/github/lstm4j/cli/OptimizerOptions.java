package io.github.lstm4j.cli;

import io.github.lstm4j.callbacks.LearningRateScheduler;
import io.github.lstm4j.callbacks.ReduceLROnPlateau;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.training.Callback;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how weights move, and how fast. */
final class OptimizerOptions {
  /** How the learning rate changes from epoch to epoch. */
  enum Schedule {
    CONSTANT,
    EXPONENTIAL,
    COSINE,
    PLATEAU
  }

  /** The options that {@link #optimizer} heeds. */
  static final List<String> OF_OPTIMIZER =
      List.of(
          "--optimizer",
          "--learning-rate",
          "--momentum",
          "--weight-decay",
          "--clipnorm",
          "--clipvalue",
          "--accumulate");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description =
          "sgd, rmsprop, adam, adamw, adamax, nadam, adagrad, adadelta, lion, ftrl or lamb; default"
              + " adam.")
  private String name;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "Default: Keras's, 0.01 for sgd, 0.001 for the others.")
  private Float learningRate;

  @Option(names = "--momentum", paramLabel = "M", description = "Of sgd and rmsprop; default 0.")
  private Float momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description =
          "Weights lose D times the learning rate of themselves at each step; default:"
              + " 0.004 for adamw, 0 for the others.")
  private Float weightDecay;

  @Option(
      names = "--clipnorm",
      paramLabel = "N",
      description = "Scale each weight's gradient down to this norm.")
  private Float clipnorm;

  @Option(
      names = "--clipvalue",
      paramLabel = "V",
      description = "Clip each element of the gradients to this, up and down.")
  private Float clipvalue;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = "Move the weights after N batches each, by the mean of their gradients.")
  private int accumulate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "constant",
      description =
          "How the learning rate goes on, epoch by epoch: constant; exponential (times --decay);"
              + " cosine (down to --min-learning-rate at --epochs, after --warmup epochs up);"
              + " plateau (times --decay when --decay-patience epochs were no better). Default"
              + " constant.")
  private Schedule schedule;

  @Option(
      names = "--decay",
      paramLabel = "F",
      description = "Of exponential, default 0.96; of plateau, default 0.1.")
  private Double decay;

  @Option(names = "--decay-patience", paramLabel = "N", description = "Of plateau; default 10.")
  private Integer decayPatience;

  @Option(names = "--warmup", paramLabel = "N", description = "Epochs, of cosine; default 0.")
  private Integer warmup;

  @Option(
      names = "--min-learning-rate",
      paramLabel = "R",
      description = "Of cosine and plateau; default 0.")
  private Float minLearningRate;

  /**
   * Checks what can be checked before the model is known.
   *
   * @param epochs how many are trained
   * @throws picocli.CommandLine.ParameterException if an option is out of range, or means nothing
   *     beside the others
   */
  void check(int epochs) {
    Checks check = new Checks(command);
    check.require(
        learningRate == null || (learningRate > 0 && Float.isFinite(learningRate)),
        "--learning-rate must be greater than 0, got " + learningRate);
    check.require(
        momentum == null || (momentum >= 0 && momentum <= 1),
        "--momentum must lie in [0, 1], got " + momentum);
    atLeast0(check, "--weight-decay", weightDecay);
    greaterThan0(check, "--clipnorm", clipnorm);
    greaterThan0(check, "--clipvalue", clipvalue);
    check.require(
        clipnorm == null || clipvalue == null, "--clipnorm and --clipvalue exclude each other");
    check.require(accumulate >= 1, "--accumulate must be at least 1, got " + accumulate);
    UpdateRule rule = plain(check).rule();
    check.require(
        momentum == null || rule instanceof UpdateRule.Sgd || rule instanceof UpdateRule.RmsProp,
        "--momentum needs --optimizer sgd or rmsprop; " + name + " has none to be set");
    checkSchedule(check, epochs);
  }

  private void checkSchedule(Checks check, int epochs) {
    needs(check, "--decay", decay, Schedule.EXPONENTIAL, Schedule.PLATEAU);
    needs(check, "--decay-patience", decayPatience, Schedule.PLATEAU);
    needs(check, "--warmup", warmup, Schedule.COSINE);
    needs(check, "--min-learning-rate", minLearningRate, Schedule.COSINE, Schedule.PLATEAU);
    check.require(
        decay == null || (decay > 0 && decay < 1), "--decay must lie in (0, 1), got " + decay);
    check.require(
        decayPatience == null || decayPatience >= 0,
        "--decay-patience must be at least 0, got " + decayPatience);
    check.require(
        warmup == null || (warmup >= 0 && warmup < epochs),
        "--warmup must lie in [0, --epochs " + epochs + "), got " + warmup);
    atLeast0(check, "--min-learning-rate", minLearningRate);
  }

  private static void greaterThan0(Checks check, String option, Float value) {
    check.require(
        value == null || (value > 0 && Float.isFinite(value)),
        option + " must be greater than 0, got " + value);
  }

  private static void atLeast0(Checks check, String option, Float value) {
    check.require(
        value == null || (value >= 0 && Float.isFinite(value)),
        option + " must be at least 0, got " + value);
  }

  private void needs(Checks check, String option, Object value, Schedule... those) {
    check.require(
        value == null || List.of(those).contains(schedule),
        option
            + " needs --schedule "
            + String.join(" or ", List.of(those).stream().map(OptimizerOptions::said).toList())
            + ", got "
            + said(schedule));
  }

  private static String said(Schedule schedule) {
    return schedule.name().toLowerCase(java.util.Locale.ROOT);
  }

  private Optimizer plain(Checks check) {
    try {
      return Optimizer.of(name);
    } catch (IllegalArgumentException e) {
      check.require(false, "--optimizer: " + e.getMessage());
      throw e;
    }
  }

  /** The optimizer that was asked for. */
  Optimizer optimizer() {
    Optimizer o = Optimizer.of(name);
    if (momentum != null) {
      o = o.withRule(withMomentum(o.rule(), momentum));
    }
    return o.withLearningRate(learningRate == null ? o.learningRate() : learningRate)
        .withWeightDecay(weightDecay == null ? o.weightDecay() : weightDecay)
        .withClipnorm(clipnorm == null ? 0 : clipnorm)
        .withClipvalue(clipvalue == null ? 0 : clipvalue)
        .withGradientAccumulationSteps(accumulate);
  }

  private static UpdateRule withMomentum(UpdateRule rule, float momentum) {
    return rule instanceof UpdateRule.RmsProp r
        ? new UpdateRule.RmsProp(r.rho(), momentum, r.epsilon(), r.centered())
        : new UpdateRule.Sgd(momentum, false);
  }

  /** Whether the number of epochs decides what happens in each of them. */
  boolean dependsOnEpochs() {
    return schedule == Schedule.COSINE;
  }

  /**
   * What changes the learning rate, if anything does.
   *
   * @param rate what it is at first
   * @param epochs how many are trained
   * @param watched the key of the value that a plateau is of
   * @throws picocli.CommandLine.ParameterException if the rate is too small
   */
  List<Callback> callbacks(float rate, int epochs, String watched) {
    float least = minLearningRate == null ? 0 : minLearningRate;
    new Checks(command)
        .require(
            least <= rate,
            "--min-learning-rate must be at most the learning rate " + rate + ", got " + least);
    return switch (schedule) {
      case CONSTANT -> List.of();
      case EXPONENTIAL ->
          List.of(
              new LearningRateScheduler(
                  LearningRateSchedule.exponentialDecay(rate, 1, decay == null ? 0.96 : decay)));
      case COSINE -> {
        int up = warmup == null ? 0 : warmup;
        // the first epoch of the way up is not one without learning
        yield List.of(
            new LearningRateScheduler(
                LearningRateSchedule.cosineDecay(
                    rate / (up + 1.0), epochs - up, least / rate, rate, up)));
      }
      case PLATEAU ->
          List.of(
              new ReduceLROnPlateau(watched)
                  .factor(decay == null ? 0.1 : decay)
                  .patience(decayPatience == null ? 10 : decayPatience)
                  .minLr(least));
    };
  }
}
