//! Reads the observables off a ket, a density matrix or a product state.

use super::entanglement::{cut_entropy, cuts, half_entropy, half_spectrum, pure_trace_norm, spin_entropy, trace_norm};
use super::pair_means::pair_means;
use super::{Glass, LevelKind, Observable, Selection};
use crate::composite::Reduced;
use lightfall_core::ensemble::{Layout, ProcessError};
use lightfall_core::operator::{norm_sqr, site_expectations};
use lightfall_core::rng::Rng;
use lightfall_couplings::GroundState;
use num_complex::Complex64;
use rand::RngExt;

/// Energies within this of the ground energy, relative to sum |J_ij|, count as it.
const GROUND_TOLERANCE: f64 = 1e-9;

/// Below this |<sigma^x>| a spin has no sign: parity keeps it at zero along counting trajectories, up to rounding.
const UNDECIDED: f64 = 1e-9;

/// What a level needs to fill its rows; shared by its workers.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) layout: Layout,
    /// Frequencies of the spectrum.
    pub(super) frequencies: Vec<f64>,
    chosen: Vec<Observable>,
    sites: usize,
    couplings: Vec<f64>,
    /// E(x) of every configuration, where the level has amplitudes.
    energies: Vec<f64>,
    ground: Option<Ground>,
    /// Cuts of the entropy over cuts.
    cuts: Vec<usize>,
}

/// Entropy, and trace norm of the partial transpose.
pub(super) type Half<'a> = [&'a dyn Fn() -> Result<f64, ProcessError>; 2];

#[derive(Debug)]
struct Ground {
    energy: f64,
    slack: f64,
    /// Both Z2 partners.
    configurations: Vec<usize>,
}

impl Probe {
    pub(crate) fn new(glass: &Glass, level: LevelKind, selection: &Selection, ground: Option<&GroundState>) -> Self {
        let all = (1usize << glass.sites) - 1;
        let ground = ground.map(|g| Ground {
            energy: g.energy,
            slack: GROUND_TOLERANCE
                * glass.pairs().map(|(i, j)| glass.measured()[i * glass.sites + j].abs()).sum::<f64>(),
            configurations: g.configurations.iter().flat_map(|&x| [x as usize, !(x as usize) & all]).collect(),
        });
        let (chosen, layout) = selection.layout(glass, level, ground.is_some());
        let energies = if level.has_amplitudes() { energies(glass.sites, glass.measured()) } else { Vec::new() };
        Self {
            layout,
            frequencies: selection.frequencies.clone(),
            chosen,
            sites: glass.sites,
            couplings: glass.measured().to_vec(),
            energies,
            ground,
            cuts: cuts(glass.sites),
        }
    }

    /// Takes out what vectors of more than one atom are not read for: chances of configurations.
    pub(crate) fn leave_out_of_large_spins(&mut self, atoms: f64) {
        if atoms > 1.0 {
            self.leave_out(Observable::GroundProbability);
            self.leave_out(Observable::Sample);
        }
    }

    /// Takes an observable out of the layout.
    pub(crate) fn leave_out(&mut self, observable: Observable) {
        if let Some(k) = self.chosen.iter().position(|o| *o == observable) {
            self.chosen.remove(k);
            self.layout.quantities.remove(k);
        }
    }

    pub(super) fn sites(&self) -> usize {
        self.sites
    }

    fn ground_energy(&self) -> f64 {
        self.ground.as_ref().map_or(f64::NAN, |g| g.energy)
    }

    /// E of sigma^x values `s` in [-1, 1].
    fn energy_of(&self, s: impl Fn(usize) -> f64) -> f64 {
        let n = self.sites;
        let mut sum = 0.0;
        for i in 0..n {
            let field: f64 = (i + 1..n).map(|j| self.couplings[i * n + j] * s(j)).sum();
            sum -= s(i) * field;
        }
        sum
    }

    /// Energy of the configuration sign(<sigma^x_i>). A spin without a sign counts as 0: the mean over both choices.
    fn sign_energy(&self, spins: &[[f64; 3]]) -> f64 {
        self.energy_of(|i| if spins[i][0].abs() < UNDECIDED { 0.0 } else { spins[i][0].signum() })
    }

    fn is_ground(&self, energy: f64) -> bool {
        self.ground.as_ref().is_some_and(|g| energy <= g.energy + g.slack)
    }

    fn ground_probability(&self, weight: impl Fn(usize) -> f64) -> f64 {
        self.ground.as_ref().map_or(f64::NAN, |g| g.configurations.iter().map(|&x| weight(x)).sum())
    }

    /// Fills `row`, calling `value` for each observable with the place of its numbers.
    fn fill(
        &self,
        row: &mut [f64],
        mut value: impl FnMut(Observable, &mut [f64]) -> Result<(), ProcessError>,
    ) -> Result<(), ProcessError> {
        let mut rest = row;
        for (o, q) in self.chosen.iter().zip(&self.layout.quantities) {
            let (mine, others) = rest.split_at_mut(q.shape.width());
            value(*o, mine)?;
            rest = others;
        }
        Ok(())
    }

    fn wants(&self, any: &[Observable]) -> bool {
        self.chosen.iter().any(|o| any.contains(o))
    }

    /// Reads a normalised ket. `clicks` gives the clicks of each channel so far.
    pub(super) fn ket(
        &self,
        psi: &[f64],
        spins: &mut [[f64; 3]],
        mut clicks: impl FnMut(&mut [f64]),
        rng: &mut Rng,
        row: &mut [f64],
    ) -> Result<(), ProcessError> {
        use Observable::*;
        let dim = psi.len() / 2;
        let (re, im) = psi.split_at(dim);
        let weight = |x: usize| re[x] * re[x] + im[x] * im[x];
        // In the basis of sigma^x the algebra's Z is sigma^x, X is sigma^z and Y is -sigma^y.
        site_expectations(psi, self.wants(&[Sy, Sz, Entropy]), spins);
        for s in spins.iter_mut() {
            *s = [s[2], -s[1], s[0]];
        }
        let energy = if self.wants(&[Energy, EnergyRatio]) { self.mean_energy(re, im) } else { 0.0 };
        let sign_energy =
            if self.wants(&[SignEnergy, SignRatio, GroundFraction]) { self.sign_energy(spins) } else { 0.0 };
        self.fill(row, |o, out| {
            match o {
                Sxsx => pair_means(self.sites, weight, out),
                Entropy => out.iter_mut().zip(spins.iter()).for_each(|(v, s)| *v = spin_entropy(s)),
                HalfEntropy => out[0] = half_entropy(1 << (self.sites / 2), psi)?,
                CutEntropy => out[0] = cut_entropy(&self.cuts, psi)?,
                Negativity | LogNegativity => {
                    out[0] = negativity(o, pure_trace_norm(&half_spectrum(1 << (self.sites / 2), psi)?));
                }
                Sample => draw(weight, rng, out),
                Jumps => clicks(out),
                // The reader knows the jump operators.
                Emission | Spectrum => out.fill(0.0),
                Purity => out[0] = 1.0,
                _ => self.pure(o, energy, sign_energy, spins, weight, out),
            }
            Ok(())
        })
    }

    /// What kets and product states are read alike for.
    fn pure(
        &self,
        o: Observable,
        energy: f64,
        sign_energy: f64,
        spins: &[[f64; 3]],
        weight: impl Fn(usize) -> f64,
        out: &mut [f64],
    ) {
        use Observable::*;
        match o {
            Energy => out[0] = energy,
            EnergyRatio => out[0] = energy / self.ground_energy(),
            SignEnergy => out[0] = sign_energy,
            SignRatio => out[0] = sign_energy / self.ground_energy(),
            GroundProbability => out[0] = self.ground_probability(weight),
            GroundFraction => out[0] = f64::from(u8::from(self.is_ground(sign_energy))),
            Magnetisation => out[0] = spins.iter().map(|s| s[0]).sum::<f64>() / self.sites as f64,
            QEa => out[0] = spins.iter().map(|s| s[0] * s[0]).sum::<f64>() / self.sites as f64,
            Sx | Sy | Sz => {
                let axis = o as usize - Sx as usize;
                out.iter_mut().zip(spins).for_each(|(v, s)| *v = s[axis]);
            }
            Sxsx | Entropy | HalfEntropy | CutEntropy | Negativity | LogNegativity | Sample | Jumps | Emission
            | Spectrum | Purity => {}
        }
    }

    fn mean_energy(&self, re: &[f64], im: &[f64]) -> f64 {
        let mut lanes = [0.0; 4];
        for (x, e) in self.energies.iter().enumerate() {
            lanes[x & 3] += e * (re[x] * re[x] + im[x] * im[x]);
        }
        lanes.iter().sum()
    }

    /// Reads what was reduced to the atoms; the two functions are those of the lower half of the sites.
    pub(super) fn reduced(
        &self,
        r: &Reduced,
        [half_entropy, half_norm]: Half<'_>,
        mut clicks: impl FnMut(&mut [f64]),
        purity: f64,
        rng: &mut Rng,
        row: &mut [f64],
    ) -> Result<(), ProcessError> {
        use Observable::*;
        let n = self.sites;
        let pair = |i: usize| (i + 1..n).map(|j| self.couplings[i * n + j] * r.pairs[i * n + j]).sum::<f64>();
        let energy = -(0..n).map(pair).sum::<f64>();
        let sign_energy = self.sign_energy(&r.spins);
        self.fill(row, |o, out| {
            match o {
                Sxsx => out.copy_from_slice(&r.pairs),
                Entropy => out.copy_from_slice(&r.entropies),
                HalfEntropy => out[0] = half_entropy()?,
                Negativity | LogNegativity => out[0] = negativity(o, half_norm()?),
                Sample => draw(|x| r.signs[x], rng, out),
                Jumps => clicks(out),
                // The reader knows the jump operators.
                Emission | Spectrum => out.fill(0.0),
                Purity => out[0] = purity,
                _ => self.pure(o, energy, sign_energy, &r.spins, |x| r.signs[x], out),
            }
            Ok(())
        })
    }

    /// Reads a density matrix in split row-major storage.
    pub(super) fn density(&self, rho: &[f64], row: &mut [f64]) -> Result<(), ProcessError> {
        use Observable::*;
        let dim = 1usize << self.sites;
        let weight = |x: usize| rho[x * dim + x];
        let energy: f64 = (0..dim).map(|x| self.energies[x] * weight(x)).sum();
        // Tr rho |1><0|-type elements: sigma^z flips bit i, sigma^y does so with a sign.
        let coherence = |i: usize| -> Complex64 {
            let flipped = (0..dim).filter(|x| x >> i & 1 == 0).map(|x| (x | 1 << i) * dim + x);
            flipped.map(|k| Complex64::new(rho[k], rho[dim * dim + k])).sum()
        };
        let sx = |i: usize| (0..dim).map(|x| if x >> i & 1 == 0 { weight(x) } else { -weight(x) }).sum::<f64>();
        self.fill(row, |o, out| {
            match o {
                Energy => out[0] = energy,
                EnergyRatio => out[0] = energy / self.ground_energy(),
                GroundProbability => out[0] = self.ground_probability(weight),
                Sx => out.iter_mut().enumerate().for_each(|(i, v)| *v = sx(i)),
                Sy => out.iter_mut().enumerate().for_each(|(i, v)| *v = -2.0 * coherence(i).im),
                Sz => out.iter_mut().enumerate().for_each(|(i, v)| *v = 2.0 * coherence(i).re),
                Magnetisation => out[0] = (0..self.sites).map(sx).sum::<f64>() / self.sites as f64,
                Negativity | LogNegativity => out[0] = negativity(o, trace_norm(1 << (self.sites / 2), rho)?),
                Sxsx => pair_means(self.sites, weight, out),
                // rho is Hermitian: tr rho^2 is the sum of the squares of its entries.
                Purity => out[0] = norm_sqr(rho),
                SignEnergy | SignRatio | GroundFraction | QEa | Entropy | HalfEntropy | CutEntropy | Sample | Jumps
                | Emission | Spectrum => {
                    out.fill(0.0);
                }
            }
            Ok(())
        })
    }

    /// Reads a product state given by its Bloch vectors <sigma_i>, three numbers per site.
    pub(crate) fn product(
        &self,
        bloch: &[f64],
        spins: &mut [[f64; 3]],
        rng: &mut Rng,
        row: &mut [f64],
    ) -> Result<(), ProcessError> {
        use Observable::*;
        for (s, b) in spins.iter_mut().zip(bloch.chunks_exact(3)) {
            s.copy_from_slice(b);
        }
        let energy = self.energy_of(|i| spins[i][0]);
        let sign_energy = self.sign_energy(spins);
        let weight = |x: usize| -> f64 {
            let up = |i: usize, s: &[f64; 3]| 0.5 * if x >> i & 1 == 0 { 1.0 + s[0] } else { 1.0 - s[0] };
            spins.iter().enumerate().map(|(i, s)| up(i, s)).product()
        };
        self.fill(row, |o, out| {
            match o {
                Sxsx => {
                    for (k, v) in out.iter_mut().enumerate() {
                        let (i, j) = (k / self.sites, k % self.sites);
                        *v = if i == j { 1.0 } else { spins[i][0] * spins[j][0] };
                    }
                }
                Sample => {
                    for (v, s) in out.iter_mut().zip(spins.iter()) {
                        *v = if 2.0 * rng.random::<f64>() - 1.0 < s[0] { 1.0 } else { -1.0 };
                    }
                }
                Entropy | HalfEntropy | CutEntropy | Negativity | LogNegativity | Jumps | Emission | Spectrum
                | Purity => out.fill(0.0),
                _ => self.pure(o, energy, sign_energy, spins, weight, out),
            }
            Ok(())
        })
    }
}

/// The negativity or its logarithm from ||rho^T||_1.
fn negativity(o: Observable, norm: f64) -> f64 {
    if o == Observable::Negativity { 0.5 * (norm - 1.0) } else { norm.log2() }
}

/// A configuration with the chances `weight`, as signs.
fn draw(weight: impl Fn(usize) -> f64, rng: &mut Rng, out: &mut [f64]) {
    let mut left = rng.random::<f64>();
    // Rounding may leave a remainder: the last one.
    let drawn = (0..1usize << out.len()).find(|x| {
        left -= weight(*x);
        left < 0.0
    });
    let drawn = drawn.unwrap_or((1 << out.len()) - 1);
    out.iter_mut().enumerate().for_each(|(i, v)| *v = if drawn >> i & 1 == 0 { 1.0 } else { -1.0 });
}

/// E(x) for every x by doubling: a site added on top couples to the field of the ones below. O(N 2^N).
fn energies(n: usize, couplings: &[f64]) -> Vec<f64> {
    let mut energy = vec![0.0; 1 << n];
    let mut field = vec![0.0; 1 << n.saturating_sub(1)];
    for site in 1..n {
        let half = 1usize << site;
        // field[x] = sum_{j < site} J_{site,j} s_j(x), by doubling over j.
        field[0] = 0.0;
        for j in 0..site {
            let v = couplings[site * n + j];
            for x in 0..1usize << j {
                (field[x], field[x | 1 << j]) = (field[x] + v, field[x] - v);
            }
        }
        let (low, high) = energy[..2 * half].split_at_mut(half);
        for x in 0..half {
            (low[x], high[x]) = (low[x] - field[x], low[x] + field[x]);
        }
    }
    energy
}
