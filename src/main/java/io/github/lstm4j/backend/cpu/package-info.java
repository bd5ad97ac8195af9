/**
 * The CPU backend: a {@link io.github.lstm4j.backend.cpu.CpuBackend} runs a program's ops on {@code
 * float[]}, the batch divided among its threads.
 *
 * <p>{@link io.github.lstm4j.backend.cpu.CpuMath} is the arithmetic, with the JDK's Vector API or
 * in plain Java: {@link io.github.lstm4j.backend.cpu.Gemm} for matrix products, {@link
 * io.github.lstm4j.backend.cpu.VectorMath} for functions of elements. An op adds up in one order,
 * whatever the number of threads, so that results do not depend on it.
 */
package io.github.lstm4j.backend.cpu;
