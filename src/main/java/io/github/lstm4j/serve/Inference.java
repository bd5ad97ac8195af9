package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the protocol asks of a server and its models, whatever carries it: HTTP, or gRPC. */
final class Inference {
  private static final Logger LOG = LoggerFactory.getLogger(Inference.class);
  private static final String BEARER = "Bearer ";
  private static final int SMALL = 1 << 14; // a request that is read sooner than handed over

  private final Repository repository;
  private final ServerOptions options;
  private final Executor workers;
  private volatile boolean stopping;

  /**
   * @param workers read large requests, and tables
   */
  Inference(Repository repository, ServerOptions options, Executor workers) {
    this.repository = repository;
    this.options = options;
    this.workers = workers;
  }

  /** From now on it is not ready, and refuses what asks models. */
  void stop() {
    stopping = true;
  }

  /** Whether models may be asked. */
  boolean isReady() {
    return !stopping;
  }

  /** The models. */
  Repository repository() {
    return repository;
  }

  /** What a request may have. */
  ServerOptions.Limits limits() {
    return options.limits();
  }

  /** What the server calls itself. */
  static String name() {
    return "lstm4j";
  }

  /** Which release it is. */
  static String version() {
    String version = Inference.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  /** What it has of Triton's extensions of the protocol. */
  static List<String> extensions() {
    return List.of("binary_tensor_data", "sequence");
  }

  /**
   * Lets those in who bear the token.
   *
   * @param given the header Authorization; null: there is none
   * @throws Refusal if it is not the token
   */
  void authorize(String given) {
    String token = options.security().token();
    boolean fits =
        token == null
            || (given != null
                && given.startsWith(BEARER)
                && MessageDigest.isEqual(
                    given.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8),
                    token.getBytes(StandardCharsets.UTF_8)));
    if (!fits) {
      throw new Refusal(
          Refusal.UNAUTHORIZED,
          "expected the header Authorization: Bearer TOKEN, got "
              + (given == null ? "none" : "another token"));
    }
  }

  // ---------------------------------------------------------------- answers

  /**
   * Answers a request; a large one on another thread.
   *
   * @param bytes of the request
   * @return never fails
   */
  CompletableFuture<Answer> answer(int bytes, Supplier<CompletableFuture<Answer>> work) {
    return bytes <= SMALL ? answer(work) : later(work);
  }

  private static CompletableFuture<Answer> answer(Supplier<CompletableFuture<Answer>> work) {
    try {
      return work.get().exceptionally(e -> refusal(e, Answer.Target.NONE));
    } catch (RuntimeException | OutOfMemoryError e) {
      return CompletableFuture.completedFuture(refusal(e, Answer.Target.NONE));
    }
  }

  /** As {@link #answer}, of a request that takes its time to be read, whatever its size. */
  @SuppressWarnings("FutureReturnValueIgnored") // thenCompose waits for the inner one
  CompletableFuture<Answer> later(Supplier<CompletableFuture<Answer>> work) {
    try {
      return CompletableFuture.supplyAsync(() -> answer(work), workers)
          .thenCompose(answer -> answer);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(
          Answer.refusal(
              Refusal.TOO_MANY,
              "too many large requests are being read; try again later",
              Answer.Target.NONE));
    }
  }

  private static Answer refusal(Throwable e, Answer.Target target) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    if (cause instanceof Refusal refusal) {
      return Answer.refusal(refusal.status(), refusal.getMessage(), target);
    } else if (cause instanceof OutOfMemoryError) {
      return Answer.refusal(
          Refusal.UNAVAILABLE, "not enough memory for this request; send less at once", target);
    }
    LOG.error("{}", Printable.reason(cause), cause);
    return Answer.refusal(Refusal.INTERNAL, Printable.reason(cause), target);
  }

  // ---------------------------------------------------------------- models

  /**
   * Asks a model.
   *
   * @param version null: the highest that serves
   * @param read reads the request as one that the model takes
   * @param reply where the answer is written
   * @throws Refusal if there is no such model, its queue is full, or the server is being stopped
   */
  CompletableFuture<Answer> ask(
      String name, String version, Function<Deployment, Question> read, Executor reply) {
    if (stopping) {
      throw Refusal.unavailable("the server is being stopped");
    }
    Deployment one = repository.enter(name, version);
    Question question;
    try {
      question = read.apply(one);
      SequencePart part = question.sequence();
      if (part != null && !part.start() && !one.hasSequence(part.id())) {
        Deployment earlier = repository.enter(name, version, part.id());
        if (earlier != null) {
          one.leave();
          one = earlier;
          question = read.apply(one); // which may have other inputs
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      one.leave();
      return CompletableFuture.completedFuture(refusal(e, one.target()));
    }
    Answer.Target target = one.target();
    Question asked = question;
    return one.infer(asked.inputs(), asked.sequence())
        .handleAsync(
            (outputs, failure) ->
                failure == null ? asked.answer().apply(outputs) : refusal(failure, target),
            reply);
  }
}
