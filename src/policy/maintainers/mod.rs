//! Who answers for a file, as a tree's MAINTAINERS says: the sections that a path meets, deepest first, and their people.
//!
//! Follows `get_maintainer.pl` of Linux, QEMU and Xen without its look into the history. Knows no tree: whether a
//! pattern names a directory is asked of the caller.

mod pattern;
mod people;
mod read;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;

use crate::text::FilePath;

use pattern::Pattern;
pub use people::{Mailbox, Mailmap};
pub use read::read;

/// How a MAINTAINERS file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// `N:` patterns, comments, addresses inside YAML files; people are told apart by name and by address.
    Linux,
    /// As Linux of old: no `N:`, no comments.
    Qemu,
    /// Braces in patterns; THE REST speaks only where no other section has a maintainer.
    Xen,
}

/// What a person or list is to a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `M:`.
    Maintainer,
    /// `R:`.
    Reviewer,
    /// `L:`.
    List,
    /// An address inside the file itself (Linux, YAML).
    InFile,
}

/// One section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its first line.
    pub title: String,
    /// `S:`; empty where there is none.
    pub status: String,
    people: Vec<(Role, Mailbox)>,
    files: Vec<Pattern>,
    except: Vec<Pattern>,
    names: Vec<Regex>,
    keywords: Vec<Regex>,
}

/// All sections of a tree.
#[derive(Clone, Debug)]
pub struct Maintainers {
    dialect: Dialect,
    sections: Vec<Section>,
    mailmap: Mailmap,
    /// Patterns that are no regular expressions, in words.
    pub notes: Vec<String>,
}

/// A section that a file meets.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// The section.
    pub section: &'a Section,
    /// How deep its pattern reaches: higher is more specific; `None` where only a keyword of it was met.
    pub depth: Option<i32>,
}

/// One who answers for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As what.
    pub role: Role,
    /// Who, through the mailmap.
    pub mailbox: Mailbox,
    /// The section's title; empty for one named inside the file.
    pub section: String,
    /// The section's status.
    pub status: String,
}

/// A file whose maintainers are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its path.
    pub path: &'a FilePath,
    /// Where keywords are looked for: the file, or the changed lines; `None` to leave keywords out.
    pub text: Option<&'a str>,
}

impl Maintainers {
    /// The sections that a file meets: by pattern, deepest first and then in the order of the file, then by keyword.
    #[must_use]
    pub fn sections_of(&self, subject: &Subject<'_>) -> Vec<Met<'_>> {
        let path = subject.path.to_text();
        let mut met: Vec<_> = self
            .sections
            .iter()
            .filter_map(|section| {
                let depth = section.depth(&path)?;
                Some(Met {
                    section,
                    depth: Some(depth),
                })
            })
            .collect();
        met.sort_by_key(|met| Reverse(met.depth));
        // The file that lists the keywords holds them all.
        let is_list = subject.path.as_bytes() == b"MAINTAINERS";
        let text = subject.text.filter(|_| !is_list).unwrap_or_default();
        let has_keyword =
            |section: &&Section| section.keywords.iter().any(|word| word.is_match(text));
        let by_keyword = self.sections.iter().filter(has_keyword).map(|section| Met {
            section,
            depth: None,
        });
        met.extend(by_keyword);
        met
    }

    /// Who answers for a file, each person once, those of the deepest section first; as `get_maintainer.pl -f` prints.
    #[must_use]
    pub fn people_of(&self, subject: &Subject<'_>) -> Vec<Person> {
        let met = self.sections_of(subject);
        let mut by_pattern = self.named(met.iter().filter(|met| met.depth.is_some()));
        if self.dialect == Dialect::Xen {
            leave_the_rest_out(&met, &mut by_pattern);
        }
        let by_keyword = self.named(met.iter().filter(|met| met.depth.is_none()));
        let mut people = [by_pattern, by_keyword].concat();
        if self.dialect == Dialect::Linux && subject.path.as_bytes().ends_with(b".yaml") {
            let inside = people::inside(subject.text.unwrap_or_default());
            people.extend(inside.into_iter().map(|mailbox| Person {
                role: Role::InFile,
                mailbox: self.mailmap.mapped(mailbox),
                section: String::new(),
                status: String::new(),
            }));
        }
        self.each_once(people)
    }

    /// The maintainers (`M:`) of the most specific section that has any, and that section's title; none for an orphan.
    #[must_use]
    pub fn answerable(&self, subject: &Subject<'_>) -> Vec<Person> {
        let maintainers = |met: &Met<'_>| {
            let mut people = self.named([met]);
            people.retain(|person| person.role == Role::Maintainer);
            people
        };
        let met = self.sections_of(subject);
        let Some(depth) = met
            .iter()
            .find(|met| !maintainers(met).is_empty())
            .map(|met| met.depth)
        else {
            return Vec::new();
        };
        let deepest = met.iter().filter(|met| met.depth == depth);
        self.each_once(deepest.flat_map(maintainers).collect())
    }

    /// A mailbox as the tree's mailmap writes it.
    #[must_use]
    pub fn mapped(&self, mailbox: Mailbox) -> Mailbox {
        self.mailmap.mapped(mailbox)
    }

    fn named<'a>(&self, met: impl IntoIterator<Item = &'a Met<'a>>) -> Vec<Person> {
        met.into_iter()
            // Whoever is "buried alive in reporters" is not to be asked of every patch.
            .filter(|met| {
                !met.section
                    .status
                    .eq_ignore_ascii_case("buried alive in reporters")
            })
            .flat_map(|met| {
                met.section
                    .people
                    .iter()
                    .map(|person| (met.section, person))
            })
            .map(|(section, (role, mailbox))| Person {
                role: *role,
                mailbox: self.mailmap.mapped(mailbox.clone()),
                section: section.title.clone(),
                status: section.status.clone(),
            })
            .collect()
    }

    /// The first of those who share a name or an address, however they are spelled (Xen: who are written alike).
    fn each_once(&self, people: Vec<Person>) -> Vec<Person> {
        let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        let mut is_new = |person: &Person| {
            let name = person.mailbox.name.to_lowercase();
            let address = person.mailbox.address.to_lowercase();
            if self.dialect == Dialect::Xen && person.role != Role::List {
                return names.insert(person.mailbox.to_string());
            }
            let known = addresses.contains(&address) || !name.is_empty() && names.contains(&name);
            addresses.insert(address);
            names.insert(name);
            !known
        };
        people.into_iter().filter(|person| is_new(person)).collect()
    }
}

impl Section {
    /// How deep the deepest pattern reaches that holds the path; `None` where none does or an exception takes it out.
    fn depth(&self, path: &str) -> Option<i32> {
        let by_name = self.names.iter().any(|name| name.is_match(path));
        let by_file = self
            .files
            .iter()
            .filter(|pattern| pattern.holds(path))
            .map(|pattern| pattern.depth())
            .max();
        let depth = by_file.or(by_name.then_some(0))?;
        let excepted = || self.except.iter().any(|pattern| pattern.holds(path));
        (!excepted()).then_some(depth)
    }

    fn is_the_rest(&self) -> bool {
        self.title == "THE REST" && self.status.eq_ignore_ascii_case("supported")
    }
}

/// Xen: the maintainers of THE REST are left out where another section has a maintainer.
fn leave_the_rest_out(met: &[Met<'_>], people: &mut Vec<Person>) {
    let only_the_rest = met
        .iter()
        .filter(|met| met.depth.is_some())
        .all(|met| met.section.is_the_rest());
    let is_rest = |person: &Person| {
        person.section == "THE REST" && person.status.eq_ignore_ascii_case("supported")
    };
    let other = people
        .iter()
        .any(|person| person.role == Role::Maintainer && !is_rest(person));
    if !only_the_rest && other {
        people.retain(|person| person.role != Role::Maintainer || !is_rest(person));
    }
}
