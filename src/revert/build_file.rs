//! Build descriptions that list a file which is gone: `build-file`.
//!
//! A description is read as words: `foo.c`, `foo.o`, `sub/foo.c` beside the description or from the root. What a build
//! makes out of variables, wildcards or functions is not seen.

use std::collections::BTreeSet;

use crate::text::{FilePath, LineNumber, offset};

use super::{BuildConflict, BuildConflictKind, Cause, Description, Trees};

/// Every listed file that the merged tree does not have and the target, or a restored line's tree, had; unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    descriptions: &[Description],
    gone: &[FilePath],
) -> Vec<BuildConflict> {
    let gone: BTreeSet<&FilePath> = gone.iter().collect();
    descriptions
        .iter()
        .flat_map(|description| listed(trees, description, &gone))
        .collect()
}

fn listed(
    trees: &Trees<'_>,
    description: &Description,
    gone: &BTreeSet<&FilePath>,
) -> Vec<BuildConflict> {
    let before: BTreeSet<&[u8]> = words(&description.before).map(|(_, word)| word).collect();
    let mut found = Vec::new();
    for (line, word) in words(&description.after) {
        let meant = meanings(&description.path, word);
        let removed = meant.iter().find(|path| gone.contains(path));
        if let Some(path) = removed {
            let because = format!("still lists {path}, which the back-out removes");
            found.push(finding(description, line, path, because, Cause::Use));
        } else if !before.contains(word) && !meant.is_empty() {
            let lost = meant.iter().find(|path| {
                trees.merged.index.file(path).is_none() && trees.source.index.file(path).is_some()
            });
            let exists = meant
                .iter()
                .any(|path| trees.merged.index.file(path).is_some());
            if let (Some(path), false) = (lost, exists) {
                let because = format!("lists {path} again, which is gone since");
                let cause = Cause::Loss { path: path.clone() };
                found.push(finding(description, line, path, because, cause));
            }
        }
    }
    found
}

fn finding(
    description: &Description,
    line: LineNumber,
    listed: &FilePath,
    because: String,
    cause: Cause,
) -> BuildConflict {
    BuildConflict {
        path: description.path.clone(),
        line,
        symbol: listed.to_text().into_owned(),
        kind: BuildConflictKind::BuildFile,
        because,
        cause,
    }
}

/// The words of a description that could be paths, with their lines; comments left out.
fn words(text: &[u8]) -> impl Iterator<Item = (LineNumber, &[u8])> {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    lines.flat_map(|(at, line)| {
        let code = line.split(|byte| *byte == b'#').next().unwrap_or(line);
        let words = code.split(|byte| !is_path_byte(*byte));
        words
            .filter(|word| word.contains(&b'.'))
            .map(move |word| (LineNumber(offset(at + 1)), word))
    })
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+') || byte >= 128
}

/// The C files that a word may mean: itself or, for an object, its source; beside the description first.
fn meanings(description: &FilePath, word: &[u8]) -> Vec<FilePath> {
    let word = word.strip_prefix(b"./").unwrap_or(word);
    let word = word.strip_prefix(b"/").unwrap_or(word);
    let object = [&b".o"[..], b".lo", b".to"]
        .iter()
        .find_map(|ending| word.strip_suffix(*ending));
    let source = object.map(|stem| [stem, b".c"].concat());
    let name = source.unwrap_or_else(|| word.to_vec());
    let is_source = [&b".c"[..], b".h", b".inc"]
        .iter()
        .any(|ending| name.ends_with(ending));
    if !is_source {
        return Vec::new();
    }
    let directory = description.directory();
    let beside = match directory {
        b"" => name.clone(),
        _ => [directory, b"/", &name].concat(),
    };
    vec![FilePath::new(&beside), FilePath::new(&name)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_means_its_source_beside_the_description() {
        let meant = meanings(&"hw/net/Makefile.objs".into(), b"e1000.o");
        assert_eq!(meant[0], "hw/net/e1000.c".into());
        assert!(meanings(&"Makefile".into(), b"libfoo.a").is_empty());
    }

    #[test]
    fn a_comment_lists_nothing() {
        assert_eq!(words(b"x += a.o # b.o").count(), 1);
    }
}
