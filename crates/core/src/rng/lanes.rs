//! Sixteen generators side by side, for kernels that need a random number at every step of a few cycles.
//!
//! Each lane is xoshiro128++, seeded from a stream of its own words: a word costs a tenth of one of the cipher's. For searches, whose results are checked,
//! not for the noise of a device.
//!
//! Source: Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021).

use super::{Draws, Purpose, Streams};

/// Generators of a [`LaneWords`].
pub const LANES: usize = 16;

/// Sixteen generators of 32-bit words.
#[derive(Clone, Debug)]
pub struct LaneWords {
    state: [[u32; LANES]; 4],
}

impl LaneWords {
    /// Generators whose states are the first words of `purpose` for trajectory `trajectory`.
    pub fn new(streams: &Streams, purpose: Purpose, trajectory: u64) -> Self {
        let mut draws = Draws::new(streams, purpose, trajectory);
        let mut state = [[0; LANES]; 4];
        for word in state.as_flattened_mut() {
            // Never zero: a state of four zeros would stay there.
            *word = (draws.word() >> 32) as u32 | 1;
        }
        Self { state }
    }

    /// The next word of every lane. Inlined: it takes the instruction set of the kernel that calls it.
    #[inline(always)]
    pub fn words(&mut self) -> [u32; LANES] {
        let [s0, s1, s2, s3] = &mut self.state;
        let mut out = [0; LANES];
        for l in 0..LANES {
            out[l] = s0[l].wrapping_add(s3[l]).rotate_left(7).wrapping_add(s0[l]);
            let t = s1[l] << 9;
            s2[l] ^= s0[l];
            s3[l] ^= s1[l];
            s1[l] ^= s2[l];
            s0[l] ^= s3[l];
            s2[l] ^= t;
            s3[l] = s3[l].rotate_left(11);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_the_published_generator() {
        // xoshiro128++ from the state (1, 2, 3, 4): the reference implementation's first words.
        let mut lanes = LaneWords { state: [[1; LANES], [2; LANES], [3; LANES], [4; LANES]] };
        let first: Vec<u32> = (0..5).map(|_| lanes.words()[7]).collect();
        assert_eq!(first, [641, 1573767, 3222811527, 3517856514, 836907274]);
    }

    #[test]
    fn lanes_and_runs_differ_and_repeat() {
        let make = |k| LaneWords::new(&Streams::new(3, 0), Purpose::Search, k).words();
        let (a, b) = (make(0), make(1));
        assert_eq!(a, make(0));
        assert!(a.iter().all(|w| !b.contains(w)) && (1..LANES).all(|l| a[l] != a[l - 1]));
    }
}
