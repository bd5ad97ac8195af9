package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadTeamTest {
  @Test
  void doesEveryPartOnceAndIsDoneWhenItReturns() {
    for (int threads = 1; threads <= 5; threads++) {
      try (ThreadTeam team = new ThreadTeam(threads)) {
        for (int round = 0; round < 300; round++) {
          int parts = round % 13;
          AtomicIntegerArray times = new AtomicIntegerArray(13);
          team.run(parts, times::incrementAndGet);
          for (int part = 0; part < 13; part++) {
            assertThat(times.get(part)).isEqualTo(part < parts ? 1 : 0);
          }
        }
      }
    }
  }

  @Test
  void thePartsAreDealtOutInAFixedWay() {
    try (ThreadTeam team = new ThreadTeam(3)) {
      Thread[] first = new Thread[9];
      Thread[] second = new Thread[9];
      team.run(9, part -> first[part] = Thread.currentThread());
      team.run(9, part -> second[part] = Thread.currentThread());
      assertThat(second).isEqualTo(first);
      assertThat(first[0]).isSameAs(first[3]).isSameAs(Thread.currentThread());
      assertThat(Set.of(first[0], first[1], first[2])).hasSize(3);
    }
  }

  @Test
  void whatAPartThrowsComesOutAndTheTeamGoesOn() {
    try (ThreadTeam team = new ThreadTeam(4)) {
      for (int bad = 0; bad < 4; bad++) {
        int part = bad;
        AtomicInteger others = new AtomicInteger();
        assertThatThrownBy(
                () ->
                    team.run(
                        4,
                        p -> {
                          if (p == part) {
                            throw new IllegalStateException("part " + p);
                          }
                          others.incrementAndGet();
                        }))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("part " + part);
        assertThat(others).hasValue(3);
      }
      assertThatThrownBy(
              () ->
                  team.run(
                      4,
                      p -> {
                        throw new StackOverflowError("part " + p);
                      }))
          .isInstanceOf(StackOverflowError.class)
          .hasMessage("part 0")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(3));
      AtomicInteger count = new AtomicInteger();
      team.run(8, p -> count.incrementAndGet());
      assertThat(count).hasValue(8);
    }
  }

  @Test
  void aRunWithinARunIsDoneOnTheSpot() {
    try (ThreadTeam team = new ThreadTeam(3)) {
      AtomicInteger count = new AtomicInteger();
      team.run(6, outer -> team.run(5, inner -> count.incrementAndGet()));
      assertThat(count).hasValue(30);
    }
  }

  @Test
  void twoCallersTakeTurns() throws InterruptedException {
    try (ThreadTeam team = new ThreadTeam(2)) {
      AtomicInteger count = new AtomicInteger();
      Thread other =
          new Thread(
              () -> {
                for (int i = 0; i < 500; i++) {
                  team.run(3, part -> count.incrementAndGet());
                }
              });
      other.start();
      for (int i = 0; i < 500; i++) {
        team.run(3, part -> count.incrementAndGet());
      }
      other.join();
      assertThat(count).hasValue(3000);
    }
  }

  /** The caller has long gone to sleep when its worker is done, with an interrupt pending. */
  @Test
  void anInterruptedCallerStillWaits() {
    try (ThreadTeam team = new ThreadTeam(2)) {
      CountDownLatch asleep = new CountDownLatch(1);
      Thread caller = Thread.currentThread();
      AtomicInteger count = new AtomicInteger();
      Thread watcher =
          new Thread(
              () -> {
                awaitState(caller, Thread.State.WAITING);
                caller.interrupt();
                asleep.countDown();
              });
      watcher.start();
      team.run(
          2,
          part -> {
            if (part == 1) {
              try {
                asleep.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
            count.incrementAndGet();
          });
      assertThat(Thread.interrupted()).isTrue();
      assertThat(count).hasValue(2);
    }
  }

  @Test
  void idleThreadsSleepAndWakeUpAndEndWhenClosed() throws InterruptedException {
    ThreadTeam team = new ThreadTeam(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (int round = 0; round < 3; round++) {
      team.run(3, part -> threads.add(Thread.currentThread()));
      assertThat(threads).hasSize(3);
      for (Thread thread : threads) {
        if (thread != Thread.currentThread()) {
          assertThat(thread.isDaemon()).isTrue();
          awaitState(thread, Thread.State.WAITING);
        }
      }
    }
    team.close();
    team.close();
    for (Thread thread : threads) {
      if (thread != Thread.currentThread()) {
        thread.join();
      }
    }
    assertThatThrownBy(() -> team.run(2, part -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aTeamHasAtLeastOneThread() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ThreadTeam(0))
        .withMessageContaining("got 0");
    try (ThreadTeam team = ThreadTeam.ofProcessors()) {
      assertThat(team.size()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }
  }

  private static void awaitState(Thread thread, Thread.State state) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(50));
    while (thread.getState() != state) {
      assertThat(Instant.now()).as("%s is %s", thread, thread.getState()).isBefore(deadline);
      Thread.onSpinWait();
    }
  }
}
