"""Measures of classification as scikit-learn gives them: python record.py > cases.json

Recorded 2026-11-29 with scikit-learn 1.9.1 and numpy 2.4.6.
"""

import json

import numpy as np
from sklearn import metrics


def case(name, actual, p):
    actual, p = np.asarray(actual), np.asarray(p)
    classes = list(range(p.shape[1]))
    predicted = p.argmax(axis=1)
    binary = len(classes) == 2
    each = metrics.precision_recall_fscore_support(
        actual, predicted, labels=classes, zero_division=np.nan)
    one_hot = (actual[:, None] == classes).astype(int)
    return {
        "name": name,
        "actual": actual.tolist(),
        "probabilities": p.tolist(),
        "confusion": metrics.confusion_matrix(actual, predicted, labels=classes).tolist(),
        "accuracy": metrics.accuracy_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
        "precision": each[0].tolist(),
        "recall": each[1].tolist(),
        "f1": each[2].tolist(),
        "roc_auc": metrics.roc_auc_score(actual, p[:, 1]) if binary
        else metrics.roc_auc_score(actual, p, multi_class="ovr", average="macro"),
        "average_precision": metrics.average_precision_score(actual, p[:, 1]) if binary
        else metrics.average_precision_score(one_hot, p, average="macro"),
        "log_loss": metrics.log_loss(actual, p, labels=classes),
    }


def probabilities(rng, n, classes, digits):
    p = rng.dirichlet(np.ones(classes), n).round(digits)
    p[:, -1] = (1 - p[:, :-1].sum(axis=1)).round(digits)  # rounded, so that there are ties
    return p


rng = np.random.default_rng(8)
two = probabilities(rng, 40, 2, 1)
rare = probabilities(rng, 50, 2, 1)
three = probabilities(rng, 45, 3, 1)
four = probabilities(rng, 30, 4, 6)
sure = [[1, 0], [0, 1], [0, 1], [1, 0]]
cases = [
    case("two classes with ties", rng.integers(0, 2, 40), two),
    case("one in ten", (np.arange(50) % 10 == 3).astype(int), rare),
    case("always the first", [0, 1, 0, 0, 1], [[0.7, 0.3]] * 5),
    case("sure, once wrong", [0, 1, 0, 0], sure),
    case("perfect", [0, 1, 1, 0], sure),
    case("three classes with ties", rng.integers(0, 3, 45), three),
    case("four classes", rng.integers(0, 4, 30), four),
]
print(json.dumps(cases, indent=1))
