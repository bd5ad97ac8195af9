package io.github.lstm4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What {@code mvn -Prelease verify} makes: the jars, and what Maven Central asks of the POM. */
class ArtifactsIT {
  private static final Path TARGET = Path.of("target");
  private static final String LIBRARY = "lstm4j.jar";
  private static final String COMMAND_LINE = "lstm4j-all.jar";
  private static final String CODE = "io/github/lstm4j/";

  private static List<String> files(JarFile jar) {
    return jar.stream().filter(e -> !e.isDirectory()).map(JarEntry::getName).toList();
  }

  private static Set<String> files(String jar) throws IOException {
    try (JarFile file = new JarFile(TARGET.resolve(jar).toFile())) {
      return new TreeSet<>(files(file));
    }
  }

  private static Attributes manifest(String jar) throws IOException {
    try (JarFile file = new JarFile(TARGET.resolve(jar).toFile())) {
      return file.getManifest().getMainAttributes();
    }
  }

  private static String text(String jar, String entry) throws IOException {
    try (JarFile file = new JarFile(TARGET.resolve(jar).toFile())) {
      return new String(file.getInputStream(file.getJarEntry(entry)).readAllBytes(), UTF_8);
    }
  }

  @Test
  void theLibraryIsTheLibraryAlone() throws IOException {
    Set<String> files = files(LIBRARY);
    assertThat(files)
        .contains(CODE + "model/Model.class", CODE + "backend/cpu/vector/VectorGemm.class")
        .contains("kernels/lstm_forward.ptx", "META-INF/LICENSE")
        .noneMatch(f -> f.matches(CODE + "(cli|serve|demo)/.*"))
        .noneMatch(f -> f.endsWith(".properties") && !f.startsWith("META-INF/maven/"))
        .allMatch(f -> f.startsWith(CODE) || f.startsWith("kernels/") || f.startsWith("META-INF/"));
    assertThat(manifest(LIBRARY).getValue("Automatic-Module-Name")).isEqualTo("io.github.lstm4j");
  }

  @ParameterizedTest
  @ValueSource(strings = {LIBRARY, COMMAND_LINE})
  void theLicenceIsOurs(String jar) throws IOException {
    assertThat(text(jar, "META-INF/LICENSE")).isEqualTo(Files.readString(Path.of("LICENSE")));
  }

  @Test
  void sourcesAndJavadocAreThere() throws IOException {
    assertThat(files("lstm4j-sources.jar")).contains(CODE + "model/Model.java");
    Set<String> javadoc = files("lstm4j-javadoc.jar");
    try (var sources = Files.walk(Path.of("src/main/java"))) {
      List<String> packages =
          sources
              .filter(f -> f.endsWith("package-info.java"))
              .map(f -> Path.of("src/main/java").relativize(f.getParent()))
              .map(p -> p.toString().replace(File.separatorChar, '/') + "/package-summary.html")
              .filter(p -> !p.contains("/cpu/vector/"))
              .toList();
      assertThat(javadoc).containsAll(packages).contains(CODE + "layers/LSTM.html");
    }
  }

  /** The command line has what runs, once, and not what only tests use. */
  @Test
  void theCommandLineIsWhole() throws IOException {
    try (JarFile jar = new JarFile(TARGET.resolve(COMMAND_LINE).toFile())) {
      assertThat(files(jar))
          .doesNotHaveDuplicates()
          .contains(CODE + "cli/Main.class", "picocli/CommandLine.class", "simplelogger.properties")
          .noneMatch(f -> f.matches(".*(NvPTXCompiler-|Nvrtc-|JCudaRuntime-).*"))
          .noneMatch(f -> f.endsWith("module-info.class") || f.startsWith("META-INF/maven/"));
      assertThat(files(jar))
          .filteredOn(f -> f.startsWith("lib/"))
          .extracting(f -> f.replaceFirst("lib/(?:lib)?(\\w+)-[\\d.]+-(\\w+)-.*", "$1 $2"))
          .containsExactlyInAnyOrder(
              "JCublas2 linux", "JCublas2 windows", "JCudaDriver linux", "JCudaDriver windows");
    }
    assertThat(manifest(COMMAND_LINE).getValue("Multi-Release")).isEqualTo("true");
    assertThat(text(COMMAND_LINE, "META-INF/services/org.slf4j.spi.SLF4JServiceProvider"))
        .contains("SimpleServiceProvider");
    assertThat(text(COMMAND_LINE, "META-INF/services/io.grpc.LoadBalancerProvider")) // of two jars
        .contains("PickFirstLoadBalancerProvider", "SecretRoundRobinLoadBalancerProvider");
  }

  /** Each library whose classes are in it has its licence there. */
  @Test
  void theLicencesOfLibrariesAreKept() throws IOException {
    Set<String> files = files(COMMAND_LINE);
    Set<String> libraries = new TreeSet<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (path.endsWith(".jar") && !path.endsWith(LIBRARY)) {
        try (JarFile jar = new JarFile(path)) {
          if (files(jar).stream().anyMatch(f -> f.endsWith(".class") && files.contains(f))) {
            String name = Path.of(path).getFileName().toString().replaceFirst("-\\d.*", "");
            libraries.add(
                name.equals("jcublas")
                    ? "jcuda"
                    : name.matches("(netty|grpc)-.*") ? name.split("-", 2)[0] : name);
          }
        }
      }
    }
    assertThat(libraries).contains("jackson-core", "jcuda", "picocli", "slf4j-simple");
    Set<String> licensed =
        files.stream()
            .filter(f -> f.startsWith("META-INF/licenses/") && f.contains("LICENSE"))
            .map(f -> f.split("/", -1)[2])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(licensed).isEqualTo(libraries);
    assertThat(files).contains("META-INF/licenses/jackson-core/META-INF/NOTICE");
  }

  @Test
  void theCommandLineStartsFastByItself() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String jar = TARGET.resolve(COMMAND_LINE).toString();
    Process doctor = new ProcessBuilder(java, "-jar", jar, "doctor").start();
    assertThat(new String(doctor.getInputStream().readAllBytes(), UTF_8)).contains("Vector API");
    assertThat(doctor.getErrorStream().readAllBytes()).isEmpty();
    Process version = new ProcessBuilder(java, "-jar", jar, "--version").start();
    assertThat(new String(version.getInputStream().readAllBytes(), UTF_8).strip())
        .isEqualTo("lstm4j " + manifest(LIBRARY).getValue("Implementation-Version"));
  }

  @Test
  void thePomSaysWhatCentralAsksFor() throws Exception {
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getDocumentElement();
    for (String path :
        List.of(
            "groupId",
            "artifactId",
            "version",
            "name",
            "description",
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "developers/developer/organizationUrl",
            "scm/connection",
            "scm/developerConnection",
            "scm/url")) {
      assertThat(at(project, path)).as(path).isNotBlank();
    }
  }

  private static String at(Element parent, String path) {
    Element element = parent;
    for (String name : path.split("/", -1)) {
      Element found = null;
      for (Node n = element.getFirstChild(); n != null && found == null; n = n.getNextSibling()) {
        found = n instanceof Element e && e.getTagName().equals(name) ? e : null;
      }
      assertThat(found).as(path).isNotNull();
      element = found;
    }
    return element.getTextContent();
  }
}
