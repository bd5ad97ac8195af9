package io.github.lstm4j.serve;

import java.io.Serial;

/** What a client asked for and does not get: a status of HTTP, and the reason in words. */
public final class Refusal extends RuntimeException {
  static final int BAD_REQUEST = 400;
  static final int UNAUTHORIZED = 401;
  static final int NOT_FOUND = 404;
  static final int WRONG_METHOD = 405;
  static final int TOO_LARGE = 413;
  static final int TOO_MANY = 429;
  static final int INTERNAL = 500;
  static final int NOT_IMPLEMENTED = 501;
  static final int UNAVAILABLE = 503;

  @Serial private static final long serialVersionUID = 1L;

  private final int status;

  Refusal(int status, String reason) {
    super(reason, null, false, false); // where in the code it arose is nothing to a client
    this.status = status;
  }

  /** The request is wrong. */
  static Refusal badRequest(String reason) {
    return new Refusal(BAD_REQUEST, reason);
  }

  /** There is no such thing. */
  static Refusal notFound(String reason) {
    return new Refusal(NOT_FOUND, reason);
  }

  /** The request is right, but not now. */
  static Refusal unavailable(String reason) {
    return new Refusal(UNAVAILABLE, reason);
  }

  /** Of HTTP. */
  public int status() {
    return status;
  }
}
