package io.github.lstm4j.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  private static final String RESOURCE =
      "/" + NativeCacheTest.class.getName().replace('.', '/') + ".class";

  @TempDir Path root;

  private Path extract() throws Exception {
    FakeHost machine = new FakeHost(root).property("user.home", root.toString());
    return NativeCache.of(machine.host()).extract(RESOURCE, NativeCacheTest.class);
  }

  private static byte[] content() throws Exception {
    try (var in = NativeCacheTest.class.getResourceAsStream(RESOURCE)) {
      return in.readAllBytes();
    }
  }

  @Test
  void theFolderIsNamedByTheContentAndPrivate() throws Exception {
    Path file = extract();
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content()));
    assertThat(file)
        .isEqualTo(root.resolve(".cache/lstm4j/natives/" + hash + "/NativeCacheTest.class"))
        .hasBinaryContent(content());
    assertThat(Files.getPosixFilePermissions(file.getParent()))
        .containsExactlyInAnyOrder(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    try (var beside = Files.list(file.getParent())) {
      assertThat(beside).containsExactly(file);
    }
  }

  @Test
  void aGoodCopyIsKeptAndABadOneReplaced() throws Exception {
    Path file = extract();
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(file, old);
    assertThat(Files.getLastModifiedTime(extract())).isEqualTo(old);

    byte[] same = content();
    same[same.length / 2] ^= 1; // as long, but not the same
    Files.write(file, same);
    assertThat(extract()).hasBinaryContent(content());
    Files.writeString(file, "half a library", UTF_8);
    assertThat(extract()).hasBinaryContent(content());
  }

  @Test
  void withoutAHomeAFreshFolderServes() throws Exception {
    Path home = Files.writeString(root.resolve("home"), "not a folder", UTF_8);
    FakeHost machine = new FakeHost(root).property("user.home", home.toString());
    NativeCache cache = NativeCache.of(machine.host());
    Path first = cache.extract(RESOURCE, NativeCacheTest.class);
    Path second = cache.extract(RESOURCE, NativeCacheTest.class);
    assertThat(first).hasBinaryContent(content());
    assertThat(second).isNotEqualTo(first).hasBinaryContent(content());
    for (Path file : new Path[] {first, second}) {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }

  private static void deleteFresh(Path file) throws Exception {
    Files.delete(file);
    Files.delete(file.getParent());
  }

  @Test
  void aLinkInThePlaceOfAFolderIsNotFollowed() throws Exception {
    Path good = extract();
    for (Path part : new Path[] {good.getParent(), good.getParent().getParent()}) {
      Path foreign = Files.createTempDirectory(root, "foreign");
      Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString("rwxrwxr-x"));
      Path moved = Files.move(part, root.resolve("moved-" + part.getFileName()));
      Files.createSymbolicLink(part, foreign);
      Path file = extract();
      assertThat(file.startsWith(root)).as("%s is not below %s", file, root).isFalse();
      assertThat(file).hasBinaryContent(content());
      deleteFresh(file);
      assertThat(foreign).isEmptyDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(foreign)))
          .isEqualTo("rwxrwxr-x");
      Files.delete(part);
      Files.move(moved, part);
    }
    assertThat(extract()).isEqualTo(good);
  }

  @Test
  void aLinkInThePlaceOfTheLibraryIsReplaced() throws Exception {
    Path file = extract();
    Path foreign = Files.copy(file, root.resolve("foreign")); // right today, another's tomorrow
    Files.delete(file);
    Files.createSymbolicLink(file, foreign);
    assertThat(extract()).isEqualTo(file).isRegularFile();
    assertThat(Files.isSymbolicLink(file)).isFalse();
  }

  @Test
  void anotherUsersFolderIsNotUsed() throws Exception {
    Path folder = extract().getParent();
    UserPrincipal nobody;
    try {
      nobody =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
      Files.setOwner(folder, nobody);
    } catch (IOException e) {
      assumeThat(e).as("only root can give a folder away").isNull();
      return;
    }
    Path file = extract();
    assertThat(file.startsWith(root)).as("%s is not below %s", file, root).isFalse();
    deleteFresh(file);
  }

  @Test
  void whatOthersCouldWriteToIsClosedToThem() throws Exception {
    Path natives = extract().getParent().getParent();
    Files.setPosixFilePermissions(natives, PosixFilePermissions.fromString("rwxrwxrwx"));
    extract();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(natives)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void theCacheFolderItselfMayBeALink() throws Exception {
    Path disk = Files.createDirectory(root.resolve("disk"));
    Files.createSymbolicLink(root.resolve(".cache"), disk);
    assertThat(extract().toRealPath()).startsWith(disk.toRealPath());
  }

  @Test
  void theCacheFollowsXdg() throws Exception {
    FakeHost machine = new FakeHost(root).env("XDG_CACHE_HOME", root.resolve("xdg").toString());
    Path file = NativeCache.of(machine.host()).extract(RESOURCE, NativeCacheTest.class);
    assertThat(file).startsWith(root.resolve("xdg/lstm4j/natives"));
  }

  @Test
  void aMissingResourceIsNamed() {
    NativeCache cache = NativeCache.of(new FakeHost(root).host());
    assertThatThrownBy(() -> cache.extract("/lib/libNone.so", NativeCacheTest.class))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("/lib/libNone.so");
  }
}
