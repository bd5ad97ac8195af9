package io.github.lstm4j.backend.cuda.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntSupplier;

/**
 * What the blocks of a cooperative launch share beside the memory: who published what with which
 * word, and the views of all blocks.
 */
final class SharedView {
  final DeviceMemory memory;
  final Random random; // or null: always what hurts most
  final IntSupplier clock;
  final int blocks;
  final int stride; // of the numbers of two blocks' threads
  private final Map<Long, Knowledge> published = new HashMap<>();
  private final List<BlockView> views = new ArrayList<>();

  SharedView(DeviceMemory memory, Random random, IntSupplier clock, LaunchShape shape) {
    this.memory = memory;
    this.random = random;
    this.clock = clock;
    blocks = shape.blocks();
    stride = shape.blockStride();
  }

  BlockView newBlock(int number) {
    var view = new BlockView(this, number);
    views.add(view);
    return view;
  }

  /** What whoever wrote this word last wanted readers to know, or null. */
  Knowledge published(long word) {
    return published.get(word);
  }

  /** The word was written, by a release or by something else (null). */
  void publish(long word, Knowledge knowledge) {
    if (knowledge == null) {
      published.remove(word);
    } else {
      published.put(word, knowledge);
    }
  }

  /** Nothing happens any more: what is on its way arrives, the youngest first. */
  void trickle() {
    views.forEach(BlockView::drainYoungest);
  }

  /** The launch ends: all arrives. */
  void drain() {
    views.forEach(BlockView::drainAll);
  }
}
