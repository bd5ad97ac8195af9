package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * The HDF5 files of Keras 1, 2 and 3 as a {@link ModelFormat}: whole models, and weights alone of
 * whatever age; see {@link KerasModels} and {@link KerasWeights}.
 */
public final class KerasHdf5Format implements ModelFormat {
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final int FIRST_BLOCK = 512; // a user's own block before HDF5's has 2^n times that

  /** For the look-up of services. */
  public KerasHdf5Format() {}

  @Override
  public String name() {
    return "Keras HDF5";
  }

  @Override
  public boolean recognizes(ModelFile file) {
    byte[] head = file.head();
    boolean found = file.startsWith(HDF5);
    for (int at = FIRST_BLOCK; at + HDF5.length <= head.length; at *= 2) {
      found |= Arrays.equals(head, at, at + HDF5.length, HDF5, 0, HDF5.length);
    }
    return found;
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    return KerasModels.load(file);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    KerasWeights.load(model, file);
  }

  @Override
  public List<String> endings() {
    return List.of(".h5", ".hdf5");
  }

  @Override
  public void save(Model model, OutputStream out) throws IOException {
    KerasModels.saveLegacy(model, out);
  }
}
