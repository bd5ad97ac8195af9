package io.github.lstm4j.serve;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Load, by hand. Two uses:
 *
 * <pre>
 * ServeLoad serve ours|ort UNITS ROWS PORT BODY.lua   serves LSTM(UNITS) of 24 timesteps of 8 features
 *                                               in batches of up to ROWS until it is ended, and
 *                                               writes what wrk needs to post to it
 * ServeLoad soak REQUESTS SEQUENCES             that many requests from 32 clients, each of which
 *                                               steps its share of the sequences and hangs up at
 *                                               times; prints the heap as it goes
 * </pre>
 */
final class ServeLoad {
  private static final int TIMESTEPS = 24;
  private static final int FEATURES = 8;
  private static final int CLIENTS = 32;
  private static final double HANGS_UP = 0.002;

  private ServeLoad() {}

  /** Runs one of the two. */
  public static void main(String[] args) throws Exception {
    if (args[0].equals("serve")) {
      serve(
          args[1].equals("ort"),
          Integer.parseInt(args[2]),
          Integer.parseInt(args[3]),
          Integer.parseInt(args[4]),
          Path.of(args[5]));
    } else {
      soak(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    }
  }

  static Model model(int units) {
    return new Sequential(
            new LSTM(units).inputShape(TIMESTEPS, FEATURES).name("rnn"), new Dense(2).name("out"))
        .seed(1);
  }

  static ServerOptions options(int rows, int port) {
    ServerOptions d = ServerOptions.DEFAULT;
    return new ServerOptions(
        d.host(),
        port,
        port == 0 ? 0 : port + 1,
        new ServerOptions.Batching(rows, Duration.ofMillis(2), 4096),
        new ServerOptions.SequenceLimits(Duration.ofMinutes(10), 10_000, 1 << 28),
        d.limits(),
        d.security(),
        Duration.ofSeconds(1),
        d.drain());
  }

  private static void serve(boolean ort, int units, int rows, int port, Path lua) throws Exception {
    Path folder = Files.createTempDirectory("serve");
    Model model = model(units);
    model.save(folder.resolve("m.keras"));
    model.save(folder.resolve("m.onnx"));
    String body = Serving.request("input_layer", Serving.random(1, 1, TIMESTEPS, FEATURES), "");
    Files.writeString(
        lua,
        "wrk.method=\"POST\"\nwrk.headers[\"Content-Type\"]=\"application/json\"\nwrk.body=[["
            + body
            + "]]\n");
    Repository.Loader loader =
        file -> {
          Engine ours = new ModelEngine(Models.load(file).on(Backends.cpu()));
          return ort ? new OnnxRuntimeEngine(folder.resolve("m.onnx"), ours, 2) : ours;
        };
    Metrics metrics = new Metrics();
    ServerOptions options = options(rows, port);
    Repository repository =
        Repository.open(
            List.of(folder.resolve("m.keras")), loader, options, metrics, System.out::println);
    Server server = Server.open(repository, options, metrics, new AccessLog(null));
    System.out.println("port " + server.port());
    Thread.currentThread().join();
  }

  // ---------------------------------------------------------------- a long time

  private static void soak(int requests, int sequences) throws Exception {
    Path folder = Files.createTempDirectory("serve");
    Model model = model(64);
    model.save(folder.resolve("m.keras"));
    Metrics metrics = new Metrics();
    ServerOptions options = options(64, 0);
    Repository repository =
        Repository.open(
            List.of(folder),
            file -> new ModelEngine(Models.load(file).on(Backends.cpu())),
            options,
            metrics,
            System.out::println);
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger hungUp = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    AtomicLong nanos = new AtomicLong();
    try (Server server = Server.open(repository, options, metrics, new AccessLog(null))) {
      List<Thread> clients = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        int number = c;
        Thread client =
            new Thread(
                () -> {
                  Client one = new Client(model, server.port(), number, sequences / CLIENTS);
                  while (answered.get() < requests) {
                    try {
                      long begin = System.nanoTime();
                      if (one.ask(hungUp)) {
                        nanos.addAndGet(System.nanoTime() - begin);
                        answered.incrementAndGet();
                      }
                    } catch (SocketException | EOFException e) { // the machine stood still
                      one.hangUp();
                      hungUp.incrementAndGet();
                    } catch (IOException e) {
                      System.out.println(e);
                      wrong.incrementAndGet();
                    }
                  }
                  wrong.addAndGet(one.wrong);
                });
        client.start();
        clients.add(client);
      }
      int step = Math.max(1, requests / 10);
      for (int next = step; next <= requests; next += step) {
        while (answered.get() < next) {
          Thread.sleep(20);
        }
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        System.out.println(
            String.format(
                Locale.ROOT,
                "%,d requests, %,d hung up, %,d wrong, mean %.2f ms, heap %.1f MiB, %d sequences, %d"
                    + " pending",
                answered.get(),
                hungUp.get(),
                wrong.get(),
                nanos.get() / 1e6 / answered.get(),
                (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0,
                repository.find("m", null).sequences(),
                repository.find("m", null).pending()));
      }
      for (Thread client : clients) {
        client.join();
      }
      System.out.println("wrong: " + wrong.get());
    }
  }

  /** One connection, which steps its sequences in turn and checks each that it has sent whole. */
  private static final class Client {
    final Model model;
    final int port;
    final Random random;
    final int[] ids;
    final Tensor[] sent;
    final int[] at;
    Socket socket;
    int next;
    int wrong;

    Client(Model model, int port, int number, int sequences) {
      this.model = model;
      this.port = port;
      this.random = new Random(number);
      this.ids = IntStream.range(0, sequences).map(s -> 1 + number * sequences + s).toArray();
      this.sent = new Tensor[sequences];
      this.at = new int[sequences];
    }

    /** One request; false if it hung up instead of waiting for the answer. */
    boolean ask(AtomicInteger hungUp) throws IOException {
      int s = next;
      next = (next + 1) % sent.length;
      int t = at[s];
      if (t == 0) {
        sent[s] = Serving.random(random.nextLong(), 1, TIMESTEPS, FEATURES);
      }
      boolean last = t == TIMESTEPS - 1;
      String part =
          ",\"parameters\":{\"sequence_id\":"
              + ids[s]
              + ",\"sequence_start\":"
              + (t == 0)
              + ",\"sequence_end\":"
              + last
              + "}";
      String body = Serving.request("input_layer", sent[s].slice(1, t, t + 1), part);
      if (socket == null) {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
      }
      OutputStream out = socket.getOutputStream();
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      byte[] head =
          ("POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: "
                  + bytes.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      byte[] whole = Arrays.copyOf(head, head.length + bytes.length);
      System.arraycopy(bytes, 0, whole, head.length, bytes.length);
      boolean hangs = random.nextDouble() < HANGS_UP;
      out.write(whole, 0, hangs ? random.nextInt(whole.length + 1) : whole.length);
      if (hangs) {
        hangUp();
        hungUp.incrementAndGet();
        return false;
      }
      String answer = answer(new DataInputStream(new BufferedInputStream(socket.getInputStream())));
      at[s] = last ? 0 : t + 1;
      if (last && random.nextInt(20) == 0) {
        String data = answer.replaceAll("(?s).*\"data\":\\[(.*?)\\].*", "$1");
        float[] expected = model.predict(sent[s]).data();
        if (!data.equals(expected[0] + "," + expected[1])) {
          wrong++;
        }
      }
      return true;
    }

    /** Whether its last request was read is not known: another sequence begins in that place. */
    void hangUp() {
      int s = (next + sent.length - 1) % sent.length;
      at[s] = 0;
      ids[s] += 1_000_000;
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      socket = null;
    }

    private static String answer(DataInputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.readUnsignedByte());
      }
      String text = head.toString().toLowerCase(Locale.ROOT);
      int length = Integer.parseInt(text.replaceAll("(?s).*content-length: (\\d+).*", "$1"));
      String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
      if (!text.startsWith("http/1.1 200")) {
        throw new IOException(text.lines().findFirst().orElse("") + " " + body);
      }
      return body;
    }
  }
}
