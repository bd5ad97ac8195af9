package io.github.lstm4j.serve;

/**
 * A part of a sequence.
 *
 * @param id a text, or a number of 64 bits
 * @param start whether the sequence begins with it
 * @param end whether the sequence ends with it
 */
record SequencePart(Object id, boolean start, boolean end) {}
