package io.github.lstm4j.backend.cuda;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of JCuda's native libraries, each in a folder that is named by its content and that only
 * its owner can write to: {@code ~/.cache/lstm4j/natives/<sha-256>/}. JCuda itself would unpack
 * them to a fixed name in the shared temporary folder and load whatever lies there.
 */
final class NativeCache {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCache.class);

  private final List<Path> parents;

  private NativeCache(List<Path> parents) {
    this.parents = parents;
  }

  /** The cache of this user: {@code XDG_CACHE_HOME}, else {@code ~/.cache}. */
  static NativeCache of(Host host) {
    List<Path> parents = host.folderOf("XDG_CACHE_HOME", "lstm4j", "natives");
    String home = host.property().apply("user.home");
    if (parents.isEmpty() && home != null && Path.of(home).isAbsolute()) {
      parents = List.of(Path.of(home, ".cache", "lstm4j", "natives"));
    }
    return new NativeCache(parents);
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
    for (Path parent : parents) {
      try {
        return place(content, privateFolder(parent, sha256(content)).resolve(name));
      } catch (FileSystemException e) {
        LOG.debug("no native libraries in {}: {}", parent, e.toString());
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

  /**
   * The folder for one library. What lies below the user's cache folder ({@code lstm4j}, {@code
   * natives}, the hash) must be folders of ours: whoever could put another one, or a link, in their
   * place could choose what is loaded. The cache folder itself may be anything, also a link.
   *
   * @throws FileSystemException if one of them is a link, no folder, or another user's
   */
  private static Path privateFolder(Path parent, String hash) throws IOException {
    Path cache = parent.getParent().getParent();
    Files.createDirectories(cache);
    Path folder = cache;
    for (Path name : List.of(parent.getParent().getFileName(), parent.getFileName())) {
      folder = folder.resolve(name);
      makeOurs(folder, "rwxr-xr-x");
    }
    folder = folder.resolve(hash);
    makeOurs(folder, "rwx------");
    return folder;
  }

  /** Makes a folder, or checks the one that is there, and takes from others what they may not. */
  private static void makeOurs(Path folder, String most) throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileSystemException(folder.toString(), null, "it is a link, or no folder");
      }
      if (posix && !owner(folder).equals(ownerOfNew(folder))) {
        throw new FileSystemException(folder.toString(), null, "it is another user's");
      }
    }
    if (posix) {
      PosixFileAttributeView view =
          Files.getFileAttributeView(
              folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
      Set<PosixFilePermission> now = view.readAttributes().permissions();
      Set<PosixFilePermission> allowed = PosixFilePermissions.fromString(most);
      if (!allowed.containsAll(now)) {
        now.retainAll(allowed);
        view.setPermissions(now);
      }
    }
  }

  private static UserPrincipal owner(Path path) throws IOException {
    return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Who we are, as the file system sees it. */
  private static UserPrincipal ownerOfNew(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, "owner-", ".tmp");
    try {
      return owner(probe);
    } finally {
      Files.delete(probe);
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
