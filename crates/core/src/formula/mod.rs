//! Arithmetic formulas from a model file, compiled to a flat postfix program.
//!
//! | precedence | operators | grouping |
//! |---|---|---|
//! | highest | `a^b` | right: `2^3^2` = 512 |
//! | | `-a`, `+a` | `-2^2` = -4, `2^-1` = 0.5 |
//! | | `a*b`, `a/b` | left: `1/2` = 0.5, never an integer division |
//! | lowest | `a+b`, `a-b` | left |
//!
//! Numbers are `1`, `1.5`, `.5`, `1e-3`. Constants are `pi` and `e`. Functions of one argument are `sin` `cos` `tan`
//! `asin` `acos` `atan` `sinh` `cosh` `tanh` `exp` `ln` `log10` `log2` `sqrt` `abs` `sign` `floor` `ceil` `step`; of
//! two, `min` `max` `atan2` `pow` `mod` `hypot`. Angles are in radians, `sign(0)` is 0, `step(x)` is 0 for x < 0 and 1
//! otherwise, `mod(a, b)` has the sign of b. Multiplication is always written out. A NaN argument gives NaN.

mod error;
mod functions;
mod lexeme;
mod nearest;
mod parser;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;

pub use error::{FormulaError, FormulaErrorKind, NameProblem};
pub use nearest::nearest;

use functions::{Binary, Unary};

/// Largest operand stack a formula may need; [`Formula::eval`] keeps that many numbers on its own stack.
pub const STACK_LIMIT: usize = 32;

/// One step of the postfix program.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Push a constant.
    Number(f64),
    /// Push the value of the name with this index.
    Name(usize),
    /// Replace the top by a function of it.
    Unary(Unary),
    /// Replace the top two, a below b, by a function of (a, b).
    Binary(Binary),
}

/// A formula in named values, parsed once and evaluated many times.
///
/// ```
/// use lightfall_core::formula::Formula;
///
/// let kernel = Formula::parse("exp(-r^2/(2*w^2))", &["r", "w"])?;
/// assert_eq!(kernel.eval(&[0.0, 1.0]), 1.0);
/// assert_eq!(kernel.eval(&[2.0, 1.0]), (-2.0f64).exp());
///
/// let error = Formula::parse("exp(-r^2/(2*s^2))", &["r", "w"]).unwrap_err();
/// assert_eq!(error.span(), 12..13);
/// assert_eq!(error.to_string(), "column 13: unknown name `s`; known here: r, w, pi, e");
/// # Ok::<(), lightfall_core::formula::FormulaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    names: Vec<String>,
    program: Vec<Op>,
}

impl Formula {
    /// Parses `text` over the value names `names`, in the order in which [`Formula::eval`] gets them.
    ///
    /// # Errors
    ///
    /// [`FormulaError`] with the byte span in `text` for a syntax error, an unknown name or function, a wrong number of
    /// arguments, a literal that is too large, or more than [`STACK_LIMIT`] pending operands; with an empty span if
    /// `names` itself is unusable (a repeated or reserved name, or one that is not an identifier).
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, FormulaError> {
        parser::check_names(names)?;
        let program = parser::parse(text, names)?;
        if stack_depth(&program) > STACK_LIMIT {
            let kind = FormulaErrorKind::TooDeep { limit: STACK_LIMIT };
            return Err(FormulaError::new(kind, text, 0..text.len()));
        }
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Ok(Self { text: text.to_owned(), names, program })
    }

    /// The value of the formula for `values` in the order of the names; allocates nothing.
    ///
    /// A value missing at the end of `values` counts as NaN. Domain errors follow IEEE 754: `ln(-1)` is NaN, `1/0` is
    /// infinite; the caller checks.
    pub fn eval(&self, values: &[f64]) -> f64 {
        debug_assert_eq!(values.len(), self.names.len());
        // The parser checked that the program never holds more than STACK_LIMIT operands and leaves exactly one.
        let mut stack = [0.0; STACK_LIMIT];
        let mut top = 0;
        for op in &self.program {
            match *op {
                Op::Number(number) => {
                    stack[top] = number;
                    top += 1;
                }
                Op::Name(index) => {
                    stack[top] = values.get(index).copied().unwrap_or(f64::NAN);
                    top += 1;
                }
                Op::Unary(function) => stack[top - 1] = function(stack[top - 1]),
                Op::Binary(function) => {
                    top -= 1;
                    stack[top - 1] = function(stack[top - 1], stack[top]);
                }
            }
        }
        stack[0]
    }

    /// Whether the value called `name` occurs in the formula.
    pub fn uses(&self, name: &str) -> bool {
        self.program.iter().any(|op| matches!(*op, Op::Name(index) if self.names[index] == name))
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The largest number of operands that `program` holds at once.
fn stack_depth(program: &[Op]) -> usize {
    let (mut depth, mut largest) = (0, 0);
    for op in program {
        match op {
            Op::Number(_) | Op::Name(_) => depth += 1,
            Op::Unary(_) => {}
            Op::Binary(_) => depth -= 1,
        }
        largest = largest.max(depth);
    }
    largest
}
