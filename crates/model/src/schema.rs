//! The JSON Schema of a model file.

use crate::annealing::{AnnealingRun, Cim};
use crate::photons::{DataTable, EnergyTable, NetworkTable, Question};
use crate::{Registry, Run};
use lightfall_cavity::multimode::Cavity;
use lightfall_cavity::open_ising::OpenIsing;
use lightfall_optics::budget::Training;
use lightfall_optics::photons::Link;
use lightfall_optics::{FanOut, Homodyne, Intensity, Interferometers, Microrings, SinglePhoton};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The schema of a model with the topologies of `registry`.
pub fn schema(registry: &Registry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let device = generator.subschema_for::<OpenIsing>();
    let cavity = generator.subschema_for::<Cavity>();
    let run = generator.subschema_for::<Run>();
    let topologies: Map<String, Value> =
        registry.topologies().map(|(name, e)| (name.to_owned(), (e.schema)(&mut generator).to_value())).collect();
    let one_of = |properties: Value| json!({"type": "object", "properties": properties, "minProperties": 1, "maxProperties": 1, "additionalProperties": false});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lightfall model",
        "type": "object",
        "additionalProperties": false,
        "required": ["device", "couplings", "run"],
        "properties": {
            "title": {"type": "string", "description": "Title of figures."},
            "about": {"type": "string", "description": "What the model reproduces and where its numbers come from."},
            "device": one_of(json!({"open-ising": device.to_value(), "cavity": cavity.to_value()})),
            "couplings": one_of(Value::Object(topologies)),
            "run": run.to_value(),
        },
        "$defs": generator.take_definitions(true),
    })
}

/// The schema of the model of a coherent Ising machine, with the topologies of `registry`.
pub fn annealing_schema(registry: &Registry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let device = generator.subschema_for::<Cim>();
    let run = generator.subschema_for::<AnnealingRun>();
    let topologies: Map<String, Value> =
        registry.topologies().map(|(name, e)| (name.to_owned(), (e.schema)(&mut generator).to_value())).collect();
    let one_of = |properties: Value| json!({"type": "object", "properties": properties, "minProperties": 1, "maxProperties": 1, "additionalProperties": false});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lightfall model of a coherent Ising machine",
        "type": "object",
        "additionalProperties": false,
        "required": ["device", "couplings"],
        "properties": {
            "title": {"type": "string", "description": "Title of figures."},
            "about": {"type": "string", "description": "What the model reproduces and where its numbers come from."},
            "device": one_of(json!({"cim": device.to_value()})),
            "couplings": one_of(Value::Object(topologies)),
            "run": run.to_value(),
        },
        "$defs": generator.take_definitions(true),
    })
}

/// The schema of the model of a photon budget.
pub fn photon_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let device = json!({
        "type": "object",
        "properties": {
            "intensity": generator.subschema_for::<Intensity>(),
            "homodyne": generator.subschema_for::<Homodyne>(),
            "mzi-mesh": generator.subschema_for::<Interferometers>(),
            "microring": generator.subschema_for::<Microrings>(),
            "single-photon": generator.subschema_for::<SinglePhoton>(),
            "fan-out": generator.subschema_for::<FanOut>(),
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
    });
    let link = generator.subschema_for::<Link>().to_value();
    let network = generator.subschema_for::<NetworkTable>().to_value();
    let data = generator.subschema_for::<DataTable>().to_value();
    let question = generator.subschema_for::<Question>().to_value();
    let training = generator.subschema_for::<Training>().to_value();
    let energy = generator.subschema_for::<EnergyTable>().to_value();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lightfall photon model",
        "type": "object",
        "additionalProperties": false,
        "required": ["device", "network", "data", "photons"],
        "properties": {
            "title": {"type": "string", "description": "Title of figures."},
            "about": {"type": "string", "description": "What the model reproduces and where its numbers come from."},
            "device": device.clone(),
            "alternatives": {"type": "object", "additionalProperties": device},
            "link": link,
            "network": network,
            "data": data,
            "photons": question,
            "energy": energy,
            "training": training,
        },
        "$defs": generator.take_definitions(true),
    })
}
