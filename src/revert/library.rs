//! Names of the C library whose include goes: `declaration`.
//!
//! No tree here has the library's headers, so a small table says which names only one of them declares (ISO C 7.2, 7.4,
//! 7.18 to 7.24). A claim is made only where every header that a unit still includes is in that table or known to declare
//! none of these names; any other header may bring them. Conditions are not evaluated: an include in any branch counts.

use std::collections::BTreeSet;

use crate::graph::index::{FileId, ItemId};
use crate::items::ItemKind;
use crate::items::lexer::identifiers;
use crate::text::offset;

use super::names::items_mentioning;
use super::touched::TouchedFile;
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Units of a header that are looked at.
const UNITS: usize = 24;

/// A header of ISO C, with names that it declares and none of [`SILENT`] does.
const DECLARING: [(&str, &[&str]); 7] = [
    ("assert.h", &["assert"]),
    ("stdbool.h", &["bool"]),
    ("stdint.h", &["uint8_t", "uint16_t", "uint32_t", "uint64_t"]),
    (
        "ctype.h",
        &[
            "isalnum", "isalpha", "isdigit", "isspace", "isprint", "ispunct", "isupper", "islower",
            "isxdigit", "tolower", "toupper",
        ],
    ),
    (
        "string.h",
        &[
            "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "strncmp",
            "strcpy", "strncpy", "strcat", "strchr", "strrchr", "strstr", "strdup", "strerror",
            "strtok", "strspn", "strcspn",
        ],
    ),
    (
        "stdio.h",
        &[
            "printf",
            "fprintf",
            "sprintf",
            "snprintf",
            "vsnprintf",
            "fopen",
            "fclose",
            "fgets",
            "fputs",
            "fread",
            "fwrite",
            "perror",
            "fflush",
            "sscanf",
            "stdout",
            "stderr",
        ],
    ),
    (
        "stdlib.h",
        &[
            "malloc", "calloc", "realloc", "free", "abort", "atoi", "strtol", "strtoul", "strtoll",
            "qsort", "getenv",
        ],
    ),
];

/// Headers of ISO C and POSIX that declare none of those names by themselves, as glibc has them.
const SILENT: [&str; 21] = [
    "errno.h",
    "fcntl.h",
    "float.h",
    "getopt.h",
    "limits.h",
    "locale.h",
    "math.h",
    "poll.h",
    "pthread.h",
    "setjmp.h",
    "stdarg.h",
    "stddef.h",
    "strings.h",
    "sys/file.h",
    "sys/ioctl.h",
    "sys/mman.h",
    "sys/stat.h",
    "sys/time.h",
    "sys/types.h",
    "time.h",
    "unistd.h",
];

/// Every unit that loses such an include and still needs it, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut found = Vec::new();
    for file in touched {
        let (Some(before), Some(after)) = (file.file.before, file.file.after) else {
            continue;
        };
        let lost = &own_headers(&trees.target, before) - &own_headers(&trees.merged, after);
        for (header, names) in DECLARING
            .iter()
            .filter(|(header, _)| lost.contains(*header))
        {
            found.extend(missing(trees, after, (header, names)));
        }
    }
    found
}

/// The first use that a unit of the file has no declaration for.
fn missing(
    trees: &Trees<'_>,
    file: FileId,
    (header, names): (&str, &[&str]),
) -> Option<BuildConflict> {
    let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    trees.merged.learn(&names);
    let units = trees.merged.names.includes().units(file, UNITS);
    units.into_iter().find_map(|unit| {
        let headers = headers(&trees.merged, unit);
        let is_known = |other: &String| {
            SILENT.contains(&other.as_str()) || DECLARING.iter().any(|(known, _)| known == other)
        };
        let then = trees.target.index.file(&trees.merged.path(unit))?;
        let had_it = self::headers(&trees.target, then).contains(header);
        if !had_it || headers.contains(header) || !headers.iter().all(is_known) {
            return None;
        }
        let (name, (user, at)) = first_use(&trees.merged, (unit, file), &names)?;
        let path = trees.merged.path(unit);
        Some(BuildConflict {
            path: trees.merged.path(user),
            line: trees.merged.line(user, at),
            because: format!(
                "uses `{name}`, and the back-out takes the include of <{header}> from {path}"
            ),
            symbol: name,
            kind: BuildConflictKind::Declaration,
            cause: Cause::Use,
        })
    })
}

/// The first use of one of the names in what the unit reads, the changed file first; none that the tree itself provides.
fn first_use(
    tree: &Tree<'_>,
    (unit, changed): (FileId, FileId),
    names: &BTreeSet<String>,
) -> Option<(String, (FileId, u32))> {
    let reached = tree.names.includes().reached(unit);
    let order = [changed].into_iter().chain(reached.iter().copied());
    for file in order.filter(|file| *file == changed || reached.contains(file)) {
        for id in items_mentioning(tree.index, file, names) {
            let found =
                use_in(tree, id, names).filter(|(name, _)| tree.names.sites(name).is_empty());
            if let Some((name, at)) = found {
                return Some((name, (file, at)));
            }
        }
    }
    None
}

fn use_in(tree: &Tree<'_>, id: ItemId, names: &BTreeSet<String>) -> Option<(String, u32)> {
    let item = tree.index.item(id);
    // A macro may never be used, and a condition or an include only mentions a name.
    if matches!(
        item.kind,
        ItemKind::Define | ItemKind::Include | ItemKind::Conditional
    ) {
        return None;
    }
    let source = tree.index.source(id.file);
    let bytes = item.span.of(&source);
    identifiers(bytes).find_map(|span| {
        let name = std::str::from_utf8(span.of(bytes)).ok()?;
        let is_member = bytes[..span.start as usize]
            .trim_ascii_end()
            .ends_with(b".")
            || bytes[..span.start as usize]
                .trim_ascii_end()
                .ends_with(b"->");
        let is_meant = names.contains(name) && !is_member;
        is_meant.then(|| {
            (
                name.to_owned(),
                item.span.start + offset(span.start as usize),
            )
        })
    })
}

/// The system headers that a file includes itself.
fn own_headers(tree: &Tree<'_>, file: FileId) -> BTreeSet<String> {
    let lines = tree.index.includes(file).into_iter();
    let path = tree.path(file);
    lines
        .filter(|line| line.brackets && tree.names.includes().targets(&path, line).is_empty())
        .map(|line| line.path)
        .collect()
}

/// The system headers that a unit reads, and what it includes that this tree does not have.
fn headers(tree: &Tree<'_>, unit: FileId) -> BTreeSet<String> {
    let includes = tree.names.includes();
    let mut all = BTreeSet::new();
    for file in includes.reached(unit) {
        let path = tree.path(*file);
        let lines = tree.index.includes(*file).into_iter();
        let outside = lines.filter(|line| includes.targets(&path, line).is_empty());
        all.extend(outside.map(|line| line.path));
    }
    all
}
