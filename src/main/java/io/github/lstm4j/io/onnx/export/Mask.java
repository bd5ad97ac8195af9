package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.io.onnx.proto.ElementType;
import java.util.List;

/**
 * A mask of a recurrent layer in nodes that know only how long each sequence is: the timesteps that
 * count are moved to the front, in their order, and what comes out is moved back. So every mask can
 * be said, and not only that of sequences that are filled up at their ends.
 */
final class Mask {
  private static final int NEEDS = 12; // GatherND along batches

  private final Nodes to;
  private final String mask; // BOOL (batch, timesteps)
  private final String lengths; // INT64 (batch)
  private final String atLeastOne; // INT32 (batch)
  private final String upTo; // INT64 (batch, timesteps): how many count up to here
  private final String places; // INT64 (batch, timesteps, 1): where those that count lie

  Mask(String mask, Nodes to) {
    to.require(NEEDS, "a mask of a recurrent layer");
    this.to = to;
    this.mask = mask;
    String ones = to.cast(mask, ElementType.INT64);
    String timesteps = to.length(mask, 1);
    lengths = to.reduce("Sum", ones, false, 1);
    atLeastOne = to.cast(to.extreme("Max", lengths, to.whole(1)), ElementType.INT32);
    upTo = to.binary("CumSum", ones, to.whole(1));
    // those that count have positive keys, the sooner the larger
    String keys = to.sub(to.mul(ones, timesteps), to.range(timesteps));
    String order = to.node("TopK", List.of(keys, timesteps), 2, attribute("axis", 1L)).get(1);
    places = to.unsqueeze(order, 2);
  }

  /** The timesteps of (batch, timesteps, features) that count, and behind them the others. */
  String toFront(String x) {
    return gather(x, places);
  }

  private String gather(String x, String timesteps) {
    return to.node("GatherND", List.of(x, timesteps), attribute("batch_dims", 1L));
  }

  /** How many timesteps count, as INT32; at least 1, since nodes may refuse 0. */
  String lengths() {
    return atLeastOne;
  }

  /** Which timesteps at the front count, as BOOL (timesteps, batch, 1). */
  String atFront() {
    String times = to.unsqueeze(to.range(to.length(mask, 1)), 1);
    return to.unsqueeze(to.greater(to.unsqueeze(lengths, 0), times), 2);
  }

  /** What is carried to the end: {@code last} where any timestep counts, else {@code before}. */
  String orElse(String last, String before) {
    return to.where(to.unsqueeze(to.greater(lengths, to.whole(0)), 1), last, before);
  }

  /**
   * Outputs where they belong: at a timestep that does not count that of the one before in the
   * order of processing, or zero.
   *
   * @param y (batch, timesteps, units) in the order of time, those that count at the front
   */
  String toPlaces(String y, boolean backwards, boolean zero) {
    String own =
        backwards
            ? to.sub(upTo, to.cast(mask, ElementType.INT64)) // the next one that counts
            : to.sub(upTo, to.whole(1)); // the last one
    String there =
        zero
            ? mask
            : backwards ? to.greater(to.unsqueeze(lengths, 1), own) : to.greater(upTo, to.whole(0));
    String within = to.where(there, own, to.whole(0));
    String each = gather(y, to.unsqueeze(within, 2));
    return to.where(to.unsqueeze(there, 2), each, to.number(0));
  }

  /** Of what was processed last {@code x} if that counts, else zero. */
  String ifLastCounts(String x, boolean backwards) {
    String counts = to.cast(mask, ElementType.INT64);
    String column = backwards ? to.slice(counts, 1, 0, 1) : to.slice(counts, 1, -1, Long.MAX_VALUE);
    return to.where(to.greater(column, to.whole(0)), x, to.number(0));
  }
}
