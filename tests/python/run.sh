#!/usr/bin/env bash
# Opens a record of `lightfall compare` with xarray, in a virtual environment under target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/python-venv
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt
out=target/python-record
rm -rf "$out"
# Built with the tests, which also turn on what their own dependencies need: without them much would be built again.
cargo test --quiet --workspace --locked --no-run
"${CARGO_TARGET_DIR:-target}/debug/lightfall" compare models/cavity/open-ising-4.toml \
    --trajectories 100 --out "$out" --quiet >/dev/null
"$venv/bin/python" tests/python/open_record.py "$out/record.zarr"
