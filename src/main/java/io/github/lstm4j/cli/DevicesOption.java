package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option by which several GPUs share a training. */
final class DevicesOption {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--devices",
      split = ",",
      paramLabel = "N",
      description =
          "With CUDA, the numbers of the devices that share each batch, such as 0,1, instead of"
              + " --device. The results are those of one device, but for rounding.")
  private List<Integer> numbers = List.of();

  /** What trains, open: the first has the model, and all share the batches if there are others. */
  record Open(List<Backend> all) implements AutoCloseable {
    Backend first() {
      return all.get(0);
    }

    Fit share(Fit fit) {
      return all.size() == 1 ? fit : fit.devices(all.toArray(Backend[]::new));
    }

    @Override
    public void close() {
      all.forEach(Backend::close);
    }
  }

  /** Refuses what cannot be shared. */
  void check(BackendOption backend) {
    Checks check = new Checks(command);
    if (numbers.isEmpty()) {
      return;
    }
    check.require(backend.wantsCuda(), "--devices needs --backend cuda");
    check.require(!check.isGiven("--device"), "--devices and --device exclude each other");
    Set<Integer> seen = new HashSet<>();
    for (int number : numbers) {
      check.require(number >= 0, "--devices: numbers count from 0, got " + number);
      check.require(seen.add(number), "--devices has " + number + " twice");
    }
  }

  /**
   * Opens them, or else what {@code backend} says.
   *
   * @throws RuntimeException if one cannot be used; the message says why
   */
  Open open(BackendOption backend, Model model, int batch) {
    if (numbers.isEmpty()) {
      return new Open(List.of(backend.open(model, batch, true)));
    }
    List<Backend> all = new ArrayList<>();
    try {
      for (int number : numbers) {
        all.add(backend.open(number));
      }
    } catch (RuntimeException e) {
      all.forEach(Backend::close);
      throw e;
    }
    return new Open(List.copyOf(all));
  }
}
