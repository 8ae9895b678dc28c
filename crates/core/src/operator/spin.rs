//! A compiled Pauli sum: one diagonal table and, per flip mask, a constant, a sign pattern or a table.

use super::{Diagonal, Operator, PauliSum, SiteSum, pauli::parity_sign, rows::RowSum};
use crate::simd::vector::{self, Vector, dispatch_vector};
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

impl Flip {
    /// Which lane a lane is read from: lane l from lane l ^ this.
    fn low(&self) -> usize {
        self.flip & (LANES - 1)
    }

    fn is_signed(&self) -> bool {
        self.sign != 0
    }
}

/// Strings that read lanes in one order, those without a sign first.
#[derive(Clone, Debug)]
struct Class {
    low: usize,
    plain: Vec<Flip>,
    signed: Vec<Flip>,
}

fn classes(flips: &[Flip]) -> Vec<Class> {
    let part = |low: usize, signed: bool| {
        flips.iter().filter(|f| f.low() == low && f.is_signed() == signed).copied().collect::<Vec<_>>()
    };
    let all = (0..LANES).map(|low| Class { low, plain: part(low, false), signed: part(low, true) });
    all.filter(|c| !c.plain.is_empty() || !c.signed.is_empty()).collect()
}

/// A Pauli sum on n spins, ready to act on kets (O(strings 2^n), no allocation) and on density matrices.
#[derive(Debug)]
pub struct SpinOperator {
    sites: usize,
    pauli: PauliSum,
    diagonal: Option<Diagonal>,
    /// Strings with a real coefficient, and those with an imaginary one (a complex one appears in both).
    classes: [Vec<Class>; 2],
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
            classes: [Vec::new(), Vec::new()],
            tables: Vec::new(),
        };
        let (mut real, mut imaginary) = (Vec::new(), Vec::new());
        for (flip, strings) in groups {
            if flip == 0 {
                out.diagonal = Some(table(sites, &strings));
            } else if strings.len() > STRINGS_PER_TABLE {
                out.tables.push((flip, table(sites, &strings)));
            } else {
                for (sign, c) in strings {
                    if c.re != 0.0 {
                        real.push(Flip { flip, sign, value: c.re });
                    }
                    if c.im != 0.0 {
                        imaginary.push(Flip { flip, sign, value: c.im });
                    }
                }
            }
        }
        out.classes = [classes(&real), classes(&imaginary)];
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
        let mut sum = RowSum::new(x, y, columns);
        for to in 0..self.dim() {
            let signed = |f: &Flip| f.value * parity_sign(((to ^ f.flip) & f.sign) as u64);
            if let Some(d) = &self.diagonal {
                sum.add(to, to, scale * d.entry(to));
            }
            for (flips, unit) in self.classes.iter().zip([Complex64::ONE, Complex64::I]) {
                for f in flips.iter().flat_map(|c| c.plain.iter().chain(&c.signed)) {
                    sum.add(to, to ^ f.flip, scale * unit * signed(f));
                }
            }
            for (flip, t) in &self.tables {
                sum.add(to, to ^ flip, scale * t.entry(to ^ flip));
            }
        }
        sum.flush();
    }
}

/// The diagonal with entries sum_z c_z (-1)^|z & index|.
fn table(sites: usize, strings: &[(usize, Complex64)]) -> Diagonal {
    let entries: Vec<Complex64> =
        (0..1usize << sites).map(|k| strings.iter().map(|&(z, c)| c * parity_sign((z & k) as u64)).sum()).collect();
    Diagonal::new(&entries)
}

/// Eight amplitudes: the real parts of the first four and the last four, then the imaginary parts.
type Eight<V> = [[V; 2]; 2];

/// Eight numbers with lane l read from lane l ^ LOW. (No closures below: they would not inherit the vector instructions.)
#[inline(always)]
fn read<V: Vector, const LOW: usize>(x: &[f64; LANES]) -> [V; 2] {
    let (halves, _) = x.as_chunks::<{ vector::LANES }>();
    let (mut a, mut b) = (V::load(&halves[LOW >> 2]), V::load(&halves[1 - (LOW >> 2)]));
    if LOW & 1 != 0 {
        (a, b) = (a.swap1(), b.swap1());
    }
    if LOW & 2 != 0 {
        (a, b) = (a.swap2(), b.swap2());
    }
    [a, b]
}

/// Adds the strings of a class to the sum for output chunk `to`.
#[inline(always)]
fn gather<V: Vector, const LOW: usize>(class: &Class, to: usize, [xr, xi]: [&[[f64; LANES]]; 2], sum: &mut Eight<V>) {
    let [mut r, mut i] = *sum;
    for f in &class.plain {
        let from = to ^ (f.flip / LANES);
        let (value, a, b) = (V::splat(f.value), read::<V, LOW>(&xr[from]), read::<V, LOW>(&xi[from]));
        r = [value.madd(a[0], r[0]), value.madd(a[1], r[1])];
        i = [value.madd(b[0], i[0]), value.madd(b[1], i[1])];
    }
    for f in &class.signed {
        let from = to ^ (f.flip / LANES);
        let value = V::splat(f.value * parity_sign(((from * LANES) & f.sign) as u64));
        let signs = read::<V, LOW>(&PARITIES[f.sign & (LANES - 1)]);
        let (a, b) = (read::<V, LOW>(&xr[from]), read::<V, LOW>(&xi[from]));
        let v = [value.times(signs[0]), value.times(signs[1])];
        r = [v[0].madd(a[0], r[0]), v[1].madd(a[1], r[1])];
        i = [v[0].madd(b[0], i[0]), v[1].madd(b[1], i[1])];
    }
    *sum = [r, i];
}

/// (-1)^|sign & lane| for each sign mask and lane.
static PARITIES: [[f64; LANES]; LANES] = {
    let mut table = [[1.0; LANES]; LANES];
    let mut k = 0;
    while k < LANES * LANES {
        if ((k / LANES) & (k % LANES)).count_ones() % 2 == 1 {
            table[k / LANES][k % LANES] = -1.0;
        }
        k += 1;
    }
    table
};

/// The same for all classes.
#[inline(always)]
fn gather_all<V: Vector>(classes: &[Class], to: usize, x: [&[[f64; LANES]]; 2]) -> Eight<V> {
    let mut sum = [[V::splat(0.0); 2]; 2];
    for class in classes {
        match class.low {
            0 => gather::<V, 0>(class, to, x, &mut sum),
            1 => gather::<V, 1>(class, to, x, &mut sum),
            2 => gather::<V, 2>(class, to, x, &mut sum),
            3 => gather::<V, 3>(class, to, x, &mut sum),
            4 => gather::<V, 4>(class, to, x, &mut sum),
            5 => gather::<V, 5>(class, to, x, &mut sum),
            6 => gather::<V, 6>(class, to, x, &mut sum),
            _ => gather::<V, 7>(class, to, x, &mut sum),
        }
    }
    sum
}

dispatch_vector! {
    /// y += s (sum_real + i sum_imaginary) x for a ket of at least eight amplitudes.
    fn apply_flips(classes: &[Vec<Class>; 2], s: Complex64, x: &[f64], y: &mut [f64]) = apply_flips_kernel;
}

#[inline(always)]
fn apply_flips_kernel<V: Vector>([real, imaginary]: &[Vec<Class>; 2], s: Complex64, x: &[f64], y: &mut [f64]) {
    let (sr, si) = (V::splat(s.re), V::splat(s.im));
    let (xr, xi) = x.split_at(x.len() / 2);
    let (yr, yi) = y.split_at_mut(x.len() / 2);
    let x = [xr.as_chunks().0, xi.as_chunks().0];
    let (yr, yi) = (yr.as_chunks_mut::<LANES>().0, yi.as_chunks_mut::<LANES>().0);
    for (to, (yr, yi)) in yr.iter_mut().zip(yi).enumerate() {
        let [mut re, mut im] = gather_all::<V>(real, to, x);
        if !imaginary.is_empty() {
            let [ar, ai] = gather_all::<V>(imaginary, to, x);
            let one = V::splat(1.0);
            for half in 0..2 {
                (re[half], im[half]) = (one.nmadd(ai[half], re[half]), im[half].plus(ar[half]));
            }
        }
        let (yr, yi) = (yr.as_chunks_mut().0, yi.as_chunks_mut().0);
        for half in 0..2 {
            let (r, i) = (V::load(&yr[half]), V::load(&yi[half]));
            sr.madd(re[half], si.nmadd(im[half], r)).store(&mut yr[half]);
            sr.madd(im[half], si.madd(re[half], i)).store(&mut yi[half]);
        }
    }
}

impl Operator for SpinOperator {
    fn dim(&self) -> usize {
        1 << self.sites
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        if columns > 1 || self.dim() < LANES {
            return self.apply_rows(scale, x, y, columns);
        }
        if let Some(d) = &self.diagonal {
            d.apply_add(scale, x, y, columns);
        }
        if self.classes.iter().any(|c| !c.is_empty()) {
            apply_flips(&self.classes, scale, x, y);
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
        assert!(!compiled.tables.is_empty() && compiled.classes.iter().all(|c| !c.is_empty()));
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
