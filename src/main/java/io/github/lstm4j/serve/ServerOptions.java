package io.github.lstm4j.serve;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a server behaves.
 *
 * @param host the address to listen at
 * @param port of HTTP; 0: a free one
 * @param grpcPort of gRPC; 0: a free one, {@link #NONE}: there is no gRPC
 * @param batching how requests are put together
 * @param sequences what may be kept between requests
 * @param limits what a request may have
 * @param security who may ask, and how
 * @param poll how often files are looked at for changes; zero: never
 * @param drain how long requests under way may take when the server is stopped
 */
public record ServerOptions(
    String host,
    int port,
    int grpcPort,
    Batching batching,
    SequenceLimits sequences,
    Limits limits,
    Security security,
    Duration poll,
    Duration drain) {
  /** No port. */
  public static final int NONE = -1;

  private static final long MEBI = 1 << 20;

  /** What is used unless it is said otherwise; on a free port of this machine alone. */
  public static final ServerOptions DEFAULT =
      new ServerOptions(
          "127.0.0.1",
          0,
          NONE,
          new Batching(64, Duration.ofMillis(2), 1024),
          new SequenceLimits(Duration.ofSeconds(60), 10_000, 256 * MEBI),
          new Limits((int) (16 * MEBI), 64, 4096, (int) (16 * MEBI)),
          new Security(null, null, null),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30));

  /**
   * How requests are put together.
   *
   * @param rows at most in a batch; 1: none is put together with another
   * @param delay how long a request may wait for others
   * @param queue how many requests of a model may wait or run
   */
  public record Batching(int rows, Duration delay, int queue) {}

  /**
   * What may be kept between requests, of each model.
   *
   * @param timeout how long a sequence may be idle
   * @param count how many may be open
   * @param bytes how much memory their states may take
   */
  public record SequenceLimits(Duration timeout, int count, long bytes) {}

  /**
   * What a request may have.
   *
   * @param body its size in bytes, unpacked
   * @param tensors the number of inputs, and of outputs asked for
   * @param dimension the largest one that a model leaves open: rows, timesteps
   * @param elements of an output
   */
  public record Limits(int body, int tensors, int dimension, int elements) {}

  /**
   * Who may ask, and how.
   *
   * @param token that requests must bear; null: anyone may ask
   * @param certificate in PEM, of TLS; null: none
   * @param key in PEM, PKCS #8
   */
  public record Security(String token, Path certificate, Path key) {}

  /** With other batching. */
  public ServerOptions with(Batching other) {
    return new ServerOptions(host, port, grpcPort, other, sequences, limits, security, poll, drain);
  }

  /** With other limits of sequences. */
  public ServerOptions with(SequenceLimits other) {
    return new ServerOptions(host, port, grpcPort, batching, other, limits, security, poll, drain);
  }

  /** With other limits of requests. */
  public ServerOptions with(Limits other) {
    return new ServerOptions(
        host, port, grpcPort, batching, sequences, other, security, poll, drain);
  }

  /** With other security. */
  public ServerOptions with(Security other) {
    return new ServerOptions(host, port, grpcPort, batching, sequences, limits, other, poll, drain);
  }
}
