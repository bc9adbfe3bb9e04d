"""PyTorch, eager, as its users write it. Arguments: workload folder, seconds, threads, and `until` as for one.mjs."""
import json, resource, sys, time
from pathlib import Path
import numpy
import torch
import torch.nn.functional as F

folder, seconds, threads = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
about = json.loads((folder / "workload.json").read_text())


def read(group):
    return {
        name: torch.from_numpy(numpy.fromfile(folder / f"{name}.bin", dtype=each["dtype"]).reshape(each["shape"]))
        for name, each in about[group].items()
    }


params = {name: each.requires_grad_(True) for name, each in read("params").items()}
data, settings = read("data"), about["settings"]
if "y" in data:
    data["y"] = data["y"].long()


def half_l2(w):
    return 0.5 * settings["l2"] * (w * w).sum()


def neuron(p):
    return torch.sigmoid(p["w0"] * p["x0"] + p["w1"] * p["x1"] + p["w2"])


def softmax(p):
    return F.cross_entropy(data["x"] @ p["w"] + p["b"], data["y"]) + half_l2(p["w"])


def svm(p):
    scores = data["x"] @ p["w"] + p["b"]
    # Their function divides by the classes as well.
    return F.multi_margin_loss(scores, data["y"]) * scores.shape[1] + half_l2(p["w"])


def mlp(p):
    h = F.relu(data["x"] @ p["w1"] + p["b1"])
    h = F.relu(h @ p["w2"] + p["b2"])
    return F.cross_entropy(h @ p["w3"] + p["b3"], data["y"])


def cnn(p):
    h = F.max_pool2d(F.relu(F.conv2d(data["x"], p["k1"], p["c1"], padding=1)), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, p["k2"], p["c2"], padding=1)), 2)
    return F.cross_entropy(h.flatten(1) @ p["w"] + p["b"], data["y"])


def product(p):
    return ((p["a"] @ p["b"]) * data["g"]).sum() / data["g"].shape[0]


def gelu(x):
    try:
        return F.gelu(x, approximate="tanh")
    except TypeError:
        return 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))


def block(p):
    x = data["x"]
    batch, tokens, d = x.shape
    part = d // settings["heads"]
    qkv = F.layer_norm(x, (d,), p["g1"], p["s1"]) @ p["wqkv"] + p["bqkv"]
    q, k, v = (t.view(batch, tokens, -1, part).transpose(1, 2) for t in qkv.split(d, dim=-1))
    weights = torch.softmax(q @ k.transpose(2, 3) / part**0.5, dim=-1)
    mixed = (weights @ v).transpose(1, 2).reshape(batch, tokens, d)
    middle = x + mixed @ p["wo"] + p["bo"]
    inner = gelu(F.layer_norm(middle, (d,), p["g2"], p["s2"]) @ p["w1"] + p["b1"])
    return F.mse_loss(middle + inner @ p["w2"] + p["b2"], data["target"])


losses = {"W1": neuron, "W2": softmax, "W3": svm, "W4": mlp, "W5": cnn, "W6-512": product, "W6-1024": product, "W7": block}
loss_of = losses[about["id"]]
lr, everything = settings.get("lr"), list(params.values())
optimizer = {
    "sgd": lambda: torch.optim.SGD(everything, lr=lr),
    "momentum": lambda: torch.optim.SGD(everything, lr=lr, momentum=settings["mu"]),
    "adam": lambda: torch.optim.Adam(everything, lr=lr),
    "none": lambda: None,
}[settings["optimizer"]]()


steps = 0


def step():
    global steps
    steps += 1
    for each in everything:
        each.grad = None
    value = loss_of(params)
    value.backward()
    if optimizer:
        optimizer.step()
    return value.item()


loss_of(params).backward()
for name, each in params.items():
    each.grad.numpy().astype("<f8").tofile(folder / f"torch-{threads}.{name}.grad")

losses_seen = [step() for _ in range(6)]


def measure(run):
    times, began = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)[len(times) // 2]


result = {"loss": losses_seen[5], "step": measure(step)}
for word in sys.argv[4:]:
    most, longest = map(int, word.removeprefix("until=").split(","))
    began = time.perf_counter()
    while steps < most and time.perf_counter() - began < longest:
        step()
result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(result))
