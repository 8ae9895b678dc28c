//! A compiled Pauli sum: one diagonal table and, per flip mask, a constant, a sign pattern or a table.

use super::{Diagonal, Operator, PauliSum, SiteSum, diagonal::axpy, pauli::parity_sign};
use crate::simd::madd;
use num_complex::Complex64;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lanes handled at once; the lowest three bits of a basis index are a lane number.
const LANES: usize = 8;
/// Strings sharing one flip mask are kept apart up to this many; beyond, they are summed into a table of 2^N entries.
const STRINGS_PER_TABLE: usize = 4;

/// One string c X^flip Z^sign.
#[derive(Clone, Copy, Debug)]
struct Flip {
    flip: usize,
    sign: usize,
    value: f64,
}

/// A Pauli sum on n spins, ready to act on kets (O(strings 2^n), no allocation) and on density matrices.
#[derive(Debug)]
pub struct SpinOperator {
    sites: usize,
    pauli: PauliSum,
    diagonal: Option<Diagonal>,
    /// Strings with a real coefficient, then those with an imaginary one (a complex one appears in both).
    real: Vec<Flip>,
    imaginary: Vec<Flip>,
    /// Flip mask and the coefficient at each source index.
    tables: Vec<(usize, Diagonal)>,
    site_sum: Option<SiteSum>,
}

impl SpinOperator {
    /// Compiles `pauli` on `sites` spins. Memory: 2^sites entries for the diagonal and for each crowded flip mask.
    pub fn new(sites: usize, pauli: PauliSum) -> Self {
        let mut groups = BTreeMap::<usize, Vec<(usize, Complex64)>>::new();
        for (x, z, c) in pauli.terms() {
            groups.entry(x as usize).or_default().push((z as usize, c));
        }
        let mut out = Self {
            sites,
            site_sum: pauli.as_site_sum(sites).map(SiteSum::new),
            pauli,
            diagonal: None,
            real: Vec::new(),
            imaginary: Vec::new(),
            tables: Vec::new(),
        };
        for (flip, strings) in groups {
            if flip == 0 {
                out.diagonal = Some(table(sites, &strings));
            } else if strings.len() > STRINGS_PER_TABLE {
                out.tables.push((flip, table(sites, &strings)));
            } else {
                for (sign, c) in strings {
                    if c.re != 0.0 {
                        out.real.push(Flip { flip, sign, value: c.re });
                    }
                    if c.im != 0.0 {
                        out.imaginary.push(Flip { flip, sign, value: c.im });
                    }
                }
            }
        }
        out
    }

    /// The sum this was compiled from.
    pub fn pauli(&self) -> &PauliSum {
        &self.pauli
    }

    fn compile(&self, pauli: PauliSum) -> Arc<dyn Operator> {
        Arc::new(SpinOperator::new(self.sites, pauli))
    }

    fn apply_rows(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let half = self.dim() * columns;
        let (xr, xi) = x.split_at(half);
        let (yr, yi) = y.split_at_mut(half);
        let mut add = |to: usize, from: usize, s: Complex64| {
            let (to, from) = (to * columns..(to + 1) * columns, from * columns..(from + 1) * columns);
            axpy(s.re, s.im, &xr[from.clone()], &xi[from], &mut yr[to.clone()], &mut yi[to]);
        };
        for to in 0..self.dim() {
            let signed = |f: &Flip| f.value * parity_sign(((to ^ f.flip) & f.sign) as u64);
            for f in &self.real {
                add(to, to ^ f.flip, scale * signed(f));
            }
            for f in &self.imaginary {
                add(to, to ^ f.flip, scale * Complex64::I * signed(f));
            }
            for (flip, t) in &self.tables {
                add(to, to ^ flip, scale * t.entry(to ^ flip));
            }
        }
    }

    fn apply_small(&self, scale: Complex64, x: &[f64], y: &mut [f64]) {
        self.apply_rows(scale, x, y, 1);
    }
}

/// The diagonal with entries sum_z c_z (-1)^|z & index|.
fn table(sites: usize, strings: &[(usize, Complex64)]) -> Diagonal {
    let entries: Vec<Complex64> =
        (0..1usize << sites).map(|k| strings.iter().map(|&(z, c)| c * parity_sign((z & k) as u64)).sum()).collect();
    Diagonal::new(&entries)
}

/// The eight source lanes of a chunk, lane l read from lane l ^ `low`.
#[inline(always)]
fn lanes(chunk: &[f64], low: usize) -> [f64; LANES] {
    let c: &[f64; LANES] = chunk.try_into().unwrap_or(&[0.0; LANES]);
    match low {
        0 => *c,
        1 => [c[1], c[0], c[3], c[2], c[5], c[4], c[7], c[6]],
        2 => [c[2], c[3], c[0], c[1], c[6], c[7], c[4], c[5]],
        3 => [c[3], c[2], c[1], c[0], c[7], c[6], c[5], c[4]],
        4 => [c[4], c[5], c[6], c[7], c[0], c[1], c[2], c[3]],
        5 => [c[5], c[4], c[7], c[6], c[1], c[0], c[3], c[2]],
        6 => [c[6], c[7], c[4], c[5], c[2], c[3], c[0], c[1]],
        _ => [c[7], c[6], c[5], c[4], c[3], c[2], c[1], c[0]],
    }
}

/// Adds the strings of `flips` to the accumulators of output chunk `base`.
#[inline(always)]
fn gather<const FMA: bool>(
    flips: &[Flip],
    base: usize,
    xr: &[f64],
    xi: &[f64],
    acc_r: &mut [f64; LANES],
    acc_i: &mut [f64; LANES],
) {
    for f in flips {
        let from = base ^ (f.flip & !(LANES - 1));
        let low = f.flip & (LANES - 1);
        let (r, i) = (lanes(&xr[from..from + LANES], low), lanes(&xi[from..from + LANES], low));
        let value = f.value * parity_sign((from & f.sign) as u64);
        if f.sign & (LANES - 1) == 0 {
            for l in 0..LANES {
                acc_r[l] = madd::<FMA>(value, r[l], acc_r[l]);
                acc_i[l] = madd::<FMA>(value, i[l], acc_i[l]);
            }
        } else {
            for l in 0..LANES {
                let v = value * parity_sign(((l ^ low) & f.sign) as u64);
                acc_r[l] = madd::<FMA>(v, r[l], acc_r[l]);
                acc_i[l] = madd::<FMA>(v, i[l], acc_i[l]);
            }
        }
    }
}

crate::dispatch! {
    /// y += s (sum_real + i sum_imaginary) x for a ket of at least eight amplitudes.
    fn apply_flips(real: &[Flip], imaginary: &[Flip], sr: f64, si: f64, x: &[f64], y: &mut [f64]) = apply_flips_kernel;
}

#[inline(always)]
fn apply_flips_kernel<const FMA: bool>(real: &[Flip], imaginary: &[Flip], sr: f64, si: f64, x: &[f64], y: &mut [f64]) {
    let dim = x.len() / 2;
    let (xr, xi) = x.split_at(dim);
    let (yr, yi) = y.split_at_mut(dim);
    for base in (0..dim).step_by(LANES) {
        let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
        gather::<FMA>(real, base, xr, xi, &mut re, &mut im);
        if !imaginary.is_empty() {
            let (mut ar, mut ai) = ([0.0; LANES], [0.0; LANES]);
            gather::<FMA>(imaginary, base, xr, xi, &mut ar, &mut ai);
            for l in 0..LANES {
                re[l] -= ai[l];
                im[l] += ar[l];
            }
        }
        let (yr, yi) = (&mut yr[base..base + LANES], &mut yi[base..base + LANES]);
        for l in 0..LANES {
            yr[l] = madd::<FMA>(sr, re[l], madd::<FMA>(-si, im[l], yr[l]));
            yi[l] = madd::<FMA>(sr, im[l], madd::<FMA>(si, re[l], yi[l]));
        }
    }
}

impl Operator for SpinOperator {
    fn dim(&self) -> usize {
        1 << self.sites
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        if let Some(d) = &self.diagonal {
            d.apply_add(scale, x, y, columns);
        }
        if columns > 1 {
            return self.apply_rows(scale, x, y, columns);
        }
        if self.dim() < LANES {
            return self.apply_small(scale, x, y);
        }
        if !self.real.is_empty() || !self.imaginary.is_empty() {
            apply_flips(&self.real, &self.imaginary, scale.re, scale.im, x, y);
        }
        let dim = self.dim();
        for (flip, t) in &self.tables {
            for to in 0..dim {
                let v = scale * t.entry(to ^ flip) * Complex64::new(x[to ^ flip], x[dim + (to ^ flip)]);
                y[to] += v.re;
                y[dim + to] += v.im;
            }
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        self.compile(self.pauli.adjoint())
    }

    fn gram(&self) -> Arc<dyn Operator> {
        self.compile(&self.pauli.adjoint() * &self.pauli)
    }

    fn square(&self) -> Arc<dyn Operator> {
        self.compile(&self.pauli * &self.pauli)
    }

    fn diagonal(&self) -> Option<&Diagonal> {
        self.diagonal.as_ref().filter(|_| self.pauli.is_diagonal())
    }

    fn site_sum(&self) -> Option<&SiteSum> {
        self.site_sum.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Axis, Sparse};

    /// Kronecker-product matrix of a single-site Pauli, built without the bit masks under test.
    fn dense_site(axis: Axis, site: usize, sites: usize) -> Sparse {
        let (o, i) = (Complex64::ONE, Complex64::I);
        let pauli = match axis {
            Axis::X => vec![(0, 1, o), (1, 0, o)],
            Axis::Y => vec![(0, 1, -i), (1, 0, i)],
            Axis::Z => vec![(0, 0, o), (1, 1, -o)],
        };
        let identity = |n: usize| Sparse::from_entries(n, (0..n).map(|k| (k, k, o)));
        let inner = Sparse::from_entries(2, pauli).kron(&identity(1 << site));
        identity(1 << (sites - 1 - site)).kron(&inner)
    }

    #[test]
    fn compiled_sums_equal_kronecker_products_on_kets_and_on_rows() {
        let n = 5;
        let axes = [Axis::X, Axis::Y, Axis::Z];
        let mut sum = PauliSum::zero();
        let mut entries = Vec::new();
        let mut weight = 0.3;
        for a in 0..n {
            for b in 0..n {
                for (p, q) in [(0, 0), (0, 2), (1, 2), (1, 1), (2, 2)] {
                    if a == b {
                        continue;
                    }
                    weight = (weight * 7.77_f64 + 0.31).fract();
                    let c = Complex64::new(weight - 0.5, (3.0 * weight).fract() - 0.5);
                    sum.add_scaled(c, &(&PauliSum::site(axes[p], a) * &PauliSum::site(axes[q], b)));
                    let m = dense_site(axes[p], a, n).product(&dense_site(axes[q], b, n));
                    entries.extend(m.entries().map(|(r, col, v)| (r, col, c * v)));
                }
            }
        }
        let reference = Sparse::from_entries(1 << n, entries);
        let compiled = SpinOperator::new(n, sum);
        assert!(!compiled.tables.is_empty() && !compiled.real.is_empty());
        for columns in [1, 3] {
            let len = (2 * columns) << n;
            let x: Vec<f64> = (0..len).map(|k| (1.3 * k as f64).sin()).collect();
            let (mut a, mut b) = (vec![0.1; len], vec![0.1; len]);
            let scale = Complex64::new(0.7, -0.2);
            compiled.apply_add(scale, &x, &mut a, columns);
            reference.apply_add(scale, &x, &mut b, columns);
            let error = a.iter().zip(&b).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max);
            assert!(error < 1e-12, "columns = {columns}: {error:e}");
            // The adjoint on the same footing.
            let (mut a, mut b) = (vec![0.0; len], vec![0.0; len]);
            compiled.adjoint().apply_add(scale, &x, &mut a, columns);
            reference.adjoint_matrix().apply_add(scale, &x, &mut b, columns);
            assert!(a.iter().zip(&b).all(|(p, q)| (p - q).abs() < 1e-12));
        }
    }
}
