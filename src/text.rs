//! Positions in text, paths, and the pair of both sides of a change: the words that every room uses.
//!
//! Knows nothing of C, of git or of encodings: a source is bytes, a path is bytes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

/// A half-open range of bytes, from 0, in one source or in one item (the owner says which).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte; never below `start`.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`; an inverted pair gives the empty span at `start`.
    #[must_use]
    pub fn new(start: u32, end: u32) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The same span, `base` bytes further on: from an item's own offsets to those of its file.
    #[must_use]
    pub fn shifted(self, base: u32) -> Self {
        Self {
            start: self.start + base,
            end: self.end + base,
        }
    }

    /// The bytes it names in `source`; what lies past the end of `source` is left out.
    #[must_use]
    pub fn of(self, source: &[u8]) -> &[u8] {
        let end = (self.end as usize).min(source.len());
        &source[(self.start as usize).min(end)..end]
    }
}

/// The number of a line, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineNumber(pub u32);

impl fmt::Display for LineNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the lines of one source start, to turn an offset into a line number.
///
/// Only `\n` ends a line, as in git; `\r` is an ordinary byte.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads `source` once.
    #[must_use]
    pub fn of(source: &[u8]) -> Self {
        let after_newline = memchr::memchr_iter(b'\n', source).map(|at| offset(at + 1));
        Self {
            starts: std::iter::once(0).chain(after_newline).collect(),
        }
    }

    /// The line that holds the byte at `offset`; offsets past the end give the last line.
    #[must_use]
    pub fn line(&self, offset: u32) -> LineNumber {
        let lines_begun = self.starts.partition_point(|start| *start <= offset);
        LineNumber(u32::try_from(lines_begun).unwrap_or(u32::MAX))
    }

    /// The offset at which `line` starts, or `None` past the last line.
    #[must_use]
    pub fn start(&self, line: LineNumber) -> Option<u32> {
        self.starts.get((line.0 as usize).checked_sub(1)?).copied()
    }
}

/// A length or position as an offset; sources of 4 GiB and more saturate (they are refused at the door).
#[must_use]
pub fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A path in a repository: bytes, relative to its root, separated by `/`, ordered as bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(Arc<[u8]>);

impl FilePath {
    /// Takes the bytes as they are.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// What follows the last `/`.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        memchr::memrchr(b'/', &self.0).map_or(&self.0[..], |slash| &self.0[slash + 1..])
    }

    /// What stands before the last `/`; empty for a file at the root.
    #[must_use]
    pub fn directory(&self) -> &[u8] {
        memchr::memrchr(b'/', &self.0).map_or(&[][..], |slash| &self.0[..slash])
    }
}

impl From<&str> for FilePath {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl Serialize for FilePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// Whether a path names C as this program reads it: `.c`, `.h`, `.c.inc`, `.h.inc` and `.def` (lists for macros).
/// Decided by the name alone: a C++ header named `.h` counts too.
#[must_use]
pub fn is_c_path(path: &FilePath) -> bool {
    let name = path.file_name();
    [&b".c"[..], b".h", b".c.inc", b".h.inc", b".def"]
        .iter()
        .any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// The names under which projects tell their build which files there are.
pub const BUILD_DESCRIPTIONS: [&str; 10] = [
    "Makefile",
    "GNUmakefile",
    "makefile",
    "Makefile.am",
    "Makefile.in",
    "Makefile.objs",
    "Makefile.target",
    "Kbuild",
    "meson.build",
    "CMakeLists.txt",
];

/// Whether a path is named like a description of a build, `.mk` among them.
#[must_use]
pub fn is_build_description(path: &FilePath) -> bool {
    let name = path.file_name();
    let mut known = BUILD_DESCRIPTIONS.iter();
    known.any(|known| known.as_bytes() == name) || name.ends_with(b".mk")
}

/// Both sides of one change.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct BeforeAfter<T> {
    /// As it was.
    pub before: T,
    /// As it is with the change.
    pub after: T,
}

impl<T> BeforeAfter<T> {
    /// Treats both sides alike.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> BeforeAfter<U> {
        BeforeAfter {
            before: f(self.before),
            after: f(self.after),
        }
    }

    /// Borrows both sides.
    pub fn as_ref(&self) -> BeforeAfter<&T> {
        BeforeAfter {
            before: &self.before,
            after: &self.after,
        }
    }

    /// The change taken back: the sides swapped.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            before: self.after,
            after: self.before,
        }
    }

    /// Pairs each side with the same side of `other`.
    pub fn zip<U>(self, other: BeforeAfter<U>) -> BeforeAfter<(T, U)> {
        BeforeAfter {
            before: (self.before, other.before),
            after: (self.after, other.after),
        }
    }
}
