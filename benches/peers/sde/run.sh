#!/usr/bin/env bash
# Compare torchsde, diffrax and lightfall at equal strong error, one core each. Arguments go to compare.py (--help).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
cd "$here"
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
fi
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
(cd ../../.. && cargo build --release --locked --example peer_sde)
exec .venv/bin/python compare.py "$@"
