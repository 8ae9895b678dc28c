//! Quadratic objectives in text: the coordinate lists of dimod, and the `.qubo` files of qbsolv.
//!
//! Both count variables from 0 and ask for the smallest value of sum_i a_i v_i + sum_{i<j} b_ij v_i v_j.

use std::collections::HashMap;

use super::Contents;
use super::text::{Line, lines};
use crate::FileError;

const VARTYPE: &str = "vartype=";
const COO: &str = "`# vartype=SPIN` or `# vartype=BINARY`";
const TERM: &str = "a term `i j value`, i = j for a linear one, variables counted from 0";
const PROGRAM: &str = "`p qubo 0 variables linear quadratic`";

/// Limit of the number of variables: a number beyond is a slip, and would be memory for as many.
const MOST: usize = 1 << 24;

/// Terms that are being read.
#[derive(Default)]
struct Terms {
    linear: Vec<(usize, f64)>,
    pairs: Vec<(usize, usize, f64)>,
    seen: HashMap<(usize, usize), usize>,
}

impl Terms {
    fn add(&mut self, line: Line<'_>, limit: Option<usize>) -> Result<(), FileError> {
        let [i, j, value] = line.fields(TERM)?;
        let variable = |at, field| {
            let found = line.count(at, field)?;
            if found >= MOST {
                return Err(FileError::Large { line: line.number, found, limit: MOST });
            }
            match limit {
                Some(n) if found >= n => Err(FileError::Variable { line: line.number, found, n }),
                _ => Ok(found),
            }
        };
        let (i, j) = (variable(0, i)?, variable(1, j)?);
        let value = line.real(2, value, (i, j))?;
        if let Some(first) = self.seen.insert((i.min(j), i.max(j)), line.number) {
            return Err(FileError::Repeated { line: line.number, first, i, j });
        }
        if i == j {
            self.linear.push((i, value));
        } else {
            self.pairs.push((i, j, value));
        }
        Ok(())
    }

    fn contents(self, n: Option<usize>, binary: bool) -> Contents {
        let largest = self.seen.keys().map(|(_, j)| j + 1).max().unwrap_or(0);
        let n = n.unwrap_or(largest);
        let mut linear = vec![0.0; n];
        self.linear.iter().for_each(|(i, value)| linear[*i] = *value);
        Contents::Objective { linear, pairs: self.pairs, binary }
    }
}

/// Parses a coordinate list as dimod writes it: `# vartype=SPIN` or `BINARY`, then lines `i j value`.
///
/// The format has no offset. Source: dimod 0.12, serialization/coo.
pub(super) fn parse_coo(text: &str) -> Result<Contents, FileError> {
    let header = text.lines().enumerate().find_map(|(at, line)| {
        let (_, kind) = line.trim().strip_prefix('#')?.split_once(VARTYPE)?;
        Some((Line { number: at + 1, text: line.trim() }, kind.trim()))
    });
    let Some((header, kind)) = header else {
        return Err(FileError::Empty { expected: COO });
    };
    let binary = match kind {
        "SPIN" => false,
        "BINARY" => true,
        _ => return Err(header.wrong(COO)),
    };
    let mut terms = Terms::default();
    for line in lines(text, '#') {
        terms.add(line, None)?;
    }
    if terms.seen.is_empty() {
        return Err(FileError::Empty { expected: TERM });
    }
    Ok(terms.contents(None, binary))
}

/// Whether `text` starts with the header of a coordinate list.
pub(super) fn looks_like_coo(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.starts_with('#') && line.contains(VARTYPE))
}

/// Parses a `.qubo` file: comments `c ..`, a line `p qubo 0 n linear quadratic`, then lines `i j value`.
///
/// Source: the format of qbsolv (D-Wave, 2017).
pub(super) fn parse_qubo(text: &str) -> Result<Contents, FileError> {
    let comment = |line: &Line<'_>| line.text.split_whitespace().next() == Some("c");
    let mut lines = lines(text, '#').filter(|line| !comment(line));
    let Some(header) = lines.next() else {
        return Err(FileError::Empty { expected: PROGRAM });
    };
    let fields: Vec<&str> = header.text.split_whitespace().collect();
    let ["p", "qubo", _, n, linear, quadratic] = fields[..] else {
        return Err(header.wrong(PROGRAM));
    };
    let n = header.count(3, n)?;
    if n >= MOST {
        return Err(FileError::Large { line: header.number, found: n, limit: MOST });
    }
    let promised = [header.count(4, linear)?, header.count(5, quadratic)?];
    let mut terms = Terms::default();
    for line in lines {
        terms.add(line, Some(n))?;
    }
    let found = [terms.linear.len(), terms.pairs.len()];
    for ((promised, found), what) in promised.into_iter().zip(found).zip(["linear terms", "quadratic terms"]) {
        if promised != found {
            return Err(FileError::Count { line: header.number, promised, found, what });
        }
    }
    Ok(terms.contents(Some(n), true))
}
