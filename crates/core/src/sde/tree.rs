//! A Brownian path that is a function of the interval.
//!
//! The run's own steps are the roots of binary trees. A node of length h holds the increment dW and the space-time Levy area H of every
//! Wiener process, H = (1/h) int (W - chord) ds with variance h/12, independent of dW. Its halves follow from it and from two normals
//! Z ~ N(0, h/16), N ~ N(0, h/12) a process:
//!   dW_left = dW/2 + 3H/2 + Z,  H_left = H/4 - Z/2 + N/2,  dW_right = dW/2 - 3H/2 - Z,  H_right = H/4 - Z/2 - N/2,
//! which have the right variances, are independent, and sum to the parent. Every depth has a stream of its own, in which a node's
//! normals stand at a place that its index fixes, so a step that is rejected, refined or never tried leaves the path as it is.
//! Source: Foster, Oberhauser and Lyons (2020), SIAM J. Numer. Anal. 58, 1393; derived anew from the covariances.

use super::Increments;
use crate::rng::{Normals, Purpose, Streams};

/// Deepest level: 2^-40 of a root.
pub(super) const DEPTH: usize = 40;

/// A node: depth below the root (0 for the root itself), index among all nodes (1 for the root, 2q and 2q + 1 for the halves of q).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub(super) depth: usize,
    pub(super) index: u64,
}

impl Node {
    /// The whole step.
    pub const ROOT: Node = Node { depth: 0, index: 1 };

    /// Its halves.
    pub fn halves(self) -> [Node; 2] {
        [0, 1].map(|side| Node { depth: self.depth + 1, index: 2 * self.index + side })
    }

    fn side(self) -> usize {
        if self.depth == 0 { 0 } else { (self.index & 1) as usize }
    }
}

/// A depth of the tree: dW and H of every process for the two halves of a node, and where their normals come from.
#[derive(Debug)]
struct Depth {
    dw: [Vec<f64>; 2],
    area: [Vec<f64>; 2],
    normals: Normals,
    /// Whether `normals` stands in the streams of the current trajectories.
    opened: bool,
}

impl Depth {
    fn new(noises: usize, columns: usize) -> Self {
        let halves = || std::array::from_fn(|_| vec![0.0; noises * columns]);
        Self { dw: halves(), area: halves(), normals: Normals::new(columns), opened: false }
    }
}

/// The paths of consecutive trajectories, root after root, in columns: process k of trajectory r stands at k * columns + r.
///
/// Increments of the roots are those of [`WienerPath`](crate::unravel::WienerPath) for the same streams, trajectory and steps. Memory is
/// four numbers a process, trajectory and depth reached, and the [`Normals`] of each depth.
#[derive(Debug)]
pub struct BrownianTree {
    noises: usize,
    columns: usize,
    streams: Streams,
    first: u64,
    areas: Normals,
    /// Roots drawn so far.
    roots: u64,
    length: f64,
    /// Roots need no areas: nothing reads or splits them.
    bare: bool,
    depths: Vec<Depth>,
}

impl BrownianTree {
    /// A path of `noises` independent real Wiener processes.
    pub fn new(noises: usize) -> Self {
        let mut depths = Vec::with_capacity(DEPTH + 1);
        depths.push(Depth::new(noises, 1));
        Self {
            noises,
            columns: 1,
            streams: Streams::new(0, 0),
            first: 0,
            areas: Normals::new(1),
            roots: 0,
            length: 0.0,
            bare: false,
            depths,
        }
    }

    /// Leaves out the areas if `bare`: for steps that do not read them and are never split. The increments stay as they are.
    pub(super) fn set_bare(&mut self, bare: bool) {
        self.bare = bare;
    }

    /// Moves to the path of `trajectory`.
    pub fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.start_columns(streams, trajectory, 1);
    }

    /// Moves to the paths of the `columns` trajectories from `first` on.
    pub fn start_columns(&mut self, streams: &Streams, first: u64, columns: usize) {
        if columns != self.columns {
            self.columns = columns;
            self.areas.set_columns(columns);
            self.depths.clear();
            self.depths.push(Depth::new(self.noises, columns));
        }
        (self.streams, self.first, self.roots) = (*streams, first, 0);
        self.depths[0].normals.start(streams, Purpose::Noise, 0, first);
        self.areas.start(streams, Purpose::Area, 0, first);
        for depth in &mut self.depths[1..] {
            depth.opened = false;
        }
    }

    /// Draws the next root, a step of length `h`.
    pub fn next_root(&mut self, h: f64) {
        self.roots += 1;
        self.length = h;
        let Depth { dw: [dw, _], area: [area, _], normals, .. } = &mut self.depths[0];
        normals.fill(h.sqrt(), dw);
        if !self.bare {
            self.areas.fill((h / 12.0).sqrt(), area);
        }
    }

    /// Makes the halves of `node`, which must be the root or a half made last at its depth.
    pub fn split(&mut self, node: Node) {
        while self.depths.len() <= node.depth + 1 {
            self.depths.push(Depth::new(self.noises, self.columns));
        }
        let h = self.length / (1u64 << node.depth) as f64;
        let (near, far) = ((h / 16.0).sqrt(), 0.5 * (h / 12.0).sqrt());
        let (above, below) = self.depths.split_at_mut(node.depth + 1);
        let (parent, side) = (&above[node.depth], node.side());
        let Depth { dw: [left, right], area: [left_area, right_area], normals, opened } = &mut below[0];
        if !*opened {
            normals.start(&self.streams, Purpose::Split, node.depth as u64 + 1, self.first);
            *opened = true;
        }
        // The roots before this one have 2^depth nodes of this depth each; a node takes Z of every process, then N.
        let at = ((self.roots - 1) << node.depth) + (node.index - (1 << node.depth));
        // Of 2^64 places, which no run wraps around.
        normals.seek(at.wrapping_mul(2 * self.noises as u64));
        normals.fill(near, left);
        normals.fill(far, left_area);
        for (k, (dw, area)) in parent.dw[side].iter().zip(&parent.area[side]).enumerate() {
            let (z, n) = (left[k], left_area[k]);
            left[k] = 0.5 * dw + 1.5 * area + z;
            right[k] = dw - left[k];
            let mean = 0.25 * area - 0.5 * z;
            (left_area[k], right_area[k]) = (mean + n, mean - n);
        }
    }

    /// The path over `node`.
    pub fn over(&self, node: Node) -> Increments<'_> {
        let (level, side) = (&self.depths[node.depth], node.side());
        Increments { dw: &level.dw[side], area: &level.area[side] }
    }

    /// Number of Wiener processes.
    pub fn noises(&self) -> usize {
        self.noises
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unravel::WienerPath;

    #[test]
    fn roots_are_the_increments_of_the_plain_path() {
        let streams = Streams::new(5, 2);
        let (mut tree, mut path) = (BrownianTree::new(3), WienerPath::new(3, 0));
        tree.start(&streams, 7);
        path.start(&streams, 7);
        for _ in 0..5 {
            tree.next_root(0.3);
            tree.split(Node::ROOT);
            assert_eq!(tree.over(Node::ROOT).dw, path.next_step(0.3));
        }
    }

    /// W at the ends of the leaves of depth `depth`, all splits made from left to right, some of them twice.
    fn walk(tree: &mut BrownianTree, node: Node, depth: usize, out: &mut Vec<[f64; 2]>) {
        if node.depth == depth {
            let path = tree.over(node);
            out.push([path.dw[0], path.area[0]]);
            return;
        }
        tree.split(node);
        for half in node.halves() {
            if half.depth < depth && half.index % 3 == 0 {
                tree.split(half);
            }
            walk(tree, half, depth, out);
        }
    }

    #[test]
    fn halves_sum_to_their_parent_and_have_the_law_of_brownian_motion() {
        let (mut tree, streams, h, depth) = (BrownianTree::new(1), Streams::new(6, 0), 0.8, 3);
        let (leaves, runs) = (1 << depth, 4000);
        // Second moments of (dW, H) over the leaves, and of neighbours.
        let (mut ww, mut hh, mut wh, mut next, mut next_area) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for trajectory in 0..runs {
            tree.start(&streams, trajectory);
            tree.next_root(h);
            let (mut path, mut coarser) = (Vec::new(), Vec::new());
            walk(&mut tree, Node::ROOT, depth, &mut path);
            walk(&mut tree, Node::ROOT, depth - 1, &mut coarser);
            for (pair, [w, area]) in path.chunks_exact(2).zip(coarser) {
                let [[w1, a1], [w2, a2]] = [pair[0], pair[1]];
                assert!((w1 + w2 - w).abs() < 1e-14);
                // The mean over both halves of the distance to the chord.
                assert!((0.5 * (a1 + a2) + 0.25 * (w1 - w2) - area).abs() < 1e-14);
            }
            for leaf in &path {
                (ww, hh, wh) = (ww + leaf[0] * leaf[0], hh + leaf[1] * leaf[1], wh + leaf[0] * leaf[1]);
            }
            for pair in path.windows(2) {
                next += pair[0][0] * pair[1][0] + pair[0][0] * pair[1][1];
                next_area += pair[0][1] * pair[1][1] + pair[0][1] * pair[1][0];
            }
        }
        let (n, step) = (f64::from(runs as u32 * leaves), h / f64::from(leaves));
        // Relative standard error of a variance sqrt(2/n), of a covariance sqrt(1/n): n = 32000; 4 standard errors.
        let bound = 4.0 * (2.0 / n).sqrt();
        assert!((ww / n / step - 1.0).abs() < bound, "{}", ww / n / step);
        assert!((12.0 * hh / n / step - 1.0).abs() < bound, "{}", 12.0 * hh / n / step);
        let scale = step / 12.0_f64.sqrt();
        assert!((wh / n / scale).abs() < bound, "{}", wh / n / scale);
        // Sums of two uncorrelated products, of sizes 1 and 1/sqrt(12), or 1/12 and 1/sqrt(12).
        assert!((next / n / step).abs() < bound && (next_area / n / scale).abs() < bound, "{next} {next_area}");
    }
}
