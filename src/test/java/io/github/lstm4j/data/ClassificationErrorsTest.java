package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClassificationErrorsTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  static List<JsonNode> recorded() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    JsonMapper.builder()
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
        .build()
        .readTree(new File("src/test/resources/golden/classification/cases.json"))
        .forEach(cases::add);
    return cases;
  }

  /** Every measure, against scikit-learn's. */
  @ParameterizedTest
  @MethodSource("recorded")
  void measuresAreThoseOfScikitLearn(JsonNode recorded) {
    int classes = recorded.get("confusion").size();
    int[] actual = new int[recorded.get("actual").size()];
    double[] probabilities = new double[actual.length * classes];
    for (int n = 0; n < actual.length; n++) {
      actual[n] = recorded.get("actual").get(n).intValue();
      for (int c = 0; c < classes; c++) {
        probabilities[n * classes + c] = recorded.get("probabilities").get(n).get(c).doubleValue();
      }
    }
    ClassificationErrors errors = ClassificationErrors.of(classes, actual, probabilities);
    assertThat(errors.samples()).isEqualTo(actual.length);
    for (int c = 0; c < classes; c++) {
      for (int p = 0; p < classes; p++) {
        assertThat(errors.confusion(c, p))
            .isEqualTo(recorded.get("confusion").get(c).get(p).intValue());
      }
      same(errors.precision(c), recorded.get("precision").get(c));
      same(errors.recall(c), recorded.get("recall").get(c));
      same(errors.f1(c), recorded.get("f1").get(c));
    }
    same(errors.accuracy(), recorded.get("accuracy"));
    same(errors.balancedAccuracy(), recorded.get("balanced_accuracy"));
    same(errors.rocAuc(), recorded.get("roc_auc"));
    same(errors.averagePrecision(), recorded.get("average_precision"));
    same(errors.logLoss(), recorded.get("log_loss"));
  }

  private static void same(double ours, JsonNode theirs) {
    if (Double.isNaN(theirs.doubleValue())) {
      assertThat(ours).isNaN();
    } else {
      assertThat(ours).isCloseTo(theirs.doubleValue(), CLOSE);
    }
  }

  /** The area is the share of pairs that are in order, a tie being half. */
  @Test
  void theAreaCountsPairs() {
    Random random = new Random(3);
    double[] scores = random.ints(200, 0, 12).asDoubleStream().toArray();
    boolean[] positive = new boolean[200];
    for (int n = 0; n < 200; n++) {
      positive[n] = random.nextInt(12) < scores[n];
    }
    double inOrder = 0;
    int pairs = 0;
    for (int a = 0; a < 200; a++) {
      for (int b = 0; b < 200; b++) {
        if (positive[a] && !positive[b]) {
          pairs++;
          inOrder += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0;
        }
      }
    }
    Ranking ranking = Ranking.of(scores, positive);
    assertThat(ranking.rocAuc()).isCloseTo(inOrder / pairs, CLOSE);
    assertThat(ranking.cuts()).hasSize(12);
    assertThat(ranking.cuts().get(11).truePositives()).isEqualTo(ranking.positives());
  }

  @Test
  void whatCannotBeSaidIsNaN() {
    Ranking none = Ranking.of(new double[] {1, 2}, new boolean[2]);
    assertThat(none.rocAuc()).isNaN();
    assertThat(none.averagePrecision()).isNaN();
    ClassificationErrors one =
        ClassificationErrors.of(3, new int[] {1, 1}, new double[] {0.2, 0.7, 0.1, 0.5, 0.5, 0});
    assertThat(one.rocAuc()).isNaN();
    assertThat(one.balancedAccuracy()).isEqualTo(0.5); // of equal probabilities, the first
    assertThat(one.precision(2)).isNaN();
    assertThat(one.f1(2)).isNaN();
    assertThatThrownBy(() -> Ranking.of(new double[] {Double.NaN}, new boolean[1]))
        .hasMessage("the score of sample 0 is NaN");
    assertThatThrownBy(() -> ClassificationErrors.of(2, new int[1], new double[3]))
        .hasMessage("1 samples of 2 classes, but 3 probabilities");
  }
}
