package io.github.lstm4j.backend.cuda;

/**
 * How a recurrent op gets from step to step.
 *
 * @param persistent whether in one launch, which keeps the recurrent weights on the chip
 * @param seconds what that launch is estimated to take; 0 step by step, where launches and products
 *     say it
 * @param text one line of a listing: whose sequence, which way, and why no faster one
 */
record Route(boolean persistent, double seconds, String text) {}
