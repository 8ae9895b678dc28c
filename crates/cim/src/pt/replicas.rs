//! Replicas of each kind of network.

use crate::sa::{DenseState, Entry, REPLICAS, RealState, WholeState, bounds};
use crate::{Network, SparseRows, WholeRows};
use lightfall_core::rng::{LANES, LaneWords};

/// Replicas of one kind.
pub(super) trait Replicas: Clone {
    fn count(&self) -> usize;
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords);
    /// One energy of each.
    fn energies(&self, out: &mut [f64]);
    fn spin(&self, r: usize, i: usize) -> bool;
    fn spins(&self, r: usize) -> Vec<i8>;
    fn flip(&mut self, r: usize, i: usize);
    fn refresh(&mut self) {}
    fn quench(&mut self);
}

#[derive(Clone)]
pub(super) struct Whole<'a> {
    pub(super) rows: &'a SparseRows,
    pub(super) whole: &'a WholeRows,
    pub(super) state: WholeState,
    pub(super) table: Vec<[i16; REPLICAS]>,
}

impl Replicas for Whole<'_> {
    fn count(&self) -> usize {
        REPLICAS
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        bounds(&std::array::from_fn(|r| temperatures[r]), self.whole.unit, &mut self.table);
        self.state.sweep(self.rows, self.whole, &self.table, words);
    }
    fn energies(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.state.energies(self.whole));
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.state.spins[i][r] > 0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.state.replica(r)
    }
    fn flip(&mut self, r: usize, i: usize) {
        let s = &mut self.state.spins[i][r];
        *s = -*s;
        let change = 2 * *s;
        for at in self.rows.starts[i] as usize..self.rows.starts[i + 1] as usize {
            self.state.fields[self.rows.columns[at] as usize][r] += self.whole.values[at] * change;
        }
    }
    fn quench(&mut self) {
        self.state.quench(self.rows, self.whole);
    }
}

#[derive(Clone)]
pub(super) struct Reals<'a> {
    pub(super) rows: &'a SparseRows,
    pub(super) network: &'a Network,
    pub(super) states: [RealState; 2],
}

impl Replicas for Reals<'_> {
    fn count(&self) -> usize {
        2 * LANES
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        for (state, temperatures) in self.states.iter_mut().zip(temperatures.chunks_exact(LANES)) {
            state.sweep(self.rows, &std::array::from_fn(|r| temperatures[r] as f32), words);
        }
    }
    fn energies(&self, out: &mut [f64]) {
        for (state, out) in self.states.iter().zip(out.chunks_exact_mut(LANES)) {
            out.copy_from_slice(&state.energies(&self.network.fields));
        }
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.states[r / LANES].spins[i][r % LANES] > 0.0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.states[r / LANES].replica(r % LANES)
    }
    fn flip(&mut self, r: usize, i: usize) {
        let (state, r) = (&mut self.states[r / LANES], r % LANES);
        let s = &mut state.spins[i][r];
        *s = -*s;
        let change = 2.0 * *s;
        for at in self.rows.starts[i] as usize..self.rows.starts[i + 1] as usize {
            state.fields[self.rows.columns[at] as usize][r] += self.rows.values[at] * change;
        }
    }
    fn refresh(&mut self) {
        self.states.iter_mut().for_each(|state| state.refresh(self.rows, &self.network.fields));
    }
    fn quench(&mut self) {
        self.refresh();
        self.states.iter_mut().for_each(|state| state.quench(self.rows, self.network.scale as f32));
    }
}

#[derive(Clone)]
pub(super) struct Full<'a, E> {
    /// J itself.
    pub(super) full: &'a [f32],
    pub(super) network: &'a Network,
    /// J and h in units, for sweeps.
    pub(super) rows: &'a [E],
    pub(super) h: &'a [f32],
    pub(super) unit: f64,
    pub(super) states: Vec<DenseState>,
}

impl<E: Entry> Replicas for Full<'_, E> {
    fn count(&self) -> usize {
        self.states.len()
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        for (state, temperature) in self.states.iter_mut().zip(temperatures) {
            state.sweep(self.rows, (*temperature / self.unit) as f32, words);
        }
    }
    fn energies(&self, out: &mut [f64]) {
        for (state, out) in self.states.iter().zip(out) {
            *out = self.unit * state.energy(self.h);
        }
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.states[r].spin(i) > 0.0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.states[r].spins()
    }
    fn flip(&mut self, r: usize, i: usize) {
        self.states[r].flip(self.rows, i);
    }
    fn refresh(&mut self) {
        self.states.iter_mut().for_each(|state| state.refresh(self.rows, self.h));
    }
    /// On J itself: what is read out is exact.
    fn quench(&mut self) {
        (self.h, self.unit) = (&self.network.fields, 1.0);
        for state in &mut self.states {
            state.refresh(self.full, self.h);
            state.quench(self.full, self.network.scale as f32);
        }
    }
}
