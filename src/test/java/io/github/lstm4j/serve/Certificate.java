package io.github.lstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A certificate of localhost that signs itself.
 *
 * @param certificate in PEM
 * @param key in PEM
 * @param trusted holds it
 */
record Certificate(Path certificate, Path key, KeyStore trusted) {

  static Certificate make(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("store.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process made =
        new ProcessBuilder(
                (keytool
                        + " -genkeypair -alias a -keyalg EC -groupname secp256r1 -dname CN=localhost"
                        + " -ext san=dns:localhost -storepass changeit -keystore "
                        + store)
                    .split(" ", -1))
            .redirectErrorStream(true)
            .start();
    if (made.waitFor() != 0) {
      throw new IOException(new String(made.getInputStream().readAllBytes(), UTF_8));
    }
    char[] password = "changeit".toCharArray();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("a", keys.getCertificate("a"));
    return new Certificate(
        pem(folder.resolve("c.pem"), "CERTIFICATE", keys.getCertificate("a").getEncoded()),
        pem(folder.resolve("k.pem"), "PRIVATE KEY", keys.getKey("a", password).getEncoded()),
        trusted);
  }

  private static Path pem(Path file, String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }
}
