package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The protocol over HTTP: which request is what.
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
  private final Inference inference;
  private final Metrics metrics;

  Routes(Inference inference, Metrics metrics) {
    this.inference = inference;
    this.metrics = metrics;
  }

  /**
   * Answers.
   *
   * @param reply where answers are written that come later
   * @return never fails
   */
  CompletableFuture<Answer> answer(Call call, Executor reply) {
    boolean table = call.path().endsWith("/predict");
    return table
        ? inference.later(() -> route(call, reply))
        : inference.answer(call.body().remaining(), () -> route(call, reply));
  }

  private CompletableFuture<Answer> route(Call call, Executor reply) {
    List<String> parts = parts(call.path());
    if (parts.size() == 3 && parts.subList(0, 2).equals(List.of("v2", "health"))) {
      return now(health(call, parts.get(2)));
    }
    inference.authorize(call.header().apply("Authorization"));
    if (parts.equals(List.of("metrics"))) {
      require(call, "GET");
      return now(metrics.answer());
    } else if (parts.equals(List.of("v2"))) {
      require(call, "GET");
      return now(Answer.json(server(), Answer.Target.NONE));
    } else if (parts.equals(List.of("v2", "repository", "index"))) {
      require(call, "POST");
      return now(Answer.json(inference.repository().index(), Answer.Target.NONE));
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

  // ---------------------------------------------------------------- the server

  private Answer health(Call call, String what) {
    require(call, "GET");
    return switch (what) {
      case "live" -> Answer.empty(Answer.OK, Answer.Target.NONE);
      case "ready" ->
          Answer.empty(inference.isReady() ? Answer.OK : Refusal.UNAVAILABLE, Answer.Target.NONE);
      default -> throw unknown(call);
    };
  }

  private static Map<String, Object> server() {
    Map<String, Object> server = new LinkedHashMap<>();
    server.put("name", Inference.name());
    server.put("version", Inference.version());
    server.put("extensions", Inference.extensions());
    return server;
  }

  // ---------------------------------------------------------------- models

  private CompletableFuture<Answer> model(
      Call call, String name, String version, List<String> rest, Executor reply) {
    if (rest.isEmpty()) {
      require(call, "GET");
      Deployment one = inference.repository().find(name, version);
      return now(
          Answer.json(
              ResponseWriter.metadata(name, inference.repository().versions(name), one.engine()),
              one.target()));
    } else if (rest.equals(List.of("ready"))) {
      require(call, "GET");
      return now(Answer.empty(Answer.OK, inference.repository().find(name, version).target()));
    } else if (rest.equals(List.of("infer")) || rest.equals(List.of("predict"))) {
      require(call, "POST");
      boolean tensors = rest.get(0).equals("infer");
      return inference.ask(
          name, version, one -> tensors ? tensors(call, one) : table(call, one), reply);
    }
    throw unknown(call);
  }

  private Question tensors(Call call, Deployment one) {
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
    InferenceRequest request =
        new RequestReader(one.target().model(), one.engine(), inference.limits())
            .read(call.body().duplicate(), json);
    return new Question(
        request.inputs(),
        request.sequence(),
        outputs -> ResponseWriter.answer(one.target(), one.engine().outputs(), request, outputs));
  }

  private Question table(Call call, Deployment one) {
    return TableRequest.read(
            one, inference.limits(), type(call, "Content-Type"), type(call, "Accept"), call.body())
        .question();
  }

  private static TableRequest.Format type(Call call, String header) {
    return TableRequest.Format.of("header " + header, call.header().apply(header));
  }
}
