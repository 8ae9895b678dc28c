//! What a row of observations holds.

/// Shape of a quantity at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One number.
    Scalar,
    /// One number per site.
    Site(usize),
    /// One number per ordered pair of sites, row-major.
    Pair(usize),
    /// One number per detection channel.
    Channel(usize),
    /// One number per detection channel and frequency.
    Spectrum(usize, usize),
}

impl Shape {
    /// Names and lengths of the dimensions after time.
    pub fn dimensions(self) -> Vec<(&'static str, usize)> {
        match self {
            Shape::Scalar => vec![],
            Shape::Site(n) => vec![("site", n)],
            Shape::Pair(n) => vec![("site", n), ("site2", n)],
            Shape::Channel(k) => vec![("channel", k)],
            Shape::Spectrum(k, f) => vec![("channel", k), ("frequency", f)],
        }
    }

    /// Numbers per time.
    pub fn width(self) -> usize {
        self.dimensions().iter().map(|d| d.1).product()
    }
}

/// A named quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Name as in model files and records.
    pub name: String,
    /// Shape at one time.
    pub shape: Shape,
    /// Keep it per trajectory, not only its moments.
    pub store: bool,
}

/// The quantities of a row, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Quantities.
    pub quantities: Vec<Quantity>,
}

impl Layout {
    /// Numbers per row.
    pub fn width(&self) -> usize {
        self.quantities.iter().map(|q| q.shape.width()).sum()
    }

    /// First column and quantity for each quantity.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Quantity)> + '_ {
        self.quantities.iter().scan(0, |next, q| {
            let first = *next;
            *next += q.shape.width();
            Some((first, q))
        })
    }

    /// First column of the quantity named `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns().find(|(_, q)| q.name == name).map(|(c, _)| c)
    }

    /// Names and columns of the scalar quantities: those kept at the last time of every trajectory.
    pub fn scalars(&self) -> Vec<(String, usize)> {
        self.columns().filter(|(_, q)| q.shape == Shape::Scalar).map(|(c, q)| (q.name.clone(), c)).collect()
    }
}
