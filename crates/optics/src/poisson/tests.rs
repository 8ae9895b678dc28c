use super::rest::{UNSETTLED, decoded};
use super::*;
use lightfall_core::rng::{Draws, Purpose, Streams};

#[test]
fn counts_have_the_law_of_poisson() {
    // Chi squared over the counts within 4 standard deviations of the mean, the tails together; 4e5 draws, a false alarm in 1e5 each.
    let mut rng = Draws::new(&Streams::new(1, 0), Purpose::Shots, 0);
    let mut shots = Shots::default();
    for mean in [0.02, 0.7, 0.98, 3.3, 9.99, 10.01, 31.4, 127.6, 128.3, 170.0, 255.9, 300.5, 900.0, 4000.0, 20000.0] {
        let draws = 400_000_u32;
        let reach = (4.0 * f64::sqrt(mean)).ceil();
        let (low, high) = ((mean - reach).max(0.0).floor() as usize, (mean + reach).ceil() as usize);
        let mut seen = vec![0.0; high - low + 3];
        let mut counts = vec![mean; draws as usize];
        shots.draw(&mut counts, &mut rng);
        for k in counts.into_iter().map(|k| k as usize) {
            seen[if k < low { 0 } else { (k - low + 1).min(high - low + 2) }] += 1.0;
        }
        let log_factorial = |k: usize| (2..=k).map(|j| (j as f64).ln()).sum::<f64>();
        let law = |k: usize| (k as f64 * mean.ln() - mean - log_factorial(k)).exp();
        let inside: Vec<f64> = (low..=high).map(law).collect();
        let below: f64 = (0..low).map(law).sum();
        let above = (1.0 - below - inside.iter().sum::<f64>()).max(0.0);
        let all = [vec![below], inside, vec![above]].concat();
        let (mut chi, mut cells, mut rest) = (0.0, 0.0, [0.0; 2]);
        for (p, n) in all.iter().zip(&seen) {
            let expected = p * f64::from(draws);
            if expected < 10.0 {
                rest = [rest[0] + expected, rest[1] + n];
            } else {
                chi += (n - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        chi += (rest[1] - rest[0]).powi(2) / rest[0].max(1.0);
        // Wilson and Hilferty: the cube root of chi squared over its degrees is nearly normal.
        let z = ((chi / cells).cbrt() - (1.0 - 2.0 / (9.0 * cells))) / f64::sqrt(2.0 / (9.0 * cells));
        println!("mean {mean}: chi squared {chi:.1} over {cells} cells, z {z:.2}");
        assert!(z < 4.3, "mean {mean}: z {z}");
    }
}

#[test]
fn what_24_bits_do_not_settle_is_settled_by_more() {
    // The low half of the word next to every cumulative probability of a rest of 0.6: told apart on either side, unsettled near it, and then by the bits that follow.
    let mean = 0.6;
    let mut cumulative = f64::exp(-mean);
    let mut probability = cumulative;
    for k in 0..4 {
        let edge = (cumulative * 4_294_967_296.0) as u64;
        let mut out = [0; 3];
        codes(&[40.0 + mean; 3], &[edge - 10_000, edge, edge + 10_000], &mut out);
        assert_eq!([decoded(out[0]), decoded(out[2])], [(40, k), (40, k + 1)]);
        assert_eq!(out[1], UNSETTLED);
        let exact = |uniform: f64| walk(mean, uniform);
        let (below, above) = (exact(cumulative - 1e-13), exact(cumulative + 1e-13));
        assert_eq!([below, above], [f64::from(k), f64::from(k + 1)]);
        probability *= mean / f64::from(k + 1);
        cumulative += probability;
    }
    // The same next to every edge, by less and less, for many rests: single precision decides only what it can.
    let mut draws = Draws::new(&Streams::new(4, 0), Purpose::Shots, 0);
    for _ in 0..2_000 {
        let rest = (7.0 + draws.random::<f64>()).fract();
        let (mut probability, mut cumulative) = (f64::exp(-rest), 0.0);
        for k in 1..5 {
            cumulative += probability;
            probability *= rest / f64::from(k);
            for apart in [-5000, -2000, -700, -200, -50, -5, 5, 50, 200, 700, 2000, 5000_i64] {
                let word = ((cumulative * 4_294_967_296.0) as i64 + apart).clamp(0, 4_294_967_295) as u64;
                let mut out = [0];
                codes(&[7.0 + rest], &[word], &mut out);
                let exact = |more: f64| walk((7.0 + rest).fract(), (word as f64 + more) / 4_294_967_296.0);
                if out[0] != UNSETTLED {
                    assert_eq!([f64::from(decoded(out[0]).1); 2], [exact(0.0), exact(1.0)], "{rest} {word}");
                }
            }
        }
    }
    // Counts that the fast path decides are those by all bits, wherever the word and whatever the mean.
    let mut draws = Draws::new(&Streams::new(3, 0), Purpose::Shots, 0);
    let mut decided = 0;
    for _ in 0..100_000 {
        let (rest, word) = (draws.random::<f64>(), draws.word());
        let mut out = [0];
        codes(&[7.0 + rest], &[word], &mut out);
        let exact = |more: f64| walk((7.0 + rest).fract(), (f64::from(word as u32) + more) / 4_294_967_296.0);
        if out[0] != UNSETTLED {
            decided += 1;
            assert_eq!([f64::from(decoded(out[0]).1); 2], [exact(0.0), exact(1.0)], "{rest} {word}");
        }
    }
    assert!(decided > 99_800, "{decided}");
    // Dark detectors, and a mean that is no number.
    let mut draws = Draws::new(&Streams::new(1, 0), Purpose::Shots, 0);
    let mut means = [0.0, f64::INFINITY, 0.0];
    Shots::default().draw(&mut means, &mut draws);
    assert!(means[0] == 0.0 && means[1].is_nan() && means[2] == 0.0);
}
