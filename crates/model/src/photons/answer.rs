//! The answers to a photon model.

use super::energy::Uses;
use super::journal::Journal;
use super::report::{Choice, LayerReport, PhotonReport, PhotonsError, PlaneLight, WithBits};
use super::{EnergyPart, Loaded, OpticalDevice, PhotonModel};
use lightfall_optics::Detector;
use lightfall_optics::budget::{
    Adaptive, Allocation, CurvePoint, LayerNoise, Programmed, Required, RequiredError, Sensitivity, adaptive, allocate,
    curve, noise_shares, required, sensitivities,
};
use lightfall_optics::photons::{Arms, Per, PhotonCount, Plane};

/// Told what is done next and how much of it, as (name, done, of); says whether to go on.
type Watch<'a> = &'a dyn Fn(&str, usize, usize) -> bool;

/// A model that is being answered.
struct Asking<'a> {
    model: &'a PhotonModel,
    loaded: &'a Loaded,
    seed: u64,
    threads: usize,
    journal: &'a mut Journal,
    watch: Watch<'a>,
}

/// Answers what `model` asks, with all noise under `seed` and `threads` workers; figures that `journal` knows are taken from it, new ones are kept there.
///
/// # Errors
///
/// [`PhotonsError`].
pub fn budget(
    model: &PhotonModel,
    seed: u64,
    threads: usize,
    journal: &mut Journal,
    watch: Watch<'_>,
) -> Result<PhotonReport, PhotonsError> {
    let mut loaded = model.load(seed)?;
    let few = loaded.programmed.set_threads(threads);
    few.map_err(|e| PhotonsError::Threads { threads, reason: e.to_string() })?;
    let ceiling = loaded.programmed.noiseless(&loaded.test);
    // Known before any light is drawn.
    if let Some(&target) = model.question.targets.iter().find(|t| **t > ceiling) {
        let error = RequiredError::Ceiling { target, ceiling };
        return Err(model.error(&["photons", "targets"], error.to_string()).into());
    }
    Asking { model, loaded: &loaded, seed, threads, journal, watch }.report(ceiling)
}

impl Asking<'_> {
    fn report(&mut self, ceiling: f64) -> Result<PhotonReport, PhotonsError> {
        let (model, loaded) = (self.model, self.loaded);
        let (programmed, question, engine) = (&loaded.programmed, &model.question, model.device.engine());
        let points = self.curve("", &loaded.programmed)?;
        let reached = self.required(&points)?;
        let sensitivities = self.sensitivities()?;
        let allocation = self.allocation()?;
        let bits = self.with_bits(&points)?;
        let alternatives = self.alternatives()?;
        let adaptive = self.adaptive()?;
        let light = reached.last().map(|r| r.setting).or(question.at);
        let noise = light.map_or_else(|| Ok(Vec::new()), |setting| self.noise(setting))?;
        if !(self.watch)("", 1, 1) {
            return Err(PhotonsError::Interrupted);
        }
        let photons = light.map(|setting| programmed.mean_photons(&programmed.uniform(setting)));
        let link = photons.map_or_else(Vec::new, |p| self.planes(p));
        let layers = programmed.network().layers().iter().enumerate();
        Ok(PhotonReport {
            schema: "lightfall/photons/1".into(),
            model: model.source.name.clone(),
            title: model.title.clone(),
            seed: self.seed,
            version: env!("CARGO_PKG_VERSION").into(),
            engine: engine.name().into(),
            plane: Plane::Detected.name().into(),
            arms: engine.arms().name().into(),
            setting: programmed.setting().name().into(),
            seeds: question.seeds,
            devices: programmed.devices(),
            samples: loaded.test.len(),
            noiseless: ceiling,
            curve: points,
            required: reached,
            layers: layers
                .map(|(l, layer)| LayerReport {
                    name: layer.dense.name.clone(),
                    outputs: layer.dense.outputs,
                    inputs: layer.dense.inputs,
                    vectors: programmed.network().vectors(l),
                    optical: programmed.is_optical(l),
                })
                .collect(),
            at: question.at,
            sensitivities,
            allocation,
            noise,
            bits,
            alternatives,
            adaptive,
            energy: self.energy(&link)?,
            link,
        })
    }

    /// Whether to go on with `name`.
    fn next(&self, name: &str, done: usize, of: usize) -> Result<(), PhotonsError> {
        if (self.watch)(name, done, of) { Ok(()) } else { Err(PhotonsError::Interrupted) }
    }

    /// Accuracy at every setting, on the device called `name`.
    fn curve(&mut self, name: &str, programmed: &Programmed) -> Result<Vec<CurvePoint>, PhotonsError> {
        let question = &self.model.question;
        let settings = question.settings(programmed.setting());
        let title = if name.is_empty() { "accuracy".to_owned() } else { format!("accuracy, {name}") };
        let mut points = Vec::new();
        for (k, setting) in settings.iter().enumerate() {
            self.next(&title, k, settings.len())?;
            let (test, watch) = (&self.loaded.test, self.watch);
            points.push(self.journal.figure(&format!("curve {name} {setting}"), || -> Result<_, PhotonsError> {
                let go_on = || watch(&title, k, settings.len());
                curve(programmed, test, *setting, question.seeds, &go_on)?.ok_or(PhotonsError::Interrupted)
            })?);
        }
        Ok(points)
    }

    /// Photons for `target`, `None` where it is not reached though the network could.
    fn reach(
        &mut self,
        name: &str,
        programmed: &Programmed,
        target: f64,
        near: &[CurvePoint],
    ) -> Result<Option<Required>, PhotonsError> {
        // From the first point of the curve that reaches it.
        let start = near.iter().find(|p| p.accuracy.mean >= target).or(near.last()).map_or(1.0, |p| p.setting);
        let (test, seeds, watch, model) = (&self.loaded.test, self.model.question.seeds, self.watch, self.model);
        let title = format!("photons for {target}{}{name}", if name.is_empty() { "" } else { ", " });
        self.journal.figure(&format!("required {name} {target}"), || {
            match required(programmed, test, target, seeds, start, &|| watch(&title, 0, 1)) {
                Ok(found) => Ok(Some(found)),
                Err(RequiredError::Unreached { .. }) if !name.is_empty() => Ok(None),
                Err(RequiredError::Interrupted) => Err(PhotonsError::Interrupted),
                Err(RequiredError::Engine(e)) => Err(e.into()),
                Err(e) => Err(model.error(&["photons", "targets"], e.to_string()).into()),
            }
        })
    }

    fn required(&mut self, near: &[CurvePoint]) -> Result<Vec<Required>, PhotonsError> {
        let mut all = Vec::new();
        for target in &self.model.question.targets {
            all.extend(self.reach("", &self.loaded.programmed, *target, near)?);
        }
        Ok(all)
    }

    fn sensitivities(&mut self) -> Result<Vec<Sensitivity>, PhotonsError> {
        let Some(at) = self.model.question.at else { return Ok(Vec::new()) };
        let (Loaded { programmed, test, .. }, seeds) = (self.loaded, self.model.question.seeds);
        let watch = self.watch;
        self.journal.figure("layers", || -> Result<_, PhotonsError> {
            let go_on = || watch("layers", 0, 1);
            let found = sensitivities(programmed, test, &programmed.uniform(at), seeds, &go_on)?;
            found.ok_or(PhotonsError::Interrupted)
        })
    }

    fn allocation(&mut self) -> Result<Option<Allocation>, PhotonsError> {
        let Some(at) = self.model.question.at else { return Ok(None) };
        let (Loaded { programmed, test, training, .. }, question) = (self.loaded, &self.model.question);
        let seeds = [question.search_seeds, question.seeds];
        let watch = self.watch;
        let found = self.journal.figure("split", || -> Result<_, PhotonsError> {
            let found = allocate(programmed, training, test, at, seeds, &|| watch("split of the light", 0, 1))?;
            found.ok_or(PhotonsError::Interrupted)
        });
        found.map(Some)
    }

    /// The network on another device, with the threads of this run.
    fn on(&self, table: &[&str], device: &OpticalDevice) -> Result<Programmed, PhotonsError> {
        let (model, loaded, threads) = (self.model, self.loaded, self.threads);
        let network = loaded.programmed.network();
        let programmed = model.program(device, network, &loaded.optical, &loaded.training, self.seed);
        let mut programmed = programmed.map_err(|e| model.program_error(table, device, &e))?;
        let few = programmed.set_threads(threads);
        few.map_err(|e| PhotonsError::Threads { threads, reason: e.to_string() })?;
        Ok(programmed)
    }

    /// Photons for every target with converters of other bits.
    fn with_bits(&mut self, near: &[CurvePoint]) -> Result<Vec<WithBits>, PhotonsError> {
        let question = &self.model.question;
        if question.bits.is_empty() {
            return Ok(Vec::new());
        }
        let mut choices: Vec<Option<u32>> = question.bits.iter().copied().map(Some).collect();
        choices.sort_unstable();
        choices.dedup();
        choices.push(None);
        let mut all = Vec::new();
        for bits in choices {
            let Some(device) = self.model.device.with_bits(bits) else {
                let message = "bits: this device has no converters".to_owned();
                return Err(self.model.error(&["photons", "bits"], message).into());
            };
            let programmed = self.on(&["device"], &device)?;
            let name = bits.map_or_else(|| "no converter".to_owned(), |b| format!("{b} bits"));
            let mut required = Vec::new();
            for target in &question.targets {
                required.push(self.reach(&name, &programmed, *target, near)?);
            }
            all.push(WithBits { bits, required, on_front: false, enough: false });
        }
        mark_front(&mut all);
        Ok(all)
    }

    fn alternatives(&mut self) -> Result<Vec<Choice>, PhotonsError> {
        let mut all = Vec::new();
        for alternative in &self.model.alternatives {
            let (name, device) = (alternative.name.as_str(), &alternative.device);
            let programmed = self.on(&["alternatives", name], device)?;
            // No name of a device is that of a number of bits.
            let label = format!("device {name}");
            let curve = self.curve(&label, &programmed)?;
            let mut required = Vec::new();
            for target in &self.model.question.targets {
                required.push(self.reach(&label, &programmed, *target, &curve)?);
            }
            let engine = device.engine();
            let (engine, arms) = (engine.name().into(), engine.arms().name().into());
            let setting = programmed.setting().name().into();
            all.push(Choice { name: name.into(), engine, arms, setting, curve, required });
        }
        Ok(all)
    }

    /// Uncertain inputs measured again, for the first target.
    fn adaptive(&mut self) -> Result<Option<Adaptive>, PhotonsError> {
        let (question, model, watch) = (&self.model.question, self.model, self.watch);
        let Some(target) = question.targets.first().copied().filter(|_| question.adaptive) else { return Ok(None) };
        let (Loaded { programmed, test, training, .. }, seeds) = (self.loaded, [question.search_seeds, question.seeds]);
        let found = self.journal.figure("adaptive", || {
            let go_on = || watch("uncertain inputs again", 0, 1);
            adaptive(programmed, training, test, target, seeds, &go_on).map_err(|e| match e {
                RequiredError::Interrupted => PhotonsError::Interrupted,
                RequiredError::Engine(e) => e.into(),
                e => model.error(&["photons", "adaptive"], format!("on the training split: {e}")).into(),
            })
        });
        found.map(Some)
    }

    /// Sources of the noise of every optical layer at `setting`.
    fn noise(&mut self, setting: f64) -> Result<Vec<LayerNoise>, PhotonsError> {
        let Some(detector) = self.model.device.detector() else { return Ok(Vec::new()) };
        let mut without = Vec::new();
        for (name, there, other) in [
            ("read noise", detector.read_noise > 0.0, Detector { read_noise: 0.0, ..detector }),
            ("dark counts", detector.dark_counts > 0.0, Detector { dark_counts: 0.0, ..detector }),
            ("intensity noise", detector.intensity_noise > 0.0, Detector { intensity_noise: 0.0, ..detector }),
        ] {
            if there {
                without.push((name, self.on(&["device"], &self.model.device.with_detector(other))?));
            }
        }
        let Loaded { programmed, test, .. } = self.loaded;
        Ok(noise_shares(programmed, &without, test, &programmed.uniform(setting))?)
    }

    /// Light at every plane for `photons` detected ones per MAC. The light of an arm that is not counted is not known.
    fn planes(&self, photons: f64) -> Vec<PlaneLight> {
        if self.model.device.engine().arms() != Arms::Both {
            return Vec::new();
        }
        let (mut link, count) = (self.model.link.clone(), PhotonCount::detected_per_mac(photons));
        let programmed = &self.loaded.programmed;
        link.mask_transmission = link.mask_transmission.or_else(|| mask_transmission(programmed));
        let work = programmed.work();
        let joules = link.photon_energy();
        let row = |stage: String, transmission: f64, plane: &str, count: PhotonCount| {
            let of = |per: Per| count.per(per, work).value;
            let [photons_per_mac, photons_per_output, photons_per_inference] =
                [Per::Mac, Per::Output, Per::Inference].map(of);
            PlaneLight {
                stage,
                transmission,
                plane: plane.into(),
                photons_per_mac,
                photons_per_output,
                photons_per_inference,
                joules_per_mac: photons_per_mac * joules,
                joules_per_inference: photons_per_inference * joules,
            }
        };
        let stages = link.along(count);
        // Between two losses of the path light is at no plane of its own.
        let plane = |k: usize, own: Plane| match stages.get(k + 1) {
            Some((next, _)) if next.plane == own => "on the path",
            _ => own.name(),
        };
        let others = stages
            .iter()
            .enumerate()
            .map(|(k, (stage, count))| row(stage.name.clone(), stage.transmission, plane(k, stage.plane), *count));
        std::iter::once(row(String::new(), 1.0, Plane::Detected.name(), count)).chain(others).collect()
    }

    /// Energy by component, with the light of `link`.
    fn energy(&self, link: &[PlaneLight]) -> Result<Vec<EnergyPart>, PhotonsError> {
        let table = &self.model.energy;
        let components = table.resolve();
        let components = components.map_err(|(key, message)| self.model.error(&["energy", key], message))?;
        if components.is_empty() {
            return Ok(Vec::new());
        }
        let programmed = &self.loaded.programmed;
        let light = link.last().map(|p| p.joules_per_inference);
        Ok(Uses::of(programmed.network(), |l| programmed.is_optical(l)).cost(&components, table.batch, light))
    }
}

/// The transmission of all masks together: detected light over that into the masks, at the same setting in all layers.
fn mask_transmission(programmed: &Programmed) -> Option<f64> {
    let (macs, transmissions) = (programmed.network().macs(), programmed.transmissions());
    let mut layers = (0..macs.len()).filter(|l| programmed.is_optical(*l)).map(|l| {
        let detected = programmed.layer_photons(l, 1.0) * macs[l] as f64;
        transmissions[l].map(|t| [detected, detected / t])
    });
    let [detected, into] = layers.try_fold([0.0; 2], |sum, layer| layer.map(|of| [sum[0] + of[0], sum[1] + of[1]]))?;
    Some(detected / into)
}

/// Marks the front of few bits and few photons for the first target.
fn mark_front(all: &mut [WithBits]) {
    let first: Vec<Option<Required>> = all.iter().map(|w| w.required.first().copied().flatten()).collect();
    let photons = |k: usize| first[k].map(|r| r.photons_per_mac);
    let unconverted = first.last().copied().flatten();
    for k in 0..all.len() {
        let Some(own) = photons(k) else { continue };
        all[k].on_front = (0..k).filter_map(photons).all(|fewer| fewer > own);
        let most = unconverted.and_then(|r| r.high).unwrap_or(f64::INFINITY);
        all[k].enough = first[k].and_then(|r| r.low).unwrap_or(own) <= most;
    }
}
