//! The nearest known name to one that was mistyped.

/// The candidate nearest to `name`, or `None` if none is near enough to be meant.
///
/// Distance counts insertions, deletions, substitutions and swaps of neighbours (restricted Damerau-Levenshtein),
/// ignoring letter case. Near enough is at most a third of the longer name, at least one. The first of equals wins, and
/// a single letter is never taken for another single letter.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = name.to_lowercase().chars().collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let known: Vec<char> = candidate.to_lowercase().chars().collect();
        let longer = typed.len().max(known.len());
        let distance = edit_distance(&typed, &known);
        let near = distance <= (longer / 3).max(1) && distance < longer;
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Restricted Damerau-Levenshtein distance by the three-row recurrence.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_of_each_kind_is_found() {
        let names = ["sin", "detuning", "xi", "pump"];
        for (typed, meant) in
            [("sni", "sin"), ("detunning", "detuning"), ("detunig", "detuning"), ("Xi", "xi"), ("pumb", "pump")]
        {
            assert_eq!(nearest(typed, names), Some(meant), "{typed}");
        }
    }

    #[test]
    fn far_names_and_other_single_letters_are_not_suggested() {
        assert_eq!(nearest("waist", ["sin", "detuning"]), None);
        assert_eq!(nearest("s", ["r", "w"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn distances_of_textbook_pairs() {
        let distance = |a: &str, b: &str| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            edit_distance(&a, &b)
        };
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("ca", "ac"), 1);
        assert_eq!(distance("same", "same"), 0);
    }
}
