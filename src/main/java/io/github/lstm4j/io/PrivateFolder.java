package io.github.lstm4j.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/**
 * Folders in the user's cache for what is loaded from there as code: whoever could put another one,
 * or a link, in their place could choose what that is.
 */
public final class PrivateFolder {
  private PrivateFolder() {}

  /**
   * The folder {@code cache/names[0]/names[1]/…}, made where it is missing. All of the names are
   * folders of ours that no other user can write to, the last of them one that no other can read;
   * the cache folder itself may be anything, also a link.
   *
   * @throws FileSystemException if one of them is a link, no folder, or another user's
   * @throws IOException if there is none, and it cannot be made
   */
  public static Path of(Path cache, String... names) throws IOException {
    Files.createDirectories(cache);
    Path folder = cache;
    for (int i = 0; i < names.length; i++) {
      folder = folder.resolve(names[i]);
      makeOurs(folder, i < names.length - 1 ? "rwxr-xr-x" : "rwx------");
    }
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
    // anybody may guess the name: for one that nobody can, a JVM takes 25 ms to get ready
    String name = "owner-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp";
    Path probe = Files.createFile(folder.resolve(name));
    try {
      return owner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
