//! Means of products of two spins of the basis.

/// <sigma^x_i sigma^x_j> for every ordered pair. O(N 2^N): a Walsh transform of 64 weights at a time, and signs of the rest.
pub(super) fn pair_means(sites: usize, weight: impl Fn(usize) -> f64, out: &mut [f64]) {
    let low = sites.min(6);
    out.fill(0.0);
    for block in 0..1usize << (sites - low) {
        let mut walsh = [0.0; 64];
        for (k, w) in walsh[..1 << low].iter_mut().enumerate() {
            *w = weight(block << low | k);
        }
        for site in 0..low {
            for pair in walsh[..1 << low].chunks_exact_mut(2 << site) {
                let (up, down) = pair.split_at_mut(1 << site);
                for (u, d) in up.iter_mut().zip(down) {
                    (*u, *d) = (*u + *d, *u - *d);
                }
            }
        }
        let sign = |j: usize| if block >> (j - low) & 1 == 0 { 1.0 } else { -1.0 };
        for i in 0..sites {
            for j in i + 1..sites {
                out[i * sites + j] += match (i < low, j < low) {
                    (_, true) => walsh[1 << i | 1 << j],
                    (true, false) => sign(j) * walsh[1 << i],
                    (false, false) => sign(i) * sign(j) * walsh[0],
                };
            }
        }
    }
    for i in 0..sites {
        out[i * sites + i] = 1.0;
        for j in 0..i {
            out[i * sites + j] = out[j * sites + i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pair_means_are_signed_sums_of_the_weights() {
        for sites in [2, 5, 6, 7, 9] {
            let weight = |x: usize| (1.7 * x as f64 + 0.2).sin().powi(2);
            let mut pairs = vec![0.0; sites * sites];
            pair_means(sites, weight, &mut pairs);
            for (k, value) in pairs.iter().enumerate().filter(|(k, _)| k % (sites + 1) != 0) {
                let (i, j) = (k / sites, k % sites);
                let direct: f64 =
                    (0..1usize << sites).map(|x| if (x >> i ^ x >> j) & 1 == 0 { weight(x) } else { -weight(x) }).sum();
                assert!((value - direct).abs() < 1e-10, "N = {sites}, pair {i} {j}: {value} and {direct}");
            }
        }
    }
}
