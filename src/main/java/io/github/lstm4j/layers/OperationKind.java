package io.github.lstm4j.layers;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What an operation of {@code keras.ops} takes, says and does; {@link OperationKinds} has all. */
final class OperationKind {
  private final String className;
  private final String module;
  private final int operands; // 0 for any number, which Keras takes as a list
  private final ShapeRule rule;
  private final Lowered lowered;
  private final List<OperationSettings.Setting> settings = new ArrayList<>();
  private boolean elementwise;
  private boolean truth;
  private boolean move;
  private int index = -1;

  /** The shapes of the results. */
  @FunctionalInterface
  interface ShapeRule {
    List<Shape> of(OperationSettings o, List<Shape> operands);
  }

  /** What is computed. */
  @FunctionalInterface
  interface Lowered {
    List<Expression> of(OperationSettings o, List<Expression> operands);
  }

  /**
   * @param operands how many; 0 for any number, which Keras takes as a list
   */
  OperationKind(String module, String className, int operands, ShapeRule rule, Lowered lowered) {
    this.module = module;
    this.className = className;
    this.operands = operands;
    this.rule = rule;
    this.lowered = lowered;
  }

  OperationKind elementwise() {
    elementwise = true;
    return this;
  }

  OperationKind truth() {
    truth = true;
    return this;
  }

  OperationKind move() {
    move = true;
    return this;
  }

  OperationKind index(int operand) {
    index = operand;
    return this;
  }

  OperationKind with(String setting, Class<?> type, Object usual) {
    settings.add(new OperationSettings.Setting(setting, type, usual));
    return this;
  }

  String className() {
    return className;
  }

  String module() {
    return "keras.src.ops." + module;
  }

  boolean isOfList() {
    return operands == 0;
  }

  boolean isIndex(int operand) {
    return operand == index;
  }

  boolean isElementwise() {
    return elementwise;
  }

  boolean isTruth() {
    return truth;
  }

  /** Whether it puts the elements of its first operand elsewhere, and nothing more. */
  boolean isMove() {
    return move;
  }

  List<OperationSettings.Setting> settings() {
    return settings;
  }

  void requireOperands(List<Tensor> given) {
    if (operands == 0 ? given.isEmpty() : given.size() != operands) {
      String expected = operands == 0 ? "at least one operand" : operands + " operands";
      throw new IllegalArgumentException(
          className + ": expected " + expected + ", got " + given.size());
    }
    for (int i = 0; i < given.size(); i++) {
      if (isIndex(i) != (given.get(i) != null) && index >= 0) {
        throw new IllegalArgumentException(
            className + ": operand " + i + " must be " + (isIndex(i) ? "constant" : "a tensor"));
      }
    }
    if (given.stream().allMatch(c -> c != null)) {
      throw new IllegalArgumentException(className + ": at least one operand must be a tensor");
    }
  }

  List<Shape> shapes(OperationSettings o, List<Shape> shapes) {
    return rule.of(o, shapes);
  }

  List<Expression> lower(OperationSettings o, List<Expression> in) {
    return lowered.of(o, in);
  }
}
