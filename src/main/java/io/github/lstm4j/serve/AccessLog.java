package io.github.lstm4j.serve;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line of JSON for each request. */
public final class AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

  private final OutputStream out; // null: nothing is written

  /**
   * @param to stays open; null: nothing is written
   */
  public AccessLog(OutputStream to) {
    this.out = to == null ? null : new BufferedOutputStream(to, 1 << 16);
  }

  /** Whether lines are written. */
  boolean isOn() {
    return out != null;
  }

  /** What is known of a request once it is answered. */
  void add(Exchange exchange, Answer answer, Object status, double milliseconds) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", exchange.came().toString());
    line.put("client", address(exchange.client()));
    line.put("protocol", exchange.protocol());
    line.put("method", exchange.method());
    line.put("path", exchange.path());
    line.put("status", status);
    line.put("model", answer.target().model());
    line.put("version", answer.target().version());
    line.put("request_bytes", exchange.bytes());
    line.put("response_bytes", answer.body().limit());
    line.put("ms", Math.round(milliseconds * 1000) / 1000.0);
    byte[] text = ResponseWriter.bytes(line);
    try {
      synchronized (out) {
        out.write(text);
        out.write('\n');
      }
    } catch (IOException e) {
      LOG.warn("the access log cannot be written: {}", e.getMessage());
    }
  }

  private static String address(SocketAddress client) {
    return client instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress().getHostAddress()
        : "";
  }

  /** Writes what was kept back. */
  void flush() {
    if (isOn()) {
      try {
        synchronized (out) {
          out.flush();
        }
      } catch (IOException e) {
        LOG.warn("the access log cannot be written: {}", e.getMessage());
      }
    }
  }
}
