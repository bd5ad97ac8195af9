package io.github.lstm4j.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a {@code main} in a JVM of its own, for what is read once when a process starts. */
final class ForkedJvm {
  private ForkedJvm() {}

  /**
   * @param environment what to add to ours; an empty value removes
   * @return what it wrote to both outputs
   */
  static Output run(
      Class<?> main, Map<String, String> environment, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Xmx256m"));
    command.addAll(options);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    try {
      Path log = Files.createTempFile("forked", ".log");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      environment.forEach(
          (name, value) -> {
            if (value.isEmpty()) {
              builder.environment().remove(name);
            } else {
              builder.environment().put(name, value);
            }
          });
      int exit = builder.start().waitFor();
      String text = Files.readString(log, UTF_8);
      Files.delete(log);
      return new Output(exit, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  record Output(int exit, String text) {}
}
