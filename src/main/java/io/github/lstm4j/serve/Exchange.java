package io.github.lstm4j.serve;

import java.net.SocketAddress;
import java.time.Instant;

/**
 * A request that has come, as the metrics and the access log tell of it.
 *
 * @param protocol http or grpc
 * @param client who sent it; null: not known
 * @param method of HTTP
 * @param path what it asks
 * @param bytes of its body, unpacked
 * @param came when
 * @param begin the same, by {@link System#nanoTime}
 */
record Exchange(
    String protocol,
    SocketAddress client,
    String method,
    String path,
    int bytes,
    Instant came,
    long begin) {
  /** One that comes now. */
  static Exchange now(
      String protocol, SocketAddress client, String method, String path, int bytes) {
    return new Exchange(protocol, client, method, path, bytes, Instant.now(), System.nanoTime());
  }

  /**
   * It is answered.
   *
   * @param status as its protocol has it
   */
  void answered(Answer answer, Object status, Metrics metrics, AccessLog log) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    metrics.request(protocol, answer.target(), status, seconds);
    if (log.isOn()) {
      log.add(this, answer, status, seconds * 1000);
    }
  }
}
