package io.github.lstm4j.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Registers of a thread, by kernel and architecture, of the kernels that are launched according to
 * them: {@link KernelAssemblyTest} holds the table against the assembler, which also says that
 * nothing is spilled.
 */
public final class KernelResources {
  /** All that JCuda's assembler is asked for. */
  static final List<String> ARCHITECTURES =
      List.of("sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90");

  private static final String TABLE =
      """
      lstm_persistent1_32                  61  63  61  56  56  56  56
      lstm_persistent1_64                  94 104 104 104 107 107  98
      lstm_persistent1_128                128 128 128 128 128 128 128
      lstm_persistent1_any_32              79  79  72  72  72  72  72
      lstm_persistent1_any_64             108 114 114 114 117 117 117
      lstm_persistent1_any_128            127 128 128 128 128 128 128
      lstm_persistent1_backward_32         61  63  63  63  63  63  64
      lstm_persistent1_backward_64         98  93  93  93  93  93 111
      lstm_persistent1_backward_128       128 128 128 128 128 128 128
      lstm_persistent1_backward_any_32     78  80  72  72  72  72  78
      lstm_persistent1_backward_any_64    111 118 118 118 120 120 119
      lstm_persistent1_backward_any_128   125 125 128 128 128 128 127
      """;

  private static final Map<String, List<Integer>> REGISTERS =
      TABLE
          .lines()
          .map(line -> line.strip().split("\\s+", -1))
          .collect(
              Collectors.toUnmodifiableMap(
                  row -> row[0], row -> Arrays.stream(row).skip(1).map(Integer::valueOf).toList()));

  private KernelResources() {}

  /** By entry: the registers on each of {@link #ARCHITECTURES}. */
  public static Map<String, List<Integer>> registers() {
    return REGISTERS;
  }
}
