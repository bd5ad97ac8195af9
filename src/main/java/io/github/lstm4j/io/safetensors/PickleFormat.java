package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * PyTorch's {@code .pt} and {@code .pth} files, which are not read: a pickle is a program of
 * Python's, and what it makes may be anything. The error says how to make safetensors of them.
 */
public final class PickleFormat implements ModelFormat {
  /** For the look-up of services. */
  public PickleFormat() {}

  @Override
  public String name() {
    return "PyTorch pickle";
  }

  @Override
  public boolean isRead() {
    return false;
  }

  /** A pickle of protocol 2 to 5, or a ZIP archive whose first entry is one of torch.save's. */
  @Override
  public boolean recognizes(ModelFile file) {
    if (SafeTensorsFormat.isSafeTensors(file)) {
      return false; // the length of a header can have the bytes that a pickle begins with
    }
    byte[] head = file.head();
    if (head.length > 1 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5) {
      return true;
    }
    if (!file.startsWith((byte) 'P', (byte) 'K', (byte) 3, (byte) 4) || head.length < 30) {
      return false;
    }
    int length = Math.min((head[26] & 0xff) | (head[27] & 0xff) << 8, head.length - 30);
    String first = new String(head, 30, length, StandardCharsets.UTF_8);
    return first.matches(
        "[^/]+/(data\\.pkl|constants\\.pkl|version|byteorder|\\.format_version"
            + "|\\.storage_alignment|(data|code|extra|constants)/.*)");
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    throw refused(file);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    throw refused(file);
  }

  private static IOException refused(ModelFile file) {
    return new IOException(
        file.name()
            + ": this is a pickle of PyTorch, a program that is not run; in Python, make tensors of"
            + " it:\n"
            + "  state = torch.load(\"model.pt\", weights_only=True)  # of a whole module:"
            + " weights_only=False, then .state_dict(); of a checkpoint: [\"state_dict\"]\n"
            + "  safetensors.torch.save_file({k: v.contiguous().clone() for k, v in state.items()},"
            + " \"model.safetensors\")");
  }
}
