//! The words of one stream, eight blocks of the cipher at a time: for many short streams of many draws each.

use super::chacha::{LANES, Lanes, WORDS, aim_along, blocks, keyed};
use super::normals::paired;
use super::{Purpose, Streams};
use rand::rand_core::TryRng;
use std::convert::Infallible;

/// Words of 64 bits that a refill makes.
const MADE: usize = LANES * WORDS / 2;

/// A generator of the blocks of [`Streams::open`], with their words in another order: those of eight blocks side by side.
#[derive(Clone, Debug)]
pub struct Draws {
    input: Lanes,
    stream: u64,
    /// Blocks that are used up or held.
    block: u64,
    held: [u64; MADE],
    at: usize,
    /// Memory of [`Draws::normals`].
    spare: Vec<u64>,
}

#[inline(always)]
fn joined_kernel<const FMA: bool>(words: &Lanes, out: &mut [u64; MADE]) {
    for (out, [low, high]) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(words.as_chunks::<2>().0) {
        for lane in 0..LANES {
            out[lane] = u64::from(low[lane]) | u64::from(high[lane]) << 32;
        }
    }
}

crate::dispatch! {
    /// Words of 64 bits from pairs of rows of `words`.
    fn joined(words: &Lanes, out: &mut [u64; MADE]) = joined_kernel;
}

impl Draws {
    /// The draws of `purpose` for trajectory `trajectory`, at the first word.
    pub fn new(streams: &Streams, purpose: Purpose, trajectory: u64) -> Self {
        let stream = (trajectory << 8) | purpose as u64;
        Self { input: keyed(streams, 0), stream, block: 0, held: [0; MADE], at: MADE, spare: Vec::new() }
    }

    /// Goes to the first word of the same purpose for trajectory `trajectory`, under the same seed.
    pub fn restart(&mut self, trajectory: u64) {
        self.stream = (trajectory << 8) | (self.stream & 0xff);
        (self.block, self.at) = (0, MADE);
    }

    fn refill(&mut self) {
        aim_along(&mut self.input, self.block, self.stream);
        let mut words = [[0; LANES]; WORDS];
        blocks(&self.input, &mut words);
        joined(&words, &mut self.held);
        (self.block, self.at) = (self.block + LANES as u64, 0);
    }

    /// The next word.
    #[inline]
    pub fn word(&mut self) -> u64 {
        if self.at == MADE {
            self.refill();
        }
        self.at += 1;
        self.held[self.at - 1]
    }

    /// The next words.
    pub fn fill(&mut self, out: &mut [u64]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.at == MADE {
                self.refill();
            }
            let (now, later) = rest.split_at_mut((MADE - self.at).min(rest.len()));
            now.copy_from_slice(&self.held[self.at..self.at + now.len()]);
            self.at += now.len();
            rest = later;
        }
    }
}

impl Draws {
    /// Fills `out` with numbers of N(0, 1), by Box and Muller: one word for each, one more where their number is odd. The numbers depend on how many are asked for at a time.
    pub fn normals(&mut self, out: &mut [f64]) {
        let mut spare = std::mem::take(&mut self.spare);
        spare.resize(2 * MADE, 0);
        for out in out.chunks_mut(2 * MADE) {
            let pairs = out.len().div_ceil(2);
            let words = &mut spare[..2 * pairs];
            self.fill(words);
            let (low, high) = words.split_at(pairs);
            let (first, second) = out.split_at_mut(pairs);
            let whole = second.len();
            paired(&low[..whole], &high[..whole], &mut first[..whole], second);
            if whole < pairs {
                paired(&low[whole..], &high[whole..], &mut first[whole..], &mut [0.0]);
            }
        }
        self.spare = spare;
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for bytes in out.chunks_mut(8) {
            bytes.copy_from_slice(&self.word().to_le_bytes()[..bytes.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn normals_have_the_moments_of_their_law_and_no_correlation() {
        let mut draws = Draws::new(&Streams::new(1, 0), Purpose::Shots, 4);
        let n = 400_000;
        let mut all = vec![0.0; n];
        // Odd and even lengths, below and above a refill.
        let mut rest = all.as_mut_slice();
        for k in (0..).map(|k| [1, 7, 10, 100, 201, 64][k % 6]) {
            let left = rest.len();
            let (now, later) = std::mem::take(&mut rest).split_at_mut(left.min(k));
            draws.normals(now);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let mean = |f: &dyn Fn(f64) -> f64| all.iter().map(|v| f(*v)).sum::<f64>() / n as f64;
        // Variances of the powers: 1, 2, 15, 96. False alarm 6e-5 each.
        for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let z = (mean(&|v| v.powi(power)) - expected) / (variance / n as f64).sqrt();
            assert!(z.abs() < 4.0, "power {power}: {z}");
        }
        for lag in [1, 2, 5, 10, 50, 100] {
            let sum: f64 = all.iter().zip(&all[lag..]).map(|(a, b)| a * b).sum();
            assert!((sum / (n as f64).sqrt()).abs() < 4.0, "lag {lag}");
        }
        let tail = all.iter().filter(|v| v.abs() > 3.0).count() as f64;
        let p = 2.699_796e-3;
        assert!(((tail - n as f64 * p) / (n as f64 * p).sqrt()).abs() < 4.0);
    }

    #[test]
    fn words_are_those_of_the_stream_in_another_order() {
        let streams = Streams::new(5, 3);
        let mut draws = Draws::new(&streams, Purpose::Shots, 9);
        draws.fill(&mut [0; 7]);
        draws.restart(77);
        let mut all = vec![0; 3 * MADE];
        let (first, rest) = all.split_at_mut(50);
        draws.fill(first);
        rest.iter_mut().for_each(|w| *w = draws.word());
        let mut rng = streams.open(Purpose::Shots, 77);
        let mut expected: Vec<u64> = (0..3 * MADE).map(|_| rng.next_u64()).collect();
        // Word k of block b of eight comes as number 8 k + b.
        for (made, plain) in all.chunks_exact(MADE).zip(expected.chunks_exact(MADE)) {
            for (k, word) in made.iter().enumerate() {
                assert_eq!(*word, plain[k % LANES * (WORDS / 2) + k / LANES], "{k}");
            }
        }
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected);
    }
}
