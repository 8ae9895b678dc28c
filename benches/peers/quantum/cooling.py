"""QuTiP's heterodyne trajectories of atoms in a lossy cavity, the cavity eliminated: CPU seconds, and the error along a path.

J = 4 from the start, Delta = 10, kappa = 1 (field), wz = 1, Gaussian couplings with a largest eigenvalue of 1 and 1.02 times the least diagonal. One
channel a site. Prints JSON lines.

  python cooling.py cost  --n 12 --dt 0.01 --tend 0.1    seconds of one trajectory, scaled to T = 20 (steps cost the same at every t)
  python cooling.py error --n 6  --dt 0.01 --tend 5      RMS over paths of <H_xx>/E_0 at tend against dt/8 on the same path
"""
import argparse
import json
import time
import warnings

import numpy as np
import scipy.sparse as sp

warnings.filterwarnings("ignore")
import qutip as qt

DELTA, KAPPA, WZ, J = 10.0, 1.0, 1.0, 4.0


def couplings(n, seed=1):
    a = np.random.default_rng(seed).normal(size=(n, n)) / np.sqrt(n)
    a = np.triu(a, 1) + np.triu(a, 1).T
    a /= np.linalg.eigvalsh(a)[-1]
    return a, a - 1.02 * np.linalg.eigvalsh(a)[0] * np.eye(n)


def operators(n):
    """H_eff, jump operators, the start and sum_{i<j} a_ij sx_i sx_j, as in the book, in the basis of sigma^z."""
    a, k = couplings(n)
    one = {"x": sp.csr_matrix([[0, 0.5], [0.5, 0]]), "y": sp.csr_matrix([[0, -0.5j], [0.5j, 0]]), "z": sp.diags([0.5, -0.5])}
    spin = lambda axis, i: sp.kron(sp.kron(sp.identity(2**i), one[axis]), sp.identity(2 ** (n - i - 1)), format="csr")
    sx, sy, sz = ([spin(axis, i) for i in range(n)] for axis in "xyz")
    values, vectors = np.linalg.eigh(k)
    c = vectors * np.sqrt(values)
    alpha = lambda w: -1 / (DELTA + w - 1j * KAPPA)
    u, v = alpha(WZ) + alpha(-WZ), alpha(WZ) - alpha(-WZ)
    g = np.sqrt(J * (DELTA**2 + KAPPA**2) / DELTA)
    h, jumps = sum(WZ * s for s in sz), []
    for m in range(n):
        vm = sum(g * c[i, m] * sx[i] for i in range(n))
        b = sum(0.5 * g * c[i, m] * (u * sx[i] + 1j * v * sy[i]) for i in range(n))
        h = h + 0.5 * (vm @ b + (vm @ b).getH())
        jumps.append(np.sqrt(2 * KAPPA) * b)
    energy = -sum(4 * a[i, j] * sx[i] @ sx[j] for i in range(n) for j in range(i))
    q = lambda m: qt.Qobj(m, dims=[[2] * n] * 2).to("CSR")
    psi = qt.tensor([qt.basis(2, 1)] * n)
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    ground = min(-0.5 * np.einsum("xi,ij,xj->x", signs, a, signs))
    return q(h), [q(l) for l in jumps], psi, q(energy), ground


def cost(n, dt, tend):
    h, jumps, psi, energy, _ = operators(n)
    s = qt.SSESolver(h, jumps, heterodyne=True, options={"dt": dt, "method": "platen", "progress_bar": "", "store_states": False})
    s.start(psi, 0.0, seed=7)
    start = time.process_time()
    qt.expect(energy, s.step(tend))
    return (time.process_time() - start) * 20 / tend


def error(n, dt, tend, paths):
    h, jumps, psi, energy, ground = operators(n)
    fine, count, differences = dt / 8, round(tend / dt), []
    for path in range(paths):
        noise = np.random.default_rng(path).normal(scale=np.sqrt(fine), size=(len(jumps), 2, 8 * count))
        found = []
        for step, dw in [(fine, noise), (dt, noise.reshape(len(jumps), 2, count, 8).sum(-1))]:
            s = qt.SSESolver(h, jumps, heterodyne=True, options={"dt": step, "method": "platen", "progress_bar": ""})
            times = np.linspace(0, tend, round(tend / step) + 1)
            run = s.run_from_experiment(psi, times, dw, e_ops=[energy], measurement=False)
            found.append(run.expect[0][-1].real)
        differences.append((found[1] - found[0]) / ground)
    return float(np.sqrt(np.mean(np.square(differences))))


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("what", choices=["cost", "error"])
    ap.add_argument("--n", type=int, default=6)
    ap.add_argument("--dt", type=float, default=0.01)
    ap.add_argument("--tend", type=float, default=5.0)
    ap.add_argument("--paths", type=int, default=8)
    a = ap.parse_args()
    out = {"cpu_s_per_traj_T20": cost(a.n, a.dt, a.tend)} if a.what == "cost" else {"rms": error(a.n, a.dt, a.tend, a.paths)}
    print(json.dumps(vars(a) | out))
