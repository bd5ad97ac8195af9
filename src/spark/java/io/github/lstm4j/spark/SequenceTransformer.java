package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * Scores sequences that lie in columns of arrays, one sample a row.
 *
 * <pre>{@code
 * Dataset<Row> scored =
 *     SequenceTransformer.of(Models.load(Path.of("model.keras")))
 *         .setInputCols("readings") // array<array<double>>: timesteps, features
 *         .setOutputCols("answer") // array<float>
 *         .transform(data);
 * }</pre>
 *
 * <p>An input (T,F) is an array of arrays of numbers, one of a single axis, such as ids of an
 * embedding, an array of numbers; outputs are alike, of floats. Other columns stay. What the model
 * gives is what {@link Model#predict(Tensor)} gives; see {@link SharedModel}. It is stored and read
 * as Spark's own stages are, within pipelines too.
 */
public final class SequenceTransformer extends Transformer implements MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final byte[] file;
  private final List<Integer> inputRanks; // with the axis of the samples
  private final List<Integer> outputRanks;
  private final StringArrayParam inputCols;
  private final StringArrayParam outputCols;
  private final IntParam batchSize;

  private SequenceTransformer(String uid, byte[] file) {
    this.uid = uid;
    this.file = file;
    inputCols = new StringArrayParam(this, "inputCols", "a column for each input of the model");
    outputCols = new StringArrayParam(this, "outputCols", "a column for each output of the model");
    batchSize = new IntParam(this, "batchSize", "how many rows are predicted together");
    try (Model model = SharedModel.open(file)) {
      inputRanks = ranks(model.graph().inputNames().size(), model.graph()::inputShape);
      outputRanks = ranks(model.outputNames().size(), model.graph()::outputShape);
    }
    setDefault(inputCols, new String[] {"features"});
    setDefault(outputCols, new String[] {"prediction"});
    setDefault(batchSize, 32);
  }

  private interface Shapes {
    Shape of(int number);
  }

  private static List<Integer> ranks(int count, Shapes shapes) {
    return IntStream.range(0, count).mapToObj(i -> shapes.of(i).rank()).toList();
  }

  /** Of a model, as it is now. */
  public static SequenceTransformer of(Model model) {
    return new SequenceTransformer("lstm4j_" + UUID.randomUUID(), SharedModel.bytes(model));
  }

  @Override
  public String uid() {
    return uid;
  }

  /** A column for each input of the model, in its order; default {@code features}. */
  public StringArrayParam inputCols() {
    return inputCols;
  }

  /** A column for each output of the model, in its order; default {@code prediction}. */
  public StringArrayParam outputCols() {
    return outputCols;
  }

  /** How many rows are predicted together; default 32. */
  public IntParam batchSize() {
    return batchSize;
  }

  /** Sets {@link #inputCols}. */
  public SequenceTransformer setInputCols(String... columns) {
    set(inputCols, columns);
    return this;
  }

  /** Sets {@link #outputCols}. */
  public SequenceTransformer setOutputCols(String... columns) {
    set(outputCols, columns);
    return this;
  }

  /** Sets {@link #batchSize}. */
  public SequenceTransformer setBatchSize(int rows) {
    set(batchSize, rows);
    return this;
  }

  private static void requireOneEach(String param, String[] columns, List<Integer> of) {
    if (columns.length != of.size() || Arrays.stream(columns).distinct().count() < columns.length) {
      throw new IllegalArgumentException(
          param
              + ": expected a column for each of the model's "
              + of.size()
              + ", got "
              + Printable.text(List.of(columns)));
    }
  }

  /**
   * The schema with the outputs.
   *
   * @throws IllegalArgumentException if an input is not there or not of the model's axes, an output
   *     is there already, or the number of columns is not the model's; names the column
   */
  @Override
  public StructType transformSchema(StructType schema) {
    String[] in = $(inputCols);
    String[] out = $(outputCols);
    requireOneEach("inputCols", in, inputRanks);
    requireOneEach("outputCols", out, outputRanks);
    if ((int) $(batchSize) < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + $(batchSize));
    }
    for (int i = 0; i < in.length; i++) {
      ArrayColumns.require(schema, in[i], inputRanks.get(i) - 1, "input " + i + " of the model");
    }
    StructType all = schema;
    for (int i = 0; i < out.length; i++) {
      ArrayColumns.requireFree(all, out[i]);
      all = all.add(out[i], ArrayColumns.type(outputRanks.get(i) - 1), false);
    }
    return all;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    StructType schema = transformSchema(data.schema());
    int[] fields = Arrays.stream($(inputCols)).mapToInt(data.schema()::fieldIndex).toArray();
    return data.toDF()
        .mapPartitions(
            SharedModel.of(data.sparkSession(), file)
                .scoring((int) $(batchSize), row -> inputs(row, fields), SequenceTransformer::with),
            Encoders.row(schema));
  }

  private static List<Tensor> inputs(Row row, int[] fields) {
    return Arrays.stream(fields).mapToObj(field -> ArrayColumns.tensor(row, field)).toList();
  }

  private static Row with(Row row, List<Tensor> outputs) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      all.add(row.get(i));
    }
    outputs.forEach(output -> all.add(ArrayColumns.field(output)));
    return RowFactory.create(all.toArray());
  }

  @Override
  public SequenceTransformer copy(ParamMap extra) {
    return copyValues(new SequenceTransformer(uid, file), extra);
  }

  @Override
  public MLWriter write() {
    return new Stored.Writer(this, file);
  }

  /** What reads one that was stored. */
  public static MLReader<SequenceTransformer> read() {
    return new Stored.Reader<>(SequenceTransformer.class, SequenceTransformer::new);
  }

  /** Reads one that was stored. */
  public static SequenceTransformer load(String path) {
    return read().load(path);
  }
}
