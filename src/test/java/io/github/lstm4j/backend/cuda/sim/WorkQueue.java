package io.github.lstm4j.backend.cuda.sim;

import static io.github.lstm4j.backend.cuda.sim.CudaErrors.error;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Streams, events, recordings and graphs: which work must wait for which. Without a seed work runs
 * as soon as it is given. With one it waits until somebody waits for it, and then runs in a random
 * order that the streams and events allow, so that a missing event shows in the results.
 */
final class WorkQueue {
  /** The default stream. */
  static final long DEFAULT_STREAM = 0;

  /** A piece of work and what must be done before it. */
  private static final class Work {
    final Runnable action;
    final List<Work> after;
    final List<Work> dependents = new ArrayList<>();
    int waitsFor;

    Work(Runnable action, Collection<Work> after) {
      this.action = action;
      this.after = List.copyOf(after);
    }
  }

  private static final class Stream {
    Set<Work> frontier = new LinkedHashSet<>();
    Recording recording;
    Set<Work> recordedFrontier = new LinkedHashSet<>();
  }

  private static final class Event {
    Set<Work> frontier = Set.of();
    Recording recording;
  }

  private static final class Recording {
    final Stream origin;
    final Set<Stream> streams = new LinkedHashSet<>();
    final List<Work> works = new ArrayList<>();
    boolean invalid;

    Recording(Stream origin) {
      this.origin = origin;
    }
  }

  private final Random random;
  private final Map<Long, Stream> streams = new HashMap<>();
  private final Map<Long, Event> events = new HashMap<>();
  private final Map<Long, List<Work>> graphs = new HashMap<>();
  private final List<Work> ready = new ArrayList<>();
  private final Set<Work> unfinished = new HashSet<>();
  private long nextHandle = 1L << 40;

  /**
   * @param random draws the order of work; null runs it at once
   */
  WorkQueue(Random random) {
    this.random = random;
    streams.put(DEFAULT_STREAM, new Stream());
  }

  long createStream() {
    streams.put(nextHandle, new Stream());
    return nextHandle++;
  }

  long createEvent() {
    events.put(nextHandle, new Event());
    return nextHandle++;
  }

  void destroyStream(long handle) {
    var stream = stream(CudaCall.DESTROY_STREAM, handle);
    if (stream.recording != null) {
      stream.recording.invalid = true;
      throw error(CudaCall.DESTROY_STREAM, CudaErrors.CAPTURE_UNSUPPORTED, "the stream records");
    }
    if (handle == DEFAULT_STREAM) {
      throw error(CudaCall.DESTROY_STREAM, CudaErrors.INVALID_HANDLE, "the default stream");
    }
    streams.remove(handle);
  }

  void destroyEvent(long handle) {
    event(CudaCall.DESTROY_EVENT, handle);
    events.remove(handle);
  }

  /** Whether any stream records. */
  boolean isRecording() {
    return streams.values().stream().anyMatch(stream -> stream.recording != null);
  }

  /** A call that is not allowed during a recording was made: the recordings cannot be completed. */
  void invalidateRecordings() {
    for (var stream : streams.values()) {
      if (stream.recording != null) {
        stream.recording.invalid = true;
      }
    }
  }

  /** Gives a stream work; while the stream records, the recording. */
  void submit(CudaCall call, long handle, Runnable action) {
    var stream = stream(call, handle);
    if (stream.recording == null) {
      var work = new Work(action, stillOpen(stream.frontier));
      stream.frontier = new LinkedHashSet<>(Set.of(work));
      enqueue(List.of(work));
      return;
    }
    requireValid(call, stream);
    var work = new Work(action, stream.recordedFrontier);
    stream.recording.works.add(work);
    stream.recordedFrontier = new LinkedHashSet<>(Set.of(work));
  }

  void recordEvent(long eventHandle, long streamHandle) {
    var event = event(CudaCall.RECORD_EVENT, eventHandle);
    var stream = stream(CudaCall.RECORD_EVENT, streamHandle);
    requireValid(CudaCall.RECORD_EVENT, stream);
    event.recording = stream.recording;
    event.frontier =
        Set.copyOf(stream.recording == null ? stillOpen(stream.frontier) : stream.recordedFrontier);
  }

  void waitEvent(long streamHandle, long eventHandle) {
    var call = CudaCall.WAIT_EVENT;
    var event = event(call, eventHandle);
    var stream = stream(call, streamHandle);
    requireValid(call, stream);
    if (event.recording == null) {
      if (stream.recording != null && !event.frontier.isEmpty()) {
        stream.recording.invalid = true;
        throw error(call, CudaErrors.CAPTURE_ISOLATION, "the event is not part of the recording");
      }
      if (stream.recording == null) {
        stream.frontier.addAll(event.frontier);
      }
      return;
    }
    if (!event.recording.streams.contains(event.recording.origin)) {
      throw error(
          call, CudaErrors.INVALID_VALUE, "the event was recorded in a recording that ended");
    }
    if (stream.recording == null) {
      if (streamHandle == DEFAULT_STREAM) {
        throw error(call, CudaErrors.CAPTURE_UNSUPPORTED, "the default stream cannot record");
      }
      stream.recording = event.recording;
      stream.recordedFrontier = new LinkedHashSet<>();
      event.recording.streams.add(stream);
    } else if (stream.recording != event.recording) {
      stream.recording.invalid = true;
      event.recording.invalid = true;
      throw error(call, CudaErrors.CAPTURE_MERGE, "the event is part of another recording");
    }
    stream.recordedFrontier.addAll(event.frontier);
  }

  /** Runs a piece of work if an event is still to come; returns whether it has. */
  boolean stepTowards(long handle) {
    var event = event(CudaCall.AWAIT_EVENT, handle);
    if (event.recording != null) {
      event.recording.invalid = true;
      throw error(
          CudaCall.AWAIT_EVENT, CudaErrors.CAPTURE_UNSUPPORTED, "the event is part of a recording");
    }
    if (event.frontier.stream().noneMatch(unfinished::contains)) {
      return true;
    }
    runOne();
    return false;
  }

  void synchronize(long handle) {
    var stream = stream(CudaCall.SYNCHRONIZE, handle);
    if (stream.recording != null) {
      stream.recording.invalid = true;
      throw error(CudaCall.SYNCHRONIZE, CudaErrors.CAPTURE_UNSUPPORTED, "the stream records");
    }
    while (stream.frontier.stream().anyMatch(unfinished::contains)) {
      runOne();
    }
  }

  /** Runs everything that was given. */
  void finish() {
    while (!ready.isEmpty()) {
      runOne();
    }
  }

  void beginCapture(long handle) {
    var call = CudaCall.BEGIN_CAPTURE;
    var stream = stream(call, handle);
    if (handle == DEFAULT_STREAM) {
      throw error(call, CudaErrors.CAPTURE_UNSUPPORTED, "the default stream cannot record");
    }
    if (stream.recording != null) {
      throw error(call, CudaErrors.INVALID_VALUE, "the stream records already");
    }
    stream.recording = new Recording(stream);
    stream.recording.streams.add(stream);
    stream.recordedFrontier = new LinkedHashSet<>();
  }

  long endCapture(long handle) {
    var call = CudaCall.END_CAPTURE;
    var stream = stream(call, handle);
    var recording = stream.recording;
    if (recording == null) {
      throw error(call, CudaErrors.INVALID_VALUE, "the stream does not record");
    }
    if (recording.origin != stream) {
      recording.invalid = true;
      throw error(call, CudaErrors.CAPTURE_UNMATCHED, "the recording began in another stream");
    }
    var joined = ancestors(stream.recordedFrontier);
    close(recording);
    if (recording.invalid) {
      throw error(
          call, CudaErrors.CAPTURE_INVALIDATED, "a call during the recording was not allowed");
    }
    int loose = recording.works.size() - joined.size();
    if (loose > 0) {
      throw error(
          call,
          CudaErrors.CAPTURE_UNJOINED,
          "the stream does not wait for " + loose + " pieces of work in other streams");
    }
    graphs.put(nextHandle, List.copyOf(recording.works));
    return nextHandle++;
  }

  void abortCapture(long handle) {
    var recording = stream(CudaCall.ABORT_CAPTURE, handle).recording;
    if (recording != null) {
      close(recording);
    }
  }

  private static void close(Recording recording) {
    for (var stream : recording.streams) {
      stream.recording = null;
      stream.recordedFrontier = new LinkedHashSet<>();
    }
    recording.streams.clear();
  }

  void launchGraph(long graph, long handle) {
    var call = CudaCall.LAUNCH_GRAPH;
    var works = graphs.get(graph);
    if (works == null) {
      throw error(call, CudaErrors.INVALID_HANDLE, "no such graph");
    }
    var stream = stream(call, handle);
    requireValid(call, stream);
    boolean nested = stream.recording != null;
    var before = nested ? stream.recordedFrontier : stillOpen(stream.frontier);
    var copies = new LinkedHashMap<Work, Work>();
    var last = new LinkedHashSet<Work>();
    for (var work : works) {
      var after = work.after.isEmpty() ? before : work.after.stream().map(copies::get).toList();
      var copy = new Work(work.action, after);
      copies.put(work, copy);
      last.add(copy);
      after.forEach(last::remove);
    }
    if (copies.isEmpty()) {
      return;
    }
    if (nested) {
      stream.recording.works.addAll(copies.values());
      stream.recordedFrontier = last;
    } else {
      stream.frontier = last;
      enqueue(copies.values());
    }
  }

  void destroyGraph(long graph) {
    if (graphs.remove(graph) == null) {
      throw error(CudaCall.DESTROY_GRAPH, CudaErrors.INVALID_HANDLE, "no such graph");
    }
  }

  private void enqueue(Collection<Work> works) {
    for (var work : works) {
      if (random == null) {
        work.action.run();
        continue;
      }
      unfinished.add(work);
      for (var before : work.after) {
        before.dependents.add(work);
        work.waitsFor++;
      }
      if (work.waitsFor == 0) {
        ready.add(work);
      }
    }
  }

  private void runOne() {
    var work = ready.remove(random.nextInt(ready.size()));
    try {
      work.action.run();
    } finally {
      unfinished.remove(work);
      for (var next : work.dependents) {
        if (--next.waitsFor == 0) {
          ready.add(next);
        }
      }
    }
  }

  /** What of some work is not done yet: only that has to be waited for. */
  private Set<Work> stillOpen(Set<Work> works) {
    var open = new LinkedHashSet<>(works);
    open.retainAll(unfinished);
    return open;
  }

  private static Set<Work> ancestors(Set<Work> works) {
    var found = new HashSet<>(works);
    var next = new ArrayList<>(works);
    while (!next.isEmpty()) {
      for (var before : next.remove(next.size() - 1).after) {
        if (found.add(before)) {
          next.add(before);
        }
      }
    }
    return found;
  }

  private static void requireValid(CudaCall call, Stream stream) {
    if (stream.recording != null && stream.recording.invalid) {
      throw error(call, CudaErrors.CAPTURE_INVALIDATED, "an earlier call was not allowed");
    }
  }

  private Stream stream(CudaCall call, long handle) {
    var stream = streams.get(handle);
    if (stream == null) {
      throw error(call, CudaErrors.INVALID_HANDLE, "no such stream");
    }
    return stream;
  }

  private Event event(CudaCall call, long handle) {
    var event = events.get(handle);
    if (event == null) {
      throw error(call, CudaErrors.INVALID_HANDLE, "no such event");
    }
    return event;
  }
}
