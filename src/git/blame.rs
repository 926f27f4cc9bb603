//! Which commit brought a line: a blame of the lines that are asked for, followed parent by parent.

use crate::change::hunks::{self, Hunk};
use crate::change::{Content, ObjectId};
use crate::text::{BeforeAfter, FilePath, LineNumber};

use super::objects::EMPTY_TREE;
use super::trees::{AtPath, Leaf};
use super::{GitError, Repository};

/// A line of a file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLine {
    /// The commit whose tree has the file.
    pub commit: ObjectId,
    /// The file.
    pub path: FilePath,
    /// The line.
    pub line: LineNumber,
}

/// Some lines of a file of a commit, each with what it is asked under.
struct Group {
    commit: ObjectId,
    path: FilePath,
    lines: Vec<(usize, LineNumber)>,
}

impl Repository {
    /// The commit that brought a line as it stands, with its place there; `None` where that is older than `since`
    /// (seconds since 1970, UTC), or the file is not there, or has no such line.
    ///
    /// A merge is followed to the first parent that has the line; a file that came new is followed to the file it was
    /// renamed from. A line that moved within its file counts as new.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn introduced(
        &self,
        line: &PlacedLine,
        since: i64,
    ) -> Result<Option<PlacedLine>, GitError> {
        let mut found = self.origins((line.commit, &line.path), &[line.line], since)?;
        Ok(found.pop().flatten())
    }

    /// The same for many lines of one file at once, in their order.
    ///
    /// # Errors
    /// As [`Repository::introduced`].
    pub fn origins(
        &self,
        (commit, path): (ObjectId, &FilePath),
        lines: &[LineNumber],
        since: i64,
    ) -> Result<Vec<Option<PlacedLine>>, GitError> {
        let mut found = vec![None; lines.len()];
        let mut open = vec![Group {
            commit,
            path: path.clone(),
            lines: lines.iter().copied().enumerate().collect(),
        }];
        while let Some(group) = open.pop() {
            let head = self.commit(group.commit)?;
            if head.committed < since {
                continue;
            }
            if let Some(leaf) = self.leaf_at(head.tree, &group.path)? {
                open.extend(self.parents_of(group, leaf, &mut found)?);
            }
        }
        Ok(found)
    }

    fn leaf_at(&self, tree: ObjectId, path: &FilePath) -> Result<Option<Leaf>, GitError> {
        Ok(match self.at_path(tree, path.as_bytes())? {
            AtPath::File(leaf) => Some(leaf),
            _ => None,
        })
    }

    /// The lines of a group where they stood in the parents; those that the commit itself wrote go to `found`.
    fn parents_of(
        &self,
        group: Group,
        leaf: Leaf,
        found: &mut [Option<PlacedLine>],
    ) -> Result<Vec<Group>, GitError> {
        let head = self.commit(group.commit)?;
        let mut candidates = Vec::new();
        for parent in &head.parents {
            let tree = self.commit(*parent)?.tree;
            match self.leaf_at(tree, &group.path)? {
                Some(before) if before.id == leaf.id => {
                    return Ok(vec![Group {
                        commit: *parent,
                        ..group
                    }]);
                }
                Some(before) => candidates.push((*parent, group.path.clone(), before)),
                None => candidates.extend(self.renamed_from(&group, *parent)?),
            }
        }
        let Content::Bytes(after) = self.blob(leaf.id)? else {
            return Ok(Vec::new());
        };
        let mut lines = group.lines;
        let mut groups = Vec::new();
        for (commit, path, before) in candidates {
            let Content::Bytes(before) = self.blob(before.id)? else {
                return Ok(groups);
            };
            let sides = BeforeAfter {
                before: &*before,
                after: &*after,
            };
            let hunks = hunks::between(sides);
            let mut there = Vec::new();
            lines.retain(|(id, line)| match line_before(&hunks, *line) {
                Some(before) => {
                    there.push((*id, before));
                    false
                }
                None => true,
            });
            groups.push(Group {
                commit,
                path,
                lines: there,
            });
        }
        let starts = crate::text::LineIndex::of(&after);
        // What follows a final newline is no line.
        lines.retain(|(_, line)| {
            starts
                .start(*line)
                .is_some_and(|at| (at as usize) < after.len())
        });
        for (id, line) in lines {
            found[id] = Some(PlacedLine {
                commit: group.commit,
                path: group.path.clone(),
                line,
            });
        }
        groups.retain(|group| !group.lines.is_empty());
        Ok(groups)
    }

    /// Where a file of one commit is in another: at its own path, else where it was renamed to; `None` where it is gone.
    /// The two trees are compared with each other, so a file that was renamed and rewritten beyond half counts as gone.
    ///
    /// # Errors
    /// As [`Repository::introduced`].
    pub fn followed(
        &self,
        path: &FilePath,
        [from, to]: [ObjectId; 2],
    ) -> Result<Option<FilePath>, GitError> {
        let trees = [self.commit(from)?.tree, self.commit(to)?.tree];
        if self.leaf_at(trees[1], path)?.is_some() {
            return Ok(Some(path.clone()));
        }
        let pairs = self.tree_pairs(trees[0], trees[1])?;
        let files = self.with_renames(pairs, &mut Vec::new())?;
        let renamed = files.into_iter().find(|file| {
            let before = file.sides.before.as_ref();
            before.is_some_and(|(before, _)| before == path)
        });
        let after = renamed.and_then(|file| file.sides.after);
        Ok(after.map(|(path, _)| path))
    }

    /// The file of `parent` that the commit renamed to this path.
    fn renamed_from(
        &self,
        at: &Group,
        parent: ObjectId,
    ) -> Result<Option<(ObjectId, FilePath, Leaf)>, GitError> {
        let trees = [self.commit(parent)?.tree, self.commit(at.commit)?.tree];
        if trees[0] == EMPTY_TREE {
            return Ok(None);
        }
        let pairs = self.tree_pairs(trees[0], trees[1])?;
        let files = self.with_renames(pairs, &mut Vec::new())?;
        let renamed = files.into_iter().find(|file| {
            let after = file.sides.after.as_ref();
            after.is_some_and(|(path, _)| *path == at.path)
        });
        let before = renamed.and_then(|file| file.sides.before);
        Ok(before.map(|(path, leaf)| (parent, path, leaf)))
    }
}

/// Where an unchanged line stood before; `None` for a line that is new.
fn line_before(hunks: &[Hunk], line: LineNumber) -> Option<LineNumber> {
    let mut shift = 0i64;
    for hunk in hunks {
        if hunk.after.contains(line) {
            return None;
        }
        if hunk.after.first > line {
            break;
        }
        shift += i64::from(hunk.before.count) - i64::from(hunk.after.count);
    }
    u32::try_from(i64::from(line.0) + shift)
        .ok()
        .map(LineNumber)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_shift_by_what_changed_above_them() {
        let hunks = hunks::between(BeforeAfter {
            before: &b"a\nb\nc\n"[..],
            after: &b"a\nnew\nb\n"[..],
        });
        assert_eq!(line_before(&hunks, LineNumber(1)), Some(LineNumber(1)));
        assert_eq!(line_before(&hunks, LineNumber(2)), None);
        assert_eq!(line_before(&hunks, LineNumber(3)), Some(LineNumber(2)));
    }
}
