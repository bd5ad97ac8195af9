package io.github.lstm4j.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Registers of a thread, by kernel and architecture, of the kernels that keep weights in them:
 * {@link KernelAssemblyTest} holds the table against the assembler, which also says that nothing is
 * spilled. Those of a block are launched according to them; those of a grid, 256 threads and a
 * block a multiprocessor, may take all that there are, which is 255.
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
      lstm_persistent2_forward_256_tf32                96  96  96  96
      lstm_persistent2_forward_256_bf16                86  86  86  87
      lstm_persistent2_backward_256_tf32              134 134 134 132
      lstm_persistent2_backward_256_bf16               82  82  82  86
      lstm_persistent2_forward_512_tf32               228 227 227 232
      lstm_persistent2_forward_512_bf16               166 166 166 184
      lstm_persistent2_backward_512_tf32              254 254 254 228
      lstm_persistent2_backward_512_bf16              168 168 168 167
      lstm_persistent2_forward_768_tf32               196 196 196 200
      lstm_persistent2_forward_768_bf16               228 228 228 233
      lstm_persistent2_backward_768_tf32              255 255 255 240
      lstm_persistent2_backward_768_bf16              238 238 238 248
      lstm_persistent2_forward_1024_tf32              236 236 236 236
      lstm_persistent2_forward_1024_bf16              255 255 255 255
      lstm_persistent2_backward_1024_tf32             192 192 192 194
      lstm_persistent2_backward_1024_bf16             255 255 255 255
      """;

  private static final Map<String, List<Integer>> REGISTERS =
      TABLE
          .lines()
          .map(line -> line.strip().split("\\s+", -1))
          .collect(
              Collectors.toUnmodifiableMap(
                  row -> row[0], row -> Arrays.stream(row).skip(1).map(Integer::valueOf).toList()));

  private KernelResources() {}

  /**
   * By entry: the registers on each of {@link #ARCHITECTURES}, on the last ones if they are fewer.
   */
  public static Map<String, List<Integer>> registers() {
    return REGISTERS;
  }
}
