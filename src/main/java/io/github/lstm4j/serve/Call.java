package io.github.lstm4j.serve;

import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/**
 * A request, whole.
 *
 * @param method of HTTP
 * @param path as it came, without what begins with '?'
 * @param header gives a header by its name; null: there is none
 * @param body may be empty
 */
record Call(String method, String path, UnaryOperator<String> header, ByteBuffer body) {}
