/**
 * ONNX files, read as models of ordinary layers: {@link io.github.lstm4j.io.onnx.OnnxModels}. They
 * are written by {@link io.github.lstm4j.io.onnx.export.OnnxExport}; what lies in them, message by
 * message, is in {@link io.github.lstm4j.io.onnx.proto}.
 */
package io.github.lstm4j.io.onnx;
