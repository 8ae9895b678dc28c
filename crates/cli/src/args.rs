//! Arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Simulate quantum and optical hardware that computes by falling down energy landscapes.
#[derive(Debug, Parser)]
#[command(name = "lightfall", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare levels of description of one device: energy descent with errors, differences, a figure.
    Compare(CompareArgs),
    /// Find low-energy spins of an instance: a Gset graph, a matrix, a QUBO, or the couplings of a model file.
    Solve(SolveArgs),
    /// What accuracy costs in photons: a trained network on an optical device.
    Photons(PhotonsArgs),
    /// Train the network of a photon model further, with the noise of its device.
    Train(TrainArgs),
    /// Draw the figures of a record again.
    Plot(PlotArgs),
    /// Write what one trajectory measured as CSV: currents, or clicks.
    Record(RecordArgs),
    /// Write a model file with every default spelled out.
    New(NewArgs),
    /// Check a model file and say what a run of it takes.
    Check(CheckArgs),
    /// Print the JSON Schema of model files.
    Schema(SchemaArgs),
    /// List the coupling topologies a model file can name, or show some: keys, a picture of J, its spectrum.
    Topologies(TopologiesArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
}

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    #[default]
    Text,
    /// JSON on stdout.
    Json,
    /// CSV on stdout: level, observable, time, mean, stderr, n.
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Folder for record.zarr and the figures; `out/NAME` by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Trajectories per level and instance instead of the model's.
    #[arg(long)]
    pub(crate) trajectories: Option<u64>,
    /// Worker threads; 0 means one per processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Levels, separated by commas, instead of the model's.
    #[arg(long, value_delimiter = ',')]
    pub(crate) levels: Option<Vec<String>>,
    /// Level the others are compared with.
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// How levels are matched: `auto` by instance where there are several; `noise` forces the general path so that
    /// heterodyne and product trajectories share their noise.
    #[arg(long, default_value = "auto")]
    pub(crate) pair: String,
    /// Stop a level once OBSERVABLE has this standard error at the last time, such as `energy=0.01`.
    #[arg(long, value_name = "OBSERVABLE=STDERR")]
    pub(crate) target: Option<String>,
    /// Stop a level after this many seconds over all its instances (or 30s, 5m, 2h).
    #[arg(long)]
    pub(crate) time_limit: Option<String>,
    /// Override a key of the model, such as `device.open-ising.wz=2.0`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Compare at every value of a key, such as `device.cavity.kappa=0.1:5:6:log` (KEY=FROM:TO:N, KEY=FROM:TO:N:log, KEY=A,B,C); repeated for a grid.
    #[arg(long, value_name = "KEY=VALUES")]
    pub(crate) sweep: Vec<String>,
    /// Continue an unfinished run.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Replace the record of another run.
    #[arg(long)]
    pub(crate) force: bool,
    /// Output format on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Instance: rudy/Gset, Matrix Market, npy, npz, CSV, dimod COO, .qubo, or a TOML file with a table [couplings.NAME].
    #[arg(required_unless_present = "list")]
    pub(crate) file: Option<PathBuf>,
    /// List the machines and their settings.
    #[arg(long)]
    pub(crate) list: bool,
    /// Machine, or several separated by commas, which take turns; `portfolio` is a choice that suits most instances.
    #[arg(short, long, value_delimiter = ',', default_value = "portfolio")]
    pub(crate) machine: Vec<String>,
    /// Wall-clock time, in seconds or as 30s, 5m, 2h; 10s unless --runs or --target is given.
    #[arg(short, long)]
    pub(crate) time_limit: Option<String>,
    /// Number of runs; with it and no time limit the result is the same on every machine.
    #[arg(long)]
    pub(crate) runs: Option<u64>,
    /// Number of the first run: run k draws the same numbers whether or not others go before it.
    #[arg(long, default_value_t = 0)]
    pub(crate) first_run: u64,
    /// Steps of each run, instead of more and more as the search goes on.
    #[arg(long)]
    pub(crate) steps: Option<u64>,
    /// Stop at this cut (or energy, or objective) or a better one; success is counted against it.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) target: Option<f64>,
    /// Count replicas that reach this cut (or energy, or objective) as successes, without stopping at it.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) success: Option<f64>,
    /// Seed of the runs, and of couplings that are drawn.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Worker threads; 0 means one per processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Setting of a machine, such as `sa.cold=0.1`; may be repeated. For a TOML file also a key of its couplings.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Settings that an earlier --tune wrote.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// First search for better settings of the machine for this long, and write them.
    #[arg(long, value_name = "TIME")]
    pub(crate) tune: Option<String>,
    /// Format of the file, instead of a guess.
    #[arg(long, value_enum)]
    pub(crate) input: Option<InputFormat>,
    /// What the numbers of a matrix or graph mean: couplings J, weights of a cut, or a QUBO to be made small.
    #[arg(long, value_enum)]
    pub(crate) reading: Option<InputReading>,
    /// Keep the energy at so many points along each run: in solve.json and the figure.
    #[arg(long, value_name = "POINTS", default_value_t = 0)]
    pub(crate) history: u64,
    /// Check this file of spins instead of searching.
    #[arg(long, value_name = "SPINS")]
    pub(crate) verify: Option<PathBuf>,
    /// Write the instance to this file instead of searching: .qubo, .coo (dimod), .mtx or .txt (rudy), by its ending.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Folder for spins.txt, solve.json and the figures; `out/NAME` by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Output format on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Format of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// NumPy array.
    Npy,
    /// Archive of NumPy arrays: J and h, or a sparse matrix of SciPy.
    Npz,
    /// Matrix Market.
    MatrixMarket,
    /// Rows of numbers.
    Csv,
    /// `n m`, then `i j w` from 1 (Gset).
    Rudy,
    /// dimod's coordinate list.
    DimodCoo,
    /// qbsolv's file.
    Qubo,
}

/// Meaning of a matrix or graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputReading {
    /// Couplings J of E = -1/2 s.J.s.
    Ising,
    /// Weights of a cut to be made large.
    MaxCut,
    /// Q of x.Q.x to be made small, x = 0 or 1.
    Qubo,
}

#[derive(Debug, Args)]
pub(crate) struct PhotonsArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Folder for photons.json and the figures; `out/NAME` by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Worker threads; 0 means one per processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Override a key of the model, such as `photons.targets=[0.9]`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Take over the figures of a run that was cut off.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Output format on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Model file; its table [training] says how.
    pub(crate) model: PathBuf,
    /// npz file for the trained weights.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Override a key of the model, such as `training.epochs=20`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Replace a file that exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// Folder of a run, or its record.zarr.
    pub(crate) result: PathBuf,
    /// Folder for the figures; the folder of the record by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// Folder of a run, or its record.zarr.
    pub(crate) result: PathBuf,
    /// Level whose record is written, such as `homodyne`.
    #[arg(long)]
    pub(crate) level: String,
    /// Trajectory.
    #[arg(long, default_value_t = 0)]
    pub(crate) trajectory: u64,
    /// Instance of the device.
    #[arg(long, default_value_t = 0)]
    pub(crate) instance: u64,
    /// The clicks of a level that also has currents.
    #[arg(long)]
    pub(crate) clicks: bool,
    /// File to write; standard output by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Kind of device, such as `open-ising`.
    pub(crate) kind: String,
    /// File to write; standard output by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Override a key of the model; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TopologiesArgs {
    /// Topologies to show, or model files whose couplings to show; a list of all if none.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Folder for figures of J and its spectrum, NAME.svg and NAME.png; of all topologies if none is named.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed of drawn couplings.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Output format: text or json.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Kind of model: of `compare`, of `photons`, or of a coherent Ising machine.
    #[arg(value_enum, default_value_t)]
    pub(crate) kind: SchemaKind,
}

/// Kind of model file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// Levels of a device.
    #[default]
    Compare,
    /// A photon budget.
    Photons,
    /// A coherent Ising machine.
    Cim,
}
