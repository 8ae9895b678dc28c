//! From text to postfix program, by precedence climbing.

use std::ops::Range;

use winnow::Parser;
use winnow::combinator::{Infix, Prefix, expression};
use winnow::error::ParserError;
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::take_while;

use super::Op;
use super::error::{FormulaError, FormulaErrorKind as Kind, NameProblem, column};
use super::functions::{self, CONSTANTS, FUNCTIONS, Function};
use super::lexeme::{continues_name, lexeme, number_length, starts_name};
use super::nearest::nearest;

/// Most parentheses, signs and exponents that may be open at once; bounds the parser's recursion.
const NESTING_LIMIT: usize = 100;

/// Binding powers; `Infix::Right` lets its right side bind one weaker, so prefixes must lie below that.
const SUM: i64 = 5;
const PRODUCT: i64 = 7;
const SIGN: i64 = 9;
const POWER: i64 = 12;

const OPERAND: &str = "a number, a name, a function or `(`";
const OPERATOR: &str = "an operator + - * / ^ or the end; products are written out, as in `2*x`";
const NO_PARENTHESIS: &str = "an operator + - * / ^ or the end; no `(` is open";
const CARET: &str = "`^` for a power or `*` for a product";

/// What the parser carries along.
#[derive(Debug)]
struct State<'a> {
    text: &'a str,
    names: &'a [&'a str],
    nesting: usize,
}

type Input<'a> = Stateful<LocatingSlice<&'a str>, State<'a>>;

/// Either "not mine, try another parser" or a final refusal.
enum Stop {
    Backtrack,
    Refuse(FormulaError),
}

impl<I: Stream> ParserError<I> for Stop {
    type Inner = Self;

    fn from_input(_: &I) -> Self {
        Self::Backtrack
    }

    fn is_backtrack(&self) -> bool {
        matches!(self, Self::Backtrack)
    }

    fn into_inner(self) -> Result<Self::Inner, Self> {
        Ok(self)
    }
}

type Parsed<T> = Result<T, Stop>;

/// Refuses value names that a formula could not tell from its own words.
pub(super) fn check_names(names: &[&str]) -> Result<(), FormulaError> {
    for (at, &name) in names.iter().enumerate() {
        let mut letters = name.chars();
        let problem = if !letters.next().is_some_and(starts_name) || !letters.all(continues_name) {
            NameProblem::NotAnIdentifier
        } else if functions::function(name).is_some() || functions::constant(name).is_some() {
            NameProblem::Reserved
        } else if names[..at].contains(&name) {
            NameProblem::Repeated
        } else {
            continue;
        };
        let name = name.to_owned();
        return Err(FormulaError::new(Kind::Name { name, problem }, "", 0..0));
    }
    Ok(())
}

/// The postfix program of `text`.
pub(super) fn parse(text: &str, names: &[&str]) -> Result<Vec<Op>, FormulaError> {
    let mut input = Input { input: LocatingSlice::new(text), state: State { text, names, nesting: 0 } };
    whole(&mut input).map_err(|stop| match stop {
        Stop::Refuse(error) => error,
        // Every refusal above is explicit; this is what a missing operand would say.
        Stop::Backtrack => unexpected(&input, OPERAND),
    })
}

/// An expression and then the end of the text.
fn whole(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    let program = sum(input)?;
    match peek(input) {
        None => Ok(program),
        Some(')') => Err(Stop::Refuse(unexpected(input, NO_PARENTHESIS))),
        Some(_) => Err(Stop::Refuse(unexpected(input, OPERATOR))),
    }
}

/// A whole expression, up to the first character that cannot continue it.
fn sum(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    expression(operand).prefix(prefix).infix(infix).parse_next(input)
}

/// Reads `-` or `+` before an operand; called only where an operand must stand, so anything else is refused.
fn prefix<'a>(input: &mut Input<'a>) -> Parsed<Prefix<Input<'a>, Vec<Op>, Stop>> {
    let sign = peek(input);
    if !matches!(sign, Some('-' | '+')) {
        return Err(Stop::Refuse(unexpected(input, OPERAND)));
    }
    descend(input)?;
    input.next_token();
    if sign == Some('-') {
        Ok(Prefix(SIGN, |input, mut operand| {
            input.state.nesting -= 1;
            operand.push(Op::Unary(|a| -a));
            Ok(operand)
        }))
    } else {
        Ok(Prefix(SIGN, |input, operand| {
            input.state.nesting -= 1;
            Ok(operand)
        }))
    }
}

/// Reads an operator between two operands.
fn infix<'a>(input: &mut Input<'a>) -> Parsed<Infix<Input<'a>, Vec<Op>, Stop>> {
    let Some(operator) = peek(input) else {
        return Err(Stop::Backtrack);
    };
    if rest(input).starts_with("**") {
        let at = input.current_token_start();
        return Err(refuse(input, found_kind(Some("**"), CARET), at..at + 2));
    }
    let infix = match operator {
        '+' => Infix::Left(SUM, |_: &mut Input<'a>, a, b| Ok(join(a, b, Op::Binary(|a, b| a + b)))),
        '-' => Infix::Left(SUM, |_: &mut Input<'a>, a, b| Ok(join(a, b, Op::Binary(|a, b| a - b)))),
        '*' => Infix::Left(PRODUCT, |_: &mut Input<'a>, a, b| Ok(join(a, b, Op::Binary(|a, b| a * b)))),
        '/' => Infix::Left(PRODUCT, |_: &mut Input<'a>, a, b| Ok(join(a, b, Op::Binary(|a, b| a / b)))),
        '^' => {
            // The strongest operator is never handed back, so every descent meets its fold.
            descend(input)?;
            Infix::Right(POWER, |input: &mut Input<'a>, a, b| {
                input.state.nesting -= 1;
                Ok(join(a, b, Op::Binary(f64::powf)))
            })
        }
        _ => return Err(Stop::Backtrack),
    };
    input.next_token();
    Ok(infix)
}

/// Programs of two operands and the operator that joins them.
fn join(mut left: Vec<Op>, right: Vec<Op>, op: Op) -> Vec<Op> {
    left.extend(right);
    left.push(op);
    left
}

/// A number, a name, a call or a parenthesis.
fn operand(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    match peek(input) {
        Some('(') => parenthesis(input),
        Some(first) if first.is_ascii_digit() || first == '.' => number(input),
        Some(first) if starts_name(first) => name(input),
        _ => Err(Stop::Backtrack),
    }
}

fn parenthesis(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    let opened = open(input)?;
    let program = sum(input)?;
    match peek(input) {
        Some(')') => {
            close(input);
            Ok(program)
        }
        _ => Err(unclosed(input, opened)),
    }
}

fn number(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    let at = input.current_token_start();
    let text = &rest(input)[..number_length(rest(input))];
    let span = at..at + text.len();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            input.next_slice(text.len());
            Ok(vec![Op::Number(value)])
        }
        Ok(_) => {
            let found = text.to_owned();
            Err(refuse(input, Kind::NumberTooLarge { found }, span))
        }
        Err(_) => Err(Stop::Refuse(unexpected(input, OPERAND))),
    }
}

fn name(input: &mut Input<'_>) -> Parsed<Vec<Op>> {
    let at = input.current_token_start();
    let name: &str = take_while(1.., continues_name).parse_next(input)?;
    let span = at..at + name.len();
    let called = peek(input) == Some('(');
    let value = input.state.names.iter().position(|known| *known == name);
    let value = value.map(Op::Name);
    let value = value.or_else(|| functions::constant(name).map(Op::Number));
    let known = FUNCTIONS.iter().find(|(known, _)| *known == name);
    match (value, known) {
        (Some(op), _) if !called => Ok(vec![op]),
        (Some(_), _) => {
            let name = name.to_owned();
            Err(refuse(input, Kind::NotAFunction { name }, span))
        }
        (None, Some(&(known, function))) if called => call(input, known, function, span.start),
        (None, Some(&(function, _))) => Err(refuse(input, Kind::MissingArguments { function }, span)),
        (None, None) => {
            let kind = unknown(name, called, input.state.names);
            Err(refuse(input, kind, span))
        }
    }
}

/// The parenthesised arguments of `function`, whose name starts at byte `start`.
fn call(input: &mut Input<'_>, name: &'static str, function: Function, start: usize) -> Parsed<Vec<Op>> {
    let opened = open(input)?;
    let mut program = Vec::new();
    let mut found = 0;
    // `f()` has no arguments: a count error says more than a missing operand.
    if peek(input) != Some(')') {
        loop {
            program.extend(sum(input)?);
            found += 1;
            match peek(input) {
                Some(',') => input.next_token(),
                Some(')') => break,
                _ => return Err(unclosed(input, opened)),
            };
        }
    }
    close(input);
    let expected = function.arguments();
    if found != expected {
        let end = input.current_token_start();
        let kind = Kind::ArgumentCount { function: name, found, expected };
        return Err(refuse(input, kind, start..end));
    }
    program.push(match function {
        Function::One(function) => Op::Unary(function),
        Function::Two(function) => Op::Binary(function),
    });
    Ok(program)
}

/// The error for a name nobody knows.
fn unknown(name: &str, called: bool, names: &[&str]) -> Kind {
    let available: Vec<&str> = if called {
        FUNCTIONS.iter().map(|(known, _)| *known).collect()
    } else {
        let constants = CONSTANTS.iter().map(|(known, _)| *known);
        names.iter().copied().chain(constants).collect()
    };
    let nearest = nearest(name, available.iter().copied()).map(str::to_owned);
    let available = available.into_iter().map(str::to_owned).collect();
    let name = name.to_owned();
    if called {
        Kind::UnknownFunction { name, nearest, available }
    } else {
        Kind::UnknownName { name, nearest, available }
    }
}

/// Reads `(` and returns its offset.
fn open(input: &mut Input<'_>) -> Parsed<usize> {
    descend(input)?;
    let at = input.current_token_start();
    input.next_token();
    Ok(at)
}

/// Reads `)`.
fn close(input: &mut Input<'_>) {
    input.next_token();
    input.state.nesting -= 1;
}

/// Counts one more level of nesting.
fn descend(input: &mut Input<'_>) -> Parsed<()> {
    if input.state.nesting == NESTING_LIMIT {
        let at = input.current_token_start();
        let limit = NESTING_LIMIT;
        return Err(refuse(input, Kind::TooDeep { limit }, at..at + 1));
    }
    input.state.nesting += 1;
    Ok(())
}

/// Skips white space and looks at the next character.
fn peek(input: &mut Input<'_>) -> Option<char> {
    let trimmed = rest(input).trim_start();
    let skipped = rest(input).len() - trimmed.len();
    input.next_slice(skipped);
    trimmed.chars().next()
}

fn rest<'a>(input: &Input<'a>) -> &'a str {
    let at = input.current_token_start();
    input.state.text.get(at..).unwrap_or_default()
}

fn found_kind(found: Option<&str>, expected: &'static str) -> Kind {
    let found = found.map(str::to_owned);
    Kind::Unexpected { found, expected }
}

/// The lexeme at the input's place and its span.
fn here(input: &Input<'_>) -> (Option<String>, Range<usize>) {
    let at = input.current_token_start();
    let found = lexeme(rest(input));
    let span = at..at + found.len();
    let found = (!found.is_empty()).then(|| found.to_owned());
    (found, span)
}

fn unexpected(input: &Input<'_>, expected: &'static str) -> FormulaError {
    let (found, span) = here(input);
    FormulaError::new(Kind::Unexpected { found, expected }, input.state.text, span)
}

fn unclosed(input: &Input<'_>, opened: usize) -> Stop {
    let (found, span) = here(input);
    let opened = column(input.state.text, opened);
    refuse(input, Kind::Unclosed { found, opened }, span)
}

fn refuse(input: &Input<'_>, kind: Kind, span: Range<usize>) -> Stop {
    Stop::Refuse(FormulaError::new(kind, input.state.text, span))
}
