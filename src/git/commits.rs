//! Commits: the header that history walks need, and the whole of it for a change.

use std::sync::Arc;

use git2::ObjectType;

use crate::change::{ObjectId, Person};

use super::{GitError, Repository};

/// What a walk through the history needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitHead {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, first parent first; those that a shallow clone cut off are left out.
    pub parents: Vec<ObjectId>,
    /// When it was committed: seconds since 1970 in UTC, as the committer's clock said.
    pub committed: i64,
    /// xxh3 of the author's address, lower case: enough to count by author.
    pub author: u64,
}

/// A commit with its people and message.
pub(super) struct FullCommit {
    pub(super) head: CommitHead,
    pub(super) author: Person,
    pub(super) committer: Person,
    pub(super) message: String,
}

impl Repository {
    /// The header of a commit, remembered.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn commit(&self, id: ObjectId) -> Result<Arc<CommitHead>, GitError> {
        if let Some(head) = self.memo.borrow().commits.get(&id) {
            return Ok(Arc::clone(head));
        }
        let head = Arc::new(self.full_commit(id)?.head);
        let mut memo = self.memo.borrow_mut();
        memo.commits.insert(id, Arc::clone(&head));
        Ok(head)
    }

    /// The whole message of a commit, in UTF-8.
    ///
    /// # Errors
    /// As [`Repository::commit`].
    pub fn message(&self, id: ObjectId) -> Result<String, GitError> {
        Ok(self.full_commit(id)?.message)
    }

    pub(super) fn full_commit(&self, id: ObjectId) -> Result<FullCommit, GitError> {
        let bytes = self.object(id, ObjectType::Commit)?;
        let mut commit = parse(&bytes).ok_or_else(|| GitError::Malformed {
            what: format!("commit {id}"),
            problem: "its header cannot be read",
        })?;
        if self.is_graft(id) {
            commit.head.parents.clear();
        }
        Ok(commit)
    }

    /// Whether a shallow clone ends here: the parents it names are not there on purpose.
    pub(super) fn is_graft(&self, id: ObjectId) -> bool {
        let mut memo = self.memo.borrow_mut();
        memo.grafts
            .get_or_insert_with(|| self.read_grafts())
            .contains(&id)
    }

    /// The newest commit of `since` or later at which a shallow clone ends: what came before it is not counted.
    ///
    /// # Errors
    /// [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn cut_since(&self, since: i64) -> Result<Option<ObjectId>, GitError> {
        // Fills the memo.
        self.is_graft(ObjectId::default());
        let mut ends: Vec<ObjectId> =
            (self.memo.borrow().grafts.iter().flatten().copied()).collect();
        ends.sort_unstable();
        let mut newest = None;
        for end in ends {
            let committed = self.commit(end)?.committed;
            newest = newest.max((committed >= since).then_some((committed, end)));
        }
        Ok(newest.map(|(_, end)| end))
    }

    fn read_grafts(&self) -> rustc_hash::FxHashSet<ObjectId> {
        let file = self.raw.commondir().join("shallow");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

/// Reads a raw commit; `None` where tree or committer are missing.
fn parse(bytes: &[u8]) -> Option<FullCommit> {
    let end_of_header = memchr::memmem::find(bytes, b"\n\n").unwrap_or(bytes.len());
    let (header, rest) = bytes.split_at(end_of_header);
    let message = rest.get(2..).unwrap_or_default();
    let mut tree = None;
    let mut parents = Vec::new();
    let mut author = None;
    let mut committer = None;
    for line in header.split(|byte| *byte == b'\n') {
        let space = memchr::memchr(b' ', line).unwrap_or(line.len());
        let value = line.get(space + 1..).unwrap_or_default();
        match &line[..space] {
            b"tree" if tree.is_none() => tree = id(value),
            b"parent" if author.is_none() => parents.extend(id(value)),
            b"author" if author.is_none() => author = Some(person(value)),
            b"committer" if committer.is_none() => committer = Some(person(value)),
            _ => {}
        }
    }
    let (author, committer) = (author?, committer?);
    Some(FullCommit {
        head: CommitHead {
            tree: tree?,
            parents,
            committed: committer.seconds,
            author: xxhash_rust::xxh3::xxh3_64(author.email.to_lowercase().as_bytes()),
        },
        author,
        committer,
        message: decode(message),
    })
}

fn id(digits: &[u8]) -> Option<ObjectId> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `Name <address> seconds +hhmm`; parts that are missing stay empty.
fn person(line: &[u8]) -> Person {
    let open = memchr::memrchr(b'<', line).unwrap_or(line.len());
    let close = memchr::memrchr(b'>', line).unwrap_or(line.len());
    let moment = String::from_utf8_lossy(line.get(close + 1..).unwrap_or_default());
    let mut moment = moment.split_ascii_whitespace();
    let seconds = moment.next().and_then(|text| text.parse().ok());
    let zone: i32 = moment
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    Person {
        name: decode(line[..open].trim_ascii()),
        email: decode(line.get(open + 1..close).unwrap_or_default().trim_ascii()),
        seconds: seconds.unwrap_or(0),
        offset_minutes: zone / 100 * 60 + zone % 100,
    }
}

/// UTF-8 where it is; else every byte as its Latin-1 character, which is what old commits nearly always are.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The first paragraph of a message on one line, without `[PATCH n/m]` and the like.
pub(super) fn subject(message: &str) -> String {
    let paragraph = message
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    let line = paragraph.collect::<Vec<_>>().join(" ");
    match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((tag, rest)) if tag.to_ascii_uppercase().contains("PATCH") => rest.trim().to_owned(),
        _ => line,
    }
}
