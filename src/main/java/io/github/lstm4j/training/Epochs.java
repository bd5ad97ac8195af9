package io.github.lstm4j.training;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.random.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epochs of one {@code fit}, and what its callbacks are told. Whatever ends them, {@code
 * onTrainEnd} is called on all callbacks that were told of the begin.
 *
 * <p>An interrupt of the thread ends them between two steps, and stays set. The epoch that it broke
 * into counts for nothing: it is not in the history, and no callback is told of its end.
 */
final class Epochs {
  private static final Logger LOG = LoggerFactory.getLogger(Epochs.class);

  /** What is done in an epoch. */
  interface Work {
    /** Begins one. */
    void begin();

    /** Where the random order of a pass over the source comes from; see {@link Passes.Order}. */
    Philox order(int first, long made);

    /** One step. */
    void train(Batch batch);

    /** Loss and metrics of the epoch. */
    Map<String, Double> measure();

    /** Whether the epoch has a validation. */
    boolean validates(int epoch);

    /** Loss and metrics of the validation; null if an interrupt broke into it. */
    Map<String, Double> validate();

    /** The training has come to its end. */
    void finish();

    /** Gives stateful layers what they carried. */
    void carry(Progress progress);
  }

  private final Passes passes;
  private final Fit options;
  private final Work work;
  private final Training training;
  private final List<Callback> callbacks;
  private final List<String> names = new ArrayList<>();
  private final boolean[] told; // of the end of the last epoch that is done
  private final History history = new History();
  private final Thread thread = Thread.currentThread();
  private int begun; // how many callbacks were told of the begin
  private int done; // epochs
  private Map<String, Double> measured; // in the last of these; null while another is under way
  private boolean interrupted;
  private String when = "";

  Epochs(BatchSource source, Fit options, Work work, Training training) {
    this.passes = new Passes(source, training.batchSize(), options.stepsPerEpoch());
    this.options = options;
    this.work = work;
    this.training = training;
    this.callbacks = options.callbacks();
    this.told = new boolean[callbacks.size()];
    Map<String, Integer> count = new HashMap<>();
    for (Callback c : callbacks) {
      int n = count.merge(c.stateName(), 1, Integer::sum);
      names.add(n == 1 ? c.stateName() : c.stateName() + " " + n);
    }
  }

  /**
   * Runs them.
   *
   * @param earlier how far an earlier run was, or null
   */
  History run(Progress earlier) {
    Throwable failure = null;
    try {
      try (passes) {
        begin(earlier);
        while (done < options.epochs() && !ends()) {
          epoch(done);
        }
      }
      if (!interrupted) {
        work.finish();
      }
      training.completed(!interrupted);
    } catch (Sources.Failure e) {
      failure = new TrainingException(e.getMessage() + when, e.getCause(), history);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    failure = end(failure);
    if (failure == null) {
      return history;
    }
    if (!(failure instanceof TrainingException) && begun == callbacks.size()) {
      failure.addSuppressed(
          new TrainingException("fit ended; epochs done: " + history.epochs(), null, history));
    }
    if (failure instanceof Error e) {
      throw e;
    }
    throw (RuntimeException) failure;
  }

  private void begin(Progress earlier) {
    for (Callback c : callbacks) {
      uninterrupted(() -> c.onTrainBegin(training));
      begun++;
    }
    done = options.initialEpoch();
    Progress from = training.resumed();
    if (from == null && earlier != null && earlier.epoch() == done) {
      from = earlier;
    }
    if (from != null) {
      takeUp(from);
    }
  }

  /** Goes on where an earlier run was, which may have stopped before all were told. */
  private void takeUp(Progress from) {
    done = from.epoch();
    measured = new LinkedHashMap<>(from.logs());
    work.carry(from);
    Map<String, Progress.Told> stored = new LinkedHashMap<>();
    from.callbacks().forEach(t -> stored.put(t.name(), t));
    for (int i = 0; i < told.length; i++) {
      Callback callback = callbacks.get(i);
      Progress.Told of = stored.remove(names.get(i));
      told[i] = of == null || of.ofEnd();
      if (of != null) {
        callback.restore(training, of.state());
      } else if (!callback.state().isEmpty()) {
        LOG.warn("fit: {} was not there in the earlier run; it begins anew", names.get(i));
      }
    }
    stored.values().stream()
        .filter(t -> !t.state().isEmpty())
        .forEach(
            t ->
                LOG.warn(
                    "fit: what {} remembers is dropped: it is not among the callbacks", t.name()));
    tellOfEnd();
  }

  private boolean ends() {
    if (Thread.currentThread().isInterrupted()) {
      breakOff("before epoch " + (done + 1));
    }
    return training.stopReason() != null;
  }

  private void breakOff(String when) {
    interrupted = true;
    training.stop("Interrupted " + when);
    LOG.warn("fit: interrupted {}", when);
  }

  private void epoch(int epoch) {
    when = " in epoch " + (epoch + 1);
    training.epochBegins();
    tell(c -> c.onEpochBegin(training, epoch));
    int step = 0;
    work.begin();
    try (BatchSource.Batches batches = passes.begin(epoch, work::order)) {
      for (Batch b = next(batches); b != null; b = next(batches)) {
        measured = null;
        work.train(b);
        training.stepDone(b.size());
        int number = step++;
        tell(c -> c.onBatchEnd(training, number));
      }
    }
    if (interrupted || (step == 0 && training.stopReason() != null)) {
      return;
    }
    if (step == 0
        && !history.epochs().isEmpty()
        && options.stepsPerEpoch() != BatchSource.UNKNOWN) {
      training.stop("The source ran out of data" + when); // as Passes has said
      return;
    }
    if (step == 0) {
      throw new IllegalArgumentException(
          "fit: the source gave no batches" + when + "; it must begin anew for each epoch");
    }
    training.epochEnds();
    Map<String, Double> logs = new LinkedHashMap<>(work.measure());
    if (work.validates(epoch)) { // also after a stop within the epoch, as Keras does
      Map<String, Double> validated = validate();
      if (validated == null) {
        breakOff("in the validation" + when);
        return;
      }
      logs.putAll(validated);
    }
    measured = logs;
    done = epoch + 1;
    Arrays.fill(told, false);
    try {
      tellOfEnd();
    } finally {
      history.add(epoch, logs); // callbacks may have put more into them
    }
  }

  private Map<String, Double> validate() {
    tell(c -> c.onTestBegin(training));
    try {
      return work.validate();
    } finally {
      tell(c -> c.onTestEnd(training));
    }
  }

  /** The next batch; null at the epoch's end, and where the training is to end. */
  private Batch next(BatchSource.Batches batches) {
    if (training.stopReason() != null) {
      return null;
    }
    if (!Thread.currentThread().isInterrupted()) {
      return batches.next();
    }
    if (!training.isEpochWhole()) {
      breakOff(when.strip());
    }
    return null;
  }

  /** Tells those of the last epoch's end who were not. */
  private void tellOfEnd() {
    when = " at the end of epoch " + done;
    for (int i = 0; i < told.length; i++) {
      if (!told[i]) {
        told[i] = true; // the one that saves has been told
        Callback callback = callbacks.get(i);
        uninterrupted(() -> tell(callback, c -> c.onEpochEnd(training, done - 1, measured)));
      }
    }
  }

  /** Puts an interrupt that has come aside: it would tear files that are written. */
  private static void uninterrupted(Runnable what) {
    boolean came = Thread.interrupted();
    try {
      what.run();
    } finally {
      if (came) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tell(Consumer<Callback> what) {
    callbacks.forEach(c -> tell(c, what));
  }

  private void tell(Callback callback, Consumer<Callback> what) {
    try {
      what.accept(callback);
    } catch (Exception e) {
      throw failed(callback, e);
    }
  }

  /** Also what other languages than Java may throw from here. */
  private TrainingException failed(Callback callback, Exception e) {
    String name = callback.getClass().getName().replaceFirst(".*\\.", "");
    return new TrainingException(name + " failed" + when + ": " + Printable.reason(e), e, history);
  }

  /** Tells all who were told of the begin; gives what is to be thrown, or null. */
  private Throwable end(Throwable failure) {
    Throwable first = failure;
    when = " at the end of the training";
    for (Callback c : callbacks.subList(0, begun)) {
      try {
        uninterrupted(() -> c.onTrainEnd(training));
      } catch (Exception e) {
        first = more(first, failed(c, e));
      } catch (Error e) {
        first = more(first, e);
      }
    }
    return first;
  }

  private static Throwable more(Throwable first, Throwable next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  /** How far it is, if it can go on from here: no step was made since an epoch was done. */
  Progress progress() {
    if (measured == null || Thread.currentThread() != thread) {
      return null;
    }
    List<Progress.Told> all = new ArrayList<>();
    for (int i = 0; i < told.length; i++) {
      all.add(new Progress.Told(names.get(i), told[i], callbacks.get(i).state()));
    }
    return new Progress(done, new LinkedHashMap<>(measured), all, List.of());
  }

  /** How far it was when it ended; null unless it may go on with more epochs. */
  Progress last() {
    return training.isCompleted() && training.stopReason() == null ? progress() : null;
  }
}
