use std::path::Path;
use std::sync::Arc;

use lightfall_core::rng::Streams;
use npyz::WriterBuilder;
use proptest::prelude::*;

use super::*;
use crate::{BuildSite, Couplings, File, Topology};

/// Writes `bytes` to a file called `name` and gives its folder.
fn folder(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

fn build_in(folder: &Path, toml: &str) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let site = BuildSite { streams: Streams::new(0, 0), folder };
    toml::from_str::<File>(toml).unwrap().build(&site)
}

/// Couplings from a file of this name and contents.
fn build(name: &str, contents: impl AsRef<[u8]>) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let folder = folder(name, contents.as_ref());
    build_in(folder.path(), &format!("path = '{name}'"))
}

/// The message without the path, which must lead it.
fn refusal<T>(path: &Path, result: Result<T, CouplingsError>) -> String {
    let message = result.err().unwrap().to_string();
    let lead = format!("{}: ", path.display());
    message.strip_prefix(&lead).unwrap().to_owned()
}

fn couplings_refusal(name: &str, contents: impl AsRef<[u8]>) -> String {
    let folder = folder(name, contents.as_ref());
    let result = build_in(folder.path(), &format!("path = '{name}'"));
    refusal(&folder.path().join(name), result)
}

fn matrix(name: &str, contents: impl AsRef<[u8]>) -> Matrix {
    let folder = folder(name, contents.as_ref());
    read_matrix(&folder.path().join(name), None).unwrap()
}

fn reals(matrix: &Matrix) -> Vec<f64> {
    assert!(matrix.values.iter().all(|value| value.im == 0.0));
    matrix.values.iter().map(|value| value.re).collect()
}

fn npy<T: npyz::AutoSerialize + npyz::Serialize>(shape: &[u64], order: npyz::Order, values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape).order(order);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    bytes
}

const C: npyz::Order = npyz::Order::C;

/// A torus of 2 x 3 in the manner of Gset's G11, with its trailing blank and both weights.
const GRAPH: &str = "6 9 \n1 2 1\n2 3 -1\n1 3 1\n4 5 1\n5 6 1\n4 6 -1\n1 4 -1\n2 5 1\n3 6 1\n";

#[test]
fn a_graph_becomes_maxcut_with_any_line_ending() {
    let crlf = GRAPH.replace('\n', "\r\n");
    let texts =
        [GRAPH.to_owned(), crlf, GRAPH.trim_end().to_owned(), format!("{GRAPH}\n"), GRAPH.replace("6 9 ", "6 9 J")];
    for text in texts {
        let j = build("G11", text).unwrap();
        assert_eq!(j.len(), 6);
        assert_eq!([j.entry(0, 1), j.entry(1, 2), j.entry(0, 4)], [-1.0, 1.0, 0.0]);
        // cut = (W - E)/2 for every partition, with the cut counted edge by edge.
        for c in 0..64u32 {
            let s: Vec<f64> = (0..6).map(|i| if c >> i & 1 == 1 { -1.0 } else { 1.0 }).collect();
            let (mut cut, mut total) = (0.0, 0.0);
            for line in GRAPH.lines().skip(1) {
                let edge: Vec<f64> = line.split_whitespace().map(|x| x.parse().unwrap()).collect();
                total += edge[2];
                if s[edge[0] as usize - 1] != s[edge[1] as usize - 1] {
                    cut += edge[2];
                }
            }
            assert_eq!((total - j.energy(&s)) / 2.0, cut);
        }
    }
}

#[test]
fn bad_graphs_are_refused() {
    for (text, expected) in [
        (
            GRAPH.replace("2 5 1\n", ""),
            "line 1 promises 9 edges, the file holds 8; it is cut short or that line is wrong",
        ),
        (
            format!("{GRAPH}1 5 1\n"),
            "line 1 promises 9 edges, the file holds 10; it is cut short or that line is wrong",
        ),
        (GRAPH.replace("2 5 1", "3 2 1"), "line 9: the pair 3 2 stands on line 3 already; give it once"),
        (GRAPH.replace("2 5 1", "5 5 1"), "line 9: the edge joins vertex 5 to itself; remove it, it adds no coupling"),
        (GRAPH.replace("2 5 1", "2 7 1"), "line 9: index 7 lies outside 1 to 6"),
        (GRAPH.replace("2 5 1", "0 5 1"), "line 9: index 0 lies outside 1 to 6"),
        (GRAPH.replace("2 5 1", "2 5"), "line 9: found `2 5`, expected an edge `i j w`"),
        (GRAPH.replace("2 5 1", "2 5 one"), "line 9, field 3: found `one`, expected a number"),
        (
            GRAPH.replace("2 5 1", "2 5 nan"),
            "line 9: row 1, column 4 (counted from 0) is NaN, expected a finite number",
        ),
        (GRAPH.replace("2 5 1", "2 -5 1"), "line 9, field 2: found `-5`, expected a whole number, at least 0"),
        ("6 nine\n".into(), "line 1: found `6 nine`, expected the number of vertices and of edges, `n m`"),
        ("# nothing\n".into(), "holds no numbers, expected the number of vertices and of edges, `n m`"),
    ] {
        assert_eq!(couplings_refusal("g.rudy", text), expected);
    }
    let folder = folder("g.rudy", GRAPH.as_bytes());
    let path = folder.path().join("g.rudy");
    assert_eq!(
        refusal(&path, read_matrix(&path, None)),
        "is a graph or an objective, expected a matrix (npy, matrix-market or csv)"
    );
}

#[test]
fn csv_takes_commas_blanks_and_comments() {
    let commas = matrix("a.csv", "\u{feff}# two rows\n1, -2.5,3e-1 # end\r\n\r\n4,5,6");
    let blanks = matrix("a.dat", "1  -2.5\t0.3\n4 5 6\n");
    assert_eq!((commas.rows, commas.columns), (2, 3));
    assert_eq!(reals(&commas), [1.0, -2.5, 0.3, 4.0, 5.0, 6.0]);
    assert_eq!(commas, blanks);
}

#[test]
fn bad_csv_is_refused() {
    for (text, expected) in [
        ("", "holds no numbers, expected one row of values per line"),
        ("0,1\n# c\n1,0,2\n", "line 3: found 3 values, expected 2 as on line 1"),
        ("x,y\n1,2\n", "line 1, field 1: found `x`, expected a number (start a line of column names with #)"),
        ("0,1\n1,zero\n", "line 2, field 2: found `zero`, expected a number"),
        ("0,1\n1,,\n", "line 2, field 2: found ``, expected a number"),
        ("0,1\n\n-inf,0\n", "line 3: row 1, column 0 (counted from 0) is -inf, expected a finite number"),
        ("0,1,2\n1,0,3\n", "is 2 x 3, expected a square matrix"),
        (
            "0,1\n1.5,0\n",
            "J is not symmetric: |J[0,1] - J[1,0]| = 0.5, from 1 and 1.5 (indices count from 0); \
             replace J by (J + J^T)/2 if that is meant",
        ),
    ] {
        assert_eq!(couplings_refusal("j.csv", text), expected);
    }
    assert_eq!(
        couplings_refusal("j.csv", b"0,1\n1,\xff\n"),
        "is not UTF-8 text at byte 6; set format = \"npy\" if it is a NumPy array"
    );
}

#[test]
fn formats_are_guessed_and_can_be_forced() {
    let j = [0.0, 2.0, 2.0, 0.0];
    for (name, bytes) in [
        ("a", npy(&[2, 2], C, &j)),
        ("a.txt", b"0 2\n2 0\n".to_vec()),
        ("a.txt", b"%%matrixmarket matrix array real general\n2 2\n0\n2\n2\n0\n".to_vec()),
        ("a", b"2 1\n1 2 -2\n".to_vec()),
    ] {
        assert_eq!(build(name, bytes).unwrap().to_dense(), j);
    }
    let folder = folder("graph.csv", b"2 1\n1 2 -2\n");
    let text = "path = 'graph.csv'\nformat = 'rudy'\nscale = 0.5";
    assert_eq!(build_in(folder.path(), text).unwrap().to_dense(), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(
        couplings_refusal("notes.txt", "some words\n"),
        "its format is not recognised; set format to one of npy, npz, matrix-market, csv, rudy, dimod-coo, qubo"
    );
    let missing = folder.path().join("missing.npy");
    assert!(refusal(&missing, read_matrix(&missing, None)).starts_with("cannot be read: "));
    let message = build_in(folder.path(), "path = 'graph.csv'\nscale = nan");
    assert_eq!(message.err().unwrap().to_string(), "scale = NaN, expected a finite number");
    assert!(toml::from_str::<File>("path = 'a'\nscal = 1.0").is_err());
}

#[test]
fn few_entries_are_stored_sparse_and_mean_the_same() {
    let n = 80;
    let ring: Vec<String> = (0..n).map(|i| format!("{} {} 1.5", i + 1, (i + 1) % n + 1)).collect();
    let graph = format!("{n} {n}\n{}\n", ring.join("\n"));
    let from_graph = build("ring.rudy", graph).unwrap();
    let dense: Vec<f64> = from_graph.to_dense();
    let from_npy = build("ring.npy", npy(&[80, 80], C, &dense)).unwrap();
    let s: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    for j in [from_graph, from_npy] {
        assert_eq!(j.to_dense(), dense);
        // Every edge of the ring is cut: E = -W.
        assert_eq!(j.energy(&s), -1.5 * n as f64);
    }
}

#[test]
fn numpy_types_and_orders_give_the_same_matrix() {
    let values = [1i8, 2, 3, 4, 5, 6];
    let expected = values.map(f64::from);
    let columns = [1i8, 4, 2, 5, 3, 6];
    for bytes in [
        npy(&[2, 3], C, &values),
        npy(&[2, 3], npyz::Order::Fortran, &columns),
        npy(&[2, 3], C, &values.map(i16::from)),
        npy(&[2, 3], C, &values.map(i32::from)),
        npy(&[2, 3], C, &values.map(i64::from)),
        npy(&[2, 3], C, &values.map(i8::unsigned_abs)),
        npy(&[2, 3], C, &values.map(|x| u64::from(x.unsigned_abs()))),
        npy(&[2, 3], C, &values.map(f32::from)),
        npy(&[2, 3], npyz::Order::Fortran, &columns.map(f64::from)),
    ] {
        let found = matrix("a.npy", bytes);
        assert_eq!((found.rows, found.columns), (2, 3));
        assert_eq!(reals(&found), expected);
    }
    let complex = [Complex64::new(1.0, -2.0), Complex64::new(0.0, 0.5)];
    let found = matrix("u.npy", npy(&[1, 2], C, &complex));
    assert_eq!((found.rows, found.columns), (1, 2));
    assert_eq!(found.values, complex);
}

#[test]
fn bad_numpy_arrays_are_refused() {
    let zeros = [0.0; 4];
    let complex = [0.0, 1.0, 1.0, 0.0].map(|x| Complex64::new(0.0, x));
    let cut = npy(&[2, 2], C, &zeros);
    let lie = String::from_utf8_lossy(&cut[10..118]).replace("(2, 2, )", "(2999999999, 4999999999)");
    let mut liar = cut[..8].to_vec();
    liar.extend([(lie.len() % 256) as u8, (lie.len() / 256) as u8]);
    liar.extend(lie.bytes());
    for (bytes, expected) in [
        (npy(&[2, 3], C, &[0.0; 6]), "is 2 x 3, expected a square matrix"),
        (npy(&[4], C, &zeros), "has 1 dimensions (4), expected 2"),
        (npy(&[1, 2, 2], C, &zeros), "has 3 dimensions (1 x 2 x 2), expected 2"),
        (npy::<f64>(&[0, 3], C, &[]), "holds no numbers, expected an array of two dimensions"),
        (
            npy(&[2, 2], C, &[0.0, f64::NAN, 1.0, 0.0]),
            "row 0, column 1 (counted from 0) is NaN, expected a finite number",
        ),
        (npy(&[2, 2], C, &complex), "row 0, column 1 (counted from 0) is 0+1i, expected a real number"),
        (
            npy(&[1, 1], C, &[true]),
            "holds values of NumPy type '|b1', expected f4, f8, c8, c16, or integers (i1 to i8, u1 to u8)",
        ),
        (
            b"\x93NUMPY\x01\0\x10\0{((((((((((((((((".to_vec(),
            "its NumPy header cannot be read: expected a plain array: one dictionary with one shape, no record fields",
        ),
        (b"\x93NUMPY\x01\0\x10\0{".to_vec(), "its NumPy header cannot be read: the file ends inside the header"),
        (b"\x00NUMPY".to_vec(), "its NumPy header cannot be read: the file does not start with \\x93NUMPY"),
    ] {
        assert_eq!(couplings_refusal("j.npy", bytes), expected);
    }
    for (bytes, expected) in [
        (cut[..cut.len() - 1].to_vec(), "32 bytes of values, the file has 31"),
        (liar, "14999999992000000000 bytes of values, the file has 0"),
    ] {
        let expected = format!("its header promises at least {expected}; it is cut short");
        assert_eq!(couplings_refusal("j.npy", bytes), expected);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(tail in prop::collection::vec(any::<u8>(), 0..200), which in 0usize..9) {
        let starts: [&[u8]; 9] = [
            b"", b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (",
            b"%%MatrixMarket matrix coordinate real symmetric\n", b"%%MatrixMarket matrix array complex hermitian\n",
            b"3 1\n", b"1,2\n", b"# vartype=SPIN\n0 1 ", b"# vartype=BINARY\n", b"p qubo 0 3 1 1\n0 0 ",
        ];
        let bytes = [starts[which], &tail[..]].concat();
        use FileFormat::{Csv, DimodCoo, MatrixMarket, Npy, Qubo, Rudy};
        for format in [Npy, MatrixMarket, Csv, Rudy, DimodCoo, Qubo] {
            let folder = folder("x", &bytes);
            if let Ok(matrix) = read_matrix(&folder.path().join("x"), Some(format)) {
                prop_assert_eq!(matrix.values.len(), matrix.rows * matrix.columns);
                prop_assert!(matrix.values.iter().all(|value| value.is_finite()));
            }
            if let Ok(problem) = crate::read_problem(&folder.path().join("x"), Some(format), None) {
                prop_assert_eq!(problem.fields.len(), problem.couplings.len());
                prop_assert!(problem.fields.iter().all(|h| h.is_finite()));
            }
        }
    }

    #[test]
    fn objectives_of_both_kinds_have_the_values_of_their_terms(
        terms in prop::collection::btree_map((0usize..5, 0usize..5), -3.0..3.0f64, 1..12),
        state in 0usize..32,
    ) {
        // Each pair once, whichever way round.
        let mut once: std::collections::BTreeMap<(usize, usize), ((usize, usize), f64)> = Default::default();
        for ((i, j), value) in terms {
            once.entry((i.min(j), i.max(j))).or_insert(((i, j), value));
        }
        let n = once.keys().map(|(_, j)| j + 1).max().unwrap();
        let lines: String = once.values().map(|((i, j), value)| format!("{i} {j} {value}\n")).collect();
        let linear = once.keys().filter(|(i, j)| i == j).count();
        let files = [
            ("a.coo", format!("# vartype=SPIN\n{lines}"), false),
            ("b.coo", format!("# vartype=BINARY\n{lines}"), true),
            ("c.qubo", format!("c a comment\np qubo 0 {n} {linear} {}\n{lines}", once.len() - linear), true),
        ];
        for (name, text, binary) in files {
            let folder = folder(name, text.as_bytes());
            let problem = crate::read_problem(&folder.path().join(name), None, None).unwrap();
            prop_assert_eq!(problem.binary, binary);
            let spin = |i: usize| if state >> i & 1 == 0 { 1.0 } else { -1.0 };
            let variable = |i: usize| if binary { 0.5 * (1.0 + spin(i)) } else { spin(i) };
            let value = |&((i, j), v): &((usize, usize), f64)| v * variable(i) * if i == j { 1.0 } else { variable(j) };
            let expected: f64 = once.values().map(value).sum();
            let s: Vec<f64> = (0..n).map(spin).collect();
            let fields: f64 = problem.fields.iter().zip(&s).map(|(h, s)| h * s).sum();
            let found = problem.measure.of(problem.couplings.energy(&s) - fields);
            prop_assert!((found - expected).abs() < 1e-12 * 40.0, "{name}: {found}, {expected}");
            // And it comes back from what is written.
            let file = folder.path().join("again.qubo");
            let (text, remark) =
                crate::write_problem(problem.couplings.as_ref(), &problem.fields, problem.measure, &file).unwrap();
            std::fs::write(&file, text).unwrap();
            let again = crate::read_problem(&file, None, None).unwrap();
            let constant: f64 = remark.split(['+', ',']).nth(1).unwrap().trim().parse().unwrap();
            let fields: f64 = again.fields.iter().zip(&s).map(|(h, s)| h * s).sum();
            let found = again.measure.of(again.couplings.energy(&s) - fields) + constant;
            prop_assert!((found - expected).abs() < 1e-11, "{name} again: {found}, {expected}, {remark}");
        }
    }

    #[test]
    fn csv_and_npy_round_trip(rows in 1usize..5, columns in 1usize..5, seed in prop::collection::vec(-1e6..1e6f64, 16)) {
        let values = &seed[..rows * columns];
        let lines: Vec<String> = values
            .chunks(columns)
            .map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
            .collect();
        let text = matrix("a.csv", lines.join("\n"));
        let binary = matrix("a.npy", npy(&[rows as u64, columns as u64], C, values));
        prop_assert_eq!(&reals(&text)[..], values);
        prop_assert_eq!(text, binary);
    }
}
