package io.github.lstm4j.backend.cuda;

import static io.github.lstm4j.backend.cuda.CudaCalls.cublasFailure;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.jcublas.JCublas2.cublasCreate;
import static jcuda.jcublas.JCublas2.cublasDestroy;
import static jcuda.jcublas.JCublas2.cublasGemmEx_new;
import static jcuda.jcublas.JCublas2.cublasGemmStridedBatchedEx_new;
import static jcuda.jcublas.JCublas2.cublasSetAtomicsMode;
import static jcuda.jcublas.JCublas2.cublasSetStream;
import static jcuda.jcublas.JCublas2.cublasSetWorkspace;
import static jcuda.jcublas.JCublas2.cublasSgemm;
import static jcuda.jcublas.JCublas2.cublasSgemmStridedBatched;

import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasAtomicsMode;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS for one stream: a handle and a workspace of its own, so that what one stream computes does
 * not depend on what others do. Results are the same bits every time: no atomics, one workspace,
 * the same algorithm whether recorded or not.
 */
final class Cublas {
  private static final int FLOAT = cudaDataType.CUDA_R_32F;
  private static final int ALGORITHM = cublasGemmAlgo.CUBLAS_GEMM_DEFAULT;

  private final cublasHandle handle = new cublasHandle();
  private final Address.OfDevice workspace = new Address.OfDevice();
  private final Address scalars = new Address(); // alpha, beta; cuBLAS reads them during the call
  private final Address alpha;
  private final Address beta;
  private final ByteBuffer scalarValues;

  /**
   * @param computeCapability decides the size of the workspace, as NVIDIA recommends: 32 MiB from
   *     9.0, else 4 MiB
   */
  Cublas(CUstream stream, int computeCapability) {
    JCublas2.setExceptionsEnabled(false);
    long bytes = (computeCapability >= 90 ? 32L : 4L) << 20;
    String what = "with a workspace of " + (bytes >> 20) + " MiB";
    try {
      check(cublasCreate(handle), "cublasCreate", what);
      CudaCalls.check(cuMemAlloc(workspace, bytes), "cuMemAlloc of cuBLAS's workspace");
      CudaCalls.check(cuMemAllocHost(scalars, 2 * Float.BYTES), "cuMemAllocHost");
      check(cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream", what);
      // only now: setting the stream puts cuBLAS's own workspace back
      check(cublasSetWorkspace(handle, workspace, bytes), "cublasSetWorkspace", what);
      check(
          cublasSetAtomicsMode(handle, cublasAtomicsMode.CUBLAS_ATOMICS_NOT_ALLOWED),
          "cublasSetAtomicsMode",
          what);
    } catch (DeviceException e) {
      close();
      throw e;
    }
    alpha = new Address(scalars.value());
    beta = new Address(scalars.value() + Float.BYTES);
    scalarValues = scalars.getByteBuffer(0, 2 * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  void multiply(Gemm g) {
    scalarValues.putFloat(0, g.alpha());
    scalarValues.putFloat(Float.BYTES, g.beta());
    int opA = g.transposeA() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    int opB = g.transposeB() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    Address a = new Address(g.a());
    Address b = new Address(g.b());
    Address c = new Address(g.c());
    int status;
    if (g.math() == MathMode.FP32) {
      status =
          g.batch() == 1
              ? cublasSgemm(
                  handle, opA, opB, g.m(), g.n(), g.k(), alpha, a, g.lda(), b, g.ldb(), beta, c,
                  g.ldc())
              : cublasSgemmStridedBatched(
                  handle,
                  opA,
                  opB,
                  g.m(),
                  g.n(),
                  g.k(),
                  alpha,
                  a,
                  g.lda(),
                  g.strideA(),
                  b,
                  g.ldb(),
                  g.strideB(),
                  beta,
                  c,
                  g.ldc(),
                  g.strideC(),
                  g.batch());
    } else {
      int compute =
          g.math() == MathMode.TF32
              ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
              : cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
      status =
          g.batch() == 1
              ? cublasGemmEx_new(
                  handle, opA, opB, g.m(), g.n(), g.k(), alpha, a, FLOAT, g.lda(), b, FLOAT,
                  g.ldb(), beta, c, FLOAT, g.ldc(), compute, ALGORITHM)
              : cublasGemmStridedBatchedEx_new(
                  handle,
                  opA,
                  opB,
                  g.m(),
                  g.n(),
                  g.k(),
                  alpha,
                  a,
                  FLOAT,
                  g.lda(),
                  g.strideA(),
                  b,
                  FLOAT,
                  g.ldb(),
                  g.strideB(),
                  beta,
                  c,
                  FLOAT,
                  g.ldc(),
                  g.strideC(),
                  g.batch(),
                  compute,
                  ALGORITHM);
    }
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw cublasFailure(status, call(g), describe(g));
    }
  }

  /** Frees all of it, as far as that is possible after an error. */
  void close() {
    cublasDestroy(handle);
    cuMemFree(workspace);
    cuMemFreeHost(scalars);
  }

  private static void check(int status, String call, String details) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw cublasFailure(status, call, details);
    }
  }

  private static String call(Gemm g) {
    String batched = g.batch() == 1 ? "" : "StridedBatched";
    return g.math() == MathMode.FP32 ? "cublasSgemm" + batched : "cublasGemm" + batched + "Ex";
  }

  private static String describe(Gemm g) {
    String sizes =
        String.format(
            Locale.ROOT,
            "op(A) %dx%d %s lda %d, op(B) %dx%d %s ldb %d, C %dx%d ldc %d",
            g.m(),
            g.k(),
            g.transposeA() ? "T" : "N",
            g.lda(),
            g.k(),
            g.n(),
            g.transposeB() ? "T" : "N",
            g.ldb(),
            g.m(),
            g.n(),
            g.ldc());
    return sizes + (g.batch() == 1 ? "" : ", batch of " + g.batch()) + ", " + g.math();
  }
}
