//! A syntax tree of our own: what the walk over an item needs of the parser's, in one flat list.
//!
//! Holds the named nodes of the grammar without comments, and of literals and directives no inside. A node knows its kind,
//! what it is to its parent, and its bytes; who reads a tree does not know which parser made it.

use crate::text::{Span, offset};

use super::grammar::{Field, Kind};

/// The nodes of one parsed text.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Data>,
    root: Id,
    pub(super) has_error: bool,
}

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

/// No node.
pub(super) const NONE: Id = Id(u32::MAX);

#[derive(Clone, Copy, Debug)]
struct Data {
    kind: Kind,
    field: Field,
    is_missing: bool,
    /// Of an argument list how many arguments it has; of a unary `&` 1.
    count: u16,
    span: Span,
    first: Id,
    next: Id,
}

/// Makes a tree: children first or parents first, as the parser likes.
#[derive(Default)]
pub(super) struct Plan {
    nodes: Vec<Data>,
}

impl Plan {
    pub(super) fn with_room_for(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
        }
    }

    /// A new node without children, that is nobody's child.
    pub(super) fn add(&mut self, kind: Kind, span: Span) -> Id {
        let id = Id(offset(self.nodes.len()));
        self.nodes.push(Data {
            kind,
            field: Field::Other,
            is_missing: false,
            count: 0,
            span,
            first: NONE,
            next: NONE,
        });
        id
    }

    fn at(&mut self, id: Id) -> &mut Data {
        &mut self.nodes[id.0 as usize]
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.nodes[id.0 as usize].kind
    }

    pub(super) fn span(&self, id: Id) -> Span {
        self.nodes[id.0 as usize].span
    }

    pub(super) fn first(&self, id: Id) -> Id {
        self.nodes[id.0 as usize].first
    }

    /// The last child.
    pub(super) fn last(&self, id: Id) -> Id {
        let mut last = self.first(id);
        while last != NONE && self.nodes[last.0 as usize].next != NONE {
            last = self.nodes[last.0 as usize].next;
        }
        last
    }

    pub(super) fn set_kind(&mut self, id: Id, kind: Kind) {
        self.at(id).kind = kind;
    }

    /// The node as one that is nobody's child.
    pub(super) fn alone(&mut self, id: Id) -> Id {
        self.at(id).field = Field::Other;
        self.at(id).next = NONE;
        id
    }

    pub(super) fn set_end(&mut self, id: Id, end: u32) {
        self.at(id).span.end = end;
    }

    pub(super) fn set_count(&mut self, id: Id, count: u16) {
        self.at(id).count = count;
    }

    pub(super) fn set_missing(&mut self, id: Id) {
        self.at(id).is_missing = true;
    }

    /// Makes `child` the first child of `parent`.
    pub(super) fn put_first(&mut self, parent: Id, child: Id, field: Field) {
        self.at(child).field = field;
        self.at(parent).first = child;
    }

    /// Makes `child` the one behind `before`.
    pub(super) fn put_next(&mut self, before: Id, child: Id, field: Field) {
        self.at(child).field = field;
        self.at(before).next = child;
    }

    pub(super) fn finish(self, root: Id, has_error: bool) -> Tree {
        Tree {
            nodes: self.nodes,
            root,
            has_error,
        }
    }
}

impl Tree {
    /// The outermost node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node {
            tree: self,
            id: self.root,
        }
    }

    /// Whether the parser met something that it could not read.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.has_error
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: Id,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let span = self.span();
        write!(f, "({:?}", self.kind())?;
        if self.field() != Field::Other {
            write!(f, " as {:?}", self.field())?;
        }
        write!(f, " {}..{}", span.start, span.end)?;
        if self.data().count > 0 {
            write!(f, " x{}", self.data().count)?;
        }
        for child in self.children() {
            write!(f, " {child:?}")?;
        }
        f.write_str(")")
    }
}

impl<'t> Node<'t> {
    fn data(self) -> &'t Data {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn of(self, id: Id) -> Option<Self> {
        (id != NONE).then_some(Self { id, ..self })
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    /// What it is to its parent.
    #[must_use]
    pub fn field(self) -> Field {
        self.data().field
    }

    /// Its bytes.
    #[must_use]
    pub fn span(self) -> Span {
        self.data().span
    }

    /// Whether the parser made it up.
    #[must_use]
    pub fn is_missing(self) -> bool {
        self.data().is_missing
    }

    /// Of an argument list, how many arguments it has as written.
    #[must_use]
    pub fn argument_count(self) -> u16 {
        self.data().count
    }

    /// Whether it is a unary `&`.
    #[must_use]
    pub fn takes_address(self) -> bool {
        self.kind() == Kind::Pointer && self.data().count > 0
    }

    /// Its first child.
    #[must_use]
    pub fn first(self) -> Option<Self> {
        self.of(self.data().first)
    }

    /// The one behind it under the same parent.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.of(self.data().next)
    }

    /// Its children, in order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.first(), |child| child.next())
    }

    /// Its first child in a field.
    #[must_use]
    pub fn child(self, field: Field) -> Option<Self> {
        self.children().find(|child| child.field() == field)
    }
}

/// A way through a tree, node by node, that does not leave the node it starts at.
#[derive(Debug)]
pub struct Cursor<'t> {
    above: Vec<Node<'t>>,
    node: Node<'t>,
}

impl<'t> Cursor<'t> {
    /// At a node.
    #[must_use]
    pub fn at(node: Node<'t>) -> Self {
        Self {
            above: Vec::new(),
            node,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// Goes down, if it can.
    pub fn goto_first_child(&mut self) -> bool {
        let Some(child) = self.node.first() else {
            return false;
        };
        self.above.push(self.node);
        self.node = child;
        true
    }

    /// Goes on beside, if it can.
    pub fn goto_next_sibling(&mut self) -> bool {
        let next = self.node.next().filter(|_| !self.above.is_empty());
        match next {
            Some(next) => self.node = next,
            None => return false,
        }
        true
    }

    /// Goes up, if it can.
    pub fn goto_parent(&mut self) -> bool {
        match self.above.pop() {
            Some(parent) => self.node = parent,
            None => return false,
        }
        true
    }
}
