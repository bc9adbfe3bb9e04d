"""The nets of fashion.ts in PyTorch, eager, as its users write them. Arguments: folder with the data, net, epochs, threads."""
import json, math, sys, time
from pathlib import Path
import numpy
import torch
import torch.nn.functional as F

folder, net, epochs, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(0)
about = json.loads((folder / "about.json").read_text())


def read(name, dtype, shape):
    return torch.from_numpy(numpy.fromfile(folder / f"{name}.bin", dtype=dtype).reshape(shape))


x, y = read("train-x", "<f4", (-1, 784)), read("train-y", "<i4", (-1,)).long()
test_x, test_y = read("test-x", "<f4", (-1, 784)), read("test-y", "<i4", (-1,)).long()
params = [read(name, "<f4", shape).requires_grad_(True) for name, shape in about["params"]]


def mlp(x):
    w1, b1, w2, b2 = params
    return F.relu(x @ w1 + b1) @ w2 + b2


def cnn(x):
    k1, c1, k2, c2, w, b = params
    h = F.max_pool2d(F.relu(F.conv2d(x.view(-1, 1, 28, 28), k1, c1, padding=1)), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, k2, c2, padding=1)), 2)
    return h.flatten(1) @ w + b


scores = {"mlp": mlp, "cnn": cnn}[net]
batch, l2 = about["batch"], about["l2"]
optimizer = torch.optim.Adam(params, lr=about["lr"])
weights = [p for p in params if p.dim() > 1]
steps, step = epochs * math.ceil(len(x) / batch), 0
seconds = []
for epoch in range(epochs):
    began = time.perf_counter()
    for rows in torch.randperm(len(x)).split(batch):
        # Half a wave down to 0, as the schedule "cosine".
        optimizer.param_groups[0]["lr"] = about["lr"] * 0.5 * (1 + math.cos(math.pi * step / steps))
        step += 1
        optimizer.zero_grad()
        loss = F.cross_entropy(scores(x[rows]), y[rows])
        if l2 > 0:
            loss = loss + 0.5 * l2 * sum((w * w).sum() for w in weights)
        loss.backward()
        optimizer.step()
    seconds.append(time.perf_counter() - began)
with torch.no_grad():
    right = sum((scores(test_x[i : i + 512]).argmax(1) == test_y[i : i + 512]).sum().item() for i in range(0, len(test_x), 512))
print(json.dumps({"seconds": seconds, "accuracy": right / len(test_x)}))
