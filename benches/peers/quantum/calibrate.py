"""Find the loosest setting of each tool with error <= 2e-3 at N = 6, and write it to settings.json.

Error: max over problem.TSAVE of |weak error| in <sz_i> and <sx_i sx_j>, all i and all pairs, against the master equation.

split (C)   averaged exactly over the record, so the error has no sampling noise
master      compared with a reference at rtol 1e-10
counting    the same seeds at a tight tolerance: equal thresholds and channel draws, the mean difference is the weak error
lightfall   its own noise refined by eight (tolerance 1000 times tighter), the mean difference is the weak error; the
            split step has the weak error of the C reference, whose scheme it is (errors of its sampled paths scatter)
homodyne, heterodyne
            the same Wiener path at dt and dt / 2 (coarse dW = sum of fine dW), the mean difference is the
            weak error up to that of dt / 2. The step itself is taken from PATHWISE; see README.md.

Usage: calibrate.py [split] [master] [counting] [lightfall] [homodyne] [heterodyne] [--runs K]    (default: the first four)
"""
import argparse
import json
import pathlib
import subprocess
import time
from functools import reduce

import numpy as np

import problem as P
from run_qutip import solver, system

N, LIMIT = 6, 2e-3
FILE = pathlib.Path(__file__).with_name("settings.json")
H, LS, PSI0, WATCHED, _ = system(N)
HADAMARD = reduce(np.kron, [np.array([[1, 1], [1, -1]]) / np.sqrt(2)] * N)
SIGNS = np.array([P.sz_diag(N, i) for i in range(N)])
PAIRS = np.array([SIGNS[i] * SIGNS[j] for i in range(N) for j in range(i + 1, N)])
# Largest pathwise error of platen, N = 4, one to three paths, not normalised: dt -> error.
PATHWISE = {
    "homodyne": {0.001: 3.5e-4, 0.005: 1.8e-3, 0.01: 2.9e-3, 0.02: 7.4e-3, 0.05: 1.4e-2},
    "heterodyne": {0.001: 1.8e-4, 0.01: 1.6e-3, 0.02: 3.1e-3, 0.05: 1.7e-2},
}


def largest(difference):
    """Largest |mean| over (time, observable) of paired differences (run, time, observable), and its standard error."""
    mean = difference.mean(0)
    at = np.unravel_index(abs(mean).argmax(), mean.shape)
    runs = len(difference)
    return {"error": abs(mean[at]), "stderr": difference[(slice(None), *at)].std(ddof=1) / np.sqrt(runs), "trajectories": runs}


def exact(error):
    return {"error": error, "stderr": 0.0, "trajectories": 0}


def master(rtol, **options):
    options = {"rtol": rtol, "atol": rtol / 100} | options
    return np.array(solver("master", H, LS, options).run(PSI0, P.TSAVE, e_ops=WATCHED).expect).T


def split_mean(steps):
    """Mean over all records of the scheme of split_cost.c with dt = 1 / steps, from the density matrix in the x basis."""
    m, dt = P.matrices(N), 1.0 / steps
    x_diagonal = lambda a: np.diag(HADAMARD @ a.toarray().real @ HADAMARD)
    energy, rates = x_diagonal(m["Hx"]), np.array([x_diagonal(L) for L in m["Ls"]])
    damping = np.exp(-0.5 * dt * ((rates[:, :, None] - rates[:, None, :]) ** 2).sum(0))
    half = HADAMARD @ np.diag(np.exp(-0.5j * dt * m["Hz"].diagonal())) @ HADAMARD
    rho = np.outer(*[HADAMARD @ m["psi0"]] * 2)
    rows = []
    for step in range(round(P.T) * steps + 1):
        if step % steps == 0:
            rows.append(np.r_[SIGNS @ np.diag(HADAMARD @ rho @ HADAMARD).real, PAIRS @ np.diag(rho).real])
        phase = np.exp(-1j * dt * P.g((step + 0.5) * dt) * energy)
        rho = half @ rho @ half.conj().T
        rho = half @ (rho * damping * np.outer(phase, phase.conj())) @ half.conj().T
    return np.array(rows)


def calibrate_split(reference, _):
    for steps in range(4, 41):
        error = abs(split_mean(steps) - reference).max()
        print(f"split dt=1/{steps}: {error:.2e}", flush=True)
        if error <= LIMIT:
            return {"c": {"homodyne": {"dt": 1.0 / steps} | exact(error)}}


def calibrate_master(reference, _):
    for rtol in (1e-2, 5e-3, 3e-3, 2e-3, 1e-3, 5e-4):
        error = abs(master(rtol) - reference).max()
        print(f"mesolve rtol={rtol:g}: {error:.2e}", flush=True)
        if error <= LIMIT:
            return {"qutip": {"master": {"options": {"rtol": rtol, "atol": rtol / 100}} | exact(error)}}


def jumps(runs, **options):
    s = solver("counting", H, LS, options | {"keep_runs_results": True})
    start = time.process_time()
    values = np.array(s.run(PSI0, P.TSAVE, ntraj=runs, e_ops=WATCHED, seeds=1).runs_expect)
    print(f"mcsolve {options}: {(time.process_time() - start) / runs:.4f} s per trajectory", flush=True)
    return values.transpose(1, 2, 0)


def calibrate_counting(_, runs):
    runs = runs or 3000
    tight = jumps(runs, rtol=1e-7, atol=1e-9, norm_tol=1e-7, norm_t_tol=1e-10, norm_steps=60)
    for rtol in (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5):
        options = {"rtol": rtol, "atol": rtol / 100}
        found = largest(jumps(runs, **options) - tight)
        print(found, flush=True)
        if found["error"] <= LIMIT:
            return {"qutip": {"counting": {"options": options} | found}}


def diffusive_path(s, dw, dt):
    rows = []

    def observe(t, psi):
        if abs(t - round(t)) < dt / 4:  # the save times; an operator would be evaluated at every step
            v = psi.full()[:, 0]
            rows.append(np.r_[SIGNS @ abs(v) ** 2, PAIRS @ abs(HADAMARD @ v) ** 2])
        return 0.0

    s.run_from_experiment(PSI0, np.linspace(0.0, P.T, dw.shape[-1] + 1), dw, e_ops=[observe])
    return np.array(rows)


def calibrate_diffusive(unravelling, runs):
    dt = max(step for step, error in PATHWISE[unravelling].items() if error <= LIMIT)
    s = solver(unravelling, H, LS, {"dt": dt, "normalize_output": True})
    shape = (N, 2) if unravelling == "heterodyne" else (N,)
    rng, rows = np.random.default_rng(1), []
    for k in range(runs or 20):
        fine = rng.normal(0.0, np.sqrt(dt / 2), (*shape, round(P.T / dt), 2))
        rows.append(diffusive_path(s, fine.sum(-1), dt) - diffusive_path(s, fine.reshape(*shape, -1), dt / 2))
    found = largest(np.array(rows))
    print(f"{unravelling} dt={dt:g} against dt/2: {found}", flush=True)
    options = {"method": "platen", "dt": dt, "normalize_output": True}
    return {"qutip": {unravelling: {"options": options, "pathwise_error_n4": PATHWISE[unravelling][dt],
                                    "resolved": bool(found["stderr"] < LIMIT / 4)} | found}}


LIGHTFALL = pathlib.Path(__file__).resolve().parents[3] / "target" / "release" / "examples" / "peer_quantum"
# Steps and tolerances tried, loosest first, and the paired trajectories each takes.
NATIVE = {
    "master": ("tolerance", [1e-1, 1e-2, 1e-3, 1e-4], 1),
    "counting": ("tolerance", [1e-3, 1e-4, 1e-5, 1e-6], 6000),
    "homodyne": ("dt", [0.2, 0.1, 0.05, 0.025], 6000),
    "heterodyne": ("dt", [0.2, 0.1, 0.05, 0.025], 6000),
}


def calibrate_lightfall(reference, runs):
    found = {"general": {}, "split": {}}
    for unravelling, (key, values, trajectories) in NATIVE.items():
        for value in values:
            command = [LIGHTFALL, "--solver", "general", "--unravelling", unravelling, "--n", N, "--data", FILE.parent / "data",
                       "--error", 1, "--trajectories", min(trajectories, runs or trajectories), f"--{key}", value]
            row = json.loads(subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout)
            print(unravelling, {key: value}, row["error"], row["stderr"], flush=True)
            # One standard error of room: an estimate that barely fits may not.
            if row["error"] + row["stderr"] <= LIMIT:
                found["general"][unravelling] = {key: value, "error": row["error"], "stderr": row["stderr"]}
                break
    split = calibrate_split(reference, runs)["c"]["homodyne"]
    found["split"] = {unravelling: split for unravelling in ("counting", "homodyne", "heterodyne")}
    return {"lightfall": found}


STEPS = {
    "split": calibrate_split,
    "master": calibrate_master,
    "counting": calibrate_counting,
    "lightfall": calibrate_lightfall,
    "homodyne": lambda _, runs: calibrate_diffusive("homodyne", runs),
    "heterodyne": lambda _, runs: calibrate_diffusive("heterodyne", runs),
}

if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("tools", nargs="*", default=["split", "master", "counting", "lightfall"])
    ap.add_argument("--runs", type=int, help="paired trajectories")
    a = ap.parse_args()
    reference = master(1e-10, method="vern9", atol=1e-12)
    settings = json.loads(FILE.read_text()) if FILE.exists() else {}
    for tool in a.tools:
        for side, rows in (STEPS[tool](reference, a.runs) or {}).items():
            settings.setdefault(side, {}).update(rows)
        FILE.write_text(json.dumps(settings, indent=2) + "\n")
