import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** Trains, saves and loads a model with what the dependency brings, and nothing else. */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] args) throws Exception {
    String log = LoggerFactory.getILoggerFactory().getClass().getName();
    if (!log.startsWith("ch.qos.logback.")) {
      throw new AssertionError("the log is not ours: " + log);
    }
    Tensor x = Tensor.zeros(64, 5, 2);
    Sequential model = new Sequential(new LSTM(4).inputShape(5, 2), new Dense(1));
    model.compile("adam", "mse").fit(x, Tensor.zeros(64, 1), Fit.epochs(2).silent());
    Path file = Files.createTempFile("consumer", ".keras");
    model.save(file);
    System.out.println("predicted " + Models.load(file).predict(x).shape() + ", log by " + log);
    Files.delete(file);
  }
}
