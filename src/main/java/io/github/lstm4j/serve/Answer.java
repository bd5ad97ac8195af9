package io.github.lstm4j.serve;

import java.nio.ByteBuffer;
import java.util.Map;

/**
 * An answer to a request.
 *
 * @param status of HTTP
 * @param type of the body
 * @param headers beside that
 * @param body may be empty
 * @param target which model it is of; {@link Target#NONE}: of none
 * @param reason why something is refused, which the body says too; null: it is not
 */
record Answer(
    int status,
    String type,
    Map<String, String> headers,
    ByteBuffer body,
    Target target,
    String reason) {
  static final int OK = 200;

  /**
   * A version of a model.
   *
   * @param model its name
   * @param version its number
   */
  record Target(String model, String version) {
    /** No model. */
    static final Target NONE = new Target("", "");
  }

  /** An answer with a body. */
  static Answer of(String type, byte[] body, Target target) {
    return new Answer(OK, type, Map.of(), ByteBuffer.wrap(body), target, null);
  }

  /** An answer in JSON. */
  static Answer json(Object value, Target target) {
    return of(ResponseWriter.JSON, ResponseWriter.bytes(value), target);
  }

  /** An answer that is a status alone. */
  static Answer empty(int status, Target target) {
    return new Answer(status, ResponseWriter.JSON, Map.of(), ByteBuffer.allocate(0), target, null);
  }

  /** Why something is refused. */
  static Answer refusal(int status, String reason, Target target) {
    byte[] body = ResponseWriter.bytes(Map.of("error", reason));
    Map<String, String> headers =
        status == Refusal.TOO_MANY || status == Refusal.UNAVAILABLE
            ? Map.of("Retry-After", "1")
            : status == Refusal.UNAUTHORIZED ? Map.of("WWW-Authenticate", "Bearer") : Map.of();
    return new Answer(status, ResponseWriter.JSON, headers, ByteBuffer.wrap(body), target, reason);
  }
}
