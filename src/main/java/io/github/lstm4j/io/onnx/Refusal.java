package io.github.lstm4j.io.onnx;

/** What a graph asks for and cannot have; an importer lists all of a file at once. */
final class Refusal extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String node; // null while that is not known

  Refusal(String why) {
    this(null, why);
  }

  private Refusal(String node, String why) {
    super(why);
    this.node = node;
  }

  /** The same, of a node, unless it is of one already. */
  Refusal at(Object where) {
    return node == null ? new Refusal(where.toString(), getMessage()) : this;
  }

  /** With the node before it. */
  String text() {
    return node == null ? getMessage() : node + ": " + getMessage();
  }
}
