//! The dependency graph over symbols: who uses whom, how, and how sure that is.
//!
//! Built around given symbols by asking the tree index for the names it meets ([`around::around`]); a graph of a whole
//! tree is never needed for that. Invariant: symbols and edges are sorted by place, so equal trees give equal graphs.

pub mod around;
mod branch;
mod confined;
pub mod expansion;
pub mod fan_in;
pub mod files;
mod include_path;
mod includers;
pub mod includes;
pub mod index;
pub mod known_includes;
pub mod macros;
pub mod made;
pub mod names;
mod nearness;
pub mod owner;
pub mod pasted;
mod remembered;
pub mod resolve;
pub mod rows;
pub mod split;
pub mod symbols;
pub mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use serde::{Deserialize, Serialize};

use crate::facts::{Form, Linkage, SymbolKind};
use crate::text::FilePath;

use index::{FileId, ItemId};
use resolve::Confidence;

/// How one symbol uses another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// Calls a function, or an object that holds one.
    Call,
    /// Expands a macro.
    Macro,
    /// Names a type: a tag or a typedef.
    Type,
    /// Accesses a member.
    Member,
    /// Reads or writes an object.
    Object,
    /// Names an enumerator.
    Enumerator,
    /// Names a function without calling it: the function may be called from anywhere that value goes.
    Address,
    /// Calls through a member in which the function is stored somewhere in the tree.
    IndirectCall,
    /// Names a macro in the condition of an `#if`.
    Condition,
}

impl EdgeKind {
    /// How reports name it: `call of f`, `address of f`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Macro => "expansion",
            Self::Type => "type",
            Self::Member => "member",
            Self::Object => "object",
            Self::Enumerator => "enumerator",
            Self::Address => "address",
            Self::IndirectCall => "indirect call",
            Self::Condition => "condition",
        }
    }
}

/// A symbol as a change or a user names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolKey {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The record of a member.
    pub parent: Option<String>,
    /// The file that defines it; `None` means every one that does.
    pub file: Option<FilePath>,
}

/// A symbol of the graph. One that several configurations define is several symbols, told apart by file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub kind: SymbolKind,
    /// The record of a member, the enum of an enumerator.
    pub parent: Option<Arc<str>>,
    /// Its linkage.
    pub linkage: Linkage,
    /// Whether the tree defines it, or only declares it.
    pub form: Form,
    /// The item that defines it: the first one, where `#if` arms of one file define it several times.
    pub item: ItemId,
    /// The offset of its name in its file; for lines ask [`index::TreeIndex::line`].
    pub offset: u32,
}

/// A symbol of one graph: its position in [`DependencyGraph::symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// One symbol's use of another; the strongest of its kind where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The user.
    pub from: SymbolId,
    /// What is used.
    pub to: SymbolId,
    /// How.
    pub kind: EdgeKind,
    /// How sure that is.
    pub confidence: Confidence,
    /// The file of the first such use.
    pub file: FileId,
    /// Its offset there.
    pub offset: u32,
}

/// A use that stands in no symbol: in a macro call at file scope, in the condition of an `#if`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileScopeUse {
    /// The item it stands in.
    pub item: ItemId,
    /// What is used.
    pub to: SymbolId,
    /// How.
    pub kind: EdgeKind,
    /// How sure that is.
    pub confidence: Confidence,
    /// The offset of the use in its file.
    pub offset: u32,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    kind: EdgeKind,
    confidence: Confidence,
    file: FileId,
    offset: u32,
}

/// Symbols and who uses whom.
#[derive(Debug, Default)]
pub struct DependencyGraph {
    graph: DiGraph<Symbol, Use>,
    starting: Vec<SymbolId>,
    file_scope: Vec<FileScopeUse>,
    /// What makes the graph incomplete, in words: limits that were met.
    pub notes: Vec<String>,
}

impl DependencyGraph {
    /// Every symbol, sorted by file, then place; its position is its id.
    pub fn symbols(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        let nodes = self.graph.node_indices();
        nodes.map(|node| (to_id(node), &self.graph[node]))
    }

    /// A symbol by its id, if it is of this graph.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> Option<&Symbol> {
        self.graph.node_weight(to_node(id))
    }

    /// The symbols that the graph was built around, in order.
    #[must_use]
    pub fn starting(&self) -> &[SymbolId] {
        &self.starting
    }

    /// Who uses a symbol, sorted by user, each user at most once a kind.
    #[must_use]
    pub fn dependents(&self, id: SymbolId) -> Vec<Edge> {
        self.edges(id, Direction::Incoming)
    }

    /// What a symbol uses, of what the graph holds, sorted.
    #[must_use]
    pub fn dependencies(&self, id: SymbolId) -> Vec<Edge> {
        self.edges(id, Direction::Outgoing)
    }

    fn edges(&self, id: SymbolId, direction: Direction) -> Vec<Edge> {
        let edges = self.graph.edges_directed(to_node(id), direction);
        let mut edges: Vec<_> = edges
            .map(|edge| Edge {
                from: to_id(edge.source()),
                to: to_id(edge.target()),
                kind: edge.weight().kind,
                confidence: edge.weight().confidence,
                file: edge.weight().file,
                offset: edge.weight().offset,
            })
            .collect();
        edges.sort_unstable();
        edges
    }

    /// Uses that stand in no symbol, sorted.
    #[must_use]
    pub fn file_scope_uses(&self) -> &[FileScopeUse] {
        &self.file_scope
    }

    /// The graph of these parts; ids are positions in `symbols` as given, and are renumbered in order of place.
    fn of_parts(symbols: Vec<Symbol>, edges: &BTreeMap<EdgeKey, Use>, parts: Parts) -> Self {
        let mut order: Vec<usize> = (0..symbols.len()).collect();
        order.sort_by_key(|at| (symbols[*at].item, symbols[*at].offset, *at));
        let mut place = vec![SymbolId(0); symbols.len()];
        for (to, from) in order.iter().enumerate() {
            place[*from] = SymbolId(crate::text::offset(to));
        }
        let renumbered = |id: SymbolId| place[id.0 as usize];
        let mut graph = DiGraph::with_capacity(symbols.len(), edges.len());
        for at in &order {
            graph.add_node(symbols[*at].clone());
        }
        for ((from, to, _), weight) in edges {
            graph.add_edge(
                to_node(renumbered(*from)),
                to_node(renumbered(*to)),
                *weight,
            );
        }
        let mut starting: Vec<_> = parts.starting.into_iter().map(renumbered).collect();
        starting.sort_unstable();
        let file_scope = parts.file_scope.into_iter();
        let mut file_scope: Vec<_> = file_scope
            .map(|one| FileScopeUse {
                to: renumbered(one.to),
                ..one
            })
            .collect();
        file_scope.sort_unstable();
        file_scope.dedup();
        Self {
            graph,
            starting,
            file_scope,
            notes: parts.notes,
        }
    }
}

type EdgeKey = (SymbolId, SymbolId, EdgeKind);

/// What a graph holds beside its nodes and edges.
struct Parts {
    starting: Vec<SymbolId>,
    file_scope: Vec<FileScopeUse>,
    notes: Vec<String>,
}

fn to_id(node: NodeIndex) -> SymbolId {
    SymbolId(crate::text::offset(node.index()))
}

fn to_node(id: SymbolId) -> NodeIndex {
    NodeIndex::new(id.0 as usize)
}
