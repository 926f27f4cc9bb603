//! Zones: which part of a tree a path lies in, by globs, first match wins.
//!
//! Globs are gitignore-like: `*` stays in one directory, `**` crosses them; a path is matched from the root.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use crate::text::FilePath;

/// What a policy thinks of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneClass {
    /// Tests: not counted as code.
    Tests,
    /// Documentation.
    Docs,
    /// Code that little depends on.
    Leaf,
    /// Code that others depend on.
    Core,
    /// What outlives a revert: formats, protocols, installed interfaces.
    Irreversible,
    /// Not edited by hand.
    Forbidden,
}

/// One zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name, unique in the policy.
    pub name: String,
    /// Its class.
    pub class: ZoneClass,
    /// Its globs as written.
    pub globs: Vec<String>,
    /// Why it is a zone: the project's text or `inferred`.
    pub source: String,
    set: GlobSet,
}

impl Zone {
    /// Compiles a zone.
    ///
    /// # Errors
    /// The glob that does not compile, and why.
    pub fn new(
        name: String,
        class: ZoneClass,
        globs: Vec<String>,
        source: String,
    ) -> Result<Self, (String, globset::Error)> {
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            set.add(compiled(glob).map_err(|error| (glob.clone(), error))?);
        }
        let set = set.build().map_err(|error| (globs.join(" "), error))?;
        Ok(Self {
            name,
            class,
            globs,
            source,
            set,
        })
    }

    /// Whether the path lies in this zone, other zones left aside.
    #[must_use]
    pub fn holds(&self, path: &FilePath) -> bool {
        self.set.is_match(path.to_text().as_ref())
    }

    /// The globs that match the path, as indices into [`Zone::globs`], in order.
    #[must_use]
    pub fn matching(&self, path: &FilePath) -> Vec<usize> {
        self.set.matches(path.to_text().as_ref())
    }
}

pub(super) fn compiled(glob: &str) -> Result<Glob, globset::Error> {
    globset::GlobBuilder::new(glob)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
}

/// The zone of a path: the first that holds it; `None` where none does.
#[must_use]
pub fn of<'a>(zones: &'a [Zone], path: &FilePath) -> Option<&'a Zone> {
    zones.iter().find(|zone| zone.holds(path))
}
