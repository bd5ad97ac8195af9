/**
 * A look inside a model: what its recurrent layers computed on the way to an answer ({@link
 * io.github.lstm4j.inspect.Trace}), what of the input the answer hangs on ({@link
 * io.github.lstm4j.inspect.Saliency}), and its layers as a diagram ({@link
 * io.github.lstm4j.inspect.ModelDiagram}).
 */
package io.github.lstm4j.inspect;
