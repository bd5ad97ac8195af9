package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Where requests over gRPC come in. */
final class GrpcListener implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Logger LIBRARY = Logger.getLogger("io.grpc");
  private static final int IDLE_SECONDS = 60;
  private static final int PING_SECONDS = 10; // clients may, as often

  static {
    LIBRARY.setLevel(Level.SEVERE); // what is wrong with a call is told to its client
  }

  private final GrpcMethods methods;
  private final EventLoopGroup loops;
  private final Metrics metrics;
  private final AccessLog log;
  private final Server server;

  /**
   * Listens.
   *
   * @throws IOException if the port cannot be had, or the certificate not be read
   */
  GrpcListener(
      Inference inference,
      ServerOptions options,
      EventLoopGroup loops,
      Metrics metrics,
      AccessLog log)
      throws IOException {
    this.methods = new GrpcMethods(inference);
    this.loops = loops;
    this.metrics = metrics;
    this.log = log;
    SslContext tls =
        Sockets.tls(
            options.security(), builder -> GrpcSslContexts.configure(builder, SslProvider.JDK));
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(GrpcMethods.SERVICE);
    for (GrpcMethods.Method method : GrpcMethods.Method.values()) {
      String path = MethodDescriptor.generateFullMethodName(GrpcMethods.SERVICE, method.toString());
      service.addMethod(
          descriptor(path, MethodType.UNARY), (call, headers) -> new Unary(method, call, headers));
    }
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(options.host(), options.grpcPort()))
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(NioServerSocketChannel.class)
            .directExecutor() // what takes its time is handed over by Inference
            .maxInboundMessageSize(options.limits().body())
            .maxConcurrentCallsPerConnection(options.batching().queue())
            .maxConnectionIdle(IDLE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .addService(service.build())
            .fallbackHandlerRegistry(new Others());
    server = (tls == null ? builder : builder.sslContext(tls)).build();
    try {
      server.start();
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw Sockets.taken(options.host(), options.grpcPort(), cause);
    }
  }

  // ---------------------------------------------------------------- messages

  /**
   * A message.
   *
   * @param bytes null if it could not be unpacked
   * @param problem why not
   */
  private record Message(ByteBuffer bytes, Refusal problem) {}

  private static MethodDescriptor<Message, byte[]> descriptor(String path, MethodType type) {
    return MethodDescriptor.<Message, byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(path)
        .setRequestMarshaller(new Requests())
        .setResponseMarshaller(new Responses())
        .build();
  }

  private static final class Requests implements MethodDescriptor.Marshaller<Message> {
    @Override
    public InputStream stream(Message message) {
      throw new UnsupportedOperationException("a server sends no requests");
    }

    @Override
    public Message parse(InputStream stream) {
      try (stream) {
        return new Message(ByteBuffer.wrap(stream.readAllBytes()), null);
      } catch (StatusRuntimeException e) { // unpacked it is too large
        return new Message(null, new Refusal(Refusal.TOO_LARGE, e.getStatus().getDescription()));
      } catch (IOException e) {
        return new Message(
            null, Refusal.badRequest("the message cannot be unpacked: " + Printable.reason(e)));
      }
    }
  }

  private static final class Responses implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("a server reads no answers");
    }
  }

  // ---------------------------------------------------------------- calls

  /** A call of a method that is served: one message, then the answer. */
  private final class Unary extends ServerCall.Listener<Message> {
    private final GrpcMethods.Method method;
    private final ServerCall<Message, byte[]> call;
    private final String authorization; // null: none
    private Message message;
    private int count;

    Unary(GrpcMethods.Method method, ServerCall<Message, byte[]> call, Metadata headers) {
      this.method = method;
      this.call = call;
      this.authorization = headers.get(AUTHORIZATION);
      call.request(2); // the second one would be too many
    }

    @Override
    public void onMessage(Message next) {
      message = next;
      count++;
    }

    @Override
    public void onHalfClose() {
      Exchange exchange = exchange(call, count == 1 ? message : null);
      CompletableFuture<Answer> answer;
      if (count != 1) {
        answer = refused(Refusal.badRequest(method + ": expected one message, got " + count));
      } else if (message.problem() != null) {
        answer = refused(message.problem());
      } else {
        answer = methods.answer(method, authorization, message.bytes().array(), loops.next());
      }
      CompletableFuture<Void> unused =
          answer.thenAcceptAsync(
              done -> GrpcListener.this.answer(call, exchange, done), loops.next());
    }
  }

  private static CompletableFuture<Answer> refused(Refusal reason) {
    return CompletableFuture.completedFuture(
        Answer.refusal(reason.status(), reason.getMessage(), Answer.Target.NONE));
  }

  private static Exchange exchange(ServerCall<Message, byte[]> call, Message message) {
    return Exchange.now(
        "grpc",
        call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
        "POST",
        "/" + call.getMethodDescriptor().getFullMethodName(),
        message == null || message.bytes() == null ? 0 : message.bytes().remaining());
  }

  private void answer(ServerCall<Message, byte[]> call, Exchange exchange, Answer answer) {
    Status status = status(answer);
    exchange.answered(answer, status.getCode().name(), metrics, log);
    if (status.isOk()) {
      call.sendHeaders(new Metadata());
      call.sendMessage(answer.body().array());
    }
    call.close(status, new Metadata());
  }

  private static Status status(Answer answer) {
    Status status =
        switch (answer.status()) {
          case Answer.OK -> Status.OK;
          case Refusal.BAD_REQUEST -> Status.INVALID_ARGUMENT;
          case Refusal.UNAUTHORIZED -> Status.UNAUTHENTICATED;
          case Refusal.NOT_FOUND -> Status.NOT_FOUND;
          case Refusal.TOO_LARGE, Refusal.TOO_MANY -> Status.RESOURCE_EXHAUSTED;
          case Refusal.NOT_IMPLEMENTED -> Status.UNIMPLEMENTED;
          case Refusal.UNAVAILABLE -> Status.UNAVAILABLE;
          default -> Status.INTERNAL;
        };
    return status.withDescription(answer.reason());
  }

  /** Methods that are not served; refused at once, for one that streams may send no end. */
  private final class Others extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String path, String authority) {
      return ServerMethodDefinition.create(
          descriptor(path, MethodType.UNKNOWN),
          (call, headers) -> {
            GrpcListener.this.answer(call, exchange(call, null), GrpcMethods.unknown(path));
            return new ServerCall.Listener<Message>() {};
          });
    }
  }

  // ---------------------------------------------------------------- the end

  /** The port at which it listens. */
  int port() {
    return server.getPort();
  }

  /** Listens no more; connections end with the answers under way. */
  void stop() {
    server.shutdown();
  }

  /** Waits for the last answers; at most until a {@link System#nanoTime}. */
  void await(long end) {
    try {
      boolean unused = server.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
