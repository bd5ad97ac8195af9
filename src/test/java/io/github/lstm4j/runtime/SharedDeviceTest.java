package io.github.lstm4j.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.DeviceException;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A device that is lost, and who comes after. */
class SharedDeviceTest {
  private static final Tensor X = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3, 1);

  private final List<SimulatedCuda> opened = new ArrayList<>();
  private boolean gone;
  private final SharedDevice device = new SharedDevice(this::open);

  private CudaBackend open() {
    if (gone) {
      throw new DeviceException("cuDevicePrimaryCtxRetain: CUDA_ERROR_NO_DEVICE (100)", 100);
    }
    opened.add(SimulatedCuda.builder().build());
    return new CudaBackend(opened.get(opened.size() - 1), CudaOptions.DEFAULT);
  }

  private static Sequential model(Backend backend) {
    return new Sequential(new LSTM(2).inputShape(3, 1), new Dense(1)).seed(1).on(backend);
  }

  private void lose(Sequential model) {
    opened.get(0).loseDeviceAt(CudaCall.UPLOAD, 1);
    assertThatThrownBy(() -> model.predict(X)).isInstanceOf(DeviceException.class);
  }

  @Test
  void oneThatLivesIsShared() {
    assertThat(device.get()).isSameAs(device.get());
    assertThat(opened).hasSize(1);
  }

  @Test
  void oneThatWasLostIsOpenedAnewAndTheOldOneGivenBack() {
    Sequential model = model(device.get());
    List<Tensor> saved = model.getWeights();
    float[] healthy = model.predict(X).data();
    lose(model);
    assertThatThrownBy(() -> model.predict(X))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("CUDA device 0 (Simulated GPU) was lost: ")
        .hasMessageContaining("put the model on(Backends.cuda(0)), which opens it anew");
    model.on(device.get());
    model.setWeights(saved);
    assertThat(model.predict(X).data()).isEqualTo(healthy);
    assertThat(opened).hasSize(2);
    assertThat(opened.get(0).leaks()).isEmpty();
    assertThat(device.get()).isSameAs(device.get());
  }

  @Test
  void oneThatCannotBeOpenedAnewSaysSoEachTime() {
    lose(model(device.get()));
    gone = true;
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(device::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "the CUDA device was lost, and cannot be opened anew in this JVM:"
                  + " cuDevicePrimaryCtxRetain: CUDA_ERROR_NO_DEVICE (100)");
    }
    gone = false;
    assertThat(device.get().name()).isEqualTo("cuda");
  }
}
