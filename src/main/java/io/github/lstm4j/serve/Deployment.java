package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A version of a model that is loaded, behind its queue. Rows of several requests are computed in
 * one batch, and so are timesteps of several sequences; each is answered as if it were alone.
 *
 * <p>Batches have 1, 2, 3, 4, 6, 8, 12, … rows, filled up by their last one, so that a model is
 * compiled for a dozen sizes and not for each.
 *
 * <p>One that is {@linkplain #retire retired} answers what it has taken, and its open sequences to
 * their end; then it is closed.
 */
final class Deployment {
  private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

  /** A request that stands alone. */
  private record Rows(List<Tensor> inputs, long arrival, CompletableFuture<List<Tensor>> answer)
      implements Batcher.Job {
    @Override
    public int rows() {
      return inputs.get(0).dim(0);
    }

    @Override
    public Object kind() { // requests of one length are compiled as one
      return inputs.stream().map(t -> t.shape().with(0, Shape.UNKNOWN)).toList();
    }
  }

  /** Some timesteps of a sequence, each of which runs in a batch of its own. */
  private static final class Steps implements Batcher.Job {
    final Sequences.Sequence sequence;
    final List<List<Tensor>> readings;
    final CompletableFuture<List<Tensor>> answer;
    long arrival = System.nanoTime();
    int done;

    Steps(
        Sequences.Sequence sequence,
        List<List<Tensor>> readings,
        CompletableFuture<List<Tensor>> answer) {
      this.sequence = sequence;
      this.readings = readings;
      this.answer = answer;
    }

    @Override
    public int rows() {
      return 1;
    }

    @Override
    public Object kind() {
      return Steps.class;
    }

    @Override
    public long arrival() {
      return arrival;
    }

    List<Tensor> reading() {
      return readings.get(done);
    }
  }

  private final Answer.Target target;
  private final Engine engine;
  private final ServerOptions options;
  private final Metrics metrics;
  private final Consumer<Deployment> closed;
  private final Batcher<Rows> rows;
  private final Batcher<Steps> steps;
  private final Sequences sequences; // null: it cannot be fed timestep by timestep
  private final String noSequences;
  private int pending;
  private boolean retired;
  private boolean isClosed;

  /**
   * @param closed is told when it is closed
   */
  Deployment(
      Answer.Target target,
      Engine engine,
      ServerOptions options,
      Metrics metrics,
      Consumer<Deployment> closed) {
    this.target = target;
    this.engine = engine;
    this.options = options;
    this.metrics = metrics;
    this.closed = closed;
    Sequences kept = null;
    String reason = null;
    try {
      kept =
          new Sequences(target.model(), engine.stateSize(), options.sequences(), System::nanoTime);
    } catch (IllegalArgumentException e) {
      reason = Printable.reason(e);
    }
    sequences = kept;
    noSequences = reason;
    String name = target.model() + " " + target.version();
    int most = options.batching().rows();
    rows = new Batcher<>(name, options.batching(), engine.batches() ? most : 1, this::answerRows);
    steps = new Batcher<>(name + " steps", options.batching(), most, this::answerSteps);
  }

  /** Which version of which model it is. */
  Answer.Target target() {
    return target;
  }

  /** What it runs. */
  Engine engine() {
    return engine;
  }

  /** How many requests wait or run. */
  synchronized int pending() {
    return pending;
  }

  /** How many sequences are open. */
  int sequences() {
    return sequences == null ? 0 : sequences.size();
  }

  /** How much memory the states of the open sequences take. */
  long sequenceBytes() {
    return sequences == null ? 0 : sequences.bytes();
  }

  /** Whether a sequence of this id is open. */
  boolean hasSequence(Object id) {
    return sequences != null && sequences.has(id);
  }

  // ---------------------------------------------------------------- requests

  /**
   * Takes a place in the queue, which {@link #infer} or {@link #leave} gives back.
   *
   * @throws Refusal if the queue is full
   */
  synchronized void enter() {
    if (pending >= options.batching().queue()) {
      throw new Refusal(
          Refusal.TOO_MANY,
          "model "
              + target.model()
              + ": "
              + pending
              + " requests wait or run, as many as its queue takes; try again later");
    }
    pending++;
  }

  /**
   * Answers a request that has {@linkplain #enter entered}.
   *
   * @param sequence whose part it is; null: it stands alone
   * @return the outputs in order, when they are there; ends with a {@link Refusal} if it cannot be
   *     answered
   */
  CompletableFuture<List<Tensor>> infer(List<Tensor> inputs, SequencePart sequence) {
    CompletableFuture<List<Tensor>> answer = new CompletableFuture<>();
    CompletableFuture<List<Tensor>> left = answer.whenComplete((outputs, failure) -> leave());
    try {
      check(inputs, sequence != null);
      if (sequence == null) {
        rows.add(new Rows(inputs, System.nanoTime(), answer));
      } else {
        takeSteps(inputs, sequence, answer);
      }
    } catch (RuntimeException e) {
      answer.completeExceptionally(failure(e));
    }
    return left;
  }

  /** Gives back a place in the queue. */
  void leave() {
    synchronized (this) {
      pending--;
    }
    closeIfDone();
  }

  private void check(List<Tensor> inputs, boolean step) {
    try {
      engine.check(inputs);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("model " + target.model() + ": " + Printable.reason(e));
    }
    long timesteps =
        inputs.stream().mapToInt(t -> t.shape().rank() > 1 ? t.dim(1) : 1).max().orElse(1);
    for (TensorSpec output : engine.outputs()) {
      long size = step ? 1 : inputs.get(0).dim(0);
      for (int axis = 1; axis < output.shape().rank(); axis++) {
        int dim = output.shape().dim(axis);
        size *= dim == Shape.UNKNOWN ? timesteps : dim;
      }
      if (size > options.limits().elements()) {
        throw Refusal.badRequest(
            "model "
                + target.model()
                + ", output "
                + output.name()
                + ": would have "
                + size
                + " elements, "
                + Memory.text(size * Float.BYTES)
                + "; expected at most "
                + options.limits().elements()
                + "; send fewer rows or timesteps");
      }
    }
  }

  // ---------------------------------------------------------------- rows

  private void answerRows(List<Rows> jobs) {
    try {
      List<List<Tensor>> answers = run(jobs.stream().map(Rows::inputs).toList());
      for (int i = 0; i < jobs.size(); i++) {
        jobs.get(i).answer.complete(answers.get(i));
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      if (jobs.size() > 1) { // what one does is not to be another's fault
        jobs.forEach(job -> answerRows(List.of(job)));
      } else {
        jobs.get(0).answer.completeExceptionally(failure(e));
      }
    }
  }

  private List<List<Tensor>> run(List<List<Tensor>> requests) {
    int count = requests.stream().mapToInt(r -> r.get(0).dim(0)).sum();
    int most = options.batching().rows();
    metrics.batch(target, "rows", count);
    if (requests.size() == 1 && (count == 1 || count > most || !engine.batches())) {
      return List.of(engine.run(requests.get(0), engine.batches() ? Math.max(1, most) : count));
    }
    List<Tensor> batch = Batches.together(requests, Batches.size(count));
    return Batches.apart(engine.run(batch, batch.get(0).dim(0)), requests);
  }

  private Refusal failure(Throwable e) {
    String model = "model " + target.model() + ": ";
    if (e instanceof Refusal refusal) {
      return refusal;
    } else if (e instanceof OutOfMemoryError) {
      return Refusal.unavailable(
          model + "not enough memory for this request; send fewer rows or timesteps");
    } else if (e instanceof IllegalArgumentException) {
      return Refusal.badRequest(model + Printable.reason(e));
    }
    LOG.error("{}{}", model, Printable.reason(e), e);
    return new Refusal(Refusal.INTERNAL, model + Printable.reason(e));
  }

  // ---------------------------------------------------------------- timesteps of sequences

  private void takeSteps(
      List<Tensor> inputs, SequencePart part, CompletableFuture<List<Tensor>> answer) {
    if (sequences == null) {
      throw Refusal.badRequest("model " + target.model() + ": " + noSequences);
    }
    if (inputs.get(0).dim(0) != 1) {
      throw Refusal.badRequest(
          "model "
              + target.model()
              + ": expected one row, of the sequence "
              + Printable.quoted(part.id())
              + ", got "
              + inputs.get(0).dim(0)
              + "; each sequence has requests of its own");
    }
    List<List<Tensor>> readings = Batches.readings(target.model(), engine.inputs(), inputs);
    sequences.add(part, sequence -> steps.add(new Steps(sequence, readings, answer)));
  }

  private void answerSteps(List<Steps> jobs) {
    metrics.batch(target, "steps", jobs.size());
    List<List<Tensor>> outputs;
    try {
      int size = Batches.size(jobs.size());
      List<List<Tensor>> readings = jobs.stream().map(Steps::reading).toList();
      float[][] states = new float[size][];
      for (int i = 0; i < size; i++) {
        float[] own = i < jobs.size() ? jobs.get(i).sequence.state() : null;
        states[i] = own == null ? jobs.get(jobs.size() - 1).sequence.state().clone() : own;
      }
      outputs = Batches.apart(engine.step(Batches.together(readings, size), states), readings);
    } catch (RuntimeException | OutOfMemoryError e) {
      Refusal reason = failure(e);
      for (Steps job : jobs) {
        sequences.drop(job.sequence);
        job.answer.completeExceptionally(
            new Refusal(reason.status(), reason.getMessage() + "; the sequence is ended"));
        sequences.next(job.sequence);
      }
      return;
    }
    for (int i = 0; i < jobs.size(); i++) {
      Steps job = jobs.get(i);
      job.done++;
      if (job.done < job.readings.size()) {
        job.arrival = System.nanoTime();
        steps.add(job);
      } else {
        job.answer.complete(outputs.get(i));
        sequences.next(job.sequence);
      }
    }
  }

  // ---------------------------------------------------------------- the end

  /** Ends sequences that were idle for too long. */
  void expire() {
    if (sequences != null) {
      sequences.expire();
    }
    closeIfDone();
  }

  /** Another takes its place: it is closed once it has answered all, and its sequences ended. */
  void retire() {
    synchronized (this) {
      retired = true;
    }
    closeIfDone();
  }

  private void closeIfDone() {
    synchronized (this) {
      if (!retired || isClosed || pending > 0 || sequences() > 0) {
        return;
      }
    }
    close();
  }

  /** Closes it, whatever sequences are open; requests that it has taken are answered before. */
  void close() {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    rows.close();
    steps.close();
    Thread last =
        new Thread(
            () -> {
              try {
                rows.await(0);
                steps.await(0);
              } catch (InterruptedException nobodyDoes) {
                Thread.currentThread().interrupt();
              }
              engine.close();
              closed.accept(this);
            },
            "close " + target.model());
    last.start();
  }
}
