//! Four spins of the pumped random glass: H(t) = wz sum sigma^z_i/2 - g(t) sum_{i<j} J_ij sigma^x_i sigma^x_j, g = 2 t/20, wz = 1,
//! L_k = sqrt(0.05) sum_i c_ki sigma^x_i, all spins down at t = 0. J and c lie in `tests/data`.

use super::{Observed, spins};
use lightfall_cavity::open_ising::{Glass, JumpSource, MatrixJumps, OpenIsing};
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::Schedule;
use lightfall_couplings::{Dense, read_matrix};
use std::path::Path;

/// The instance.
pub(crate) fn glass() -> Glass {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let j = read_matrix(&folder.join("J_N4.npy"), None).unwrap();
    let couplings = Dense::new(4, j.values.iter().map(|v| v.re).collect()).unwrap();
    let device = OpenIsing {
        wz: 1.0,
        g: Schedule::Formula("2*t/20".into()),
        jumps: JumpSource::Matrix(MatrixJumps { c: "c_N4.npy".into(), gamma: 0.05 }),
        decay: 0.0,
        dephasing: 0.0,
    };
    device.build(&couplings, &Streams::new(0, 0), &folder).unwrap()
}

/// sigma of `axis` (0, 1, 2 for x, y, z) on `site` in the basis of the device: index bit 0 means sigma^x = +1.
pub(crate) fn sigma(axis: usize, site: usize) -> PauliSum {
    match axis {
        0 => PauliSum::site(Axis::Z, site),
        1 => -1.0 * &PauliSum::site(Axis::Y, site),
        _ => PauliSum::site(Axis::X, site),
    }
}

/// sigma^z of every site, then sigma^x_0 sigma^x_1.
pub(crate) fn few_observed() -> Vec<Observed> {
    let z = (0..4).map(|i| sigma(2, i));
    z.chain([&sigma(0, 0) * &sigma(0, 1)]).map(|o| spins(4, o)).collect()
}

/// Twelve observables: sigma^z_i, four couplings, a current, two more correlations, and sigma^x_1, whose mean vanishes by parity but
/// not along a diffusive trajectory.
pub(crate) fn observed() -> Vec<Observed> {
    let pair = |a, i, b, j| &sigma(a, i) * &sigma(b, j);
    let z = (0..4).map(|i| sigma(2, i));
    z.chain([
        pair(0, 0, 0, 1),
        pair(0, 0, 0, 2),
        pair(0, 1, 0, 3),
        pair(0, 2, 0, 3),
        pair(0, 0, 1, 1),
        pair(1, 1, 1, 2),
        pair(2, 0, 2, 3),
        sigma(0, 1),
    ])
    .map(|o| spins(4, o))
    .collect()
}
