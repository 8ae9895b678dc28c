"""Find each tool's cheapest method and step at the target errors and write settings.json: `.venv/bin/python calibrate.py`.

For every method the fewest equal steps (of `wall`: the loosest tolerance of a ladder of 10^(1/4)) whose error over 1000 trajectories
is at most the target; of these the method that takes the least CPU time is kept.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import problem as P
import run_diffrax
import run_torchsde

HERE = pathlib.Path(__file__).resolve().parent
LIGHTFALL = HERE.parents[2] / "target" / "release" / "examples" / "peer_sde"
# No method within reach of the targets at more steps than this.
MOST = 1100
TORCH = {"fixed": ["euler", "milstein", "srk", "heun", "midpoint", "reversible_heun"], "wall": ["milstein", "srk", "heun"]}
DIFFRAX = {"fixed": ["Heun", "EulerHeun", "StratonovichMilstein", "ItoMilstein", "SPaRK", "GeneralShARK", "SlowRK"],
           "ornstein": ["Heun", "SPaRK", "SRA1", "ShARK", "SEA", "SlowRK"], "wall": ["SPaRK", "Heun"]}
OURS = {"fixed": ["milstein", "sriw1", "sosri", "stochastic-heun", "slow-rk"], "ornstein": ["sra1", "sosra", "stochastic-heun", "slow-rk"], "wall": ["sriw1", "sosri"]}
# One Jacobian-vector product a noise: these do not keep the structure of a batch.
ONE_BY_ONE = {"ItoMilstein", "StratonovichMilstein"}
LADDER = [10.0 ** (-k / 4) for k in range(2, 25)]


def fewest(error, target):
    """Fewest steps with error(n) <= target, the error taken to fall with n; None beyond MOST."""
    low, high = 3, 4
    while not error(high) <= target:
        low, high = high, 2 * high
        if high > MOST:
            return None
    # 5 % of a step's length are below the statistics.
    while high - low > max(1, low // 20):
        middle = (low + high) // 2
        low, high = (low, middle) if error(middle) <= target else (middle, high)
    return high


def lightfall(problem, given):
    command = [LIGHTFALL, "--problem", problem] + [str(x) for kv in given.items() for x in (f"--{kv[0]}", kv[1])]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    # A path that left the range of numbers: exit status 1, or `inf`, `NaN` for the sum of squares.
    finite = done.returncode == 0 and "inf" not in done.stdout and "NaN" not in done.stdout
    return json.loads(done.stdout) if finite else {"error": float("inf")}


def candidates(tool, problem):
    table = {"torchsde": TORCH, "diffrax": DIFFRAX, "lightfall": OURS}[tool]
    return table.get(problem, table["fixed"])


def settings_of(tool, problem, method):
    """(setting, error, cost) as functions of the steps or the tolerance."""
    adaptive = problem == "wall"
    first = 2000 if adaptive else 16  # steps of 1/2000 at the start of the wall, where explicit steps of 1/600 run away
    if tool == "lightfall":
        more = {"columns": 1 if adaptive else 64}
        key = "tolerance" if adaptive else "steps"
        setting = lambda x: {"stepper": method, key: x, **more}
        error = lambda x: lightfall(problem, setting(x) | {"seconds": 0})["error"]
        return setting, error, lambda x: lightfall(problem, setting(x) | {"repeats": 2, "seconds": 0.2})["cpu_s"]
    if tool == "torchsde":
        make = lambda x: run_torchsde.Ensemble(run_torchsde.arguments(
            ["--problem", problem, "--method", method, "--seconds", "0.2", "--repeats", "2"] + (["--tolerance", str(x)] if adaptive else [])))
        setting = lambda x: {"method": method, "steps": first, "tolerance": x} if adaptive else {"method": method, "steps": x}
        steps = lambda x: first if adaptive else x
        return setting, lambda x: make(x).error(steps(x))["error"], lambda x: make(x).cost(steps(x))["cpu_s"]
    layout = "vmap" if adaptive or method in ONE_BY_ONE else "batch"
    base = ["--problem", problem, "--method", method, "--layout", layout, "--seconds", "0.2", "--repeats", "2"]
    base += ["--tolerance", "1", "--steps", str(first), "--tree-tol", "1e-6"] if adaptive else []
    built = {}

    def ensemble(path, x):
        if path not in built:
            built[path] = run_diffrax.Ensemble(run_diffrax.arguments(base + ["--path", path]))
        if adaptive:
            built[path].a.tolerance = x
        return built[path]

    path = "tree" if adaptive else "unsafe"
    setting = lambda x: {"method": method, "layout": layout, "path": path} | (
        {"steps": first, "tolerance": x, "tree-tol": 1e-6} if adaptive else {"steps": x})
    steps = lambda x: first if adaptive else x
    return setting, lambda x: ensemble("tree", x).error(steps(x))["error"], lambda x: ensemble(path, x).cost(steps(x))["cpu_s"]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--tools", nargs="*", default=["lightfall", "torchsde", "diffrax"])
    ap.add_argument("--problems", nargs="*", default=P.NAMES)
    ap.add_argument("--methods", nargs="*", help="only these, of one tool")
    a = ap.parse_args()
    for problem in a.problems:
        for tool in a.tools:
            found = {}
            for method in a.methods or candidates(tool, problem):
                try:
                    setting, error, cost = settings_of(tool, problem, method)
                    known = {}
                    remember = lambda x: known.setdefault(x, error(x))
                    for target in P.TARGETS:
                        if problem == "wall":
                            x = next((x for x in LADDER if remember(x) <= target), None)
                        else:
                            x = fewest(remember, target)
                        if x is not None:
                            row = {**setting(x), "error": known[x], "cpu_s": cost(x)}
                            found.setdefault(str(target), []).append(row)
                            print(tool, problem, target, row, file=sys.stderr, flush=True)
                except Exception as problem_of_tool:  # noqa: BLE001: a method that a tool does not offer for this noise is said and left out
                    print(tool, problem, method, "left out:", str(problem_of_tool).splitlines()[:1], file=sys.stderr, flush=True)
            store(tool, problem, {t: min(rows, key=lambda r: r["cpu_s"]) for t, rows in found.items()})


def store(tool, problem, best):
    file = HERE / "settings.json"
    settings = json.loads(file.read_text()) if file.exists() else {}
    for target, row in best.items():
        row.pop("cpu_s")
        settings.setdefault(problem, {}).setdefault(target, {})[tool] = row
    file.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
