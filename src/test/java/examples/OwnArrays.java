package examples;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;

/** Arrays in, and one timestep at a time; README, "A first real example". */
public final class OwnArrays {
  private OwnArrays() {}

  public static void main(String[] args) {
    double[][][] sequences = new double[100][24][2]; // samples, timesteps, features
    double[][] answers = new double[100][1];
    Sequential net = new Sequential(new LSTM(16).inputShape(24, 2), new Dense(1));
    net.compile("adam", "mse", "mae");
    net.fit(Tensor.of(sequences), Tensor.of(answers), Fit.epochs(2).silent());
    float[][] all = net.predict(Tensor.of(sequences)).toArray2D();
    System.out.println(all.length + " answers");

    Tensor soFar = null;
    try (Session session = net.session(1)) {
      for (double[] reading : sequences[0]) {
        soFar = net.step(session, Tensor.of(reading, 1, 2)); // as if the sequence ended here
      }
    }
    System.out.println(soFar.shape()); // (1, 1)
  }
}
