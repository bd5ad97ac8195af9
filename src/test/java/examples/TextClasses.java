package examples;

import io.github.lstm4j.data.Tokenizer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;

/** Texts in, a class out; README, "A first real example". */
public final class TextClasses {
  private TextClasses() {}

  public static void main(String[] args) {
    List<String> texts = List.of("A fine film!", "Dull, and too long.", "Fine.", "A dull film.");
    Tensor good = Tensor.of(new int[] {1, 0, 1, 0}, 4, 1);
    Tokenizer words = Tokenizer.words().outputSequenceLength(8).adapt(texts);
    Tensor ids = words.encode(texts); // (4, 8)
    Sequential model = new Sequential().seed(7);
    model.add(new Embedding(words.vocabulary().size(), 8).maskZero(true).inputLength(8));
    model.add(new LSTM(8));
    model.add(new Dense(1).activation("sigmoid"));
    model.compile("adam", "binary_crossentropy", "accuracy");
    model.fit(ids, good, Fit.epochs(150).silent());
    System.out.println(model.evaluate(ids, good));
    System.out.println(model.predict(words.encode(List.of("What a dull film"))));
  }
}
