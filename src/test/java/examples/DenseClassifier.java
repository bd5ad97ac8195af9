package examples;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;

/** KERAS.md, "Twelve lines". */
public final class DenseClassifier {
  private DenseClassifier() {}

  public static void main(String[] args) {
    Tensor x = Tensor.of(new int[][] {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
    Tensor y = Tensor.of(new int[][] {{0}, {1}, {1}, {0}});
    Sequential model = new Sequential();
    model.add(new Input(2));
    model.add(new Dense(4, "tanh").kernelInitializer("ones"));
    model.add(new Dense(1, "sigmoid").kernelInitializer("ones"));
    model.compile("sgd", "binary_crossentropy");
    model.fit(x, y, Fit.epochs(20).shuffle(false).silent());
    System.out.println(model.predict(x));
  }
}
