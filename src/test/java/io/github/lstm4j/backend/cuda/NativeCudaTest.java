package io.github.lstm4j.backend.cuda;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxGetCurrent;
import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.model.Sequential;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory, modules, launches, streams, events and graphs, on whatever driver is there. */
@Tag("gpu")
class NativeCudaTest {
  private NativeCuda driver;
  private DeviceArrays arrays;

  @BeforeEach
  void open() {
    driver = Gpu.open();
    driver.enter();
    arrays = new DeviceArrays(driver);
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.leave();
      driver.close();
    }
  }

  private static float[] random(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  // y += a·x
  private static float[] axpy(float a, float[] x, float[] y) {
    float[] result = new float[y.length];
    for (int i = 0; i < y.length; i++) {
      result[i] = Math.fma(a, x[i], y[i]);
    }
    return result;
  }

  private long saxpy(long module, int n, float a, long x, long y) {
    return driver.prepareLaunch(
        driver.function(module, "saxpy"),
        "saxpy",
        LaunchConfig.of(Dim3.of((n + 63) / 64), Dim3.of(64)),
        x,
        y,
        n,
        a);
  }

  @Test
  void theDeviceIsDescribed() {
    CudaDriver.DeviceInfo device = driver.device();
    assertThat(device.name()).isNotBlank();
    assertThat(device.computeCapability()).isBetween(60, 130);
    assertThat(device.multiprocessors()).isPositive();
    assertThat(device.driverVersion()).isGreaterThanOrEqualTo(12000);
    assertThat(driver.freeMemory()).isPositive().isLessThanOrEqualTo(device.totalMemory());
  }

  @Test
  void memoryIsAlignedAndCounted() {
    List<Long> pointers = new ArrayList<>();
    long sum = 0;
    for (long bytes : new long[] {1, 4, 255, 257, 1 << 20}) {
      long pointer = driver.allocate(bytes);
      assertThat(pointer % 256).isZero();
      pointers.add(pointer);
      sum += bytes;
      assertThat(driver.allocatedBytes()).isEqualTo(sum);
    }
    pointers.forEach(driver::free);
    assertThat(driver.allocatedBytes()).isZero();
  }

  @Test
  void misuseOfMemoryIsAnError() {
    long pointer = driver.allocate(1024);
    assertThatThrownBy(() -> driver.free(pointer + 256)).isInstanceOf(DeviceException.class);
    driver.free(pointer);
    assertThatThrownBy(() -> driver.free(pointer))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("freed twice?");
    assertThatThrownBy(() -> driver.allocate(0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("0 bytes asked for");

    ByteBuffer pinned = driver.allocatePinned(64);
    assertThatThrownBy(() -> driver.upload(1, pinned, 60, 8, 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("8 bytes from 60 on of a buffer of 64 bytes");
    driver.freePinned(pinned);
    assertThatThrownBy(() -> driver.freePinned(pinned)).isInstanceOf(DeviceException.class);
    assertThatThrownBy(() -> driver.download(pinned, 0, 1, 8, 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("not of allocatePinned, or was freed");
    assertThatThrownBy(() -> driver.upload(1, ByteBuffer.allocateDirect(8), 0, 8, 0))
        .isInstanceOf(DeviceException.class);
  }

  @Test
  void moreThanThereIsSaysWhatWasAskedAndWhatIsFree() {
    long asked = driver.device().totalMemory() * 2;
    assertThatThrownBy(() -> driver.allocate(asked))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2)")
        .hasMessageContaining(String.format(Locale.ROOT, "%,d bytes asked for", asked))
        .hasMessageMatching(".*, [0-9,]+ of [0-9,]+ are free, 0 are ours")
        .extracting(e -> ((DeviceException) e).code())
        .isEqualTo(2);
    long pointer = driver.allocate(16);
    assertThat(driver.allocatedBytes()).isEqualTo(16);
    driver.free(pointer);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 33, 1025})
  void copiesAndFillsTouchExactlyTheirWords(int n) {
    float[] x = random(n + 2, n);
    long source = arrays.of(x);
    long target = driver.allocate((n + 2) * 4L);
    driver.fill(target, Float.floatToRawIntBits(7f), n + 2, 0);
    driver.copy(target + 4, source + 4, n * 4L, 0);
    float[] expected = x.clone();
    expected[0] = 7f;
    expected[n + 1] = 7f;
    assertThat(arrays.read(target, n + 2)).isEqualTo(expected);

    ByteBuffer pinned = driver.allocatePinned(n * 4 + 8);
    assertThat(pinned.order()).isEqualTo(ByteOrder.nativeOrder());
    pinned.putFloat(4, -1f);
    driver.upload(target + 4L * n, pinned, 4, 4, 0); // from inside a buffer into inside an array
    driver.download(pinned, 8, target + 4, n * 4L, 0);
    driver.synchronize(0);
    assertThat(pinned.getFloat(8 + 4 * (n - 1))).isEqualTo(-1f);
    assertThat(pinned.getFloat(4)).isEqualTo(-1f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 33, 127, 1031})
  void aKernelGetsItsArguments(int n) {
    float[] x = random(n, 1);
    float[] y = random(n, 2);
    long dx = arrays.of(x);
    long dy = arrays.of(y);
    long module = driver.loadModule("saxpy.ptx", SAXPY);
    long launch = saxpy(module, n, 0.3f, dx, dy);
    driver.launch(launch, 0);
    assertThat(arrays.read(dy, n)).isEqualTo(axpy(0.3f, x, y));
    driver.launch(launch, 0);
    assertThat(arrays.read(dy, n)).isEqualTo(axpy(0.3f, x, axpy(0.3f, x, y)));
    driver.freeLaunch(launch);
    driver.unloadModule(module);
  }

  @Test
  void manyLaunchesKeepTheirOwnArguments() {
    // more than one slab of arguments, with holes that are filled again
    int n = 3000;
    long y = arrays.of(new float[n]);
    long x = arrays.of(new float[] {1f});
    long module = driver.loadModule("saxpy.ptx", SAXPY);
    List<Long> launches = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (int i = round; i < n; i += 2) {
        launches.add(saxpy(module, 1, i, x, y + 4L * i));
        if (i % 5 == 0) {
          driver.freeLaunch(saxpy(module, 1, -1f, x, y));
        }
      }
    }
    launches.forEach(launch -> driver.launch(launch, 0));
    float[] result = arrays.read(y, n);
    for (int i = 0; i < n; i++) {
      assertThat(result[i]).isEqualTo(i);
    }
    launches.forEach(driver::freeLaunch);
  }

  @Test
  void aLaunchThatCannotBeNamesTheKernelAndItsSizes() {
    long module = driver.loadModule("saxpy.ptx", SAXPY);
    long function = driver.function(module, "saxpy");
    long y = driver.allocate(4);
    long launch =
        driver.prepareLaunch(
            function, "saxpy", LaunchConfig.of(Dim3.of(2), Dim3.of(4096)), y, y, 1, 1f);
    assertThatThrownBy(() -> driver.launch(launch, 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuLaunchKernel saxpy: CUDA_ERROR_")
        .hasMessageContaining("grid 2x1x1, block 4096x1x1");
    assertThatThrownBy(
            () ->
                driver.prepareLaunch(
                    function, "saxpy", LaunchConfig.of(Dim3.of(1), Dim3.of(1)), y, "text"))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("saxpy: argument 1 must be a Long, an Integer or a Float");
    driver.freeLaunch(launch);
    assertThatThrownBy(() -> driver.launch(launch, 0)).hasMessageContaining("no such launch");
    assertThatThrownBy(() -> driver.freeLaunch(launch)).hasMessageContaining("no such launch");
  }

  @Test
  void wrongPtxIsQuotedWithTheCompilersWords() {
    assertThatThrownBy(
            () -> driver.loadModule("broken.ptx", SAXPY.replace("fma.rn.f32", "fma.rn.f33")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuModuleLoadDataEx broken.ptx: CUDA_ERROR_INVALID_PTX (218)")
        .hasMessageContaining("f33");
    long module = driver.loadModule("saxpy.ptx", SAXPY);
    assertThatThrownBy(() -> driver.function(module, "daxpy"))
        .hasMessageContaining("cuModuleGetFunction: CUDA_ERROR_NOT_FOUND (500), no daxpy in saxpy");
    driver.unloadModule(module);
    assertThatThrownBy(() -> driver.function(module, "saxpy"))
        .hasMessageContaining("no such module");
  }

  @Test
  void eventsOrderTwoStreams() {
    int n = 1 << 16;
    float[] x = random(n, 3);
    long a = arrays.of(x);
    long b = driver.allocate(n * 4L);
    long c = driver.allocate(n * 4L);
    long first = driver.createStream();
    long second = driver.createStream();
    long event = driver.createEvent();
    driver.copy(b, a, n * 4L, first);
    driver.recordEvent(event, first);
    driver.waitEvent(second, event);
    driver.copy(c, b, n * 4L, second);
    driver.synchronize(second);
    assertThat(arrays.read(c, n)).isEqualTo(x);
    driver.destroyEvent(event);
    driver.destroyStream(first);
    driver.destroyStream(second);
    assertThatThrownBy(() -> driver.destroyStream(first)).hasMessageContaining("no such stream");
    assertThatThrownBy(() -> driver.synchronize(first)).hasMessageContaining("no such stream");
    assertThatThrownBy(() -> driver.destroyEvent(event)).hasMessageContaining("no such event");
  }

  @Test
  void aRecordingRunsWhenItIsLaunchedAndEveryTime() {
    int n = 100;
    float[] x = random(n, 4);
    float[] y = random(n, 5);
    long dx = arrays.of(x);
    long dy = arrays.of(y);
    long copy = driver.allocate(n * 4L);
    driver.fill(copy, 0, n, 0);
    driver.synchronize(0);
    long module = driver.loadModule("saxpy.ptx", SAXPY);
    long stream = driver.createStream();
    long side = driver.createStream();
    long fork = driver.createEvent();
    long join = driver.createEvent();
    driver.beginCapture(stream);
    long launch = saxpy(module, n, 2f, dx, dy);
    driver.launch(launch, stream);
    driver.recordEvent(fork, stream);
    driver.waitEvent(side, fork);
    driver.copy(copy, dy, n * 4L, side);
    driver.recordEvent(join, side);
    driver.waitEvent(stream, join);
    long graph = driver.endCapture(stream);
    assertThat(arrays.read(dy, n)).as("only recorded").isEqualTo(y);
    driver.freeLaunch(launch); // a graph keeps its arguments

    float[] expected = y;
    for (int i = 0; i < 3; i++) {
      driver.launchGraph(graph, stream);
      driver.synchronize(stream);
      expected = axpy(2f, x, expected);
      assertThat(arrays.read(dy, n)).isEqualTo(expected);
      assertThat(arrays.read(copy, n)).isEqualTo(expected);
    }
    driver.destroyGraph(graph);
    assertThatThrownBy(() -> driver.launchGraph(graph, stream))
        .hasMessageContaining("no such graph");
  }

  @Test
  void aBrokenRecordingCanBeDroppedAndTheStreamGoesOn() {
    long stream = driver.createStream();
    driver.abortCapture(stream); // nothing to drop
    driver.beginCapture(stream);
    assertThatThrownBy(() -> driver.synchronize(stream))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuStreamSynchronize: CUDA_ERROR_STREAM_CAPTURE_");
    driver.abortCapture(stream);
    long y = driver.allocate(4);
    driver.fill(y, 5, 1, stream);
    driver.synchronize(stream);
    assertThat(Float.floatToRawIntBits(arrays.read(y, 1)[0])).isEqualTo(5);
    driver.beginCapture(stream);
    driver.fill(y, 6, 1, stream);
    driver.abortCapture(stream);
    driver.synchronize(stream);
    assertThat(Float.floatToRawIntBits(arrays.read(y, 1)[0])).isEqualTo(5);
  }

  @Test
  void everyThreadMayCall() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      long module = driver.loadModule("saxpy.ptx", SAXPY);
      for (int i = 0; i < 3 * threads; i++) {
        float a = i;
        Callable<Float> task =
            () -> {
              driver.enter();
              long x = arrays.of(new float[] {1f});
              long y = arrays.of(new float[] {0.5f});
              long launch = saxpy(module, 1, a, x, y);
              driver.launch(launch, 0);
              float result = arrays.read(y, 1)[0];
              driver.freeLaunch(launch);
              driver.free(x);
              driver.free(y);
              driver.leave();
              return result;
            };
        assertThat(pool.submit(task).get()).isEqualTo(a + 0.5f);
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void twoDriversShareAThread() {
    try (NativeCuda other = new NativeCuda(0)) {
      long mine = arrays.of(new float[] {1f});
      long theirs = new DeviceArrays(other).of(new float[] {2f});
      assertThat(arrays.read(mine, 1)).containsExactly(1f);
      assertThat(new DeviceArrays(other).read(theirs, 1)).containsExactly(2f);
      assertThatThrownBy(() -> other.free(mine)).isInstanceOf(DeviceException.class);
    }
    assertThat(arrays.read(arrays.of(new float[] {3f}), 1)).containsExactly(3f);
  }

  @Test
  void closingFreesEverythingAndEndsAllUse() {
    long free = driver.freeMemory();
    NativeCuda other = new NativeCuda(0);
    DeviceArrays made = new DeviceArrays(other);
    made.of(new float[1 << 20]);
    other.allocatePinned(100);
    long module = other.loadModule("saxpy.ptx", SAXPY);
    long stream = other.createStream();
    other.createEvent();
    long y = other.allocate(4);
    other.prepareLaunch(
        other.function(module, "saxpy"),
        "saxpy",
        LaunchConfig.of(Dim3.of(1), Dim3.of(1)),
        y,
        y,
        1,
        1f);
    other.beginCapture(stream);
    other.fill(y, 0, 1, stream);
    other.endCapture(stream);
    other.close();
    other.close(); // does nothing
    assertThat(other.allocatedBytes()).isZero();
    assertThatThrownBy(() -> other.allocate(4))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> other.free(y)).hasMessageContaining("closed");
    assertThatThrownBy(other::createStream).hasMessageContaining("closed");
    assertThatThrownBy(other::freeMemory).hasMessageContaining("closed");
    assertThat(driver.freeMemory()).isEqualTo(free);
  }

  /** Another library works on this thread in a context of its own, which it finds as it was. */
  @Test
  void anotherContextOnTheThreadDoesNotDisturb() {
    CUdevice device = new CUdevice();
    cuDeviceGet(device, 0);
    CUcontext foreign = new CUcontext();
    try (CudaBackend backend = new CudaBackend(new NativeCuda(0), CudaOptions.DEFAULT)) {
      Sequential model = SmallModels.plain(backend);
      float[] alone = model.predict(SmallModels.X).data();
      assertThat(cuCtxCreate(foreign, 0, device)).isZero();
      for (int i = 0; i < 3; i++) {
        assertThat(model.predict(SmallModels.X).data()).isEqualTo(alone);
        assertThat(current()).isEqualTo(foreign);
      }
      SmallModels.trained(model, 2);
      assertThat(current()).isEqualTo(foreign);
      cuCtxSetCurrent(new CUcontext()); // none
      assertThat(SmallModels.finite(model.predict(SmallModels.X))).isTrue();
      model.close();
    } finally {
      cuCtxDestroy(foreign);
    }
  }

  private static CUcontext current() {
    CUcontext current = new CUcontext();
    cuCtxGetCurrent(current);
    return current;
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> new NativeCuda(99))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("no CUDA device 99: there ");
  }

  /** y[i] = fma(a, x[i], y[i]) for i < n. */
  static final String SAXPY =
      """
      .version 6.0
      .target sm_60
      .address_size 64
      .visible .entry saxpy(
        .param .u64 px, .param .u64 py, .param .u32 pn, .param .f32 pa)
      {
        .reg .pred %p<2>;
        .reg .f32 %f<5>;
        .reg .b32 %r<6>;
        .reg .b64 %rd<8>;
        ld.param.u64 %rd1, [px];
        ld.param.u64 %rd2, [py];
        ld.param.u32 %r1, [pn];
        ld.param.f32 %f1, [pa];
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mov.u32 %r4, %tid.x;
        mad.lo.s32 %r5, %r2, %r3, %r4;
        setp.ge.s32 %p1, %r5, %r1;
        @%p1 bra DONE;
        cvta.to.global.u64 %rd3, %rd1;
        cvta.to.global.u64 %rd4, %rd2;
        mul.wide.s32 %rd5, %r5, 4;
        add.s64 %rd6, %rd3, %rd5;
        add.s64 %rd7, %rd4, %rd5;
        ld.global.f32 %f2, [%rd6];
        ld.global.f32 %f3, [%rd7];
        fma.rn.f32 %f4, %f1, %f2, %f3;
        st.global.f32 [%rd7], %f4;
      DONE:
        ret;
      }
      """;
}
