package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The variables in {@code model.weights.h5}, by the path of their owner: {@code layers/lstm/cell}
 * has the kernel, the recurrent kernel and the bias of the first LSTM, {@code
 * layers/bidirectional/backward_layer/cell} those of a backward one, {@code optimizer} the
 * iteration, the learning rate and the slots; {@code ""} is the model itself.
 *
 * <p>An owner without variables (a dropout layer, the LSTM around its cell) has an entry too, as in
 * Keras's files: it carries the name.
 */
public final class WeightTree {
  private static final String VARS = "vars";

  /**
   * What one owner has.
   *
   * @param name the owner's own name, {@code lstm_1}; null if the file gives none
   * @param arrays its variables, in Keras's order
   */
  public record Variables(String name, List<Hdf5Array> arrays) {
    /** Copies the list. */
    public Variables {
      arrays = List.copyOf(arrays);
    }

    /** The variables as float32. */
    public List<Tensor> tensors() {
      return arrays.stream().map(Hdf5Array::tensor).toList();
    }
  }

  private final Map<String, Variables> owners = new LinkedHashMap<>();

  /**
   * Adds an owner.
   *
   * @param path such as {@code layers/lstm/cell}
   * @param name the owner's own name; null writes none
   * @param arrays its variables; empty for an owner without
   * @return this tree
   */
  public WeightTree put(String path, String name, List<Hdf5Array> arrays) {
    if (owners.putIfAbsent(path, new Variables(name, arrays)) != null) {
      throw new IllegalArgumentException("there is already an owner at \"" + path + "\"");
    }
    return this;
  }

  /** Adds an owner of float32 variables. */
  public WeightTree putTensors(String path, String name, List<Tensor> tensors) {
    return put(path, name, tensors.stream().map(Hdf5Array::of).toList());
  }

  /** The owners' paths, in the order in which they were added; in that of the file if read. */
  public Set<String> paths() {
    return Collections.unmodifiableSet(owners.keySet());
  }

  /** Those of the {@link #paths} that have variables, the first of many. */
  List<String> filledPaths() {
    return owners.entrySet().stream()
        .filter(e -> !e.getValue().arrays().isEmpty())
        .map(Map.Entry::getKey)
        .limit(20)
        .toList();
  }

  /** The owner at {@code path}. */
  public Optional<Variables> find(String path) {
    return Optional.ofNullable(owners.get(path));
  }

  /** The variables of the owner at {@code path} as float32; empty if there is none. */
  public List<Tensor> tensors(String path) {
    return find(path).map(Variables::tensors).orElse(List.of());
  }

  Hdf5Group toHdf5() {
    Hdf5Group root = new Hdf5Group();
    owners.forEach(
        (path, variables) -> {
          Hdf5Group vars = root.group(path.isEmpty() ? VARS : path + "/" + VARS);
          if (variables.name() != null) {
            vars.attribute("name", variables.name());
          }
          for (int i = 0; i < variables.arrays().size(); i++) {
            vars.dataset(Integer.toString(i), variables.arrays().get(i));
          }
        });
    return root;
  }

  static WeightTree fromHdf5(Hdf5Reader file, String fileName, ReadBudget budget)
      throws IOException {
    return file.together(
        () -> {
          WeightTree tree = new WeightTree();
          tree.new Walk(file, fileName, budget).group("", 0);
          return tree;
        });
  }

  /** A way through a file's groups. Its links may lead through one group by many paths. */
  private final class Walk {
    private static final int DEEPEST = 50;
    private static final int MOST = 100_000; // far more than a model has layers
    private static final int BYTES = 300; // about what a group on the way takes in memory

    private final Hdf5Reader file;
    private final String fileName;
    private final ReadBudget budget;
    private int groups;

    Walk(Hdf5Reader file, String fileName, ReadBudget budget) {
      this.file = file;
      this.fileName = fileName;
      this.budget = budget;
    }

    void group(String path, int depth) throws IOException {
      if (depth > DEEPEST || ++groups > MOST) {
        throw new IOException(
            fileName
                + (depth > DEEPEST
                    ? ": groups nested too deep at \""
                    : ": more than " + MOST + " groups, linked over and over, at \"")
                + Printable.text(path)
                + "\"");
      }
      budget.take(BYTES + 2L * path.length(), "the tree of weights");
      for (String child : file.groups(path)) {
        String at = path.isEmpty() ? child : path + "/" + child;
        if (child.equals(VARS)) {
          put(path, file.text(at, "name"), arrays(file, fileName, at));
        } else {
          group(at, depth + 1);
        }
      }
    }
  }

  private static List<Hdf5Array> arrays(Hdf5Reader file, String fileName, String vars)
      throws IOException {
    Set<String> found = new HashSet<>(file.datasets(vars));
    List<Hdf5Array> arrays = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if (!found.contains(Integer.toString(i))) {
        throw new IOException(
            fileName
                + ": \""
                + Printable.text(vars)
                + "\" holds "
                + found.size()
                + " variables, which must be called 0, 1, …; got "
                + Printable.text(new TreeSet<>(found)));
      }
      arrays.add(file.array(vars + "/" + i));
    }
    return arrays;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof WeightTree t && owners.equals(t.owners);
  }

  @Override
  public int hashCode() {
    return owners.hashCode();
  }

  @Override
  public String toString() {
    return owners.toString();
  }
}
