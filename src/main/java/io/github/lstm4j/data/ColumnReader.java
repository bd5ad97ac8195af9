package io.github.lstm4j.data;

/** A column while it is read. */
interface ColumnReader {
  /**
   * Adds a field.
   *
   * @param line where it stands
   * @return what is wrong with it, or null
   */
  String add(String field, int line);

  /**
   * The column of all fields.
   *
   * @throws IllegalArgumentException if they make none; says why
   */
  Column finish();
}
