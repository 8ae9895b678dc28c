use super::*;

fn value(text: &str) -> f64 {
    match Formula::parse(text, &[]) {
        Ok(formula) => formula.eval(&[]),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn message(text: &str) -> String {
    Formula::parse(text, &["xi", "xj", "r", "sigma"]).unwrap_err().to_string()
}

fn span(text: &str) -> std::ops::Range<usize> {
    Formula::parse(text, &["xi", "xj", "r", "sigma"]).unwrap_err().span()
}

#[test]
fn precedence_is_that_of_mathematics() {
    for (text, expected) in [
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("1/2", 0.5),
        ("2^-1", 0.5),
        ("(-2)^2", 4.0),
        ("-2^-2", -0.25),
        ("2^-3*4", 0.5),
        ("2*-3^2", -18.0),
        ("--3", 3.0),
        ("-+3", -3.0),
        ("7-2-1", 4.0),
        ("16/4/2", 2.0),
        ("16/4*2", 8.0),
        ("1-2*3", -5.0),
        ("(1-2)*3", -3.0),
        ("2*3^2*2", 36.0),
        ("1 -\t2\n", -1.0),
        ("2^2-2^2*3/2+1", -1.0),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn literals_and_constants() {
    for (text, expected) in [
        ("1", 1.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-3", 0.001),
        ("2E+3", 2000.0),
        ("1e3-1", 999.0),
        ("pi", std::f64::consts::PI),
        ("2*e", 2.0 * std::f64::consts::E),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn functions_agree_with_identities_and_tabulated_values() {
    for (text, expected) in [
        ("sin(pi/6)", 0.5),
        ("cos(pi/3)", 0.5),
        ("tan(pi/4)", 1.0),
        ("asin(1)", std::f64::consts::FRAC_PI_2),
        ("acos(-1)", std::f64::consts::PI),
        ("4*atan(1)", std::f64::consts::PI),
        ("sinh(1) - (e - 1/e)/2", 0.0),
        ("cosh(1) - (e + 1/e)/2", 0.0),
        ("tanh(0.5) - (e - 1)/(e + 1)", 0.0),
        ("exp(1) - e", 0.0),
        ("ln(e^3)", 3.0),
        ("log10(1000)", 3.0),
        ("log2(1024)", 10.0),
        ("sqrt(2)^2", 2.0),
        ("abs(-3.5)", 3.5),
        ("sign(-2) + 10*sign(0) + 100*sign(5)", 99.0),
        ("floor(-1.5)", -2.0),
        ("ceil(-1.5)", -1.0),
        ("step(-1e-9) + 10*step(0) + 100*step(2)", 110.0),
        ("min(2, 3)", 2.0),
        ("max(2, 3)", 3.0),
        ("atan2(1, -1)", 0.75 * std::f64::consts::PI),
        ("pow(2, 10)", 1024.0),
        ("mod(7, 3)", 1.0),
        ("mod(-1, 5)", 4.0),
        ("mod(1, -5)", -4.0),
        ("hypot(3, 4)", 5.0),
        ("max(min(1, 2), sin(0))", 1.0),
    ] {
        let found = value(text);
        assert!((found - expected).abs() < 4e-15 * expected.abs().max(1.0), "{text} = {found}");
    }
}

#[test]
fn a_nan_is_never_hidden() {
    for text in ["min(r, 1)", "max(1, r)", "step(r)", "sign(r)", "mod(r, 2)", "r*0"] {
        let formula = Formula::parse(text, &["r"]).unwrap();
        assert!(formula.eval(&[f64::NAN]).is_nan(), "{text}");
    }
}

#[test]
fn values_come_in_the_order_of_the_names() {
    let formula = Formula::parse("b - 2*a", &["a", "b", "unused"]).unwrap();
    assert_eq!(formula.eval(&[1.0, 10.0, 5.0]), 8.0);
    assert!(formula.uses("a") && formula.uses("b"));
    assert!(!formula.uses("unused") && !formula.uses("pi"));
    assert_eq!(formula.text(), "b - 2*a");
}

#[test]
fn every_refusal_says_what_was_found_and_what_would_be_right() {
    const OPERAND: &str = "expected a number, a name, a function or `(`";
    for (text, place, expected) in [
        ("", 0..0, format!("column 1: found the end of the formula, {OPERAND}")),
        ("1 + ", 4..4, format!("column 5: found the end of the formula, {OPERAND}")),
        ("2*/3", 2..3, format!("column 3: found `/`, {OPERAND}")),
        ("sin(r,)", 6..7, format!("column 7: found `)`, {OPERAND}")),
        ("1 + .", 4..5, format!("column 5: found `.`, {OPERAND}")),
        ("αβ$", 0..4, "column 1: unknown name `αβ`; known here: xi, xj, r, sigma, pi, e".into()),
        (
            "2 xi",
            2..4,
            "column 3: found `xi`, expected an operator + - * / ^ or the end; \
             products are written out, as in `2*x`"
                .into(),
        ),
        ("xi)", 2..3, "column 3: found `)`, expected an operator + - * / ^ or the end; no `(` is open".into()),
        ("2**3", 1..3, "column 2: found `**`, expected `^` for a power or `*` for a product".into()),
        (
            "r*(1 + xi",
            9..9,
            "column 10: found the end of the formula, expected an operator or `)` to close the `(` at column 3".into(),
        ),
        ("(1 2.5e3)", 3..8, "column 4: found `2.5e3`, expected an operator or `)` to close the `(` at column 1".into()),
        (
            "1 + sgima",
            4..9,
            "column 5: unknown name `sgima`; did you mean `sigma`? known here: xi, xj, r, sigma, pi, e".into(),
        ),
        ("1 + waist", 4..9, "column 5: unknown name `waist`; known here: xi, xj, r, sigma, pi, e".into()),
        (
            "csh(r)",
            0..3,
            "column 1: unknown function `csh`; did you mean `cosh`? known here: sin, cos, tan, asin, acos, atan, \
             sinh, cosh, tanh, exp, ln, log10, log2, sqrt, abs, sign, floor, ceil, step, min, max, atan2, pow, \
             mod, hypot"
                .into(),
        ),
        ("r (1 + xi)", 0..1, "column 1: `r` is not a function; a product is written `r*(...)`".into()),
        ("2*sin xi", 2..5, "column 3: `sin` is a function; write `sin(...)`".into()),
        ("1 + sin()", 4..9, "column 5: `sin` takes 1 argument, found 0".into()),
        ("pow(2) + 1", 0..6, "column 1: `pow` takes 2 arguments, found 1".into()),
        ("exp(1, 2, 3)", 0..12, "column 1: `exp` takes 1 argument, found 3".into()),
        ("1e999", 0..5, "column 1: `1e999` is too large; the largest number is about 1.8e308".into()),
    ] {
        assert_eq!(span(text), place, "{text}");
        assert_eq!(message(text), expected, "{text}");
    }
}

#[test]
fn columns_count_characters_and_spans_count_bytes() {
    let error = Formula::parse("Δ*Δ + wrong", &["Δ"]).unwrap_err();
    assert_eq!(error.span(), 8..13);
    assert_eq!(error.column(), 7);
}

#[test]
fn unusable_value_names_are_refused() {
    for (names, expected) in [
        (vec!["i", "my-par"], "`my-par` cannot name a value; use a letter followed by letters, digits and _"),
        (vec!["e"], "`e` cannot name a value, it is a function or constant; choose another name"),
        (vec!["i", "j", "i"], "`i` names two values; rename one of them"),
        (vec![""], "`` cannot name a value; use a letter followed by letters, digits and _"),
    ] {
        let error = Formula::parse("1", &names).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn depth_is_bounded_in_parser_and_evaluator() {
    let message = |text: &str| Formula::parse(text, &[]).unwrap_err().to_string();
    let remedy = "split the formula or flatten its parentheses";
    let sums = |n: usize| format!("{}1{}", "1+(".repeat(n), ")".repeat(n));
    assert_eq!(value(&sums(STACK_LIMIT - 1)), 32.0);
    assert_eq!(message(&sums(STACK_LIMIT)), format!("column 1: nested more than 32 deep; {remedy}"));
    for opening in ["(", "-", "2^", "sin("] {
        assert_eq!(
            message(&format!("{}1", opening.repeat(100_000))),
            format!(
                "column {}: nested more than 100 deep; {remedy}",
                100 * opening.len()
                    + match opening {
                        "2^" => 2,
                        "sin(" => 4,
                        _ => 1,
                    }
            )
        );
    }
    assert_eq!(value(&format!("{}3{}", "(".repeat(100), ")".repeat(100))), 3.0);
    // A long flat sum needs two operands only.
    assert_eq!(value(&format!("1{}", "+1".repeat(9999))), 10_000.0);
}
