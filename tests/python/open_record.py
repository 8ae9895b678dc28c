"""Checks that a record opens with xarray, with the documented dimensions and consistent numbers."""
import sys

import numpy as np
import xarray as xr

tree = xr.open_datatree(sys.argv[1], engine="zarr", consolidated=False)
assert {"lightfall", "model_text", "seed", "isa", "comparison"} <= set(tree.attrs), tree.attrs.keys()

homodyne = tree["homodyne"].to_dataset()
expected = {
    "energy": ("instance", "trajectory", "time"),
    "energy_mean": ("instance", "time"),
    "sz": ("instance", "trajectory", "time", "site"),
    "sxsx_mean": ("instance", "time", "site", "site2"),
    "record": ("instance", "trajectory", "step", "noise"),
    "final": ("instance", "trajectory", "quantity"),
}
for name, dims in expected.items():
    assert homodyne[name].dims == dims, (name, homodyne[name].dims)
assert homodyne.sizes["trajectory"] == 100 and homodyne.sizes["step"] == 200
assert list(homodyne["time"].values) == [0, 1, 2, 5, 10, 15, 20]

energy = homodyne["energy"].isel(instance=0)
assert np.isfinite(energy).all()
assert np.allclose(energy.mean("trajectory"), homodyne["energy_mean"].isel(instance=0), atol=1e-12)
stderr = energy.std("trajectory", ddof=1) / np.sqrt(100)
assert np.allclose(stderr, homodyne["energy_stderr"].isel(instance=0), atol=1e-12)

clicks = tree["counting"].to_dataset()
assert clicks["click_time"].dims == ("instance", "trajectory", "click")
times = clicks["click_time"].values
counted = np.isfinite(times).sum(axis=-1).mean()
assert np.isclose(counted, clicks["jumps_mean"].isel(instance=0, time=-1).sum()), counted
assert np.nanmin(times) >= 0 and np.nanmax(times) <= 20
print("1 passed, 0 failed")
