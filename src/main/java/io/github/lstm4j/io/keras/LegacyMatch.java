package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.keras.legacy.LegacyWeights;
import io.github.lstm4j.io.keras.legacy.OldArrays;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which array of a legacy file is which weight of a model. A layer's arrays are its trainable
 * weights, of all layers within, and then those that no training moves, as Keras lists them. A file
 * with an array more or less than the model is refused, never filled up.
 */
final class LegacyMatch {
  private final String where;
  private final List<Hdf5Array> arrays;
  private final boolean theano;
  private final Map<Weight, Tensor> found = new LinkedHashMap<>();
  private int next;

  private LegacyMatch(String where, List<Hdf5Array> arrays, boolean theano) {
    this.where = where;
    this.arrays = arrays;
    this.theano = theano;
  }

  /**
   * Of all layers. Those of the same names belong together; where names differ, as of a model that
   * was written anew, the first layer with weights to the first one, and so on.
   *
   * @throws IllegalArgumentException if they are not the weights of such a model
   */
  static Map<Weight, Tensor> byOrder(LegacyWeights file, Model model) {
    List<Layer> layers = model.layers().stream().filter(l -> !l.weights().isEmpty()).toList();
    List<String> names =
        file.layers().keySet().stream().filter(n -> !file.layers().get(n).isEmpty()).toList();
    List<String> wanted = layers.stream().map(Layer::name).toList();
    if (names.size() != layers.size()) {
      throw new IllegalArgumentException(
          "expected weights of "
              + layers.size()
              + " layers, "
              + Printable.text(wanted)
              + ", got those of "
              + names.size()
              + ", "
              + Printable.text(names)
              + (names.size() < layers.size()
                  ? "; the file lost some, or is of another model"
                  : ""));
    }
    boolean named = new HashSet<>(names).equals(new HashSet<>(wanted));
    Map<Weight, Tensor> all = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      String name = named ? wanted.get(i) : names.get(i);
      all.putAll(of(layers.get(i), name, file));
    }
    return all;
  }

  /**
   * Of the layers whose names the file has; what it has of others is left out, as in Keras.
   *
   * @throws IllegalArgumentException if the weights of such a layer do not fit, or there is none
   */
  static Map<Weight, Tensor> byName(LegacyWeights file, Model model) {
    Map<Weight, Tensor> all = new LinkedHashMap<>();
    for (Layer layer : model.layers()) {
      if (!layer.weights().isEmpty() && file.layers().containsKey(layer.name())) {
        all.putAll(of(layer, layer.name(), file));
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          "no layer of the model has the name of one in the file, "
              + Printable.text(file.layers().keySet()));
    }
    return all;
  }

  private static Map<Weight, Tensor> of(Layer layer, String name, LegacyWeights file) {
    String where = layer + ": ";
    Map<String, Hdf5Array> arrays = file.layers().get(name);
    LegacyMatch match = new LegacyMatch(where, LowRank.merged(layer, arrays), file.theano());
    Set<Weight> seen = new HashSet<>();
    match.take(List.of(layer), Weight::trainable, seen);
    match.take(List.of(layer), w -> !w.trainable(), seen);
    return match.end(layer.weights().size());
  }

  /**
   * One array for each trainable weight of a model, as an optimizer has them.
   *
   * @param arrays of which the first are taken
   * @throws IllegalArgumentException if they do not fit
   */
  static Map<Weight, Tensor> ofTrained(List<Hdf5Array> arrays, Model model, boolean theano) {
    long size = arrays.stream().mapToLong(a -> a.shape().size()).sum();
    long wanted = model.trainableWeights().stream().mapToLong(w -> w.shape().size()).sum();
    if (size != wanted) { // CuDNN's two biases, among others, whose slots do not add up
      throw new IllegalArgumentException(
          "expected " + wanted + " numbers of each slot, got " + size);
    }
    LegacyMatch match = new LegacyMatch("optimizer: ", arrays, theano);
    match.take(model.layers(), Weight::trainable, new HashSet<>());
    return match.end(model.trainableWeights().size());
  }

  /** Gives the layers what is theirs of the next arrays. */
  private void take(List<Layer> layers, Predicate<Weight> which, Set<Weight> seen) {
    for (Layer layer : layers) {
      if (!layer.inner().isEmpty()) {
        take(layer.inner(), which, seen);
        continue;
      }
      List<Weight> weights = layer.weights().stream().filter(which).filter(seen::add).toList();
      if (!weights.isEmpty()) {
        take(layer, weights);
      }
    }
  }

  private void take(Layer layer, List<Weight> weights) {
    List<Hdf5Array> rest = arrays.subList(next, arrays.size());
    int count = OldArrays.count(layer.className(), weights.size(), rest);
    if (count > rest.size()) {
      throw new IllegalArgumentException(
          where
              + "expected "
              + weights.size()
              + " arrays of "
              + layer
              + " behind the first "
              + next
              + ", got "
              + rest.size()
              + "; the file lost some, or is of another model");
    }
    List<Shape> wanted = weights.stream().map(Weight::shape).toList();
    List<Tensor> now = OldArrays.today(layer.className(), rest.subList(0, count), wanted, theano);
    next += count;
    for (int i = 0; i < weights.size(); i++) {
      Weight weight = weights.get(i);
      if (!now.get(i).shape().equals(weight.shape())) {
        throw new IllegalArgumentException(
            where
                + "expected "
                + weight.name()
                + " of shape "
                + weight.shape()
                + ", got "
                + now.get(i).shape());
      }
      found.put(weight, now.get(i));
    }
  }

  private Map<Weight, Tensor> end(int expected) {
    if (next < arrays.size()) {
      List<Shape> more = new ArrayList<>();
      arrays.subList(next, arrays.size()).forEach(a -> more.add(a.shape()));
      throw new IllegalArgumentException(
          where + "expected " + expected + " weights, got more, of the shapes " + more);
    }
    return found;
  }
}
