"""Run QuTiP, the C reference and lightfall at the settings of settings.json and print CPU seconds per trajectory and ratios."""
import argparse
import json
import math
import pathlib
import subprocess
import sys

import problem as P

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE / "data"
LIGHTFALL = HERE.parents[2] / "target" / "release" / "examples" / "peer_quantum"
# Only mesolve of the smallest system is affordable: its state has 4^N entries.
SIZES = {"master": [6], "counting": [6, 10, 12], "homodyne": [6, 10, 12], "heterodyne": [6, 10, 12]}
SCALED_SPAN = 0.2  # QuTiP's diffusive solvers run over t <= 0.2 and are scaled to T = 20
QUTIP_RUNS = {"master": {}, "counting": {6: 40, 8: 8, 10: 3}, "homodyne": {6: 10, 8: 4, 10: 2}, "heterodyne": {6: 5, 8: 2}}
NATIVE_RUNS = {6: 400, 8: 100, 10: 40}


def best(command, repeats):
    """Smallest CPU time of several runs: interference only ever adds."""
    runs = []
    for _ in range(repeats):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr}")
        runs.append(json.loads(done.stdout.splitlines()[-1])["cpu_s_per_traj_T20"])
    return min(runs)


def qutip(unravelling, n, setting, repeats):
    dt = setting["options"].get("dt")
    tend = dt * math.ceil(SCALED_SPAN / dt - 1e-9) if dt else P.T  # a whole number of steps
    runs = QUTIP_RUNS[unravelling].get(n, 1)
    return best([sys.executable, "-W", "ignore", HERE / "run_qutip.py", "--unravelling", unravelling, "--n", n, "--tend", tend,
                 "--trajectories", runs, "--options", json.dumps(setting["options"])], repeats)


def c_reference(n, setting, repeats):
    return best([HERE / "split_cost", n, setting["dt"], NATIVE_RUNS.get(n, 10), DATA], repeats)


def lightfall(solver, unravelling, n, setting, repeats, watch="means"):
    command = [LIGHTFALL, "--solver", solver, "--unravelling", unravelling, "--n", n, "--data", DATA,
               "--tend", setting.get("tend", P.T), "--trajectories", NATIVE_RUNS.get(n, 10), "--watch", watch]
    for key in ("dt", "tolerance"):
        if setting.get(key) is not None:
            command += [f"--{key}", setting[key]]
    return best(command, repeats)


def split_against_c(sizes, repeats, dt=0.1):
    """The split step alone, homodyne, at equal dt, the two programs in turn."""
    print(f"\nSplit step at dt = {dt}, homodyne: CPU seconds per trajectory.\n\n| N | C | lightfall | C/lightfall |\n" + "|" + "---|" * 4)
    rows = []
    for n in sizes:
        P.couplings(n)
        runs = {"dt": dt, "trajectories": 40 if n < 16 else max(1, 8 >> (n - 16))}
        times = [(best([HERE / "split_cost", n, dt, runs["trajectories"], DATA], 1), lightfall("split", "homodyne", n, runs, 1, "energy"))
                 for _ in range(repeats)]
        c, own = (min(column) for column in zip(*times))
        rows.append({"n": n, "c_s": c, "lightfall_s": own, "c_over_lightfall": c / own})
        print(f"| {n} | {c:.3g} | {own:.3g} | {c / own:.2f} |", flush=True)
    return rows


def cell(value, form="{:.3g}"):
    return "-" if value is None else form.format(value)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("unravellings", nargs="*", default=list(SIZES), help="master, counting, homodyne, heterodyne")
    ap.add_argument("--sizes", type=int, nargs="+", help="N; default 6 10 12, and 6 for master")
    ap.add_argument("--split-sizes", type=int, nargs="*", default=[12, 14, 16, 18, 20], help="N of the table against C")
    ap.add_argument("--repeats", type=int, default=3)
    a = ap.parse_args()
    settings = json.loads((HERE / "settings.json").read_text())
    native = settings.get("lightfall", {})
    for unravelling in a.unravellings:
        if unravelling not in SIZES:
            ap.error(f"unknown unravelling {unravelling}; choose from {', '.join(SIZES)}")
    print("CPU seconds per trajectory over t in [0, 20] (master: of one run), one core; ratios are peer / lightfall.\n")
    head = "| unravelling | N | QuTiP | C split | lightfall solver | lightfall | QuTiP/lightfall | C/lightfall |"
    print(head + "\n|" + "---|" * 8)
    results = []
    for unravelling in a.unravellings:
        for n in a.sizes or SIZES[unravelling]:
            P.couplings(n)
            peer = qutip(unravelling, n, settings["qutip"][unravelling], a.repeats)
            # The C program draws a homodyne record; there is no C reference for the other unravellings.
            c = c_reference(n, settings["c"][unravelling], a.repeats) if unravelling in settings["c"] else None
            solvers = [s for s in ("split", "general") if usable(native.get(s, {}).get(unravelling))] if LIGHTFALL.exists() else []
            for solver in solvers or [None]:
                own = lightfall(solver, unravelling, n, native[solver][unravelling], a.repeats) if solver else None
                reference = c if solver != "general" else None
                ratios = [x / own if x and own else None for x in (peer, reference)]
                print("|", " | ".join([unravelling, str(n), cell(peer), cell(reference), solver or "-", cell(own),
                                       *(cell(x, "{:.2f}") if x and x < 10 else cell(x, "{:.0f}") for x in ratios)]), "|", flush=True)
                results.append({"unravelling": unravelling, "n": n, "qutip_s": peer, "c_s": reference, "solver": solver,
                                "lightfall_s": own, "qutip_over_lightfall": ratios[0], "c_over_lightfall": ratios[1]})
    split = split_against_c(a.split_sizes, a.repeats) if LIGHTFALL.exists() and a.split_sizes else []
    (HERE / "results.json").write_text(json.dumps({"peers": results, "split": split}, indent=2) + "\n")
    if not LIGHTFALL.exists():
        print(f"\n{LIGHTFALL.name} is not built: cargo build --release --example {LIGHTFALL.name}")


def usable(setting):
    return bool(setting) and any(setting.get(k) is not None for k in ("dt", "tolerance"))


if __name__ == "__main__":
    main()
