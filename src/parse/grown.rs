//! The tree of tree-sitter as one of ours.

use tree_sitter::{Node, TreeCursor};

use crate::text::{Span, offset};

use super::grammar::{Grammar, Kind, grammar};
use super::tree::{Id, NONE, Plan, Tree};

/// Copies a tree; keeps its own stack, so a tree of any depth costs heap, not stack.
pub(super) fn of(grown: &tree_sitter::Tree) -> Tree {
    let root = grown.root_node();
    let mut copy = Copy {
        grammar: grammar(),
        plan: Plan::with_room_for(root.descendant_count() / 2 + 1),
    };
    let own = copy.add(root);
    copy.under(own, &mut root.walk());
    copy.plan.finish(own, root.has_error())
}

struct Copy {
    grammar: &'static Grammar,
    plan: Plan,
}

impl Copy {
    fn add(&mut self, node: Node<'_>) -> Id {
        let span = Span::new(offset(node.start_byte()), offset(node.end_byte()));
        let kind = self.grammar.kind(node.kind_id());
        let own = self.plan.add(kind, span);
        if node.is_missing() {
            self.plan.set_missing(own);
        }
        match kind {
            Kind::ArgumentList => self.plan.set_count(own, arguments(node)),
            Kind::Pointer if node.child(0).is_some_and(|first| first.kind() == "&") => {
                self.plan.set_count(own, 1);
            }
            _ => {}
        }
        own
    }

    /// Copies what stands under the node that the cursor is at.
    fn under(&mut self, root: Id, cursor: &mut TreeCursor<'_>) {
        if !cursor.goto_first_child() {
            return;
        }
        let mut open: Vec<(Id, Id)> = vec![(root, NONE)];
        while let Some((parent, last)) = open.last_mut() {
            let node = cursor.node();
            let kind = self.grammar.kind(node.kind_id());
            let mut entered = false;
            if node.is_named() && kind != Kind::Comment {
                let (parent, before) = (*parent, *last);
                let own = self.add(node);
                *last = own;
                let field = self.grammar.field(cursor.field_id().map(Into::into));
                match before {
                    NONE => self.plan.put_first(parent, own, field),
                    before => self.plan.put_next(before, own, field),
                }
                if !is_closed(kind) && cursor.goto_first_child() {
                    open.push((own, NONE));
                    entered = true;
                }
            }
            while !entered && !cursor.goto_next_sibling() {
                open.pop();
                if open.is_empty() {
                    return;
                }
                cursor.goto_parent();
            }
        }
    }
}

/// Whether nobody looks into nodes of a kind.
pub(super) fn is_closed(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::StringLiteral
            | Kind::CharLiteral
            | Kind::NumberLiteral
            | Kind::PreprocDefine
            | Kind::PreprocFunction
            | Kind::PreprocCall
            | Kind::PreprocInclude
    )
}

/// The number of arguments of a list, as written.
fn arguments(list: Node<'_>) -> u16 {
    let mut cursor = list.walk();
    let mut commas = 0u16;
    let mut any = false;
    for part in list.children(&mut cursor) {
        match part.kind() {
            "," => commas = commas.saturating_add(1),
            "(" | ")" | "comment" => {}
            _ => any = true,
        }
    }
    if any || commas > 0 {
        commas.saturating_add(1)
    } else {
        0
    }
}
