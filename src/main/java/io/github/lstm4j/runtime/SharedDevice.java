package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.DeviceException;
import io.github.lstm4j.io.Printable;
import java.util.function.Supplier;

/**
 * A CUDA device that several models use: opened when it is first asked for, and opened anew after
 * it was lost. What a lost one held is lost with it.
 */
final class SharedDevice {
  private final Supplier<CudaBackend> opener;
  private CudaBackend open;
  private Backend shared;
  private boolean lost;

  SharedDevice(Supplier<CudaBackend> opener) {
    this.opener = opener;
  }

  /**
   * The device.
   *
   * @throws IllegalStateException if it cannot be used; says why
   */
  synchronized Backend get() {
    if (open != null && open.isLost()) {
      open.close(); // only a context that is given back makes room for another
      open = null;
      lost = true;
    }
    if (open == null) {
      try {
        open = opener.get();
      } catch (DeviceException e) {
        throw new IllegalStateException(
            lost
                ? "the CUDA device was lost, and cannot be opened anew in this JVM: "
                    + Printable.reason(e)
                : Printable.reason(e),
            e);
      }
      shared = new Shared(open);
    }
    return shared;
  }
}
