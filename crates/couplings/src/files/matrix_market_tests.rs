use num_complex::Complex64;

use super::matrix;
use super::matrix_market::parse;

/// Row-major complex matrix of a text.
fn full(text: &str) -> (usize, usize, Vec<Complex64>) {
    let matrix = matrix(parse(text).unwrap_or_else(|e| panic!("{e}"))).unwrap();
    (matrix.rows, matrix.columns, matrix.values)
}

fn header(layout: &str, field: &str, symmetry: &str, rest: &str) -> String {
    format!("%%MatrixMarket matrix {layout} {field} {symmetry}\n% comment\n{rest}")
}

fn message(text: &str) -> String {
    match parse(text) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn coordinate_and_array_files_of_every_symmetry_agree() {
    let i = Complex64::I;
    let r = Complex64::from;
    for (symmetry, field, entries, columns, expected) in [
        ("general", "real", "2 2 3\n1 1 1\n1 2 2e0\n2 1 -3\n", "2 2\n1\n-3\n2\n0\n", [r(1.0), r(2.0), r(-3.0), r(0.0)]),
        ("symmetric", "integer", "2 2 2\n1 1 1\n2 1 2\n", "2 2\n1\n2\n0\n", [r(1.0), r(2.0), r(2.0), r(0.0)]),
        ("skew-symmetric", "real", "2 2 1\n2 1 2\n", "2 2\n2\n", [r(0.0), r(-2.0), r(2.0), r(0.0)]),
        (
            "hermitian",
            "complex",
            "2 2 2\n1 1 1 0\n2 1 2 3\n",
            "2 2\n1 0\n2 3\n0 0\n",
            [r(1.0), 2.0 - 3.0 * i, 2.0 + 3.0 * i, r(0.0)],
        ),
    ] {
        let coordinate = header("coordinate", field, symmetry, entries);
        let array = header("array", field, symmetry, columns);
        let expected = (2, 2, expected.to_vec());
        assert_eq!(full(&coordinate), expected, "{symmetry}");
        assert_eq!(full(&array), expected, "{symmetry}");
        assert_eq!(full(&array.replace('\n', "\r\n")), expected);
    }
}

#[test]
fn rectangular_and_pattern_files() {
    let array = header("array", "real", "general", "2 3\n1\n2\n3\n4\n5\n6\n");
    let by_rows = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0].map(Complex64::from);
    assert_eq!(full(&array), (2, 3, by_rows.to_vec()));
    let pattern = header("coordinate", "pattern", "general", "1 3 2\n1 3\n1 1\n");
    let ones = [1.0, 0.0, 1.0].map(Complex64::from);
    assert_eq!(full(&pattern), (1, 3, ones.to_vec()));
    // The lower triangle of 3 x 3, column by column.
    let lower = header("array", "real", "symmetric", "3 3\n1\n2\n3\n4\n5\n6\n");
    let whole = [1.0, 2.0, 3.0, 2.0, 4.0, 5.0, 3.0, 5.0, 6.0].map(Complex64::from);
    assert_eq!(full(&lower), (3, 3, whole.to_vec()));
    let skew = header("array", "real", "skew-symmetric", "3 3\n1\n2\n3\n");
    let whole = [0.0, -1.0, -2.0, 1.0, 0.0, -3.0, 2.0, 3.0, 0.0].map(Complex64::from);
    assert_eq!(full(&skew), (3, 3, whole.to_vec()));
}

#[test]
fn a_full_matrix_beyond_memory_is_refused() {
    let n = 4_000_000_000u64;
    let text = header("coordinate", "real", "general", &format!("{n} {n} 0\n"));
    let error = matrix(parse(&text).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "a full matrix of 4000000000 x 4000000000 values could not be allocated");
}

#[test]
fn bad_files_are_refused() {
    let form = "expected `%%MatrixMarket matrix coordinate|array real|integer|pattern|complex \
                general|symmetric|skew-symmetric|hermitian`";
    let real = |rest: &str| header("coordinate", "real", "general", rest);
    for (text, expected) in [
        (String::new(), format!("holds no numbers, {form}")),
        ("2 2 1\n".into(), format!("line 1: found `2 2 1`, {form}")),
        (
            header("array", "pattern", "general", "1 1\n"),
            format!("line 1: found `%%MatrixMarket matrix array pattern general`, {form}"),
        ),
        (real(""), "holds no numbers, expected the sizes `rows columns entries`".into()),
        (real("2 2\n"), "line 3: found `2 2`, expected the sizes `rows columns entries`".into()),
        (real("0 2 0\n"), "line 3: found `0 2 0`, expected at least one row and one column".into()),
        (
            real("2 2 2\n1 1 1\n"),
            "line 3 promises 2 entries, the file holds 1; it is cut short or that line is wrong".into(),
        ),
        (real("2 2 1\n1 3 1\n"), "line 4: index 3 lies outside 1 to 2".into()),
        (real("2 2 1\n1 2\n"), "line 4: found `1 2`, expected an entry `i j value`".into()),
        (real("2 2 1\n1 2 x\n"), "line 4, field 3: found `x`, expected a number".into()),
        (real("2 2 1\n1 2 inf\n"), "line 4: row 0, column 1 (counted from 0) is inf, expected a finite number".into()),
        (real("2 2 2\n1 2 1\n1 2 1\n"), "line 5: the pair 1 2 stands on line 4 already; give it once".into()),
        (
            header("coordinate", "real", "symmetric", "2 2 2\n1 2 1\n2 1 1\n"),
            "line 5: the pair 2 1 stands on line 4 already; give it once".into(),
        ),
        (header("coordinate", "real", "symmetric", "2 3 0\n"), "is 2 x 3, expected a square matrix".into()),
        (
            header("coordinate", "real", "skew-symmetric", "2 2 1\n1 1 1\n"),
            "line 4: found `1 1 1`, expected no diagonal entry, which is 0 in a skew-symmetric matrix".into(),
        ),
        (
            header("coordinate", "complex", "hermitian", "2 2 1\n1 1 1 1\n"),
            "line 4: found `1 1 1 1`, expected a real diagonal entry in a hermitian matrix".into(),
        ),
        (
            header("array", "real", "general", "2 2\n1\n2\n3\n"),
            "line 3 promises 4 values, the file holds 3; it is cut short or that line is wrong".into(),
        ),
        (header("array", "real", "general", "2 2\n1 2\n"), "line 4: found `1 2`, expected one value".into()),
    ] {
        assert_eq!(message(&text), expected);
    }
}
