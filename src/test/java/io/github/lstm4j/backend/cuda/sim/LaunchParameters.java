package io.github.lstm4j.backend.cuda.sim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Locale;

/** The block of parameters of a launch, checked against what the kernel declares. */
final class LaunchParameters {
  private LaunchParameters() {}

  static ByteBuffer marshal(PtxKernel kernel, Object... arguments) {
    var parameters = new ArrayList<>(kernel.parameters.values());
    if (parameters.size() != arguments.length) {
      throw new DeviceCheckError(
          String.format(
              Locale.ROOT,
              "kernel %s has %d parameters but was given %d arguments",
              kernel.name,
              parameters.size(),
              arguments.length));
    }
    var block = ByteBuffer.allocate(kernel.parameterBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < arguments.length; i++) {
      var parameter = parameters.get(i);
      var argument = arguments[i];
      var type = parameter.type();
      if (argument instanceof Long value && parameter.size() == 8 && type != PtxType.F64) {
        block.putLong(parameter.offset(), value);
      } else if (argument instanceof Integer value
          && parameter.size() == 4
          && type != PtxType.F32) {
        block.putInt(parameter.offset(), value);
      } else if (argument instanceof Float value && type == PtxType.F32) {
        block.putFloat(parameter.offset(), value);
      } else {
        throw new DeviceCheckError(
            String.format(
                Locale.ROOT,
                "kernel %s: parameter %d is .%s of %d bytes but the argument is %s",
                kernel.name,
                i,
                type,
                parameter.size(),
                argument == null ? "null" : argument.getClass().getSimpleName()));
      }
    }
    return block;
  }
}
