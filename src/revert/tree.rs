//! How one tree answers a use: what its file sees of the name, and whether that defines it.
//!
//! Follows ISO C 6.2: a name is seen from its declaration on, in its own file and in those that include it. A header or
//! a fragment does not say who includes it, so there any header counts, as does any file that pulls it in; the
//! same holds for a macro's replacement list, which is read where the macro is used. What a description that is no C stands
//! for is seen from everywhere, and sees everything. Conditions are not evaluated: a name that one branch provides is taken
//! as provided.

use std::collections::BTreeSet;

use crate::facts::{Form, Linkage, SymbolKind};
use crate::graph::index::{FileId, TreeIndex};
use crate::graph::pasted;
use crate::graph::resolve::{Resolver, Site};
use crate::text::{FilePath, LineNumber, is_c_path};

use super::names::{Need, Use, Uses, uses_in_file};

/// One of the trees that a back-out looks at, with what has been looked up in it.
pub(super) struct Tree<'a> {
    pub(super) index: &'a dyn TreeIndex,
    pub(super) names: Resolver<'a>,
}

/// How well a use is answered; a lower answer than before is a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    /// Nothing that its file sees provides the name.
    Nothing,
    /// Declared in sight, but nothing in the tree defines it (a library, generated code).
    Declared,
    /// Declared in sight, and defined.
    Defined,
}

impl<'a> Tree<'a> {
    pub(super) fn of(index: &'a dyn TreeIndex) -> Self {
        Self {
            index,
            names: Resolver::new(index),
        }
    }

    pub(super) fn path(&self, file: FileId) -> FilePath {
        self.index.path(file)
    }

    /// `path:line` of a provider, for a sentence.
    pub(super) fn place(&self, site: &Site) -> String {
        let line = self.line(site.item.file, site.offset);
        format!("{}:{line}", self.path(site.item.file))
    }

    pub(super) fn line(&self, file: FileId, offset: u32) -> LineNumber {
        self.index.line(file, offset)
    }

    /// The line that a use stands in.
    pub(super) fn line_text(&self, a_use: &Use) -> Vec<u8> {
        let source = self.index.source(a_use.file());
        let at = (a_use.offset as usize).min(source.len());
        let start = memchr::memrchr(b'\n', &source[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &source[at..]).map_or(source.len(), |end| at + end);
        source[start..end].to_vec()
    }

    /// Whether `file` includes `other`, however deep, or is it.
    pub(super) fn includes(&self, file: FileId, other: FileId) -> bool {
        self.names.includes().reaches(file, other)
    }

    /// Looks up who provides these names, all at once.
    pub(super) fn learn(&self, names: &BTreeSet<String>) {
        self.names.learn(names.iter().map(String::as_str));
    }

    /// The uses of `names` in one file.
    pub(super) fn uses_in_file(&self, file: FileId, names: &BTreeSet<String>) -> Uses {
        uses_in_file(self.index, file, names)
    }

    /// Adds the uses of names that macros paste together.
    pub(super) fn add_pasted(&self, names: &BTreeSet<String>, uses: &mut Uses) {
        for name in names {
            let pasted = pasted::uses(self.index, self.names.includes(), name);
            let pasted = pasted.into_iter().map(|one| Use {
                item: one.item,
                offset: self.index.item(one.item).span.start + one.offset,
                need: Need::Ordinary,
                arguments: None,
                in_macro: false,
            });
            let pasted: Vec<Use> = pasted.collect();
            if !pasted.is_empty() {
                uses.entry(name.clone()).or_default().extend(pasted);
            }
        }
    }

    /// How the tree answers `a_use`, with the provider that answers best.
    pub(super) fn answer(&self, name: &str, a_use: &Use) -> (Answer, Option<Site>) {
        let sites = self.names.sites(name);
        let mut seen = sites
            .iter()
            .filter(|site| self.sees(a_use, site))
            .peekable();
        let Some(first) = seen.peek().copied() else {
            return (Answer::Nothing, None);
        };
        if let Some(defining) = seen.find(|site| defines(site)) {
            return (Answer::Defined, Some(defining.clone()));
        }
        // A static is declared for its own translation unit: the definition stands further down.
        let is_linked = |site: &Site| {
            site.linkage == Linkage::External
                || [a_use.file(), first.item.file].contains(&site.item.file)
        };
        let elsewhere = sites
            .iter()
            .find(|site| defines(site) && is_linked(site) && site.kind == first.kind);
        match elsewhere {
            Some(definition) => (Answer::Defined, Some(definition.clone())),
            None => (Answer::Declared, Some(first.clone())),
        }
    }

    /// A definition of the name that is out of this use's sight but could serve it by its kind.
    pub(super) fn definition_out_of_sight(&self, name: &str, a_use: &Use) -> Option<Site> {
        let sites = self.names.sites(name);
        let serves = |site: &&Site| {
            let may_be_meant = site.linkage != Linkage::Internal || site.item.file == a_use.file();
            may_be_meant && defines(site) && a_use.need.is_met_by(site.kind, site.form)
        };
        sites.iter().find(serves).cloned()
    }

    /// Whether the provider is in force where the name is used.
    pub(super) fn sees(&self, a_use: &Use, site: &Site) -> bool {
        a_use.need.is_met_by(site.kind, site.form) && self.reaches(a_use, site)
    }

    fn reaches(&self, a_use: &Use, site: &Site) -> bool {
        let (user, provider) = (a_use.file(), site.item.file);
        // What the build makes of a description is included under a name that no tree has, and in what order it stands
        // there is the generator's business.
        if [user, provider]
            .iter()
            .any(|file| !is_c_path(&self.path(*file)))
        {
            return true;
        }
        if provider == user {
            return a_use.in_macro || site.offset <= a_use.offset;
        }
        self.includes(user, provider)
            || (a_use.in_macro || is_pulled_in(&self.path(user)))
                && (is_pulled_in(&self.path(provider)) || self.includes(provider, user))
    }
}

/// Whether a provider brings its name into being: a body, a value, a tentative object.
pub(super) fn defines(site: &Site) -> bool {
    site.form != Form::Declaration
}

/// Whether a file is read through the files that include it: anything but a plain `.c`.
pub(super) fn is_pulled_in(path: &FilePath) -> bool {
    !path.file_name().ends_with(b".c")
}

/// The word for a kind of symbol in a sentence.
pub(super) fn word(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Function => "function",
        SymbolKind::Macro => "macro",
        SymbolKind::Struct => "struct",
        SymbolKind::Union => "union",
        SymbolKind::Enum => "enum",
        SymbolKind::Typedef => "typedef",
        SymbolKind::Member => "member",
        SymbolKind::Enumerator => "enumerator",
        SymbolKind::Object => "object",
    }
}
