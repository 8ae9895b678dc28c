"""Read what run.sh measured and print samples a second, and lightfall's as multiples of NumPy's and PyTorch's.

NumPy and PyTorch run before and after lightfall: the better of their two passes counts, and the table says how far they are apart.
"""
import argparse
import json
import pathlib
import platform

import numpy as np

import problem as P

PEERS = ["numpy", "torch"]
# Passes further apart than this were not taken on a quiet machine.
DRIFT = 0.1


def peers(folder):
    """{tool: [first pass, second pass]}, checked to be the same network under the same noise."""
    passes = {tool: [json.loads((folder / f"{tool}-{k}.json").read_text()) for k in (1, 2)] for tool in PEERS}
    everything = [each for pair in passes.values() for each in pair]
    for name, _, _ in P.rows():
        for one in everything[1:]:
            same_law(name, everything[0], one)
    return passes


def same_law(name, one, other):
    a, b = one["rows"][name], other["rows"][name]
    apart, error = abs(a["accuracy"] - b["accuracy"]), (a["accuracy_stderr"] ** 2 + b["accuracy_stderr"] ** 2) ** 0.5
    if apart > 5 * error:
        raise SystemExit(f"{name}: accuracies of {one['tool']} and {other['tool']} are {apart:.4f} apart, expected at most "
                         f"5 standard errors of {error:.4f}: not the same noise")


def lightfall(criterion, name, since):
    """Best and median over criterion's samples; an iteration is one batch, its times are wall time in nanoseconds."""
    folder = criterion / "photons" / name / "new"
    estimates = folder / "estimates.json"
    if not estimates.exists() or estimates.stat().st_mtime < since:
        raise SystemExit(f"{estimates} is missing or older than this run; run `cargo bench --bench optics`")
    sample = json.loads((folder / "sample.json").read_text())
    median = json.loads(estimates.read_text())["median"]["point_estimate"]
    best = min(t / n for t, n in zip(sample["times"], sample["iters"]))
    return {"best": P.SETTINGS["batch"] / best * 1e9, "median": P.SETTINGS["batch"] / median * 1e9}


def verdict(name, ratios):
    """What settings.json asks of the row, and whether the medians give it."""
    asked = P.SETTINGS["asked"].get(name, {})
    return ", ".join(f"{least}x {tool}: {'met' if ratios[tool] >= least else 'not met'}" for tool, least in asked.items()) or "-"


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("peers", type=pathlib.Path, help="folder with numpy-1.json, torch-1.json, numpy-2.json, torch-2.json")
    ap.add_argument("criterion", type=pathlib.Path, help="criterion's folder, target/criterion")
    ap.add_argument("--since", type=float, default=0.0, help="refuse criterion's results from before this time, in Unix seconds")
    a = ap.parse_args()
    passes = peers(a.peers)
    cell = lambda row: f"{row['median']:,.0f} ({row['best']:,.0f})"
    print(f"Samples a second, median (best): {P.SETTINGS['batch']} digits, one thread, {processor()}.")
    for tool in PEERS:
        print(f"{passes[tool][0]['about']}.")
    print("NumPy and PyTorch by CPU time, the better of two passes; lightfall by wall time. Ratios are of medians (of bests).\n")
    print("| row | numpy | torch | lightfall | lightfall/numpy | lightfall/torch | passes apart | asked |\n|" + "---|" * 8)
    results, noisy = [], []
    for name, _, _ in P.rows():
        own = lightfall(a.criterion, name, a.since)
        rows = {tool: [each["rows"][name] for each in passes[tool]] for tool in PEERS}
        best = {tool: {key: max(row[key] for row in pair) for key in ("median", "best")} for tool, pair in rows.items()}
        ratios = {key: {tool: own[key] / best[tool][key] for tool in PEERS} for key in ("median", "best")}
        drift = {tool: abs(np.log(pair[0]["median"] / pair[1]["median"])) for tool, pair in rows.items()}
        noisy += [f"{name} of {tool}" for tool in PEERS if drift[tool] > DRIFT]
        print("|", " | ".join([name, *(cell(best[tool]) for tool in PEERS), cell(own),
                               *(f"{ratios['median'][tool]:.2f} ({ratios['best'][tool]:.2f})" for tool in PEERS),
                               ", ".join(f"{drift[tool]:.0%}" for tool in PEERS), verdict(name, ratios["median"])]), "|")
        results.append({"row": name, "lightfall": own, "peers": rows, "ratios": ratios})
    if noisy:
        print(f"\nThe passes of {', '.join(noisy)} are more than {DRIFT:.0%} apart: run again on a quiet machine.")
    about = {"processor": processor(), **{tool: passes[tool][0]["about"] for tool in PEERS}}
    (P.HERE / "results.json").write_text(json.dumps({"about": about, "rows": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
