package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandleTableTest {
  @Test
  void behavesAsAMapWhoseKeysAreNeverUsedAgain() {
    HandleTable<String> table = new HandleTable<>("thing");
    Map<Long, String> model = new HashMap<>();
    List<Long> dead = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      if (model.isEmpty() || random.nextInt(5) < 3) {
        long handle = table.add("object " + i);
        assertThat(handle).isNotZero().isNotIn(dead);
        assertThat(model.put(handle, "object " + i)).isNull();
      } else {
        long handle = List.copyOf(model.keySet()).get(random.nextInt(model.size()));
        assertThat(table.remove(handle)).isEqualTo(model.remove(handle));
        dead.add(handle);
      }
    }
    model.forEach((handle, object) -> assertThat(table.get(handle)).isEqualTo(object));
    for (long handle : dead) {
      assertThatThrownBy(() -> table.get(handle))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("no such thing");
    }
    List<String> rest = new ArrayList<>();
    table.clear(rest::add);
    assertThat(rest).containsExactlyInAnyOrderElementsOf(model.values());
  }

  @Test
  void whatNeverWasIsAnError() {
    HandleTable<String> table = new HandleTable<>("stream");
    for (long handle : new long[] {0, -1, 1, Long.MIN_VALUE, 1L << 32}) {
      assertThatThrownBy(() -> table.get(handle))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("no such stream");
    }
  }
}
