"""Times each peer, then lightfall for as long, and prints ratios."""

import argparse
import json
import os
import re
import subprocess
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
GRAPH = ROOT / "models/cim/gset/G22.txt"
N = 2000


def glass(work):
    """J_ij of N(0, 1/n), seed 12345; E/n = -(1/n) sum_{i<j} J s s."""
    a = np.triu(np.random.default_rng(12345).standard_normal((N, N)) / np.sqrt(N), 1)
    j = a + a.T
    np.save(work / "glass.npy", j)
    (work / "glass.f64").write_bytes(j.tobytes())
    return j


def graph():
    rows = [line.split() for line in GRAPH.read_text().splitlines() if line.strip()]
    edges = np.array([[int(r[0]) - 1, int(r[1]) - 1, int(r[2])] for r in rows[1:]])
    w = np.zeros((N, N))
    w[edges[:, 0], edges[:, 1]] = edges[:, 2]
    return edges, w + w.T


def lightfall(program, file, machine, seconds, work, *more):
    command = [program, "solve", file, "-m", machine, "-t", f"{seconds}", "--seed", "1", "-q", "--format", "json"]
    out = subprocess.run([*command, "-o", work / "out", *more], capture_output=True, text=True, check=True)
    found = json.loads(out.stdout)
    replicas = sum(r["replicas"] * r["done"] for r in found["runs"])
    value = found["best"].get("cut", found["best"]["energy"])
    return {"rate": replicas * N / found["wall_seconds"], "value": value, "seconds": found["wall_seconds"]}


def separatrix(program, file, replicas, sweeps):
    out = subprocess.run([program, file, str(replicas), str(sweeps)], capture_output=True, text=True, check=True)
    found = json.loads(out.stdout)
    return {"rate": found["flips_per_second"], "seconds": found["seconds"], "energy": found["energy"], "cut": found["cut"]}


def bifurcation(j, mode, replicas, steps):
    import simulated_bifurcation as sb
    import torch
    from simulated_bifurcation.core import Ising

    torch.manual_seed(1)
    sb.set_env(time_step=0.5, pressure_slope=1.0 / steps)
    model = Ising(torch.from_numpy(j.astype(np.float32)))
    start = time.perf_counter()
    spins = model.minimize(agents=replicas, max_steps=steps, mode=mode, verbose=False, early_stopping=False)
    seconds = time.perf_counter() - start
    s = np.sign((spins if spins is not None else model.computed_spins).numpy())
    s = s if s.shape[0] == N else s.T
    energy = (-0.5 * np.einsum("ia,ia->a", s, j @ s)).min()
    return {"rate": replicas * steps * N / seconds, "seconds": seconds, "energy": energy}


def dwave(edges, sweeps, reads):
    import dimod
    from dwave.samplers import SimulatedAnnealingSampler

    couplings = (edges[:, 0], edges[:, 1], edges[:, 2].astype(float))
    model = dimod.BQM.from_numpy_vectors(np.zeros(N), couplings, 0.0, "SPIN")
    start = time.perf_counter()
    found = SimulatedAnnealingSampler().sample(model, num_reads=reads, num_sweeps=sweeps, seed=1)
    seconds = time.perf_counter() - start
    total = edges[:, 2].sum()
    return {"rate": reads * sweeps * N / seconds, "seconds": seconds, "cut": 0.5 * (total - found.record.energy.min())}


def mqlib(seconds):
    out = subprocess.run(
        [os.environ["MQLIB"], "-fM", GRAPH, "-h", "BURER2002", "-r", str(seconds), "-s", "1", "-ps"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {"rate": None, "seconds": seconds, "cut": float(re.split(",", out.stdout)[3])}


def row(what, peer, ours, key):
    ratio = "-" if peer["rate"] is None else f"{ours['rate'] / peer['rate']:.1f}"
    print(f"{what:44s} {ratio:>8s} {peer[key]:>14.3f} {ours['value']:>14.3f} {peer['seconds']:>9.2f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("lightfall", "separatrix", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    a = parser.parse_args()
    j, (edges, w) = glass(a.work), graph()
    glass_file, raw = a.work / "glass.npy", a.work / "glass.f64"
    print(f"{'peer':44s} {'rate':>8s} {'peer reaches':>14s} {'lightfall':>14s} {'time each':>11s}")
    print("rate: attempted flips, or replica steps times N, a second; lightfall over the peer\n")

    def attempt(what, peer, file, machine, key, *more):
        try:
            found = peer()
        except (ImportError, FileNotFoundError, KeyError, subprocess.CalledProcessError) as e:
            print(f"{what:44s} left out: {type(e).__name__} {e}")
            return
        row(what, found, lightfall(a.lightfall, file, machine, max(found["seconds"], 0.1), a.work, *more), key)

    # Against a peer of one thread lightfall has one.
    single = ["--threads", "1"]
    attempt("separatrix SA, G22, 16 x 1000", lambda: separatrix(a.separatrix, GRAPH, 16, 1000), GRAPH, "sa", "cut")
    attempt("separatrix SA, glass, 8 x 2000", lambda: separatrix(a.separatrix, raw, 8, 2000), glass_file, "sa", "energy")
    attempt("dwave-samplers SA, G22, 20 x 1000", lambda: dwave(edges, 1000, 20), GRAPH, "sa", "cut", *single)
    attempt("MQLib BURER2002, G22, 10 s", lambda: mqlib(10), GRAPH, "sa", "cut", *single)

    def of_graph():
        found = bifurcation(-w, "discrete", 16, 1000)
        return {**found, "cut": 0.5 * (edges[:, 2].sum() - found["energy"])}

    attempt("simulated-bifurcation dSB, G22, 16 x 1000", of_graph, GRAPH, "dsb", "cut")
    ballistic = lambda: bifurcation(j, "ballistic", 64, 500)  # noqa: E731
    attempt("simulated-bifurcation bSB, glass, 64 x 500", ballistic, glass_file, "bsb", "energy")


if __name__ == "__main__":
    main()
