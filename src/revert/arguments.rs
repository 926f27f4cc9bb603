//! Calls that give an argument of a type which the callee no longer takes: `declaration`.
//!
//! No expression is given a type. Where the callee took the same argument before, it was one of the parameter's type then, and
//! where no such value passes for the parameter's type now, it does not pass. An argument counts as the same where its
//! record is in sight and is the parameter's, or where it is a local, as written, of a function that is the same on both
//! sides. `NULL`, numbers, casts, calls, macros and what may be a `void *` are no claim. A member that is given as it is has a
//! type, and where that changes under a callee which stays the call parts as well.

use std::collections::BTreeSet;

use crate::facts::{Argument, ItemFacts, Operand};
use crate::graph::index::{FileId, ItemId};
use crate::graph::owner::Sight;
use crate::items::lexer::significant;

use super::heads::Changed;
use super::names::{Use, Uses, uses_in, uses_of};
use super::touched::TouchedFile;
use super::tree::Tree;
use super::types::Type;
use super::{BuildConflict, BuildConflictKind, Cause, Trees, heads};

/// Every call that gave what its callee takes and no longer does, unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    touched: &[TouchedFile],
    changed: &Changed,
    brought: &[Uses],
) -> Vec<BuildConflict> {
    trees.target.learn(&changed.functions);
    trees.merged.learn(&changed.functions);
    let mut found = Vec::new();
    for (name, calls) in uses_of(trees.merged.index, &changed.functions, |_| true) {
        for call in calls {
            let path = trees.merged.path(call.file());
            let own = touched.iter().find(|file| file.path == path);
            found.extend(judged(trees, (&name, &call), own));
        }
    }
    for (name, call) in calls_giving(&trees.merged, &changed.members) {
        let path = trees.merged.path(call.file());
        let own = touched.iter().find(|file| file.path == path);
        found.extend(judged(trees, (&name, &call), own));
    }
    for (file, calls) in touched.iter().zip(brought) {
        for (name, calls) in calls {
            let judged = |call| judged(trees, (name, call), Some(file));
            found.extend(calls.iter().filter_map(judged));
        }
    }
    found
}

/// The calls anywhere that are given a member of one of these names.
fn calls_giving(tree: &Tree<'_>, members: &BTreeSet<String>) -> Vec<(String, Use)> {
    let asked: Vec<&str> = members.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for id in tree.index.mentioning(&asked) {
        let facts = tree.index.facts(&[id]);
        let start = tree.index.item(id).span.start;
        let gives = |call: &Use| {
            let given = facts.iter().flat_map(|facts| {
                let given = facts.arguments(call.offset - start).iter();
                given.map(|one| match &one.operand {
                    Operand::MemberOf(_, name) => members.contains(facts.name(*name)),
                    _ => false,
                })
            });
            given.into_iter().any(|gives| gives)
        };
        let calls = uses_in(tree.index, &[id]).into_iter();
        found.extend(calls.filter(|(_, call)| call.arguments.is_some() && gives(call)));
    }
    tree.learn(&found.iter().map(|(name, _)| name.clone()).collect());
    found
}

/// The break at a call in a file, of those that the back-out changes if it is one: the first argument that the callee took,
/// in the tree that the argument comes from, and takes no longer.
fn judged(
    trees: &Trees<'_>,
    (name, call): (&str, &Use),
    own: Option<&TouchedFile>,
) -> Option<BuildConflict> {
    let merged = &trees.merged;
    let count = usize::from(call.arguments?);
    let path = merged.path(call.file());
    let now = heads::taken(merged, name, call.file()).filter(|now| now.len() == count)?;
    let facts = merged.index.facts(&[call.item]).pop()?;
    let start = merged.index.item(call.item).span.start;
    let mut pairs = now
        .iter()
        .zip(facts.arguments(call.offset - start))
        .enumerate();
    pairs.find_map(|(place, (now, given))| {
        let line = merged.line(call.file(), start + given.span.start);
        let is_brought = own.is_some_and(|file| file.brings(line));
        let (before, cause) = match is_brought {
            true => (&trees.source, Cause::Loss { path: path.clone() }),
            false => (&trees.target, Cause::Use),
        };
        let there = before.index.file(&path)?;
        before.learn(&[name.to_owned()].into());
        let then = heads::taken(before, name, there).filter(|then| then.len() == count)?;
        let is_other = then[place].words != now.words;
        let (then, now) = (then[place].of_type.as_ref()?, now.of_type.as_ref()?);
        let given = Given {
            sight: Sight::of(call.item, &facts),
            argument: given,
        };
        let gives = match then.contradicts(now) {
            // What the words stand for may have changed for the argument as well.
            true => {
                (is_other && given.is_of_type(merged, then, (before, there))).then(|| then.clone())
            }
            false => given
                .changed(merged, (before, there))
                .filter(|gives| gives.contradicts(now)),
        }?;
        let place = place + 1;
        Some(BuildConflict {
            line: merged.line(call.file(), call.offset),
            path: path.clone(),
            symbol: name.to_owned(),
            kind: BuildConflictKind::Declaration,
            because: format!(
                "gives `{name}` argument {place} as `{gives}`, and it takes `{now}` then"
            ),
            cause,
        })
    })
}

/// An argument of the merged tree.
struct Given<'a> {
    sight: Sight<'a>,
    argument: &'a Argument,
}

impl Given<'_> {
    /// Whether it is of the type that a parameter had in the tree `before`, where its call is the same.
    fn is_of_type(
        &self,
        merged: &Tree<'_>,
        then: &Type,
        (before, there): (&Tree<'_>, FileId),
    ) -> bool {
        let item = self.sight.item;
        let source = merged.index.source(item.file);
        let text = merged.index.item(item).span.of(&source);
        let Some(words) = self.plain(text) else {
            return false;
        };
        let operand = &self.argument.operand;
        if let Some(record) = merged.names.record(&self.sight, operand) {
            return then.is_of_record(&record) && self.is_record(merged);
        }
        let words = words.strip_prefix(&[&b"&"[..]]).unwrap_or(&words);
        let [name] = words else { return false };
        is_typed_local(self.sight.facts, text, name) && has_item(before, there, merged, item)
    }

    /// The type of a member that is given as it is, where that is another one in the tree `before`.
    fn changed(&self, merged: &Tree<'_>, (before, there): (&Tree<'_>, FileId)) -> Option<Type> {
        let Operand::MemberOf(owner, member) = &self.argument.operand else {
            return None;
        };
        let source = merged.index.source(self.sight.file);
        let words = self.plain(merged.index.item(self.sight.item).span.of(&source))?;
        let record = merged.names.record(&self.sight, owner)?;
        let member = self.sight.facts.name(*member);
        let member = (&*record, member);
        let then = heads::of_member(before, there, member)?;
        let now = heads::of_member(merged, self.sight.file, member)?;
        (then.differs(&now) && words[0] != b"&").then_some(now)
    }

    /// Its words, where it is a name, a member of one, or the address of that; anything else is computed.
    fn plain<'t>(&self, text: &'t [u8]) -> Option<Vec<&'t [u8]>> {
        let written = self.argument.span.of(text);
        let words = significant(written).map(|token| token.span.of(written));
        let words: Vec<&[u8]> = words.collect();
        let chain = words.strip_prefix(&[&b"&"[..]]).unwrap_or(&words);
        let mut chain = chain.iter().enumerate();
        let is_plain = !words.is_empty()
            && chain.all(|(at, word)| match at % 2 {
                0 => is_word(word),
                _ => matches!(*word, b"." | b"->"),
            });
        is_plain.then_some(words)
    }

    /// Whether what it names is itself declared as a record, or a pointer to one: a member that is none stands under the
    /// record that it is a member of.
    fn is_record(&self, tree: &Tree<'_>) -> bool {
        let Operand::MemberOf(owner, member) = &self.argument.operand else {
            return matches!(self.argument.operand, Operand::Typed(_) | Operand::Named(_));
        };
        let Some(owner) = tree.names.record(&self.sight, owner) else {
            return false;
        };
        let members = tree
            .names
            .members_of(&owner, self.sight.facts.name(*member));
        !members.is_empty() && members.iter().all(|member| member.type_name.is_some())
    }
}

fn is_word(text: &[u8]) -> bool {
    text.first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

/// Whether a function binds a name itself, and not as a pointer to anything.
fn is_typed_local(facts: &ItemFacts, text: &[u8], name: &[u8]) -> bool {
    let is_free = facts
        .references
        .iter()
        .any(|one| facts.name(one.name).as_bytes() == name);
    let words: Vec<&[u8]> = significant(text).map(|token| token.span.of(text)).collect();
    let is_any = words
        .windows(3)
        .any(|three| three[0] == b"void" && three[1] == b"*" && three[2] == name);
    !is_free && !is_any
}

/// Whether a file of another tree has the same item.
fn has_item(tree: &Tree<'_>, file: FileId, of: &Tree<'_>, item: ItemId) -> bool {
    let key = of.index.item(item).key;
    let items = tree.index.items(file);
    items.items.iter().any(|one| one.key == key)
}
