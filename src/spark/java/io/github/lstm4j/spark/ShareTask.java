package io.github.lstm4j.spark;

import io.github.lstm4j.backend.Backend;
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

/** One task of a training: its share of every batch. The first gives what came of it. */
final class ShareTask<T> extends AbstractFunction1<Iterator<T>, Iterator<Trained>>
    implements Serializable {
  private static final long serialVersionUID = 1;

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
  public Iterator<Trained> apply(Iterator<T> rows) {
    BarrierTaskContext context = BarrierTaskContext.get();
    BarrierAllReduce others = new BarrierAllReduce(context);
    boolean first = others.rank() == 0;
    List<Trained> made = new ArrayList<>();
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
      long begin = System.nanoTime();
      fit = data.validation() == null ? fit : fit.validationData(data.validation());
      History history = model.fit(data.training(), fit);
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (first) {
        Map<String, double[]> logs = new LinkedHashMap<>();
        for (String key : history.keys()) {
          logs.put(key, history.get(key).stream().mapToDouble(v -> v).toArray());
        }
        made.add(
            new Trained(
                SharedModel.bytes(model),
                logs,
                seconds,
                others.nanos() / 1e9,
                others.floats(),
                context.stageAttemptNumber()));
      }
    }
    return CollectionConverters.asScala(made.iterator());
  }
}
