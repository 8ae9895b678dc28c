"""The digits network and the noise that every tool puts on its layers; rows, timing and output shared by the peers.

A layer is y = W x + b with W of m outputs and n inputs, a ReLU between layers. The noise replaces W x; bias and ReLU are digital.

  noiseless          W x
  differential       (N+ - N-) / k with N+- ~ Poisson(k W+- x), W = W+ - W-, both rails not negative, x not negative;
                     k = P m n / sum_ij |W_ij| x_j per sample: P photons are detected for each multiplication, on average
  homodyne_gaussian  W x + s g, g of N(0, 1), s = ||W||_F ||x|| / sqrt(m n P): the standard quantum limit of balanced
                     homodyne detection with equal energy in both arms

One call classifies the batch under fresh noise and counts the right answers, as an iteration of `benches/optics.rs` does.
"""
import argparse
import json
import pathlib
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parents[2] / "models" / "optics"
SETTINGS = json.loads((HERE / "settings.json").read_text())
# Of 500 test rows, models/optics/digits.md; the least margin between classes is 0.07, far above the rounding of float32.
RIGHT_WITHOUT_NOISE = 489
# Below any light of a sample: a dark one then gives 0 counts over a finite gain. Its inverse stays within float32.
DARK = 1e-30


def load():
    """Layers [(W, b)] as float64, test images with rows of 64 in [0, 1], and their classes."""
    table = np.loadtxt(MODELS / "digits.csv", delimiter=",", skiprows=1)
    test = table[np.loadtxt(MODELS / "digits-test-rows.txt", dtype=int)]
    if len(test) != SETTINGS["batch"]:
        raise SystemExit(f"digits-test-rows.txt has {len(test)} rows, expected the batch of settings.json, {SETTINGS['batch']}")
    weights = np.load(MODELS / "digits-mlp-64-100-100-10.npz")
    layers = [(weights[f"w{k}"].astype(float), weights[f"b{k}"].astype(float)) for k in (1, 2, 3)]
    return layers, test[:, :64] / 16, test[:, 64].astype(int)


def rows():
    """(name, noise, photons a multiplication); the names are those of `benches/optics.rs`."""
    return [("noiseless", "noiseless", None),
            *((f"differential_{p:g}", "differential", float(p)) for p in SETTINGS["photons"]),
            *((f"homodyne_gaussian_{p:g}", "homodyne_gaussian", float(p)) for p in SETTINGS["homodyne_photons"])]


def rates(right, a):
    """Samples a second of CPU time, best and median over repeats of at least `a.seconds`; a first call warms up."""
    right()
    found = []
    for _ in range(a.repeats):
        begin, calls = time.process_time(), 0
        while calls == 0 or time.process_time() - begin < a.seconds:
            calls += 1
            right()
        found.append(SETTINGS["batch"] * calls / (time.process_time() - begin))
    return {"best": max(found), "median": float(np.median(found)), "repeats": a.repeats}


def measure(tool, right_answers, about):
    """Accuracy and rate of every row, as one JSON document. `right_answers(noise, photons)` returns the call that is timed."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--repeats", type=int, default=SETTINGS["repeats"])
    ap.add_argument("--seconds", type=float, default=SETTINGS["seconds"], help="CPU seconds of a repeat, at least")
    a = ap.parse_args()
    out = {"tool": tool, "about": about, "rows": {}}
    for name, noise, photons in rows():
        right = right_answers(noise, photons)
        if noise == "noiseless" and right() != RIGHT_WITHOUT_NOISE:
            raise SystemExit(f"{tool} classifies {right()} rows rightly without noise, expected {RIGHT_WITHOUT_NOISE}")
        counts = [right() for _ in range(SETTINGS["accuracy_seeds"])]
        accuracy = {"accuracy": float(np.mean(counts)) / SETTINGS["batch"],
                    "accuracy_stderr": float(np.std(counts, ddof=1)) / SETTINGS["batch"] / len(counts) ** 0.5}
        out["rows"][name] = accuracy | rates(right, a)
    print(json.dumps(out))
