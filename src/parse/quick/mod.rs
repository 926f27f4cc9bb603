//! A parser for the C that most items are made of: what it reads, it reads as tree-sitter-c does, node for node.
//!
//! It takes no step back and knows no errors: at the first token that it does not expect, and wherever the grammar has two
//! readings that only the whole statement tells apart, it gives up, and tree-sitter reads the item. Assembler, K&R heads
//! and most attributes are among what it leaves. The suite holds both to the same tree on the sources of libgit2.

mod cast;
mod declaration;
mod directive;
mod expression;
mod initializer;
mod record;
mod statement;
mod tokens;

use crate::items::ItemKind;
use crate::text::{Span, offset};

use super::grammar::{Field, Kind};
use super::tree::{Id, NONE, Plan, Tree};

use self::tokens::{T, Token};

/// Deeper nesting is left to the parser that keeps its own stack.
const DEEPEST: u32 = 200;

/// The tree of an item as tree-sitter would have it; `None` where that is not sure.
pub(super) fn tree(bytes: &[u8], kind: ItemKind) -> Option<Tree> {
    if !matches!(kind, ItemKind::Function | ItemKind::Declaration) {
        return None;
    }
    // The grammar decodes comments too; a broken character there is its own affair.
    if !bytes.is_ascii() && std::str::from_utf8(bytes).is_err() {
        return None;
    }
    let tokens = tokens::of(bytes)?;
    let mut parser = Parser {
        plan: Plan::with_room_for(tokens.len() * 2),
        tokens,
        at: 0,
        depth: 0,
        in_parameters: 0,
    };
    let root = parser
        .plan
        .add(Kind::Other, Span::new(0, offset(bytes.len())));
    let mut list = Children::of(root);
    while parser.peek() != T::End {
        let item = parser.item()?;
        list.push(&mut parser.plan, item, Field::Other);
    }
    Some(parser.plan.finish(root, false))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// How many parameter lists are open.
    in_parameters: u32,
    plan: Plan,
}

/// The children that a node has got so far.
struct Children {
    parent: Id,
    last: Id,
}

impl Children {
    fn of(parent: Id) -> Self {
        Self { parent, last: NONE }
    }

    fn push(&mut self, plan: &mut Plan, child: Id, field: Field) {
        match self.last {
            NONE => plan.put_first(self.parent, child, field),
            last => plan.put_next(last, child, field),
        }
        self.last = child;
    }
}

impl Parser {
    fn peek(&self) -> T {
        self.peek_at(0)
    }

    /// The token so many behind the next one.
    fn peek_at(&self, ahead: usize) -> T {
        let token = self.tokens.get(self.at + ahead);
        token.map_or(T::End, |token| token.t)
    }

    /// Where the next token starts.
    fn start(&self) -> u32 {
        self.tokens.get(self.at).map_or(0, |token| token.span.start)
    }

    /// Where the last token ended.
    fn end(&self) -> u32 {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0, |token| token.span.end)
    }

    fn eat(&mut self, t: T) -> bool {
        let eaten = self.peek() == t;
        self.at += usize::from(eaten);
        eaten
    }

    fn need(&mut self, t: T) -> Option<Span> {
        let token = *self.tokens.get(self.at)?;
        (token.t == t).then(|| {
            self.at += 1;
            token.span
        })
    }

    /// The next token as a node without children.
    fn leaf(&mut self, t: T, kind: Kind) -> Option<Id> {
        let span = self.need(t)?;
        Some(self.plan.add(kind, span))
    }

    /// A node that begins with the next token; [`Parser::close`] ends it.
    fn open(&mut self, kind: Kind) -> Children {
        let start = self.start();
        Children::of(self.plan.add(kind, Span::new(start, start)))
    }

    /// A node around one that is read already.
    fn around(&mut self, kind: Kind, first: Id, field: Field) -> Children {
        let start = self.plan.span(first).start;
        let mut children = Children::of(self.plan.add(kind, Span::new(start, start)));
        children.push(&mut self.plan, first, field);
        children
    }

    fn push(&mut self, children: &mut Children, child: Id, field: Field) {
        children.push(&mut self.plan, child, field);
    }

    /// Ends a node with the last token.
    fn close(&mut self, children: &Children) -> Option<Id> {
        let end = self.end();
        self.plan.set_end(children.parent, end);
        Some(children.parent)
    }

    /// Goes one level deeper, if that is allowed.
    fn deeper<R>(&mut self, read: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}
