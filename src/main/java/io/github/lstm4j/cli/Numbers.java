package io.github.lstm4j.cli;

import java.math.BigDecimal;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** The numbers among the options: what is none, or does not fit, is refused in words. */
final class Numbers {
  private Numbers() {}

  /** Sets how a command line and its commands read numbers. */
  static void readBy(CommandLine line) {
    Converter<Integer> integers =
        new Converter<>(text -> (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
    Converter<Long> longs = new Converter<>(text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE));
    Converter<Double> doubles = new Converter<>(Numbers::real);
    Converter<Float> floats = new Converter<>(text -> (float) real(text));
    line.registerConverter(Integer.class, integers).registerConverter(int.class, integers);
    line.registerConverter(Long.class, longs).registerConverter(long.class, longs);
    line.registerConverter(Double.class, doubles).registerConverter(double.class, doubles);
    line.registerConverter(Float.class, floats).registerConverter(float.class, floats);
  }

  private static long whole(String text, long least, long most) {
    BigDecimal number = number(text, "a whole number such as 24");
    try {
      long whole = number.longValueExact();
      if (whole >= least && whole <= most) {
        return whole;
      }
    } catch (ArithmeticException fractionOrTooLarge) {
      if (number.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0) {
        throw new TypeConversionException("expected a whole number such as 24, got " + text);
      }
    }
    throw new TypeConversionException(
        String.format(Locale.ROOT, "expected a number from %d to %d, got %s", least, most, text));
  }

  private static double real(String text) {
    return number(text, "a number such as 0.25").doubleValue();
  }

  private static BigDecimal number(String text, String what) {
    try {
      BigDecimal number = new BigDecimal(text.strip());
      if (number.precision() - (long) number.scale() < 400) { // of doubles the largest has 309
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new TypeConversionException("expected " + what + ", got '" + text + "'");
  }
}
