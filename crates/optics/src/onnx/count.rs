//! The number of messages in a file, before any is decoded.
//!
//! An empty message takes 2 bytes of a file but hundreds in memory. What is counted here are the messages and names that `messages` declares;
//! all else takes at most 8 bytes in memory for each of the file.

/// Messages that have others inside.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Value,
    Type,
    Tensor,
    Shape,
    /// Nothing inside that is counted.
    Leaf,
}

impl Kind {
    /// The message in a field.
    fn inside(self, field: u64) -> Option<Self> {
        match (self, field) {
            (Self::Model, 7) => Some(Self::Graph),
            (Self::Graph, 1) => Some(Self::Node),
            (Self::Node, 5) => Some(Self::Attribute),
            (Self::Graph, 11 | 12) => Some(Self::Value),
            (Self::Value, 2) => Some(Self::Type),
            (Self::Type, 1) => Some(Self::Tensor),
            (Self::Tensor, 2) => Some(Self::Shape),
            (Self::Model, 8) | (Self::Graph, 5) | (Self::Node, 1 | 2) | (Self::Attribute, 5) | (Self::Shape, 1) => {
                Some(Self::Leaf)
            }
            _ => None,
        }
    }
}

/// The number of messages and names in a model; `None` if its fields do not end where its bytes do.
pub(super) fn messages(model: &[u8]) -> Option<usize> {
    of(Kind::Model, model)
}

fn of(kind: Kind, mut bytes: &[u8]) -> Option<usize> {
    let mut count = 0;
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                if let Some(inside) = kind.inside(key >> 3) {
                    // A file has at most 2^29 bytes.
                    count += 1 + if matches!(inside, Kind::Leaf) { 0 } else { of(inside, value)? };
                }
            }
            5 => bytes = bytes.get(4..)?,
            // Groups, which ONNX has none of.
            _ => return None,
        }
    }
    Some(count)
}

/// A number of 7 bits a byte, the lowest first; all bytes but the last have their highest bit set.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(7 * shift)?;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_where_they_are_decoded() {
        // A graph with a node of two inputs and an attribute, a tensor and 3 unknown fields.
        let node = [0x0a, 1, b'x', 0x0a, 1, b'w', 0x2a, 2, 0x18, 7];
        let graph = [&[0x0a, 10][..], &node, &[0x2a, 0, 0x12, 1, b'g']].concat();
        let model =
            [&[0x08, 0x88, 0x01, 0x3a, 17][..], &graph, &[0x15, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(messages(&model), Some(6));
        let whole = [3, 22, 27];
        for n in 1..model.len() {
            assert_eq!(messages(&model[..n]).is_some(), whole.contains(&n), "{n}");
        }
        assert_eq!(messages(&[0x3b]), None);
        assert_eq!(messages(&[0xff; 12]), None);
    }
}
