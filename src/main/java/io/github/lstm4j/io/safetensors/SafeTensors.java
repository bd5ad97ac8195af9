package io.github.lstm4j.io.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.FloatType;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.StoredFloats;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file that is read: a number of 8 bytes, so many bytes of JSON, and then the tensors
 * one behind the other. As the format's own library does, it is refused where tensors overlap,
 * leave gaps or end elsewhere than the file; see <a
 * href="https://github.com/huggingface/safetensors#format">github.com/huggingface/safetensors</a>.
 */
final class SafeTensors implements Closeable {
  private static final int PREFIX = 8;
  private static final long LONGEST_HEADER = 100_000_000; // the library's own limit
  private static final int HEADER_SHARE = 6; // about what its entries fill, for each byte
  private static final String METADATA = "__metadata__";

  /** The bytes of an element of each type. */
  private static final Map<String, Integer> BYTES =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F32", 4),
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("F64", 8));

  private static final Map<String, FloatType> FLOATS =
      Map.of(
          "F16", FloatType.FLOAT16,
          "BF16", FloatType.BFLOAT16,
          "F32", FloatType.FLOAT32,
          "F64", FloatType.FLOAT64);

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10)
                  .maxStringLength((int) LONGEST_HEADER)
                  .maxNameLength(50_000)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /**
   * Where a tensor lies.
   *
   * @param from behind the header
   */
  private record Entry(String name, String dtype, List<Long> dims, long from, long to) {}

  private final FileWindow window;
  private final String file;
  private final ReadBudget budget;
  private final long dataAt;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafeTensors(FileWindow window, ModelFile source, ReadBudget budget) throws IOException {
    this.window = window;
    this.file = source.name();
    this.budget = budget;
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
    if (window.size() < PREFIX) {
      throw damaged("it ends after " + window.size() + " bytes");
    }
    window.read(0, prefix);
    long length = prefix.flip().getLong();
    if (length < 0 || length > LONGEST_HEADER || length > window.size() - PREFIX) {
      throw damaged(
          "its header would have "
              + Long.toUnsignedString(length)
              + " bytes, but the file has "
              + window.size()
              + (length > LONGEST_HEADER ? ", and a header at most " + LONGEST_HEADER : ""));
    }
    budget.take(length * HEADER_SHARE, "the header");
    byte[] header = new byte[(int) length];
    window.read(PREFIX, ByteBuffer.wrap(header));
    this.dataAt = PREFIX + length;
    readHeader(header);
    requireWhole();
  }

  /**
   * Opens a file and reads what it says of its tensors.
   *
   * @throws IOException if it is none, or damaged; names what of it
   */
  static SafeTensors open(ModelFile source, ReadBudget budget) throws IOException {
    FileWindow window = FileWindow.of(source.path());
    try {
      return new SafeTensors(window, source, budget);
    } catch (IOException | RuntimeException | Error e) {
      window.close();
      throw e;
    }
  }

  private IOException damaged(String what) {
    return new IOException(file + ": this safetensors file is damaged: " + what);
  }

  // ---------------------------------------------------------------- header

  private void readHeader(byte[] header) throws IOException {
    try (JsonParser json = JSON.createParser(header)) {
      if (header.length == 0 || header[0] != '{') {
        throw damaged("its header is no JSON object");
      }
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        require(json, JsonToken.START_OBJECT, name);
        if (name.equals(METADATA)) {
          readMetadata(json);
        } else {
          entries.put(name, entry(name, json));
        }
      }
      if (json.nextToken() != null) {
        throw damaged("more follows its header's JSON");
      }
    } catch (JsonProcessingException e) {
      throw damaged("its header: " + Printable.text(e.getOriginalMessage()));
    }
  }

  private void require(JsonParser json, JsonToken wanted, String of) throws IOException {
    if (json.nextToken() != wanted) {
      throw damaged(Printable.quoted(of) + ": expected " + wanted + ", got " + json.currentToken());
    }
  }

  private void readMetadata(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      require(json, JsonToken.VALUE_STRING, METADATA + ", " + key);
      metadata.put(key, json.getText());
    }
  }

  private Entry entry(String name, JsonParser json) throws IOException {
    String dtype = null;
    List<Long> dims = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      switch (key) {
        case "dtype" -> {
          require(json, JsonToken.VALUE_STRING, name + ", dtype");
          dtype = json.getText();
        }
        case "shape" -> dims = numbers(name + ", shape", json);
        case "data_offsets" -> offsets = numbers(name + ", data_offsets", json);
        default ->
            throw damaged(
                Printable.quoted(name)
                    + ": "
                    + Printable.quoted(key)
                    + " is not known; there are dtype, shape and data_offsets");
      }
    }
    if (dtype == null || dims == null || offsets == null || offsets.size() != 2) {
      throw damaged(Printable.quoted(name) + ": expected dtype, shape and two data_offsets");
    }
    Entry entry = new Entry(name, dtype, dims, offsets.get(0), offsets.get(1));
    long bytes = bytes(entry);
    if (entry.to - entry.from != bytes) {
      throw damaged(
          Printable.quoted(name)
              + ": "
              + dtype
              + " of shape "
              + dims
              + " are "
              + bytes
              + " bytes, but its data_offsets are "
              + offsets);
    }
    return entry;
  }

  private List<Long> numbers(String of, JsonParser json) throws IOException {
    require(json, JsonToken.START_ARRAY, of);
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() < 0) {
        throw damaged(
            Printable.quoted(of)
                + ": expected whole numbers of at least 0, got "
                + Printable.text(json.getText()));
      }
      numbers.add(json.getLongValue());
    }
    return numbers;
  }

  private long bytes(Entry entry) throws IOException {
    Integer each = BYTES.get(entry.dtype);
    if (each == null) {
      throw damaged(
          Printable.quoted(entry.name)
              + ": dtype "
              + Printable.quoted(entry.dtype)
              + " is not known");
    }
    try {
      long bytes = each;
      for (long d : entry.dims) {
        bytes = Math.multiplyExact(bytes, d);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw damaged(Printable.quoted(entry.name) + ": no file holds the shape " + entry.dims);
    }
  }

  /** The tensors must fill the file, one behind the other. */
  private void requireWhole() throws IOException {
    List<Entry> inOrder = new ArrayList<>(entries.values());
    inOrder.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
    long at = 0;
    for (Entry entry : inOrder) {
      if (entry.from != at) {
        throw damaged(
            Printable.quoted(entry.name)
                + " begins at byte "
                + entry.from
                + " of the data, but the tensor before it ends at "
                + at);
      }
      at = entry.to;
    }
    if (at != window.size() - dataAt) {
      throw damaged(
          "its tensors end at byte "
              + at
              + " of the data, but there are "
              + (window.size() - dataAt)
              + "; is the file cut short?");
    }
  }

  // ---------------------------------------------------------------- tensors

  /** What the file says beside its tensors. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** The names of the tensors. */
  List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** The dimensions of a tensor. */
  List<Long> dims(String name) {
    return entries.get(name).dims;
  }

  /** A tensor of fractions, which is read when it is asked for. */
  final class Stored {
    private final Entry entry;
    private final FloatType type;

    private Stored(Entry entry, FloatType type) {
      this.entry = entry;
      this.type = type;
    }

    private float[] read(StoredFloats.Reading reading) throws IOException {
      long count = (entry.to - entry.from) / type.bytes();
      budget.take(count * Float.BYTES, entry.name);
      try {
        return reading.of(
            new StoredFloats(
                window,
                dataAt + entry.from,
                Math.toIntExact(count),
                type,
                ByteOrder.LITTLE_ENDIAN));
      } catch (EOFException | FloatType.TooLarge e) {
        throw new IOException(
            file + ": " + Printable.quoted(entry.name) + ": " + Printable.reason(e), e);
      }
    }

    private Shape shape() {
      return Shape.of(entry.dims.stream().mapToInt(Math::toIntExact).toArray());
    }

    /**
     * As it lies there, as float32.
     *
     * @throws IOException if it does not fit the budget, or holds what float32 cannot
     */
    Tensor tensor() throws IOException {
      return Tensor.of(read(StoredFloats::all), shape());
    }

    /**
     * A matrix, transposed; see {@link StoredFloats#columns}.
     *
     * @throws IOException as {@link #tensor}
     */
    Tensor columns(int... order) throws IOException {
      int rows = shape().dim(0);
      return Tensor.of(read(floats -> floats.columns(rows, order)), shape().dim(1), rows);
    }
  }

  /**
   * A tensor of fractions.
   *
   * @throws IOException if its numbers are none
   */
  Stored tensor(String name) throws IOException {
    Entry entry = entries.get(name);
    FloatType type = FLOATS.get(entry.dtype);
    if (type == null) {
      throw new IOException(
          file
              + ": "
              + Printable.quoted(name)
              + ": expected F32, F64, F16 or BF16, got "
              + entry.dtype);
    }
    return new Stored(entry, type);
  }

  @Override
  public void close() throws IOException {
    window.close();
  }
}
