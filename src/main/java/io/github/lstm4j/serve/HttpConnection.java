package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. Its requests are answered one after the other: the next one is read once an
 * answer is written.
 */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

  private final Routes routes;
  private final Metrics metrics;
  private final AccessLog log;
  private boolean busy;
  private boolean last;

  HttpConnection(Routes routes, Metrics metrics, AccessLog log) {
    this.routes = routes;
    this.metrics = metrics;
    this.log = log;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.read();
  }

  /** What came was a part of a request. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!busy) {
      context.read();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    busy = true;
    boolean stays = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    byte[] body = ByteBufUtil.getBytes(request.content());
    String path = request.uri().split("\\?", 2)[0];
    Call call =
        new Call(request.method().name(), path, request.headers()::get, ByteBuffer.wrap(body));
    Exchange exchange =
        Exchange.now(
            "http", context.channel().remoteAddress(), call.method(), call.path(), body.length);
    CompletableFuture<Answer> answer;
    if (!request.decoderResult().isSuccess()) {
      answer =
          CompletableFuture.completedFuture(
              Answer.refusal(
                  Refusal.BAD_REQUEST,
                  "expected a request of HTTP/1.1: "
                      + Printable.reason(request.decoderResult().cause()),
                  Answer.Target.NONE));
    } else {
      answer = routes.answer(call, context.executor());
    }
    CompletableFuture<Void> unused =
        answer.thenAcceptAsync(
            done -> {
              exchange.answered(done, done.status(), metrics, log);
              write(context, done, stays);
            },
            context.executor());
  }

  private void write(ChannelHandlerContext context, Answer answer, boolean stays) {
    busy = false;
    boolean closes = !stays || last;
    HttpResponse response = response(answer);
    if (closes) {
      response.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    var written = context.writeAndFlush(response);
    if (closes) {
      var unused = written.addListener(ChannelFutureListener.CLOSE);
    } else {
      context.read();
    }
  }

  /** An answer as HTTP has it. */
  static DefaultFullHttpResponse response(Answer answer) {
    ByteBuf body = Unpooled.wrappedBuffer(answer.body());
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), body);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().remaining());
    if (answer.body().hasRemaining()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.type());
    }
    answer.headers().forEach((name, value) -> response.headers().set(name, value));
    return response;
  }

  /** Nothing came for a while: half a request, or none. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof IdleStateEvent) {
      if (!busy) {
        var unused = context.close();
      }
    } else if (event == HttpListener.STOP) {
      last = true;
      if (!busy) {
        var unused = context.close();
      }
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** A client that went away, speaks something else, or packs what cannot be unpacked. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Throwable inner =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (inner instanceof DecompressionException && !busy) {
      Answer refusal =
          Answer.refusal(
              Refusal.BAD_REQUEST,
              "the body cannot be unpacked, or is larger than it may be: "
                  + Printable.reason(inner),
              Answer.Target.NONE);
      write(context, refusal, false);
      return;
    }
    LOG.debug("{}: {}", context.channel().remoteAddress(), Printable.reason(cause));
    var unused = context.close();
  }
}
