package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The arena of random training programs: an op finds in it what was last written to its inputs. A
 * walk over the ops marks each float with the value it belongs to.
 */
class ProgramPropertyTest {
  private static final int NOTHING = -1;

  /** Bytes of an element, and of what is marked. */
  private static final int UNIT = DType.FLOAT32.bytes();

  @Test
  void noValueIsOverwrittenWhileItIsNeeded() {
    boolean shared = false;
    for (int i = 0; i < 300; i++) {
      Scene scene = new Scene(i);
      new RandomModel(scene, 9, Activations.ELEMENTWISE).forward().backward().update();
      Program program = new Program("random " + i, scene.graph, scene.compared);
      check(program);
      long temporaries = 0;
      for (Value v : scene.graph.values()) {
        temporaries += v.kind() == Value.Kind.TEMPORARY ? v.bytes() : 0;
      }
      shared |= program.arenaBytes() < temporaries;
    }
    assertThat(shared).as("memory is shared at all").isTrue();
  }

  private static void check(Program program) {
    int[] owner = new int[Math.toIntExact(program.arenaBytes() / UNIT)];
    java.util.Arrays.fill(owner, NOTHING);
    for (Value v : program.inputs()) {
      assertOwned(program, owner, v, NOTHING, "an input overlaps another");
      mark(program, owner, v);
    }
    Set<Value> kept = new HashSet<>(program.inputs());
    for (Op op : program.ops()) {
      List<Value> inputs = inArena(op.inputs());
      List<Value> outputs = inArena(op.outputs());
      for (Value v : inputs) {
        assertOwned(program, owner, v, v.id(), op.name() + " reads");
      }
      outputs.forEach(v -> mark(program, owner, v));
      for (Value v : inputs) {
        assertOwned(program, owner, v, v.id(), op.name() + " overwrites its input");
      }
      for (Value v : outputs) {
        assertOwned(program, owner, v, v.id(), op.name() + " writes twice");
        if (program.isKept(v)) {
          kept.add(v);
        }
      }
    }
    for (Value v : kept) {
      assertOwned(program, owner, v, v.id(), "kept to the end");
    }
  }

  /** The owners of values that lie in the arena. */
  private static List<Value> inArena(List<Value> values) {
    List<Value> owners = new ArrayList<>();
    for (Value v : values) {
      if (v.owner().kind() != Value.Kind.VARIABLE && !owners.contains(v.owner())) {
        owners.add(v.owner());
      }
    }
    return owners;
  }

  private static void mark(Program program, int[] owner, Value v) {
    assertThat(program.offset(v) % Program.ALIGNMENT).isZero();
    int from = Math.toIntExact(program.offset(v) / UNIT);
    java.util.Arrays.fill(owner, from, from + v.size(), v.id());
  }

  private static void assertOwned(Program program, int[] owner, Value v, int id, String what) {
    int from = Math.toIntExact(program.offset(v) / UNIT);
    for (int i = from; i < from + v.size(); i++) {
      if (owner[i] != id) {
        assertThat(owner[i]).as("%s: %s of %s", what, v, program).isEqualTo(id);
      }
    }
  }
}
