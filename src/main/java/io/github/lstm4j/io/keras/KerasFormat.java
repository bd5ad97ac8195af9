package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Keras 3's {@code .keras} and {@code .weights.h5} files as a {@link ModelFormat}; see {@link
 * KerasModels} and {@link KerasWeights}.
 */
public final class KerasFormat implements ModelFormat {
  /** For the look-up of services. */
  public KerasFormat() {}

  @Override
  public String ending() {
    return ".keras";
  }

  @Override
  public String weightsEnding() {
    return ".weights.h5";
  }

  @Override
  public void save(Model model, Path file) throws IOException {
    KerasModels.save(model, file);
  }

  @Override
  public void save(Model model, OutputStream out) throws IOException {
    KerasModels.save(model, Map.of(), out);
  }

  @Override
  public Model load(Path file) throws IOException {
    return KerasModels.load(file).model();
  }

  @Override
  public Model load(InputStream in, String name) throws IOException {
    return KerasModels.load(in, name).model();
  }

  @Override
  public void saveWeights(Model model, Path file) throws IOException {
    KerasWeights.save(model, file);
  }

  @Override
  public void saveWeights(Model model, OutputStream out) throws IOException {
    KerasWeights.save(model, out);
  }

  @Override
  public void loadWeights(Model model, Path file) throws IOException {
    KerasWeights.load(model, file);
  }

  @Override
  public void loadWeights(Model model, InputStream in, String name) throws IOException {
    KerasWeights.load(model, in, name);
  }
}
