"""Records state dicts of PyTorch with what the modules give: python record.py, in this folder.

Made with torch 2.13.0, safetensors 0.8.0 on 2026-11-29. `python record.py judge FOLDER` loads what
StateDictsTest.main wrote into FOLDER by load_state_dict and compares the modules' outputs.
"""
import json
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

torch.manual_seed(1)


class Net(nn.Module):
    """Modules by name, and what is called of them."""

    def __init__(self, call, **modules):
        super().__init__()
        for name, module in modules.items():
            setattr(self, name, module)
        self.call = call

    def forward(self, x):
        return self.call(self, x)


def last(y):
    return y[:, -1]


CASES = {
    "lstm": Net(lambda n, x: n.fc(last(n.rnn(x)[0])), rnn=nn.LSTM(3, 4, batch_first=True), fc=nn.Linear(4, 2)),
    "bidirectional": Net(
        lambda n, x: n.out(n.lstm(x)[0]),
        lstm=nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True),
        out=nn.Linear(8, 2),
    ),
    "gru": Net(
        lambda n, x: n.gru(x)[0], gru=nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    ),
    "rnn": Net(
        lambda n, x: n.rnn(x)[0], rnn=nn.RNN(3, 4, num_layers=2, nonlinearity="relu", batch_first=True)
    ),
    "projected": Net(lambda n, x: n.rnn(x)[0], rnn=nn.LSTM(3, 5, proj_size=2, batch_first=True)),
    "no_bias": Net(lambda n, x: n.rnn(x)[0], rnn=nn.LSTM(3, 4, bias=False, batch_first=True)),
    "words": Net(
        lambda n, x: n.fc(n.norm(last(n.rnn(n.table(x.long()[:, :, 0]))[0]))),
        table=nn.Embedding(7, 3),
        rnn=nn.GRU(3, 4, batch_first=True),
        norm=nn.LayerNorm(4),
        fc=nn.Linear(4, 2),
    ),
    "convolution": Net(
        lambda n, x: n.rnn(n.bn(n.conv(x.transpose(1, 2))).transpose(1, 2))[0],
        conv=nn.Conv1d(3, 4, 2),
        bn=nn.BatchNorm1d(4),
        rnn=nn.LSTM(4, 2, batch_first=True),
    ),
}


def record():
    cases = {}
    for name, net in CASES.items():
        for p in net.parameters():
            p.data = torch.randn_like(p) * 0.5
        if name == "convolution":
            net.bn.running_mean = torch.randn(4)
            net.bn.running_var = torch.rand(4) + 0.5
        net.eval()
        x = torch.randint(0, 7, (2, 5, 1)).float() if name == "words" else torch.randn(2, 5, 3)
        y = net(x)
        cases[name] = {"x": x.flatten().tolist(), "y": y.detach().flatten().tolist(), "shape": list(y.shape)}
        save_file(net.state_dict(), name + ".safetensors", metadata={"format": "pt"})
    state = CASES["lstm"].state_dict()
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        save_file({k: v.to(dtype) for k, v in state.items()}, "lstm_%s.safetensors" % str(dtype)[6:])
    with open("cases.json", "w") as f:
        json.dump(cases, f)


def judge(folder):
    with open("cases.json") as f:
        cases = json.load(f)
    for name, net in CASES.items():
        for p in net.parameters():
            p.data.zero_()
        net.load_state_dict(load_file(folder + "/" + name + ".safetensors"))
        net.eval()
        x = torch.tensor(cases[name]["x"]).reshape(2, 5, -1)
        y = torch.tensor(cases[name]["y"])
        print(name, (net(x).flatten() - y).abs().max().item())


judge(sys.argv[2]) if sys.argv[1:2] == ["judge"] else record()
