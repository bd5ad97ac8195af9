package io.github.lstm4j.serve;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a repository over HTTP/1.1, and over gRPC if there is a port for it, from when it is
 * opened until it is closed.
 *
 * <pre>{@code
 * Repository models = Repository.open(paths, loader, options, metrics, System.out::println);
 * try (Server server = Server.open(models, options, metrics, new AccessLog(null))) {
 *   System.out.println(server.port());
 * }
 * }</pre>
 */
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int WAITING = 256; // large requests that wait to be read

  private final Repository repository;
  private final ServerOptions options;
  private final AccessLog log;
  private final Inference inference;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(processors(), NioIoHandler.newFactory());
  private final ThreadPoolExecutor workers;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private HttpListener http;
  private GrpcListener grpc; // null: none

  /**
   * Listens.
   *
   * @param repository is closed with the server
   * @throws IOException if a port cannot be had, or the certificate not be read
   */
  public static Server open(
      Repository repository, ServerOptions options, Metrics metrics, AccessLog log)
      throws IOException {
    Server server = new Server(repository, options, log);
    try {
      server.listen(metrics);
      return server;
    } catch (IOException | RuntimeException e) {
      server.end();
      throw e;
    }
  }

  private Server(Repository repository, ServerOptions options, AccessLog log) {
    this.repository = repository;
    this.options = options;
    this.log = log;
    this.workers =
        new ThreadPoolExecutor(
            processors(), processors(), 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING));
    this.inference = new Inference(repository, options, workers);
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private void listen(Metrics metrics) throws IOException {
    http = new HttpListener(inference, options, loops, metrics, log);
    if (options.grpcPort() != ServerOptions.NONE) {
      grpc = new GrpcListener(inference, options, loops, metrics, log);
    }
    long poll = options.poll().toMillis();
    if (poll > 0) {
      var unused =
          clock.scheduleWithFixedDelay(repository::refresh, poll, poll, TimeUnit.MILLISECONDS);
    }
    var unused =
        clock.scheduleWithFixedDelay(
            () -> {
              repository.expire();
              log.flush();
            },
            1,
            1,
            TimeUnit.SECONDS);
  }

  /** The port at which it listens for HTTP. */
  public int port() {
    return http.port();
  }

  /** The port at which it listens for gRPC; {@link ServerOptions#NONE}: at none. */
  public int grpcPort() {
    return grpc == null ? ServerOptions.NONE : grpc.port();
  }

  /** Listens no more, answers what it has taken, and closes all. */
  @Override
  public void close() {
    inference.stop();
    long end = System.nanoTime() + options.drain().toNanos();
    http.stop();
    if (grpc != null) {
      grpc.stop();
      grpc.await(end);
    }
    http.await(end);
    end();
  }

  private void end() {
    clock.shutdownNow();
    if (grpc != null) {
      grpc.close();
    }
    if (http != null) {
      http.close();
    }
    workers.shutdownNow();
    repository.close();
    if (!loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly().isSuccess()) {
      LOG.warn("some connections could not be closed");
    }
    log.flush();
  }
}
