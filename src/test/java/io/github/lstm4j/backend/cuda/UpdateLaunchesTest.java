package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No optimizer is without an update. */
class UpdateLaunchesTest {
  private static final List<UpdateRule> RULES =
      List.of(
          new UpdateRule.Sgd(0, false),
          new UpdateRule.RmsProp(0.9f, 0, 1e-7f, false),
          new UpdateRule.Adagrad(0.1f, 1e-7f),
          new UpdateRule.Adadelta(0.95f, 1e-7f),
          new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, true),
          new UpdateRule.Adamax(0.9f, 0.999f, 1e-7f),
          new UpdateRule.Nadam(0.9f, 0.999f, 1e-7f),
          new UpdateRule.Lion(0.9f, 0.99f),
          new UpdateRule.Ftrl(-0.5f, 0.1f, 0, 0, 0, 0),
          new UpdateRule.Lamb(0.9f, 0.999f, 1e-7f));

  @Test
  void everyRuleIsTried() {
    assertThat(RULES.stream().map(Object::getClass).toArray())
        .containsExactlyInAnyOrder((Object[]) UpdateRule.class.getPermittedSubclasses());
  }

  @Test
  void everyRuleIsAtLeastOneLaunch() {
    for (UpdateRule rule : RULES) {
      Graph graph = new Graph();
      Value weight = graph.variable("w", Shape.of(3));
      Value gradient = graph.input("g", Shape.of(3), false);
      List<Value> slots =
          rule.slots().stream().map(s -> graph.variable(s.name(), Shape.of(3))).toList();
      graph.update(rule, weight, gradient, slots, graph.scalars());
      LaunchPlan plan =
          CudaCompiler.compile(
              new Program("update", graph, List.of()), Target.H100, CudaOptions.DEFAULT);
      assertThat(plan.work()).as("%s", rule).isNotEmpty();
    }
  }
}
