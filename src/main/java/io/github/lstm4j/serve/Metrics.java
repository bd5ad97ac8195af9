package io.github.lstm4j.serve;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What is counted, for Prometheus. */
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("lstm4j_requests_total")
          .help("Requests, by the protocol and its status of the answer")
          .labelNames("protocol", "model", "version", "status")
          .withoutExemplars()
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("lstm4j_request_seconds")
          .help("From a whole request to its answer, in seconds")
          .labelNames("protocol", "model", "version")
          .classicOnly()
          .classicExponentialUpperBounds(0.0001, 2, 18)
          .withoutExemplars()
          .register(registry);
  private final Histogram batches =
      Histogram.builder()
          .name("lstm4j_batch_rows")
          .help("Rows, or timesteps of sequences, computed in one batch")
          .labelNames("model", "version", "kind")
          .classicOnly()
          .classicUpperBounds(1, 2, 4, 8, 16, 32, 64, 128, 256)
          .withoutExemplars()
          .register(registry);
  private final Counter reloads =
      Counter.builder()
          .name("lstm4j_model_loads_total")
          .help("Files of models, loaded or failed to be")
          .labelNames("model", "version", "outcome")
          .withoutExemplars()
          .register(registry);

  /** What is asked of the models that there are, whenever somebody looks. */
  void watch(Supplier<List<Deployment>> models) {
    gauge("lstm4j_pending_requests", "Requests that wait or run", models, Deployment::pending);
    gauge("lstm4j_sequences", "Sequences that are open", models, Deployment::sequences);
    gauge(
        "lstm4j_sequence_bytes",
        "Memory for the states of open sequences, in bytes",
        models,
        Deployment::sequenceBytes);
  }

  /** Deployments of one version, of which all but one are retired, are added up. */
  private void gauge(
      String name,
      String help,
      Supplier<List<Deployment>> models,
      ToDoubleFunction<Deployment> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("model", "version")
        .callback(
            gauge -> {
              Map<Answer.Target, Double> sums = new LinkedHashMap<>();
              models
                  .get()
                  .forEach(m -> sums.merge(m.target(), value.applyAsDouble(m), Double::sum));
              sums.forEach((of, sum) -> gauge.call(sum, of.model(), of.version()));
            })
        .register(registry);
  }

  /** A request was answered. */
  void request(String protocol, Answer.Target of, Object status, double took) {
    requests.labelValues(protocol, of.model(), of.version(), status.toString()).inc();
    seconds.labelValues(protocol, of.model(), of.version()).observe(took);
  }

  /** A batch is about to be computed. */
  void batch(Answer.Target of, String kind, int rows) {
    batches.labelValues(of.model(), of.version(), kind).observe(rows);
  }

  /** A file was loaded, or failed to be. */
  void reload(Answer.Target of, String outcome) {
    reloads.labelValues(of.model(), of.version(), outcome).inc();
  }

  /** All of it, as Prometheus reads it. */
  Answer answer() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create()
          .write(text, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of memory
    }
    return Answer.of(
        PrometheusTextFormatWriter.CONTENT_TYPE, text.toByteArray(), Answer.Target.NONE);
  }
}
