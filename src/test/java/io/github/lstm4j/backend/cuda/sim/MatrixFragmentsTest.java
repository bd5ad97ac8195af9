package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Matrix products of a warp, and what is rounded for them. */
class MatrixFragmentsTest {
  /**
   * D = A·B + C with A (16,K), B (K,8) stored by rows; as PTX ISA 9.7.14 tells which thread loads
   * what.
   */
  private static String kernel(boolean bfloat) {
    var s =
        new StringBuilder(
            """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry product(.param .u64 pa, .param .u64 pb, .param .u64 pc, .param .u32 threads)
            {
              .reg .pred %p<2>;
              .reg .b32 %r<40>;
              .reg .f32 %f<40>;
              .reg .b64 %rd<60>;
              ld.param.u64 %rd1, [pa];
              ld.param.u64 %rd2, [pb];
              ld.param.u64 %rd3, [pc];
              ld.param.u32 %r30, [threads];
              mov.u32 %r1, %tid.x;
              shr.u32 %r2, %r1, 2;
              and.b32 %r3, %r1, 3;
            """);
    int k = bfloat ? 16 : 8;
    int per = bfloat ? 2 : 1;
    for (int i = 0; i < 4; i++) { // A: row g + 8(i%2), k = per·q + (k/2)(i/2)
      s.append("mad.lo.s32 %r4, %r2, ")
          .append(k)
          .append(", ")
          .append(8 * k * (i % 2) + k / 2 * (i / 2))
          .append(";\n");
      s.append("mad.lo.s32 %r4, %r3, ").append(per).append(", %r4;\n");
      load(s, "%rd1", 1, "%r" + (10 + i), bfloat);
    }
    for (int i = 0; i < 2; i++) { // B: k = per·q + (k/2)i, column g
      s.append("mad.lo.s32 %r4, %r3, ")
          .append(8 * per)
          .append(", ")
          .append(8 * (k / 2) * i)
          .append(";\n");
      s.append("add.s32 %r4, %r4, %r2;\n");
      load(s, "%rd2", 8, "%r" + (14 + i), bfloat);
    }
    for (int i = 0; i < 4; i++) { // C: row g + 8(i/2), column 2q + i%2
      s.append("mad.lo.s32 %r4, %r2, 8, ").append(64 * (i / 2) + i % 2).append(";\n");
      s.append("mad.lo.s32 %r4, %r3, 2, %r4;\n");
      s.append("mul.wide.s32 %rd4, %r4, 4;\nadd.s64 %rd").append(10 + i).append(", %rd3, %rd4;\n");
      s.append("ld.global.f32 %f").append(20 + i).append(", [%rd").append(10 + i).append("];\n");
    }
    s.append("setp.ge.u32 %p1, %r1, %r30;\n@%p1 ret;\n");
    s.append("mma.sync.aligned.m16n8k")
        .append(bfloat ? "16.row.col.f32.bf16.bf16.f32" : "8.row.col.f32.tf32.tf32.f32")
        .append(" {%f30, %f31, %f32, %f33}, {%r10, %r11, %r12, %r13}, {%r14, %r15},")
        .append(" {%f20, %f21, %f22, %f23};\n");
    for (int i = 0; i < 4; i++) {
      s.append("st.global.f32 [%rd").append(10 + i).append("], %f").append(30 + i).append(";\n");
    }
    return s.append("ret;\n}\n").toString();
  }

  /** Loads the element %r4, or that and the one {@code step} further as a pair of bfloat16. */
  private static void load(StringBuilder s, String base, int step, String to, boolean bfloat) {
    s.append("mul.wide.s32 %rd4, %r4, 4;\nadd.s64 %rd5, ").append(base).append(", %rd4;\n");
    s.append("ld.global.f32 %f1, [%rd5];\n");
    if (bfloat) {
      s.append("ld.global.f32 %f2, [%rd5+").append(4 * step).append("];\n");
      s.append("cvt.rn.bf16x2.f32 ").append(to).append(", %f2, %f1;\n");
    } else {
      s.append("cvt.rna.tf32.f32 ").append(to).append(", %f1;\n");
    }
  }

  private static float[] random(Random random, int n) {
    var x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static float rounded(float x, boolean bfloat) {
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat(
        bfloat
            ? (bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF_0000
            : (bits + 0x1000) & 0xFFFF_E000);
  }

  @Test
  void theProductOfRoundedInputs() {
    for (boolean bfloat : new boolean[] {false, true}) {
      int k = bfloat ? 16 : 8;
      var random = new Random(3);
      float[] a = random(random, 16 * k);
      float[] b = random(random, k * 8);
      float[] c = random(random, 16 * 8);
      try (var device = new TestDevice(SimulatedCuda.builder().build(), kernel(bfloat))) {
        long out = device.floats(c);
        device.launch("product", 1, 32, device.floats(a), device.floats(b), out, 32);
        float[] got = device.readFloats(out, c.length);
        for (int i = 0; i < 16; i++) {
          for (int j = 0; j < 8; j++) {
            double sum = c[i * 8 + j];
            for (int n = 0; n < k; n++) {
              sum += (double) rounded(a[i * k + n], bfloat) * rounded(b[n * 8 + j], bfloat);
            }
            assertThat((double) got[i * 8 + j]).isCloseTo(sum, within(2e-6));
          }
        }
      }
    }
  }

  /** Halves come as they are stored, here by ldmatrix; A (16,16) and Bᵀ (8,16) by rows. */
  private static String halves(String type) {
    return """
    .version 7.0
    .target sm_80
    .address_size 64
    .visible .entry product(.param .u64 pa, .param .u64 pb, .param .u64 pc)
    {
      .reg .b32 %%r<20>;
      .reg .f32 %%f<5>;
      .reg .b64 %%rd<8>;
      .shared .align 16 .b8 a[512];
      .shared .align 16 .b8 b[256];
      ld.param.u64 %%rd1, [pa];
      ld.param.u64 %%rd2, [pb];
      ld.param.u64 %%rd3, [pc];
      mov.u32 %%r1, %%tid.x;
      shl.b32 %%r2, %%r1, 4;
      shl.b32 %%r3, %%r1, 3;
      cvt.u64.u32 %%rd4, %%r2;
      cvt.u64.u32 %%rd5, %%r3;
      add.s64 %%rd1, %%rd1, %%rd4;
      add.s64 %%rd2, %%rd2, %%rd5;
      mov.u32 %%r4, a;
      add.s32 %%r5, %%r4, %%r2;
      mov.u32 %%r6, b;
      add.s32 %%r7, %%r6, %%r3;
      cp.async.cg.shared.global [%%r5], [%%rd1], 16;
      cp.async.ca.shared.global [%%r7], [%%rd2], 8;
      cp.async.wait_all;
      bar.warp.sync -1;
      and.b32 %%r8, %%r1, 15;
      shl.b32 %%r8, %%r8, 5;
      shr.u32 %%r9, %%r1, 4;
      mad.lo.s32 %%r8, %%r9, 16, %%r8;
      add.s32 %%r8, %%r8, %%r4; // row lane %% 16, columns from 8·(lane / 16)
      ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%r10, %%r11, %%r12, %%r13}, [%%r8];
      and.b32 %%r9, %%r1, 7;
      shl.b32 %%r9, %%r9, 5;
      and.b32 %%r8, %%r1, 8;
      mad.lo.s32 %%r9, %%r8, 2, %%r9;
      add.s32 %%r9, %%r9, %%r6; // row lane %% 8, columns from lane & 8
      ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%%r14, %%r15}, [%%r9];
      mov.f32 %%f1, 0f00000000;
      mma.sync.aligned.m16n8k16.row.col.f32.%1$s.%1$s.f32 {%%f1, %%f2, %%f3, %%f4},
        {%%r10, %%r11, %%r12, %%r13}, {%%r14, %%r15}, {%%f1, %%f1, %%f1, %%f1};
      shr.u32 %%r16, %%r1, 2;
      and.b32 %%r17, %%r1, 3;
      shl.b32 %%r16, %%r16, 5;
      mad.lo.s32 %%r16, %%r17, 8, %%r16;
      cvt.u64.u32 %%rd6, %%r16;
      add.s64 %%rd7, %%rd3, %%rd6;
      st.global.v2.f32 [%%rd7], {%%f1, %%f2};
      st.global.v2.f32 [%%rd7+256], {%%f3, %%f4};
      ret;
    }
    """
        .replace("%1$s", type)
        .replace("%%", "%");
  }

  private static byte[] packed(float[] x, boolean bfloat) {
    var bytes = new byte[2 * x.length];
    for (int i = 0; i < x.length; i++) {
      int half = bfloat ? Conversion.toBfloat(x[i]) : Conversion.toHalf(x[i]);
      bytes[2 * i] = (byte) half;
      bytes[2 * i + 1] = (byte) (half >> 8);
    }
    return bytes;
  }

  @Test
  void halvesFromSharedMemory() {
    for (String type : new String[] {"f16", "bf16"}) {
      var random = new Random(4);
      float[] a = new float[16 * 16];
      float[] b = new float[8 * 16];
      for (int i = 0; i < a.length; i++) { // what both types hold
        a[i] = (random.nextInt(255) - 127) / 64f;
        b[i % b.length] = (random.nextInt(255) - 127) / 32f;
      }
      boolean bfloat = type.equals("bf16");
      try (var device = new TestDevice(SimulatedCuda.builder().build(), halves(type))) {
        long out = device.empty(4 * 16 * 8);
        device.launch(
            "product",
            1,
            32,
            device.bytes(packed(a, bfloat)),
            device.bytes(packed(b, bfloat)),
            out);
        float[] got = device.readFloats(out, 16 * 8);
        for (int i = 0; i < 16; i++) {
          for (int j = 0; j < 8; j++) {
            double sum = 0;
            for (int k = 0; k < 16; k++) {
              sum += (double) a[16 * i + k] * b[16 * j + k];
            }
            assertThat((double) got[8 * i + j]).isEqualTo(sum);
          }
        }
      }
    }
  }

  /** Of a transposed load of a matrix (8,8), lane 4g + q has rows 2q and 2q + 1 of column g. */
  @Test
  void transposedMatricesFromSharedMemory() {
    String ptx =
        halves("f16")
            .replace(
                "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r14, %r15}",
                "ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 %r14")
            .replace("st.global.v2.f32 [%rd7], {%f1, %f2}", "st.global.u32 [%rd7], %r14");
    var b = new byte[256];
    for (int i = 0; i < b.length / 2; i++) {
      b[2 * i] = (byte) i;
    }
    try (var device = new TestDevice(SimulatedCuda.builder().build(), ptx)) {
      long out = device.ints(new int[16 * 8]);
      device.launch("product", 1, 32, device.bytes(new byte[512]), device.bytes(b), out);
      int[] got = device.readInts(out, 64);
      for (int lane = 0; lane < 32; lane++) {
        int g = lane / 4;
        int q = lane % 4;
        assertThat(got[2 * lane]).isEqualTo(16 * 2 * q + g | (16 * (2 * q + 1) + g) << 16);
      }
    }
  }

  @Test
  void threadsThatDoNotComeAreMissed() {
    try (var device = new TestDevice(SimulatedCuda.builder().build(), kernel(false))) {
      long x = device.floats(new float[128]);
      assertThatThrownBy(
              () -> device.launch("product", 1, 32, x, x, device.floats(new float[128]), 31))
          .isInstanceOf(DeviceCheckError.class)
          .hasMessageContaining("mma.sync")
          .hasMessageContaining("divergence");
    }
  }

  @Test
  void tf32IsRoundedToTenBitsAndTiesAwayFromZero() {
    assertThat(Conversion.toTf32(0x3F80_0FFF)).isEqualTo(0x3F80_0000);
    assertThat(Conversion.toTf32(0x3F80_1000)).isEqualTo(0x3F80_2000);
    assertThat(Conversion.toTf32(0xBF80_1000)).isEqualTo(0xBF80_2000);
    assertThat(Conversion.toTf32(0x7F7F_FFFF)).isEqualTo(0x7F80_0000);
    assertThat(Conversion.toTf32(0xFF80_0000)).isEqualTo(0xFF80_0000);
    assertThat(Float.intBitsToFloat(Conversion.toTf32(0x7F80_0001))).isNaN();
  }
}
