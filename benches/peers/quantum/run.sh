#!/usr/bin/env bash
# Compare QuTiP, the C reference and lightfall on the same instances, one core each. Arguments go to compare.py (--help).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1
cd "$here"
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
fi
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
gcc -O3 -march=native -ffast-math split_cost.c -o split_cost -lm
(cd ../../.. && cargo build --release --example peer_quantum) || echo "peer_quantum did not build: timing the peers only" >&2
exec .venv/bin/python compare.py "$@"
