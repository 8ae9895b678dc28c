//! Formulas, matrices and graphs that cannot be used are refused at their place, with the line of the file they stand in.

mod support;

use support::{Folder, IDENTITY, J, edited, glass_of_files, place, refuses};

/// Runs the model of files with `couplings` in J.csv and `jumps` in c.csv; expects a refusal at `mark`.
#[track_caller]
fn refuses_files(couplings: &str, jumps: &str, mark: &str, said: &[&str]) {
    let text = glass_of_files();
    let folder = Folder::with(&text);
    folder.write("J.csv", couplings);
    folder.write("c.csv", jumps);
    let at = place(&text, mark);
    folder.compare(&[]).refused(&[&[at.as_str()], said].concat());
    folder.assert_nothing_written();
}

const IN_COUPLINGS: &str = "[couplings.|file]";
const IN_JUMPS: &str = "|jumps = ";

// Formulas.

const FORMULA: &str = "[couplings.formula]\nn = 4\nentry = \"cos(2*xi*xk)\"\npositions = { line = { spacing = 1.0 } }";

#[test]
fn an_unknown_name_in_a_formula_is_refused_at_its_column() {
    let said = ["cos(2*xi*xk)", "column 10", "unknown name `xk`", "known here: "];
    refuses(("[couplings.sk]\nn = 4", FORMULA), "cos(2*xi*|xk)", &said);
}

#[test]
fn an_unknown_name_in_a_formula_of_three_quotes_is_refused_at_its_column() {
    let formula = FORMULA.replace('"', "'''");
    refuses(("[couplings.sk]\nn = 4", &formula), "cos(2*xi*|xk)", &["unknown name `xk`"]);
}

#[test]
fn a_formula_of_positions_without_positions_is_refused_at_the_first() {
    let formula = "[couplings.formula]\nn = 4\nentry = \"cos(2*xi*xj)\"";
    let said = ["uses `xi`, which needs positions", "file, drawn, line, grid, circle"];
    refuses(("[couplings.sk]\nn = 4", formula), "cos(2*|xi*xj)", &said);
}

#[test]
fn an_unknown_name_in_the_pump_is_refused_with_its_column() {
    let said = ["column 3", "unknown name `tt`", "did you mean `t`?"];
    refuses(("{ linear = { to = 2.0, end = 5.0 } }", "{ formula = \"2*tt/5\" }"), "|g = ", &said);
}

// Matrix and graph files.

#[test]
fn nan_in_j_is_refused() {
    let j = edited(J, &[("-0.5, 0.25", "nan, 0.25")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 2", "row 1, column 2", "NaN", "expected a finite number"]);
}

#[test]
fn an_asymmetric_j_is_refused() {
    let j = edited(J, &[("0, 1, 0.5, 0", "0, 1.5, 0.5, 0")]);
    let said = ["J.csv: ", "not symmetric: |J[0,1] - J[1,0]| = 0.5", "1.5 and 1", "(J + J^T)/2"];
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &said);
}

#[test]
fn a_j_that_is_not_square_is_refused() {
    let j: Vec<&str> = J.lines().take(3).collect();
    refuses_files(&j.join("\n"), IDENTITY, IN_COUPLINGS, &["J.csv: is 3 x 4, expected a square matrix"]);
}

#[test]
fn a_jump_matrix_that_does_not_fit_j_is_refused() {
    let said = ["c.csv has 3 columns", "4 spins", "one column per spin"];
    refuses_files(J, "1, 0, 0\n0, 1, 0\n", IN_JUMPS, &said);
}

#[test]
fn nan_in_the_jump_matrix_is_refused_at_jumps() {
    let c = edited(IDENTITY, &[("0, 1, 0, 0", "0, inf, 0, 0")]);
    refuses_files(J, &c, IN_JUMPS, &["c.csv: line 2", "row 1, column 1", "inf", "expected a finite number"]);
}

#[test]
fn an_empty_matrix_file_is_refused() {
    let said = ["J.csv: holds no numbers", "expected one row of values per line"];
    refuses_files("", IDENTITY, IN_COUPLINGS, &said);
    refuses_files("# nothing yet\n", IDENTITY, IN_COUPLINGS, &said);
    refuses_files(J, "", IN_JUMPS, &["c.csv: holds no numbers"]);
}

#[test]
fn a_ragged_matrix_file_is_refused_at_its_line() {
    let j = edited(J, &[("0.5, -0.5, 0, 1", "0.5, -0.5, 0")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 3: found 3 values, expected 4 as on line 1"]);
}

#[test]
fn a_word_in_a_matrix_file_is_refused_at_its_field() {
    let j = edited(J, &[("0.5, -0.5, 0, 1", "0.5, -0.5, O, 1")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 3, field 3: found `O`, expected a number"]);
}

#[test]
fn a_missing_matrix_file_is_refused() {
    let text = glass_of_files();
    let folder = Folder::with(&text);
    folder.write("c.csv", IDENTITY);
    folder.compare(&[]).refused(&[&place(&text, IN_COUPLINGS), "J.csv: cannot be read: No such file"]);
    folder.assert_nothing_written();
}

#[test]
fn a_gset_file_with_a_wrong_number_of_edges_is_refused() {
    let text = edited(&glass_of_files(), &[("J.csv", "G1")]);
    let folder = Folder::with(&text);
    folder.write("c.csv", IDENTITY);
    folder.write("G1", "4 5\n1 2 1\n2 3 1\n3 4 -1\n");
    folder.compare(&[]).refused(&[
        &place(&text, IN_COUPLINGS),
        "G1: line 1 promises 5 edges, the file holds 3",
        "cut short",
    ]);
    folder.write("G1", "4 3\n1 2 1\n2 5 1\n3 4 -1\n");
    folder.compare(&[]).refused(&["G1: line 3: index 5 lies outside 1 to 4"]);
    folder.assert_nothing_written();
}
