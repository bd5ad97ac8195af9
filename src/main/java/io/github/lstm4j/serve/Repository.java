package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The models that are served, as their files are. A file that changes is loaded beside the model
 * that serves, which it then replaces at once; requests that the old one has taken, and sequences
 * that it has begun, it answers to their end. A file that cannot be loaded replaces nothing.
 */
public final class Repository implements AutoCloseable {
  /** Loads models. */
  public interface Loader {
    /**
     * Loads a file.
     *
     * @throws IOException if it cannot be read, or holds no model
     */
    Engine load(Path file) throws IOException;
  }

  /** A version of a model. */
  private static final class Slot {
    Deployment current; // null: none could be loaded yet
    String loaded; // the state of its file when it was
    String seen; // the state of its file when it was looked at last
    String failed; // the state of its file that cannot be loaded
    String reason;
  }

  private final List<Path> paths;
  private final Loader loader;
  private final ServerOptions options;
  private final Metrics metrics;
  private final Consumer<String> log;
  private final NavigableMap<ModelFiles.Key, Slot> slots = new TreeMap<>();
  private final List<Deployment> alive = new CopyOnWriteArrayList<>(); // the retired ones too

  /**
   * Loads all models.
   *
   * @param paths files, and folders of them
   * @param log gets a line for each model that is loaded, or fails to be
   * @throws IOException if one cannot be loaded, or there is none
   */
  public static Repository open(
      List<Path> paths, Loader loader, ServerOptions options, Metrics metrics, Consumer<String> log)
      throws IOException {
    Repository repository = new Repository(paths, loader, options, metrics, log);
    try {
      ModelFiles files = ModelFiles.of(paths);
      if (!files.problems().isEmpty()) {
        throw new IOException(files.problems().values().iterator().next());
      }
      if (files.files().isEmpty()) {
        throw new IOException(Printable.text(paths) + ": no models there; see serve --help");
      }
      for (Map.Entry<ModelFiles.Key, Path> file : files.files().entrySet()) {
        repository.load(file.getKey(), file.getValue(), ModelFiles.state(file.getValue()));
      }
    } catch (IOException | RuntimeException e) {
      repository.close();
      throw e;
    }
    return repository;
  }

  private Repository(
      List<Path> paths,
      Loader loader,
      ServerOptions options,
      Metrics metrics,
      Consumer<String> log) {
    this.paths = List.copyOf(paths);
    this.loader = loader;
    this.options = options;
    this.metrics = metrics;
    this.log = log;
    metrics.watch(() -> List.copyOf(alive));
  }

  // ---------------------------------------------------------------- files

  /** Loads a file, and puts the model in the place of the one before. */
  private void load(ModelFiles.Key key, Path file, String state) throws IOException {
    Answer.Target target = new Answer.Target(key.name(), Integer.toString(key.version()));
    Engine engine;
    try {
      engine = loader.load(file);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new IOException(file + ": " + Printable.reason(e), e);
    }
    Deployment next = new Deployment(target, engine, options, metrics, alive::remove);
    alive.add(next);
    Deployment before;
    synchronized (this) {
      Slot slot = slots.computeIfAbsent(key, k -> new Slot());
      before = slot.current;
      slot.current = next;
      slot.loaded = state;
      slot.seen = state;
      slot.failed = null;
      slot.reason = null;
    }
    if (before != null) {
      before.retire();
    }
    metrics.reload(target, "loaded");
    log.accept(key + ": " + (before == null ? "loaded " : "reloaded ") + file);
  }

  /**
   * Looks for files that are new, gone, or other than they were; one that changed is loaded once it
   * has been looked at twice without a change between, so that no half of a file is.
   */
  public void refresh() {
    ModelFiles files;
    try {
      files = ModelFiles.of(paths);
    } catch (IOException | UncheckedIOException e) {
      log.accept("models are not looked for: " + Printable.reason(e));
      return;
    }
    files.problems().forEach((key, reason) -> failed(key, reason, reason));
    files.files().forEach(this::refresh);
    Set<ModelFiles.Key> gone;
    synchronized (this) {
      gone = new TreeSet<>(slots.keySet());
    }
    gone.removeAll(files.files().keySet());
    gone.removeAll(files.problems().keySet());
    gone.forEach(this::unload);
  }

  /** Ends sequences that were idle for too long. */
  public void expire() {
    alive.forEach(Deployment::expire);
  }

  private void refresh(ModelFiles.Key key, Path file) {
    String state;
    try {
      state = ModelFiles.state(file);
    } catch (IOException | UncheckedIOException e) {
      return; // it is being replaced; the next look sees it
    }
    synchronized (this) {
      Slot slot = slots.computeIfAbsent(key, k -> new Slot());
      boolean settled = state.equals(slot.seen);
      slot.seen = state;
      if (!settled || state.equals(slot.loaded) || state.equals(slot.failed)) {
        return;
      }
    }
    try {
      load(key, file, state);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      failed(key, state, Printable.reason(e));
    }
  }

  private void failed(ModelFiles.Key key, String state, String reason) {
    boolean serves;
    synchronized (this) {
      Slot slot = slots.computeIfAbsent(key, k -> new Slot());
      if (state.equals(slot.failed)) {
        return; // which was said
      }
      slot.failed = state;
      slot.reason = reason;
      serves = slot.current != null;
    }
    metrics.reload(new Answer.Target(key.name(), Integer.toString(key.version())), "failed");
    log.accept(
        key + ": cannot be loaded, " + (serves ? "the one before serves on: " : "") + reason);
  }

  private void unload(ModelFiles.Key key) {
    Slot slot;
    synchronized (this) {
      slot = slots.remove(key);
    }
    if (slot != null && slot.current != null) {
      slot.current.retire();
      log.accept(key + ": unloaded, its file is gone");
    }
  }

  // ---------------------------------------------------------------- requests

  /** The names of all models. */
  public synchronized Set<String> names() {
    Set<String> names = new TreeSet<>();
    slots.keySet().forEach(key -> names.add(key.name()));
    return names;
  }

  /** The versions of a model that serve, upwards. */
  synchronized List<String> versions(String name) {
    List<String> versions = new ArrayList<>();
    slots.forEach(
        (key, slot) -> {
          if (key.name().equals(name) && slot.current != null) {
            versions.add(Integer.toString(key.version()));
          }
        });
    return versions;
  }

  /**
   * What serves a version of a model.
   *
   * @param version null: the highest that serves
   * @throws Refusal if there is none, or it could not be loaded
   */
  synchronized Deployment find(String name, String version) {
    Deployment found = null;
    String reason = null;
    for (Map.Entry<ModelFiles.Key, Slot> entry : slots.entrySet()) {
      ModelFiles.Key key = entry.getKey();
      boolean asked = version == null || version.equals(Integer.toString(key.version()));
      if (key.name().equals(name) && asked) {
        found = entry.getValue().current == null ? found : entry.getValue().current;
        reason = entry.getValue().reason == null ? reason : entry.getValue().reason;
      }
    }
    if (found == null && reason != null) {
      throw Refusal.unavailable(
          "model " + Printable.text(name) + ": could not be loaded: " + reason);
    }
    if (found == null) {
      List<String> versions = versions(name);
      throw Refusal.notFound(
          versions.isEmpty()
              ? "no model " + Names.missing(Printable.text(name), names())
              : "model "
                  + Printable.text(name)
                  + ": no version "
                  + Printable.text(version)
                  + "; there are "
                  + String.join(", ", versions));
    }
    return found;
  }

  /**
   * As {@link #find}, with a place in its queue.
   *
   * @throws Refusal also if that is full
   */
  synchronized Deployment enter(String name, String version) {
    Deployment found = find(name, version);
    found.enter();
    return found;
  }

  /**
   * What has begun a sequence, with a place in its queue: also an earlier one that another has
   * replaced.
   *
   * @return null if there is none
   */
  synchronized Deployment enter(String name, String version, Object sequence) {
    for (Deployment one : alive) {
      Answer.Target target = one.target();
      boolean asked = version == null || version.equals(target.version());
      if (target.model().equals(name) && asked && one.hasSequence(sequence)) {
        one.enter();
        return one;
      }
    }
    return null;
  }

  /** Every version of every model: whether it is ready, and if not, why. */
  synchronized List<Map<String, Object>> index() {
    List<Map<String, Object>> all = new ArrayList<>();
    slots.forEach(
        (key, slot) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("name", key.name());
          one.put("version", Integer.toString(key.version()));
          one.put("state", slot.current == null ? "UNAVAILABLE" : "READY");
          one.put("reason", slot.reason == null ? "" : slot.reason);
          all.add(one);
        });
    return all;
  }

  /** Closes all models, once they have answered what they have taken. */
  @Override
  public void close() {
    alive.forEach(Deployment::close);
  }
}
