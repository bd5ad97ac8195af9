package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;
import io.github.lstm4j.backend.cuda.sim.Instruction.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Turns the statements of a kernel into instructions: each opcode is looked up once, here. */
final class PtxDecoder {
  private final String file;
  private final PtxKernel kernel;
  private final Map<String, Long> symbols;
  private final DeviceMemory memory;

  private final Map<String, Integer> slots = new HashMap<>();
  private final Map<Long, Integer> constantSlots = new HashMap<>();
  private final Map<Integer, Long> constants = new LinkedHashMap<>();
  private final Map<Integer, String> specials = new LinkedHashMap<>();
  private int nextSlot;

  // the statement at hand
  private PtxStatement statement;
  private List<String> modifiers;
  private PtxType type;

  private PtxDecoder(
      String file, PtxKernel kernel, Map<String, Long> symbols, DeviceMemory memory) {
    this.file = file;
    this.kernel = kernel;
    this.symbols = symbols;
    this.memory = memory;
  }

  /**
   * @param symbols the addresses of the module's global variables
   */
  static KernelCode decode(
      String file, PtxKernel kernel, Map<String, Long> symbols, DeviceMemory memory) {
    var decoder = new PtxDecoder(file, kernel, symbols, memory);
    var code = new ArrayList<Instruction>();
    for (var statement : kernel.statements) {
      code.add(decoder.instruction(statement));
    }
    // falling off the end returns
    var end = new PtxStatement(0, null, false, "ret", List.of());
    code.add(new Instruction(end, Kind.EXIT, null, -1, -1));
    return new KernelCode(
        kernel, List.copyOf(code), decoder.nextSlot, decoder.constants, decoder.specials);
  }

  private Instruction instruction(PtxStatement s) {
    statement = s;
    var parts = List.of(s.opcode().split("\\."));
    modifiers = parts.subList(1, parts.size());
    type = parts.size() > 1 ? PtxType.of(parts.get(parts.size() - 1)) : null;
    return switch (parts.get(0)) {
      case "bra" -> jump(Kind.BRANCH, -1, label(operand(0)));
      case "brx" -> indexedBranch();
      case "ret", "exit" -> jump(Kind.EXIT, -1);
      case "trap" -> jump(Kind.TRAP, -1);
      case "bar", "barrier" -> barrier();
      case "shfl" -> shuffle();
      case "vote" -> vote();
      case "prefetch", "prefetchu" -> plain((warp, lanes) -> {});
      case "nanosleep" -> strong((warp, lanes) -> {});
      case "membar", "fence" -> plain(fence());
      case "mma" -> matrixProduct();
      case "ldmatrix" -> matrixLoad();
      case "cp" -> plain(asyncCopy());
      case "activemask" -> plain(WarpOperations.activeMask(slot(0)));
      case "mov" -> plain(move());
      case "cvta" -> plain(unary(slot(0), slot(1), a -> a));
      case "cvt" -> plain(convert());
      case "ld", "ldu" -> Ordering.of(modifiers) == Ordering.WEAK ? plain(load()) : strong(load());
      case "st" -> plain(store());
      case "atom" -> strong(atomic(slot(0), 1));
      case "red" -> strong(atomic(-1, 0));
      case "setp" -> plain(compare());
      case "selp" -> plain(select());
      default -> plain(arithmetic(parts.get(0)));
    };
  }

  /** A fence; one of a smaller scope than the device orders no blocks. */
  private Action fence() {
    if (modifiers.contains("cta")) {
      return (warp, lanes) -> {};
    }
    return (warp, lanes) -> {
      if (warp.view != null) {
        each(lanes, lane -> warp.view.fence(warp, lane));
      }
    };
  }

  /** {@code cp.async} and what waits for it. */
  private Action asyncCopy() {
    String what = String.join(".", modifiers);
    if (what.equals("async.commit_group")) {
      return AsyncCopies.commit();
    }
    if (what.equals("async.wait_all")) {
      return AsyncCopies.await(-1);
    }
    if (what.equals("async.wait_group") && operand(0) instanceof Operand.Literal left) {
      return AsyncCopies.await((int) left.bits());
    }
    boolean all = what.matches("async\\.ca\\.shared(::cta)?\\.global(\\.L2::\\d+B)?");
    boolean sixteen = what.matches("async\\.cg\\.shared(::cta)?\\.global(\\.L2::\\d+B)?");
    long bytes = operand(2) instanceof Operand.Literal size ? size.bits() : 0;
    boolean known = (all && (bytes == 4 || bytes == 8)) || ((all || sixteen) && bytes == 16);
    int last = statement.operands().size() - 1;
    if (!known || last > 3 || isPredicate(operand(last))) {
      throw unknown();
    }
    var target = access(MemoryAccess.Space.SHARED, PtxType.B32, operand(0), Ordering.WEAK);
    var source = access(MemoryAccess.Space.GLOBAL, PtxType.B32, operand(1), Ordering.WEAK);
    return AsyncCopies.ask(new AsyncCopies.Ask(target, source, (int) bytes, slot(last)));
  }

  private boolean isPredicate(Operand operand) {
    return kernel.registers.get(operand.toString()) == PtxType.PRED;
  }

  /** {@code ldmatrix.sync}, which takes all threads of a warp. */
  private Instruction matrixLoad() {
    requireSync();
    var targets =
        operand(0) instanceof Operand.Vector v ? slots(v.elements()) : new int[] {slot(0)};
    var rows = access(MemoryAccess.Space.SHARED, PtxType.B16, operand(1), Ordering.WEAK);
    var action = MatrixFragments.load(String.join(".", modifiers), targets, rows);
    return new Instruction(
        statement, Kind.CONVERGENT, known(action), guard(), constant(0xFFFF_FFFFL));
  }

  /** {@code mma.sync}, which takes all threads of a warp. */
  private Instruction matrixProduct() {
    requireSync();
    int[][] fragments = new int[4][];
    for (int i = 0; i < 4; i++) {
      if (!(operand(i) instanceof Operand.Vector v)) {
        throw unknown();
      }
      fragments[i] = slots(v.elements());
    }
    var action = MatrixFragments.product(String.join(".", modifiers), fragments);
    return new Instruction(
        statement, Kind.CONVERGENT, known(action), guard(), constant(0xFFFF_FFFFL));
  }

  private Instruction strong(Action action) {
    return new Instruction(statement, Kind.STRONG, action, guard(), -1);
  }

  private Instruction plain(Action action) {
    return new Instruction(statement, Kind.PLAIN, action, guard(), -1);
  }

  private Instruction jump(Kind kind, int index, int... targets) {
    return new Instruction(statement, kind, null, guard(), index, targets);
  }

  private int guard() {
    return statement.guard() == null ? -1 : register(statement.guard());
  }

  private Instruction indexedBranch() {
    var targets = kernel.branchTargets.get(operand(1).toString());
    if (targets == null) {
      throw unknown();
    }
    return jump(Kind.INDEXED_BRANCH, slot(0), targets.stream().mapToInt(this::label).toArray());
  }

  private Instruction barrier() {
    if (modifiers.contains("warp")) {
      return new Instruction(statement, Kind.WARP_BARRIER, null, guard(), slot(0));
    }
    boolean whole =
        modifiers.contains("sync")
            && statement.operands().size() == 1
            && operand(0).equals(new Operand.Literal(0));
    if (!whole) {
      throw unknown(); // part of a block, or another barrier
    }
    return new Instruction(statement, Kind.BLOCK_BARRIER, null, guard(), -1);
  }

  private Instruction shuffle() {
    requireSync();
    boolean pair = operand(0) instanceof Operand.Pair;
    int target = slot(pair ? ((Operand.Pair) operand(0)).value() : operand(0));
    int predicate = pair ? slot(((Operand.Pair) operand(0)).predicate()) : -1;
    var action =
        WarpOperations.shuffle(modifiers.get(1), target, predicate, slot(1), slot(2), slot(3));
    return new Instruction(statement, Kind.CONVERGENT, known(action), guard(), slot(4));
  }

  private Instruction vote() {
    requireSync();
    var action = WarpOperations.vote(modifiers.get(1), slot(0), slot(1));
    return new Instruction(statement, Kind.CONVERGENT, known(action), guard(), slot(2));
  }

  private void requireSync() {
    if (!modifiers.get(0).equals("sync")) {
      throw unknown();
    }
  }

  private Action move() {
    if (operand(0) instanceof Operand.Vector to) {
      int width = 8 * type.size / to.elements().size();
      int from = slot(1);
      var targets = slots(to.elements());
      return (warp, lanes) -> {
        for (int i = 0; i < targets.length; i++) {
          int shift = i * width;
          each(
              lanes,
              lane ->
                  warp.registers[targets[shift / width] + lane] =
                      warp.registers[from + lane] >>> shift);
        }
      };
    }
    if (operand(1) instanceof Operand.Vector from) {
      int width = 8 * type.size / from.elements().size();
      int to = slot(0);
      var sources = slots(from.elements());
      long mask = -1L >>> (64 - width);
      return (warp, lanes) ->
          each(
              lanes,
              lane -> {
                long value = 0;
                for (int i = 0; i < sources.length; i++) {
                  value |= (warp.registers[sources[i] + lane] & mask) << (i * width);
                }
                warp.registers[to + lane] = value;
              });
    }
    return unary(slot(0), slot(1), a -> a);
  }

  private Action convert() {
    int last = modifiers.size() - 1;
    String to = modifiers.get(last - 1);
    if (type == PtxType.F32 && (to.equals("bf16x2") || to.equals("f16x2"))) {
      boolean bfloat = to.equals("bf16x2");
      return binary(
          slot(0),
          slot(1),
          slot(2),
          (a, b) -> {
            float high = Float.intBitsToFloat((int) a);
            float low = Float.intBitsToFloat((int) b);
            return bfloat
                ? ((long) Conversion.toBfloat(high) << 16) | Conversion.toBfloat(low)
                : ((long) Conversion.toHalf(high) << 16) | Conversion.toHalf(low);
          });
    }
    if (type == PtxType.F32 && to.equals("tf32") && modifiers.contains("rna")) {
      return unary(slot(0), slot(1), a -> Conversion.toTf32((int) a) & 0xFFFF_FFFFL);
    }
    var target = PtxType.of(to);
    if (target == null || type == null) {
      throw unknown();
    }
    return unary(slot(0), slot(1), known(Conversion.of(modifiers, target, type)));
  }

  private Action load() {
    var targets =
        operand(0) instanceof Operand.Vector v ? slots(v.elements()) : new int[] {slot(0)};
    if (modifiers.contains("param")) {
      return loadParameter(targets);
    }
    return access(operand(1)).load(targets);
  }

  private Action loadParameter(int[] targets) {
    var address = (Operand.Address) operand(1);
    var parameter = kernel.parameters.get(address.base().toString());
    if (parameter == null) {
      throw unknown();
    }
    int size = type.size;
    var of = type;
    int from = parameter.offset() + (int) address.offset();
    return (warp, lanes) -> {
      for (int i = 0; i < targets.length; i++) {
        long value = 0;
        for (int k = size - 1; k >= 0; k--) {
          value = (value << 8) | (warp.parameters.get(from + i * size + k) & 0xFF);
        }
        long whole = of.integer(value);
        int target = targets[i];
        each(lanes, lane -> warp.registers[target + lane] = whole);
      }
    };
  }

  private Action store() {
    var sources =
        operand(1) instanceof Operand.Vector v ? slots(v.elements()) : new int[] {slot(1)};
    return access(operand(0)).store(sources);
  }

  private Action atomic(int target, int addressIndex) {
    var access = access(operand(addressIndex));
    int value = slot(addressIndex + 1);
    if (modifiers.contains("cas")) {
      return access.compareAndSwap(target, value, slot(addressIndex + 2));
    }
    if (modifiers.contains("exch")) {
      return access.atomic(target, value, (old, given) -> given);
    }
    for (String name : List.of("add", "min", "max", "and", "or", "xor")) {
      if (modifiers.contains(name)) {
        var function =
            type.floating
                ? FloatArithmetic.binary(name, List.of(), type)
                : IntegerArithmetic.binary(name, List.of(), type);
        return access.atomic(target, value, known(function));
      }
    }
    throw unknown();
  }

  private MemoryAccess access(Operand operand) {
    var space = MemoryAccess.Space.GENERIC;
    for (String modifier : modifiers) {
      switch (modifier) {
        case "global", "const" -> space = MemoryAccess.Space.GLOBAL;
        case "shared" -> space = MemoryAccess.Space.SHARED;
        case "local" -> space = MemoryAccess.Space.LOCAL;
        default -> {}
      }
    }
    return access(space, type, operand, Ordering.of(modifiers));
  }

  private MemoryAccess access(
      MemoryAccess.Space space, PtxType of, Operand operand, Ordering ordering) {
    if (!(operand instanceof Operand.Address address) || of == null) {
      throw unknown();
    }
    boolean narrow =
        address.base() instanceof Operand.Name name
            && kernel.registers.containsKey(name.name())
            && kernel.registers.get(name.name()).size == 4;
    var place = new MemoryAccess.Address(slot(address.base()), narrow, address.offset());
    return new MemoryAccess(memory, space, of, place, ordering, localBytes());
  }

  /** Local memory of a thread, so that that of the next is aligned too. */
  private int localBytes() {
    return (kernel.localBytes + 15) / 16 * 16;
  }

  private Action compare() {
    var test = known(Comparison.of(modifiers.get(0), type, modifiers.contains("ftz")));
    boolean pair = operand(0) instanceof Operand.Pair;
    int yes = slot(pair ? ((Operand.Pair) operand(0)).value() : operand(0));
    int no = pair ? slot(((Operand.Pair) operand(0)).predicate()) : -1;
    int a = slot(1);
    int b = slot(2);
    if (statement.operands().size() == 3 && no < 0) {
      return binary(yes, a, b, test);
    }
    boolean and = modifiers.contains("and");
    boolean or = modifiers.contains("or");
    boolean combined = statement.operands().size() == 4;
    boolean not = combined && operand(3) instanceof Operand.Not;
    int c =
        !combined
            ? -1
            : slot(operand(3) instanceof Operand.Not negated ? negated.predicate() : operand(3));
    return (warp, lanes) ->
        each(
            lanes,
            lane -> {
              var r = warp.registers;
              long is = test.applyAsLong(r[a + lane], r[b + lane]);
              long with = combined ? (r[c + lane] ^ (not ? 1 : 0)) & 1 : 0;
              r[yes + lane] = !combined ? is : and ? is & with : or ? is | with : is ^ with;
              if (no >= 0) {
                long isNot = is ^ 1;
                r[no + lane] =
                    !combined ? isNot : and ? isNot & with : or ? isNot | with : isNot ^ with;
              }
            });
  }

  private Action select() {
    return ternary(slot(0), slot(1), slot(2), slot(3), (a, b, c) -> (c & 1) != 0 ? a : b);
  }

  private Action arithmetic(String name) {
    if (type == null || (type.floating && type.size == 2)) {
      throw unknown();
    }
    boolean floating = type.floating;
    return switch (statement.operands().size()) {
      case 2 ->
          unary(
              slot(0),
              slot(1),
              known(
                  floating
                      ? FloatArithmetic.unary(name, modifiers, type)
                      : IntegerArithmetic.unary(name, modifiers, type)));
      case 3 ->
          binary(
              slot(0),
              slot(1),
              slot(2),
              known(
                  floating
                      ? FloatArithmetic.binary(name, modifiers, type)
                      : IntegerArithmetic.binary(name, modifiers, type)));
      case 4 ->
          ternary(
              slot(0),
              slot(1),
              slot(2),
              slot(3),
              known(
                  floating
                      ? FloatArithmetic.ternary(name, modifiers, type)
                      : IntegerArithmetic.ternary(name, modifiers, type)));
      case 5 -> {
        var f = known(floating ? null : IntegerArithmetic.quaternary(name, type));
        int[] s = slots(statement.operands());
        yield (warp, lanes) ->
            each(
                lanes,
                lane -> {
                  var r = warp.registers;
                  r[s[0] + lane] =
                      f.apply(r[s[1] + lane], r[s[2] + lane], r[s[3] + lane], r[s[4] + lane]);
                });
      }
      default -> throw unknown();
    };
  }

  private static Action unary(int target, int a, LongUnaryOperator f) {
    return LaneLoops.unary(target, a, f);
  }

  private static Action binary(int target, int a, int b, LongBinaryOperator f) {
    return LaneLoops.binary(target, a, b, f);
  }

  private static Action ternary(
      int target, int a, int b, int c, IntegerArithmetic.TernaryOperator f) {
    return LaneLoops.ternary(target, a, b, c, f);
  }

  private static void each(int lanes, IntConsumer body) {
    for (int rest = lanes; rest != 0; rest &= rest - 1) {
      body.accept(Integer.numberOfTrailingZeros(rest));
    }
  }

  private Operand operand(int index) {
    if (index >= statement.operands().size()) {
      throw unknown();
    }
    return statement.operands().get(index);
  }

  private int slot(int index) {
    return slot(operand(index));
  }

  private int[] slots(List<Operand> operands) {
    return operands.stream().mapToInt(this::slot).toArray();
  }

  /** The slot, times 32, of what an operand says. */
  private int slot(Operand operand) {
    if (operand instanceof Operand.Literal literal) {
      return constant(literal.bits());
    }
    if (operand instanceof Operand.Name name) {
      return register(name.name());
    }
    if (operand instanceof Operand.Address address && address.base() instanceof Operand.Name name) {
      return register(name.name());
    }
    throw unknown();
  }

  private int constant(long bits) {
    return constantSlots.computeIfAbsent(
        bits,
        value -> {
          int slot = newSlot();
          constants.put(slot, value);
          return slot;
        });
  }

  private int register(String name) {
    Integer known = slots.get(name);
    if (known != null) {
      return known;
    }
    int slot;
    if (kernel.registers.containsKey(name)) {
      slot = newSlot();
    } else if (kernel.shared.containsKey(name)) {
      slot = constant(MemoryAccess.SHARED_BASE + kernel.shared.get(name).offset());
    } else if (kernel.local.containsKey(name)) {
      slot = constant(MemoryAccess.LOCAL_BASE + kernel.local.get(name).offset());
    } else if (symbols.containsKey(name)) {
      slot = constant(symbols.get(name));
    } else if (name.equals("WARP_SZ")) {
      slot = constant(Warp.LANES);
    } else if (SpecialRegisters.isKnown(name)) {
      slot = newSlot();
      specials.put(slot, name);
    } else {
      throw error("'" + name + "' is not declared");
    }
    slots.put(name, slot);
    return slot;
  }

  private int newSlot() {
    return Warp.LANES * nextSlot++;
  }

  private int label(Operand operand) {
    Integer index = kernel.labels.get(operand.toString());
    if (index == null) {
      throw error("no label '" + operand + "'");
    }
    return index;
  }

  private <T> T known(T function) {
    if (function == null) {
      throw unknown();
    }
    return function;
  }

  private DeviceCheckError unknown() {
    return error("instruction '" + statement.opcode() + "' is not supported");
  }

  private DeviceCheckError error(String message) {
    return new DeviceCheckError(
        String.format(
            Locale.ROOT,
            "%s, kernel %s, line %d: %s",
            file,
            kernel.name,
            statement.line(),
            message));
  }
}
