//! Planted networks: what was planted is a ground state.

use lightfall_couplings::{Couplings, Lattice, Tile, Wishart, ground_state};

use crate::{build, pairs};

fn planted(j: &dyn Couplings) -> Vec<f64> {
    j.planted().unwrap().iter().map(|&s| f64::from(s)).collect()
}

#[test]
fn the_planted_spins_of_wishart_networks_are_ground_states() {
    for alpha in [0.05, 0.3, 0.75, 1.5] {
        for (n, seed) in [(2, 1), (7, 2), (14, 3), (17, 4)] {
            let j = build::<Wishart>(&format!("n = {n}\nalpha = {alpha}\nscale = 1.7"), seed);
            let ground = ground_state(j.as_ref()).unwrap();
            let s = planted(j.as_ref());
            // Enumeration reports the first configuration within 1e-9 of the sum of all |J_ij|; small alpha has many so close.
            let above = ground.energy - j.energy(&s);
            let close = 1e-9 * pairs(j.as_ref()).map(f64::abs).sum::<f64>();
            assert!(-1e-12 <= above && above <= close, "n = {n}, alpha = {alpha}: {above}");
            // W^T t = 0: the field of J with its diagonal vanishes, so each local field is (scale/n)|W_i|^2 t_i.
            assert!((0..n).all(|i| s[i] * j.local_field(i, &s) > 0.0));
        }
    }
}

/// E(t) = -scale |W|^2/(2n); a column of W is n - 1 normal numbers of variance n/(n - 1).
#[test]
fn the_planted_energy_of_wishart_networks_has_its_law() {
    let (n, m, draws) = (20, 10, 2000);
    let mut mean = 0.0;
    for seed in 0..draws {
        let j = build::<Wishart>(&format!("n = {n}\nalpha = 0.5"), seed);
        mean += j.energy(&planted(j.as_ref())) / draws as f64;
    }
    let (n, m) = (f64::from(n), f64::from(m));
    let expected = -0.5 * m;
    let variance = m * 2.0 * n * n / (n - 1.0) / (4.0 * n * n);
    assert!((mean - expected).abs() < 4.0 * (variance / draws as f64).sqrt(), "{mean} {expected}");
}

#[test]
fn the_planted_spins_of_tiles_are_ground_states_by_enumeration() {
    for (class, classes) in ["[1, 0, 0]", "[0, 1, 0]", "[0, 0, 1]", "[0, 0, 0]", "[0.3, 0.3, 0.2]"].iter().enumerate() {
        for (columns, seed) in [(4, 1), (4, 2), (6, 3)] {
            let j = build::<Tile>(&format!("rows = 4\ncolumns = {columns}\nclasses = {classes}\nscale = 0.5"), seed);
            let energy = j.energy(&planted(j.as_ref()));
            let ground = ground_state(j.as_ref()).unwrap();
            assert!((energy - ground.energy).abs() < 1e-12, "{classes}");
            // A plaquette of class k has the energy -(6 - k): its bonds less twice the broken one.
            if class < 4 {
                assert_eq!(energy, -0.5 * (5.0 - class as f64) * (2 * columns) as f64);
            }
        }
    }
}

#[test]
fn tiles_cover_every_bond_of_the_torus_once() {
    let j = build::<Tile>("rows = 6\ncolumns = 8\nclasses = [0.25, 0.25, 0.25]", 7);
    let lattice = build::<Lattice>("sizes = [6, 8]", 0);
    for (tile, bond) in pairs(j.as_ref()).zip(pairs(lattice.as_ref())) {
        assert_eq!(tile != 0.0, bond != 0.0);
        assert!([0.0, 1.0, 2.0].contains(&tile.abs()));
    }
    // The sum of the plaquettes' lowest energies is reached.
    assert_eq!(j.energy(&planted(j.as_ref())), tile_bound(j.as_ref(), 6, 8));
}

/// Sum over the plaquettes of even corner of the lowest energy of each, over its 16 configurations.
fn tile_bound(j: &dyn Couplings, rows: usize, columns: usize) -> f64 {
    let mut bound = 0.0;
    for row in 0..rows {
        for column in (row % 2..columns).step_by(2) {
            let at = |r: usize, c: usize| (r % rows) * columns + c % columns;
            let corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)];
            let energy = |bits: u32| -> f64 {
                let sign = |k: usize| if bits >> (k % 4) & 1 == 1 { -1.0 } else { 1.0 };
                (0..4).map(|k| -j.entry(corners[k], corners[(k + 1) % 4]) * sign(k) * sign(k + 1)).sum()
            };
            bound += (0..16).map(energy).fold(f64::INFINITY, f64::min);
        }
    }
    bound
}
