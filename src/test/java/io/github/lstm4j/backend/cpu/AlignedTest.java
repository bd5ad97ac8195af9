package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What shares an array shares no element of it. */
class AlignedTest {
  private record Part(Aligned memory, int size, float mark) {
    void fill() {
      Arrays.fill(memory.values(), memory.at(), memory.at() + size, mark);
    }

    boolean holds(float value) {
      return IntStream.range(0, size).allMatch(i -> memory.values()[memory.at() + i] == value);
    }
  }

  private static Part part(int size, float mark) {
    return new Part(Aligned.floats(size, "a test"), size, mark);
  }

  @Test
  void partsAreZerosAndApart() {
    Random random = new Random(5);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int size = i % 3 == 0 ? random.nextInt(3000) : random.nextInt(1 << 18);
      Part part = part(size, i + 1);
      assertThat(part.holds(0)).as("%d floats, all 0", size).isTrue();
      part.fill();
      parts.add(part);
    }
    for (int size : new int[] {0, 1, 1023, 1024, 1 << 23}) { // the last one has an array of its own
      Part part = part(size, -1);
      assertThat(part.holds(0)).as("%d floats, all 0", size).isTrue();
      part.fill();
    }
    assertThat(parts).allSatisfy(p -> assertThat(p.holds(p.mark())).isTrue());
  }

  @Test
  void threadsGetPartsOfTheirOwn() {
    List<Part> parts =
        IntStream.rangeClosed(1, 400)
            .parallel()
            .mapToObj(
                i -> {
                  Part part = part(1024 + i * 31, i);
                  part.fill();
                  return part;
                })
            .toList();
    assertThat(parts).allSatisfy(p -> assertThat(p.holds(p.mark())).isTrue());
  }

  /** The header of an array is a quarter of a line: from there on, lines are multiples of 16. */
  @Test
  void allBeginAtTheSamePlaceInALine() {
    for (int size : new int[] {1024, 5000, 1 << 20, 1 << 23}) {
      assertThat(part(size, 1).memory().at() % 16).as("%d floats", size).isEqualTo(12);
    }
  }

  @Test
  void whatIsTooLargeIsSaidSo() {
    assertThatThrownBy(() -> Aligned.floats(3L << 30, "the weights of dense_1"))
        .isInstanceOf(TooLargeException.class)
        .hasMessageContaining("the weights of dense_1");
  }
}
