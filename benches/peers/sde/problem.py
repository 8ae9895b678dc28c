"""The problems that every tool integrates over [0, 1], and their exact solutions on a path.

  geometric   dy_k = m_k y_k dt + s_k y_k dW_k, m = (0.5, -0.8), s = (0.5, 0.7), y(0) = (1, 1); Ito, diagonal.
  well        dy = (1.5 y - y^3) dt + y dW, y(0) = 1.2; Ito, diagonal.
  ornstein    dy = -1.5 y dt + 0.8 dW, y(0) = 1; additive.
  wall        as `well` from y(0) = 20: a rate of 1200 at the start, of 3 later; for adaptive steps.

They are those of tests/systems/sde.rs, which examples/peer_sde.rs reads. The functions work on arrays of NumPy, PyTorch and JAX;
components are the last axis.
"""
import resource
import time

import numpy as np

NAMES = ["geometric", "well", "ornstein", "wall"]
TARGETS = [1e-2, 1e-3]
TRAJECTORIES = 1000
# Points of the path for the exact solutions of `well` and `ornstein`; their own error is some 1e-4 of a path's spread.
FINE = 4096

GROWTH, SPREAD = np.array([0.5, -0.8]), np.array([0.5, 0.7])
MU, RETURN, KICK = 1.5, 1.5, 0.8
START = {"geometric": [1.0, 1.0], "well": [1.2], "ornstein": [1.0], "wall": [20.0]}
DIM = {name: len(y) for name, y in START.items()}


def drift(name, y, growth=GROWTH, shift=0.0):
    """f of the Ito equation; `shift` 1/2 takes (1/2) g g' off, for the Stratonovich equation of the same process."""
    if name == "geometric":
        return growth * y
    if name == "ornstein":
        return -RETURN * y
    return ((MU - shift) - y * y) * y


def stratonovich_growth():
    return GROWTH - 0.5 * SPREAD * SPREAD


def exact(name, w):
    """y(1) for paths w[point, trajectory, component] at equidistant points of [0, 1], w[0] = 0."""
    t = np.linspace(0.0, 1.0, len(w))
    if name == "geometric":
        return np.exp(GROWTH - 0.5 * SPREAD**2 + SPREAD * w[-1])
    if name == "ornstein":
        # int exp(-theta (1 - s)) dW by parts: the integral of W has an error of second order in the points.
        integrand = RETURN * np.exp(-RETURN * (1.0 - t))[:, None, None] * w
        return np.exp(-RETURN) + KICK * (w[-1] - trapezium(integrand, t))
    start = START[name][0]
    e = np.exp((MU - 0.5) * t[:, None, None] + w)
    return e[-1] / np.sqrt(1.0 / start**2 + 2.0 * trapezium(e * e, t))


def trapezium(f, t):
    return (t[1] - t[0]) * (0.5 * f[0] + f[1:-1].sum(axis=0) + 0.5 * f[-1])


def summary(y, reference):
    """Root mean square error, its standard error, and the mean of the exact first component, which all tools must share."""
    squares = ((np.asarray(y) - reference) ** 2).sum(axis=-1)
    n = len(squares)
    error = float(np.sqrt(squares.mean()))
    first = reference[:, 0]
    return {"error": error, "stderr": float(squares.std() / np.sqrt(n) / (2 * error)),
            "mean": float(first.mean()), "mean_stderr": float(first.std() / np.sqrt(n)), "trajectories": n}


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def timed(one, a):
    """Smallest CPU time of one(k) over `a.repeats` runs of `a.seconds` each: interference only ever adds. A first call warms up."""
    one(0)
    best, wall = float("inf"), float("inf")
    for _ in range(a.repeats):
        begin, started, runs = cpu(), time.perf_counter(), 0
        while runs == 0 or cpu() - begin < a.seconds:
            runs += 1
            one(runs)
        best = min(best, (cpu() - begin) / runs)
        wall = min(wall, (time.perf_counter() - started) / runs)
    return {"cpu_s": best, "wall_s": wall, "threads": a.threads}
