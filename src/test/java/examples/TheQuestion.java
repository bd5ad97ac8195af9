package examples;

import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;

/** Why an LSTM has 12 parameters for one feature and 16 for two; README, "The question". */
public final class TheQuestion {
  private TheQuestion() {}

  public static void main(String[] args) {
    Sequential model = new Sequential();
    model.add(new LSTM(1).inputShape(1, 1));
    model.summary(); // Total params: 12
    LSTM lstm = (LSTM) model.layers().get(0);
    System.out.println(lstm.kernelC().shape()); // (1, 1)
    System.out.println(lstm.biasC().shape()); // (1,)

    model = new Sequential();
    model.add(new LSTM(1).inputShape(1, 2));
    model.summary(); // Total params: 16
    lstm = (LSTM) model.layers().get(0);
    System.out.println(lstm.kernelC().shape()); // (2, 1)
    System.out.println(lstm.biasC().shape()); // (1,)
  }
}
