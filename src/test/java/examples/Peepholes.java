package examples;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;

/** The full matrix of eq. 5, as one option; README, "The question". */
public final class Peepholes {
  private Peepholes() {}

  public static void main(String[] args) {
    LSTM withV = new LSTM(1).peephole(Peephole.FULL_OUTPUT);
    Sequential eq5 = new Sequential(withV.inputShape(1, 2));
    System.out.println(eq5.countParams()); // 17
  }
}
