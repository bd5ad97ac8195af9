"""Writes cells.json beside it: what PyTorch makes of cells that Keras lacks.

Run as: python3 record.py
Recorded with PyTorch 2.13.0 (CPU), NumPy 2.4.6, Python 3.11, 2026-11-29. projected: of
torch.nn.LSTM(proj_size=…), whose two biases are added up and whose matrices are transposed;
layer_norm: of the equations of Ba et al. (2016) with the two gains of the products, no shift of
their own, and gain and shift of the cell state, in float64. Gradients: of mean((y − target)²) by
autograd, in the order of the weights. For each: weights in the order of the layer, x (batch,
timesteps, features), y, target (batch, timesteps, units), h and c.
"""

import json

import numpy as np
import torch

torch.manual_seed(20261129)


def tensor(t):
    a = t.detach().double().numpy()
    return {"shape": list(a.shape), "data": [float(f"{v:.9g}") for v in a.reshape(-1)]}


def case(weights, x, y, h, c):
    target = torch.randn(y.shape, dtype=y.dtype)
    ((y - target) ** 2).mean().backward()
    return {"weights": [tensor(w) for w, _ in weights], "x": tensor(x), "y": tensor(y),
            "h": tensor(h), "c": tensor(c), "target": tensor(target),
            "gradients": [tensor(g()) for _, g in weights]}


def projected(batch, timesteps, features, units, projection):
    lstm = torch.nn.LSTM(features, units, proj_size=projection, batch_first=True)
    x = torch.randn(batch, timesteps, features)
    y, (h, c) = lstm(x)
    k, r, p = lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.weight_hr_l0
    bias = lstm.bias_ih_l0 + lstm.bias_hh_l0
    weights = [(k.T, lambda: k.grad.T), (r.T, lambda: r.grad.T),
               (bias, lambda: lstm.bias_ih_l0.grad), (p.T, lambda: p.grad.T)]
    return case(weights, x, y, h[0], c[0])


def normalized(a, gamma):
    d = a - a.mean(-1, keepdim=True)
    return gamma * d / torch.sqrt((d * d).mean(-1, keepdim=True) + 1e-5)


def layer_norm(batch, timesteps, features, units):
    def weight(*shape, scale=0.7, mean=0.0):
        return (mean + scale * torch.randn(shape, dtype=torch.float64)).requires_grad_()

    k, r, b = weight(features, 4 * units), weight(units, 4 * units), weight(4 * units)
    gamma, gamma_c = weight(2, 4 * units, scale=0.3, mean=1), weight(units, scale=0.3, mean=1)
    beta_c = weight(units, scale=0.3)
    x = torch.randn(batch, timesteps, features, dtype=torch.float64)
    h = c = torch.zeros(batch, units, dtype=torch.float64)
    ys = []
    for t in range(timesteps):
        z = normalized(x[:, t] @ k, gamma[0]) + normalized(h @ r, gamma[1]) + b
        i, f, g, o = z.split(units, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(normalized(c, gamma_c) + beta_c)
        ys.append(h)
    weights = [(w, (lambda v: lambda: v.grad)(w)) for w in (k, r, b, gamma, gamma_c, beta_c)]
    return case(weights, x, torch.stack(ys, 1), h, c)


with open("cells.json", "w") as f:
    json.dump({"projected": [projected(3, 5, 2, 4, 3), projected(1, 1, 3, 2, 1),
                             projected(2, 9, 5, 17, 8)],
               "layer_norm": [layer_norm(3, 5, 2, 4), layer_norm(2, 7, 3, 9)]}, f)
    f.write("\n")
