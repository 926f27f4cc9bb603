//! Names that the target gave to things since the change: followed, so that a change of every use of a name is no change
//! of the lines that use it.
//!
//! A rename is taken as one only where it is complete: the target's file has the new name at every place of the old
//! one, has the old name nowhere, and the new name was not there before.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::replay::Sides;
use crate::items::lexer::{self, TokenKind};
use crate::text::{BeforeAfter, Span};

use super::edits;
use super::words::{Language, Reader, WordKind, Words};

/// One name that became another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    /// As the change knew it.
    pub from: String,
    /// As the target has it.
    pub to: String,
}

/// How often a name has to be replaced, at least, to be taken for renamed.
const LEAST: usize = 2;

/// The renames that lead from base to ours, sorted.
pub(super) fn of(language: Language, texts: Sides<&[u8]>) -> Vec<Rename> {
    if language != Language::C {
        return Vec::new();
    }
    let mut reader = Reader::default();
    let base = reader.words(texts.base, language);
    let ours = reader.words(texts.ours, language);
    let sides = BeforeAfter {
        before: &base,
        after: &ours,
    };
    let edits = edits::between(sides, language, reader.distinct());
    let mut became: BTreeMap<&[u8], BTreeMap<&[u8], usize>> = BTreeMap::new();
    for edit in &edits {
        let (before, after) = (names_of(&base, &edit.before), names_of(&ours, &edit.after));
        if before.len() != after.len() {
            continue;
        }
        for (from, to) in before.into_iter().zip(after) {
            if from != to {
                *became.entry(from).or_default().entry(to).or_default() += 1;
            }
        }
    }
    let (in_base, in_ours) = (all_names(&base), all_names(&ours));
    let in_theirs: BTreeSet<&[u8]> = lexer::identifiers(texts.theirs)
        .map(|span| span.of(texts.theirs))
        .collect();
    let renamed = became.into_iter().filter_map(|(from, to)| {
        let (name, count) = to.into_iter().max_by_key(|(_, count)| *count)?;
        let is_complete = count >= LEAST
            && !in_ours.contains(from)
            && !in_base.contains(name)
            && !in_theirs.contains(name);
        is_complete.then_some((from, name))
    });
    // Two names that became one are no rename.
    let renamed: Vec<_> = renamed.collect();
    let is_single = |to: &[u8]| renamed.iter().filter(|(_, other)| *other == to).count() == 1;
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let single = renamed.iter().filter(|(_, to)| is_single(to));
    single
        .map(|(from, to)| Rename {
            from: text(from),
            to: text(to),
        })
        .collect()
}

fn names_of<'a>(words: &Words<'a>, range: &std::ops::Range<u32>) -> Vec<&'a [u8]> {
    edits::usizes(range)
        .filter(|at| words.list[*at].kind == WordKind::Code(TokenKind::Identifier))
        .map(|at| words.text(at))
        .collect()
}

fn all_names<'a>(words: &Words<'a>) -> BTreeSet<&'a [u8]> {
    names_of(words, &(0..crate::text::offset(words.list.len())))
        .into_iter()
        .collect()
}

/// The text with the new names in it, literals as they were; in comments too, but for names that the target's comments
/// still have.
pub(super) fn applied(text: &[u8], ours: &[u8], renames: &[Rename]) -> Vec<u8> {
    let told: BTreeSet<&[u8]> = comment_names(ours).map(|span| span.of(ours)).collect();
    let names: BTreeMap<&[u8], &[u8]> = renames
        .iter()
        .map(|one| (one.from.as_bytes(), one.to.as_bytes()))
        .collect();
    let in_code = lexer::identifiers(text);
    let in_comments = comment_names(text).filter(|span| !told.contains(span.of(text)));
    let mut places: Vec<Span> = in_code.chain(in_comments).collect();
    places.sort_unstable_by_key(|span| span.start);
    let mut result = Vec::with_capacity(text.len());
    let mut copied = 0;
    for name in places {
        if let Some(to) = names.get(name.of(text)) {
            result.extend_from_slice(&text[copied..name.start as usize]);
            result.extend_from_slice(to);
            copied = name.end as usize;
        }
    }
    result.extend_from_slice(&text[copied..]);
    result
}

/// What looks like a name in the comments of a text.
fn comment_names(text: &[u8]) -> impl Iterator<Item = Span> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let comments = lexer::tokens(text).filter(|token| token.kind == TokenKind::Comment);
    comments.flat_map(move |comment| {
        let mut at = comment.span.start as usize;
        let end = comment.span.end as usize;
        std::iter::from_fn(move || {
            at += text[at..end]
                .iter()
                .take_while(|byte| !is_name(**byte))
                .count();
            let start = at;
            at += text[at..end]
                .iter()
                .take_while(|byte| is_name(**byte))
                .count();
            let span = Span::new(crate::text::offset(start), crate::text::offset(at));
            (start < at).then_some(span)
        })
    })
}
