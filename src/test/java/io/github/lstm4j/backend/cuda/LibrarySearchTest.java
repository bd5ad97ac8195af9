package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
  @TempDir Path root;

  private LibrarySearch search(FakeHost machine) {
    return new LibrarySearch(machine.host());
  }

  @Test
  void aBareMachineHasNeitherDriverNorCublas() {
    LibrarySearch search = search(new FakeHost(root));
    assertThat(search.drivers()).isEmpty();
    assertThat(search.cublas(12)).isEmpty();
  }

  @Test
  void driversComeInTheOrderOfTheDynamicLinker() {
    FakeHost machine = new FakeHost(root);
    Path compat = machine.file("/usr/local/cuda/compat/libcuda.so.1");
    Path system = machine.file("/usr/lib/x86_64-linux-gnu/libcuda.so.1");
    Path cached = machine.file("/opt/driver/libcuda.so.1");
    Path named = machine.file("/home/me/sim/libcuda.so.1");
    machine.file(
        "/etc/ld.so.cache",
        "glibc-ld.so.cache1.1\0\3\0libz.so.1\0/lib/libz.so.1\0libcuda.so.1\0/opt/driver/libcuda.so.1\0"
            + "libcuda.so\0/opt/driver/libcuda.so\0/gone/libcuda.so.1\0");
    machine.env("LD_LIBRARY_PATH", "::relative:" + root.resolve("empty") + ":" + named.getParent());
    assertThat(search(machine).drivers()).containsExactly(named, cached, system, compat);
  }

  @Test
  void aFolderOfTheNameIsNoLibrary() throws Exception {
    Files.createDirectories(root.resolve("usr/lib64/libcuda.so.1"));
    assertThat(search(new FakeHost(root)).drivers()).isEmpty();
  }

  @Test
  void windowsHasOtherNames() {
    FakeHost machine = new FakeHost(root).platform("Windows 11", "amd64");
    Path driver = machine.file("/Windows/System32/nvcuda.dll");
    Path cublas = machine.file("/toolkit/bin/cublas64_12.dll");
    machine.env("SystemRoot", root.resolve("Windows").toString());
    machine.env("CUDA_PATH", root.resolve("toolkit").toString());
    assertThat(machine.host().platform()).isEqualTo("windows-x86_64");
    assertThat(search(machine).drivers()).containsExactly(driver);
    assertThat(search(machine).cublas(12)).containsExactly(cublas);
  }

  @Test
  void cublasIsFoundInEveryUsualPlaceAndTheLinkersPathWins() {
    FakeHost machine = new FakeHost(root);
    Path system = machine.file("/usr/lib/x86_64-linux-gnu/libcublas.so.12");
    Path dist = machine.file("/usr/lib/python3/dist-packages/nvidia/cublas/lib/libcublas.so.12");
    Path site =
        machine.file("/usr/local/lib/python3.12/site-packages/nvidia/cublas/lib/libcublas.so.12");
    Path venv =
        machine.file(
            "/home/me/venv/lib/python3.11/site-packages/nvidia/cublas/lib/libcublas.so.12");
    Path conda = machine.file("/opt/miniforge/lib/libcublas.so.12");
    Path older = machine.file("/usr/local/cuda-12.2/lib64/libcublas.so.12");
    Path newer = machine.file("/usr/local/cuda-12.6/lib64/libcublas.so.12");
    Path home = machine.file("/toolkit/lib64/libcublas.so.12");
    Path named = machine.file("/home/me/lib/libcublas.so.12");
    machine.file("/usr/local/cuda-13.0/lib64/libcublas.so.13");
    machine.env("VIRTUAL_ENV", root.resolve("home/me/venv").toString());
    machine.env("CONDA_PREFIX", root.resolve("opt/miniforge").toString());
    machine.env("CUDA_HOME", root.resolve("toolkit").toString());
    machine.env("LD_LIBRARY_PATH", named.getParent().toString());
    assertThat(search(machine).cublas(12))
        .containsExactly(named, home, newer, older, conda, venv, site, dist, system);
  }

  @Test
  void aNamedPlaceIsTheOnlyOne() {
    FakeHost machine = new FakeHost(root);
    machine.file("/usr/lib64/libcublas.so.12");
    Path renamed = machine.file("/mine/cublas-of-mine.so");
    Path below = machine.file("/toolkit/lib64/libcublas.so.12");
    machine.env("LSTM4J_CUBLAS", renamed.toString());
    assertThat(search(machine).cublas(12)).containsExactly(renamed);
    machine.property("lstm4j.cublas", root.resolve("toolkit").toString());
    assertThat(search(machine).cublas(12)).as("the property wins").containsExactly(below);
    machine.property("lstm4j.cublas", root.resolve("nowhere").toString());
    assertThat(search(machine).cublas(12)).isEmpty();
    machine.property("lstm4j.cublas", "off");
    assertThat(search(machine).cublas(12)).isEmpty();
  }
}
