package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.compression.StandardCompressionOptions;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Serves a repository over HTTP/1.1, from when it is opened until it is closed.
 *
 * <pre>{@code
 * Repository models = Repository.open(paths, loader, options, metrics, System.out::println);
 * try (HttpServer server = HttpServer.open(models, options, metrics, new AccessLog(null))) {
 *   System.out.println(server.port());
 * }
 * }</pre>
 */
public final class HttpServer implements AutoCloseable {
  /** Tells connections that their answers to come are the last ones. */
  static final Object STOP = new Object();

  private static final int IDLE_SECONDS = 60;
  private static final int SMALL = 1024; // not worth being compressed
  private static final int WAITING = 256; // large bodies that wait to be read

  private final Repository repository;
  private final ServerOptions options;
  private final AccessLog log;
  private final Routes routes;
  private final Metrics metrics;
  private final SslContext tls; // null: none
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(processors(), NioIoHandler.newFactory());
  private final ThreadPoolExecutor workers;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private Channel listener;

  /**
   * Listens.
   *
   * @param repository is closed with the server
   * @throws IOException if the port cannot be had, or the certificate not be read
   */
  public static HttpServer open(
      Repository repository, ServerOptions options, Metrics metrics, AccessLog log)
      throws IOException {
    HttpServer server = new HttpServer(repository, options, metrics, log);
    server.listen();
    return server;
  }

  private HttpServer(Repository repository, ServerOptions options, Metrics metrics, AccessLog log)
      throws IOException {
    this.tls = tls(options.security());
    this.repository = repository;
    this.options = options;
    this.metrics = metrics;
    this.log = log;
    this.routes = new Routes(repository, options, metrics);
    this.workers =
        new ThreadPoolExecutor(
            processors(), processors(), 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING));
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static SslContext tls(ServerOptions.Security security) throws IOException {
    if (security.certificate() == null) {
      return null;
    }
    try {
      return SslContextBuilder.forServer(security.certificate().toFile(), security.key().toFile())
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

  private void listen() throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connect(channel);
                  }
                });
    ChannelFuture bound =
        bootstrap
            .bind(new InetSocketAddress(options.host(), options.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop();
      throw new IOException(
          options.host()
              + ":"
              + options.port()
              + ": cannot be listened at: "
              + Printable.reason(bound.cause()),
          bound.cause());
    }
    listener = bound.channel();
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

  private void connect(Channel channel) {
    boolean unused = connections.add(channel);
    ChannelPipeline pipeline = channel.pipeline();
    if (tls != null) {
      pipeline.addLast(tls.newHandler(channel.alloc()));
    }
    pipeline
        .addLast(new IdleStateHandler(IDLE_SECONDS, 0, 0))
        .addLast(new HttpServerCodec())
        .addLast(new HttpContentDecompressor(options.limits().body()))
        .addLast(
            new HttpContentCompressor(
                SMALL, StandardCompressionOptions.gzip(), StandardCompressionOptions.deflate()))
        .addLast(new Whole(options.limits().body()))
        .addLast(new FlowControlHandler())
        .addLast(new HttpConnection(routes, metrics, log, workers));
  }

  /** Puts requests together, up to the limit. */
  private static final class Whole extends HttpObjectAggregator {
    Whole(int most) {
      super(most);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
      Answer refusal =
          Answer.refusal(
              Refusal.TOO_LARGE,
              "expected a body of at most " + maxContentLength() + " bytes, unpacked",
              Answer.Target.NONE);
      var unused =
          context
              .writeAndFlush(HttpConnection.response(refusal))
              .addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** The port at which it listens. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Listens no more, answers what it has taken, and closes all. */
  @Override
  public void close() {
    routes.stop();
    listener.close().awaitUninterruptibly();
    for (Channel connection : connections) {
      connection.eventLoop().execute(() -> connection.pipeline().fireUserEventTriggered(STOP));
    }
    long end = System.nanoTime() + options.drain().toNanos();
    connections
        .newCloseFuture()
        .awaitUninterruptibly(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    stop();
    log.flush();
  }

  private void stop() {
    clock.shutdownNow();
    connections.close().awaitUninterruptibly();
    workers.shutdownNow();
    repository.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
