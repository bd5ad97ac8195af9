package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.data.Sequences;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Samples in other batches than they come in. */
class GroupedBatchesTest {
  private static final int SAMPLES = 23;

  private static int length(int sample) {
    return 1 + sample * 7 % 12;
  }

  private static float[][] sequence(int sample) {
    Philox random = new Philox(sample, 0);
    float[][] steps = new float[length(sample)][2];
    for (float[] step : steps) {
      step[0] = (float) random.nextGaussian();
      step[1] = (float) random.nextGaussian();
    }
    return steps;
  }

  private static Batch sample(int number) {
    return Batch.ofSample(Tensor.of(sequence(number)), Tensor.of(new float[] {number % 3}, 1));
  }

  private static BatchSource samples() {
    return BatchSource.ofStreams(
        () -> IntStream.range(0, SAMPLES).mapToObj(GroupedBatchesTest::sample));
  }

  private static BatchSource numbered() {
    return BatchSource.of(SAMPLES, numbers -> sample(numbers[0])); // one by one
  }

  private static Tensor padded() {
    return Sequences.pad(
        IntStream.range(0, SAMPLES).mapToObj(GroupedBatchesTest::sequence).toList(),
        12,
        Sequences.End.POST,
        Sequences.End.POST,
        0f);
  }

  private static Tensor answers() {
    Tensor y = Tensor.zeros(SAMPLES, 1);
    for (int i = 0; i < SAMPLES; i++) {
      y.data()[i] = i % 3;
    }
    return y;
  }

  private static Model model() {
    return new Sequential(
            new Masking(0f).inputShape(-1, 2), new LSTM(3).activation("tanh"), new Dense(1))
        .seed(4)
        .on(Backends.cpu())
        .compile("adam", "mse");
  }

  private static List<Batch> all(BatchSource source, int size, Philox shuffle) {
    List<Batch> all = new ArrayList<>();
    try (BatchSource.Batches batches = source.batches(size, shuffle)) {
      for (Batch b = batches.next(); b != null; b = batches.next()) {
        all.add(b);
      }
    }
    return all;
  }

  private static List<Integer> numbers(List<Batch> batches) {
    return batches.stream().flatMap(b -> IntStream.range(0, b.size()).mapToObj(b::number)).toList();
  }

  private static List<Integer> inOrder() {
    return IntStream.range(0, SAMPLES).boxed().toList();
  }

  @Test
  void bucketsHoldLikeLengthsAndEverySampleOnce() {
    for (BatchSource source : List.of(samples(), numbered())) {
      List<Batch> batches = all(source.bucketByLength(4, 8), 4, null);
      assertThat(numbers(batches)).containsExactlyInAnyOrderElementsOf(inOrder());
      for (Batch b : batches) {
        List<Integer> lengths =
            IntStream.range(0, b.size()).mapToObj(row -> length(b.number(row))).toList();
        int longest = lengths.stream().max(Integer::compare).orElseThrow();
        assertThat(b.timesteps()).isEqualTo(longest);
        assertThat(lengths.stream().map(l -> l < 4 ? 0 : l < 8 ? 1 : 2).distinct()).hasSize(1);
      }
    }
  }

  /** Each sample's loss and prediction is the one it has alone, and in one padded tensor. */
  @Test
  void theSameNumbersWithFewerSteps() {
    BatchSource bucketed = numbered().bucketByLength(4, 8);
    Tensor x = padded();
    try (Model m = model()) {
      Tensor expected = m.predict(x);
      Tensor got = m.predict(bucketed, 4);
      assertThat(got.shape()).isEqualTo(expected.shape());
      for (int i = 0; i < SAMPLES; i++) {
        assertThat(got.data()[i]).isCloseTo(expected.data()[i], within(1e-6f));
      }
      assertThat(m.predict(samples().bucketByLength(4, 8), 4)).isEqualTo(got);
      assertThat(m.evaluate(bucketed, 4).get("loss"))
          .isCloseTo(m.evaluate(x, answers(), 4).get("loss"), within(1e-6));
    }
    int steps = all(bucketed, 4, null).stream().mapToInt(b -> b.size() * b.timesteps()).sum();
    assertThat(steps).isLessThan(SAMPLES * 12 * 3 / 4);
  }

  @Test
  void shuffledBucketsTrainAlikeFromOneSeed() {
    BatchSource source = numbered().bucketByLength(4, 8).prefetch(2);
    Fit fit = Fit.epochs(3).batchSize(4).silent();
    try (Model a = model();
        Model b = model();
        Model other = model()) {
      assertThat(a.fit(source, fit).toString()).isEqualTo(b.fit(source, fit).toString());
      assertThat(a.getWeights()).isEqualTo(b.getWeights());
      other.fit(source, fit.shuffle(false));
      assertThat(other.getWeights()).isNotEqualTo(a.getWeights());
    }
  }

  @Test
  void rebatchedAndShuffled() {
    BatchSource plain = BatchSource.of(Tensor.zeros(SAMPLES, 2), answers());
    List<Batch> four = all(plain.rebatch(), 4, null);
    assertThat(four.stream().map(Batch::size)).containsExactly(4, 4, 4, 4, 4, 3);
    assertThat(numbers(four)).isEqualTo(inOrder());

    BatchSource shuffled = samples().shuffle(5);
    List<Integer> once = numbers(all(shuffled, 4, new Philox(1, 2)));
    assertThat(once).containsExactlyInAnyOrderElementsOf(inOrder()).isNotEqualTo(inOrder());
    assertThat(numbers(all(shuffled, 4, new Philox(1, 2)))).isEqualTo(once);
    assertThat(numbers(all(shuffled, 4, new Philox(1, 3)))).isNotEqualTo(once);
    for (int i = 0; i < once.size(); i++) { // none comes before it is in the buffer
      assertThat(once.get(i)).isLessThanOrEqualTo(i + 5);
    }
    assertThat(numbers(all(shuffled, 4, null))).isEqualTo(inOrder());
  }

  /** Blocks keep together as far as they are told to. */
  @Test
  void blocksAreShuffledTogether() {
    BatchSource source = BatchSource.of(100, n -> Batch.of(Tensor.zeros(n.length, 1)));
    List<Integer> order = numbers(all(source.shuffleBlocks(10, 2), 7, new Philox(3, 1)));
    assertThat(order).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 100).boxed().toList());
    for (int at = 0; at < 100; at += 20) {
      assertThat(order.subList(at, at + 20).stream().map(n -> n / 10).distinct()).hasSize(2);
      assertThat(order.subList(at, at + 20))
          .isNotEqualTo(order.subList(at, at + 20).stream().sorted().toList());
    }
    assertThat(numbers(all(source.prefetch(3).shuffleBlocks(10, 2), 7, new Philox(3, 1))))
        .isEqualTo(order);
    assertThat(numbers(all(source.shuffleBlocks(10, 2), 7, null))).isSorted();
  }

  @Test
  void whatCannotBeGrouped() {
    assertThatThrownBy(() -> samples().shuffleBlocks(2, 2)).hasMessageContaining("shuffle(buffer)");
    assertThatThrownBy(() -> numbered().shuffleBlocks(0, 2)).hasMessageContaining("got 0 and 2");
    assertThatThrownBy(() -> samples().shuffle(0)).hasMessageContaining("buffer");
    assertThatThrownBy(() -> samples().bucketByLength(8, 4)).hasMessageContaining("[8, 4]");
    assertThatThrownBy(() -> samples().prefetch(0)).hasMessageContaining("prefetch");
    List<Batch> unlike =
        List.of(
            Batch.ofSample(Tensor.zeros(3, 2), Tensor.zeros(1)),
            Batch.ofSample(Tensor.zeros(3, 4), Tensor.zeros(1)));
    assertThatThrownBy(() -> all(BatchSource.of(unlike).rebatch(), 2, null))
        .hasMessageContainingAll("(1, 3, 4)", "(1, 3, 2)");
  }
}
