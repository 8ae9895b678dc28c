//! The functions and constants a formula may name.

/// A function of one number.
pub(super) type Unary = fn(f64) -> f64;

/// A function of two numbers.
pub(super) type Binary = fn(f64, f64) -> f64;

/// A function with its number of arguments.
#[derive(Clone, Copy)]
pub(super) enum Function {
    One(Unary),
    Two(Binary),
}

impl Function {
    /// The number of arguments.
    pub(super) fn arguments(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Two(_) => 2,
        }
    }
}

/// Named constants.
pub(super) const CONSTANTS: [(&str, f64); 2] = [("pi", std::f64::consts::PI), ("e", std::f64::consts::E)];

/// Named functions, in the order in which messages list them.
pub(super) const FUNCTIONS: [(&str, Function); 25] = [
    ("sin", Function::One(f64::sin)),
    ("cos", Function::One(f64::cos)),
    ("tan", Function::One(f64::tan)),
    ("asin", Function::One(f64::asin)),
    ("acos", Function::One(f64::acos)),
    ("atan", Function::One(f64::atan)),
    ("sinh", Function::One(f64::sinh)),
    ("cosh", Function::One(f64::cosh)),
    ("tanh", Function::One(f64::tanh)),
    ("exp", Function::One(f64::exp)),
    ("ln", Function::One(f64::ln)),
    ("log10", Function::One(f64::log10)),
    ("log2", Function::One(f64::log2)),
    ("sqrt", Function::One(f64::sqrt)),
    ("abs", Function::One(f64::abs)),
    ("sign", Function::One(sign)),
    ("floor", Function::One(f64::floor)),
    ("ceil", Function::One(f64::ceil)),
    ("step", Function::One(step)),
    ("min", Function::Two(smaller)),
    ("max", Function::Two(larger)),
    ("atan2", Function::Two(f64::atan2)),
    ("pow", Function::Two(f64::powf)),
    ("mod", Function::Two(modulo)),
    ("hypot", Function::Two(f64::hypot)),
];

/// The function called `name`.
pub(super) fn function(name: &str) -> Option<Function> {
    let found = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

/// The constant called `name`.
pub(super) fn constant(name: &str) -> Option<f64> {
    let found = CONSTANTS.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

/// -1, 0 or 1. `f64::signum` is 1 at 0, which is not the mathematical sign.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// Heaviside step with the value 1 at 0.
fn step(x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x < 0.0 {
        0.0
    } else {
        1.0
    }
}

/// The smaller of two numbers. `f64::min` would drop a NaN; a formula must show it.
fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// The larger of two numbers, NaN if either is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// a - b floor(a/b): the remainder with the sign of b, so that `mod(i - j, n)` folds an index difference onto 0..n.
fn modulo(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) { remainder + b } else { remainder }
}
