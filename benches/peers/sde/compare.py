"""Run torchsde, diffrax and lightfall at the settings of settings.json and print errors, CPU seconds and ratios."""
import argparse
import json
import pathlib
import subprocess
import sys

import problem as P

HERE = pathlib.Path(__file__).resolve().parent
LIGHTFALL = HERE.parents[2] / "target" / "release" / "examples" / "peer_sde"
TOOLS = ["lightfall", "torchsde", "diffrax"]


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def flags(setting):
    return [x for key, value in setting.items() if key != "error" for x in (f"--{key}", value)]


def measure(tool, problem, setting, a):
    """Error and CPU seconds; lightfall gives both at once."""
    timing = ["--repeats", a.repeats, "--seconds", a.seconds]
    if tool == "lightfall":
        return run([LIGHTFALL, "--problem", problem, *flags(setting), *timing])
    script = [sys.executable, "-W", "ignore", HERE / f"run_{tool}.py", "--problem", problem]
    error = run(script + flags(setting | ({"path": "tree"} if tool == "diffrax" else {})))
    time = run(script + flags(setting) + timing + ["--time", "--threads", 1])
    if a.all_cores:
        wide = run(script + flags(setting) + timing + ["--time", "--threads", a.all_cores])
        time |= {"all_cores_cpu_s": wide["cpu_s"], "all_cores_wall_s": wide["wall_s"]}
    return error | time


def same_law(rows):
    """The mean of the exact solution over each tool's own paths: 5 standard errors apart is another equation."""
    first = rows[0]
    for row in rows[1:]:
        apart = abs(row["mean"] - first["mean"])
        if apart > 5 * (row["mean_stderr"] ** 2 + first["mean_stderr"] ** 2) ** 0.5:
            sys.exit(f"{row['tool']} and {first['tool']} differ in the mean by {apart:.3g}: not the same equation")


def say(setting):
    size = f"tolerance {setting['tolerance']:.1e}" if setting.get("tolerance") else f"{setting['steps']} steps"
    how = {"batch": "batch", "vmap": "vmap"}.get(setting.get("layout", ""), "")
    if setting.get("columns", 1) > 1:
        how = "side by side"
    return f"{setting.get('method', setting.get('stepper'))}{', ' + how if how else ''}", size


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("problems", nargs="*", default=P.NAMES[:3])
    ap.add_argument("--repeats", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=0.3, help="CPU seconds of a repeat, at least")
    ap.add_argument("--all-cores", type=int, default=0, help="also time the peers on this many threads")
    a = ap.parse_args()
    settings = json.loads((HERE / "settings.json").read_text())
    print(f"Ensembles of {P.TRAJECTORIES} over [0, 1], one core, smallest of {a.repeats} runs.")
    print("The last columns are ratios to lightfall with one trajectory at a time and with 64 side by side.\n")
    print("| problem | target | tool | method | step | error | CPU s | alone | side by side |\n|" + "---|" * 9)
    results = []
    for problem in a.problems:
        for target, tools in sorted(settings.get(problem, {}).items(), reverse=True):
            rows, own = [], {}
            for tool in [t for t in TOOLS if t in tools]:
                setting = tools[tool]
                forms = [setting]
                if setting.get("columns", 1) > 1:
                    forms = [setting | {"columns": 1}, setting]
                for form in forms:
                    row = measure(tool, problem, form, a)
                    if tool == "lightfall":
                        own["together" if form.get("columns", 1) > 1 else "alone"] = row["cpu_s"]
                    ratios = [f"{row['cpu_s'] / own[k]:.1f}" if tool != "lightfall" and k in own else "-" for k in ("alone", "together")]
                    method, size = say(form)
                    print("|", " | ".join([problem, target, tool, method, size, f"{row['error']:.2e} +- {row['stderr']:.0e}",
                                           f"{row['cpu_s']:.2e}", *ratios]), "|", flush=True)
                    rows.append(row)
                    results.append({"problem": problem, "target": target, **form, **row})
            same_law(rows)
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
