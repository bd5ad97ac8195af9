package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.OnnxGraphs.Case;
import io.github.lstm4j.io.onnx.export.OnnxCases;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.OnnxFile;
import io.github.lstm4j.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** ONNX's operators, as the tests' graphs have them and as we write them: a table in Markdown. */
public final class OnnxOperatorsTable {
  private static final Path ATTRIBUTES = Path.of("src/test/resources/golden/onnx/attributes.csv");

  /** What graphs have of an operator. */
  private static final class Seen {
    private final Set<Long> opsets = new TreeSet<>();
    private final Set<String> attributes = new TreeSet<>();

    static void note(Map<String, Seen> all, GraphProto graph, long opset) {
      for (NodeProto node : graph.nodes()) {
        Seen seen = all.computeIfAbsent(node.opType(), op -> new Seen());
        seen.opsets.add(opset);
        for (NodeProto.Attribute a : node.attributes()) {
          seen.attributes.add(a.name());
          if (a.value() instanceof GraphProto inner) {
            note(all, inner, opset);
          }
        }
      }
    }

    /** {@code 7, 9–13}. */
    String versions() {
      List<String> runs = new ArrayList<>();
      long from = -1;
      for (long v : opsets) {
        if (!opsets.contains(v - 1)) {
          from = v;
        }
        if (!opsets.contains(v + 1)) {
          runs.add(from == v ? String.valueOf(v) : from + "–" + v);
        }
      }
      return String.join(", ", runs);
    }
  }

  private OnnxOperatorsTable() {}

  /** The table, with what it means. */
  public static String of() throws IOException {
    Map<String, Seen> read = new TreeMap<>();
    for (Case c : OnnxGraphs.of(OnnxImportTest.folders())) {
      try (OnnxFile file = OnnxGraphs.open(c.model(), c.name())) {
        ModelProto model = file.model();
        Seen.note(read, model.graph(), model.opset());
      }
    }
    Map<String, Seen> written = new TreeMap<>();
    for (Supplier<Model> made : OnnxCases.all().values()) {
      try (Model model = made.get()) {
        Seen.note(written, new OnnxExport().of(model).graph(), OnnxExport.STANDARD_OPSET);
      }
    }
    StringBuilder rows = new StringBuilder();
    rows.append(
        "Of which opsets, and with which attributes, graphs of other programs have an operator:"
            + " `OnnxImportTest` runs each and compares with the recorded numbers. An attribute that"
            + " is in none of them is tried by no graph, or refused by its name. *Written*: whether"
            + " models that `OnnxExportTest` gives to ONNX Runtime have it, of opset "
            + OnnxExport.STANDARD_OPSET
            + ". Operators that are not here are refused by name.\n\n");
    rows.append("| operator | read | opsets | attributes | attributes in no graph | written |\n");
    rows.append("|---|---|---|---|---|---|\n");
    Map<String, Set<String>> attributes = attributes();
    Set<String> all = new TreeSet<>(read.keySet());
    all.addAll(written.keySet());
    all.addAll(GraphImport.operators());
    for (String op : all) {
      Seen in = read.getOrDefault(op, new Seen());
      Seen out = written.getOrDefault(op, new Seen());
      Set<String> never = new TreeSet<>(attributes.getOrDefault(op, Set.of()));
      never.removeAll(in.attributes);
      boolean known = GraphImport.operators().contains(op);
      rows.append("| ")
          .append(
              String.join(
                  " | ",
                  op,
                  known ? "yes" : "refused",
                  in.opsets.isEmpty() ? (known ? "in no graph" : "–") : in.versions(),
                  names(in.attributes),
                  known ? names(never) : "–",
                  out.opsets.isEmpty() ? "–" : "yes"))
          .append(" |\n");
    }
    return rows.toString();
  }

  private static String names(Set<String> names) {
    return names.isEmpty() ? "–" : "`" + String.join("`, `", names) + "`";
  }

  private static Map<String, Set<String>> attributes() throws IOException {
    Map<String, Set<String>> all = new TreeMap<>();
    List<String> lines = Files.readAllLines(ATTRIBUTES);
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      Set<String> names = new TreeSet<>(List.of(cells[2].split(" ", -1)));
      names.remove("");
      all.put(cells[0], names);
    }
    return all;
  }
}
