//! The answer of `audit` as data (`backout/audit@1`) and as text: disclosed commits, what is left of them, what they hold.

use std::fmt::Write;

use serde::Serialize;

use super::{DisclosureRow, schema};

/// What became of the disclosed commits of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    schema: &'static str,
    /// The range as typed; `all` for the whole history.
    pub range: String,
    /// The commit at which lines were looked for and commits were backed out.
    pub at: String,
    /// How far the back-outs went: `text`, `build` or `cascade`.
    pub depth: &'static str,
    /// How many commits were looked at, merges left out.
    pub commits: usize,
    /// Those whose authors disclosed AI use, in the order in which they landed.
    pub disclosed: Vec<AuditRow>,
}

/// One disclosed commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Its id.
    pub commit: String,
    /// Its subject.
    pub subject: String,
    /// The AI tags, in message order.
    pub disclosure: Vec<DisclosureRow>,
    /// Lines that it added.
    pub added: u32,
    /// Those that stand at the target as it wrote them.
    pub alive: u32,
    /// The files that it added lines to, sorted by path.
    pub files: Vec<FileAudit>,
    /// `absent`, `clean`, `build-conflict`, `resolved` or `textual-conflict`.
    pub outcome: &'static str,
    /// Paths that git cannot merge.
    pub conflicts: usize,
    /// Places that would no longer compile.
    pub build_conflicts: usize,
    /// The later commits that have to go along, newest first; `None` where a stated limit was met first or the depth did
    /// not ask.
    pub cascade: Option<Vec<String>>,
    /// What makes the answer weaker, in words.
    pub notes: Vec<String>,
}

/// What is left of a commit in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileAudit {
    /// Its path in the commit.
    pub path: String,
    /// Its path at the target; `None` where it is gone.
    pub path_at: Option<String>,
    /// Lines added.
    pub added: u32,
    /// Those that are alive.
    pub alive: u32,
}

impl AuditReport {
    /// The rows under their schema.
    #[must_use]
    pub fn new(
        range: String,
        (at, depth): (String, &'static str),
        commits: usize,
        disclosed: Vec<AuditRow>,
    ) -> Self {
        Self {
            schema: schema::AUDIT,
            range,
            at,
            depth,
            commits,
            disclosed,
        }
    }

    /// The page for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let alive: u32 = self.disclosed.iter().map(|row| row.alive).sum();
        let added: u32 = self.disclosed.iter().map(|row| row.added).sum();
        let stuck = |row: &&AuditRow| !matches!(row.outcome, "absent" | "clean" | "resolved");
        let mut page = format!(
            "{}: {} of {} commits disclose AI use; {alive} of their {added} lines are alive at {:.12}; {} no longer come out by themselves\n",
            self.range,
            self.disclosed.len(),
            self.commits,
            self.at,
            self.disclosed.iter().filter(stuck).count(),
        );
        for row in &self.disclosed {
            row.write(&mut page);
        }
        page
    }
}

impl AuditRow {
    fn write(&self, page: &mut String) {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "\n{:.12}  {}", self.commit, self.subject);
        for tag in &self.disclosure {
            let _ = writeln!(page, "  {}: {}", tag.tag, tag.value);
        }
        let _ = writeln!(page, "  {} of {} lines alive", self.alive, self.added);
        for file in &self.files {
            let moved = match &file.path_at {
                Some(path) if *path != file.path => format!(", now {path}"),
                Some(_) => String::new(),
                None => ", gone".to_owned(),
            };
            let _ = writeln!(
                page,
                "    {:5} of {:5}  {}{moved}",
                file.alive, file.added, file.path
            );
        }
        let along = match &self.cascade {
            Some(along) if along.is_empty() => String::new(),
            Some(along) => format!(", {} to go along: {}", along.len(), short(along)),
            None => String::new(),
        };
        let _ = writeln!(
            page,
            "  {}: {} paths conflict, {} places would not build{along}",
            self.outcome, self.conflicts, self.build_conflicts
        );
        for note in &self.notes {
            let _ = writeln!(page, "  - {note}");
        }
    }
}

/// Commits that a line names; the JSON form has them all.
const NAMED: usize = 5;

fn short(commits: &[String]) -> String {
    let ids = commits.iter().take(NAMED).map(|id| format!("{id:.12}"));
    let ids = ids.collect::<Vec<_>>().join(" ");
    if commits.len() > NAMED {
        format!("{ids} ...")
    } else {
        ids
    }
}
