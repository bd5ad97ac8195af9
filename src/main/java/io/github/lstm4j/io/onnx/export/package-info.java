/**
 * Models, written as ONNX files: {@link io.github.lstm4j.io.onnx.export.OnnxExport}. Each layer has
 * its nodes in one line of a table, and so has each operation.
 */
package io.github.lstm4j.io.onnx.export;
