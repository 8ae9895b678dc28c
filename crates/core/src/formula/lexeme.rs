//! The lengths of numbers and names in a formula's text.

/// Whether a name may start with `letter`.
pub(super) fn starts_name(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

/// Whether a name may go on with `letter`.
pub(super) fn continues_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Length of the number at the start of `text`: digits, a fraction, and an exponent if it has digits.
pub(super) fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut length = digits(0);
    if text[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        let signed = text[length + 1..].starts_with(['+', '-']);
        let from = length + 1 + usize::from(signed);
        if digits(from) > 0 {
            length = from + digits(from);
        }
    }
    length
}

/// The characters at the start of `text` that a message quotes together: a number, a name, or one character.
pub(super) fn lexeme(text: &str) -> &str {
    let Some(first) = text.chars().next() else {
        return text;
    };
    let length = if first.is_ascii_digit() {
        number_length(text)
    } else if starts_name(first) {
        text.find(|letter| !continues_name(letter)).unwrap_or(text.len())
    } else {
        first.len_utf8()
    };
    &text[..length]
}
