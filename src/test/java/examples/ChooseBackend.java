package examples;

import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;

/** What runs a model; README, "GPU". */
public final class ChooseBackend {
  private ChooseBackend() {}

  public static void main(String[] args) {
    Sequential model = new Sequential(new LSTM(64).inputShape(24, 11));
    model.on(Backends.cpu()); // Backends.cuda(0): the GPU, or an exception that says why not
    System.out.println(Backends.best().description()); // the first GPU that can be used, or the CPU
  }
}
