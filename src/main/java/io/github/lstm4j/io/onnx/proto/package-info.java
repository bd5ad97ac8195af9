/**
 * The messages of ONNX files ({@link io.github.lstm4j.io.onnx.proto.ModelProto} and what is in it),
 * read and written with protobuf's own coded streams. The schema is small and fixed
 * (onnx/onnx.proto of ONNX 1.23), so its classes are written by hand: they read weights straight
 * from the file into float arrays, where generated ones hold a copy of every byte.
 */
package io.github.lstm4j.io.onnx.proto;
