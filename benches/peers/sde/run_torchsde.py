"""One ensemble by torchsde: its error, or its CPU seconds. Prints one JSON line."""
import argparse
import json

import numpy as np
import torch
import torchsde

import problem as P

# The rest integrate the Stratonovich equation of the same process.
ITO = {"euler", "milstein", "srk"}
torch.set_default_dtype(torch.float64)


class Problem(torch.nn.Module):
    def __init__(self, name, method):
        super().__init__()
        ito = method in ITO
        self.name, self.sde_type = name, "ito" if ito else "stratonovich"
        self.noise_type = "diagonal"
        self.growth = torch.tensor(P.GROWTH if ito else P.stratonovich_growth())
        self.spread = torch.tensor(P.SPREAD)
        self.shift = 0.0 if ito else 0.5

    def f(self, t, y):
        return P.drift(self.name, y, self.growth, self.shift)

    def g(self, t, y):
        if self.name == "ornstein":
            return torch.full_like(y, P.KICK)
        return self.spread * y if self.name == "geometric" else y


def arguments(given=None):
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--problem", choices=P.NAMES, default="geometric")
    ap.add_argument("--method", default="srk")
    ap.add_argument("--steps", type=int, default=16)
    ap.add_argument("--tolerance", type=float, help="adaptive; the first step is 1/steps")
    ap.add_argument("--time", action="store_true", help="CPU seconds of the integration, else the error")
    ap.add_argument("--seconds", type=float, default=0.3)
    ap.add_argument("--repeats", type=int, default=5)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--seed", type=int, default=7)
    return ap.parse_args(given)


class Ensemble:
    """Trajectories of one problem by one method."""

    def __init__(self, a):
        torch.set_num_threads(a.threads)
        self.a, self.sde = a, Problem(a.problem, a.method)
        self.y0 = torch.tensor(P.START[a.problem]).repeat(P.TRAJECTORIES, 1)
        self.ts = torch.tensor([0.0, 1.0])

    def path(self, seed, steps):
        area = "space-time" if self.a.method == "srk" else "none"
        dt = None if self.a.tolerance else 1.0 / steps
        return torchsde.BrownianInterval(t0=0.0, t1=1.0, size=tuple(self.y0.shape), dtype=torch.float64, entropy=seed, dt=dt,
                                         levy_area_approximation=area)

    def solve(self, bm, steps):
        tolerance = self.a.tolerance
        options = {"adaptive": True, "rtol": tolerance, "atol": tolerance, "dt_min": 1e-7} if tolerance else {}
        with torch.no_grad():
            return torchsde.sdeint(self.sde, self.y0, self.ts, bm=bm, method=self.a.method, dt=1.0 / steps, **options)[-1]

    def error(self, steps):
        bm = self.path(self.a.seed, steps)
        y = self.solve(bm, steps)
        # `geometric` asks for the end of the path only.
        fine = steps * (1 if self.a.problem == "geometric" else max(P.FINE // steps, 1))
        # Parts of the steps already taken, so that the tree of the path is walked once.
        parts = [bm(k / fine, (k + 1) / fine) for k in range(fine)]
        parts = [p[0] if isinstance(p, tuple) else p for p in parts]
        w = np.concatenate([np.zeros((1, *self.y0.shape)), np.cumsum(torch.stack(parts).numpy(), axis=0)])
        return P.summary(y.numpy(), P.exact(self.a.problem, w))

    def cost(self, steps):
        return P.timed(lambda k: self.solve(self.path(k, steps), steps), self.a)


def main():
    a = arguments()
    ensemble = Ensemble(a)
    out = {"tool": "torchsde", "method": a.method, "steps": a.steps, "tolerance": a.tolerance}
    print(json.dumps(out | (ensemble.cost(a.steps) if a.time else ensemble.error(a.steps))))


if __name__ == "__main__":
    main()
