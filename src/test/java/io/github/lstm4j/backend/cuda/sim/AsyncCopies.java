package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * {@code cp.async}: what the threads of a warp bring from global to shared memory while they go on.
 * Until the thread that asked for a copy has waited for it, the target is void, whoever looks, and
 * neither it nor the source may change: a copy may be done early or late.
 */
final class AsyncCopies {
  private static final int WORD = 4;

  /**
   * What an instruction asks for.
   *
   * @param target in shared memory, of words
   * @param source in global memory, of words
   * @param bytes 4, 8 or 16
   * @param given the slot of how many bytes are read, the others being 0
   */
  record Ask(MemoryAccess target, MemoryAccess source, int bytes, int given) {}

  /**
   * What a lane asked for.
   *
   * @param read words of the source
   * @param words what it would bring if it were done at once
   */
  private record Copy(
      int lane,
      int group,
      Ask ask,
      MemoryAccess.Place from,
      MemoryAccess.Place to,
      int read,
      List<Long> words) {}

  private final List<Copy> underWay = new ArrayList<>();
  private final int[] group = new int[Warp.LANES]; // the open one's number

  /** {@code cp.async}. */
  static Action ask(Ask ask) {
    return (warp, lanes) ->
        each(
            lanes,
            lane -> {
              long given = warp.registers[ask.given + lane] & 0xFFFF_FFFFL;
              if (given > ask.bytes || given % WORD != 0) {
                throw new DeviceCheckError("a copy of " + given + " of " + ask.bytes + " bytes");
              }
              int all = ask.bytes / WORD;
              int read = (int) given / WORD;
              ask.target.locate(warp, lane, all);
              ask.target.makeVoid(warp, lane, ask.bytes);
              ask.source.locate(warp, lane, all);
              var from = ask.source.place();
              var words = words(ask, warp, lane, read);
              var to = ask.target.place();
              warp.copies.underWay.add(
                  new Copy(lane, warp.copies.group[lane], ask, from, to, read, words));
            });
  }

  /** {@code cp.async.commit_group}: what is asked for from now on is of another group. */
  static Action commit() {
    return (warp, lanes) -> each(lanes, lane -> warp.copies.group[lane]++);
  }

  /**
   * {@code cp.async.wait_group}, or {@code wait_all}.
   *
   * @param left how many groups before the open one need not have come; -1: even the open one must
   */
  static Action await(int left) {
    return (warp, lanes) -> {
      for (Iterator<Copy> all = warp.copies.underWay.iterator(); all.hasNext(); ) {
        var copy = all.next();
        boolean closed = copy.group < warp.copies.group[copy.lane] - left;
        if (closed && ((lanes >>> copy.lane) & 1) != 0) {
          all.remove();
          finish(warp, copy);
        }
      }
    };
  }

  private static void finish(Warp warp, Copy copy) {
    var target = copy.ask.target;
    target.goTo(copy.to);
    target.requireVoid(warp, copy.lane, copy.ask.bytes);
    for (long word : copy.words) {
      target.writeNext(warp, copy.lane, word);
    }
    copy.ask.source.goTo(copy.from);
    if (!words(copy.ask, warp, copy.lane, copy.read).equals(copy.words)) {
      throw MemoryAccess.fault(warp, copy.lane, "the source of its cp.async changed under way");
    }
  }

  private static List<Long> words(Ask ask, Warp warp, int lane, int read) {
    var words = new ArrayList<Long>();
    for (int i = 0; i < ask.bytes / WORD; i++) {
      words.add(i < read ? ask.source.readNext(warp, lane) : 0L);
    }
    return words;
  }

  /** The lanes with copies that they have not waited for. */
  int lanes() {
    return underWay.stream().mapToInt(c -> 1 << c.lane).reduce(0, (a, b) -> a | b);
  }

  private static void each(int lanes, IntConsumer body) {
    for (int rest = lanes; rest != 0; rest &= rest - 1) {
      body.accept(Integer.numberOfTrailingZeros(rest));
    }
  }
}
