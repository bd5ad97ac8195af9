package io.github.lstm4j.backend.cuda.sim;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which accesses of other blocks lie in a thread's past: a vector clock. All of a block up to some
 * stamp, and of single threads, which told of themselves without a barrier of their block, a little
 * more.
 */
final class Knowledge {
  private final int[] blocks;
  private final Map<Integer, Integer> threads = new HashMap<>();

  Knowledge(int blocks) {
    this.blocks = new int[blocks];
    Arrays.fill(this.blocks, -1);
  }

  Knowledge copy() {
    var copy = new Knowledge(blocks.length);
    copy.join(this);
    return copy;
  }

  void join(Knowledge other) {
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = Math.max(blocks[i], other.blocks[i]);
    }
    other.threads.forEach(this::learnThread);
  }

  /** All accesses of that block with stamps up to this are past. */
  void learnBlock(int block, int stamp) {
    blocks[block] = Math.max(blocks[block], stamp);
  }

  /** All accesses of that thread with stamps up to this are past. */
  void learnThread(int thread, int stamp) {
    threads.merge(thread, stamp, Math::max);
  }

  boolean covers(int block, int thread, int stamp) {
    if (coversBlock(block, stamp)) {
      return true;
    }
    Integer known = threads.get(thread);
    return known != null && known >= stamp;
  }

  boolean coversBlock(int block, int stamp) {
    return blocks[block] >= stamp;
  }
}
