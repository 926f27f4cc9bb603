//! What kind of change it is, decided by syntax and paths alone: docs, tests, comments, white space, mechanical, small fix.
//!
//! The message is never an input. Paths mean what the caller says they mean (a policy's zones, or [`usual_kind`]).

mod edits;
mod lexed;
mod moved;
mod rewrite;
mod shape;
pub mod size;
mod template;

use serde::{Deserialize, Serialize};

use crate::change::{Change, FileChange, hunks};
use crate::items::lexer;
use crate::text::{FilePath, is_c_path};

use lexed::{Lexed, LexedFile};
use size::{SizeCap, Sizes};

/// The kind of a change; the first that fits, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Every file is documentation.
    Docs,
    /// Every file is a test (documentation may come along).
    Tests,
    /// The C reads the same without its comments.
    CommentOnly,
    /// The C reads the same without its white space; other files differ in blanks at the ends of lines.
    WhitespaceOnly,
    /// A few rewrite rules say the change, or every hunk shows by itself what it rewrites, or code only moved to another
    /// file.
    Mechanical,
    /// Within the size cap.
    SmallFix,
    /// Anything else.
    Other,
}

impl Category {
    /// Its name in reports and policy files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::CommentOnly => "comment-only",
            Self::WhitespaceOnly => "whitespace-only",
            Self::Mechanical => "mechanical",
            Self::SmallFix => "small-fix",
            Self::Other => "other",
        }
    }
}

/// What a path is, as far as a category cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathKind {
    /// Documentation.
    Docs,
    /// Tests and what only they use.
    Tests,
    /// Anything else.
    Code,
}

/// The category of a change and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// The category.
    pub category: Category,
    /// Why, one sentence each.
    pub evidence: Vec<String>,
    /// Its size in every way of counting.
    pub sizes: Sizes,
}

/// Decides the category of a change; `kind_of` says what a path is, `cap` when a change is small.
///
/// A renamed file counts by both of its paths: it is documentation only if both are. A change without any file is
/// `other`. Does not see comments in files that are not C: an edit of a comment in a Makefile is code.
#[must_use]
pub fn of(
    change: &Change,
    kind_of: &dyn Fn(&FilePath) -> PathKind,
    cap: SizeCap,
) -> Classification {
    let kinds: Vec<_> = change
        .files
        .iter()
        .map(|file| file_kind(file, kind_of))
        .collect();
    let files: Vec<_> = change.files.iter().map(LexedFile::new).collect();
    let code: Vec<_> = files
        .iter()
        .zip(&kinds)
        .filter(|(_, kind)| **kind == PathKind::Code)
        .map(|(file, _)| file)
        .collect();
    let sizes = Sizes::of(&files, &kinds);
    if let Some((category, why)) = by_paths(&kinds).or_else(|| by_tokens(&code)) {
        return Classification {
            category,
            evidence: vec![why],
            sizes,
        };
    }
    let (mechanical, rules) = by_rules(&code);
    let moved = moved::of(&code).map(|moved| (Category::Mechanical, moved.in_words()));
    if mechanical.is_none()
        && moved.is_none()
        && let Some((why, evidence)) = by_shapes(&code)
    {
        return Classification {
            category: Category::Mechanical,
            evidence: [vec![why], evidence].concat(),
            sizes,
        };
    }
    let (category, why) = mechanical
        .or(moved)
        .or_else(|| by_size(&code, sizes, cap))
        .unwrap_or((Category::Other, sizes.in_words()));
    Classification {
        category,
        evidence: [vec![why], rules].concat(),
        sizes,
    }
}

/// What a path usually is where no policy says: `tests/`, `docs/`, `README` and their like.
#[must_use]
pub fn usual_kind(path: &FilePath) -> PathKind {
    let text = path.to_text();
    let within = |names: &[&str]| {
        let directories = text.split('/').rev().skip(1);
        directories.into_iter().any(|part| names.contains(&part))
    };
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let is_test_name = ["test-", "test_"]
        .iter()
        .any(|start| stem.starts_with(start))
        || ["-test", "_test", "_kunit"]
            .iter()
            .any(|end| stem.ends_with(end));
    if within(&[
        "test",
        "tests",
        "testing",
        "t",
        "unit",
        "regress",
        "selftests",
    ]) || is_test_name
    {
        PathKind::Tests
    } else if within(&["doc", "docs", "Documentation"]) && !is_c_path(path)
        || matches!(
            extension,
            "md" | "rst" | "adoc" | "texi" | "1" | "2" | "3" | "5" | "7" | "8"
        )
        || ["README", "CHANGES", "NEWS", "AUTHORS", "COPYING", "LICENSE"].contains(&stem)
    {
        PathKind::Docs
    } else {
        PathKind::Code
    }
}

fn file_kind(file: &FileChange, kind_of: &dyn Fn(&FilePath) -> PathKind) -> PathKind {
    let sides = [&file.sides.before, &file.sides.after];
    let kinds = sides.into_iter().flatten().map(|side| kind_of(&side.path));
    kinds.max().unwrap_or(PathKind::Code)
}

fn by_paths(kinds: &[PathKind]) -> Option<(Category, String)> {
    let files = kinds.len();
    match kinds.iter().max()? {
        PathKind::Docs => Some((
            Category::Docs,
            format!("documentation in every file ({files})"),
        )),
        PathKind::Tests => Some((Category::Tests, format!("tests in every file ({files})"))),
        PathKind::Code => None,
    }
}

fn by_tokens(code: &[&LexedFile<'_>]) -> Option<(Category, String)> {
    if code.is_empty() {
        return None;
    }
    let all_same = |same: fn(&Lexed<'_>, &Lexed<'_>) -> bool| {
        code.iter().all(|file| {
            let same = if file.is_c() {
                same
            } else {
                same_but_for_line_ends
            };
            let sides = || file.sides();
            stays_in_place(file.change) && same(sides().before, sides().after)
        })
    };
    if all_same(same_but_for_space) {
        let why = "it reads the same without its white space".to_owned();
        return Some((Category::WhitespaceOnly, why));
    }
    all_same(|one, other| one.has_tokens_of(other)).then(|| {
        let why = "the C reads the same without its comments".to_owned();
        (Category::CommentOnly, why)
    })
}

/// Whether a file was read on both sides, at one path and of one mode: only then can tokens speak for it.
fn stays_in_place(file: &FileChange) -> bool {
    let (Some(before), Some(after)) = (&file.sides.before, &file.sides.after) else {
        return false;
    };
    before.path == after.path
        && before.mode == after.mode
        && before.content.bytes().is_some()
        && after.content.bytes().is_some()
}

/// The same lines, blanks at their ends aside: elsewhere than in C, other white space may mean something.
fn same_but_for_line_ends(one: &Lexed<'_>, other: &Lexed<'_>) -> bool {
    let (one, other) = (one.source(), other.source());
    !hunks::is_binary(one) && trimmed_lines(one).eq(trimmed_lines(other))
}

fn trimmed_lines(source: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = source.split(|byte| *byte == b'\n');
    lines.map(<[u8]>::trim_ascii_end)
}

/// The same tokens, and the same comments but for the blanks in them.
fn same_but_for_space(one: &Lexed<'_>, other: &Lexed<'_>) -> bool {
    let comments = |source: &[u8]| -> Vec<u8> {
        lexer::tokens(source)
            .filter(|token| token.kind == lexer::TokenKind::Comment)
            .flat_map(|token| token.span.of(source).to_vec())
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect()
    };
    one.has_tokens_of(other) && comments(one.source()) == comments(other.source())
}

/// At most so many odd places are listed.
const ODD: usize = 5;

/// Mechanical where a few rules say the change; the rules are evidence, also where too many edits fall outside.
fn by_rules(code: &[&LexedFile<'_>]) -> (Option<(Category, String)>, Vec<String>) {
    // A semantic patch that comes with what it did is the rule itself.
    let code: Vec<_> = code
        .iter()
        .copied()
        .filter(|file| !file.change.path().as_bytes().ends_with(b".cocci"))
        .collect();
    let all_edited = code.iter().all(|file| is_edited_text(file.change));
    let Some(mined) = all_edited.then(|| rewrite::mine(&code)).flatten() else {
        return (None, Vec::new());
    };
    let covered = mined.edits - mined.odd.len();
    // Near misses are worth a look: one hand-made edit hidden in a tree-wide rewrite.
    let is_near = mined.edits >= 5 && covered * 5 >= mined.edits * 4;
    if !mined.is_mechanical() && !is_near {
        return (None, Vec::new());
    }
    let mut evidence: Vec<_> = mined
        .rules
        .iter()
        .map(|rule| format!("rule {}", rule.in_words()))
        .collect();
    evidence.extend(odd_in_words(&mined.odd));
    let rules = match mined.rules.len() {
        1 => "1 rule covers".to_owned(),
        number => format!("{number} rules cover"),
    };
    let why = format!("{rules} {covered} of {} edits", mined.edits);
    if mined.is_mechanical() {
        return (Some((Category::Mechanical, why)), evidence);
    }
    evidence.insert(0, why);
    (None, evidence)
}

/// Mechanical where every hunk shows by itself what it rewrites.
fn by_shapes(code: &[&LexedFile<'_>]) -> Option<(String, Vec<String>)> {
    let all_edited = code.iter().all(|file| is_edited_text(file.change));
    let shapes = all_edited.then(|| shape::of(code)).flatten()?;
    let mut evidence = shapes.rules();
    evidence.extend(odd_in_words(&shapes.odd));
    Some((shapes.in_words(), evidence))
}

fn odd_in_words(odd: &[String]) -> Option<String> {
    let places = odd.iter().take(ODD).cloned().collect::<Vec<_>>().join(", ");
    match odd.len().saturating_sub(ODD) {
        _ if odd.is_empty() => None,
        0 => Some(format!("odd: {places}")),
        more => Some(format!("odd: {places} and {more} more")),
    }
}

/// Whether a file is on both sides and was read as text; renames may go along.
fn is_edited_text(file: &FileChange) -> bool {
    let sides = file.sides.as_ref().map(Option::is_some);
    let bytes = file.bytes();
    sides.before && sides.after && !hunks::is_binary(bytes.before) && !hunks::is_binary(bytes.after)
}

fn by_size(code: &[&LexedFile<'_>], sizes: Sizes, cap: SizeCap) -> Option<(Category, String)> {
    let counted = cap.counting.of(sizes.code);
    let all_edited = code.iter().all(|file| {
        let sides = file.change.sides.as_ref().map(Option::is_some);
        sides.before && sides.after && !file.change.hunks.is_empty()
    });
    (!code.is_empty() && all_edited && counted <= cap.lines).then(|| {
        let why = format!(
            "{counted} lines of code {}, at most {}; {}",
            cap.counting.in_words(),
            cap.lines,
            sizes.in_words()
        );
        (Category::SmallFix, why)
    })
}
