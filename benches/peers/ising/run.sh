#!/usr/bin/env bash
# Compare Ising solvers on one graph and one glass. Needs a Rust toolchain; Python peers are installed into the target folder where they can be.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$target/peers-ising
mkdir -p "$work"
cargo build --quiet --locked --release --bin lightfall
CARGO_TARGET_DIR=$work/separatrix cargo build --quiet --release --manifest-path "$here/separatrix/Cargo.toml" ||
  echo "separatrix does not build here: left out" >&2
python=${PYTHON:-}
if [ -z "$python" ]; then
  python=$work/venv/bin/python
  [ -x "$python" ] || python3 -m venv "$work/venv"
  while read -r requirement; do
    "$python" -m pip install --quiet --disable-pip-version-check "$requirement" || echo "$requirement does not install: left out" >&2
  done < "$here/requirements.txt"
fi
exec "$python" "$here/compare.py" --lightfall "$target/release/lightfall" --separatrix "$work/separatrix/release/peer-separatrix" --work "$work"
