package io.github.lstm4j.backend.cuda.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Runs kernels: blocks one after the other, the warps of a block from barrier to barrier. */
final class PtxInterpreter {
  private final Random random;
  private final long instructionLimit;
  private long threadInstructions;
  private int clock;

  // the block at hand
  private KernelCode code;
  private LaunchShape shape;
  private int block;
  private long budget;

  /**
   * @param random shuffles blocks and warps; null runs them in order
   * @param instructionLimit how many instructions the warps of one block may run, all together
   */
  PtxInterpreter(Random random, long instructionLimit) {
    this.random = random;
    this.instructionLimit = instructionLimit;
  }

  /** How many instructions ran, counted per thread. */
  long threadInstructions() {
    return threadInstructions;
  }

  /** Runs a launch to its end. */
  void run(KernelCode kernelCode, LaunchShape launchShape, int sharedBytes, ByteBuffer parameters) {
    code = kernelCode;
    shape = launchShape;
    var kernel = code.kernel();
    int sharedSize =
        sharedBytes > 0 ? kernel.dynamicSharedOffset() + sharedBytes : kernel.sharedBytes;
    var shared = new Allocation(MemoryAccess.SHARED_BASE, sharedSize, "shared memory");
    int localSize = Warp.LANES * ((kernel.localBytes + 15) / 16 * 16);
    int launchStart = ++clock;
    var warps = new ArrayList<Warp>();
    for (int i = 0; i < shape.warps(); i++) {
      var warp = new Warp(code.slots());
      warp.shape = shape;
      warp.launchStart = launchStart;
      warp.parameters = parameters;
      warp.shared = shared;
      warp.local =
          localSize > 0 ? new Allocation(MemoryAccess.LOCAL_BASE, localSize, "local memory") : null;
      code.constants()
          .forEach((slot, value) -> Arrays.fill(warp.registers, slot, slot + Warp.LANES, value));
      warps.add(warp);
    }
    for (int number : order(shape.blocks())) {
      block = number;
      shared.forget();
      runBlock(warps);
    }
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

  private void runBlock(List<Warp> warps) {
    budget = instructionLimit;
    int start = ++clock;
    for (int i = 0; i < warps.size(); i++) {
      startWarp(warps.get(i), i, start);
    }
    var running = new ArrayList<>(warps);
    while (!running.isEmpty()) {
      if (random != null) {
        Collections.shuffle(running, random);
      }
      for (var warp : running) {
        runWarp(warp);
      }
      running.removeIf(warp -> !warp.atBarrier);
      if (!running.isEmpty()) {
        passBarrier(running, warps);
      }
    }
  }

  private void startWarp(Warp warp, int index, int start) {
    warp.blockStart = start;
    warp.blockStamp = start;
    warp.stamp = start;
    warp.blockFirst = block * shape.blockStride();
    warp.blockEnd = warp.blockFirst + shape.blockStride();
    warp.firstThread = warp.blockFirst + index * Warp.LANES;
    warp.start(Math.min(Warp.LANES, shape.threads() - index * Warp.LANES));
    if (warp.local != null) {
      warp.local.forget();
    }
    code.specials()
        .forEach(
            (slot, name) -> {
              for (int lane = 0; lane < Warp.LANES; lane++) {
                warp.registers[slot + lane] =
                    SpecialRegisters.value(name, shape, index * Warp.LANES + lane, block);
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
    }
  }

  /** Runs a warp until it waits at a barrier of the block or all its threads returned. */
  private void runWarp(Warp warp) {
    var instructions = code.instructions().toArray(Instruction[]::new);
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
        if (--budget < 0) {
          throw new DeviceCheckError(
              "the block did not end after " + instructionLimit + " instructions");
        }
        if (instruction.kind == Instruction.Kind.PLAIN) {
          if (lanes != 0) {
            instruction.action.run(warp, lanes);
          }
          warp.pc++;
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
      case EXIT -> warp.exit(lanes);
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
    return code.instructions().get(pc).source.line();
  }

  private DeviceCheckError error(int pc, String message) {
    var source = code.instructions().get(pc).source;
    return new DeviceCheckError(
        "kernel %s<<<%s, %s>>>, line %d `%s`: %s"
            .formatted(
                code.kernel().name,
                shape.grid(),
                shape.block(),
                source.line(),
                source.opcode(),
                message));
  }
}
