"""Writes combination.json, the reference numbers of AdapterCombinationReferenceTests: python3 combination.py > combination.json

numpy's own routines (argsort, linalg.svd, quantile) in the order of steps that PEFT documents for add_weighted_adapter. Made with numpy 1.24.
The adapters are filled by a formula that the test repeats, so that only what comes out is kept here.
"""
import json
import sys

import numpy as np

OUTPUTS, INPUTS, RANK, SCALE = 16, 32, 2, 1.5  # model.layers.0.self_attn.k_proj of the tests' tiny model
WEIGHTS = [0.7, -1.3, 0.4]


def filled(adapter, part, rows, columns):
    i = np.arange(rows * columns)
    numbers = (((i * 7919 + (2 * adapter + part) * 104729) % 2003) + 0.25) / 2003 - 0.5
    return (numbers * 0.4).astype(np.float32).reshape(rows, columns)


def largest(x, density):
    kept = np.argsort(-np.abs(x).ravel(), kind="stable")[: int(density * x.size)]
    mask = np.zeros(x.size, np.float32)
    mask[kept] = 1
    return x * mask.reshape(x.shape)


def mixed(tasks, weights, density=1.0, sign=None):
    x = np.stack([largest(t, density) for t in tasks])
    w = np.array(weights, np.float32).reshape(-1, 1, 1)
    if sign is None:
        return (w * x).sum(0)
    votes = x.sum(0) if sign == "total" else np.sign(x).sum(0)
    agrees = np.sign(x) == np.where(votes >= 0, 1, -1)
    return (w * x * agrees).sum(0) / np.maximum(agrees.sum(0), 1)


def cut(change, rank, clamp=None):
    u, s, v = np.linalg.svd(change.astype(np.float64))
    u, v = u[:, :rank] * s[:rank], v[:rank]
    for r in range(rank):
        if v[r, np.abs(v[r]).argmax()] < 0:
            u[:, r], v[r] = -u[:, r], -v[r]
    if clamp is not None:
        high = np.quantile(np.concatenate([u.ravel(), v.ravel()]), clamp)
        u, v = u.clip(-high, high), v.clip(-high, high)
    return u @ v


def rounded(x):
    return [float(f"{number:.7g}") for number in np.asarray(x, np.float64).ravel()]


a = [filled(i, 0, RANK, INPUTS) for i in range(len(WEIGHTS))]
b = [filled(i, 1, RANK, OUTPUTS) for i in range(len(WEIGHTS))]
changes = [(np.float32(SCALE) * b[i].T) @ a[i] for i in range(len(WEIGHTS))]
roots = [np.sqrt(abs(w * SCALE)) for w in WEIGHTS]
signed = [np.sign(w) * root for w, root in zip(WEIGHTS, roots)]

cases = []
for name, density, sign in [
    ("linear", None, None), ("magnitude_prune", 0.4, None), ("ties", 0.6, "total"), ("ties", 0.6, "frequency"), ("ties", 1.0, "frequency"),
]:
    of = lambda tasks, weights: rounded(mixed(tasks, weights, density or 1.0, sign))
    cases.append({"type": name, "density": density, "majority_sign_method": sign, "a": of(a, signed), "b": of(b, roots)})
for name, density, sign, rank, clamp in [
    ("svd", None, None, None, None), ("svd", None, None, 3, 0.9), ("magnitude_prune_svd", 0.3, None, 4, None), ("ties_svd", 0.5, "total", 3, None),
]:
    change = cut(mixed(changes, WEIGHTS, density or 1.0, sign), rank or RANK, clamp)
    cases.append({"type": name, "density": density, "majority_sign_method": sign, "svd_rank": rank, "svd_clamp": clamp, "change": rounded(change)})

sys.stdout.write('{"scale": %s, "rank": %d, "weights": %s, "cases": [\n' % (SCALE, RANK, WEIGHTS))
sys.stdout.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]}\n")
