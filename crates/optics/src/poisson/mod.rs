//! Poisson counts, many at a time: exact, one random word a count.
//!
//! A mean is a whole number and a rest, and so is a count: N = A + B with A ~ Poisson(whole), drawn from a table made once (Walker's alias method; from 128 on from two, means
//! of 16384 and more by the rejection of `rand_distr`), and B ~ Poisson(rest), rest < 1, by inversion. Each takes half of a word of 64 bits. Where the first 16 or 24 of its bits do not tell two counts apart, some 4e-3 of the draws, all of them and more are looked at: nothing is rounded
//! but the probabilities themselves, to the last digit of a double.
//!
//! Source of the tables: Walker (1977), ACM Trans. Math. Softw. 3, 253; Vose (1991), IEEE Trans. Softw. Eng. 17, 972.

mod rest;
mod table;

use lightfall_core::rng::Draws;
use rand::RngExt;
use rand_distr::{Distribution, Poisson};
use rest::{codes, walk};
use table::{TALL, tables};

/// Memory of the draws, reused.
#[derive(Clone, Debug, Default)]
pub struct Shots {
    words: Vec<u64>,
    codes: Vec<u32>,
}

impl Shots {
    /// Replaces every mean by a count with that mean: 0 for a mean of 0.
    pub fn draw(&mut self, means: &mut [f64], draws: &mut Draws) {
        self.words.resize(means.len(), 0);
        self.codes.resize(means.len(), 0);
        draws.fill(&mut self.words);
        codes(means, &self.words, &mut self.codes);
        tables().draw(means, &self.words, &self.codes, draws);
    }
}

/// A count of a mean that 32 bits have not settled, or that has no table.
#[cold]
#[inline(never)]
fn unusual(mean: f64, word: u64, draws: &mut Draws) -> f64 {
    if mean < TALL as f64 {
        let rest = unsettled(mean.fract(), word, draws);
        return f64::from(tables().count(mean as u32, word, draws)) + rest;
    }
    // Not a number, for a mean that is not finite.
    Poisson::new(mean).map_or(f64::NAN, |law| law.sample(draws))
}

/// B by all bits there are: the low half of `word` and more.
fn unsettled(rest: f64, word: u64, draws: &mut Draws) -> f64 {
    let uniform = (f64::from(word as u32) + draws.random::<f64>()) * f64::from(2.0_f32.powi(-32));
    walk(rest, uniform)
}

#[cfg(test)]
mod tests;
