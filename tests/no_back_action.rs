//! A jump operator that is a number on the states visited leaves every trajectory on the unitary path.

mod systems;

use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::rng::Streams;
use lightfall_core::unravel::Measured;
use systems::{general_paths, infidelity, ladder_pair};

const W: f64 = 1.3;

/// Largest infidelity with cos(w t)|01> - i sin(w t)|10> over 20 trajectories of 4 save times, and the number of clicks, for each
/// unravelling.
fn worst(jump: PauliSum) -> Vec<(&'static str, f64, usize)> {
    let system = ladder_pair::system(W, jump);
    let mut out = Vec::new();
    for (name, mut unravelling) in general_paths(&system, 0.05, false) {
        let (mut worst, mut clicks) = (0.0_f64, 0);
        for trajectory in 0..20 {
            unravelling.start(&Streams::new(1, 0), trajectory, &ladder_pair::start());
            let mut from = 0.0;
            for to in [0.3, 1.0, 2.2, 5.0] {
                unravelling.advance(from, to).unwrap();
                from = to;
                worst = worst.max(infidelity(unravelling.state(), &ladder_pair::exact(W, to)).abs());
            }
            if let Measured::Clicks(all) = unravelling.measured() {
                clicks += all.len();
            }
        }
        println!("{name}: {worst:.1e}, {clicks} clicks");
        out.push((name, worst, clicks));
    }
    out
}

#[test]
fn watching_a_conserved_number_leaves_every_trajectory_on_the_unitary_path() {
    // Integration errors: 1e-9 of the exponential series and 1e-8 of Dopri5 per step, over 100 steps, squared in the infidelity.
    for (name, infidelity, clicks) in worst(ladder_pair::parity()) {
        assert!(infidelity < 1e-10, "{name}: {infidelity:e}");
        // 20 trajectories of 5 time units at rate 1: 100 +- 10 clicks; 4 standard deviations.
        assert!(name != "counting" || (60..=140).contains(&clicks), "{clicks} clicks");
    }
}

#[test]
fn watching_one_spin_alone_disturbs_every_unravelling() {
    for (name, infidelity, _) in worst(-1.0 * &PauliSum::site(Axis::Z, 0)) {
        assert!(infidelity > 0.1, "{name}: {infidelity:e}");
    }
}
