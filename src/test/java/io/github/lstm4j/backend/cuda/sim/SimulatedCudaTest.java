package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.DeviceException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory, streams, recordings, injected failures and counts of the simulated device. */
class SimulatedCudaTest {
  private SimulatedCuda cuda = SimulatedCuda.builder().build();

  @AfterEach
  void close() {
    cuda.close();
  }

  private static void assertFails(int code, Runnable body) {
    assertThatThrownBy(body::run)
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  /** A word on the device. */
  private long word(int value) {
    long pointer = cuda.allocate(4);
    cuda.fill(pointer, value, 1, 0);
    cuda.synchronize(0);
    return pointer;
  }

  private int read(long pointer) {
    var buffer = cuda.allocatePinned(4);
    cuda.download(buffer, 0, pointer, 4, 0);
    cuda.synchronize(0);
    int value = buffer.getInt(0);
    cuda.freePinned(buffer);
    return value;
  }

  @Test
  void memoryIsCountedAndLimited() {
    cuda = SimulatedCuda.builder().memory(1000).build();
    long first = cuda.allocate(600);
    assertThat(first % 256).isZero();
    assertThat(cuda.allocatedBytes()).isEqualTo(600);
    assertThat(cuda.freeMemory()).isEqualTo(400);
    assertThatThrownBy(() -> cuda.allocate(401))
        .isInstanceOf(DeviceException.class)
        .hasMessageContainingAll("CUDA_ERROR_OUT_OF_MEMORY (2)", "401 bytes asked for, 400 free");
    cuda.free(first);
    long second = cuda.allocate(900);
    assertThat(cuda.peakBytes()).isEqualTo(900);
    cuda.free(second);
    assertFails(1, () -> cuda.free(second));
    assertFails(1, () -> cuda.allocate(0));
  }

  @Test
  void whatIsNotFreedIsListedWithItsPlace() {
    cuda.allocate(12);
    cuda.createStream();
    cuda.free(cuda.allocate(5));
    cuda.close();
    assertThat(cuda.leaks())
        .hasSize(2)
        .allMatch(leak -> leak.contains("SimulatedCudaTest.whatIsNotFreedIsListedWithItsPlace"))
        .anyMatch(leak -> leak.startsWith("12 bytes of device memory"))
        .anyMatch(leak -> leak.startsWith("stream"));
    cuda.close();
    assertFails(4, () -> cuda.allocate(1));
  }

  @Test
  void copiesCarryWhatWasWritten() {
    long source = cuda.allocate(8);
    cuda.fill(source, 5, 1, 0);
    long target = cuda.allocate(8);
    cuda.copy(target, source, 8, 0);
    assertThat(read(target)).isEqualTo(5);
    assertThatThrownBy(() -> read(target + 4))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("never written");
    assertThatThrownBy(() -> cuda.copy(target, source, 9, 0)).isInstanceOf(DeviceCheckError.class);
  }

  @Test
  void hostMemoryMustBePinned() {
    long target = cuda.allocate(4);
    assertThatThrownBy(() -> cuda.upload(target, ByteBuffer.allocateDirect(4), 0, 4, 0))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("not pinned");
    var pinned = cuda.allocatePinned(4);
    assertThatThrownBy(() -> cuda.upload(target, pinned, 1, 4, 0))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("bytes 1 to 5 of 4");
  }

  @Test
  void laterWorkWaitsUntilSomebodyWaits() {
    cuda = SimulatedCuda.builder().shuffle(1).build();
    long stream = cuda.createStream();
    long pointer = word(3);
    var buffer = cuda.allocatePinned(4).putInt(0, 7);
    cuda.download(buffer, 0, pointer, 4, stream);
    assertThat(buffer.getInt(0)).isEqualTo(7);
    cuda.synchronize(stream);
    assertThat(buffer.getInt(0)).isEqualTo(3);
  }

  @Test
  void withoutAnEventTheOrderOfStreamsIsOpen() {
    assertThat(resultsOfTwoStreams(false)).containsExactlyInAnyOrder(1, 2);
    assertThat(resultsOfTwoStreams(true)).containsExactly(2);
  }

  private Set<Integer> resultsOfTwoStreams(boolean event) {
    var results = new HashSet<Integer>();
    for (int seed = 0; seed < 20; seed++) {
      cuda.close();
      cuda = SimulatedCuda.builder().shuffle(seed).build();
      long a = cuda.createStream();
      long b = cuda.createStream();
      long done = cuda.createEvent();
      long pointer = word(0);
      cuda.fill(pointer, 1, 1, a);
      if (event) {
        cuda.recordEvent(done, a);
        cuda.waitEvent(b, done);
      }
      cuda.fill(pointer, 2, 1, b);
      cuda.synchronize(a);
      cuda.synchronize(b);
      results.add(read(pointer));
    }
    return results;
  }

  @Test
  void recordedWorkRunsWhenTheGraphIsLaunched() {
    long pointer = word(0);
    long stream = cuda.createStream();
    cuda.beginCapture(stream);
    cuda.fill(pointer, 9, 1, stream);
    long graph = cuda.endCapture(stream);
    assertThat(read(pointer)).isZero();
    cuda.launchGraph(graph, stream);
    cuda.synchronize(stream);
    assertThat(read(pointer)).isEqualTo(9);
    cuda.fill(pointer, 0, 1, 0);
    cuda.launchGraph(graph, stream);
    cuda.synchronize(stream);
    assertThat(read(pointer)).isEqualTo(9);
    cuda.destroyGraph(graph);
    assertFails(400, () -> cuda.launchGraph(graph, stream));
  }

  @Test
  void aGraphRunsInEveryOrderItsEventsAllow() {
    for (boolean joined : new boolean[] {false, true}) {
      var results = new HashSet<Integer>();
      for (int seed = 0; seed < 20; seed++) {
        cuda.close();
        cuda = SimulatedCuda.builder().shuffle(seed).build();
        long pointer = word(0);
        long main = cuda.createStream();
        long side = cuda.createStream();
        long fork = cuda.createEvent();
        long first = cuda.createEvent();
        long join = cuda.createEvent();
        cuda.beginCapture(main);
        cuda.recordEvent(fork, main);
        cuda.waitEvent(side, fork);
        cuda.fill(pointer, 1, 1, main);
        if (joined) {
          cuda.recordEvent(first, main);
          cuda.waitEvent(side, first);
        }
        cuda.fill(pointer, 2, 1, side);
        cuda.recordEvent(join, side);
        cuda.waitEvent(main, join);
        long graph = cuda.endCapture(main);
        cuda.launchGraph(graph, main);
        cuda.synchronize(main);
        results.add(read(pointer));
      }
      if (joined) {
        assertThat(results).containsExactly(2);
      } else {
        assertThat(results).containsExactlyInAnyOrder(1, 2);
      }
    }
  }

  @Test
  void streamsMustBeJoinedAtTheEndOfARecording() {
    long pointer = word(0);
    long main = cuda.createStream();
    long side = cuda.createStream();
    long fork = cuda.createEvent();
    cuda.beginCapture(main);
    cuda.recordEvent(fork, main);
    cuda.waitEvent(side, fork);
    cuda.fill(pointer, 1, 1, side);
    assertFails(904, () -> cuda.endCapture(main));
    // the streams are usable again
    cuda.fill(pointer, 4, 1, side);
    cuda.synchronize(side);
    assertThat(read(pointer)).isEqualTo(4);
  }

  @Test
  void whatIsForbiddenDuringARecordingSpoilsIt() {
    long pointer = word(0);
    long stream = cuda.createStream();
    Runnable[] forbidden = {
      () -> cuda.synchronize(stream),
      () -> cuda.allocate(4),
      () -> cuda.free(pointer),
      () -> cuda.destroyStream(stream),
      () -> cuda.allocatePinned(4)
    };
    for (var call : forbidden) {
      cuda.beginCapture(stream);
      assertFails(900, call);
      assertFails(901, () -> cuda.fill(pointer, 1, 1, stream));
      assertFails(901, () -> cuda.endCapture(stream));
    }
    cuda.beginCapture(stream);
    cuda.abortCapture(stream);
    cuda.abortCapture(stream);
    assertThatCode(() -> cuda.synchronize(stream)).doesNotThrowAnyException();
  }

  @Test
  void recordingsBeginAndEndInOneStream() {
    long a = cuda.createStream();
    long b = cuda.createStream();
    long event = cuda.createEvent();
    assertFails(900, () -> cuda.beginCapture(0));
    assertFails(1, () -> cuda.endCapture(a));
    cuda.beginCapture(a);
    assertFails(1, () -> cuda.beginCapture(a));
    cuda.recordEvent(event, a);
    cuda.waitEvent(b, event);
    assertFails(903, () -> cuda.endCapture(b));
    cuda.abortCapture(a);
  }

  @Test
  void anEventFromOutsideIsNotPartOfARecording() {
    cuda = SimulatedCuda.builder().shuffle(3).build();
    long pointer = word(0);
    long a = cuda.createStream();
    long b = cuda.createStream();
    long event = cuda.createEvent();
    cuda.fill(pointer, 1, 1, a);
    cuda.recordEvent(event, a);
    cuda.beginCapture(b);
    assertFails(905, () -> cuda.waitEvent(b, event));
    assertFails(901, () -> cuda.endCapture(b));
  }

  @Test
  void graphKeepsTheArgumentsOfItsLaunches() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var c = device.cuda;
      long x = device.floats(2);
      long y = device.floats(1);
      long module = c.loadModule("again", TestDevice.text("arithmetic.ptx"));
      long launch =
          c.prepareLaunch(
              c.function(module, "saxpy"),
              "saxpy",
              LaunchConfig.of(Dim3.of(1), Dim3.of(32)),
              1,
              10f,
              x,
              y);
      long stream = c.createStream();
      c.beginCapture(stream);
      c.launch(launch, stream);
      c.launch(launch, stream);
      long graph = c.endCapture(stream);
      c.freeLaunch(launch);
      c.launchGraph(graph, stream);
      c.synchronize(stream);
      assertThat(device.readFloats(y, 1)).containsExactly(41);
      assertThat(c.count(CudaCall.LAUNCH)).isEqualTo(2);
      assertThat(c.count(CudaCall.LAUNCH_GRAPH)).isEqualTo(1);
      c.unloadModule(module);
      assertThatThrownBy(() -> c.launchGraph(graph, stream))
          .isInstanceOf(DeviceCheckError.class)
          .hasMessageContaining("module was unloaded");
    }
  }

  @Test
  void launchesHaveLimits() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long x = device.floats(1);
      Object[] arguments = {1, x, x};
      assertFails(1, () -> device.launch("scan", Dim3.of(1), Dim3.of(1025), 0, arguments));
      assertFails(1, () -> device.launch("scan", Dim3.of(0), Dim3.of(32), 0, arguments));
      assertFails(1, () -> device.launch("scan", Dim3.of(1, 65536), Dim3.of(32), 0, arguments));
      assertFails(1, () -> device.launch("scan", Dim3.of(1), Dim3.of(32), 49153, arguments));
      assertFails(500, () -> device.launch("scam", Dim3.of(1), Dim3.of(32), 0, arguments));
    }
  }

  @Test
  void chosenCallsFail() {
    cuda.failAt(CudaCall.ALLOCATE, 2, 2);
    long first = cuda.allocate(1);
    assertFails(2, () -> cuda.allocate(1));
    cuda.free(cuda.allocate(1));
    cuda.free(first);
    assertThat(cuda.count(CudaCall.ALLOCATE)).isEqualTo(3);
    cuda.failAt(CudaCall.CREATE_STREAM, 1, 999);
    cuda.clearFailures();
    assertThatCode(() -> cuda.createStream()).doesNotThrowAnyException();
  }

  @Test
  void aLostDeviceStaysLost() {
    long pointer = cuda.allocate(4);
    long stream = cuda.createStream();
    cuda.loseDeviceAt(CudaCall.FILL, 1);
    assertFails(46, () -> cuda.fill(pointer, 0, 1, stream));
    assertFails(46, () -> cuda.synchronize(stream));
    assertFails(46, () -> cuda.allocate(1));
    assertThat(cuda.leaks()).hasSize(2);
    assertFails(46, () -> cuda.free(pointer));
    assertFails(46, () -> cuda.destroyStream(stream));
    assertThat(cuda.leaks()).isEmpty();
  }
}
