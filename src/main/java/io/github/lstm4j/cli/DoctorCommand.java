package io.github.lstm4j.cli;

import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.runtime.Backends;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Says what this machine offers, what of it is used, and what would make it faster. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what this machine offers and what of it is used.")
final class DoctorCommand implements Callable<Integer> {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> TELLING =
      List.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "amx_tile",
          "asimd",
          "sve");
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private final Console console;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    PrintStream out = console.out();
    Runtime runtime = Runtime.getRuntime();
    line(
        "Java", Runtime.version() + ", " + property("java.vm.name") + ", " + property("java.home"));
    line("System", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
    Map<String, String> cpu = cpuInfo();
    String model = cpu.getOrDefault("model name", cpu.getOrDefault("Processor", "unknown"));
    line("CPU", model);
    line("CPU features", features(cpu));
    line("Processors", String.valueOf(runtime.availableProcessors()));
    line("Heap, at most", (runtime.maxMemory() >> 20) + " MiB");
    boolean vector = ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    line("Matrix product", Backends.cpu().description());
    if (!vector) {
      out.println(
          "                 slower than it could be; run java --add-modules " + VECTOR_MODULE);
    }
    CudaProbe.Result gpu = CudaProbe.result();
    line("GPU", gpu.reason());
    gpu.devices().forEach(d -> line("", d.toString()));
    if (gpu.usable()) {
      line("cuBLAS", gpu.cublasReason());
    }
    return 0;
  }

  private void line(String what, String value) {
    console.out().printf("%-16s %s%n", what, value);
  }

  private static String property(String key) {
    return System.getProperty(key, "?");
  }

  /** The first processor's entries; empty where there is no such file. */
  private static Map<String, String> cpuInfo() {
    Map<String, String> entries = new TreeMap<>();
    try {
      for (String entry : Files.readAllLines(CPU_INFO)) {
        int colon = entry.indexOf(':');
        if (colon > 0) {
          entries.putIfAbsent(
              entry.substring(0, colon).strip(), entry.substring(colon + 1).strip());
        }
      }
    } catch (IOException e) {
      return Map.of();
    }
    return entries;
  }

  private static String features(Map<String, String> cpu) {
    String flags = cpu.getOrDefault("flags", cpu.getOrDefault("Features", ""));
    List<String> known = new ArrayList<>(TELLING);
    known.retainAll(Arrays.asList(flags.split(" ", -1)));
    return known.isEmpty() ? "unknown" : String.join(" ", known);
  }
}
