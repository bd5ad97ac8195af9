package io.github.lstm4j.cli;

import io.github.lstm4j.callbacks.BackupAndRestore;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.training.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the last whole epoch of a training left, with the options and the data that it came from:
 * only the same go on.
 *
 * @param file a {@code .keras} file, a forecast of its own
 * @param options what decides the result, by the names of the options
 */
record Checkpoint(Path file, Map<String, String> options) {
  private static final String KEY = "train";

  /** What a file holds, so that another one in its place is seen. */
  static String sumOf(Path file) throws IOException {
    try {
      MessageDigest sum = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), sum)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(sum.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Saves a model after each epoch; at the begin it takes up what is there. */
  BackupAndRestore saving(Model model, Map<String, Object> extra) {
    Map<String, Object> all = new LinkedHashMap<>(extra);
    all.put(KEY, options);
    model.extra(all);
    return new BackupAndRestore(file)
        .deleteCheckpoint(false); // not before the model itself is written
  }

  /**
   * After how many epochs the file was saved.
   *
   * @throws IOException if it is none of this training; names the first option that differs
   */
  int epochs() throws IOException {
    try (Model model = Models.load(file)) {
      Progress progress = model.progress();
      if (progress == null || !(model.extra().get(KEY) instanceof Map<?, ?> then)) {
        throw new IOException(file + ": expected a checkpoint of train, got another model");
      }
      for (Map.Entry<String, String> now : options.entrySet()) {
        Object before = then.get(now.getKey());
        boolean open = now.getKey().equals("--seed") && now.getValue() == null; // that of the file
        if (!open && !String.valueOf(before).equals(String.valueOf(now.getValue()))) {
          throw new IOException(
              file
                  + ": the training was begun with another "
                  + now.getKey()
                  + ": "
                  + Printable.text(said(before))
                  + ", now "
                  + said(now.getValue())
                  + "; give what it was begun with, or remove the file to begin anew");
        }
      }
      return progress.epoch();
    }
  }

  private static String said(Object value) {
    return value == null ? "none" : value.toString();
  }
}
