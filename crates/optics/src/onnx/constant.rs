//! Constants of a graph: weights, biases, shapes.

use super::error::OnnxFault;
use super::messages::{TensorProto, element};

/// Numbers of a constant, the last index fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    /// Length of each dimension; none for a single number.
    pub(super) shape: Vec<usize>,
    /// The numbers. Integers beyond 2^53 are rounded to the nearest f64.
    pub(super) values: Vec<f64>,
}

impl Constant {
    /// The numbers of a tensor. Nothing is allocated before their count is compared with the shape.
    pub(super) fn read(tensor: &TensorProto) -> Result<Self, OnnxFault> {
        if tensor.data_location != 0 {
            return Err(OnnxFault::External { tensor: tensor.name.clone() });
        }
        let fault =
            |found: String, expected: String| OnnxFault::Tensor { tensor: tensor.name.clone(), found, expected };
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|n| usize::try_from(*n).ok()).collect();
        let count = shape.as_ref().and_then(|s| s.iter().try_fold(1_usize, |a, n| a.checked_mul(*n)));
        let (Some(shape), Some(count)) = (shape, count) else {
            return Err(fault(format!("the shape {:?}", tensor.dims), "dimensions of 0 or more".into()));
        };
        let values = match tensor.data_type {
            element::FLOAT => numbers(tensor, count, &tensor.float_data, f32::from_le_bytes, f64::from, f64::from),
            element::DOUBLE => numbers(tensor, count, &tensor.double_data, f64::from_le_bytes, |v| v, |v| v),
            element::INT64 => {
                numbers(tensor, count, &tensor.int64_data, i64::from_le_bytes, |v| v as f64, |v| v as f64)
            }
            element::INT32 => numbers(tensor, count, &tensor.int32_data, i32::from_le_bytes, f64::from, f64::from),
            element::BOOL => numbers(tensor, count, &tensor.int32_data, u8::from_le_bytes, f64::from, f64::from),
            element::FLOAT16 => {
                // The field has the bits of the number in its lower half.
                let typed = |v: i32| u16::try_from(v).map_or(f64::NAN, half);
                numbers(tensor, count, &tensor.int32_data, u16::from_le_bytes, half, typed)
            }
            other => {
                let expected = "FLOAT (1), DOUBLE (11), FLOAT16 (10), INT64 (7), INT32 (6) or BOOL (9)";
                return Err(fault(format!("numbers of the type {other}"), expected.into()));
            }
        };
        values.map(|values| Self { shape: shape.clone(), values }).map_err(|found| {
            fault(format!("{found} numbers or parts of them"), format!("{count} for its shape {shape:?}"))
        })
    }

    /// A list of numbers.
    pub(super) fn list(values: Vec<f64>) -> Self {
        Self { shape: vec![values.len()], values }
    }

    /// The only number, if there is one only.
    pub(super) fn only(&self) -> Option<f64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The numbers as integers, if they are.
    pub(super) fn integers(&self) -> Option<Vec<i64>> {
        const EXACT: f64 = (1_u64 << 53) as f64;
        let whole = |v: &f64| (v.fract() == 0.0 && v.abs() <= EXACT).then_some(*v as i64);
        self.values.iter().map(whole).collect()
    }
}

/// `count` numbers from the bytes of a tensor, or from the field of their type; the number found if it is another.
fn numbers<const N: usize, R, T: Copy>(
    tensor: &TensorProto,
    count: usize,
    typed: &[T],
    bytes: fn([u8; N]) -> R,
    raw: fn(R) -> f64,
    of: impl Fn(T) -> f64,
) -> Result<Vec<f64>, usize> {
    if tensor.raw_data.is_empty() {
        return if typed.len() == count { Ok(typed.iter().map(|v| of(*v)).collect()) } else { Err(typed.len()) };
    }
    let (chunks, rest) = tensor.raw_data.as_chunks::<N>();
    if chunks.len() != count || !rest.is_empty() {
        return Err(chunks.len() + usize::from(!rest.is_empty()));
    }
    Ok(chunks.iter().map(|c| raw(bytes(*c))).collect())
}

/// A float of 2 bytes: 1 bit of sign, 5 of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    let size = match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_those_of_ieee_754() {
        let pairs = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2_f64.powi(-14)),
            (0x0001, 2_f64.powi(-24)),
            (0x3555, 0.333251953125),
            (0x7c00, f64::INFINITY),
        ];
        pairs.iter().for_each(|(bits, value)| assert_eq!(half(*bits), *value, "{bits:x}"));
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn numbers_are_the_same_from_bytes_and_from_fields() {
        let shape = || TensorProto { dims: vec![2], name: "t".into(), ..TensorProto::default() };
        let (float, int) = ([1.5_f32, -2.0], [3_i64, -1]);
        let raw = |data_type, raw_data: Vec<u8>| TensorProto { data_type, raw_data, ..shape() };
        let all = [
            raw(1, float.iter().flat_map(|v| v.to_le_bytes()).collect()),
            TensorProto { data_type: 1, float_data: float.to_vec(), ..shape() },
            raw(11, float.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect()),
            TensorProto { data_type: 11, double_data: vec![1.5, -2.0], ..shape() },
            raw(10, vec![0x00, 0x3e, 0x00, 0xc0]),
            TensorProto { data_type: 10, int32_data: vec![0x3e00, 0xc000], ..shape() },
        ];
        all.iter().for_each(|t| assert_eq!(Constant::read(t).unwrap().values, [1.5, -2.0], "{t:?}"));
        let all = [
            raw(7, int.iter().flat_map(|v| v.to_le_bytes()).collect()),
            TensorProto { data_type: 7, int64_data: int.to_vec(), ..shape() },
            raw(6, vec![3, 0, 0, 0, 255, 255, 255, 255]),
            TensorProto { data_type: 6, int32_data: vec![3, -1], ..shape() },
        ];
        all.iter().for_each(|t| assert_eq!(Constant::read(t).unwrap().integers(), Some(int.to_vec()), "{t:?}"));
    }

    #[test]
    fn tensors_that_promise_too_much_are_named() {
        let text = |t: TensorProto| Constant::read(&TensorProto { name: "w".into(), ..t }).unwrap_err().to_string();
        let tensor = |dims: &[i64], data_type| TensorProto {
            dims: dims.to_vec(),
            data_type,
            raw_data: vec![0; 10],
            ..Default::default()
        };
        assert_eq!(text(tensor(&[2], 1)), r#"tensor "w" has 3 numbers or parts of them, expected 2 for its shape [2]"#);
        assert!(text(tensor(&[1 << 40, 1 << 40], 1)).contains("the shape [1099511627776, 1099511627776]"));
        assert!(text(tensor(&[-1], 1)).contains("the shape [-1]"));
        assert!(text(tensor(&[2], 14)).contains("numbers of the type 14, expected FLOAT (1)"));
        let outside = TensorProto { data_location: 1, ..tensor(&[2], 1) };
        assert!(text(outside).contains("are in another file; export them inside this one"));
    }
}
