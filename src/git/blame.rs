//! Which commit brought a line: a blame of one line, followed parent by parent.

use crate::change::{Content, ObjectId, hunks};
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

/// Where a line of a commit comes from.
enum Origin {
    /// From this parent, there in this place.
    Parent(PlacedLine),
    /// The commit itself wrote it.
    Here,
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
        let mut at = line.clone();
        loop {
            let head = self.commit(at.commit)?;
            if head.committed < since {
                return Ok(None);
            }
            let Some(leaf) = self.leaf_at(head.tree, &at.path)? else {
                return Ok(None);
            };
            match self.origin(&at, leaf)? {
                Some(Origin::Parent(parent)) => at = parent,
                Some(Origin::Here) => return Ok(Some(at)),
                None => return Ok(None),
            }
        }
    }

    fn leaf_at(&self, tree: ObjectId, path: &FilePath) -> Result<Option<Leaf>, GitError> {
        Ok(match self.at_path(tree, path.as_bytes())? {
            AtPath::File(leaf) => Some(leaf),
            _ => None,
        })
    }

    fn origin(&self, at: &PlacedLine, leaf: Leaf) -> Result<Option<Origin>, GitError> {
        let head = self.commit(at.commit)?;
        let mut candidates = Vec::new();
        for parent in &head.parents {
            let tree = self.commit(*parent)?.tree;
            match self.leaf_at(tree, &at.path)? {
                Some(before) if before.id == leaf.id => {
                    let same = PlacedLine {
                        commit: *parent,
                        ..at.clone()
                    };
                    return Ok(Some(Origin::Parent(same)));
                }
                Some(before) => candidates.push((*parent, at.path.clone(), before)),
                None => candidates.extend(self.renamed_from(at, *parent)?),
            }
        }
        let Content::Bytes(after) = self.blob(leaf.id)? else {
            return Ok(None);
        };
        for (commit, path, before) in candidates {
            let Content::Bytes(before) = self.blob(before.id)? else {
                return Ok(None);
            };
            let sides = BeforeAfter {
                before: &*before,
                after: &*after,
            };
            if let Some(line) = line_before(sides, at.line) {
                let parent = PlacedLine { commit, path, line };
                return Ok(Some(Origin::Parent(parent)));
            }
        }
        let start = crate::text::LineIndex::of(&after).start(at.line);
        // What follows a final newline is no line.
        let is_line = start.is_some_and(|start| (start as usize) < after.len());
        Ok(is_line.then_some(Origin::Here))
    }

    /// The file of `parent` that the commit renamed to this path.
    fn renamed_from(
        &self,
        at: &PlacedLine,
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
fn line_before(sides: BeforeAfter<&[u8]>, line: LineNumber) -> Option<LineNumber> {
    let mut shift = 0i64;
    for hunk in hunks::between(sides) {
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
        let sides = BeforeAfter {
            before: &b"a\nb\nc\n"[..],
            after: &b"a\nnew\nb\n"[..],
        };
        assert_eq!(line_before(sides, LineNumber(1)), Some(LineNumber(1)));
        assert_eq!(line_before(sides, LineNumber(2)), None);
        assert_eq!(line_before(sides, LineNumber(3)), Some(LineNumber(2)));
    }
}
