//! Parameters that no network has are refused with what was found and what would be right.

use lightfall_couplings::{
    Chimera, CirculantTopology, Confocal, ErdosRenyi, FourSevenths, Gaussian, King, Lattice, Levy, LowRankTopology,
    PlusMinus, PowerLaw, RandomRegular, SmallWorld, Tile, Topology, Wishart,
};
use serde::de::DeserializeOwned;

use crate::try_build;

#[track_caller]
fn refuses<T: Topology + DeserializeOwned>(text: &str, message: &str) {
    match try_build::<T>(text, 1) {
        Ok(_) => panic!("{text} is accepted"),
        Err(error) => assert_eq!(error.to_string(), message, "{text}"),
    }
}

const NONE: &str = "the network has 0 elements, expected at least 1";

#[test]
fn no_elements() {
    refuses::<PlusMinus>("n = 0", NONE);
    refuses::<Gaussian>("n = 0", NONE);
    refuses::<Levy>("n = 0\nalpha = 1", NONE);
    refuses::<Wishart>("n = 0\nalpha = 1", NONE);
    refuses::<Wishart>("n = 1\nalpha = 1", "n = 1, expected at least 2 elements");
    refuses::<RandomRegular>("n = 0\ndegree = 0", NONE);
    refuses::<ErdosRenyi>("n = 0\nprobability = 0.5", NONE);
    refuses::<SmallWorld>("n = 0\nneighbours = 0\nrewire = 0.5", NONE);
    refuses::<CirculantTopology>("n = 0\nvalues = []", NONE);
    refuses::<LowRankTopology>("n = 0\npatterns.drawn.count = 1", NONE);
    refuses::<PowerLaw>("n = 0\nalpha = 1", NONE);
    refuses::<Confocal>("n = 0\npositions.drawn.sigma = 1", NONE);
    refuses::<FourSevenths>("n = 0\npositions.drawn.sigma = 1", NONE);
}

#[test]
fn sides_of_lattices() {
    refuses::<Lattice>(
        "sizes = [4, 5]\nn = 16",
        "sizes = [4, 5] give 20 elements, expected n = 16; remove n or correct sizes",
    );
    refuses::<Lattice>("sizes = []", "sizes = [], expected at least one side and no side of 0");
    refuses::<Lattice>("sizes = [3, 0]", "sizes = [3, 0], expected at least one side and no side of 0");
    refuses::<CirculantTopology>(
        "sizes = [0]\nentry = \"d\"",
        "sizes = [0], expected at least one side and no side of 0",
    );
    refuses::<King>("rows = 0\ncolumns = 3", "rows = 0, expected at least 1");
    refuses::<Chimera>("rows = 1\ncolumns = 1\nshore = 0", "shore = 0, expected at least 1");
    refuses::<Tile>("rows = 5", "rows = 5, expected an even number, at least 4");
    refuses::<Tile>("rows = 4\ncolumns = 2", "columns = 2, expected an even number, at least 4");
}

#[test]
fn degrees_that_no_regular_graph_has() {
    let law = "no graph of";
    let rest = "elements has this degree everywhere, for n * degree must be even and degree below n";
    let degrees = "the nearest degrees that work are";
    refuses::<RandomRegular>("n = 7\ndegree = 3", &format!("degree = 3: {law} 7 {rest}; {degrees} 2 and 4"));
    refuses::<RandomRegular>(
        "n = 6\ndegree = 6",
        &format!("degree = 6: {law} 6 {rest}; the nearest degree that works is 5"),
    );
    refuses::<RandomRegular>(
        "n = 7\ndegree = 90",
        &format!("degree = 90: {law} 7 {rest}; the nearest degree that works is 6"),
    );
    refuses::<RandomRegular>(
        "n = 1\ndegree = 1",
        &format!("degree = 1: {law} 1 {rest}; the nearest degree that works is 0"),
    );
    refuses::<SmallWorld>("n = 8\nneighbours = 3\nrewire = 0", "neighbours = 3, expected an even number below n");
    refuses::<SmallWorld>("n = 8\nneighbours = 8\nrewire = 0", "neighbours = 8, expected an even number below n");
}

#[test]
fn probabilities_and_exponents() {
    refuses::<PlusMinus>("n = 3\npositive = -0.1", "positive = -0.1, expected a probability from 0 to 1");
    refuses::<PlusMinus>("n = 3\npositive = nan", "positive = NaN, expected a probability from 0 to 1");
    refuses::<ErdosRenyi>("n = 3\nprobability = 1.5", "probability = 1.5, expected a probability from 0 to 1");
    refuses::<ErdosRenyi>("n = 3\nmean_degree = 2.5", "mean_degree = 2.5, expected a number from 0 to n - 1");
    refuses::<ErdosRenyi>("n = 3", "expected exactly one of probability and mean_degree, found neither");
    refuses::<ErdosRenyi>(
        "n = 3\nmean_degree = 1\nprobability = 0.1",
        "expected exactly one of probability and mean_degree, found both",
    );
    refuses::<SmallWorld>("n = 8\nneighbours = 2\nrewire = -1", "rewire = -1, expected a probability from 0 to 1");
    refuses::<Tile>("rows = 4\nclasses = [0.5, -0.1, 0]", "classes = -0.1, expected a probability from 0 to 1");
    refuses::<Tile>(
        "rows = 4\nclasses = [0.5, 0.5, 0.5]",
        "classes = 1.5, expected probabilities with a sum of at most 1",
    );
    let tail = "expected a number above 0 and below 2; from 2 on use the topology gaussian";
    refuses::<Levy>("n = 3\nalpha = 0", &format!("alpha = 0, {tail}"));
    refuses::<Levy>("n = 3\nalpha = 2", &format!("alpha = 2, {tail}"));
    refuses::<PowerLaw>("n = 3\nalpha = 0", "alpha = 0, expected a finite number above 0");
    refuses::<Wishart>("n = 3\nalpha = -0.5", "alpha = -0.5, expected a finite number above 0");
    refuses::<Gaussian>("n = 3\nstd = -1", "std = -1, expected a finite number, at least 0");
    refuses::<Gaussian>("n = 3\nmean = inf", "mean = inf, expected a finite number");
    let lattice =
        |weights: &str, message: &str| refuses::<Lattice>(&format!("sizes = [4]\nweights = {weights}"), message);
    lattice("{ uniform = nan }", "uniform = NaN, expected a finite number");
    lattice("{ gaussian = { std = -2.0 } }", "std = -2, expected a finite number, at least 0");
    lattice("{ plus-minus = { positive = 2.0 } }", "positive = 2, expected a probability from 0 to 1");
}

#[test]
fn couplings_of_the_distance() {
    let either =
        |first: &str, second: &str, found: &str| format!("expected exactly one of {first} and {second}, found {found}");
    refuses::<CirculantTopology>("values = [1]", &either("n", "sizes", "neither"));
    refuses::<CirculantTopology>("n = 4\nsizes = [4]\nvalues = [1]", &either("n", "sizes", "both"));
    refuses::<CirculantTopology>("n = 4", &either("values", "entry", "neither"));
    refuses::<CirculantTopology>("n = 4\nvalues = [1]\nentry = \"d\"", &either("values", "entry", "both"));
    refuses::<CirculantTopology>(
        "n = 5\nvalues = [0, 1, 2, 3]",
        "values has 4 entries, expected at most 3: J_ij is values[d] at the distance d = 0 .. floor(n/2) on a ring of n = 5, \
         and 0 beyond the list",
    );
    refuses::<CirculantTopology>("n = 5\nvalues = [0, inf]", "values = inf, expected a finite number");
    refuses::<CirculantTopology>(
        "sizes = [3, 3]\nvalues = [0, 1]",
        "values lists couplings on a ring, but sizes = [3, 3] has 2 sides; use entry",
    );
    refuses::<CirculantTopology>(
        "n = 5\nentry = \"1/(d - 2)\"",
        "the formula `1/(d - 2)` is inf at i = 0, j = 2, expected a finite number",
    );
}

#[test]
fn kernels_and_positions() {
    let drawn = "n = 3\npositions.drawn.sigma = 1";
    refuses::<FourSevenths>(
        &format!("{drawn}\nn0 = 7"),
        "n0 = 7, expected 0 to 6: the family n0 + 7j has its lowest mode there",
    );
    refuses::<FourSevenths>(&format!("{drawn}\nrho = 1"), "rho = 1, expected a number above 0 and below 1");
    refuses::<Confocal>(&format!("{drawn}\nw0 = 0"), "w0 = 0, expected a finite number above 0");
    refuses::<Confocal>(&format!("{drawn}\nbeta = nan"), "beta = NaN, expected a finite number");
    refuses::<Confocal>(
        &format!("{drawn}\nkernel = {{ finite = {{ rho = 0 }} }}"),
        "rho = 0, expected a number above 0 and below 1",
    );
    refuses::<Confocal>("n = 3\npositions.drawn.sigma = -1", "sigma = -1, expected a finite length, at least 0");
    refuses::<Confocal>(
        "positions.drawn.sigma = 1",
        "n is missing; set n, or read the positions from a file with positions = { file = \"...\" }",
    );
    refuses::<PowerLaw>(
        "n = 4\nalpha = 1\npositions.line.spacing = 0",
        "elements 0 and 1 stand at the same place, where 1/r^alpha is infinite; move one of them",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "1, 2, 3\n4, 5, 6\n").unwrap();
    let columns = format!("{} has 3 values per line, expected 2, the position x, y", path.display());
    refuses::<Confocal>(&format!("positions.file = {path:?}"), &columns);
    refuses::<PowerLaw>(&format!("alpha = 1\npositions.file = {path:?}"), &columns);
    let length = format!(
        "{} has 3 values per line, expected n = 4, one pattern per line; remove n or correct it",
        path.display()
    );
    refuses::<LowRankTopology>(&format!("n = 4\npatterns.file = {path:?}"), &length);
    refuses::<LowRankTopology>("n = 4\npatterns.drawn.count = 0", "count = 0, expected at least 1");
    refuses::<LowRankTopology>("n = 4\nscale = nan\npatterns.drawn.count = 1", "scale = NaN, expected a finite number");
}

#[test]
fn networks_that_no_memory_holds() {
    let large = 1u64 << 50;
    let memory = |outcome: Result<_, lightfall_couplings::CouplingsError>| {
        let message = outcome.map(|_: std::sync::Arc<dyn lightfall_couplings::Couplings>| ()).unwrap_err().to_string();
        assert!(message.contains("GiB, which could not be allocated"), "{message}");
    };
    memory(try_build::<Lattice>(&format!("sizes = [{large}]"), 0));
    memory(try_build::<Lattice>("sizes = [4000000000, 4000000000, 4000000000]", 0));
    memory(try_build::<RandomRegular>(&format!("n = {large}\ndegree = 4"), 0));
    memory(try_build::<ErdosRenyi>(&format!("n = {large}\nmean_degree = 4"), 0));
    memory(try_build::<SmallWorld>(&format!("n = {large}\nneighbours = 4\nrewire = 0.1"), 0));
    memory(try_build::<CirculantTopology>(&format!("n = {large}\nvalues = [1]"), 0));
    memory(try_build::<PlusMinus>(&format!("n = {large}"), 0));
    memory(try_build::<Wishart>(&format!("n = {large}\nalpha = 3"), 0));
    memory(try_build::<LowRankTopology>(&format!("n = {large}\npatterns.drawn.count = 9"), 0));
    memory(try_build::<Tile>(&format!("rows = {large}"), 0));
    memory(try_build::<King>(&format!("rows = {large}\ncolumns = 8"), 0));
    memory(try_build::<Chimera>(&format!("rows = {large}\ncolumns = 8"), 0));
    memory(try_build::<Confocal>(&format!("n = {}\npositions.drawn.sigma = 1", 1u64 << 58), 0));
}

#[test]
fn unknown_keys() {
    assert!(toml::from_str::<Lattice>("sizes = [3]\nperiodical = true").is_err());
    assert!(toml::from_str::<Confocal>("n = 3\npositions.drawn.sigma = 1\nw = 1").is_err());
    assert!(toml::from_str::<Lattice>("sizes = [3]\nweights = { gaussian = { sigma = 1 } }").is_err());
}
