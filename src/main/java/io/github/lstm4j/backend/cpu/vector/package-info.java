/**
 * The CPU's arithmetic in the JDK's Vector API, an incubator module: {@link
 * io.github.lstm4j.backend.cpu.CpuMath} loads it by name where the module is there.
 */
package io.github.lstm4j.backend.cpu.vector;
