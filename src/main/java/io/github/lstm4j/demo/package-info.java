/**
 * What shows the library to people: the {@link io.github.lstm4j.demo.Demo demo}'s run, its data and
 * its report, the {@link io.github.lstm4j.demo.Examples}, and the {@link
 * io.github.lstm4j.demo.Explanation} of an LSTM in numbers.
 */
package io.github.lstm4j.demo;
