package examples;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;

/** Sequence to sequence with teacher forcing; KERAS.md, "Functional models". */
public final class EncoderDecoder {
  private EncoderDecoder() {}

  public static void main(String[] args) {
    // all 64 questions of 3 symbols out of 4; the answer is the question in reverse
    Tensor questions = Tensor.zeros(64, 3, 4);
    Tensor said = Tensor.zeros(64, 3, 5); // the right answer so far; symbol 4 begins it
    Tensor answers = Tensor.zeros(64, 3, 1);
    for (int i = 0; i < 64; i++) {
      int[] symbols = {i % 4, i / 4 % 4, i / 16};
      for (int t = 0; t < 3; t++) {
        questions.set(1, i, t, symbols[t]);
        said.set(1, i, t, t == 0 ? 4 : symbols[3 - t]);
        answers.set(symbols[2 - t], i, t, 0);
      }
    }

    // train: the decoder begins where the encoder ended
    KerasTensor question = new Input(3, 4).name("question").output();
    KerasTensor before = new Input(-1, 5).name("before").output();
    List<KerasTensor> encoded = new LSTM(32).returnState(true).applyAll(question); // output, h, c
    LSTM decoder = new LSTM(32).returnSequences(true).returnState(true);
    Dense symbol = new Dense(4, "softmax");
    KerasTensor answer = symbol.apply(decoder.apply(before, encoded.get(1), encoded.get(2)));
    Model model = Model.of(List.of(question, before), List.of(answer)).seed(7);
    model.compile(Optimizer.adam(0.02f), Loss.sparseCategoricalCrossentropy(false));
    model.fit(List.of(questions, said), List.of(answers), Fit.epochs(100).silent());

    // the same layers, to answer one symbol after the other
    Model encoder = Model.of(List.of(question), encoded.subList(1, 3));
    KerasTensor h = new Input(32).output();
    KerasTensor c = new Input(32).output();
    List<KerasTensor> next = decoder.applyAll(before, h, c);
    Model step =
        Model.of(
            List.of(before, h, c), List.of(symbol.apply(next.get(0)), next.get(1), next.get(2)));

    int right = 0;
    List<Tensor> states = encoder.predict(List.of(questions));
    Tensor last = Tensor.zeros(64, 1, 5);
    for (int i = 0; i < 64; i++) {
      last.set(1, i, 0, 4);
    }
    for (int t = 0; t < 3; t++) {
      List<Tensor> out = step.predict(List.of(last, states.get(0), states.get(1)));
      states = out.subList(1, 3);
      last = Tensor.zeros(64, 1, 5);
      for (int i = 0; i < 64; i++) {
        int best = 0;
        for (int k = 1; k < 4; k++) {
          best = out.get(0).get(i, 0, k) > out.get(0).get(i, 0, best) ? k : best;
        }
        last.set(1, i, 0, best);
        right += best == answers.get(i, t, 0) ? 1 : 0;
      }
    }
    System.out.println(right + " of 192 symbols are right");
  }
}
