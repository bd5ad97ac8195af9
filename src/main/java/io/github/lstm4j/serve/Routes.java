package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.serve.InferenceRequest.SequencePart;
import io.github.lstm4j.tensor.Tensor;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol: which request is what.
 *
 * <pre>
 * GET  v2                                        what the server is
 * GET  v2/health/live, v2/health/ready
 * GET  v2/models/NAME[/versions/N]               inputs and outputs
 * GET  v2/models/NAME[/versions/N]/ready
 * POST v2/models/NAME[/versions/N]/infer         tensors in, tensors out
 * POST v2/models/NAME[/versions/N]/predict       rows of a table in, answers in its units out
 * POST v2/repository/index                       all models, and why one is not ready
 * GET  metrics
 * </pre>
 */
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String BEARER = "Bearer ";

  private final Repository repository;
  private final ServerOptions options;
  private final Metrics metrics;
  private volatile boolean stopping;

  Routes(Repository repository, ServerOptions options, Metrics metrics) {
    this.repository = repository;
    this.options = options;
    this.metrics = metrics;
  }

  /** From now on it is not ready, and refuses what asks models. */
  void stop() {
    stopping = true;
  }

  /**
   * Answers.
   *
   * @param reply where answers are written that come later
   * @return never fails
   */
  CompletableFuture<Answer> answer(Call call, Executor reply) {
    try {
      return route(call, reply).exceptionally(e -> refusal(e, Answer.Target.NONE));
    } catch (RuntimeException | OutOfMemoryError e) {
      return CompletableFuture.completedFuture(refusal(e, Answer.Target.NONE));
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

  private CompletableFuture<Answer> route(Call call, Executor reply) {
    List<String> parts = parts(call.path());
    if (parts.size() == 3 && parts.subList(0, 2).equals(List.of("v2", "health"))) {
      return now(health(call, parts.get(2)));
    }
    authorize(call);
    if (parts.equals(List.of("metrics"))) {
      require(call, "GET");
      return now(metrics.answer());
    } else if (parts.equals(List.of("v2"))) {
      require(call, "GET");
      return now(Answer.json(server(), Answer.Target.NONE));
    } else if (parts.equals(List.of("v2", "repository", "index"))) {
      require(call, "POST");
      return now(Answer.json(repository.index(), Answer.Target.NONE));
    } else if (parts.size() >= 3 && parts.subList(0, 2).equals(List.of("v2", "models"))) {
      boolean versioned = parts.size() >= 5 && parts.get(3).equals("versions");
      List<String> rest = parts.subList(versioned ? 5 : 3, parts.size());
      return model(call, parts.get(2), versioned ? parts.get(4) : null, rest, reply);
    }
    throw unknown(call);
  }

  private static CompletableFuture<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }

  private static Refusal unknown(Call call) {
    return Refusal.notFound(
        "no such path: "
            + Printable.text(call.path())
            + "; expected v2, v2/health/live, v2/health/ready, v2/models/NAME with /ready, /infer or"
            + " /predict behind it, v2/repository/index or metrics");
  }

  private static List<String> parts(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      try {
        parts.add(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        throw Refusal.badRequest("path " + Printable.text(path) + ": " + Printable.reason(e));
      }
    }
    while (parts.size() > 1 && parts.get(parts.size() - 1).isEmpty()) {
      parts.remove(parts.size() - 1);
    }
    return parts.get(0).isEmpty() ? parts.subList(1, parts.size()) : parts;
  }

  private static void require(Call call, String method) {
    if (!call.method().equals(method)) {
      throw new Refusal(
          Refusal.WRONG_METHOD,
          Printable.text(call.path())
              + ": expected the method "
              + method
              + ", got "
              + Printable.text(call.method()));
    }
  }

  private void authorize(Call call) {
    String token = options.security().token();
    String given = call.header().apply("Authorization");
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

  // ---------------------------------------------------------------- the server

  private Answer health(Call call, String what) {
    require(call, "GET");
    return switch (what) {
      case "live" -> Answer.empty(200, Answer.Target.NONE);
      case "ready" -> Answer.empty(stopping ? Refusal.UNAVAILABLE : 200, Answer.Target.NONE);
      default -> throw unknown(call);
    };
  }

  private static Map<String, Object> server() {
    String version = Routes.class.getPackage().getImplementationVersion();
    Map<String, Object> server = new LinkedHashMap<>();
    server.put("name", "lstm4j");
    server.put("version", version == null ? "unknown" : version);
    server.put("extensions", List.of("binary_tensor_data", "sequence"));
    return server;
  }

  // ---------------------------------------------------------------- models

  private CompletableFuture<Answer> model(
      Call call, String name, String version, List<String> rest, Executor reply) {
    if (rest.isEmpty()) {
      require(call, "GET");
      Deployment one = repository.find(name, version);
      return now(
          Answer.json(
              ResponseWriter.metadata(name, repository.versions(name), one.engine()),
              one.target()));
    } else if (rest.equals(List.of("ready"))) {
      require(call, "GET");
      return now(Answer.empty(200, repository.find(name, version).target()));
    } else if (rest.equals(List.of("infer")) || rest.equals(List.of("predict"))) {
      require(call, "POST");
      if (stopping) {
        throw Refusal.unavailable("the server is being stopped");
      }
      return rest.get(0).equals("infer")
          ? infer(call, name, version, reply)
          : predict(call, name, version, reply);
    }
    throw unknown(call);
  }

  private CompletableFuture<Answer> infer(Call call, String name, String version, Executor reply) {
    Deployment one = repository.enter(name, version);
    InferenceRequest request;
    try {
      request = read(call, one);
      SequencePart part = request.sequence();
      if (part != null && !part.start() && !one.hasSequence(part.id())) {
        Deployment earlier = repository.enter(name, version, part.id());
        if (earlier != null) {
          one.leave();
          one = earlier;
          request = read(call, one); // which may have other inputs
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      one.leave();
      return now(refusal(e, one.target()));
    }
    Deployment asked = one;
    InferenceRequest wanted = request;
    return one.infer(request.inputs(), request.sequence())
        .handleAsync(
            (outputs, failure) ->
                failure == null
                    ? ResponseWriter.answer(
                        asked.target(), asked.engine().outputs(), wanted, outputs)
                    : refusal(failure, asked.target()),
            reply);
  }

  private InferenceRequest read(Call call, Deployment one) {
    int size = call.body().remaining();
    String length = call.header().apply(ResponseWriter.JSON_LENGTH);
    int json = size;
    if (length != null) {
      try {
        json = Integer.parseInt(length.strip());
      } catch (NumberFormatException e) {
        json = -1;
      }
      if (json < 1 || json > size) {
        throw Refusal.badRequest(
            "header "
                + ResponseWriter.JSON_LENGTH
                + ": expected how many of the "
                + size
                + " bytes of the body are JSON, got "
                + Printable.text(length));
      }
    }
    return new RequestReader(one.target().model(), one.engine(), options.limits())
        .read(call.body().duplicate(), json);
  }

  private CompletableFuture<Answer> predict(
      Call call, String name, String version, Executor reply) {
    Deployment one = repository.enter(name, version);
    TableRequest request;
    try {
      request = TableRequest.read(one.target(), one.engine(), options.limits(), call);
    } catch (RuntimeException | OutOfMemoryError e) {
      one.leave();
      return now(refusal(e, one.target()));
    }
    CompletableFuture<List<Tensor>> outputs = one.infer(List.of(request.inputs()), null);
    return outputs.handleAsync(
        (all, failure) ->
            failure == null ? request.answer(all.get(0)) : refusal(failure, one.target()),
        reply);
  }
}
