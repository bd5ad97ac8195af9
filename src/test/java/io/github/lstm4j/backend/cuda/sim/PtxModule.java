package io.github.lstm4j.backend.cuda.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads PTX text as nvcc writes it (PTX ISA 6.0 and its neighbours; no calls between functions).
 */
final class PtxModule {
  /** An array in global or constant memory; what has no value given begins as zero. */
  record GlobalVariable(String name, ByteBuffer content) {}

  final Map<String, PtxKernel> kernels = new LinkedHashMap<>();
  final List<GlobalVariable> globals = new ArrayList<>();

  private final PtxTokens tokens;
  private final List<Declaration> moduleShared = new ArrayList<>();
  private int scopes;

  private record Declaration(PtxType type, int align, String name, int size) {}

  /**
   * @param name what errors call it
   */
  PtxModule(String name, String ptx) {
    tokens = new PtxTokens(name, ptx);
    boolean hasVersion = false;
    while (!tokens.atEnd()) {
      String word = tokens.take();
      switch (word) {
        case ".version" -> {
          tokens.take();
          hasVersion = true;
        }
        case ".target" -> {
          do {
            tokens.take();
          } while (tokens.skip(","));
        }
        case ".address_size" -> tokens.take();
        case ".visible", ".extern", ".weak" -> {}
        case ".entry" -> kernel();
        case ".shared" -> moduleShared.add(declaration());
        case ".global", ".const" -> global();
        default -> throw tokens.error("'" + word + "' is not understood at this place");
      }
    }
    if (!hasVersion) {
      throw new DeviceCheckError(name + " is not PTX: it has no .version");
    }
  }

  /** {@code .align 4 .b8 name[24]}, without a value and without the semicolon. */
  private Declaration declaration() {
    PtxType type = null;
    int align = 0;
    boolean pointer = false;
    String word = tokens.take();
    while (word.startsWith(".")) {
      if (word.equals(".align")) {
        int bytes = tokens.takeInt();
        align = pointer ? align : bytes; // behind .ptr it is that of what the pointer points to
      } else if (word.equals(".ptr")) {
        pointer = true;
      } else if (PtxType.of(word.substring(1)) != null) {
        type = PtxType.of(word.substring(1));
      }
      word = tokens.take();
    }
    if (type == null) {
      throw tokens.error("'" + word + "' is declared without a type");
    }
    int elements = 1;
    while (tokens.skip("[")) {
      elements *= tokens.peek().equals("]") ? 0 : tokens.takeInt();
      tokens.expect("]");
    }
    tokens.skip(";");
    return new Declaration(type, Math.max(align, type.size), word, elements * type.size);
  }

  private void global() {
    var declaration = declaration();
    var content = new byte[declaration.size];
    if (tokens.skip("=")) {
      boolean many = tokens.skip("{");
      int size = declaration.type.size;
      int at = 0;
      do {
        long value = literal(tokens.skip("-"));
        for (int i = 0; i < size; i++) {
          content[at++] = (byte) (value >> (8 * i));
        }
      } while (tokens.skip(","));
      if (many) {
        tokens.expect("}");
      }
      tokens.expect(";");
    }
    globals.add(new GlobalVariable(declaration.name, ByteBuffer.wrap(content)));
  }

  private void kernel() {
    var kernel = new PtxKernel(tokens.take());
    kernels.put(kernel.name, kernel);
    for (var shared : moduleShared) {
      if (shared.size > 0) {
        kernel.addShared(shared.name, shared.align, shared.size);
      }
    }
    if (tokens.skip("(")) {
      while (!tokens.skip(")")) {
        tokens.expect(".param");
        var p = declaration();
        kernel.addParameter(p.name, p.type, p.align, p.size);
        tokens.skip(",");
      }
    }
    while (!tokens.skip("{")) {
      String directive = tokens.take();
      if (directive.equals(".maxntid") || directive.equals(".reqntid")) {
        kernel.maxThreads = 1;
        do {
          kernel.maxThreads *= tokens.takeInt();
        } while (tokens.skip(","));
      } else if (directive.equals(".minnctapersm") || directive.equals(".maxnreg")) {
        tokens.takeInt();
      } else {
        throw tokens.error("directive '" + directive + "' is not understood");
      }
    }
    scopes = 1;
    while (scopes > 0) {
      bodyElement(kernel);
    }
    for (var shared : moduleShared) {
      if (shared.size == 0) {
        kernel.shared.put(
            shared.name, new PtxKernel.Variable(shared.name, kernel.dynamicSharedOffset(), 0));
      }
    }
  }

  private void bodyElement(PtxKernel kernel) {
    if (tokens.skip("{")) {
      scopes++;
    } else if (tokens.skip("}")) {
      scopes--;
    } else if (tokens.peekSecond().equals(":")) {
      label(kernel);
    } else if (tokens.peek().startsWith(".")) {
      directive(kernel);
    } else {
      kernel.statements.add(statement());
    }
  }

  private void label(PtxKernel kernel) {
    String label = tokens.take();
    tokens.expect(":");
    if (tokens.skip(".branchtargets")) {
      kernel.branchTargets.put(label, operands());
    } else {
      kernel.labels.put(label, kernel.statements.size());
    }
  }

  private void directive(PtxKernel kernel) {
    String word = tokens.take();
    switch (word) {
      case ".reg" -> registers(kernel);
      case ".shared" -> {
        var shared = declaration();
        kernel.addShared(shared.name, shared.align, shared.size);
      }
      case ".local" -> {
        var local = declaration();
        kernel.addLocal(local.name, local.align, local.size);
      }
      case ".pragma", ".loc", ".file" -> {
        while (!tokens.skip(";")) {
          tokens.take();
        }
      }
      default -> throw tokens.error("directive '" + word + "' is not understood");
    }
  }

  private void registers(PtxKernel kernel) {
    var type = PtxType.of(tokens.take().substring(1));
    if (type == null) {
      throw tokens.error("registers of a type that is not understood");
    }
    do {
      String register = tokens.take();
      if (tokens.skip("<")) {
        int count = tokens.takeInt();
        tokens.expect(">");
        for (int i = 0; i < count; i++) {
          kernel.registers.put(register + i, type);
        }
      } else {
        kernel.registers.put(register, type);
      }
    } while (tokens.skip(","));
    tokens.expect(";");
  }

  private PtxStatement statement() {
    int line = tokens.line();
    String guard = null;
    boolean negated = false;
    if (tokens.skip("@")) {
      negated = tokens.skip("!");
      guard = tokens.take();
    }
    String opcode = tokens.take();
    return new PtxStatement(line, guard, negated, opcode, operands());
  }

  private List<Operand> operands() {
    var operands = new ArrayList<Operand>();
    while (!tokens.skip(";")) {
      operands.add(operand());
      tokens.skip(",");
    }
    return List.copyOf(operands);
  }

  private Operand operand() {
    if (tokens.skip("[")) {
      var base = operand();
      long offset = 0;
      while (tokens.skip("+")) {
        offset += literal(tokens.skip("-"));
      }
      if (tokens.skip("-")) {
        offset -= literal(false);
      }
      tokens.expect("]");
      return new Operand.Address(base, offset);
    }
    if (tokens.skip("{")) {
      var elements = new ArrayList<Operand>();
      while (!tokens.skip("}")) {
        elements.add(operand());
        tokens.skip(",");
      }
      return new Operand.Vector(List.copyOf(elements));
    }
    if (tokens.skip("!")) {
      return new Operand.Not(operand());
    }
    boolean minus = tokens.skip("-");
    if (minus || Character.isDigit(tokens.peek().charAt(0))) {
      return new Operand.Literal(literal(minus));
    }
    var name = new Operand.Name(tokens.take());
    return tokens.skip("|") ? new Operand.Pair(name, operand()) : name;
  }

  /** {@code 12}, {@code 0x1F}, {@code 7U}, {@code 0f3F800000} or {@code 0d3FF0000000000000}. */
  private long literal(boolean minus) {
    String text = tokens.take();
    try {
      if (text.startsWith("0f")
          || text.startsWith("0F")
          || text.startsWith("0d")
          || text.startsWith("0D")) {
        return Long.parseUnsignedLong(text.substring(2), 16);
      }
      String digits = text.endsWith("U") ? text.substring(0, text.length() - 1) : text;
      long value =
          digits.startsWith("0x") || digits.startsWith("0X")
              ? Long.parseUnsignedLong(digits.substring(2), 16)
              : Long.parseUnsignedLong(digits);
      return minus ? -value : value;
    } catch (NumberFormatException e) {
      throw tokens.error("'" + text + "' is not a number");
    }
  }
}
