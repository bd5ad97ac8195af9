package io.github.lstm4j.backend.cuda.sim;

/** The calls of the driver that are counted and can be made to fail. */
public enum CudaCall {
  ALLOCATE("cuMemAlloc"),
  FREE("cuMemFree"),
  ALLOCATE_PINNED("cuMemAllocHost"),
  FREE_PINNED("cuMemFreeHost"),
  UPLOAD("cuMemcpyHtoDAsync"),
  DOWNLOAD("cuMemcpyDtoHAsync"),
  COPY("cuMemcpyDtoDAsync"),
  FILL("cuMemsetD32Async"),
  LOAD_MODULE("cuModuleLoadDataEx"),
  UNLOAD_MODULE("cuModuleUnload"),
  FUNCTION("cuModuleGetFunction"),
  PREPARE_LAUNCH("prepareLaunch"),
  FREE_LAUNCH("freeLaunch"),
  LAUNCH("cuLaunchKernel"),
  GEMM("cublasGemmStridedBatchedEx"),
  CREATE_STREAM("cuStreamCreate"),
  DESTROY_STREAM("cuStreamDestroy"),
  CREATE_EVENT("cuEventCreate"),
  DESTROY_EVENT("cuEventDestroy"),
  RECORD_EVENT("cuEventRecord"),
  WAIT_EVENT("cuStreamWaitEvent"),
  AWAIT_EVENT("cuEventSynchronize"),
  SYNCHRONIZE("cuStreamSynchronize"),
  BEGIN_CAPTURE("cuStreamBeginCapture"),
  END_CAPTURE("cuStreamEndCapture"),
  ABORT_CAPTURE("cuStreamEndCapture"),
  LAUNCH_GRAPH("cuGraphLaunch"),
  DESTROY_GRAPH("cuGraphExecDestroy"),
  FREE_MEMORY("cuMemGetInfo");

  final String function;

  CudaCall(String function) {
    this.function = function;
  }
}
