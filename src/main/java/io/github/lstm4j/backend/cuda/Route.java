package io.github.lstm4j.backend.cuda;

/**
 * How a recurrent op gets from step to step.
 *
 * @param seconds what a launch that takes the whole sequence is estimated to take; 0 step by step,
 *     where launches and products say it
 * @param text one line of a listing: whose sequence, which way, and why no faster one
 */
record Route(double seconds, String text) {}
