#!/usr/bin/env bash
# Compare NumPy, PyTorch and lightfall on noisy inference of the digits network, one thread each. Arguments (--repeats,
# --seconds) go to run_numpy.py and run_torch.py.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1
# A kernel forced on OpenBLAS for another processor would slow NumPy; criterion writes to the target folder.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE CRITERION_HOME
work=$target/peers-optics
python=$work/venv/bin/python
if [ ! -x "$python" ]; then
  python3 -m venv "$work/venv"
fi
"$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
# Built before the first pass, so that the passes lie close together.
cargo bench --quiet --locked --bench optics --no-run

pass() {
  "$python" "$here/run_numpy.py" "${@:2}" > "$work/numpy-$1.json"
  "$python" "$here/run_torch.py" "${@:2}" > "$work/torch-$1.json"
}
since=$(date +%s)
pass 1 "$@"
cargo bench --quiet --locked --bench optics -- '^photons/(noiseless|differential_[0-9.]+|homodyne_gaussian_1)$' >&2
pass 2 "$@"
exec "$python" "$here/compare.py" "$work" "$target/criterion" --since "$since"
