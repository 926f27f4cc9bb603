//! Symbols under new names: what gave way to another of its kind, and functions that are still known by their bodies.

use std::collections::BTreeMap;

use super::{How, LEAST_LIKENESS, MOST_CANDIDATES, Matching, is_alike, likeness};
use super::{Renames, Site};
use crate::facts::SymbolKind;
use crate::text::BeforeAfter;

/// Shorter functions are alike by chance: `static void f(void) { g(); }` has 12 tokens. Tuned by eye.
const LEAST_TOKENS: usize = 30;

impl<'s> Matching<'_, 's> {
    /// Pairs what is left under new names, and says which names these are.
    pub(super) fn by_new_name(&mut self, substitutions: &Renames) -> Renames {
        let mut renames = Renames::default();
        for (before, after) in self.replaced_names(substitutions) {
            if self.taken.before[before] || self.taken.after[after] {
                continue;
            }
            self.take(before, after, How::Renamed);
            let words = (
                self.sites.before[before].name_word(),
                self.sites.after[after].name_word(),
            );
            if let (Some(before), Some(after)) = words {
                renames.insert(before, after);
            }
        }
        for (before, after) in self.alike_functions() {
            self.take(before, after, How::Renamed);
            let words = (
                self.sites.before[before].name_word(),
                self.sites.after[after].name_word(),
            );
            if let (Some(before), Some(after)) = words {
                renames.insert(before, after);
            }
        }
        self.members_of_renamed();
        renames
    }

    /// Pairs the members of a struct with a new name by their own names.
    fn members_of_renamed(&mut self) {
        let renamed = self.found.iter().filter(|(.., how)| *how == How::Renamed);
        let new_names: BTreeMap<&str, &str> = renamed
            .map(|(before, after, _)| {
                let names = (&self.sites.before[*before], &self.sites.after[*after]);
                (names.0.bare_name(), names.1.bare_name())
            })
            .collect();
        if new_names.is_empty() {
            return;
        }
        let groups = self.open_groups(|site, _| {
            let parent = site.parent().unwrap_or_default();
            let parent = new_names.get(parent).copied().unwrap_or(parent);
            let is_member = site.definition.kind == SymbolKind::Member;
            is_member.then_some((parent.to_owned(), site.bare_name().to_owned()))
        });
        for group in groups {
            let of_members =
                |at: &usize| self.sites.after[*at].definition.kind == SymbolKind::Member;
            if group.after.first().is_some_and(of_members) {
                self.pair_group(group, How::Named);
            }
        }
    }

    /// Open symbols whose name gave way to that of another open symbol of their kind, and which are that symbol but for
    /// names that gave way too; functions may also be merely alike.
    fn replaced_names(&self, substitutions: &Renames) -> Vec<(usize, usize)> {
        let mut after_names = BTreeMap::<_, Vec<usize>>::new();
        for (at, site) in self.sites.after.iter().enumerate() {
            if let Some(word) = site.name_word().filter(|_| !self.taken.after[at]) {
                let key = (site.definition.kind, site.defines(), word);
                after_names.entry(key).or_default().push(at);
            }
        }
        let mut found = Vec::new();
        for (at, site) in self.sites.before.iter().enumerate() {
            let Some(word) = site.name_word().filter(|_| !self.taken.before[at]) else {
                continue;
            };
            let new_names = substitutions.of(word);
            let candidates = new_names.filter_map(|new| {
                let key = (site.definition.kind, site.defines(), new);
                after_names.get(&key)
            });
            let near = |after: &usize| self.piece_after(*after).pair != self.piece_before(at).pair;
            let mut candidates: Vec<usize> = candidates.flatten().copied().collect();
            candidates.sort_by_key(near);
            let same = candidates.into_iter().filter(|after| {
                let after = &self.sites.after[*after];
                let sides = BeforeAfter {
                    before: site,
                    after,
                };
                let nameless = sides.map(Site::nameless);
                substitutions.same(nameless.as_ref().map(|words| &words[..]))
                    || site.definition.kind == SymbolKind::Function
                        && site.defines()
                        && is_alike(site, after)
            });
            found.extend(same.map(|after| (at, after)));
        }
        found
    }

    /// Open functions of one file that are alike under two names, the likest first.
    fn alike_functions(&self) -> Vec<(usize, usize)> {
        let is_function = |site: &Site<'_>| {
            site.definition.kind == SymbolKind::Function
                && site.definition.body.is_some()
                && site.tokens.len() >= LEAST_TOKENS
        };
        let open = |sites: &[Site<'_>], taken: &[bool]| {
            let open = (0..sites.len()).filter(|at| !taken[*at] && is_function(&sites[*at]));
            open.collect::<Vec<_>>()
        };
        let before = open(self.sites.before, &self.taken.before);
        let after = open(self.sites.after, &self.taken.after);
        if before.len() * after.len() > MOST_CANDIDATES {
            return Vec::new();
        }
        let mut scored = Vec::new();
        for before in &before {
            for after in &after {
                if self.piece_before(*before).pair == self.piece_after(*after).pair {
                    let likeness = likeness(&self.sites.before[*before], &self.sites.after[*after]);
                    scored.push((likeness, *before, *after));
                }
            }
        }
        scored.retain(|(likeness, ..)| *likeness >= LEAST_LIKENESS);
        scored.sort_by(|one, other| {
            other
                .0
                .total_cmp(&one.0)
                .then((one.1, one.2).cmp(&(other.1, other.2)))
        });
        let mut used = self.taken.clone();
        scored.retain(|(_, before, after)| {
            let free = !used.before[*before] && !used.after[*after];
            used.before[*before] |= free;
            used.after[*after] |= free;
            free
        });
        scored
            .into_iter()
            .map(|(_, before, after)| (before, after))
            .collect()
    }
}
