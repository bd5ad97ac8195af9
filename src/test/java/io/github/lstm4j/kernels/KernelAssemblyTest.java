package io.github.lstm4j.kernels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every shipped PTX is assembled by JCuda's own PTX compiler (which needs neither GPU nor toolkit)
 * for every GPU generation that it knows, without a spilled register or a byte of stack.
 */
class KernelAssemblyTest {
  private static final List<String> ARCHITECTURES = KernelResources.ARCHITECTURES;

  /** Above this, fewer than two blocks of 256 threads share a multiprocessor: others keep below. */
  private static final int MOST_REGISTERS = 128;

  private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern STACK =
      Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");

  /**
   * What the kernels are made of. Whatever is new here must also be known to the PTX interpreter of
   * the tests, and exist in PTX 6.0 on sm_60.
   */
  private static final Set<String> OPCODES =
      Set.of(
          """
          abs.f32 add.f32 add.rn.f32 add.rz.f32 add.s32 add.s64 and.b16 and.b32 and.pred bar.sync bfi.b32
          ld.global.v4.f32 ld.shared.u32 min.s32 st.shared.u32 st.shared.v2.f32
          bfind.shiftamt.u32 bra bra.uni brev.b32 copysign.f32 cvt.rn.f32.s32 cvt.rn.f32.u32
          cvt.rmi.f32.f32 cvt.rni.f32.f32 cvt.rzi.f32.f32 cvt.rzi.s32.f32 cvt.rzi.u32.f32 cvt.s64.s32 cvt.sat.f32.f32 cvt.u32.u64
          cvt.u64.u32 cvta.to.global.u64 div.rn.f32 div.s32 div.u32 ex2.approx.f32 ex2.approx.ftz.f32
          fma.rm.f32 fma.rn.f32 ld.global.f32 ld.global.u32 ld.global.u64 ld.global.v2.u32
          ld.param.f32 ld.param.u32 ld.param.u64 ld.shared.f32 ld.shared.v2.f32
          ld.shared.v4.f32 mad.lo.s32 max.f32 max.u32 min.u32 mov.b32 mov.f32 mov.pred mov.u16
          mov.u32 mov.u64 mul.f32 mul.hi.u32 mul.lo.s32 mul.lo.s64 mul.rn.f32 mul.wide.s32
          mul.wide.u32 neg.f32 neg.s32 neg.s64 not.b32 not.pred or.b32 or.pred
          rcp.approx.ftz.f32 rcp.rn.f32 rem.u32 ret selp.b32 selp.b64 selp.f32 selp.u16 selp.u32
          setp.eq.b32 setp.eq.f32 setp.eq.s16 setp.eq.s32 setp.eq.s64 setp.ge.f32 setp.ge.s32 setp.ge.u32
          setp.geu.f32 setp.gt.f32 setp.gt.s32 setp.gt.u32 setp.gtu.f32 setp.le.f32 setp.le.u32 setp.leu.f32 setp.lt.f32
          setp.lt.s32 setp.lt.u32 setp.nan.f32 setp.ne.s16 setp.ne.s32 setp.ne.s64 setp.neu.f32
          setp.num.f32 shfl.sync.bfly.b32 shfl.sync.idx.b32 shl.b32 shl.b64 shr.u32 sqrt.rn.f32 st.global.f32 st.global.u32
          st.shared.f32 st.shared.v4.f32 sub.f32 sub.rn.f32 sub.s32 sub.s64 vote.sync.ballot.b32 xor.b32 xor.pred
          """
              .strip()
              .split("\\s+"));

  /** What PTX 7.0 on sm_80 has besides. */
  private static final Set<String> NEWER_OPCODES =
      Set.of(
          """
          cp.async.ca.shared.global cp.async.wait_all cvt.rn.bf16.f32 cvt.rn.bf16x2.f32 cvt.rna.tf32.f32 ld.acquire.gpu.global.u32 ld.relaxed.gpu.global.u32
          ld.relaxed.gpu.global.v2.u32 ld.relaxed.gpu.global.v4.u32 membar.cta mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
          mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 st.relaxed.gpu.global.u32
          st.global.u16 st.global.v2.u32 st.global.v4.u32 st.release.gpu.global.u32
          """
              .strip()
              .split("\\s+"));

  static List<String> names() throws IOException {
    return KernelCompiler.names(KernelManifest.FOLDER);
  }

  @ParameterizedTest
  @MethodSource("names")
  void assemblesWithoutSpillsOnEveryArchitecture(String name) throws IOException {
    String ptx = Files.readString(KernelManifest.FOLDER.resolve(name + ".ptx"));
    Set<String> entries = PtxText.parse(ptx).entries().keySet();
    Stream<List<Usage>> usages =
        ARCHITECTURES.parallelStream()
            .filter(architecture -> architecture.compareTo(PtxText.parse(ptx).target()) >= 0)
            .map(architecture -> assemble(name, ptx, architecture));
    for (List<Usage> usage : usages.toList()) {
      assertThat(usage.stream().map(Usage::entry)).containsExactlyInAnyOrderElementsOf(entries);
      assertThat(usage)
          .allSatisfy(
              u -> {
                assertThat(u.stackBytes()).as("stack of %s", u).isZero();
                assertThat(u.spilledBytes()).as("spills of %s", u).isZero();
                List<Integer> told = KernelResources.registers().get(u.entry());
                if (told == null) {
                  assertThat(u.registers()).as("%s", u).isLessThanOrEqualTo(MOST_REGISTERS);
                } else {
                  int older = ARCHITECTURES.size() - told.size();
                  int expected = told.get(ARCHITECTURES.indexOf(u.architecture()) - older);
                  assertThat(u.registers()).as("%s", u).isEqualTo(expected);
                }
              });
    }
  }

  @Test
  void usesOnlyKnownOpcodes() throws IOException {
    TreeSet<String> used = new TreeSet<>();
    for (String name : names()) {
      PtxText ptx = PtxText.parse(Files.readString(KernelManifest.FOLDER.resolve(name + ".ptx")));
      TreeSet<String> opcodes = new TreeSet<>(ptx.opcodes());
      if (ptx.target().equals("sm_80")) {
        opcodes.removeAll(NEWER_OPCODES);
      }
      used.addAll(opcodes);
    }
    System.out.println(used.size() + " opcodes: " + String.join(" ", used));
    assertThat(OPCODES).containsAll(used);
  }

  /** nvcc 13 tells the assembler which bytes of a load are used; PTX 6.0 knows no such hint. */
  @Test
  void hintsThatAreNewerThanTheVersionAreLeftOut() {
    String compiled =
        """
        .version 9.0
        .target sm_75
        .address_size 64
        .visible .entry third(.param .u64 px)
        {
        \t.reg .b32 %r<5>;
        \t.reg .b64 %rd<3>;
        \tld.param.u64 %rd1, [px];
        \tcvta.to.global.u64 %rd2, %rd1;
        \t.pragma "nounroll";
        \t.pragma "used_bytes_mask 0xf00";
        \tld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd2];
        \tst.global.u32 [%rd2], %r3;
        \tret;
        }
        """;
    String lowered = KernelCompiler.lower("third", compiled);
    assertThat(lowered).contains("nounroll").doesNotContain("used_bytes_mask");
    for (String architecture : ARCHITECTURES) {
      assertThat(assemble("third", lowered, architecture)).hasSize(1);
    }
  }

  /** What one kernel takes on one architecture. */
  private record Usage(
      String entry, String architecture, int registers, int stackBytes, int spilledBytes) {}

  private static List<Usage> assemble(String name, String ptx, String architecture) {
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    byte[] text = (ptx + "\0").getBytes(UTF_8);
    check(JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, text), name, architecture, null);
    try {
      String[] options = {"--gpu-name=" + architecture, "--verbose"};
      int status = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      check(status, name, architecture, handle);
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
      byte[] log = new byte[Math.toIntExact(size[0]) + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log);
      return usages(new String(log, UTF_8), architecture);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
  }

  private static void check(
      int status, String name, String architecture, nvPTXCompilerHandle handle) {
    if (status == nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      return;
    }
    String message = nvPTXCompileResult.stringFor(status);
    if (handle != null) {
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
      byte[] log = new byte[Math.toIntExact(size[0]) + 1];
      JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
      message += "\n" + new String(log, UTF_8);
    }
    throw new AssertionError(name + ".ptx for " + architecture + ": " + message);
  }

  private static List<Usage> usages(String log, String architecture) {
    List<Usage> usages = new ArrayList<>();
    String entry = null;
    int stack = -1;
    int spilled = -1;
    for (String line : log.lines().toList()) {
      Matcher m = ENTRY.matcher(line);
      if (m.find()) {
        entry = m.group(1);
      }
      m = STACK.matcher(line);
      if (m.find()) {
        stack = Integer.parseInt(m.group(1));
        spilled = Integer.parseInt(m.group(2)) + Integer.parseInt(m.group(3));
      }
      m = REGISTERS.matcher(line);
      if (m.find()) {
        usages.add(new Usage(entry, architecture, Integer.parseInt(m.group(1)), stack, spilled));
      }
    }
    return usages;
  }
}
