package io.github.lstm4j.backend.cpu;

/**
 * A matrix product in words: {@code product.of(m, n, k).a(x, at, ld).b(w, at, ld).into(y, at, ld)}
 * is {@code y = x·w}, (m,k)x(k,n) -> (m,n). A matrix is given by its span, where it begins in it,
 * and its leading dimension; a transposed one as it is stored.
 *
 * <p>One object says many products, one after the other; it belongs to one thread.
 */
final class Product {
  private final Gemm gemm;
  private final ThreadTeam team;
  private int m;
  private int n;
  private int k;
  private Span a;
  private int aAt;
  private int lda;
  private boolean transposeA;
  private Span b;
  private int bAt;
  private int ldb;
  private boolean transposeB;

  /**
   * @param team whose threads share each product; null: the calling thread does all
   */
  Product(Gemm gemm, ThreadTeam team) {
    this.gemm = gemm;
    this.team = team;
  }

  /** (m,k)x(k,n) -> (m,n). */
  Product of(int m, int n, int k) {
    this.m = m;
    this.n = n;
    this.k = k;
    return this;
  }

  /** The left matrix (m,k). */
  Product a(Span span, int at, int ld) {
    return a(span, at, ld, false);
  }

  /** The left matrix, stored as (k,m). */
  Product aTransposed(Span span, int at, int ld) {
    return a(span, at, ld, true);
  }

  private Product a(Span span, int at, int ld, boolean transposed) {
    this.a = span;
    this.aAt = span.at() + at;
    this.lda = ld;
    this.transposeA = transposed;
    return this;
  }

  /** The right matrix (k,n). */
  Product b(Span span, int at, int ld) {
    return b(span, at, ld, false);
  }

  /** The right matrix, stored as (n,k). */
  Product bTransposed(Span span, int at, int ld) {
    return b(span, at, ld, true);
  }

  /** The right matrix, stored as (k,n) or transposed. */
  Product b(Span span, int at, int ld, boolean transposed) {
    this.b = span;
    this.bAt = span.at() + at;
    this.ldb = ld;
    this.transposeB = transposed;
    return this;
  }

  /** Computes it. */
  void into(Span c, int at, int ld) {
    into(c, at, ld, false);
  }

  /** Computes it and adds it to what is there. */
  void addTo(Span c, int at, int ld) {
    into(c, at, ld, true);
  }

  /** Computes it, and adds it to what is there or replaces that. */
  void into(Span c, int at, int ld, boolean add) {
    float[] x = a.values();
    float[] y = b.values();
    float[] z = c.values();
    int to = c.at() + at;
    if (team == null) {
      gemm.multiply(transposeA, transposeB, m, n, k, x, aAt, lda, y, bAt, ldb, z, to, ld, add);
    } else {
      gemm.multiply(
          transposeA, transposeB, m, n, k, x, aAt, lda, y, bAt, ldb, z, to, ld, add, team);
    }
  }
}
