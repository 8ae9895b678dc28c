//! Blocks of ChaCha with 8 rounds, eight at a time: the words of [`super::Rng`], computed side by side.
//!
//! Source: Bernstein (2008), "ChaCha, a variant of Salsa20"; 64-bit counter and stream number, as `rand`'s ChaCha8Rng.

use super::Streams;

/// Blocks that are computed together.
pub(super) const LANES: usize = 8;
/// Words of a block.
pub(super) const WORDS: usize = 16;
/// Double rounds of the cipher.
const DOUBLE_ROUNDS: usize = 4;

/// Word w of the block of lane l stands at `[w][l]`.
pub(super) type Lanes = [[u32; LANES]; WORDS];

/// The four quarter rounds on columns, then on diagonals.
const ROUND: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// Input of the cipher for a key: constants and key words; counters and streams are to be set.
pub(super) fn keyed(streams: &Streams, part: u64) -> Lanes {
    let mut lanes = [[0; LANES]; WORDS];
    let text = *b"expand 32-byte k";
    let key = streams.key(part);
    for (word, bytes) in lanes.iter_mut().zip(text.chunks_exact(4).chain(key.chunks_exact(4))) {
        *word = [u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]); LANES];
    }
    lanes
}

/// Points the lanes at blocks `counter`, `counter` + 1, .. of stream `stream`.
pub(super) fn aim_along(input: &mut Lanes, counter: u64, stream: u64) {
    // Row by row: the cipher reads whole rows, and would wait for numbers written one by one.
    let counters: [u64; LANES] = std::array::from_fn(|lane| counter.wrapping_add(lane as u64));
    (input[12], input[13]) = (counters.map(|c| c as u32), counters.map(|c| (c >> 32) as u32));
    (input[14], input[15]) = ([stream as u32; LANES], [(stream >> 32) as u32; LANES]);
}

/// Points lane `lane` at block `counter` of stream `stream`.
pub(super) fn aim(input: &mut Lanes, lane: usize, counter: u64, stream: u64) {
    let halves = |x: u64| [x as u32, (x >> 32) as u32];
    for (k, word) in halves(counter).into_iter().chain(halves(stream)).enumerate() {
        input[12 + k][lane] = word;
    }
}

/// out = the blocks of `input`.
pub(super) fn blocks(input: &Lanes, out: &mut Lanes) {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code, reason = "calls functions compiled for what has been detected")]
    match crate::simd::isa() {
        // SAFETY: `isa` names a wider path only after detecting its features on this processor.
        crate::simd::Isa::Avx512 => return unsafe { wide::avx512(input, out) },
        // SAFETY: as above.
        crate::simd::Isa::Avx2 => return unsafe { wide::avx2(input, out) },
        crate::simd::Isa::Baseline => {}
    }
    portable(input, out);
}

/// One lane after another: within a block the four quarter rounds of a round are independent.
fn portable(input: &Lanes, out: &mut Lanes) {
    for lane in 0..LANES {
        let start: [u32; WORDS] = std::array::from_fn(|w| input[w][lane]);
        let mut s = start;
        for _ in 0..DOUBLE_ROUNDS {
            for [a, b, c, d] in ROUND {
                for (left, right) in [(16, 12), (8, 7)] {
                    s[a] = s[a].wrapping_add(s[b]);
                    s[d] = (s[d] ^ s[a]).rotate_left(left);
                    s[c] = s[c].wrapping_add(s[d]);
                    s[b] = (s[b] ^ s[c]).rotate_left(right);
                }
            }
        }
        for w in 0..WORDS {
            out[w][lane] = s[w].wrapping_add(start[w]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vendor intrinsics; loads and stores go through references to whole arrays, unaligned")]
mod wide {
    use super::{DOUBLE_ROUNDS, Lanes, ROUND, WORDS};
    use std::arch::x86_64::*;

    /// (x ^ y) rotated left by LEFT = 32 - RIGHT bits. `inline(always)`, which `target_feature` does not allow: a call would cost as much again.
    ///
    /// # Safety
    ///
    /// The processor has AVX2, and AVX-512 (F, VL) if `ROTATES`.
    #[inline(always)]
    unsafe fn mixed<const ROTATES: bool, const LEFT: i32, const RIGHT: i32>(x: __m256i, y: __m256i) -> __m256i {
        // SAFETY: as the caller promises.
        unsafe {
            let x = _mm256_xor_si256(x, y);
            if ROTATES {
                return _mm256_rol_epi32::<LEFT>(x);
            }
            // Rotations by whole bytes are one shuffle: of the low eight bytes of each half, and of the high eight.
            let (low, high) = match LEFT {
                16 => (0x0504_0706_0100_0302, 0x0d0c_0f0e_0908_0b0a),
                8 => (0x0605_0407_0201_0003, 0x0e0d_0c0f_0a09_080b),
                _ => return _mm256_or_si256(_mm256_slli_epi32::<LEFT>(x), _mm256_srli_epi32::<RIGHT>(x)),
            };
            _mm256_shuffle_epi8(x, _mm256_set_epi64x(high, low, high, low))
        }
    }

    /// Two quarter rounds, interleaved: each waits for itself.
    ///
    /// # Safety
    ///
    /// As for [`mixed`].
    #[inline(always)]
    unsafe fn pair<const ROTATES: bool>(s: &mut [__m256i; WORDS], both: [[usize; 4]; 2]) {
        // SAFETY: as the caller promises.
        unsafe {
            for [a, b, _, d] in both {
                s[a] = _mm256_add_epi32(s[a], s[b]);
                s[d] = mixed::<ROTATES, 16, 16>(s[d], s[a]);
            }
            for [_, b, c, d] in both {
                s[c] = _mm256_add_epi32(s[c], s[d]);
                s[b] = mixed::<ROTATES, 12, 20>(s[b], s[c]);
            }
            for [a, b, _, d] in both {
                s[a] = _mm256_add_epi32(s[a], s[b]);
                s[d] = mixed::<ROTATES, 8, 24>(s[d], s[a]);
            }
            for [_, b, c, d] in both {
                s[c] = _mm256_add_epi32(s[c], s[d]);
                s[b] = mixed::<ROTATES, 7, 25>(s[b], s[c]);
            }
        }
    }

    /// # Safety
    ///
    /// As for [`mixed`].
    #[inline(always)]
    unsafe fn blocks<const ROTATES: bool>(input: &Lanes, out: &mut Lanes) {
        // SAFETY: each row is eight words, the width of a register; the rest as the caller promises.
        unsafe {
            let load = |row: &[u32; 8]| _mm256_loadu_si256(row.as_ptr().cast());
            let mut s = [_mm256_setzero_si256(); WORDS];
            for w in 0..WORDS {
                s[w] = load(&input[w]);
            }
            for _ in 0..DOUBLE_ROUNDS {
                pair::<ROTATES>(&mut s, [ROUND[0], ROUND[1]]);
                pair::<ROTATES>(&mut s, [ROUND[2], ROUND[3]]);
                pair::<ROTATES>(&mut s, [ROUND[4], ROUND[5]]);
                pair::<ROTATES>(&mut s, [ROUND[6], ROUND[7]]);
            }
            for w in 0..WORDS {
                let sum = _mm256_add_epi32(s[w], load(&input[w]));
                _mm256_storeu_si256(out[w].as_mut_ptr().cast(), sum);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(input: &Lanes, out: &mut Lanes) {
        // SAFETY: this function is compiled for AVX2, and its callers have it.
        unsafe { blocks::<false>(input, out) }
    }

    #[target_feature(enable = "avx2,avx512f,avx512vl")]
    pub(super) fn avx512(input: &Lanes, out: &mut Lanes) {
        // SAFETY: this function is compiled for AVX-512, and its callers have it.
        unsafe { blocks::<true>(input, out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;
    use rand::Rng as _;

    #[test]
    fn the_words_are_those_of_the_stream_on_every_path() {
        let streams = Streams::new(41, 3);
        let mut input = keyed(&streams, 0);
        for lane in 0..LANES {
            aim(&mut input, lane, 5, (100 + lane as u64) << 8 | Purpose::Noise as u64);
        }
        let (mut side, mut plain) = ([[0; LANES]; WORDS], [[0; LANES]; WORDS]);
        blocks(&input, &mut side);
        portable(&input, &mut plain);
        assert_eq!(side, plain);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: just detected.
            #[allow(unsafe_code, reason = "calls a function compiled for AVX2 after detecting it")]
            unsafe {
                wide::avx2(&input, &mut side)
            };
            assert_eq!(side, plain);
        }
        for lane in 0..LANES {
            let mut rng = streams.open(Purpose::Noise, 100 + lane as u64);
            rng.set_word_pos(5 * WORDS as u128);
            for row in &side {
                assert_eq!(row[lane], rng.next_u32());
            }
        }
    }
}
