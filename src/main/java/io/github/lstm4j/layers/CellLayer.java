package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import java.util.List;
import java.util.Map;

/**
 * A recurrent layer around a cell of its own, whose settings are also the layer's: {@code LSTM}
 * around an {@code LSTMCell}.
 *
 * <p>Weights, for a cell of G gates: {@code kernel} (features, G·units), {@code recurrent_kernel}
 * (units, G·units), {@code bias} (G·units) or (2, G·units), then those that only this kind of cell
 * has.
 *
 * @param <R> the layer's own class, which setters return
 * @param <C> the cell's class
 */
public abstract class CellLayer<R extends CellLayer<R, C>, C extends FusedCell<C>>
    extends Recurrent<R> {
  private final C cell;

  CellLayer(C cell) {
    this.cell = cell;
    cell.autoName(className()); // for errors, until the layer has a name
  }

  /** What one timestep computes. */
  public final C cell() {
    return cell;
  }

  @Override
  public final List<Cell> cells() {
    return List.of(cell);
  }

  @Override
  void nameCells() {
    if (name() != null) {
      cell.autoName(name());
    }
  }

  @Override
  protected final void configure(Config c) {
    configureSequence(c);
    cell.configure(c);
  }

  @Override
  public final Map<String, Object> leftOutOfTraining() {
    Map<String, Object> all = super.leftOutOfTraining();
    all.putAll(cell.leftOutOfTraining());
    return all;
  }

  @Override
  public final List<Group> groups() {
    String group = KerasNames.snakeCase(cell.className());
    return List.of(
        new Group("", name(), name(), List.of()), new Group("cell", group, name(), weights()));
  }

  @Override
  public R name(String newName) {
    super.name(newName);
    cell.autoName(newName);
    return self();
  }

  /** Activation of the output, and of what the states are made of; default tanh. */
  public R activation(Activation a) {
    cell.activation(a);
    return self();
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public R activation(String a) {
    cell.activation(a);
    return self();
  }

  /** Whether there is a bias; default true. */
  public R useBias(boolean use) {
    cell.useBias(use);
    return self();
  }

  /**
   * Bounds what goes into the gates' activations to [−threshold, threshold]: see {@link
   * FusedCell#clip}.
   */
  public R clip(float threshold) {
    cell.clip(threshold);
    return self();
  }

  /** Initializer of the kernel; default glorot_uniform over all gates together. */
  public R kernelInitializer(Initializer initializer) {
    cell.kernelInitializer(initializer);
    return self();
  }

  /** As {@link #kernelInitializer(Initializer)}, by Keras's name. */
  public R kernelInitializer(String initializer) {
    cell.kernelInitializer(initializer);
    return self();
  }

  /** Initializer of the recurrent kernel; default orthogonal. */
  public R recurrentInitializer(Initializer initializer) {
    cell.recurrentInitializer(initializer);
    return self();
  }

  /** As {@link #recurrentInitializer(Initializer)}, by Keras's name. */
  public R recurrentInitializer(String initializer) {
    cell.recurrentInitializer(initializer);
    return self();
  }

  /** Initializer of the bias; default zeros. */
  public R biasInitializer(Initializer initializer) {
    cell.biasInitializer(initializer);
    return self();
  }

  /** As {@link #biasInitializer(Initializer)}, by Keras's name. */
  public R biasInitializer(String initializer) {
    cell.biasInitializer(initializer);
    return self();
  }

  /** What the kernel adds to the loss; default nothing. */
  public R kernelRegularizer(Regularizer regularizer) {
    cell.kernelRegularizer(regularizer);
    return self();
  }

  /** As {@link #kernelRegularizer(Regularizer)}, by Keras's name. */
  public R kernelRegularizer(String regularizer) {
    cell.kernelRegularizer(regularizer);
    return self();
  }

  /** Where the kernel must stay; default anywhere. */
  public R kernelConstraint(Constraint constraint) {
    cell.kernelConstraint(constraint);
    return self();
  }

  /** As {@link #kernelConstraint(Constraint)}, by Keras's name. */
  public R kernelConstraint(String constraint) {
    cell.kernelConstraint(constraint);
    return self();
  }

  /** What the recurrent kernel adds to the loss; default nothing. */
  public R recurrentRegularizer(Regularizer regularizer) {
    cell.recurrentRegularizer(regularizer);
    return self();
  }

  /** As {@link #recurrentRegularizer(Regularizer)}, by Keras's name. */
  public R recurrentRegularizer(String regularizer) {
    cell.recurrentRegularizer(regularizer);
    return self();
  }

  /** Where the recurrent kernel must stay; default anywhere. */
  public R recurrentConstraint(Constraint constraint) {
    cell.recurrentConstraint(constraint);
    return self();
  }

  /** As {@link #recurrentConstraint(Constraint)}, by Keras's name. */
  public R recurrentConstraint(String constraint) {
    cell.recurrentConstraint(constraint);
    return self();
  }

  /** What the bias adds to the loss; default nothing. */
  public R biasRegularizer(Regularizer regularizer) {
    cell.biasRegularizer(regularizer);
    return self();
  }

  /** As {@link #biasRegularizer(Regularizer)}, by Keras's name. */
  public R biasRegularizer(String regularizer) {
    cell.biasRegularizer(regularizer);
    return self();
  }

  /** Where the bias must stay; default anywhere. */
  public R biasConstraint(Constraint constraint) {
    cell.biasConstraint(constraint);
    return self();
  }

  /** As {@link #biasConstraint(Constraint)}, by Keras's name. */
  public R biasConstraint(String constraint) {
    cell.biasConstraint(constraint);
    return self();
  }

  /** Fraction of the inputs dropped in training, in [0, 1); one mask for all timesteps. */
  public R dropout(float rate) {
    cell.dropout(rate);
    return self();
  }

  /**
   * Fraction of the previous output dropped in training, in [0, 1); a mask for each gate, the same
   * for all timesteps. As in Keras, each gate then also has an input mask of its own.
   */
  public R recurrentDropout(float rate) {
    cell.recurrentDropout(rate);
    return self();
  }

  /** The kernel (features, G·units). */
  public final Weight kernel() {
    return cell.kernel();
  }

  /** The recurrent kernel (units, G·units). */
  public final Weight recurrentKernel() {
    return cell.recurrentKernel();
  }

  /** The bias, of the cell's {@link CellSpec#biasShape}. */
  public final Weight bias() {
    return cell.bias();
  }
}
