package io.github.lstm4j.backend.cuda.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Runs kernels: blocks one after the other, the warps of a block from barrier to barrier. The
 * blocks of a cooperative launch take turns: a warp gives way at a barrier of its block and after
 * each access that others may wait for or answer (strong loads, atomics); what a block sees of
 * global memory is its {@link BlockView}.
 */
final class PtxInterpreter {
  /** Rounds of all blocks in which nothing happens, after which a launch waits in vain. */
  private static final int IDLE_ROUNDS = 1000;

  private final DeviceMemory memory;
  private final Random random;
  private final long instructionLimit;
  private long threadInstructions;
  private int clock;

  // the launch at hand
  private KernelCode code;
  private Instruction[] instructions;
  private LaunchShape shape;
  private SharedView together; // of a cooperative launch, else null

  // the block at hand
  private Block block;

  /** A block that runs. */
  private static final class Block {
    final Allocation shared;
    final List<Warp> warps = new ArrayList<>();
    final List<Warp> running = new ArrayList<>();
    BlockView view;
    int number;
    long budget;

    Block(int sharedBytes) {
      shared = new Allocation(MemoryAccess.SHARED_BASE, sharedBytes, "shared memory");
    }
  }

  /**
   * @param random shuffles blocks and warps; null runs them in order
   * @param instructionLimit how many instructions the warps of one block may run, all together
   */
  PtxInterpreter(DeviceMemory memory, Random random, long instructionLimit) {
    this.memory = memory;
    this.random = random;
    this.instructionLimit = instructionLimit;
  }

  /** How many instructions ran, counted per thread. */
  long threadInstructions() {
    return threadInstructions;
  }

  /**
   * Runs a launch to its end.
   *
   * @param sharedBytes of a block, declared variables included
   * @param cooperative whether its blocks run at once
   */
  void run(
      KernelCode kernelCode,
      LaunchShape launchShape,
      int sharedBytes,
      ByteBuffer parameters,
      boolean cooperative) {
    code = kernelCode;
    instructions = code.instructions().toArray(Instruction[]::new);
    shape = launchShape;
    together = cooperative ? new SharedView(memory, random, () -> ++clock, shape) : null;
    if ((long) shape.blocks() * shape.blockStride() > AccessHistory.MAX_THREADS) {
      throw new DeviceCheckError("the simulated device runs at most 2^30 threads in a launch");
    }
    int launchStart = ++clock;
    if (together != null) {
      var blocks = new ArrayList<Block>();
      for (int number : order(shape.blocks())) {
        block = newBlock(sharedBytes, parameters, launchStart);
        var view = together.newBlock(number);
        block.view = view;
        block.warps.forEach(warp -> warp.view = view);
        start(number);
        blocks.add(block);
      }
      takeTurns(blocks);
      together.drain();
    } else {
      block = newBlock(sharedBytes, parameters, launchStart);
      for (int number : order(shape.blocks())) {
        start(number);
        while (!block.running.isEmpty()) {
          advance();
        }
      }
    }
  }

  private Block newBlock(int sharedBytes, ByteBuffer parameters, int launchStart) {
    var made = new Block(sharedBytes);
    int localSize = Warp.LANES * ((code.kernel().localBytes + 15) / 16 * 16);
    for (int i = 0; i < shape.warps(); i++) {
      var warp = new Warp(code.slots());
      warp.shape = shape;
      warp.launchStart = launchStart;
      warp.parameters = parameters;
      warp.shared = made.shared;
      warp.local =
          localSize > 0 ? new Allocation(MemoryAccess.LOCAL_BASE, localSize, "local memory") : null;
      code.constants()
          .forEach((slot, value) -> Arrays.fill(warp.registers, slot, slot + Warp.LANES, value));
      fillSpecials(warp, i, false, 0);
      made.warps.add(warp);
    }
    return made;
  }

  private int[] order(int count) {
    var order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    for (int i = count - 1; random != null && i > 0; i--) {
      int j = random.nextInt(i + 1);
      int t = order[i];
      order[i] = order[j];
      order[j] = t;
    }
    return order;
  }

  /** Begins the block at hand anew, as the block of that number. */
  private void start(int number) {
    block.number = number;
    block.budget = instructionLimit;
    block.shared.forget();
    int start = ++clock;
    for (int i = 0; i < block.warps.size(); i++) {
      startWarp(block.warps.get(i), i, start);
    }
    block.running.clear();
    block.running.addAll(block.warps);
  }

  /** Runs blocks by turns until all have ended, or nobody does anything any more but wait. */
  private void takeTurns(List<Block> blocks) {
    for (int idle = 0; !blocks.isEmpty(); idle++) {
      if (idle > IDLE_ROUNDS) {
        var waiting =
            blocks.stream().flatMap(b -> b.running.stream()).filter(w -> !w.atBarrier).findFirst();
        var warp = waiting.orElse(blocks.get(0).running.get(0));
        throw error(
            Math.max(0, warp.pc - 1), // what it did last: it looked, and gave way
            String.format(
                Locale.ROOT,
                "the launch cannot end: its blocks wait for one another, %s among them",
                shape.describe(warp.firstThread)));
      }
      long changes = memory.changes;
      if (random != null) {
        Collections.shuffle(blocks, random);
      }
      boolean passed = false;
      for (var next : blocks) {
        block = next;
        passed |= advance();
        next.view.drainSome();
      }
      if (!passed) {
        together.trickle();
      }
      passed |= blocks.removeIf(b -> b.running.isEmpty());
      if (passed || memory.changes != changes) {
        idle = 0;
      }
    }
  }

  /**
   * Runs each warp of the block at hand as far as it goes, and lets them pass the barrier that all
   * have come to.
   *
   * @return whether a warp ended or passed a barrier
   */
  private boolean advance() {
    var running = block.running;
    if (random != null) {
      Collections.shuffle(running, random);
    }
    for (var warp : running) {
      if (!warp.atBarrier) {
        runWarp(warp);
      }
    }
    boolean ended = running.removeIf(warp -> warp.alive == 0);
    boolean all = !running.isEmpty() && running.stream().allMatch(warp -> warp.atBarrier);
    if (all) {
      passBarrier(running, block.warps);
    }
    return ended || all;
  }

  private void startWarp(Warp warp, int index, int start) {
    warp.blockStart = start;
    warp.blockStamp = start;
    warp.stamp = start;
    warp.recordStamp = start;
    warp.blockFirst = block.number * shape.blockStride();
    warp.blockEnd = warp.blockFirst + shape.blockStride();
    warp.firstThread = warp.blockFirst + index * Warp.LANES;
    warp.start(Math.min(Warp.LANES, shape.threads() - index * Warp.LANES));
    if (warp.local != null) {
      warp.local.forget();
    }
    fillSpecials(warp, index, true, block.number);
  }

  /** Sets the special registers: those that say which block it is, or the others. */
  private void fillSpecials(Warp warp, int index, boolean ofBlock, int number) {
    code.specials()
        .forEach(
            (slot, name) -> {
              if (SpecialRegisters.saysWhichBlock(name) == ofBlock) {
                for (int lane = 0; lane < Warp.LANES; lane++) {
                  warp.registers[slot + lane] =
                      SpecialRegisters.value(name, shape, index * Warp.LANES + lane, number);
                }
              }
            });
  }

  private void passBarrier(List<Warp> waiting, List<Warp> all) {
    int pc = waiting.get(0).pc;
    for (var warp : all) {
      if (!warp.atBarrier || warp.pc != pc) {
        throw error(
            pc,
            "barrier divergence: not all threads of the block come to this barrier; "
                + shape.describe(warp.firstThread)
                + (warp.atBarrier ? " waits at line " + line(warp.pc) : " has left the kernel"));
      }
    }
    int now = ++clock;
    for (var warp : waiting) {
      warp.atBarrier = false;
      warp.pc++;
      warp.blockStamp = now;
      warp.stamp = now;
      warp.recordStamp = now;
    }
    if (block.view != null) {
      block.view.meet();
    }
  }

  /** Runs a warp until it waits at a barrier of the block, gives way, or all threads returned. */
  private void runWarp(Warp warp) {
    long executed = 0;
    try {
      while (true) {
        if (warp.mustSchedule() && !warp.schedule()) {
          if (warp.alive != 0) {
            warp.pc = warp.waitingPoints()[0];
            throw new DeviceCheckError(
                (instructions[warp.pc].kind == Instruction.Kind.BLOCK_BARRIER ? "barrier " : "")
                    + "divergence: some threads wait here for threads that do not come");
          }
          break;
        }
        var instruction = instructions[warp.pc];
        int lanes =
            instruction.guard < 0
                ? warp.active
                : warp.where(instruction.guard, instruction.source.negated());
        executed += Integer.bitCount(warp.active);
        if (--block.budget < 0) {
          throw new DeviceCheckError(
              "the block did not end after " + instructionLimit + " instructions");
        }
        if (instruction.kind == Instruction.Kind.PLAIN) {
          if (lanes != 0) {
            instruction.action.run(warp, lanes);
          }
          warp.pc++;
        } else if (instruction.kind == Instruction.Kind.STRONG) {
          if (lanes != 0) {
            instruction.action.run(warp, lanes);
          }
          warp.pc++;
          if (together != null && lanes != 0) {
            break;
          }
        } else if (!control(warp, instruction, lanes)) {
          break;
        }
      }
    } catch (DeviceCheckError e) {
      throw error(warp.pc, e.getMessage());
    } finally {
      threadInstructions += executed;
    }
  }

  /** Whether the warp can go on. */
  private boolean control(Warp warp, Instruction instruction, int lanes) {
    switch (instruction.kind) {
      case BRANCH -> warp.branch(lanes, instruction.targets[0]);
      case INDEXED_BRANCH -> indexedBranch(warp, instruction, lanes);
      case EXIT -> {
        int early = warp.copies.lanes() & lanes;
        if (early != 0) {
          throw new DeviceCheckError(
              shape.describe(warp.firstThread + Integer.numberOfTrailingZeros(early))
                  + " leaves the kernel without waiting for its cp.async");
        }
        warp.exit(lanes);
      }
      case TRAP -> {
        if (lanes != 0) {
          throw new DeviceCheckError(
              shape.describe(warp.firstThread + Integer.numberOfTrailingZeros(lanes)) + ": trap");
        }
        warp.pc++;
      }
      case BLOCK_BARRIER -> {
        return blockBarrier(warp, lanes);
      }
      default -> {
        if (lanes == 0) {
          warp.pc++;
        } else if (gathered(warp, instruction, lanes)) {
          if (instruction.kind == Instruction.Kind.WARP_BARRIER) {
            warp.stamp = ++clock;
            warp.recordStamp = warp.stamp;
            if (warp.view != null) {
              warp.view.meet(warp.firstThread, lanes);
            }
          } else {
            instruction.action.run(warp, lanes);
          }
          warp.pc++;
        } else {
          warp.park();
        }
      }
    }
    return true;
  }

  private boolean blockBarrier(Warp warp, int lanes) {
    if (lanes == 0) {
      warp.pc++;
      return true;
    }
    if (warp.alive != warp.existing) {
      int gone = Integer.numberOfTrailingZeros(warp.existing & ~warp.alive);
      throw new DeviceCheckError(
          "barrier divergence: "
              + shape.describe(warp.firstThread + gone)
              + " has left the kernel before this barrier");
    }
    if (lanes == warp.existing) {
      warp.atBarrier = true;
      return false;
    }
    warp.park();
    return true;
  }

  /** Whether all threads of the mask are here. */
  private boolean gathered(Warp warp, Instruction instruction, int lanes) {
    int first = Integer.numberOfTrailingZeros(lanes);
    int members = (int) warp.registers[instruction.members + first] & warp.existing;
    if ((members & ~warp.alive) != 0) {
      int gone = Integer.numberOfTrailingZeros(members & ~warp.alive);
      throw new DeviceCheckError(
          "divergence: it waits for "
              + shape.describe(warp.firstThread + gone)
              + ", which has left the kernel");
    }
    return (members & ~lanes) == 0;
  }

  private static void indexedBranch(Warp warp, Instruction instruction, int lanes) {
    if (lanes != warp.active) {
      throw new DeviceCheckError("a guarded brx.idx is not supported");
    }
    // lanes leave one by one for their targets; the last ones take the running group along
    int rest = lanes;
    int pc = warp.pc;
    while (rest != 0) {
      int first = Integer.numberOfTrailingZeros(rest);
      long index = warp.registers[instruction.members + first] & 0xFFFF_FFFFL;
      if (index >= instruction.targets.length) {
        throw new DeviceCheckError("brx.idx with index " + index);
      }
      int same = 0;
      for (int more = rest; more != 0; more &= more - 1) {
        int lane = Integer.numberOfTrailingZeros(more);
        if ((warp.registers[instruction.members + lane] & 0xFFFF_FFFFL) == index) {
          same |= 1 << lane;
        }
      }
      rest &= ~same;
      warp.branch(same, instruction.targets[(int) index]);
      if (rest != 0) {
        warp.pc = pc;
      }
    }
  }

  private int line(int pc) {
    return instructions[pc].source.line();
  }

  private DeviceCheckError error(int pc, String message) {
    var source = instructions[pc].source;
    return new DeviceCheckError(
        String.format(
            Locale.ROOT,
            "kernel %s<<<%s, %s>>>, line %d `%s`: %s",
            code.kernel().name,
            shape.grid(),
            shape.block(),
            source.line(),
            source.opcode(),
            message));
  }
}
