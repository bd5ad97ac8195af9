package io.github.lstm4j.serve;

import com.google.protobuf.CodedInputStream;
import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.tensor.Tensor;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of gRPC: messages as bytes, and how their fields are written and read. */
final class GrpcClient implements AutoCloseable {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
          return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  final ManagedChannel channel;
  final Metadata headers = new Metadata();
  CallOptions options = CallOptions.DEFAULT;

  GrpcClient(int port) {
    this(port, null);
  }

  GrpcClient(int port, SslContext tls) {
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress("localhost", port);
    channel =
        (tls == null ? builder.usePlaintext() : builder.sslContext(tls))
            .maxInboundMessageSize(1 << 26)
            .build();
  }

  /** How a call ended, with the message that came before. */
  static final class Reply {
    private final Status status;
    private final byte[] message; // null: none

    private Reply(Status status, byte[] message) {
      this.status = status;
      this.message = message;
    }

    Status status() {
      return status;
    }

    byte[] message() {
      return message;
    }

    /** The message of one that went well. */
    byte[] ok() {
      if (!status.isOk()) {
        throw new IllegalStateException(status.toString());
      }
      return message;
    }
  }

  Reply ask(String method, byte[]... messages) {
    return send(method, messages).join();
  }

  CompletableFuture<Reply> send(String method, byte[]... messages) {
    return send(call(method), messages);
  }

  ClientCall<byte[], byte[]> call(String method) {
    MethodType type = method.contains("Stream") ? MethodType.BIDI_STREAMING : MethodType.UNARY;
    return channel.newCall(
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(type)
            .setFullMethodName("inference.GRPCInferenceService/" + method)
            .setRequestMarshaller(BYTES)
            .setResponseMarshaller(BYTES)
            .build(),
        options);
  }

  CompletableFuture<Reply> send(ClientCall<byte[], byte[]> call, byte[]... messages) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          private byte[] message;

          @Override
          public void onMessage(byte[] next) {
            message = next;
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            reply.complete(new Reply(status, message));
          }
        },
        headers);
    call.request(2);
    call.setMessageCompression(options.getCompressor() != null);
    for (byte[] message : messages) {
      call.sendMessage(message);
    }
    call.halfClose();
    return reply;
  }

  // ---------------------------------------------------------------- messages

  /** A model and its version, as two messages have them. */
  static byte[] model(String name, String version) {
    return ProtoWriter.bytes(
        out -> {
          out.text(1, name);
          out.text(2, version);
        });
  }

  /** ModelInferRequest of these fields. */
  static byte[] infer(String model, ProtoWriter.Message... fields) {
    return ProtoWriter.bytes(
        out -> {
          out.text(1, model);
          for (ProtoWriter.Message field : fields) {
            field.write(out);
          }
        });
  }

  /** An input with its contents, or without. */
  static ProtoWriter.Message input(
      String name, String type, List<Long> shape, ProtoWriter.Message contents) {
    return out ->
        out.message(
            5,
            input -> {
              input.text(1, name);
              input.text(2, type);
              input.wholes(3, shape);
              if (contents != null) {
                input.message(5, contents);
              }
            });
  }

  /** An input of numbers, by their type. */
  static ProtoWriter.Message typed(String name, Tensor x) {
    return input(name, "FP32", shape(x), contents -> contents.raw(6, x.data()));
  }

  /** An input of numbers, as bytes. */
  static ProtoWriter.Message raw(String name, Tensor x) {
    return out -> {
      input(name, "FP32", shape(x), null).write(out);
      out.raw(7, x.data());
    };
  }

  static List<Long> shape(Tensor x) {
    List<Long> shape = new ArrayList<>();
    for (int dim : x.shape().dims()) {
      shape.add((long) dim);
    }
    return shape;
  }

  /** The parameters of a part of a sequence. */
  static ProtoWriter.Message part(Object id, boolean start, boolean end) {
    return out -> {
      parameter(
              4,
              "sequence_id",
              value -> {
                if (id instanceof String text) {
                  value.text(3, text);
                } else {
                  value.always(2, ((Number) id).longValue());
                }
              })
          .write(out);
      parameter(4, "sequence_start", value -> value.always(1, start ? 1 : 0)).write(out);
      parameter(4, "sequence_end", value -> value.always(1, end ? 1 : 0)).write(out);
    };
  }

  static ProtoWriter.Message parameter(int field, String name, ProtoWriter.Message value) {
    return out ->
        out.message(
            field,
            entry -> {
              entry.text(1, name);
              entry.message(2, value);
            });
  }

  /** The fields of a message by their numbers: Long, byte[], Integer for 32 bits. */
  static Map<Integer, List<Object>> fields(byte[] message) {
    Map<Integer, List<Object>> fields = new LinkedHashMap<>();
    CodedInputStream in = CodedInputStream.newInstance(message);
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        Object value =
            switch (tag & 7) {
              case 0 -> in.readInt64();
              case 1 -> in.readFixed64();
              case 2 -> in.readByteArray();
              case 5 -> in.readFixed32();
              default -> throw new IOException("wire type of " + tag);
            };
        fields.computeIfAbsent(tag >>> 3, k -> new ArrayList<>()).add(value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return fields;
  }

  /** The bytes of a field. */
  static byte[] at(byte[] message, int field, int number) {
    return (byte[]) fields(message).get(field).get(number);
  }

  static String text(byte[] message, int field) {
    List<Object> values = fields(message).getOrDefault(field, List.of());
    return values.isEmpty() ? "" : new String((byte[]) values.get(0), StandardCharsets.UTF_8);
  }

  /** The elements of an output of a ModelInferResponse, by their type or as bytes. */
  static float[] data(byte[] message, int output) {
    byte[] one = at(message, 5, output);
    byte[] bytes = fields(one).containsKey(5) ? at(at(one, 5, 0), 6, 0) : at(message, 6, output);
    float[] values = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      boolean unused = channel.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
