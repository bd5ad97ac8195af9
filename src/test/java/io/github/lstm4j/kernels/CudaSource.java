package io.github.lstm4j.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel source {@code kernels/NAME.cu} with the headers it includes.
 *
 * @param name NAME
 * @param files the file names: the source, then its headers by name
 * @param texts their contents, in the same order
 */
record CudaSource(String name, List<String> files, List<String> texts) {
  private static final Pattern INCLUDE = Pattern.compile("^#include \"(.*)\"", Pattern.MULTILINE);
  private static final Pattern MACRO = Pattern.compile("[A-Z_]+");
  private static final Pattern ENTRY =
      Pattern.compile(
          "extern \"C\" __global__ void\\s+(?:__launch_bounds__\\([\\d, ]+\\)\\s+)?(\\w+)\\(([^)]*)\\)");

  /** Reads {@code folder/name.cu} and, recursively, what it includes. */
  static CudaSource read(Path folder, String name) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    String text = Files.readString(folder.resolve(name + ".cu"));
    readIncluded(folder, text, headers);
    List<String> names = List.copyOf(new TreeSet<>(headers.keySet()));
    List<String> files = new java.util.ArrayList<>(List.of(name + ".cu"));
    List<String> texts = new java.util.ArrayList<>(List.of(text));
    for (String header : names) {
      files.add(header);
      texts.add(headers.get(header));
    }
    return new CudaSource(name, List.copyOf(files), List.copyOf(texts));
  }

  private static void readIncluded(Path folder, String text, Map<String, String> headers)
      throws IOException {
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String header = include.group(1);
      if (!headers.containsKey(header)) {
        String content = Files.readString(folder.resolve(header));
        headers.put(header, content);
        readIncluded(folder, content, headers);
      }
    }
  }

  /** SHA-256 over the compile command and every file's name and content. */
  String sha256(String command) {
    StringBuilder all = new StringBuilder(command).append('\n');
    for (int i = 0; i < files.size(); i++) {
      all.append(files.get(i)).append('\n').append(texts.get(i));
    }
    return sha256Of(all.toString());
  }

  /** SHA-256 of a text in UTF-8, as hexadecimal digits. */
  static String sha256Of(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The kernels in order, each with its parameters: name to PTX type (u64, u32 or f32). */
  Map<String, Map<String, String>> entries() {
    Map<String, Map<String, String>> entries = new LinkedHashMap<>();
    Matcher entry = ENTRY.matcher(texts.get(0));
    while (entry.find()) {
      Map<String, String> parameters = new LinkedHashMap<>();
      for (String parameter : expanded(entry.group(2)).split(",", -1)) {
        String declaration = parameter.strip();
        int last = Math.max(declaration.lastIndexOf(' '), declaration.lastIndexOf('*'));
        parameters.put(declaration.substring(last + 1), ptxType(declaration));
      }
      entries.put(entry.group(1), parameters);
    }
    return entries;
  }

  /** Parameters, or those that a macro in one of the files stands for. */
  private String expanded(String parameters) {
    if (!MACRO.matcher(parameters).matches()) {
      return parameters;
    }
    Matcher definition =
        Pattern.compile("^#define " + parameters + " +((?:.*\\\\\n)*.*)$", Pattern.MULTILINE)
            .matcher(String.join("\n", texts));
    if (!definition.find()) {
      throw new IllegalArgumentException("no #define " + parameters + " for " + name);
    }
    return definition.group(1).replace("\\\n", " ");
  }

  private static String ptxType(String declaration) {
    if (declaration.contains("*") || declaration.startsWith("long long ")) {
      return "u64";
    } else if (declaration.startsWith("int ")) {
      return "u32";
    } else if (declaration.startsWith("float ")) {
      return "f32";
    }
    throw new IllegalArgumentException(
        "parameters are pointers, int, long long or float, not " + declaration);
  }
}
