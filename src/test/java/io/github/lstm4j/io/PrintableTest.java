package io.github.lstm4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatSteersATerminalIsShown() {
    assertThat(Printable.text("é ┃ 𝄞")).isEqualTo("é ┃ 𝄞");
    assertThat(Printable.text("a\u001b[2J\r\nb\tc\u009b\u007f"))
        .isEqualTo("a\\u001b[2J\\u000d\\u000ab\\u0009c\\u009b\\u007f");
    assertThat(Printable.text("a\u202eb\u2028\ud834")).isEqualTo("a\\u202eb\\u2028\\ud834");
    assertThat(Printable.text("a\udb40\udc41")).isEqualTo("a\\U000e0041");
    assertThat(Printable.text(null)).isEqualTo("null");
    assertThat(Printable.quoted("a\u001b ")).isEqualTo("\"a\\u001b \"");
    assertThat(Printable.quoted(List.of("a\n", 1))).isEqualTo("[a\\u000a, 1]");
    assertThat(Printable.quoted(null)).isEqualTo("null");
    assertThat(Printable.text("x".repeat(3000))).hasSize(2001).endsWith("x…");
    assertThat(Printable.lines("a\tb\r\nc\n\rd\u001b")).isEqualTo("a\tb\r\nc\n\\u000dd\\u001b");
  }

  @Test
  void everyFailureHasAReason() {
    assertThat(Printable.reason(new IOException("one\n two"))).isEqualTo("one two");
    assertThat(Printable.reason(new NullPointerException())).isEqualTo("NullPointerException");
    assertThat(Printable.reason(new IOException(" "))).isEqualTo("IOException");
    assertThat(Printable.reason(new NoSuchFileException("a"))).isEqualTo("a: no such file");
    assertThat(Printable.reason(new AccessDeniedException("a"))).isEqualTo("a: access denied");
    assertThat(Printable.reason(new FileAlreadyExistsException("a")))
        .isEqualTo("a: exists already");
    assertThat(Printable.reason(new FileSystemException("a"))).isEqualTo("a: cannot be used");
    assertThat(Printable.reason(new FileSystemException("a", null, "full"))).isEqualTo("a: full");
    assertThat(Printable.reason(new UncheckedIOException(new NoSuchFileException("a"))))
        .isEqualTo("a: no such file");
    assertThat(Printable.reason(new UncheckedIOException("b", new IOException()))).isEqualTo("b");
  }
}
