"""A plain LoRA loop in PyTorch: lora.py FOLDER STEPS. FOLDER is what `Ratchet.Ours witness lora` wrote; prints losses and tokens/s.

A second witness beside PEFT: the model is written out here, the adapter is attached to every linear layer of a block as
W x + scale B (A x), loss on all tokens, AdamW without decay of nothing, gradients clipped by their common norm.
"""
import json
import math
import os
import struct
import sys
import time

import numpy
import torch
import torch.nn.functional as F

folder, steps = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(2)


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", name
            begin, end = entry["data_offsets"]
            data = numpy.fromfile(path, dtype=numpy.float32, count=(end - begin) // 4, offset=start + begin)
            tensors[name] = torch.from_numpy(data.reshape(entry["shape"]))
    return tensors


config = json.load(open(os.path.join(folder, "weights", "config.json")))
batch = json.load(open(os.path.join(folder, "batch.json")))
weights = read(os.path.join(folder, "weights", "model.safetensors"))
adapter = {name: torch.nn.Parameter(value) for name, value in read(os.path.join(folder, "adapter", "adapter_model.safetensors")).items()}
heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
size = config.get("head_dim") or config["hidden_size"] // heads
ids = torch.tensor(batch["ids"])
length = ids.shape[1]

frequencies = 1.0 / (config["rope_theta"] ** (torch.arange(0, size, 2).double() / size))
angles = (torch.arange(length).double()[:, None] * frequencies[None, :]).float()
cosine, sine = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)
mask = torch.full((length, length), float("-inf")).triu(1)


def linear(x, name):
    prefix = f"base_model.model.{name}"
    down = F.linear(x, adapter[f"{prefix}.lora_A.weight"])
    return F.linear(x, weights[f"{name}.weight"]) + batch["scale"] * F.linear(down, adapter[f"{prefix}.lora_B.weight"])


def norm(x, name):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]) * weights[f"{name}.weight"]


def turn(x):
    half = torch.cat([-x[..., size // 2:], x[..., : size // 2]], -1)
    return x * cosine + half * sine


def loss_of(ids):
    x = F.embedding(ids, weights["model.embed_tokens.weight"])
    rows = ids.shape[0]
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        h = norm(x, f"{name}.input_layernorm")
        q = turn(linear(h, f"{name}.self_attn.q_proj").view(rows, length, heads, size).transpose(1, 2))
        k = turn(linear(h, f"{name}.self_attn.k_proj").view(rows, length, groups, size).transpose(1, 2))
        v = linear(h, f"{name}.self_attn.v_proj").view(rows, length, groups, size).transpose(1, 2)
        k, v = (t.repeat_interleave(heads // groups, 1) for t in (k, v))
        scores = (q @ k.transpose(2, 3)) / math.sqrt(size) + mask
        attended = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, heads * size)
        x = x + linear(attended, f"{name}.self_attn.o_proj")
        h = norm(x, f"{name}.post_attention_layernorm")
        gated = F.silu(linear(h, f"{name}.mlp.gate_proj")) * linear(h, f"{name}.mlp.up_proj")
        x = x + linear(gated, f"{name}.mlp.down_proj")
    head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
    logits = F.linear(norm(x, "model.norm")[:, :-1], head)
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))


optimizer = torch.optim.AdamW(
    adapter.values(), lr=batch["learning_rate"], betas=(batch["beta1"], batch["beta2"]), eps=batch["epsilon"], weight_decay=batch["weight_decay"])
losses, samples = [], []
for _ in range(steps):
    start = time.perf_counter()
    optimizer.zero_grad()
    loss = loss_of(ids)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(adapter.values(), batch["gradient_norm_max"])
    optimizer.step()
    samples.append(ids.numel() / (time.perf_counter() - start))
    losses.append(loss.item())

print(json.dumps({"unit": "tokens/s", "samples": samples, "losses": losses}))
