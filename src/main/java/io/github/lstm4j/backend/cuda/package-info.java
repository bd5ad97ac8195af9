/**
 * The CUDA backend. A {@link io.github.lstm4j.backend.cuda.CudaBackend} makes of a program a plan
 * of launches: of our kernels, which the jar has as PTX, and of products in cuBLAS. The plan is
 * recorded once as a CUDA graph and replayed for every batch.
 *
 * <p>{@link io.github.lstm4j.backend.cuda.CudaDriver} is the border: behind it are JCuda and the
 * driver, or, in tests, a simulated device. {@link io.github.lstm4j.backend.cuda.CudaProbe} says
 * whether there is a device that can be used, and if not why.
 */
package io.github.lstm4j.backend.cuda;
