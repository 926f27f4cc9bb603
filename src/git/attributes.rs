//! The `merge` attribute of a path, from the `.gitattributes` files of the target's tree.
//!
//! A driver that runs a program is not run; the file is then merged as text, as git does without its configuration.
//! In a bare repository git reads no attributes of any tree, so there they count for nothing, with a note.
//! Attributes of the machine (`info/attributes`, `core.attributesFile`) and macros other than `binary` are not read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use crate::change::ObjectId;
use crate::change::replay::MergeDriver;
use crate::text::FilePath;

use super::trees::{AtPath, join};
use super::{GitError, Repository};

/// What a line of an attributes file says of merging.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Merge {
    Driver(MergeDriver),
    /// A driver by name that is none of git's own.
    Program(String),
    /// `!merge`: as if no line had said anything.
    Unspecified,
}

/// A line that says something of merging.
#[derive(Debug)]
pub(super) struct Rule {
    pattern: GlobMatcher,
    /// Whether the pattern is for the file's name, not its path below the attributes file.
    by_name: bool,
    merge: Merge,
}

impl Repository {
    /// How contents of `path` merge at a tree; adds a note where a program would.
    pub(super) fn merge_driver(
        &self,
        tree: ObjectId,
        path: &FilePath,
        notes: &mut Vec<String>,
    ) -> Result<MergeDriver, GitError> {
        let path = path.as_bytes();
        let mut merge = Merge::Unspecified;
        let directories = memchr::memchr_iter(b'/', path).map(|slash| slash + 1);
        for start in std::iter::once(0).chain(directories) {
            let directory = path[..start].strip_suffix(b"/").unwrap_or_default();
            let below = &path[start..];
            let rules = self.merge_rules(tree, &join(directory, b".gitattributes"))?;
            if let Some(rule) = rules.iter().rev().find(|rule| rule.matches(below)) {
                merge = rule.merge.clone();
            }
        }
        if self.is_bare() && !matches!(merge, Merge::Unspecified | Merge::Driver(MergeDriver::Text))
        {
            let path = FilePath::new(path);
            notes.push(format!(
                "{path}: merged as text, as git does in a bare repository; in a work tree its merge attribute holds"
            ));
            return Ok(MergeDriver::Text);
        }
        Ok(match merge {
            Merge::Driver(driver) => driver,
            Merge::Unspecified => MergeDriver::Text,
            Merge::Program(name) => {
                let path = FilePath::new(path);
                notes.push(format!("{path}: merge={name} is not run; merged as text"));
                MergeDriver::Text
            }
        })
    }

    /// Whether git takes the repository for a bare one: where the configuration does not say, by the directory's name.
    fn is_bare(&self) -> bool {
        let says = |key| {
            let config = self.raw.config().ok()?;
            config.get_entry(key).ok().map(drop)
        };
        let is_unsaid = says("core.bare").is_none() && says("core.worktree").is_none();
        let name = self.raw.path().file_name();
        self.raw.is_bare()
            || is_unsaid && !self.raw.is_worktree() && name != Some(OsStr::new(".git"))
    }

    fn merge_rules(&self, tree: ObjectId, file: &[u8]) -> Result<Arc<[Rule]>, GitError> {
        let AtPath::File(leaf) = self.at_path(tree, file)? else {
            return Ok(Arc::default());
        };
        if let Some(rules) = self.memo.borrow().rules.get(&leaf.id) {
            return Ok(Arc::clone(rules));
        }
        let content = self.blob(leaf.id)?;
        let text = content.bytes().unwrap_or_default();
        let rules: Arc<[Rule]> = text.split(|byte| *byte == b'\n').filter_map(rule).collect();
        let mut memo = self.memo.borrow_mut();
        memo.rules.insert(leaf.id, Arc::clone(&rules));
        Ok(rules)
    }
}

impl Rule {
    fn matches(&self, path: &[u8]) -> bool {
        let name = match memchr::memrchr(b'/', path) {
            Some(slash) if self.by_name => &path[slash + 1..],
            _ => path,
        };
        self.pattern.is_match(Path::new(OsStr::from_bytes(name)))
    }
}

/// Reads a line; `None` where it says nothing of merging.
fn rule(line: &[u8]) -> Option<Rule> {
    let line = std::str::from_utf8(line).ok()?.trim();
    if line.starts_with('#') || line.starts_with('[') {
        return None;
    }
    let (pattern, attributes) = line.split_once([' ', '\t'])?;
    let merge = attributes.split_ascii_whitespace().rev().find_map(merge)?;
    let by_name = !pattern.contains('/');
    let pattern = GlobBuilder::new(pattern.strip_prefix('/').unwrap_or(pattern))
        .literal_separator(true)
        .build()
        .ok()?;
    Some(Rule {
        pattern: pattern.compile_matcher(),
        by_name,
        merge,
    })
}

fn merge(attribute: &str) -> Option<Merge> {
    Some(match attribute {
        "merge" | "merge=text" | "-binary" => Merge::Driver(MergeDriver::Text),
        "-merge" | "merge=binary" | "binary" => Merge::Driver(MergeDriver::Binary),
        "merge=union" => Merge::Driver(MergeDriver::Union),
        "!merge" | "!binary" => Merge::Unspecified,
        other => Merge::Program(other.strip_prefix("merge=")?.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str, path: &str) -> Option<Merge> {
        let rule = rule(line.as_bytes())?;
        rule.matches(path.as_bytes()).then_some(rule.merge)
    }

    #[test]
    fn patterns_without_a_slash_match_names_and_others_paths() {
        let union = Some(Merge::Driver(MergeDriver::Union));
        assert_eq!(said("*.log merge=union", "d/e/a.log"), union);
        assert_eq!(said("/d/*.log merge=union", "d/a.log"), union);
        assert_eq!(said("/d/*.log merge=union", "d/e/a.log"), None);
        assert_eq!(said("d/**/a.log merge=union", "d/e/f/a.log"), union);
    }

    #[test]
    fn only_lines_about_merging_are_kept() {
        assert!(rule(b"*.c diff=cpp").is_none());
        assert!(rule(b"# *.c -merge").is_none());
        let binary = Some(Merge::Driver(MergeDriver::Binary));
        assert_eq!(said("*.png binary", "a.png"), binary);
        assert_eq!(
            said("*.c text merge=mine", "a.c"),
            Some(Merge::Program("mine".into()))
        );
    }
}
