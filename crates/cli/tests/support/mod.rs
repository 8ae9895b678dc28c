//! Runs the program in a temporary folder: model files, what it said, the files of its records.

#![allow(dead_code, reason = "every test file uses a part of it")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Four spins, five levels, T = 5, drawn couplings and jump operators.
pub(crate) const GLASS: &str = r#"title = "Glass"

[device.open-ising]
wz = 1.0
g = { linear = { to = 2.0, end = 5.0 } }
jumps = { drawn = { gamma = 0.1 } }

[couplings.sk]
n = 4

[run]
end = 5.0
save_at = [0.0, 1.0, 2.5, 5.0]
dt = 0.1
trajectories = 8
seed = 3
levels = ["counting", "homodyne", "heterodyne", "product", "mean-field"]
observables = ["energy", "sign_energy", "sx", "sxsx", "entropy", "jumps"]
store = ["energy", "sx"]
"#;

/// The levels of `GLASS`.
pub(crate) const LEVELS: [&str; 5] = ["counting", "homodyne", "heterodyne", "product", "mean-field"];

/// `GLASS` with couplings and jump operators from `J.csv` and `c.csv`.
pub(crate) fn glass_of_files() -> String {
    edited(
        GLASS,
        &[
            ("[couplings.sk]\nn = 4", "[couplings.file]\npath = \"J.csv\""),
            ("{ drawn = { gamma = 0.1 } }", "{ matrix = { c = \"c.csv\", gamma = 0.1 } }"),
        ],
    )
}

/// Couplings of four spins, one row per line.
pub(crate) const J: &str = "0, 1, 0.5, 0\n1, 0, -0.5, 0.25\n0.5, -0.5, 0, 1\n0, 0.25, 1, 0\n";

/// One jump operator per spin.
pub(crate) const IDENTITY: &str = "1, 0, 0, 0\n0, 1, 0, 0\n0, 0, 1, 0\n0, 0, 0, 1\n";

/// `text` with each (old, new) replaced; every old text must occur.
pub(crate) fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "`{old}` is not in the model:\n{text}");
        text.replacen(old, new, 1)
    })
}

/// `model.toml:LINE:COLUMN`, both from 1, of the place that `|` marks in `mark`, such as `n = |4`.
pub(crate) fn place(text: &str, mark: &str) -> String {
    let (before, after) = mark.split_once('|').expect("a mark");
    let start = text.find(&format!("{before}{after}")).unwrap_or_else(|| panic!("{mark} is not in\n{text}"));
    let at = start + before.len();
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = text[..at].matches('\n').count() + 1;
    format!("model.toml:{line}:{}: ", text[line_start..at].chars().count() + 1)
}

/// Runs `GLASS` with (old, new) replaced; expects a refusal at the place that `mark` marks in the edited text.
#[track_caller]
pub(crate) fn refuses(edit: (&str, &str), mark: &str, said: &[&str]) {
    let text = edited(GLASS, &[edit]);
    let folder = Folder::with(&text);
    let at = place(&text, mark);
    let ran = folder.compare(&[]).refused(said);
    assert!(ran.stderr.starts_with(&format!("error: {at}")), "should start with {at}\n{}", ran.stderr);
    // The line itself is shown under the message.
    let line = text.lines().find(|l| l.contains(mark.replace('|', "").trim())).unwrap();
    assert!(ran.stderr.lines().skip(1).any(|l| l.contains(line.trim())), "should show `{line}`\n{}", ran.stderr);
    folder.assert_nothing_written();
    // `check` finds the same.
    folder.lightfall(&["check", "model.toml"]).refused(said);
}

/// A temporary folder the program runs in.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with `model.toml`.
    pub(crate) fn with(model: &str) -> Self {
        let folder = Self::new();
        folder.write("model.toml", model);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The program in the folder, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightfall"));
        command.args(arguments).current_dir(self.0.path()).env_remove("LIGHTFALL_ISA");
        command
    }

    /// Runs `lightfall` with `arguments` in the folder, to its end.
    pub(crate) fn lightfall(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        Ran::new(arguments, output)
    }

    /// `lightfall compare model.toml --out out` with `more`.
    pub(crate) fn compare(&self, more: &[&str]) -> Ran {
        self.lightfall(&[&["compare", "model.toml", "--out", "out"], more].concat())
    }

    /// The JSON of a comparison into `out`.
    pub(crate) fn json(&self, out: &str, more: &[&str]) -> Value {
        let arguments = [&["compare", "model.toml", "--out", out, "--format", "json", "--quiet"], more].concat();
        self.lightfall(&arguments).done().json()
    }

    /// Starts `lightfall` and returns at once; its output is collected.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Asserts that `out` holds no file at all.
    pub(crate) fn assert_nothing_written(&self) {
        let files = files(&self.path("out"));
        assert!(files.is_empty(), "left behind: {:?}", files.keys());
        assert!(!self.path("out").exists(), "left behind: an empty folder");
    }
}

/// A finished run of the program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) arguments: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(arguments: &[&str], output: Output) -> Self {
        Self {
            arguments: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts exit code 0.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "lightfall {}\n{}", self.arguments, self.stderr);
        self
    }

    /// Asserts exit code 2, nothing on stdout, and on stderr one error that contains every text of `said`, no panic.
    #[track_caller]
    pub(crate) fn refused(self, said: &[&str]) -> Self {
        let Self { arguments, code, stdout, stderr } = &self;
        assert_eq!(*code, Some(2), "lightfall {arguments}\nstdout: {stdout}\nstderr: {stderr}");
        assert_eq!(stdout, "", "lightfall {arguments}");
        let errors = stderr.lines().filter(|l| l.starts_with("error")).count();
        assert_eq!(errors, 1, "lightfall {arguments}\n{stderr}");
        for trace in ["panicked", "backtrace", "unwrap", "Some(", "Err("] {
            assert!(!stderr.contains(trace), "lightfall {arguments}\n{stderr}");
        }
        for text in said {
            assert!(stderr.contains(text), "lightfall {arguments}\nshould say `{text}`, said\n{stderr}");
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

/// `value` without what depends on the clock.
pub(crate) fn without_timings(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("cpu_seconds");
                map.remove("wall_seconds");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

/// All files below `root` with their contents, by path relative to it.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, here: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(here).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// The files of a record without what depends on the clock: `checkpoint/seconds` and the attributes of the groups.
pub(crate) fn record_files(record: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(record);
    all.retain(|name, _| {
        let group = name.ends_with("zarr.json") && name.matches('/').count() < 2;
        !group && !name.contains("checkpoint/seconds/c/")
    });
    all
}

/// Asserts that two sets of files are the same, byte for byte, naming those that are not.
#[track_caller]
pub(crate) fn assert_same_files(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert!(!a.is_empty());
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let different: Vec<&String> = names.into_iter().filter(|name| a.get(*name) != b.get(*name)).collect();
    assert!(different.is_empty(), "of {} and {} files these differ: {different:?}", a.len(), b.len());
}

/// The level named `name` of a comparison in JSON.
pub(crate) fn level<'a>(comparison: &'a Value, name: &str) -> &'a Value {
    let levels = comparison["levels"].as_array().unwrap();
    levels.iter().find(|l| l["name"] == name).unwrap_or_else(|| panic!("no level {name}"))
}
