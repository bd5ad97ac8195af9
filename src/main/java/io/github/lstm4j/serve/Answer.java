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
 */
record Answer(
    int status, String type, Map<String, String> headers, ByteBuffer body, Target target) {

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

  /** An answer in JSON. */
  static Answer json(Object value, Target target) {
    return json(200, value, target);
  }

  private static Answer json(int status, Object value, Target target) {
    byte[] text = ResponseWriter.bytes(value);
    return new Answer(status, ResponseWriter.JSON, Map.of(), ByteBuffer.wrap(text), target);
  }

  /** An answer that is a status alone. */
  static Answer empty(int status, Target target) {
    return new Answer(status, ResponseWriter.JSON, Map.of(), ByteBuffer.allocate(0), target);
  }

  /** Why something is refused. */
  static Answer refusal(int status, String reason, Target target) {
    Answer plain = json(status, Map.of("error", reason), target);
    Map<String, String> headers =
        status == Refusal.TOO_MANY || status == Refusal.UNAVAILABLE
            ? Map.of("Retry-After", "1")
            : status == Refusal.UNAUTHORIZED ? Map.of("WWW-Authenticate", "Bearer") : Map.of();
    return new Answer(status, plain.type(), headers, plain.body(), target);
  }
}
