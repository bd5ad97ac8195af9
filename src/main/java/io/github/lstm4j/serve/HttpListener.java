package io.github.lstm4j.serve;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.compression.StandardCompressionOptions;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where requests over HTTP/1.1 come in. */
final class HttpListener implements AutoCloseable {
  /** Tells connections that their answers to come are the last ones. */
  static final Object STOP = new Object();

  private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
  private static final int IDLE_SECONDS = 60;
  private static final int SMALL = 1024; // not worth being compressed

  private final ServerOptions options;
  private final AccessLog log;
  private final Routes routes;
  private final Metrics metrics;
  private final SslContext tls; // null: none
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel listener;

  /**
   * Listens.
   *
   * @throws IOException if the port cannot be had, or the certificate not be read
   */
  HttpListener(
      Inference inference,
      ServerOptions options,
      EventLoopGroup loops,
      Metrics metrics,
      AccessLog log)
      throws IOException {
    this.tls = Sockets.tls(options.security(), UnaryOperator.identity());
    this.options = options;
    this.metrics = metrics;
    this.log = log;
    this.routes = new Routes(inference, metrics);
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
      throw Sockets.taken(options.host(), options.port(), bound.cause());
    }
    listener = bound.channel();
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
        .addLast(new HttpConnection(routes, metrics, log));
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
      var written = context.writeAndFlush(HttpConnection.response(refusal));
      if (!HttpUtil.isKeepAlive(oversized)) { // else what is sent on is read and forgotten
        var unused = written.addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  /** The port at which it listens. */
  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Listens no more; connections end with the answers under way. */
  void stop() {
    var unused = listener.close().awaitUninterruptibly();
    for (Channel connection : connections) {
      connection.eventLoop().execute(() -> connection.pipeline().fireUserEventTriggered(STOP));
    }
  }

  /** Waits for the last answers; at most until a {@link System#nanoTime}. */
  void await(long end) {
    connections
        .newCloseFuture()
        .awaitUninterruptibly(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    var unused = listener.close().awaitUninterruptibly();
    if (!connections.close().awaitUninterruptibly().isSuccess()) {
      LOG.warn("some connections could not be closed");
    }
  }
}
