//! Poisson counts, many at a time: exact, one random word a count.
//!
//! A mean is a whole number and a rest, and so is a count: N = A + B with A ~ Poisson(whole), drawn from a table made once (Walker's alias method; from 256 on from two, means
//! of 16384 and more by the rejection of `rand_distr`), and B ~ Poisson(rest), rest < 1, by inversion. Each takes half of a word of 64 bits. Where 32 bits do not tell two counts apart, some 1e-7 of the draws, more are drawn: nothing is rounded
//! but the probabilities themselves, to the last digit of a double.
//!
//! Source of the tables: Walker (1977), ACM Trans. Math. Softw. 3, 253; Vose (1991), IEEE Trans. Softw. Eng. 17, 972.

mod rest;
mod table;

use lightfall_core::rng::Draws;
use rand::RngExt;
use rand_distr::{Distribution, Poisson};
use rest::{UNSETTLED, rests, walk};
use table::{TALL, tables};

/// Memory of the draws, reused.
#[derive(Clone, Debug, Default)]
pub struct Shots {
    words: Vec<u64>,
    rests: Vec<f64>,
    wholes: Vec<u32>,
}

impl Shots {
    /// Replaces every mean by a count with that mean: 0 for a mean of 0.
    pub fn draw(&mut self, means: &mut [f64], draws: &mut Draws) {
        self.words.resize(means.len(), 0);
        self.rests.resize(means.len(), 0.0);
        self.wholes.resize(means.len(), 0);
        draws.fill(&mut self.words);
        rests(means, &self.words, &mut self.rests, &mut self.wholes);
        tables().draw(&mut self.wholes, &self.words, draws);
        for (k, ((mean, whole), rest)) in means.iter_mut().zip(&self.wholes).zip(&self.rests).enumerate() {
            *mean = if *mean >= TALL as f64 {
                rejected(*mean, draws)
            } else if *rest == UNSETTLED {
                f64::from(*whole) + unsettled(mean.fract(), self.words[k], draws)
            } else {
                f64::from(*whole) + rest
            };
        }
    }
}

/// B by all bits there are: the low half of `word` and more.
#[cold]
#[inline(never)]
fn unsettled(rest: f64, word: u64, draws: &mut Draws) -> f64 {
    let uniform = (f64::from(word as u32) + draws.random::<f64>()) * f64::from(2.0_f32.powi(-32));
    walk(rest, uniform)
}

/// A count with a mean of `TALL` or more; NaN for one that is not finite.
#[cold]
#[inline(never)]
fn rejected(mean: f64, draws: &mut Draws) -> f64 {
    Poisson::new(mean).map_or(f64::NAN, |law| law.sample(draws))
}

#[cfg(test)]
mod tests;
