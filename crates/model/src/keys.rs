//! Suggestions of valid keys.

use lightfall_core::formula::nearest;

/// "did you mean `x`? valid: a, b" for a name that is not among `valid`.
pub(crate) fn suggestion(found: &str, valid: &[String]) -> String {
    let list = valid.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
    match nearest(found, valid.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? valid: {list}"),
        None => format!("valid: {list}"),
    }
}

/// Rewrites serde's message about an unknown field or variant as one that names the nearest valid key.
pub(crate) fn with_nearest_key(message: &str) -> String {
    let message = message.trim_end();
    for (start, what) in [("unknown field `", "unknown key"), ("unknown variant `", "unknown name")] {
        let Some(rest) = message.strip_prefix(start) else {
            continue;
        };
        let Some((found, tail)) = rest.split_once('`') else {
            continue;
        };
        let valid: Vec<String> = tail.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        if valid.is_empty() {
            return format!("{what} `{found}`; none is valid here");
        }
        return format!("{what} `{found}`; {}", suggestion(found, &valid));
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_messages_become_suggestions() {
        let m = with_nearest_key("unknown field `wdith`, expected one of `width`, `height`");
        assert_eq!(m, "unknown key `wdith`; did you mean `width`? valid: `width`, `height`");
        assert_eq!(with_nearest_key("invalid type: string"), "invalid type: string");
    }
}
