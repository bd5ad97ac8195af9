package io.github.lstm4j.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PTX text says of itself.
 *
 * @param version {@code .version}
 * @param target {@code .target}
 * @param entries the entry points in order of name, each with its parameters' types
 * @param opcodes every instruction with its modifiers, such as {@code fma.rn.f32}
 */
record PtxText(
    String version, String target, Map<String, List<String>> entries, TreeSet<String> opcodes) {
  private static final Pattern VERSION = Pattern.compile("^\\.version (\\S+)$", Pattern.MULTILINE);
  private static final Pattern TARGET = Pattern.compile("^\\.target (\\S+)$", Pattern.MULTILINE);
  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(([^)]*)\\)");
  private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w+)");
  private static final Pattern INSTRUCTION =
      Pattern.compile("^\\s+(?:@!?%\\w+\\s+)?([a-z][a-z0-9_.]*)[^\\n]*;$", Pattern.MULTILINE);

  /** Reads a text. */
  static PtxText parse(String text) {
    Map<String, List<String>> entries = new LinkedHashMap<>();
    Matcher entry = ENTRY.matcher(text);
    while (entry.find()) {
      List<String> types = new ArrayList<>();
      Matcher parameter = PARAMETER.matcher(entry.group(2));
      while (parameter.find()) {
        types.add(parameter.group(1));
      }
      entries.put(entry.group(1), types);
    }
    TreeSet<String> opcodes = new TreeSet<>();
    Matcher instruction = INSTRUCTION.matcher(text);
    while (instruction.find()) {
      opcodes.add(instruction.group(1));
    }
    return new PtxText(first(VERSION, text), first(TARGET, text), entries, opcodes);
  }

  private static String first(Pattern pattern, String text) {
    Matcher m = pattern.matcher(text);
    if (!m.find()) {
      throw new IllegalArgumentException("no " + pattern + " in the PTX");
    }
    return m.group(1);
  }
}
