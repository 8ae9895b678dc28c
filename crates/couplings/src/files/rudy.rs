//! Weighted graphs in the format of the generator rudy, as used for the Gset.

use std::collections::HashMap;

use super::Contents;
use super::text::{Line, lines};
use crate::FileError;

const EDGE: &str = "an edge `i j w`";
const SIZES: &str = "the number of vertices and of edges, `n m`";

/// Parses `n m` and then m lines `i j w`: an undirected edge of weight w between vertices i and j, counted from 1.
///
/// Blank lines and `#` comments are skipped. A wrong number of edges, a loop or a repeated edge is refused: copies of
/// Gset files that are cut short are in circulation.
pub(super) fn parse(text: &str) -> Result<Contents, FileError> {
    let mut lines = lines(text, '#');
    let Some(header) = lines.next() else {
        return Err(FileError::Empty { expected: SIZES });
    };
    let (n, promised) = sizes(header).ok_or_else(|| header.wrong(SIZES))?;
    let mut edges = Vec::new();
    let mut seen: HashMap<(usize, usize), usize> = HashMap::new();
    for line in lines {
        let (i, j, weight) = edge(line, n)?;
        if i == j {
            return Err(FileError::SelfLoop { line: line.number, vertex: i + 1 });
        }
        if let Some(first) = seen.insert((i.min(j), i.max(j)), line.number) {
            return Err(FileError::Repeated { line: line.number, first, i: i + 1, j: j + 1 });
        }
        edges.push((i, j, weight));
    }
    if edges.len() != promised {
        return Err(FileError::Count { line: header.number, promised, found: edges.len(), what: "edges" });
    }
    Ok(Contents::Graph { n, edges })
}

/// The two whole numbers that `header` starts with.
///
/// A word may follow: the circulating copy of G1 says `800 19176 J`. A third number is not a header.
fn sizes(header: Line<'_>) -> Option<(usize, usize)> {
    let mut fields = header.text.split_whitespace();
    let n = fields.next()?.parse().ok()?;
    let m = fields.next()?.parse().ok()?;
    let matrix = fields.any(|field| field.parse::<f64>().is_ok());
    (!matrix).then_some((n, m))
}

fn edge(line: Line<'_>, n: usize) -> Result<(usize, usize, f64), FileError> {
    let [i, j, weight] = line.fields(EDGE)?;
    let (i, j) = (line.index(0, i, n)?, line.index(1, j, n)?);
    Ok((i, j, line.real(2, weight, (i, j))?))
}

/// Whether the first line is a header and the second, if any edge is promised, has three fields.
///
/// No rectangular matrix begins like that.
pub(super) fn looks_like(text: &str) -> bool {
    let mut lines = lines(text, '#');
    match (lines.next().and_then(sizes), lines.next()) {
        (Some(_), Some(second)) => second.fields::<3>(EDGE).is_ok(),
        (Some((_, m)), None) => m == 0,
        (None, _) => false,
    }
}
