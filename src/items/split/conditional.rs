//! The open `#if` groups: those around whole items, and those that an item holds inside.

use super::head::Head;
use crate::text::Span;

/// What a directive is to the splitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::items) enum Directive {
    /// `#if` and its kin.
    If,
    Elif,
    Else,
    Endif,
    Define,
    Include,
    Other,
}

/// Which directive the line is whose `#` has just been read; `line` starts behind that `#`.
pub(in crate::items) fn directive(line: &[u8]) -> Directive {
    let name = line.trim_ascii_start();
    let end = name
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    match &name[..end.unwrap_or(name.len())] {
        b"if" | b"ifdef" | b"ifndef" => Directive::If,
        b"elif" | b"elifdef" | b"elifndef" => Directive::Elif,
        b"else" => Directive::Else,
        b"endif" => Directive::Endif,
        b"define" => Directive::Define,
        b"include" | b"include_next" | b"import" => Directive::Include,
        _ => Directive::Other,
    }
}

/// Whether the directive is `#if 0` (or `#elif 0`): its branch is no code.
pub(in crate::items) fn is_dead(line: &[u8]) -> bool {
    let mut words = line
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty());
    let name = words
        .next()
        .map(|word| word.strip_prefix(b"#").unwrap_or(word));
    let condition = match name {
        Some(b"") => words.nth(1),
        Some(_) => words.next(),
        None => None,
    };
    condition == Some(b"0")
}

/// A group around whole items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outer {
    /// Its first directive.
    pub(super) opened_by: Span,
    /// The guard of the branch that is open.
    pub(super) guard: u32,
    /// The guard around the group.
    pub(super) parent: Option<u32>,
    /// The item of its first directive.
    pub(super) item: usize,
    /// Whether the open branch is its first.
    pub(super) in_first: bool,
}

/// A group inside an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inner {
    /// The state before the group, at which each branch starts.
    before: Head,
    /// The state behind the first branch that is code: what the item goes on with behind the group.
    first: Option<Head>,
    dead: bool,
}

impl Inner {
    /// Opens a group in state `before`.
    pub(super) fn open(before: Head, dead: bool) -> Self {
        Self {
            before,
            first: None,
            dead,
        }
    }

    /// Ends the branch that got to state `head`; returns the state in which the next one starts.
    pub(super) fn next_branch(&mut self, head: Head, dead: bool) -> Head {
        self.end_branch(head);
        self.dead = dead;
        self.before
    }

    /// Ends the group, whose last branch got to state `head`; returns the state behind it.
    pub(super) fn close(mut self, head: Head) -> Head {
        self.end_branch(head);
        self.first.unwrap_or(self.before)
    }

    fn end_branch(&mut self, head: Head) {
        if !self.dead {
            self.first.get_or_insert(head);
        }
    }
}
