//! What a user pays for a product with J, one thread, and for the ends of its spectrum.
//!
//! Floors. `floor/multiply_add` of the bench `trajectory` measures arithmetic; memory is taken as 10 GB/s from one core.
//! * circulant, n = 2^20: two complex transforms of length n/2, 5 (n/2) log2(n/2) operations each, 100 M operations a column (4 ms at
//!   24 per ns); 8 n bytes in, 8 n out and a buffer of 8 n passed log2(n)/log2(cache) times, some 50 MB (5 ms);
//! * low rank, n = 2^16, P = 32: 4 P n operations a column, 8.4 M; F is read twice, 34 MB (3.4 ms whatever the columns up to 8);
//! * confocal, n = 4096, not stored: n^2 = 16.8 M cosines whatever the columns; a scalar one takes some 10 ns (0.17 s), plus n^2
//!   multiply-adds a column;
//! * dense, n = 2048: n^2 values, 34 MB (3.4 ms);
//! * sparse, a periodic square lattice of 2^20: 4.2 M entries of 16 bytes, 67 MB, and 16 MB of vectors (8.4 ms).

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lightfall::couplings::extreme_eigenvalues;
use lightfall::prelude::{Couplings, Registry};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

fn network(name: &str, keys: &str) -> Arc<dyn Couplings> {
    Registry::default().build(name, keys, 1).expect("a valid topology")
}

/// Times J X for 1 and 8 columns.
fn apply(c: &mut Criterion, id: &str, couplings: &dyn Couplings) {
    let mut group = c.benchmark_group(format!("apply/{id}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for columns in [1, 8] {
        let length = couplings.len() * columns;
        let x: Vec<f64> = (0..length).map(|k| (k as f64).sin()).collect();
        let mut y = vec![0.0; length];
        group.throughput(Throughput::Elements(length as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("columns{columns}")), |b| {
            b.iter(|| {
                couplings.apply(black_box(&x), &mut y, columns);
                black_box(y[0])
            });
        });
    }
}

fn products(c: &mut Criterion) {
    let million = 1 << 20;
    let ring = network("circulant", &format!("n = {million}\nentry = '1/d^2'"));
    apply(c, "circulant_n1048576", ring.as_ref());
    apply(c, "circulant_torus_1024x1024", network("circulant", "sizes = [1024, 1024]\nentry = '1/d^3'").as_ref());
    apply(c, "low_rank_n65536_p32", network("low-rank", "n = 65536\npatterns.drawn.count = 32").as_ref());
    apply(c, "confocal_n4096", network("confocal", "n = 4096\npositions.drawn.sigma = 1.0").as_ref());
    apply(c, "dense_n2048", network("sk", "n = 2048").as_ref());
    apply(c, "lattice_1024x1024", network("lattice", "sizes = [1024, 1024]").as_ref());
}

fn spectra(c: &mut Criterion) {
    let graph = network("random-regular", "n = 100000\ndegree = 3");
    c.benchmark_group("spectrum")
        .sample_size(10)
        .measurement_time(Duration::from_secs(2))
        .bench_function("lanczos_regular_n100000", |b| {
            b.iter(|| black_box(extreme_eigenvalues(graph.as_ref(), 1e-6).expect("converges").highest))
        });
}

fn draws(c: &mut Criterion) {
    let mut group = c.benchmark_group("draw");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for (id, name, keys) in [
        ("erdos_renyi_n100000_c6", "erdos-renyi", "n = 100000\nmean_degree = 6.0"),
        ("random_regular_n100000_d3", "random-regular", "n = 100000\ndegree = 3"),
        ("random_regular_n100000_d6", "random-regular", "n = 100000\ndegree = 6"),
    ] {
        group.bench_function(id, |b| b.iter(|| black_box(network(name, keys).len())));
    }
}

criterion_group!(benches, products, spectra, draws);
criterion_main!(benches);
