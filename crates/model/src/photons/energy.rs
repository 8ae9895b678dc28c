//! Energy of what is not light: converters, modulators, amplifiers, memory.

use lightfall_optics::Network;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Components of a device and what each use of them costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnergyTable {
    /// Components that come with lightfall, by name; those of `components` with the same name replace them.
    pub preset: Option<String>,
    /// Samples that are computed with one set of weights before the next is loaded.
    pub batch: f64,
    /// Components.
    pub components: Vec<Component>,
}

impl Default for EnergyTable {
    fn default() -> Self {
        Self { preset: None, batch: 1.0, components: Vec::new() }
    }
}

/// What a component is used once for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Number that goes into an optical layer: n of them, fanned out to m outputs.
    Input,
    /// Number that comes out of one: m of them, each a sum of n products.
    Output,
    /// Weight that is loaded: m n of them in every batch.
    Weight,
    /// Multiplication.
    Mac,
    /// Phase that is held while a vector goes through the two meshes of a layer: m^2 + n^2 of them.
    Phase,
    /// Inference.
    Inference,
}

/// A component. Its energy is given as `joules`, as `power_watts` at `rate_hertz`, or as a converter's figure of merit `joules_per_step` with `bits`: E = FOM 2^bits (Walden 1999, IEEE J. Sel. Areas Commun. 17, 539).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Name.
    pub name: String,
    /// What it is used once for.
    pub per: Use,
    /// How many are used each time: 2 for the two rails of a difference.
    #[serde(default = "one")]
    pub count: f64,
    /// Energy of a use, J.
    #[serde(default)]
    pub joules: Option<f64>,
    /// Power, W.
    #[serde(default)]
    pub power_watts: Option<f64>,
    /// Uses per second, Hz.
    #[serde(default)]
    pub rate_hertz: Option<f64>,
    /// Energy of a conversion step, J.
    #[serde(default)]
    pub joules_per_step: Option<f64>,
    /// Bits of a converter.
    #[serde(default)]
    pub bits: Option<u32>,
    /// Where the number comes from.
    pub source: String,
}

fn one() -> f64 {
    1.0
}

/// What a component costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyPart {
    /// Name.
    pub component: String,
    /// Uses per inference.
    pub uses: f64,
    /// J of a use.
    pub joules: f64,
    /// J per MAC.
    pub joules_per_mac: f64,
    /// J per inference.
    pub joules_per_inference: f64,
    /// Share of all.
    pub share: f64,
    /// Where the number comes from.
    pub source: String,
}

/// Presets by name.
const PRESETS: [(&str, &str); 6] = [
    ("intensity", include_str!("../../presets/intensity.toml")),
    ("homodyne", include_str!("../../presets/homodyne.toml")),
    ("mzi-mesh", include_str!("../../presets/mzi-mesh.toml")),
    ("microring", include_str!("../../presets/microring.toml")),
    ("single-photon", include_str!("../../presets/single-photon.toml")),
    ("fan-out", include_str!("../../presets/fan-out.toml")),
];

/// A file of components.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    components: Vec<Component>,
}

impl Component {
    /// J of a use.
    fn energy(&self) -> Result<f64, String> {
        let named = |key: &str, v: f64| {
            if v >= 0.0 && v.is_finite() {
                Ok(v)
            } else {
                Err(format!("component {}: {key} = {v}, expected a finite number of at least 0", self.name))
            }
        };
        named("count", self.count)?;
        match (self.joules, self.power_watts, self.rate_hertz, self.joules_per_step, self.bits) {
            (Some(joules), None, None, None, None) => named("joules", joules),
            (None, Some(power), Some(rate), None, None) if rate > 0.0 => {
                Ok(named("power_watts", power)? / named("rate_hertz", rate)?)
            }
            (None, None, None, Some(step), Some(bits)) if bits <= 32 => {
                Ok(named("joules_per_step", step)? * 2.0_f64.powi(bits as i32))
            }
            _ => Err(format!(
                "component {}: expected joules, or power_watts and rate_hertz (above 0), or joules_per_step and bits (at most 32)",
                self.name
            )),
        }
    }
}

impl EnergyTable {
    /// All components with the energy of a use, J.
    pub(super) fn resolve(&self) -> Result<Vec<(Component, f64)>, (&'static str, String)> {
        if !(self.batch >= 1.0 && self.batch.is_finite()) {
            return Err(("batch", format!("batch = {}, expected at least 1", self.batch)));
        }
        let mut all = Vec::new();
        if let Some(name) = &self.preset {
            let Some((_, text)) = PRESETS.iter().find(|(n, _)| n == name) else {
                let names = PRESETS.map(|(n, _)| n).join(", ");
                return Err(("preset", format!("preset = \"{name}\", expected one of {names}")));
            };
            let preset: Preset = toml::from_str(text).map_err(|e| ("preset", e.to_string()))?;
            all = preset.components;
            all.retain(|c| !self.components.iter().any(|own| own.name == c.name));
        }
        all.extend(self.components.iter().cloned());
        let with_energy = |c: Component| c.energy().map(|e| (c, e)).map_err(|e| ("components", e));
        all.into_iter().map(with_energy).collect()
    }
}

/// Uses of components per inference.
pub(super) struct Uses {
    inputs: f64,
    outputs: f64,
    weights: f64,
    macs: f64,
    phases: f64,
}

impl Uses {
    /// Those of the layers for which `optical` holds.
    pub(super) fn of(network: &Network, optical: impl Fn(usize) -> bool) -> Self {
        let mut uses = Self { inputs: 0.0, outputs: 0.0, weights: 0.0, macs: 0.0, phases: 0.0 };
        for (l, layer) in network.layers().iter().enumerate().filter(|(l, _)| optical(*l)) {
            let (m, n, vectors) = (layer.dense.outputs as f64, layer.dense.inputs as f64, network.vectors(l) as f64);
            uses.inputs += n * vectors;
            uses.outputs += m * vectors;
            uses.weights += m * n;
            uses.macs += m * n * vectors;
            uses.phases += (m * m + n * n) * vectors;
        }
        uses
    }

    /// What `components` cost with `light` joules from the wall for the light of an inference (`None`: not known).
    pub(super) fn cost(&self, components: &[(Component, f64)], batch: f64, light: Option<f64>) -> Vec<EnergyPart> {
        let part = |component: String, uses: f64, joules: f64, source: String| EnergyPart {
            component,
            uses,
            joules,
            joules_per_mac: uses * joules / self.macs,
            joules_per_inference: uses * joules,
            share: 0.0,
            source,
        };
        let laser = light.map(|j| part("light, from the wall".into(), 1.0, j, "[link] and the photons".into()));
        let each = |(c, joules): &(Component, f64)| {
            let uses = match c.per {
                Use::Input => self.inputs,
                Use::Output => self.outputs,
                Use::Weight => self.weights / batch,
                Use::Mac => self.macs,
                Use::Phase => self.phases,
                Use::Inference => 1.0,
            };
            part(c.name.clone(), c.count * uses, *joules, c.source.clone())
        };
        let mut all: Vec<EnergyPart> = laser.into_iter().chain(components.iter().map(each)).collect();
        let total: f64 = all.iter().map(|p| p.joules_per_inference).sum();
        all.iter_mut().filter(|_| total > 0.0).for_each(|p| p.share = p.joules_per_inference / total);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_optics::{Activation, Dense, Layer};

    #[test]
    fn every_preset_is_read_and_names_its_sources() {
        for (name, _) in PRESETS {
            let table = EnergyTable { preset: Some(name.into()), ..EnergyTable::default() };
            let all = table.resolve().unwrap();
            assert!(all.len() > 2 && all.iter().all(|(c, _)| c.source.len() > 10), "{name}");
        }
    }

    #[test]
    fn converters_are_shared_by_the_products_they_serve() {
        // 3 x 4: a DAC of 3.57 pJ (50 mW at 14 GS/s) serves 3 products, two ADCs of 8 bits at 25 fJ a step 4 products.
        let dense = Dense { name: "d".into(), outputs: 3, inputs: 4, weights: vec![1.0; 12], bias: vec![0.0; 3] };
        let network = Network::new(vec![Layer::dense(dense, Activation::None)]).unwrap();
        let new = |name: &str, per| Component {
            name: name.into(),
            per,
            count: 1.0,
            joules: None,
            power_watts: None,
            rate_hertz: None,
            joules_per_step: None,
            bits: None,
            source: String::new(),
        };
        let dac = Component { power_watts: Some(0.05), rate_hertz: Some(14e9), ..new("DAC", Use::Input) };
        let adc = Component { count: 2.0, joules_per_step: Some(25e-15), bits: Some(8), ..new("ADC", Use::Output) };
        let memory = Component { joules: Some(1e-12), ..new("memory", Use::Weight) };
        // 9 + 16 phases of two meshes.
        let heater = Component { joules: Some(1e-15), ..new("heater", Use::Phase) };
        let table = EnergyTable { components: vec![dac, adc, memory, heater], batch: 6.0, ..EnergyTable::default() };
        let parts = Uses::of(&network, |_| true).cost(&table.resolve().unwrap(), table.batch, Some(1e-12));
        let per_mac: Vec<f64> = parts.iter().map(|p| p.joules_per_mac).collect();
        let expected = [1e-12 / 12.0, 0.05 / 14e9 / 3.0, 2.0 * 25e-15 * 256.0 / 4.0, 1e-12 / 6.0, 25e-15 / 12.0];
        for (a, b) in per_mac.iter().zip(expected) {
            assert!((a / b - 1.0).abs() < 1e-12, "{per_mac:?}");
        }
        assert!((parts.iter().map(|p| p.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
