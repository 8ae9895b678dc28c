//! Digital optical networks (Bernstein et al. 2021): light hands out bits, electronics multiplies.
//!
//! Every multiplier receives both of its operands, `bits` bits each, by detectors of its own. A one is N electrons, a zero none, so P photons per MAC are N = P/bits: half of the 2 bits are ones. A receiver
//! takes a bit for the other with the chances
//!
//! * ideal counter (no read noise): q_1 = exp(-N) for ones, q_0 = 0;
//! * read noise sigma: q_1 = q_0 = erfc(Q/sqrt2)/2, Q = N/(2 sigma); with k neighbours that leak a share x of their own light, the mean over their bits of Phi((threshold - N - x N j)/sigma) and
//!   its mirror, at the threshold N (1/2 + k x/2).
//!
//! A flipped bit b moves an operand by 2^b steps. Inputs are codes over their own range in each sample, weights over that of the layer, both with 2^bits levels, so with operands x + e and w + f
//!
//!   yhat_i = sum_j (x_j + e_ij)(W_ij + f_ij),      Var_i = sum_j E[(x + e)^2] E[(W + f)^2] - (E[x + e] E[W + f])^2.
//!
//! Sources: Bernstein et al. (2021), Sci. Rep. 11, 3144; the book's page on this engine.

use crate::engine::{Engine, EngineError, Multiplier, Sample, Scratch};
use crate::{Dense, Detector};
use lightfall_core::panels::Panels;
use lightfall_core::rng::Draws;
use lightfall_core::stats::normal_probability as below;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod flips;

/// Charge of an electron, C.
const CHARGE: f64 = 1.602_176_634e-19;

/// Operands fanned out by light.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FanOut {
    /// Bits of an operand.
    pub bits: u32,
    /// Read noise of a receiver, electrons rms; 0 for a counter without noise of its own.
    pub read_noise: f64,
    /// Share of a neighbour's light that a receiver sees.
    pub crosstalk: f64,
    /// Neighbours of a receiver.
    pub neighbours: u32,
}

impl Default for FanOut {
    fn default() -> Self {
        Self { bits: 8, read_noise: 0.0, crosstalk: 0.0, neighbours: 0 }
    }
}

/// Chances of reading a bit wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BitErrors {
    /// Of a zero.
    pub zero: f64,
    /// Of a one.
    pub one: f64,
}

impl FanOut {
    /// Chances of a wrong bit where a one is `electrons` electrons.
    pub fn bit_errors(&self, electrons: f64) -> BitErrors {
        if self.read_noise == 0.0 {
            return BitErrors { zero: 0.0, one: (-electrons).exp() };
        }
        let k = f64::from(self.neighbours);
        let threshold = electrons * (0.5 + 0.5 * k * self.crosstalk);
        // Neighbours are ones as often as zeros: binomial weights.
        let (mut weight, mut found) = (0.5_f64.powi(self.neighbours as i32), BitErrors { zero: 0.0, one: 0.0 });
        for j in 0..=self.neighbours {
            let leaked = self.crosstalk * electrons * f64::from(j);
            found.one += weight * below((threshold - electrons - leaked) / self.read_noise);
            found.zero += weight * below((leaked - threshold) / self.read_noise);
            weight *= (k - f64::from(j)) / f64::from(j + 1);
        }
        found
    }
}

impl Engine for FanOut {
    fn name(&self) -> &'static str {
        "fan-out"
    }

    fn program(&self, layer: &Dense, _: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        let bad = |key, value, expected| Err(EngineError::Number { key, value, expected });
        if !(1..=16).contains(&self.bits) {
            return bad("bits", f64::from(self.bits), "1 to 16");
        }
        if !(self.read_noise >= 0.0 && self.read_noise.is_finite()) {
            return bad("read_noise", self.read_noise, "a finite number of at least 0");
        }
        if !(0.0..1.0).contains(&self.crosstalk) {
            return bad("crosstalk", self.crosstalk, "a share of at least 0 and below 1");
        }
        if self.neighbours > 64 {
            return bad("neighbours", f64::from(self.neighbours), "at most 64");
        }
        if self.crosstalk * f64::from(self.neighbours) > 0.0 && self.read_noise == 0.0 {
            return bad(
                "crosstalk",
                self.crosstalk,
                "0 without read_noise: the ideal counter takes any light for a one",
            );
        }
        if layer.weights.iter().all(|w| *w == 0.0) {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        let code = Code::of(&layer.weights, self.bits);
        let codes: Vec<u32> = layer.weights.iter().map(|w| code.encode(*w)).collect();
        let values: Vec<f64> = codes.iter().map(|c| code.decode(*c)).collect();
        let weights = Panels::stacked(layer.inputs, &[values]);
        Ok(Box::new(Received {
            device: *self,
            code,
            codes,
            weights,
            inputs: layer.inputs,
            detector: Detector::default(),
        }))
    }
}

/// Whole numbers from 0 to 2^bits - 1 for numbers from `low` on in equal steps.
#[derive(Clone, Copy, Debug)]
struct Code {
    low: f64,
    step: f64,
    most: u32,
}

impl Code {
    /// A code over the range of `values` and 0.
    fn of(values: &[f64], bits: u32) -> Self {
        let (low, high) = values.iter().fold((0.0_f64, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
        let most = (1_u32 << bits) - 1;
        Self { low, step: (high - low) / f64::from(most), most }
    }

    fn encode(self, value: f64) -> u32 {
        if self.step == 0.0 {
            return 0;
        }
        // Saturates at 0.
        (((value - self.low) / self.step).round() as u32).min(self.most)
    }

    fn decode(self, code: u32) -> f64 {
        self.low + self.step * f64::from(code)
    }

    /// Mean and mean square of what is received for `code`.
    fn received(self, code: u32, q: BitErrors) -> [f64; 2] {
        let (mut mean, mut variance) = (self.decode(code), 0.0);
        let mut bit = 1;
        while bit <= self.most {
            let size = self.step * f64::from(bit);
            let (move_by, q) = if code & bit == 0 { (size, q.zero) } else { (-size, q.one) };
            mean += move_by * q;
            variance += size * size * q * (1.0 - q);
            bit <<= 1;
        }
        [mean, mean * mean + variance]
    }
}

/// The operands of a layer as they are sent.
#[derive(Clone, Copy)]
struct Sent<'a> {
    /// Code of the inputs.
    inputs: Code,
    x: &'a [u32],
    /// Code of the weights.
    weights: Code,
    /// Row by row.
    w: &'a [u32],
    bits: u32,
}

impl Sent<'_> {
    /// Both operands of multiplier `mac`, those of the input in the low bits.
    fn word(&self, mac: usize, input: usize) -> u64 {
        u64::from(self.x[input]) | u64::from(self.w[mac]) << self.bits
    }

    /// How much the product changes where the bits `flips` of `word` are flipped.
    fn change(&self, word: u64, flips: u64) -> f64 {
        let most = u64::from(self.inputs.most);
        let of = |word: u64| {
            self.inputs.decode((word & most) as u32) * self.weights.decode((word >> self.bits & most) as u32)
        };
        of(word ^ flips) - of(word)
    }
}

/// A layer of electronic multipliers.
#[derive(Debug)]
struct Received {
    device: FanOut,
    code: Code,
    codes: Vec<u32>,
    /// Rounded weights.
    weights: Panels,
    inputs: usize,
    /// No analogue readout.
    detector: Detector,
}

impl Received {
    fn bit_errors(&self, photons: f64) -> BitErrors {
        self.device.bit_errors(photons / f64::from(self.device.bits))
    }

    /// First and second moments of the products, by `of` (mean product, mean square of it).
    fn moments(&self, sample: Sample<'_>, photons: f64, out: &mut [f64], of: fn(f64, f64) -> f64) {
        let (q, inputs) = (self.bit_errors(photons), Code::of(sample.x, self.device.bits));
        let x: Vec<[f64; 2]> = sample.x.iter().map(|x| inputs.received(inputs.encode(*x), q)).collect();
        // Few codes for many weights: each once.
        let most = self.code.most;
        let table: Vec<[f64; 2]> = if (most as usize) < self.codes.len() {
            (0..=most).map(|c| self.code.received(c, q)).collect()
        } else {
            Vec::new()
        };
        for (out, row) in out.iter_mut().zip(self.codes.chunks_exact(self.inputs)) {
            let product = |(w, x): (&u32, &[f64; 2])| {
                let w = table.get(*w as usize).copied().unwrap_or_else(|| self.code.received(*w, q));
                of(w[0] * x[0], w[1] * x[1])
            };
            *out = row.iter().zip(&x).map(product).sum();
        }
    }
}

impl Multiplier for Received {
    fn width(&self) -> usize {
        self.weights.outputs()
    }

    /// Products of what is sent: all bits right.
    fn expose(&self, x: &[f64], light: &mut [f64]) {
        let mut sent = x.to_vec();
        for x in sent.chunks_exact_mut(self.inputs) {
            let code = Code::of(x, self.device.bits);
            x.iter_mut().for_each(|x| *x = code.decode(code.encode(*x)));
        }
        self.weights.apply(&sent, light);
    }

    fn total(&self, _: &[f64]) -> f64 {
        0.0
    }

    fn accepts(&self, _: &[f64]) -> Result<(), EngineError> {
        Ok(())
    }

    fn read(
        &self,
        sample: Sample<'_>,
        photons: f64,
        rng: &mut Draws,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64 {
        readout.copy_from_slice(sample.light);
        let q = self.bit_errors(photons);
        if q.zero.max(q.one) == 0.0 {
            return 1.0;
        }
        let inputs = Code::of(sample.x, self.device.bits);
        scratch.codes.clear();
        scratch.codes.extend(sample.x.iter().map(|x| inputs.encode(*x)));
        let layer = Sent { inputs, x: &scratch.codes, weights: self.code, w: &self.codes, bits: self.device.bits };
        flips::apply(layer, q, rng, readout);
        1.0
    }

    fn decode(&self, _: &[f64], _: f64, _: &mut [f64]) {}

    fn mean(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        self.moments(sample, photons, out, |mean, _| mean);
    }

    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        self.moments(sample, photons, out, |mean, square| square - mean * mean);
    }

    fn detector(&self) -> &Detector {
        &self.detector
    }
}

/// Energy of handing out the operands of one MAC, J, by wire and by light.
pub mod fan_out_energy {
    use super::CHARGE;

    /// `bits` bits over a wire of `length` (m) and `capacitance` per metre (F/m) at `voltage`: bits C L V^2/4, as every other bit of a random stream changes the level and half of C L V^2 is lost then.
    pub fn wire(bits: f64, capacitance: f64, length: f64, voltage: f64) -> f64 {
        0.25 * bits * capacitance * length * voltage * voltage
    }

    /// `bits` bits by light of `photon_energy` (J) that charges a receiver of `capacitance` (F) to `voltage`: bits h nu C V/(2 eta eta_source q), half of the bits ones.
    pub fn light(bits: f64, photon_energy: f64, efficiency: f64, source: f64, capacitance: f64, voltage: f64) -> f64 {
        0.5 * bits * photon_energy / (efficiency * source * CHARGE) * capacitance * voltage
    }

    /// The length, m, from which light costs less than a wire: 2 (h nu/(q eta eta_source)) C_receiver/(V C_wire).
    pub fn crossover(
        photon_energy: f64,
        efficiency: f64,
        source: f64,
        receiver: f64,
        voltage: f64,
        capacitance: f64,
    ) -> f64 {
        2.0 * photon_energy / (CHARGE * efficiency * source) * receiver / (voltage * capacitance)
    }
}
