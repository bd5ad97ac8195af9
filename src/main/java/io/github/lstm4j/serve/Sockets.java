package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;

/** What the listeners of all protocols have in common. */
final class Sockets {
  private Sockets() {}

  /**
   * What secures connections.
   *
   * @param protocol what is added for it
   * @return null: nothing
   * @throws IOException if the certificate and its key are none
   */
  static SslContext tls(ServerOptions.Security security, UnaryOperator<SslContextBuilder> protocol)
      throws IOException {
    if (security.certificate() == null) {
      return null;
    }
    try {
      return protocol
          .apply(
              SslContextBuilder.forServer(security.certificate().toFile(), security.key().toFile()))
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          security.certificate()
              + ", "
              + security.key()
              + ": expected a certificate and its key in PEM, the key as PKCS #8 without a password: "
              + Printable.reason(cause),
          e);
    }
  }

  /** A port that cannot be had. */
  static IOException taken(String host, int port, Throwable cause) {
    return new IOException(
        host + ":" + port + ": cannot be listened at: " + Printable.reason(cause), cause);
  }
}
