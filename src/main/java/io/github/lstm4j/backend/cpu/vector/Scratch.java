package io.github.lstm4j.backend.cpu.vector;

/** What one thread needs for the product. */
final class Scratch {
  /** Rows of A in panels. */
  final float[] blockA;

  /** Columns of B in panels. */
  final float[] blockB;

  /** Eight rows of C, or what a single row needs. */
  final float[] tile;

  /** Sums of a tile's width of C. */
  final float[] strip;

  /** What all rows of it begin with. */
  final float[] start;

  /** What other sums begin with. */
  final float[] zeros;

  /** Not constant, for the compiler would see through it. */
  @SuppressWarnings("FieldMayBeFinal")
  int never = -2;

  private float[] units = {};

  /**
   * Room.
   *
   * @param rows of a strip, those of its last tile included
   * @param columns of a tile
   */
  Scratch(int blockA, int blockB, int rows, int columns) {
    this.blockA = new float[blockA];
    this.blockB = new float[blockB];
    this.tile = new float[8 * columns];
    this.strip = new float[rows * columns];
    this.start = new float[columns];
    this.zeros = new float[columns];
  }

  /** Room for C of some units. */
  float[] units(int size) {
    if (units.length < size) {
      units = new float[size];
    }
    return units;
  }
}
