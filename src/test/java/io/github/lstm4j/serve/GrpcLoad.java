package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.GrpcClient.infer;
import static io.github.lstm4j.serve.GrpcClient.part;
import static io.github.lstm4j.serve.GrpcClient.raw;
import static io.github.lstm4j.serve.GrpcClient.typed;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.serve.GrpcClient.Reply;
import io.github.lstm4j.tensor.Tensor;
import io.grpc.ClientCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * Load over gRPC, by hand. Two uses:
 *
 * <pre>
 * GrpcLoad ask PORT CLIENTS SECONDS raw|typed   so many connections with one request at a time each,
 *                                               to what ServeLoad serves; prints requests a second
 *                                               and the latencies of its second half
 * GrpcLoad soak REQUESTS SEQUENCES              that many requests from 16 connections, each of
 *                                               which steps its share of the sequences, cancels
 *                                               calls and breaks off; prints the heap as it goes
 * </pre>
 */
final class GrpcLoad {
  private static final int TIMESTEPS = 24;
  private static final int FEATURES = 8;
  private static final int CLIENTS = 16;
  private static final double GIVES_UP = 0.01;
  private static final double BREAKS_OFF = 0.0005;
  private static final int FINEST = 10; // microseconds

  private GrpcLoad() {}

  /** Runs one of the two. */
  public static void main(String[] args) throws Exception {
    if (args[0].equals("ask")) {
      ask(
          Integer.parseInt(args[1]),
          Integer.parseInt(args[2]),
          Integer.parseInt(args[3]),
          args[4].equals("raw"));
    } else {
      soak(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    }
  }

  private static void ask(int port, int clients, int seconds, boolean asBytes) throws Exception {
    Tensor x = Serving.random(1, 1, TIMESTEPS, FEATURES);
    byte[] request = infer("m", asBytes ? raw("input_layer", x) : typed("input_layer", x));
    AtomicLongArray latencies = new AtomicLongArray(1_000_000);
    long begin = System.nanoTime();
    long half = begin + seconds * 500_000_000L;
    long end = begin + seconds * 1_000_000_000L;
    List<CompletableFuture<Void>> all = new ArrayList<>();
    List<GrpcClient> open = new ArrayList<>();
    for (int c = 0; c < clients; c++) {
      GrpcClient client = new GrpcClient(port);
      client.options = client.options.withExecutor(Runnable::run);
      open.add(client);
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      next(client, request, latencies, half, end, done);
    }
    all.forEach(CompletableFuture::join);
    open.forEach(GrpcClient::close);
    long count = IntStream.range(0, latencies.length()).mapToLong(latencies::get).sum();
    System.out.println(
        String.format(
            Locale.ROOT,
            "%d clients: %,.0f a second, p50 %.2f ms, p99 %.2f ms",
            clients,
            count / (seconds / 2.0),
            quantile(latencies, count, 0.5),
            quantile(latencies, count, 0.99)));
  }

  private static void next(
      GrpcClient client,
      byte[] request,
      AtomicLongArray latencies,
      long half,
      long end,
      CompletableFuture<Void> done) {
    long begin = System.nanoTime();
    if (begin > end) {
      done.complete(null);
      return;
    }
    CompletableFuture<Void> unused =
        client
            .send("ModelInfer", request)
            .thenAccept(
                reply -> {
                  reply.ok();
                  long now = System.nanoTime();
                  if (now > half) {
                    long slot = (now - begin) / (1000 * FINEST);
                    latencies.incrementAndGet((int) Math.min(latencies.length() - 1, slot));
                  }
                  next(client, request, latencies, half, end, done);
                })
            .exceptionally(
                e -> {
                  done.completeExceptionally(e);
                  return null;
                });
  }

  private static double quantile(AtomicLongArray latencies, long count, double part) {
    long seen = 0;
    for (int i = 0; i < latencies.length(); i++) {
      seen += latencies.get(i);
      if (seen >= part * count) {
        return i * FINEST / 1000.0;
      }
    }
    return Double.NaN;
  }

  // ---------------------------------------------------------------- a long time

  private static void soak(int requests, int sequences) throws Exception {
    Path folder = Files.createTempDirectory("serve");
    Model model = ServeLoad.model(64);
    model.save(folder.resolve("m.keras"));
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger givenUp = new AtomicInteger();
    AtomicInteger compared = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    ServerOptions options = ServeLoad.options(64, 0);
    Metrics metrics = new Metrics();
    Repository repository =
        Repository.open(
            List.of(folder),
            file -> new ModelEngine(Models.load(file).on(Backends.cpu())),
            options,
            metrics,
            System.out::println);
    try (Server server = Server.open(repository, options, metrics, new AccessLog(null))) {
      List<Thread> clients = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        int number = c;
        Thread client =
            new Thread(
                () -> {
                  Client one =
                      new Client(model, server.grpcPort(), number, sequences / CLIENTS, compared);
                  while (answered.get() < requests) {
                    if (one.step()) {
                      answered.incrementAndGet();
                    } else {
                      givenUp.incrementAndGet();
                    }
                  }
                  wrong.addAndGet(one.wrong);
                  one.client.close();
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
                "%,d requests, %,d given up, %,d compared, heap %.1f MiB, %d sequences, %d pending",
                answered.get(),
                givenUp.get(),
                compared.get(),
                (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0,
                repository.find("m", null).sequences(),
                repository.find("m", null).pending()));
      }
      for (Thread client : clients) {
        client.join();
      }
      System.out.println(
          "wrong: " + wrong.get() + ", pending: " + repository.find("m", null).pending());
    }
  }

  /** One connection, which steps its sequences in turn. */
  private static final class Client {
    final Model model;
    final int port;
    final Random random;
    final long[] ids;
    final Tensor[] sent;
    final int[] at;
    final AtomicInteger compared;
    GrpcClient client;
    int next;
    int wrong;

    Client(Model model, int port, int number, int sequences, AtomicInteger compared) {
      this.model = model;
      this.port = port;
      this.random = new Random(number);
      this.ids = new long[sequences];
      Arrays.setAll(ids, s -> 1L + (long) number * sequences + s);
      this.sent = new Tensor[sequences];
      this.at = new int[sequences];
      this.compared = compared;
      this.client = new GrpcClient(port);
    }

    /** One request; false if it was given up. */
    boolean step() {
      int s = next;
      next = (next + 1) % sent.length;
      int t = at[s];
      if (t == 0) {
        sent[s] = Serving.random(random.nextLong(), 1, TIMESTEPS, FEATURES);
      }
      boolean last = t == TIMESTEPS - 1;
      byte[] request =
          infer("m", raw("input_layer", sent[s].slice(1, t, t + 1)), part(ids[s], t == 0, last));
      double fate = random.nextDouble();
      ClientCall<byte[], byte[]> call = client.call("ModelInfer");
      CompletableFuture<Reply> answer = client.send(call, request);
      if (fate < GIVES_UP + BREAKS_OFF) {
        if (fate < GIVES_UP) {
          call.cancel("given up", null);
        } else {
          client.close();
          client = new GrpcClient(port);
        }
        at[s] = 0; // whether it was read is not known: another sequence begins in that place
        ids[s] += 1_000_000;
        return false;
      }
      float[] data = GrpcClient.data(answer.join().ok(), 0);
      at[s] = last ? 0 : t + 1;
      if (last && random.nextInt(20) == 0) {
        compared.incrementAndGet();
        wrong += Arrays.equals(data, model.predict(sent[s]).data()) ? 0 : 1;
      }
      return true;
    }
  }
}
