"""The benchmark's training steps in PyTorch: the same weights, batch, losses and optimiser in float32, eagerly, on the CPU.

One JSON request per line on standard input, one answer per line on standard output: `load` names a safetensors file and the
shape; `run` does steps of `bld` or `full` from the loaded weights and answers their milliseconds and losses.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            tensors[name] = torch.frombuffer(data, dtype=torch.float32, count=(end - start) // 4, offset=start).reshape(entry["shape"])
    return tensors


def below(tensors, prefix):
    return {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def trainable(tensors):
    return {name: tensor.clone().requires_grad_() for name, tensor in tensors.items()}


class Layer:
    """x + attention(norm(x)), then h + ffn(norm(h)), with Hugging Face's names and layout of weights."""

    def __init__(self, shape, attention, length):
        self.heads, self.size, self.eps = shape["num_attention_heads"], shape["head_dim"], shape["rms_norm_eps"]
        self.fused = attention == "sdpa"
        pairs = self.size // 2
        frequencies = shape["rope_theta"] ** -(torch.arange(pairs, dtype=torch.float64) / pairs)
        angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies
        self.cos = torch.cat([angles.cos()] * 2, -1).float()
        self.sin = torch.cat([-angles.sin(), angles.sin()], -1).float()
        self.mask = torch.full((length, length), float("-inf")).triu(1)

    def norm(self, x, weight):
        return F.rms_norm(x, (x.shape[-1],), weight, self.eps)

    def split(self, x, rotated):
        batch, length, _ = x.shape
        x = x.view(batch, length, -1, self.size).transpose(1, 2)
        return x * self.cos + x.roll(self.size // 2, -1) * self.sin if rotated else x

    def attend(self, w, x):
        n = self.norm(x, w["input_layernorm.weight"])
        if "self_attn.linear_attn.weight" in w:
            return x + F.linear(n, w["self_attn.linear_attn.weight"])
        q = self.split(F.linear(n, w["self_attn.q_proj.weight"]), True)
        k = self.split(F.linear(n, w["self_attn.k_proj.weight"]), True)
        v = self.split(F.linear(n, w["self_attn.v_proj.weight"]), False)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True) if self.fused else self.plain(q, k, v)
        batch, length, _ = x.shape
        return x + F.linear(mixed.transpose(1, 2).reshape(batch, length, -1), w["self_attn.o_proj.weight"])

    def plain(self, q, k, v):
        """Query heads that share a key head are rows of one product."""
        batch, heads, length, size = q.shape
        shared = k.shape[1]
        scores = q.reshape(batch, shared, -1, size) @ k.transpose(-1, -2) * size**-0.5
        p = torch.softmax(scores.view(batch, heads, length, length) + self.mask, -1)
        return (p.view(batch, shared, -1, length) @ v).view(batch, heads, length, size)

    def feed(self, w, h):
        n = self.norm(h, w["post_attention_layernorm.weight"])
        if "mlp.linear_mlp.weight" in w:
            return h + F.linear(n, w["mlp.linear_mlp.weight"])
        gated = F.silu(F.linear(n, w["mlp.gate_proj.weight"])) * F.linear(n, w["mlp.up_proj.weight"])
        return h + F.linear(gated, w["mlp.down_proj.weight"])


class Lane:
    """Variables with an optimiser of their own, and the loss they are trained on."""

    def __init__(self, weights, loss, rate, options):
        self.weights, self.loss, self.clip = weights, loss, options.get("clip_norm")
        groups = [
            {"params": [w for w in weights.values() if w.dim() > 1], "weight_decay": options["weight_decay"]},
            {"params": [w for w in weights.values() if w.dim() <= 1], "weight_decay": 0.0},
        ]
        betas = (options["beta1"], options["beta2"])
        self.adam = torch.optim.AdamW([g for g in groups if g["params"]], lr=rate, betas=betas, eps=options["epsilon"], fused=True)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        value = self.loss(self.weights)
        value.backward()
        if self.clip is not None:
            torch.nn.utils.clip_grad_norm_(list(self.weights.values()), self.clip)
        self.adam.step()
        return value.item()


def normalised_mse(student, teacher, x):
    return (teacher - student).square().sum() / (teacher - x).square().sum()


def block_step(tensors, shape, layer, options):
    """All variants of a layer in lockstep; the teacher's attention once for all of them."""
    x, y = tensors["boundary_0"], tensors["boundary_1"]
    teacher = below(tensors, "teacher.")
    batch = {}

    def lane(target):
        weights = trainable(below(tensors, f"student.{target}."))
        if target.startswith("attention"):
            loss = lambda w: normalised_mse(layer.feed(teacher, layer.attend(w, x)), y, x)
        else:
            loss = lambda w: normalised_mse(layer.feed(w, batch["attended"]), y, x)
        return Lane(weights, loss, options["learning_rate"] * (2 if target.endswith("linear") else 1), options)

    targets = sorted({name.split(".")[1] for name in tensors if name.startswith("student.")})
    lanes = {target: lane(target) for target in targets}

    def step():
        with torch.no_grad():
            batch["attended"] = layer.attend(teacher, x)
        return {target: lane.step() for target, lane in lanes.items()}

    return step


def full_step(tensors, shape, layer, options):
    """Next-token cross-entropy of the whole model."""
    ids = tensors["ids"].long()
    weights = trainable(below(tensors, "model."))
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))

    def loss(w):
        h = F.embedding(ids, w["model.embed_tokens.weight"])
        for i in range(layers):
            own = blocks[i]
            h = layer.feed(own, layer.attend(own, h))
        logits = F.linear(layer.norm(h, w["model.norm.weight"])[:, :-1], w["lm_head.weight"])
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))

    blocks = [below(weights, f"model.layers.{i}.") for i in range(layers)]
    lane = Lane(weights, loss, options["learning_rate"], options)
    return lambda: {"loss": lane.step()}


def main():
    torch.set_num_interop_threads(1)
    print(json.dumps({"version": torch.__version__}), flush=True)
    tensors, shape = {}, {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "load":
            tensors, shape = read_safetensors(request["file"]), request["shape"]
            print(json.dumps({}), flush=True)
            continue
        torch.set_num_threads(request["threads"])
        layer = Layer(shape, request["attention"], tensors["ids"].shape[1])
        make = {"bld": block_step, "full": full_step}[request["kind"]]
        step = make(tensors, shape, layer, request["training"])
        times, processor, losses = [], [], {}
        for _ in range(request["steps"]):
            start, start_processor = time.perf_counter(), time.process_time()
            for name, value in step().items():
                losses.setdefault(name, []).append(value)
            times.append(1000 * (time.perf_counter() - start))
            processor.append(1000 * (time.process_time() - start_processor))
        print(json.dumps({"stepMs": times, "cpuMs": processor, "losses": losses}), flush=True)


main()
