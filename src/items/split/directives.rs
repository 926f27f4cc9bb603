//! What a directive does to the item in progress and to the groups that are open.

use super::Splitter;
use super::conditional::{self, Directive, Inner, Outer};
use super::head::Head;
use crate::items::lexer::{TokenKind, Tokens, directive_end};
use crate::items::{Arm, Guard, ItemKind};
use crate::text::{Span, offset};

impl Splitter<'_> {
    /// Takes the directive whose `#` stands at `at`, and goes on behind its line.
    pub(super) fn directive(&mut self, at: usize) {
        let end = directive_end(self.source, at);
        let text = &self.source[at..end];
        let line = Span::new(offset(at), offset(at + code_length(text)));
        let name = text.strip_prefix(b"%:").unwrap_or_else(|| &text[1..]);
        let kind = conditional::directive(name);
        let dead = conditional::is_dead(text);
        if !self.head.is_empty() && self.inner.is_empty() && self.head.can_end() {
            self.finish(self.head.kind());
        }
        match kind {
            Directive::If => self.open_group(line, dead),
            Directive::Elif | Directive::Else => self.next_branch(kind, line, dead),
            Directive::Endif => self.close_group(line),
            _ if self.is_idle() => self.single(kind, line),
            _ => self.end = line.end,
        }
        self.tokens = Tokens::resumed(self.source, end);
        self.newlines = 0;
    }

    fn single(&mut self, kind: Directive, line: Span) {
        let kind = match kind {
            Directive::Define => ItemKind::Define,
            Directive::Include => ItemKind::Include,
            _ => ItemKind::Directive,
        };
        let guard = self.outer.last().map(|group| group.guard);
        self.push_item(line, kind, guard);
    }

    fn open_group(&mut self, line: Span, dead: bool) {
        if !self.is_idle() {
            self.end = line.end;
            self.inner.push(Inner::open(self.head, dead));
            return;
        }
        let parent = self.outer.last().map(|group| group.guard);
        let item = self.found.items.len();
        let guard = self.push_guard(parent, Arm::First, line, line);
        self.push_item(line, ItemKind::Conditional, parent);
        self.outer.push(Outer {
            opened_by: line,
            guard,
            parent,
            item,
            in_first: true,
        });
    }

    fn push_guard(
        &mut self,
        parent: Option<u32>,
        arm: Arm,
        directive: Span,
        opened_by: Span,
    ) -> u32 {
        self.found.guards.push(Guard {
            parent,
            arm,
            directive,
            opened_by,
        });
        offset(self.found.guards.len() - 1)
    }

    fn next_branch(&mut self, kind: Directive, line: Span, dead: bool) {
        if !self.is_idle() {
            self.swallow_group();
            self.end = line.end;
            if let Some(inner) = self.inner.last_mut() {
                self.head = inner.next_branch(self.head, dead);
            }
            return;
        }
        let Some(group) = self.outer.last().copied() else {
            self.push_item(line, ItemKind::Conditional, None);
            return;
        };
        let arm = if kind == Directive::Else {
            Arm::Else
        } else {
            Arm::Elif
        };
        let guard = self.push_guard(group.parent, arm, line, group.opened_by);
        self.push_item(line, ItemKind::Conditional, group.parent);
        if let Some(group) = self.outer.last_mut() {
            group.guard = guard;
            group.in_first = false;
        }
    }

    fn close_group(&mut self, line: Span) {
        if self.is_idle() {
            let parent = self.outer.pop().and_then(|group| group.parent);
            self.push_item(line, ItemKind::Conditional, parent);
            return;
        }
        self.swallow_group();
        self.end = line.end;
        let Some(inner) = self.inner.pop() else {
            return;
        };
        self.head = inner.close(self.head);
        if self.is_idle() {
            self.finish(self.head.done.unwrap_or(ItemKind::Fragment));
        }
    }

    /// Takes the innermost group around whole items into the item in progress, which one of its directives splits.
    ///
    /// Where the item is the first in the group it then starts with the group's first directive; else it starts
    /// where it did, in the middle of a branch.
    fn swallow_group(&mut self) {
        if !self.inner.is_empty() {
            return;
        }
        let Some(group) = self.outer.pop() else {
            return;
        };
        let mut dead = false;
        if group.in_first && self.found.items.len() == group.item + 1 {
            self.found.items.pop();
            self.found.guards.pop();
            self.start = group.opened_by.start;
            dead = conditional::is_dead(group.opened_by.of(self.source));
        } else {
            self.swallowed.push(group);
        }
        self.inner.push(Inner::open(Head::default(), dead));
    }
}

/// The length of a directive line without a comment or white space at its end.
fn code_length(line: &[u8]) -> usize {
    Tokens::resumed(line, 0)
        .filter(|token| {
            !matches!(
                token.kind,
                TokenKind::Space | TokenKind::Comment | TokenKind::DirectiveEnd
            )
        })
        .last()
        .map_or(0, |token| token.span.end as usize)
}
