package io.github.lstm4j.backend.cuda.sim;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Instructions against exact arithmetic, above all those that the test kernels do not use. */
class ArithmeticTest {
  private final Random random = new Random(3);

  @Test
  void roundingInADirection() {
    var down = FloatArithmetic.ternary("fma", List.of("rm", "f32"), PtxType.F32);
    var up = FloatArithmetic.ternary("fma", List.of("rp", "f32"), PtxType.F32);
    var toZero = FloatArithmetic.ternary("fma", List.of("rz", "f32"), PtxType.F32);
    for (int i = 0; i < 2000; i++) {
      float a = (float) random.nextGaussian();
      float b = i % 3 == 0 ? 1 : (float) random.nextGaussian();
      float c = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(80) - 40));
      var exact = big(a).multiply(big(b)).add(big(c));
      long ra = floatToRawIntBits(a);
      long rb = floatToRawIntBits(b);
      long rc = floatToRawIntBits(c);
      float low = intBitsToFloat((int) down.apply(ra, rb, rc));
      float high = intBitsToFloat((int) up.apply(ra, rb, rc));
      assertThat(big(low)).isLessThanOrEqualTo(exact);
      assertThat(big(Math.nextUp(low))).isGreaterThan(exact);
      assertThat(big(high)).isGreaterThanOrEqualTo(exact);
      assertThat(big(Math.nextDown(high))).isLessThan(exact);
      assertThat(intBitsToFloat((int) toZero.apply(ra, rb, rc)))
          .isEqualTo(exact.signum() > 0 ? low : high);
    }
  }

  private static BigDecimal big(float x) {
    return new BigDecimal(x);
  }

  @Test
  void float16AndBack() {
    var toFloat = Conversion.of(List.of("f32", "f16"), PtxType.F32, PtxType.F16);
    for (int bits = 0; bits < 0x7C00; bits++) {
      float value = intBitsToFloat((int) toFloat.applyAsLong(bits));
      assertThat(Conversion.toHalf(value)).isEqualTo(bits);
      assertThat(Conversion.toHalf(-value)).isEqualTo(bits | 0x8000);
      float next = bits == 0x7BFF ? 65536 : intBitsToFloat((int) toFloat.applyAsLong(bits + 1));
      float middle = (value + next) / 2;
      assertThat(Conversion.toHalf(middle)).isEqualTo(bits + (bits & 1));
      assertThat(Conversion.toHalf(Math.nextUp(middle))).isEqualTo(bits + 1);
    }
    assertThat(intBitsToFloat((int) toFloat.applyAsLong(0x3C00))).isEqualTo(1);
    assertThat(intBitsToFloat((int) toFloat.applyAsLong(1))).isEqualTo((float) Math.pow(2, -24));
  }

  @Test
  void bfloat16RoundsTiesToEven() {
    assertThat(Conversion.toBfloat(1 + 1 / 256f)).isEqualTo(0x3F80);
    assertThat(Conversion.toBfloat(1 + 3 / 256f)).isEqualTo(0x3F82);
    assertThat(Conversion.toBfloat(Math.nextUp(1 + 1 / 256f))).isEqualTo(0x3F81);
    assertThat(Conversion.toBfloat(-2)).isEqualTo(0xC000);
    assertThat(Conversion.toBfloat(Float.NaN)).isEqualTo(0x7FFF);
  }

  @Test
  void conversionsToIntegersAreLimited() {
    var toInt = Conversion.of(List.of("rzi", "s32", "f32"), PtxType.S32, PtxType.F32);
    assertThat((int) toInt.applyAsLong(floatToRawIntBits(-1.9f))).isEqualTo(-1);
    assertThat((int) toInt.applyAsLong(floatToRawIntBits(1e20f))).isEqualTo(Integer.MAX_VALUE);
    assertThat((int) toInt.applyAsLong(floatToRawIntBits(-1e20f))).isEqualTo(Integer.MIN_VALUE);
    assertThat((int) toInt.applyAsLong(floatToRawIntBits(Float.NaN))).isZero();
    var toUnsigned = Conversion.of(List.of("rni", "u32", "f32"), PtxType.U32, PtxType.F32);
    assertThat((int) toUnsigned.applyAsLong(floatToRawIntBits(-3f))).isZero();
    assertThat((int) toUnsigned.applyAsLong(floatToRawIntBits(2.5f))).isEqualTo(2);
    assertThat((int) toUnsigned.applyAsLong(floatToRawIntBits(1e20f))).isEqualTo(-1);
    var narrow = Conversion.of(List.of("s8", "s32"), PtxType.S8, PtxType.S32);
    assertThat(narrow.applyAsLong(0x1FF)).isEqualTo(-1);
    var unsignedLong = Conversion.of(List.of("rn", "f32", "u64"), PtxType.F32, PtxType.U64);
    assertThat(intBitsToFloat((int) unsignedLong.applyAsLong(-1))).isEqualTo((float) 0x1p64);
  }

  @Test
  void highHalvesOfProducts() {
    var signed = IntegerArithmetic.binary("mul", List.of("hi", "s64"), PtxType.S64);
    var unsigned = IntegerArithmetic.binary("mul", List.of("hi", "u64"), PtxType.U64);
    var mask = BigInteger.ONE.shiftLeft(64);
    for (int i = 0; i < 500; i++) {
      long a = random.nextLong();
      long b = random.nextLong();
      var bigA = BigInteger.valueOf(a);
      var bigB = BigInteger.valueOf(b);
      assertThat(signed.applyAsLong(a, b))
          .isEqualTo(bigA.multiply(bigB).shiftRight(64).longValue());
      assertThat(unsigned.applyAsLong(a, b))
          .isEqualTo(bigA.mod(mask).multiply(bigB.mod(mask)).shiftRight(64).longValue());
    }
  }

  @Test
  void shiftsPastTheEnd() {
    var left = IntegerArithmetic.binary("shl", List.of("b32"), PtxType.B32);
    var logical = IntegerArithmetic.binary("shr", List.of("u32"), PtxType.U32);
    var arithmetic = IntegerArithmetic.binary("shr", List.of("s32"), PtxType.S32);
    assertThat((int) left.applyAsLong(1, 31)).isEqualTo(Integer.MIN_VALUE);
    assertThat((int) left.applyAsLong(1, 32)).isZero();
    assertThat((int) logical.applyAsLong(-1, 31)).isEqualTo(1);
    assertThat((int) logical.applyAsLong(-1, 32)).isZero();
    assertThat((int) arithmetic.applyAsLong(-8, 1)).isEqualTo(-4);
    assertThat((int) arithmetic.applyAsLong(-8, 99)).isEqualTo(-1);
  }

  @Test
  void bitFields() {
    var signed = IntegerArithmetic.ternary("bfe", List.of("s32"), PtxType.S32);
    var unsigned = IntegerArithmetic.ternary("bfe", List.of("u32"), PtxType.U32);
    assertThat((int) unsigned.apply(0xABCD1234, 8, 8)).isEqualTo(0x12);
    assertThat((int) signed.apply(0xABCD1234, 24, 8)).isEqualTo(0xFFFFFFAB);
    assertThat((int) signed.apply(0xABCD1234, 28, 16)).isEqualTo(0xFFFFFFFA);
    assertThat((int) unsigned.apply(0xABCD1234, 0, 0)).isZero();
    var insert = IntegerArithmetic.quaternary("bfi", PtxType.B32);
    assertThat((int) insert.apply(0x5, 0xFFFFFFFFL, 4, 8)).isEqualTo(0xFFFFF05F);
  }

  @Test
  void lookUpOfThreeInputs() {
    var lop3 = IntegerArithmetic.quaternary("lop3", PtxType.B32);
    for (int i = 0; i < 100; i++) {
      int a = random.nextInt();
      int b = random.nextInt();
      int c = random.nextInt();
      // the table of a function is the function of 0xF0, 0xCC and 0xAA (PTX ISA, lop3)
      assertThat((int) lop3.apply(a, b, c, (0xF0 & 0xCC) ^ 0xAA)).isEqualTo((a & b) ^ c);
      assertThat((int) lop3.apply(a, b, c, (0xF0 | 0xCC) & ~0xAA & 0xFF)).isEqualTo((a | b) & ~c);
    }
  }

  @Test
  void comparisonsWithNaN() {
    long nan = floatToRawIntBits(Float.NaN);
    long one = floatToRawIntBits(1);
    for (String ordered : List.of("eq", "ne", "lt", "le", "gt", "ge", "num")) {
      assertThat(Comparison.of(ordered, PtxType.F32, false).applyAsLong(nan, one)).isZero();
      assertThat(Comparison.of(ordered, PtxType.F32, false).applyAsLong(one, nan)).isZero();
    }
    for (String unordered : List.of("equ", "neu", "ltu", "leu", "gtu", "geu", "nan")) {
      assertThat(Comparison.of(unordered, PtxType.F32, false).applyAsLong(nan, one)).isOne();
      assertThat(Comparison.of(unordered, PtxType.F32, false).applyAsLong(one, nan)).isOne();
    }
    assertThat(Comparison.of("lt", PtxType.U64, false).applyAsLong(1, -1)).isOne();
    assertThat(Comparison.of("lt", PtxType.S64, false).applyAsLong(1, -1)).isZero();
    assertThat(Comparison.of("lo", PtxType.U32, false).applyAsLong(1, -1)).isOne();
  }

  @Test
  void smallestAndLargestLeaveNaNOut() {
    long nan = floatToRawIntBits(Float.NaN);
    long one = floatToRawIntBits(1);
    var min = FloatArithmetic.binary("min", List.of("f32"), PtxType.F32);
    var keeping = FloatArithmetic.binary("max", List.of("NaN", "f32"), PtxType.F32);
    assertThat(min.applyAsLong(nan, one)).isEqualTo(one);
    assertThat(min.applyAsLong(one, nan)).isEqualTo(one);
    assertThat(intBitsToFloat((int) keeping.applyAsLong(one, nan))).isNaN();
    assertThat((int) min.applyAsLong(floatToRawIntBits(0f), floatToRawIntBits(-0f)))
        .isEqualTo(floatToRawIntBits(-0f));
  }
}
