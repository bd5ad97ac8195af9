package io.github.lstm4j.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A machine made of a folder: its files, variables and properties. */
final class FakeHost {
  private final Path root;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private String os = "Linux";
  private String arch = "amd64";

  FakeHost(Path root) {
    this.root = root;
  }

  FakeHost platform(String newOs, String newArch) {
    os = newOs;
    arch = newArch;
    return this;
  }

  FakeHost env(String name, String value) {
    environment.put(name, value);
    return this;
  }

  FakeHost property(String name, String value) {
    properties.put(name, value);
    return this;
  }

  /** Makes a file, given as an absolute path of that machine; returns where it really is. */
  Path file(String absolute, String content) {
    try {
      Path file = root.resolve(absolute.substring(1));
      Files.createDirectories(file.getParent());
      return Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file(String absolute) {
    return file(absolute, "");
  }

  Host host() {
    return new Host(os, arch, properties::get, environment::get, root);
  }
}
