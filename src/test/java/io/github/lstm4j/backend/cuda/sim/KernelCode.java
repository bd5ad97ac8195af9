package io.github.lstm4j.backend.cuda.sim;

import java.util.List;
import java.util.Map;

/**
 * A kernel ready to run.
 *
 * @param slots how many registers a thread has, constants and special registers among them
 * @param constants slots that hold a number in every thread
 * @param specials slots that hold what a special register such as {@code %tid.x} says
 */
record KernelCode(
    PtxKernel kernel,
    List<Instruction> instructions,
    int slots,
    Map<Integer, Long> constants,
    Map<Integer, String> specials) {}
