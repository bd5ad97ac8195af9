package io.github.lstm4j.spark;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.broadcast.Broadcast;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** One task of a training: its share of every batch. */
final class ShareTask<T> extends AbstractFunction1<Iterator<T>, Iterator<ShareTask.Outcome>>
    implements Serializable {
  private static final long serialVersionUID = 1;

  /**
   * What came of a task.
   *
   * @param trained of the first; null of the others
   * @param failure why the training cannot be, or null. It is no exception, since Spark would try
   *     all tasks again
   */
  record Outcome(Trained trained, String failure) implements Serializable {}

  private final SparkFit options;
  private final Broadcast<byte[]> file;
  private final int threads;
  private final SparkFit.Reader<T> reader;

  ShareTask(SparkFit options, Broadcast<byte[]> file, int threads, SparkFit.Reader<T> reader) {
    this.options = options;
    this.file = file;
    this.threads = threads;
    this.reader = reader;
  }

  @Override
  public Iterator<Outcome> apply(Iterator<T> rows) {
    BarrierTaskContext context = BarrierTaskContext.get();
    BarrierAllReduce others = new BarrierAllReduce(context);
    Outcome outcome;
    try {
      outcome = new Outcome(trained(rows, context, others), null);
    } catch (RuntimeException e) {
      BarrierAllReduce.Failed failed = cause(e, BarrierAllReduce.Failed.class);
      if (failed == null) {
        throw e; // what Spark tries again
      }
      outcome = new Outcome(null, failed.getMessage());
    }
    return CollectionConverters.asScala(List.of(outcome).iterator());
  }

  private Trained trained(Iterator<T> rows, BarrierTaskContext context, BarrierAllReduce others) {
    try {
      Trained trained = train(rows, context, others);
      others.end();
      return trained;
    } catch (RuntimeException e) {
      if (cause(e, IllegalArgumentException.class) != null) {
        others.fail(Printable.reason(e)); // data, options or a checkpoint are wrong every time
      }
      throw e;
    }
  }

  private static <E extends Throwable> E cause(Throwable e, Class<E> type) {
    return e == null || type.isInstance(e) ? type.cast(e) : cause(e.getCause(), type);
  }

  private Trained train(Iterator<T> rows, BarrierTaskContext context, BarrierAllReduce others) {
    boolean first = others.rank() == 0;
    try (Backend backend = Backends.cpu(threads);
        Model model = SharedModel.open(file.value()).on(backend)) {
      SparkFit.Data data = reader.read(CollectionConverters.asJava(rows), model);
      List<Callback> callbacks = new ArrayList<>();
      if (options.checkpoint() != null) {
        callbacks.add(new Checkpoint(options.checkpoint(), first));
      }
      Fit fit =
          Fit.epochs(options.epochs())
              .batchSize(options.share(others.rank()))
              .shuffle(options.shuffle())
              .callbacks(callbacks)
              .silent()
              .allReduce(others);
      fit = options.averageEvery() == 0 ? fit : fit.averageEvery(options.averageEvery());
      fit = data.validation() == null ? fit : fit.validationData(data.validation());
      long begin = System.nanoTime();
      History history = model.fit(data.training(), fit);
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (!first) {
        return null;
      }
      Map<String, double[]> logs = new LinkedHashMap<>();
      for (String key : history.keys()) {
        logs.put(key, history.get(key).stream().mapToDouble(v -> v).toArray());
      }
      return new Trained(
          SharedModel.bytes(model),
          logs,
          seconds,
          others.nanos() / 1e9,
          others.floats(),
          context.stageAttemptNumber());
    }
  }
}
