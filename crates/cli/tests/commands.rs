//! Every command does what its help says.

mod support;

use lightfall_model::photons::{NamedArray, write_npz};
use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{Folder, GLASS, Ran, edited};

// new, check, schema, topologies, completions.

#[test]
fn a_new_model_passes_check_and_is_not_overwritten() {
    let folder = Folder::new();
    folder.lightfall(&["new", "open-ising", "--out", "fresh.toml"]).done();
    let text = std::fs::read_to_string(folder.path("fresh.toml")).unwrap();
    assert_eq!(folder.lightfall(&["new", "open-ising"]).done().stdout, text);
    let ran = folder.lightfall(&["check", "fresh.toml"]).done();
    // N = 8, N jump operators, 256 trajectories, 21 times: as the file says.
    for said in ["fresh.toml: ok", "N = 8, 8 jump operators", "256 trajectories, 21 save times to t = 20", "split"] {
        assert!(ran.stdout.contains(said), "{said}\n{}", ran.stdout);
    }
    for name in ["master", "counting", "homodyne", "heterodyne", "product", "mean-field"] {
        assert!(ran.stdout.lines().any(|l| l.trim_start().starts_with(name) && l.contains("MiB")), "{}", ran.stdout);
    }
    let ran = folder.lightfall(&["new", "cim", "--out", "cim.toml"]).done();
    assert_eq!(ran.stdout, "");
    let ran = folder.lightfall(&["check", "cim.toml"]).done();
    assert!(ran.stdout.contains("cim.toml: ok\nN = 500") && ran.stdout.contains("8 instances"), "{}", ran.stdout);
    folder.write("fresh.toml", "mine");
    folder.lightfall(&["new", "open-ising", "--out", "fresh.toml"]).refused(&["fresh.toml exists", "--force"]);
    assert_eq!(std::fs::read_to_string(folder.path("fresh.toml")).unwrap(), "mine");
    folder.lightfall(&["new", "open-ising", "--out", "fresh.toml", "--force"]).done();
    assert_eq!(std::fs::read_to_string(folder.path("fresh.toml")).unwrap(), text);
}

fn models(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            models(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_model_of_the_repository_passes_check() {
    let mut all = Vec::new();
    models(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"), &mut all);
    assert!(all.len() >= 5, "{all:?}");
    let folder = Folder::new();
    // Those that need MNIST are checked with files of its kind, below.
    for model in all.iter().filter(|m| !m.parent().is_some_and(|p| p.ends_with("mnist"))) {
        let ran = folder.lightfall(&["check", model.to_str().unwrap()]).done();
        assert!(ran.stdout.contains(": ok\n"), "{}", ran.stdout);
        assert_eq!(ran.stderr, "");
    }
}

/// An IDX file of bytes.
fn idx(shape: &[u32], byte: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut all = vec![0, 0, 8, shape.len() as u8];
    all.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    all.extend((0..shape.iter().product::<u32>() as usize).map(byte));
    all
}

#[test]
fn models_that_need_mnist_run_with_files_of_its_kind() {
    let folder = Folder::new();
    for (split, n) in [("train", 12), ("t10k", 10)] {
        let images = idx(&[n, 28, 28], |k| (k * 37 % 251) as u8);
        std::fs::write(folder.path(&format!("{split}-images-idx3-ubyte.gz")), images).unwrap();
        std::fs::write(folder.path(&format!("{split}-labels-idx1-ubyte.gz")), idx(&[n], |k| (k % 10) as u8)).unwrap();
    }
    let array = |name: &str, shape: &[usize]| NamedArray {
        name: name.into(),
        shape: shape.to_vec(),
        values: (0..shape.iter().product::<usize>()).map(|k| 0.05 * (1.7 * k as f64).sin()).collect(),
    };
    for (name, hidden) in
        [("wang", 100), ("hamerly-small", 100), ("hamerly-large", 1000), ("bernstein", 100), ("ma", 400)]
    {
        let text = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/optics/mnist/{name}.toml")),
        );
        folder.write(&format!("{name}.toml"), &text.unwrap());
        let mut all = vec![array("w1", &[hidden, 784])];
        if name == "ma" {
            all.push(array("w2", &[10, hidden]));
        } else {
            all.extend([array("w2", &[hidden, hidden]), array("w3", &[10, hidden])]);
            all.extend([array("b1", &[hidden]), array("b2", &[hidden]), array("b3", &[10])]);
        }
        write_npz(&folder.path(&format!("{name}.npz")), &all).unwrap();
        let ran = folder.lightfall(&["check", &format!("{name}.toml")]).done();
        assert!(ran.stdout.contains(": ok\n") && ran.stdout.contains("10 test samples"), "{}", ran.stdout);
    }
}

/// Keys of a model as `new` writes it: what stands before ` =`, and the parts of table headers.
fn keys(toml: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for line in toml.lines() {
        let line = line.split('#').next().unwrap().trim();
        if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            keys.extend(header.split('.').map(str::to_owned));
            continue;
        }
        // `g = { linear = { from = 0.0, to = 2.0 } }` holds four keys; strings of the template hold no ` =`.
        let mut parts: Vec<&str> = line.split(" =").collect();
        parts.pop();
        let last_word = |part: &str| part.rsplit([' ', '{', ',']).next().unwrap().to_owned();
        keys.extend(parts.into_iter().map(last_word));
    }
    keys
}

/// Names under every `properties` of a schema.
fn properties(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                found.extend(properties.keys().cloned());
            }
            map.values().for_each(|v| properties(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| properties(v, found)),
        _ => {}
    }
}

#[test]
fn the_schema_has_every_key_of_the_template() {
    let folder = Folder::new();
    let schema = folder.lightfall(&["schema"]).done().json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut known = Vec::new();
    properties(&schema, &mut known);
    let template = folder.lightfall(&["new", "open-ising"]).done().stdout;
    let used = keys(&template);
    for key in ["open-ising", "wz", "linear", "start", "gamma", "scale", "block", "step_error_trajectories"] {
        assert!(used.iter().any(|k| k == key), "{key} is not in the template: {used:?}");
    }
    for key in &used {
        assert!(known.contains(key), "{key} is not in the schema");
    }
    // Names of levels, observables and paths are listed, too.
    let text = schema.to_string();
    for name in ["mean-field", "heterodyne", "half_entropy", "ground_probability", "split", "sk", "file", "formula"] {
        assert!(text.contains(&format!("\"{name}\"")), "{name} is not in the schema");
    }
}

#[test]
fn a_topology_is_shown_with_its_keys_an_example_that_runs_and_its_spectrum() {
    let folder = Folder::new();
    let all = folder.lightfall(&["topologies", "--format", "json"]).done().json();
    for entry in all.as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let text = folder.lightfall(&["topologies", name]).done().stdout;
        let example = entry["example"].as_str().unwrap();
        assert!(text.contains(example) && example.starts_with(&format!("[couplings.{name}]\n")), "{text}");
        assert!(!entry["keys"].as_array().unwrap().is_empty(), "{name}");
        for key in entry["keys"].as_array().unwrap() {
            assert!(text.contains(key["about"].as_str().unwrap()), "{name}: {key}\n{text}");
        }
        if name == "file" {
            assert!(text.contains("no picture"), "{text}");
            continue;
        }
        // The example is pasted into a model: its couplings are read from there with the n that was shown.
        folder.write("model.toml", &edited(GLASS, &[("[couplings.sk]\nn = 4\n", example)]));
        let n = entry["n"].as_u64().unwrap();
        let ran = folder.lightfall(&["topologies", "model.toml", "--format", "json"]).done();
        assert_eq!(ran.json()[0]["n"], n, "{name}");
        let drawn = text.lines().skip_while(|l| !l.starts_with("J: ")).skip(2).take(n as usize);
        assert!(
            drawn.filter(|l| l.contains(['░', '▒', '▓', '█', '·', '-', '=', '#'])).count() > n as usize / 2,
            "{text}"
        );
        let values: Vec<f64> = serde_json::from_value(entry["eigenvalues"].clone()).unwrap();
        assert_eq!(values.len() as u64, n);
        assert_eq!(serde_json::json!([values[0], values[n as usize - 1]]), entry["spectrum"]);
    }
}

/// A ring of 6: eigenvalues 2 cos(2 pi k/6), that is 2, 1, 1, -1, -1, -2.
#[test]
fn the_couplings_of_a_model_are_shown_and_drawn() {
    let folder = Folder::with(&edited(GLASS, &[("[couplings.sk]\nn = 4", "[couplings.lattice]\nsizes = [6]")]));
    let text = folder.lightfall(&["topologies", "model.toml"]).done().stdout;
    for said in ["couplings.lattice of model.toml", "n = 6, spectrum [-2.00000, 2.00000]", "\n    ██      ██\n"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let json = folder.lightfall(&["topologies", "model.toml", "--format", "json"]).done().json();
    let values: Vec<f64> = serde_json::from_value(json[0]["eigenvalues"].clone()).unwrap();
    for (value, expected) in values.iter().zip([-2.0, -1.0, -1.0, 1.0, 1.0, 2.0]) {
        assert!((value - expected).abs() < 1e-12, "{values:?}");
    }
    let ran = folder.lightfall(&["topologies", "model.toml", "king", "--out", "figures"]).done();
    for file in ["model.svg", "model.png", "king.svg", "king.png"] {
        assert!(ran.stdout.contains(file), "{}", ran.stdout);
        assert!(folder.path("figures").join(file).is_file());
    }
    let svg = std::fs::read_to_string(folder.path("figures/model.svg")).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let panels = document.descendants().filter(|n| n.attribute("class") == Some("panel")).count();
    let outlines = document.descendants().filter(|n| n.attribute("class") == Some("cell")).count();
    // J and its spectrum; all couplings are equal, so the cells have one colour.
    assert_eq!((panels, outlines), (2, 1));
}

#[test]
fn topologies_that_do_not_exist_are_refused() {
    let folder = Folder::with("[couplings.sk]\nn = 0");
    folder.lightfall(&["topologies", "latice"]).refused(&[
        "`latice`",
        "did you mean `lattice`?",
        "wishart",
        "model file",
    ]);
    folder.lightfall(&["topologies", "nowhere.toml"]).refused(&["nowhere.toml: cannot be read"]);
    folder.lightfall(&["topologies", "model.toml"]).refused(&["model.toml: ", "missing"]);
    folder.lightfall(&["topologies", "sk", "--format", "csv"]).refused(&["--format csv", "text or json"]);
}

#[test]
fn topologies_lists_the_built_in_ones() {
    let folder = Folder::new();
    let text = folder.lightfall(&["topologies"]).done().stdout;
    let json = folder.lightfall(&["topologies", "--format", "json"]).done().json();
    let listed: Vec<&str> = json.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    for name in ["sk", "dense", "sparse", "file", "formula"] {
        assert!(text.lines().any(|l| l.split_whitespace().next() == Some(name)), "{text}");
        assert!(listed.contains(&name), "{json}");
    }
    assert!(json.as_array().unwrap().iter().all(|t| !t["about"].as_str().unwrap().is_empty()));
}

#[test]
fn completions_name_the_commands_and_flags() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let text = folder.lightfall(&["completions", shell]).done().stdout;
        for word in ["compare", "topologies", "trajectories"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let folder = Folder::new();
    let version = folder.lightfall(&["--version"]).done();
    assert_eq!(version.stdout, format!("lightfall {}\n", env!("CARGO_PKG_VERSION")));
    let help = folder.lightfall(&["compare", "--help"]).done();
    assert!(help.stdout.contains("--resume") && help.stderr.is_empty());
}

// plot.

fn assert_figures(folder: &Folder, out: &str) {
    let svg = std::fs::read_to_string(folder.path(out).join("compare.svg")).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "svg");
    let text: String = document.descendants().filter_map(|n| n.text()).collect();
    for word in ["Glass", "Energy descent", "homodyne", "seed 3"] {
        assert!(text.contains(word), "{word}");
    }
    let png = std::fs::read(folder.path(out).join("compare.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    // IHDR: width and height; the file ends with IEND and its checksum.
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert!(side(16) > 400 && side(20) > 300, "{} x {}", side(16), side(20));
    assert_eq!(&png[png.len() - 8..png.len() - 4], b"IEND");
}

#[test]
fn plot_draws_the_figures_of_a_record_again() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    assert_figures(&folder, "out");
    let drawn = std::fs::read(folder.path("out/compare.svg")).unwrap();
    std::fs::remove_file(folder.path("out/compare.svg")).unwrap();
    std::fs::remove_file(folder.path("out/compare.png")).unwrap();
    let ran = folder.lightfall(&["plot", "out"]).done();
    assert!(ran.stdout.contains("out/compare.svg"));
    assert_figures(&folder, "out");
    assert!(std::fs::read(folder.path("out/compare.svg")).unwrap() == drawn);
    folder.lightfall(&["plot", "out/record.zarr", "--out", "elsewhere/deep"]).done();
    assert_figures(&folder, "elsewhere/deep");
}

// Pipes.

/// Runs `arguments` with a reader of stdout that has left already.
fn into_a_closed_pipe(folder: &Folder, arguments: &[&str]) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Ran::new(arguments, folder.command(arguments).stdout(writer).output().unwrap())
}

#[test]
fn a_closed_pipe_ends_the_program_in_silence() {
    let folder = Folder::with(GLASS);
    for arguments in [
        &["compare", "model.toml", "--quiet", "--format", "json", "--out", "out"][..],
        &["plot", "out"],
        &["check", "model.toml"],
        &["schema"],
        &["topologies"],
        &["new", "open-ising"],
        &["--help"],
    ] {
        let ran = into_a_closed_pipe(&folder, arguments).done();
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
    assert!(folder.path("out/compare.svg").is_file());
}

#[test]
fn a_closed_pipe_ends_completions_in_silence() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = into_a_closed_pipe(&Folder::new(), &["completions", shell]).done();
        assert_eq!(ran.stderr, "", "{shell}");
    }
}
