//! Files of spins.

use std::fmt::Write as _;

/// What is wrong with a file of spins. Lines and fields count from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolutionError {
    /// A word that is no spin.
    #[error("line {line}: found `{found}`, expected 1 or -1 (or 0 and 1 throughout), or one hexadecimal number")]
    Word {
        /// Line.
        line: usize,
        /// The word.
        found: String,
    },
    /// 0 and -1 in one file.
    #[error("line {line}: found `{found}`, after `{before}` above; spins are 1 and -1, or 1 and 0, not both")]
    Mixed {
        /// Line.
        line: usize,
        /// The word.
        found: String,
        /// The other way of writing it.
        before: &'static str,
    },
    /// Too few or too many spins.
    #[error("holds {found} spins, expected {expected}")]
    Count {
        /// Number found.
        found: usize,
        /// Number of spins of the instance.
        expected: usize,
    },
}

/// The text of a solution: `header` lines as comments, then a spin per line, 1 or -1, or 1 and 0 where the problem is one of binary variables.
pub fn write_solution(header: &[String], spins: &[i8], binary: bool) -> String {
    let mut out = String::new();
    for line in header {
        let _ = writeln!(out, "# {line}");
    }
    for s in spins {
        let _ = writeln!(out, "{}", if binary { i8::from(*s > 0) } else { *s });
    }
    out
}

/// Reads `n` spins: words 1 and -1, or 1 and 0 (0 is -1), separated by white space; `#` starts a comment. Or one hexadecimal number, `0x` in front or not, of which
/// the lowest n bits count, the highest of them first, 1 meaning -1.
///
/// # Errors
///
/// If a word is no spin, or their number is not `n`.
pub fn read_solution(text: &str, n: usize) -> Result<Vec<i8>, SolutionError> {
    let words = || {
        text.lines().enumerate().flat_map(|(at, line)| {
            let content = line.split('#').next().unwrap_or_default();
            content.split_whitespace().map(move |word| (at + 1, word))
        })
    };
    if let (Some((line, word)), 2..) = (words().next(), n)
        && words().nth(1).is_none()
    {
        return hexadecimal(line, word, n);
    }
    let mut spins = Vec::with_capacity(n);
    let mut low: Option<&'static str> = None;
    for (line, word) in words() {
        let found = word.to_owned();
        spins.push(match word {
            "1" | "+1" => 1,
            "-1" | "0" => {
                let this = if word == "0" { "0" } else { "-1" };
                match low {
                    Some(before) if before != this => return Err(SolutionError::Mixed { line, found, before }),
                    _ => low = Some(this),
                }
                -1
            }
            _ => return Err(SolutionError::Word { line, found }),
        });
    }
    if spins.len() == n { Ok(spins) } else { Err(SolutionError::Count { found: spins.len(), expected: n }) }
}

fn hexadecimal(line: usize, word: &str, n: usize) -> Result<Vec<i8>, SolutionError> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let bits: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(16)).collect();
    let Some(nibbles) = bits else {
        let found = word.chars().take(40).collect();
        return Err(SolutionError::Word { line, found });
    };
    let found = 4 * nibbles.len();
    if found < n {
        return Err(SolutionError::Count { found, expected: n });
    }
    let bit = |k: usize| nibbles[k / 4] >> (3 - k % 4) & 1;
    Ok((found - n..found).map(|k| if bit(k) == 1 { -1 } else { 1 }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solutions_come_back_in_both_ways_of_writing() {
        let spins = [1, -1, -1, 1, 1];
        for binary in [false, true] {
            let text = write_solution(&["energy -3".into()], &spins, binary);
            assert_eq!(read_solution(&text, 5).unwrap(), spins);
        }
        assert_eq!(read_solution("1 -1\n-1 1 1 # end", 5).unwrap(), spins);
        // 0b0_1100, the highest bit first; 1 is the other side.
        assert_eq!(read_solution("0xec", 5).unwrap(), [1, -1, -1, 1, 1]);
    }

    #[test]
    fn what_is_no_spin_is_told_with_its_line() {
        let message = |text, n| read_solution(text, n).unwrap_err().to_string();
        assert!(message("1\n2\n", 2).starts_with("line 2: found `2`, expected 1 or -1"));
        assert!(message("1\n0\n-1\n", 3).starts_with("line 3: found `-1`, after `0` above"));
        assert_eq!(message("1\n1\n", 3), "holds 2 spins, expected 3");
        assert_eq!(message("", 3), "holds 0 spins, expected 3");
        assert_eq!(message("ff", 12), "holds 8 spins, expected 12");
        assert!(message("fg", 8).starts_with("line 1: found `fg`"));
    }
}
