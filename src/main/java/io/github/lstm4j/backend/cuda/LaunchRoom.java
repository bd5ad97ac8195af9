package io.github.lstm4j.backend.cuda;

import static io.github.lstm4j.backend.cuda.CudaCalls.failure;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUresult;

/** Whether a device has room for the blocks of a launch, asked before it is launched. */
final class LaunchRoom {
  /** Shared memory that a block gets without being asked for. */
  private static final int SHARED_BYTES_FREELY = 48 << 10;

  private LaunchRoom() {}

  /** Asks for the shared memory, and for blocks that wait for one another a place at once. */
  static void require(CUfunction kernel, String name, LaunchConfig config, DeviceInfo device) {
    int shared = config.sharedBytes();
    if (shared > SHARED_BYTES_FREELY) {
      int result =
          cuFuncSetAttribute(
              kernel, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, shared);
      if (result != CUresult.CUDA_SUCCESS) {
        throw failure(
            result,
            "cuFuncSetAttribute " + name,
            shared + " bytes of shared memory; a block can have " + device.sharedBytesPerBlock());
      }
    }
    if (config.cooperative()) {
      requireTogether(kernel, name, config, device);
    }
  }

  private static void requireTogether(
      CUfunction kernel, String name, LaunchConfig config, DeviceInfo device) {
    int[] each = new int[1];
    int threads = config.block().x() * config.block().y() * config.block().z();
    int result =
        cuOccupancyMaxActiveBlocksPerMultiprocessor(each, kernel, threads, config.sharedBytes());
    String call = "cuOccupancyMaxActiveBlocksPerMultiprocessor " + name;
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, call, config.toString());
    }
    CudaDriver.Dim3 grid = config.grid();
    long blocks = (long) grid.x() * grid.y() * grid.z();
    if (blocks > (long) each[0] * device.multiprocessors()) {
      throw failure(
          CUresult.CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
          call,
          blocks
              + " blocks at once, at most "
              + each[0]
              + " on each of "
              + device.multiprocessors()
              + " multiprocessors");
    }
  }
}
