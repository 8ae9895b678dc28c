//! Normal deviates at fixed places of the streams, many trajectories side by side.
//!
//! Three words of a stream make two normals, by Box and Muller: 52 bits give u in (0, 1], 42 more an angle a in [-pi/4, pi/4), two the signs,
//!   z_1 = +- sqrt(-ln u) (cos a - sin a),   z_2 = +- sqrt(-ln u) (cos a + sin a),
//! which is sqrt(-2 ln u) (cos, sin)(a + pi/4) in a random quadrant. A block of sixteen words gives ten normals, so normal q of a stream
//! stands at a place that can be computed, and the largest is sqrt(104 ln 2) = 8.5. Only additions, multiplications, divisions and square
//! roots are used, none of them fused: the numbers are the same on every instruction set.
//!
//! Source: Box and Muller (1958), Ann. Math. Stat. 29, 610. The polynomials interpolate at Chebyshev nodes, to a relative 4e-16.

use super::chacha::{LANES, Lanes, WORDS, aim, blocks, keyed};
use super::{Purpose, Streams};
use std::f64::consts::{FRAC_PI_2, LN_2};

/// Normals that a block makes.
const OF_BLOCK: usize = 10;

/// artanh(s)/s in s^2, |s| <= (sqrt(2) - 1)/(sqrt(2) + 1).
const ARTANH: [f64; 7] = [
    1.0,
    0.333_333_333_332_764_6,
    0.200_000_000_308_708_08,
    0.142_857_080_105_538_35,
    0.111_117_172_737_589_53,
    0.090_609_672_156_076_07,
    0.084_188_299_853_402_44,
];
/// sin(a)/a in a^2, |a| <= pi/4.
const SINE: [f64; 7] = [
    1.0,
    -0.166_666_666_666_666_16,
    0.008_333_333_333_320_362,
    -0.000_198_412_698_286_503,
    2.755_731_337_640_013e-6,
    -2.505_071_697_410_274_5e-8,
    1.589_473_665_184_909_5e-10,
];
/// cos(a) in a^2, |a| <= pi/4.
const COSINE: [f64; 7] = [
    1.0,
    -0.499_999_999_999_992_5,
    0.041_666_666_666_472_31,
    -0.001_388_888_886_997_865_9,
    2.480_157_853_856_298_6e-5,
    -2.755_523_388_484_742e-7,
    2.063_045_437_966_229_3e-9,
];

/// Bits of 1.0, and of the least double above sqrt(1/2).
const ONE: u64 = 0x3ff0_0000_0000_0000;
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;

#[inline(always)]
fn polynomial(c: &[f64; 7], x: f64) -> f64 {
    let mut sum = c[6];
    for k in (0..6).rev() {
        sum = sum * x + c[k];
    }
    sum
}

/// -ln u for a normal u in (0, 1].
#[inline(always)]
fn minus_ln(u: f64) -> f64 {
    // u = 2^e m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh((m - 1)/(m + 1)).
    let bits = u.to_bits() + (ONE - ROOT_HALF);
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + ROOT_HALF);
    // The exponent in the last places of 2^52: integers of 64 bits have no conversion in AVX2.
    let e = f64::from_bits(bits >> 52 | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let s = (m - 1.0) / (m + 1.0);
    -(e * LN_2 + 2.0 * s * polynomial(&ARTANH, s * s))
}

/// Two normals from three words.
#[inline(always)]
fn pair(words: [u32; 3]) -> (f64, f64) {
    let x = u64::from(words[0]) | u64::from(words[1]) << 32;
    let y = x & 0xfff | u64::from(words[2]) << 12;
    let radius = minus_ln(2.0 - f64::from_bits(x >> 12 | ONE)).sqrt().to_bits();
    let angle = (f64::from_bits((y >> 2) << 10 | ONE) - 1.5) * FRAC_PI_2;
    let square = angle * angle;
    let (sin, cos) = (angle * polynomial(&SINE, square), polynomial(&COSINE, square));
    let (first, second) = (radius ^ (y << 63), radius ^ ((y << 62) & (1 << 63)));
    (f64::from_bits(first) * (cos - sin), f64::from_bits(second) * (cos + sin))
}

/// Normals 2 p and 2 p + 1 of each of `words`: lane l of group g at 8 g + l of `first` and `second`.
#[inline(always)]
fn transform_kernel<const FMA: bool>(words: &[Lanes], p: usize, first: &mut [f64], second: &mut [f64]) {
    let rows = first.as_chunks_mut::<LANES>().0.iter_mut().zip(second.as_chunks_mut::<LANES>().0);
    for (words, (first, second)) in words.iter().zip(rows) {
        let (mut a, mut b) = ([0.0; LANES], [0.0; LANES]);
        for l in 0..LANES {
            (a[l], b[l]) = pair([words[3 * p][l], words[3 * p + 1][l], words[3 * p + 2][l]]);
        }
        (*first, *second) = (a, b);
    }
}

crate::dispatch! {
    fn transform(words: &[Lanes], p: usize, first: &mut [f64], second: &mut [f64]) = transform_kernel;
}

#[inline(always)]
fn paired_kernel<const FMA: bool>(low: &[u64], high: &[u64], first: &mut [f64], second: &mut [f64]) {
    for (((low, high), first), second) in low.iter().zip(high).zip(first).zip(second) {
        (*first, *second) = pair([*low as u32, (*low >> 32) as u32, *high as u32]);
    }
}

crate::dispatch! {
    /// Two normals from each pair of a word of `low` and one of `high`, of which half is used.
    pub(super) fn paired(low: &[u64], high: &[u64], first: &mut [f64], second: &mut [f64]) = paired_kernel;
}

/// The normals of one purpose for consecutive trajectories, in columns: each column reads its own stream.
///
/// Trajectory r sees the same numbers alone and among others. Memory: 144 numbers a column below eight columns; from there on 18, for columns
/// in groups of eight.
#[derive(Clone, Debug)]
pub struct Normals {
    columns: usize,
    /// Cipher input with the key set.
    input: Lanes,
    number: u64,
    first: u64,
    /// Blocks of a stream that a refill makes: few columns fill the lanes with later blocks of their own streams.
    ahead: usize,
    /// Blocks of the cipher: eight columns each, or eight blocks of one column.
    words: Vec<Lanes>,
    /// OF_BLOCK * ahead rows of `stride` numbers.
    made: Vec<f64>,
    stride: usize,
    /// Which refill `words` holds, and how many rows of it are made.
    held: Option<u64>,
    ready: usize,
    next: u64,
}

impl Normals {
    /// A source for `columns` trajectories, at least 1, of seed 0 until it is started.
    pub fn new(columns: usize) -> Self {
        let columns = columns.max(1);
        let mut normals = Self {
            columns: 0,
            input: [[0; LANES]; WORDS],
            number: 0,
            first: 0,
            ahead: 1,
            words: Vec::new(),
            made: Vec::new(),
            stride: 0,
            held: None,
            ready: 0,
            next: 0,
        };
        normals.set_columns(columns);
        normals.start(&Streams::new(0, 0), Purpose::Noise, 0, 0);
        normals
    }

    /// Number of trajectories.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Changes the number of trajectories, at least 1; to be started anew.
    pub fn set_columns(&mut self, columns: usize) {
        let columns = columns.max(1);
        if columns != self.columns {
            let wide = columns >= LANES;
            let groups = if wide { columns.div_ceil(LANES) } else { columns };
            (self.ahead, self.stride) = if wide { (1, LANES * groups) } else { (LANES, columns) };
            self.columns = columns;
            self.words.resize(groups, [[0; LANES]; WORDS]);
            self.made.resize(OF_BLOCK * self.ahead * self.stride, 0.0);
        }
        self.held = None;
    }

    /// Moves to the first normal of part `part` of `purpose` for the trajectories from `first` on. The numbers of part 0 are made from the words
    /// of [`Streams::open`].
    pub fn start(&mut self, streams: &Streams, purpose: Purpose, part: u64, first: u64) {
        self.input = keyed(streams, part);
        (self.number, self.first, self.held, self.next) = (purpose as u64, first, None, 0);
    }

    /// Goes to normal `position` of every stream.
    pub fn seek(&mut self, position: u64) {
        self.next = position;
    }

    /// out = scale z: the next out.len() / columns normals of every column, normal-major. A rest of less than a row is not written.
    pub fn fill(&mut self, scale: f64, out: &mut [f64]) {
        let rows = OF_BLOCK * self.ahead;
        let whole_rows = out.len() / self.columns * self.columns;
        let mut rest = &mut out[..whole_rows];
        while !rest.is_empty() {
            let (refill, row) = (self.next / rows as u64, (self.next % rows as u64) as usize);
            if self.held != Some(refill) {
                self.refill(refill);
            }
            self.make(row);
            // Rows without padding are copied together.
            let whole = if self.stride == self.columns { (self.ready - row) * self.columns } else { self.columns };
            let (now, later) = rest.split_at_mut(whole.min(rest.len()));
            for (o, z) in now.iter_mut().zip(&self.made[row * self.stride..]) {
                *o = scale * z;
            }
            self.next += (now.len() / self.columns) as u64;
            rest = later;
        }
    }

    fn refill(&mut self, refill: u64) {
        for (group, words) in self.words.iter_mut().enumerate() {
            for lane in 0..LANES {
                let (column, block) = match self.ahead {
                    1 => (LANES * group + lane, refill),
                    _ => (group, refill * LANES as u64 + lane as u64),
                };
                let trajectory = self.first.wrapping_add(column as u64);
                aim(&mut self.input, lane, block, trajectory << 8 | self.number);
            }
            blocks(&self.input, words);
        }
        (self.held, self.ready) = (Some(refill), 0);
    }

    /// Makes the rows up to `row`; many columns pair by pair as they are asked for, few all at once.
    fn make(&mut self, row: usize) {
        if self.ahead == 1 {
            while self.ready <= row {
                let (first, second) = self.made[self.ready * self.stride..].split_at_mut(self.stride);
                transform(&self.words, self.ready / 2, first, second);
                self.ready += 2;
            }
        } else if self.ready == 0 {
            let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
            for (column, words) in self.words.iter().enumerate() {
                for p in 0..OF_BLOCK / 2 {
                    transform(std::slice::from_ref(words), p, &mut first, &mut second);
                    for lane in 0..LANES {
                        let at = (OF_BLOCK * lane + 2 * p) * self.columns + column;
                        (self.made[at], self.made[at + self.columns]) = (first[lane], second[lane]);
                    }
                }
            }
            self.ready = OF_BLOCK * self.ahead;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng as _;
    use std::f64::consts::{FRAC_PI_4, PI, SQRT_2};

    #[test]
    fn normals_are_box_and_muller_of_the_words_of_the_stream() {
        let streams = Streams::new(9, 1);
        let mut normals = Normals::new(1);
        normals.start(&streams, Purpose::Area, 0, 77);
        let (mut rng, mut z) = (streams.open(Purpose::Area, 77), [0.0; 2]);
        for pair in 0..1000_u64 {
            // Five pairs a block of sixteen words, the last of which is left.
            rng.set_word_pos(u128::from(pair / 5 * 16 + pair % 5 * 3));
            let x = rng.next_u64();
            let y = u64::from(rng.next_u32());
            let u = 1.0 - (x >> 12) as f64 / (1u64 << 52) as f64;
            let angle = (((x & 0xfff) >> 2 | y << 10) as f64 / (1u64 << 42) as f64 - 0.5) * 0.5 * PI + FRAC_PI_4;
            let radius = (-u.ln()).sqrt() * SQRT_2;
            let signs = [x & 1, x >> 1 & 1].map(|s| if s == 0 { 1.0 } else { -1.0 });
            normals.fill(1.0, &mut z);
            for (z, expected) in z.iter().zip([signs[0] * radius * angle.cos(), signs[1] * radius * angle.sin()]) {
                assert!((z - expected).abs() < 4e-15, "{z} {expected}");
            }
        }
    }

    #[test]
    fn a_trajectory_sees_the_same_numbers_in_any_company() {
        let streams = Streams::new(3, 0);
        let alone = |trajectory: u64| {
            let (mut one, mut z) = (Normals::new(1), [0.0; 203]);
            one.start(&streams, Purpose::Noise, 0, trajectory);
            one.fill(0.5, &mut z);
            z
        };
        for columns in [2, 7, 8, 9, 64] {
            let mut many = Normals::new(columns);
            many.start(&streams, Purpose::Noise, 0, 1000);
            let mut z = vec![0.0; 203 * columns];
            let (begin, end) = z.split_at_mut(13 * columns);
            many.fill(0.5, begin);
            many.seek(5);
            many.fill(0.5, &mut end[..3 * columns]);
            many.seek(13);
            many.fill(0.5, end);
            for c in 0..columns {
                let column: Vec<f64> = z.iter().skip(c).step_by(columns).copied().collect();
                assert_eq!(column, alone(1000 + c as u64), "column {c} of {columns}");
            }
        }
    }

    #[test]
    fn normals_are_the_same_on_every_instruction_set() {
        let words: Vec<Lanes> = (0..200_u32)
            .map(|k| std::array::from_fn(|w| std::array::from_fn(|l| mixed(k, w as u32, l as u32))))
            .collect();
        let buffer = || vec![0.0; LANES * words.len()];
        let (mut widest, mut plain) = ([buffer(), buffer()], [buffer(), buffer()]);
        for p in 0..OF_BLOCK / 2 {
            let [a, b] = &mut widest;
            transform(&words, p, a, b);
            let [a, b] = &mut plain;
            transform_kernel::<false>(&words, p, a, b);
            assert_eq!(widest, plain);
        }
    }

    /// Some word that depends on all three.
    fn mixed(a: u32, b: u32, c: u32) -> u32 {
        let x = a.wrapping_mul(0x9e37_79b9) ^ b.wrapping_mul(0x85eb_ca6b) ^ c.wrapping_mul(0xc2b2_ae35);
        (x ^ x >> 15).wrapping_mul(0x2c1b_3c6d)
    }

    #[test]
    fn moments_and_tails_are_those_of_the_normal_law() {
        let (mut normals, mut z) = (Normals::new(64), vec![0.0; 64 * 1000]);
        let n = 64.0 * 40_000.0;
        let (mut moments, mut products, mut beyond) = ([0.0; 4], 0.0, [0.0; 3]);
        for round in 0..40 {
            normals.start(&Streams::new(round, 0), Purpose::Noise, 0, 0);
            normals.fill(1.0, &mut z);
            for v in &z {
                let square = v * v;
                moments = [moments[0] + v, moments[1] + square, moments[2] + v * square, moments[3] + square * square];
                for (b, limit) in beyond.iter_mut().zip([1.0, 2.0, 4.0]) {
                    *b += f64::from(u8::from(v.abs() > limit));
                }
            }
            // The two normals of a pair share their radius: their squares must not be correlated.
            products += z
                .chunks_exact(128)
                .map(|p| (0..64).map(|c| p[c].powi(2) * p[64 + c].powi(2)).sum::<f64>())
                .sum::<f64>();
        }
        // Means 0, 1, 0, 3 of variances 1, 2, 15, 96; four standard errors each, eight checks: a false alarm in 2000 seeds.
        for (m, (mean, variance)) in moments.iter().zip([(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0)]) {
            assert!((m / n - mean).abs() < 4.0 * f64::sqrt(variance / n), "{} {mean}", m / n);
        }
        assert!((products / (0.5 * n) - 1.0).abs() < 4.0 * f64::sqrt(8.0 / (0.5 * n)), "{}", products / (0.5 * n));
        // P(|z| > 1, 2, 4).
        for (b, p) in beyond.iter().zip([0.317_310_507_863, 0.045_500_263_896, 6.334_248_4e-5]) {
            assert!((b / n - p).abs() < 4.0 * f64::sqrt(p * (1.0 - p) / n), "{} {p}", b / n);
        }
    }
}
