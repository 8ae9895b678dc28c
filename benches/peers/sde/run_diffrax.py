"""One ensemble by diffrax: its error, or its CPU seconds. Prints one JSON line.

The error is measured on VirtualBrownianTree, whose path can be asked again; UnsafeBrownianPath has the same law, so the error of a
fixed step is the same on it. `--layout vmap` maps one solve over the trajectories, `batch` integrates them as one state.
"""
import argparse
import functools
import json
import os

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
import diffrax as D  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import lineax as lx  # noqa: E402
import numpy as np  # noqa: E402

import problem as P  # noqa: E402

ITO = {"Euler", "ItoMilstein"}
AREA = {"SRA1": D.SpaceTimeLevyArea, "ShARK": D.SpaceTimeLevyArea, "SEA": D.SpaceTimeLevyArea, "SPaRK": D.SpaceTimeLevyArea,
        "GeneralShARK": D.SpaceTimeLevyArea, "SlowRK": D.SpaceTimeLevyArea}


def problem(name, method, batch):
    """Terms without their control, start, and shape of the Brownian motion."""
    ito = method in ITO
    growth = jnp.asarray(P.GROWTH if ito else P.stratonovich_growth())
    spread, shift = jnp.asarray(P.SPREAD), 0.0 if ito else 0.5
    shape = (P.TRAJECTORIES, P.DIM[name]) if batch else (P.DIM[name],)

    def drift(t, y, args):
        return P.drift(name, y, growth, shift)

    def diffusion(t, y, args):
        if name == "ornstein":
            return jnp.full(shape, P.KICK)
        return spread * y if name == "geometric" else y

    def terms(path):
        noise = D.ControlTerm(lambda t, y, args: lx.DiagonalLinearOperator(diffusion(t, y, args)), path)
        return D.MultiTerm(D.ODETerm(drift), noise)

    return terms, jnp.broadcast_to(jnp.asarray(P.START[name]), shape), shape


def arguments(given=None):
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--problem", choices=P.NAMES, default="geometric")
    ap.add_argument("--method", default="SPaRK")
    ap.add_argument("--steps", type=int, default=16)
    ap.add_argument("--tolerance", type=float, help="adaptive; the first step is 1/steps")
    ap.add_argument("--path", choices=["tree", "unsafe"], default="tree")
    ap.add_argument("--layout", choices=["vmap", "batch"], default="vmap")
    ap.add_argument("--tree-tol", type=float, default=2.0**-11, help="resolution of the tree")
    ap.add_argument("--time", action="store_true", help="CPU seconds of the integration, else the error")
    ap.add_argument("--seconds", type=float, default=0.3)
    ap.add_argument("--repeats", type=int, default=5)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--seed", type=int, default=7)
    return ap.parse_args(given)


class Ensemble:
    """Trajectories of one problem by one method; compiled once for all steps."""

    def __init__(self, a):
        if a.threads == 1:
            # XLA takes its threads from the processors it may use.
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self.a, self.batch = a, a.layout == "batch"
        self.terms, self.y0, shape = problem(a.problem, a.method, self.batch)
        self.solver, area = getattr(D, a.method)(), AREA.get(a.method, D.BrownianIncrement)
        self.form, self.area = jax.ShapeDtypeStruct(shape, jnp.float64), area
        self.run = jax.jit(self.one if self.batch else jax.vmap(self.one, in_axes=(0, None, None)))
        begin = P.cpu()
        self.solve(a.seed, a.steps)
        self.compile_s = P.cpu() - begin

    def path(self, key, kind):
        if kind == "tree":
            return D.VirtualBrownianTree(0.0, 1.0, tol=self.a.tree_tol, shape=self.form, key=key, levy_area=self.area)
        return D.UnsafeBrownianPath(self.form, key, levy_area=self.area)

    def one(self, key, dt, tolerance):
        control = D.ConstantStepSize()
        if self.a.tolerance:
            control = D.PIDController(rtol=tolerance, atol=tolerance, dtmin=1e-6, pcoeff=0.1, icoeff=0.3, dcoeff=0.0)
        # The default adjoint refuses paths that cannot be asked again; nothing is differentiated here.
        s = D.diffeqsolve(self.terms(self.path(key, self.a.path)), self.solver, 0.0, 1.0, dt, self.y0, stepsize_controller=control,
                          max_steps=None, throw=False, adjoint=D.ForwardMode())
        return s.ys[-1], s.stats["num_steps"]

    def keys(self, seed):
        key = jax.random.key(seed)
        return key if self.batch else jax.random.split(key, P.TRAJECTORIES)

    def solve(self, seed, steps):
        return jax.block_until_ready(self.run(self.keys(seed), 1.0 / steps, self.a.tolerance or 0.0))

    @functools.cached_property
    def fine_path(self):
        t = jnp.linspace(0.0, 1.0, P.FINE + 1)
        points = lambda key: jax.vmap(lambda s: self.path(key, "tree").evaluate(0.0, s))(t)
        keys = self.keys(self.a.seed)
        w = jax.jit(points)(keys) if self.batch else jnp.moveaxis(jax.jit(jax.vmap(points))(keys), 0, 1)
        return np.asarray(w.W if hasattr(w, "W") else w)

    def error(self, steps):
        y, ticks = self.solve(self.a.seed, steps)
        return P.summary(y, P.exact(self.a.problem, self.fine_path)) | {"ticks": float(np.mean(ticks))}

    def cost(self, steps):
        return P.timed(lambda k: self.solve(k, steps), self.a) | {"compile_s": round(self.compile_s, 2)}


def main():
    a = arguments()
    ensemble = Ensemble(a)
    out = {"tool": "diffrax", "method": a.method, "steps": a.steps, "tolerance": a.tolerance, "path": a.path, "layout": a.layout}
    print(json.dumps(out | (ensemble.cost(a.steps) if a.time else ensemble.error(a.steps))))


if __name__ == "__main__":
    main()
