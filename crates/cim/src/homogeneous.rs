//! Fields as couplings to one more spin.

use lightfall_couplings::Couplings;

/// J without its diagonal, and one more spin coupled to spin i by h_i if there are fields.
///
/// E(s) = -(1/2) sum J_ij s_i s_j - sum h_i s_i is the energy of the enlarged network at (s, 1), and by symmetry at (-s, -1): what is found there is multiplied by the last spin.
pub(crate) struct Homogeneous<'a> {
    couplings: &'a dyn Couplings,
    fields: &'a [f64],
    diagonal: Vec<f64>,
}

impl<'a> Homogeneous<'a> {
    /// `fields` has the length of `couplings` or is empty.
    pub(crate) fn new(couplings: &'a dyn Couplings, fields: &'a [f64]) -> Self {
        let diagonal = (0..couplings.len()).map(|i| couplings.entry(i, i)).collect();
        Self { couplings, fields, diagonal }
    }
}

impl Couplings for Homogeneous<'_> {
    fn len(&self) -> usize {
        self.couplings.len() + usize::from(!self.fields.is_empty())
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        let n = self.couplings.len();
        match (i < n, j < n) {
            _ if i == j => 0.0,
            (true, true) => self.couplings.entry(i, j),
            (true, false) => self.fields[i],
            (false, _) => self.fields[j],
        }
    }

    fn visit_row(&self, i: usize, visit: &mut dyn FnMut(usize, f64)) {
        let n = self.couplings.len();
        if i == n {
            self.fields.iter().enumerate().filter(|(_, h)| **h != 0.0).for_each(|(j, h)| visit(j, *h));
            return;
        }
        self.couplings.visit_row(i, &mut |j, value| {
            if i != j {
                visit(j, value);
            }
        });
        if let Some(h) = self.fields.get(i).filter(|h| **h != 0.0) {
            visit(n, *h);
        }
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        let n = self.couplings.len();
        let ((x, more_x), (y, more_y)) = (x.split_at(n * columns), y.split_at_mut(n * columns));
        self.couplings.apply(x, y, columns);
        more_y.fill(0.0);
        for i in 0..n {
            let h = self.fields.get(i).copied().unwrap_or(0.0);
            for c in 0..columns {
                y[i * columns + c] -= self.diagonal[i] * x[i * columns + c];
                if let (Some(y_more), Some(x_more)) = (more_y.get_mut(c), more_x.get(c)) {
                    y[i * columns + c] += h * x_more;
                    *y_more += h * x[i * columns + c];
                }
            }
        }
    }

    fn spectral_bounds(&self) -> (f64, f64) {
        let mut largest: f64 = 0.0;
        for i in 0..self.len() {
            let mut sum = 0.0;
            self.visit_row(i, &mut |_, value| sum += value.abs());
            largest = largest.max(sum);
        }
        (-largest, largest)
    }
}
