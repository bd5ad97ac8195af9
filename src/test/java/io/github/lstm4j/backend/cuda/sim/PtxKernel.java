package io.github.lstm4j.backend.cuda.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An entry point as the parser leaves it: declarations, instructions and labels. */
final class PtxKernel {
  /**
   * A parameter.
   *
   * @param offset its first byte in the block of parameters
   * @param size bytes, more than the type's for a structure
   */
  record Parameter(String name, PtxType type, int offset, int size) {}

  /** A block with an extent in a state space. */
  record Variable(String name, int offset, int size) {}

  final String name;
  final Map<String, Parameter> parameters = new LinkedHashMap<>();
  final Map<String, PtxType> registers = new HashMap<>();
  final Map<String, Variable> shared = new HashMap<>();
  final Map<String, Variable> local = new HashMap<>();
  final List<PtxStatement> statements = new ArrayList<>();
  final Map<String, Integer> labels = new HashMap<>();
  final Map<String, List<Operand>> branchTargets = new HashMap<>();
  int parameterBytes;
  int sharedBytes;
  int localBytes;

  /** The most threads a block may have. */
  int maxThreads = 1024;

  PtxKernel(String name) {
    this.name = name;
  }

  void addParameter(String parameter, PtxType type, int align, int size) {
    int offset = aligned(parameterBytes, align);
    parameters.put(parameter, new Parameter(parameter, type, offset, size));
    parameterBytes = offset + size;
  }

  void addShared(String variable, int align, int size) {
    int offset = aligned(sharedBytes, align);
    shared.put(variable, new Variable(variable, offset, size));
    sharedBytes = offset + size;
  }

  void addLocal(String variable, int align, int size) {
    int offset = aligned(localBytes, align);
    local.put(variable, new Variable(variable, offset, size));
    localBytes = offset + size;
  }

  /** Where the launch's own shared memory begins: behind the declared variables. */
  int dynamicSharedOffset() {
    return aligned(sharedBytes, 16);
  }

  private static int aligned(int offset, int align) {
    return (offset + align - 1) / align * align;
  }
}
