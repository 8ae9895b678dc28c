//! The couplings of an instance as the kernels read them.

use lightfall_couplings::Couplings;

/// Rows of J without its diagonal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rows<T = f32> {
    /// Most entries are zero.
    Sparse(SparseRows<T>),
    /// n^2 values row by row.
    Dense(Vec<T>),
}

impl Rows<f32> {
    /// The same numbers in double precision.
    pub fn double(&self) -> Rows<f64> {
        let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect();
        match self {
            Rows::Dense(values) => Rows::Dense(wide(values)),
            Rows::Sparse(rows) => Rows::Sparse(SparseRows {
                starts: rows.starts.clone(),
                columns: rows.columns.clone(),
                values: wide(&rows.values),
            }),
        }
    }
}

/// The entries of J that are not zero, row by row.
#[derive(Clone, Debug)]
pub struct SparseRows<T = f32> {
    /// Row i is entries `starts[i]..starts[i + 1]`.
    pub starts: Vec<u32>,
    /// Columns, ascending in a row.
    pub columns: Vec<u32>,
    /// Values.
    pub values: Vec<T>,
}

/// J and h in whole multiples of a unit, if they are that and fields fit sixteen bits.
#[derive(Clone, Debug)]
pub struct WholeRows {
    /// The unit.
    pub unit: f64,
    /// Values of the sparse entries.
    pub values: Vec<i16>,
    /// Fields h, n of them.
    pub fields: Vec<i16>,
}

/// A full J in multiples of a unit that fit sixteen bits: half of what a flip reads.
#[derive(Clone, Debug)]
pub struct ShortRows {
    /// The unit.
    pub unit: f64,
    /// n^2 values row by row, to the nearest.
    pub values: Vec<i16>,
    /// h in units, n values.
    pub fields: Vec<f32>,
}

/// Kernel form of an instance: single precision, and whole numbers where possible.
#[derive(Clone, Debug)]
pub struct Network {
    /// Number of spins.
    pub n: usize,
    /// J.
    pub rows: Rows,
    /// h, n values.
    pub fields: Vec<f32>,
    /// The sparse rows in whole numbers.
    pub whole: Option<WholeRows>,
    /// The full matrix in sixteen bits.
    pub short: Option<ShortRows>,
    /// sum_{i<j} |J_ij| + sum_i |h_i|: no energy is larger.
    pub weight: f64,
    /// Root mean square of the field of random spins: sqrt(mean_i (h_i^2 + sum_j J_ij^2)).
    pub scale: f64,
}

/// A matrix is read densely unless fewer than one entry in this many is not zero.
const SPARSENESS: usize = 8;

/// Up to so many spins a full matrix is read at once.
const SMALL: usize = 64;

/// Rounding to sixteen bits must be finer than this part of the root mean square coupling.
const FINE: f64 = 1e-3;

/// Largest sum |h_i| + sum_j |J_ij| in units: twice it still fits sixteen bits.
const LARGEST: f64 = 16_000.0;

impl Network {
    /// The kernel form of J = `couplings` and the fields `h`, n of them or none. O(stored entries) memory.
    pub fn new(couplings: &dyn Couplings, h: &[f64]) -> Self {
        let n = couplings.len();
        let (mut starts, mut columns, mut values) = (vec![0u32], Vec::new(), Vec::new());
        let mut dense = false;
        for i in 0..n {
            couplings.visit_row(i, &mut |j, value| {
                if i != j {
                    columns.push(j as u32);
                    values.push(value);
                }
            });
            dense = n <= SMALL || values.len() > n * n / SPARSENESS;
            if dense {
                break;
            }
            starts.push(values.len() as u32);
        }
        let fields: Vec<f32> = (0..n).map(|i| h.get(i).map_or(0.0, |h| *h as f32)).collect();
        if dense {
            let mut all = vec![0.0f32; n * n];
            for (i, row) in all.chunks_exact_mut(n.max(1)).enumerate() {
                couplings.visit_row(i, &mut |j, value| {
                    if i != j {
                        row[j] = value as f32;
                    }
                });
            }
            let (scale, weight) = (scale(&all, &fields), weight(&all, &fields));
            let short = short(&all, &fields);
            return Self { n, rows: Rows::Dense(all), fields, whole: None, short, weight, scale };
        }
        let whole = whole(&starts, &values, h, n);
        let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        let (scale, weight) = (scale(&values, &fields), weight(&values, &fields));
        let rows = Rows::Sparse(SparseRows { starts, columns, values });
        Self { n, rows, fields, whole, short: None, weight, scale }
    }
}

/// See [`Network::scale`]; 1 if there is nothing.
fn scale(values: &[f32], fields: &[f32]) -> f64 {
    let squares = |v: &[f32]| v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    let sum = squares(values) + squares(fields);
    if sum > 0.0 { (sum / fields.len() as f64).sqrt() } else { 1.0 }
}

/// See [`Network::weight`]; `values` hold both orders of a pair.
fn weight(values: &[f32], fields: &[f32]) -> f64 {
    let sum = |v: &[f32]| v.iter().map(|v| f64::from(v.abs())).sum::<f64>();
    0.5 * sum(values) + sum(fields)
}

/// A full J in sixteen bits: exactly, if it is whole multiples of its smallest entry; rounded, if its entries are of one order; else not.
fn short(all: &[f32], h: &[f32]) -> Option<ShortRows> {
    const MOST: f64 = i16::MAX as f64;
    let sizes = || all.iter().map(|v| f64::from(v.abs())).filter(|v| *v > 0.0);
    let (smallest, largest) = sizes().fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    let whole = largest <= MOST * smallest && sizes().all(|v| (v / smallest).fract() == 0.0);
    let unit = if whole { smallest } else { largest / MOST };
    let rms = (sizes().map(|v| v * v).sum::<f64>() / all.len() as f64).sqrt();
    if largest == 0.0 || !(whole || unit <= FINE * rms) {
        return None;
    }
    let values = all.iter().map(|v| (f64::from(*v) / unit).round() as i16).collect();
    Some(ShortRows { unit, values, fields: h.iter().map(|h| (f64::from(*h) / unit) as f32).collect() })
}

/// `values` and `h` in multiples of the smallest of them, if all are whole multiples.
fn whole(starts: &[u32], values: &[f64], h: &[f64], n: usize) -> Option<WholeRows> {
    let unit = values.iter().chain(h).map(|v| v.abs()).filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
    if !unit.is_finite() {
        return None;
    }
    let count = |v: &f64| {
        let ratio = v / unit;
        (ratio.abs() <= LARGEST && (ratio - ratio.round()).abs() < 1e-9).then_some(ratio.round() as i16)
    };
    let counted = values.iter().map(count).collect::<Option<Vec<i16>>>()?;
    let mut fields = h.iter().map(count).collect::<Option<Vec<i16>>>()?;
    fields.resize(n, 0);
    for i in 0..n {
        let row = &counted[starts[i] as usize..starts[i + 1] as usize];
        let sum: f64 = row.iter().chain([&fields[i]]).map(|v| f64::from(v.abs())).sum();
        if sum > LARGEST {
            return None;
        }
    }
    Some(WholeRows { unit, values: counted, fields })
}
