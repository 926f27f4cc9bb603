//! Who can come to feel a change: the symbols that reach the changed ones, how far away and how strongly.
//!
//! Starting and estimated impact set are Arnold & Bohner's (*Software Change Impact Analysis*, 1996). Plain transitive
//! closure saturates (a static slice of a C program is 30 % of it on average: Binkley & Harman, ICSM 2003), so the set
//! ends at a distance and beside its size stands a weighted sum, see [`of`].

pub mod render;

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::SymbolKind;
use crate::graph::index::{FileId, TreeIndex};
use crate::graph::resolve::Confidence;
use crate::graph::{DependencyGraph, Edge, EdgeKind, Symbol, SymbolId};
use crate::text::{FilePath, LineNumber};

/// A symbol and its place, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlacedSymbol {
    /// Its file.
    pub file: FilePath,
    /// The offset of its name.
    pub offset: u32,
    /// The line of its name; `None` beyond the number of dependents for which lines were asked.
    pub line: Option<LineNumber>,
    /// Its name, with its record or enum where it has one (`Record.member`).
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
}

impl PlacedSymbol {
    /// `path:line`, or the path alone where the line was not asked for.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.to_string(),
        }
    }
}

/// A symbol that a starting one reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependent {
    /// Which.
    pub symbol: PlacedSymbol,
    /// References between it and the nearest starting symbol; 1 is direct.
    pub distance: u32,
    /// How strongly it depends, in `(0, 1]`; see [`of`].
    pub weight: f64,
    /// How the first reference on its strongest shortest path uses what it leads to.
    pub kind: EdgeKind,
    /// How sure that reference is.
    pub confidence: Confidence,
    /// The names on that path, from the dependent itself to a starting symbol; two or more.
    pub path: Vec<String>,
}

impl Dependent {
    /// The first reference in words: `call of bdrv_open`.
    #[must_use]
    pub fn via(&self) -> String {
        let target = self.path.get(1).map_or("", String::as_str);
        format!("{} of {target}", self.kind.word())
    }
}

/// The impact of some symbols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImpactSet {
    /// The starting impact set, sorted by place.
    pub starting: Vec<PlacedSymbol>,
    /// The estimated impact set, nearest first, then heaviest, then by place.
    pub dependents: Vec<Dependent>,
    /// The sum of the dependents' weights.
    pub weighted: f64,
    /// The files that hold a dependent, or a use at file scope.
    pub files: u32,
    /// What makes the set incomplete, in words.
    pub notes: Vec<String>,
}

impl ImpactSet {
    /// Symbols at distance 1.
    #[must_use]
    pub fn direct(&self) -> usize {
        let near = self.dependents.iter().filter(|one| one.distance == 1);
        near.count()
    }

    /// Symbols within the distance, the starting set left out.
    #[must_use]
    pub fn estimated(&self) -> usize {
        self.dependents.len()
    }

    /// Joins the impact on another tree (removed symbols are looked for in the before side's). A dependent of both is
    /// counted once, with the nearer and heavier of its two paths; symbols are the same by name, kind and file.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        let mut starting: BTreeMap<_, _> = BTreeMap::new();
        for symbol in self.starting.into_iter().chain(other.starting) {
            starting.entry(identity(&symbol)).or_insert(symbol);
        }
        let mut dependents: BTreeMap<_, Dependent> = BTreeMap::new();
        for one in self.dependents.into_iter().chain(other.dependents) {
            let key = identity(&one.symbol);
            if starting.contains_key(&key) {
                continue;
            }
            let kept = dependents.entry(key).or_insert_with(|| one.clone());
            if order(&one, kept).is_lt() {
                *kept = one;
            }
        }
        let notes: BTreeSet<_> = self.notes.into_iter().chain(other.notes).collect();
        let files = self.files.max(other.files);
        let mut joined = assemble(
            starting.into_values().collect(),
            dependents.into_values().collect(),
            notes.into_iter().collect(),
        );
        joined.files = joined.files.max(files);
        joined
    }
}

fn identity(symbol: &PlacedSymbol) -> (FilePath, String, SymbolKind) {
    (symbol.file.clone(), symbol.name.clone(), symbol.kind)
}

/// What one more reference on the way leaves of a weight. That influence decays by a constant factor a step is the idea
/// of PageRank's damping (Brin & Page 1998) and of change propagation along paths (Tsantalis et al., TSE 2005);
/// the half is chosen by eye.
const DAMPING: f64 = 0.5;

/// How strongly a use ties its user to what it uses, chosen by eye: what breaks the build or the behaviour when the
/// used symbol goes or changes weighs 1, what only may less.
fn strength(kind: EdgeKind) -> f64 {
    match kind {
        EdgeKind::Call | EdgeKind::Macro | EdgeKind::Member => 1.0,
        EdgeKind::Type | EdgeKind::Object | EdgeKind::Enumerator => 0.8,
        EdgeKind::Address => 0.7,
        EdgeKind::IndirectCall => 0.5,
        EdgeKind::Condition => 0.3,
    }
}

/// What is left of a weight by doubt, chosen by eye.
fn certainty(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::Certain => 1.0,
        Confidence::Probable => 0.8,
        Confidence::Possible => 0.4,
    }
}

/// The impact of the symbols that a graph was built around, within the distance it was built for.
///
/// A dependent's weight is the product, over the references of its strongest shortest path, of the strength of the kind
/// of reference and of its certainty, times one half for each reference after the first. `weighted` is their sum, so it
/// equals the number of dependents where all are certain direct callers. Does not see what `graph` does not see.
/// A line costs reading its file, so only the starting symbols and the first `lines` dependents get theirs.
#[must_use]
pub fn of(graph: &DependencyGraph, index: &dyn TreeIndex, lines: usize) -> ImpactSet {
    let reached = reached(graph);
    let starting = graph.starting().iter();
    let starting = starting.filter_map(|id| Some(placed(graph.symbol(*id)?, index)));
    let dependents = reached.iter();
    let dependents =
        dependents.filter_map(|(id, step)| dependent(graph, index, &reached, *id, step));
    let (starting, dependents) = (starting.collect(), dependents.collect());
    let mut set = assemble(starting, dependents, graph.notes.clone());
    let near = set.dependents.iter_mut().take(lines);
    for symbol in (set.starting.iter_mut()).chain(near.map(|one| &mut one.symbol)) {
        let file = index.file(&symbol.file);
        symbol.line = file.map(|file| index.line(file, symbol.offset));
    }
    set.files = files(graph, &reached);
    set
}

fn assemble(
    mut starting: Vec<PlacedSymbol>,
    mut dependents: Vec<Dependent>,
    notes: Vec<String>,
) -> ImpactSet {
    starting.sort();
    dependents.sort_by(order);
    let files: BTreeSet<&FilePath> = dependents.iter().map(|one| &one.symbol.file).collect();
    ImpactSet {
        files: crate::text::offset(files.len()),
        weighted: dependents.iter().map(|one| one.weight).sum(),
        starting,
        dependents,
        notes,
    }
}

fn order(one: &Dependent, other: &Dependent) -> std::cmp::Ordering {
    (one.distance.cmp(&other.distance))
        .then(other.weight.total_cmp(&one.weight))
        .then_with(|| one.symbol.cmp(&other.symbol))
}

/// How a symbol was reached: over which of its own uses; none for a starting symbol.
#[derive(Clone, Copy, Debug)]
struct Step {
    distance: u32,
    weight: f64,
    edge: Option<Edge>,
}

/// Breadth first from the starting symbols; of several shortest paths the heaviest is kept, then the first by place.
fn reached(graph: &DependencyGraph) -> BTreeMap<SymbolId, Step> {
    let start = Step {
        distance: 0,
        weight: 1.0,
        edge: None,
    };
    let mut reached: BTreeMap<_, _> = graph.starting().iter().map(|id| (*id, start)).collect();
    let mut frontier: Vec<SymbolId> = graph.starting().to_vec();
    while !frontier.is_empty() {
        let mut next: BTreeMap<SymbolId, Step> = BTreeMap::new();
        for id in &frontier {
            let so_far = reached[id];
            for edge in graph.dependents(*id) {
                if reached.contains_key(&edge.from) {
                    continue;
                }
                let step = step(so_far, edge);
                let kept = next.entry(edge.from).or_insert(step);
                if step.weight.total_cmp(&kept.weight).is_gt() {
                    *kept = step;
                }
            }
        }
        frontier = next.keys().copied().collect();
        reached.extend(next);
    }
    reached
}

fn step(so_far: Step, edge: Edge) -> Step {
    let damping = if so_far.distance == 0 { 1.0 } else { DAMPING };
    Step {
        distance: so_far.distance + 1,
        weight: so_far.weight * damping * strength(edge.kind) * certainty(edge.confidence),
        edge: Some(edge),
    }
}

fn dependent(
    graph: &DependencyGraph,
    index: &dyn TreeIndex,
    reached: &BTreeMap<SymbolId, Step>,
    id: SymbolId,
    step: &Step,
) -> Option<Dependent> {
    let edge = step.edge?;
    Some(Dependent {
        symbol: placed(graph.symbol(id)?, index),
        distance: step.distance,
        weight: step.weight,
        kind: edge.kind,
        confidence: edge.confidence,
        path: path(graph, reached, id),
    })
}

fn path(graph: &DependencyGraph, reached: &BTreeMap<SymbolId, Step>, id: SymbolId) -> Vec<String> {
    let next = |id: &SymbolId| reached.get(id)?.edge.map(|edge| edge.to);
    let ids = std::iter::successors(Some(id), next);
    ids.filter_map(|id| graph.symbol(id).map(full_name))
        .collect()
}

fn full_name(symbol: &Symbol) -> String {
    match (&symbol.parent, symbol.kind) {
        (Some(parent), SymbolKind::Member) => format!("{parent}.{}", symbol.name),
        _ => symbol.name.to_string(),
    }
}

fn placed(symbol: &Symbol, index: &dyn TreeIndex) -> PlacedSymbol {
    let file = symbol.item.file;
    PlacedSymbol {
        file: index.path(file),
        offset: symbol.offset,
        line: None,
        name: full_name(symbol),
        kind: symbol.kind,
    }
}

fn files(graph: &DependencyGraph, reached: &BTreeMap<SymbolId, Step>) -> u32 {
    let dependents = reached.iter().filter(|(_, step)| step.edge.is_some());
    let symbols = dependents.filter_map(|(id, _)| Some(graph.symbol(*id)?.item.file));
    let uses = graph.file_scope_uses().iter().map(|one| one.item.file);
    let files: BTreeSet<FileId> = symbols.chain(uses).collect();
    crate::text::offset(files.len())
}
