package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.io.PrivateFolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of JCuda's native libraries, each in a folder that is named by its content and that only
 * its owner can write to: {@code ~/.cache/lstm4j/natives/<sha-256>/}. JCuda itself would unpack
 * them to a fixed name in the shared temporary folder and load whatever lies there.
 */
final class NativeCache {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCache.class);

  private final List<Path> caches;

  private NativeCache(List<Path> caches) {
    this.caches = caches;
  }

  /** The cache of this user: {@code XDG_CACHE_HOME}, else {@code ~/.cache}. */
  static NativeCache of(Host host) {
    List<Path> caches = host.folderOf("XDG_CACHE_HOME");
    String home = host.property().apply("user.home");
    if (caches.isEmpty() && home != null && Path.of(home).isAbsolute()) {
      caches = List.of(Path.of(home, ".cache"));
    }
    return new NativeCache(caches);
  }

  /**
   * Brings a library from the class path into the cache, unless it is there with this very content.
   *
   * @param resource its absolute name as a resource
   * @param neighbour a class of the same class loader
   * @return the file, under its own name
   * @throws IOException if there is no such resource, or no place to write to
   */
  Path extract(String resource, Class<?> neighbour) throws IOException {
    byte[] content;
    try (InputStream in = neighbour.getResourceAsStream(resource)) {
      if (in == null) {
        throw new FileNotFoundException("no " + resource + " on the class path");
      }
      content = in.readAllBytes();
    }
    String name = resource.substring(resource.lastIndexOf('/') + 1);
    for (Path cache : caches) {
      try {
        Path folder = PrivateFolder.of(cache, "lstm4j", "natives", sha256(content));
        return place(content, folder.resolve(name));
      } catch (FileSystemException e) {
        LOG.debug("no native libraries in {}: {}", cache, e.toString());
      }
    }
    // A fresh private folder: what another user may have put into the shared one is never loaded.
    Path folder = Files.createTempDirectory("lstm4j-natives-");
    folder.toFile().deleteOnExit();
    Path file = place(content, folder.resolve(name));
    file.toFile().deleteOnExit();
    return file;
  }

  /** Leaves a file that is right; else writes beside it and moves that into place. */
  private static Path place(byte[] content, Path file) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content)) {
      return file;
    }
    Path written = Files.createTempFile(file.getParent(), "part-", ".tmp");
    try {
      Files.write(written, content);
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(written);
    }
    return file;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
