//! A pattern of `F:` and `X:` lines, which is a regular expression in disguise.
//!
//! `.` stands for itself, `*` for any text (`/` too), `?` for one character; the rest is a regular expression without an
//! end anchor. One that ends in `/`, or names a directory, holds all below it; another holds paths with as many `/`.

use std::sync::OnceLock;

use regex::Regex;

use super::Dialect;

#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    /// The text up to the first character that is not literal.
    prefix: usize,
    is_directory: bool,
    dialect: Dialect,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// `is_directory` says whether the tree has a directory of that path.
    pub(super) fn new(text: &str, dialect: Dialect, is_directory: &dyn Fn(&str) -> bool) -> Self {
        let special = |c: char| "*?[](){}+|^$\\".contains(c);
        let prefix = text.find(special).unwrap_or(text.len());
        // The script asks for a directory of the escaped name, so one with a dot in it is none.
        let may_be_directory = prefix == text.len() && !text.contains('.') && !text.is_empty();
        let ends_open = may_be_directory && !text.ends_with('/');
        Self {
            is_directory: ends_open && is_directory(text),
            prefix,
            text: text.to_owned(),
            dialect,
            regex: OnceLock::new(),
        }
    }

    /// How specific it is: the directories that it names; -1 for one that opens with `*`.
    pub(super) fn depth(&self) -> i32 {
        if self.text.starts_with('*') {
            return -1;
        }
        let slashes = i32::try_from(slashes(&self.text)).unwrap_or(i32::MAX);
        slashes.saturating_add(i32::from(!self.text.ends_with('/')))
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        // Most patterns end here: what is literal at their start is not the path's.
        let Some(rest) = path.strip_prefix(&self.text[..self.prefix]) else {
            return false;
        };
        if self.prefix < self.text.len() {
            let matches = self.regex().is_some_and(|regex| regex.is_match(path));
            return matches && (self.text.ends_with('/') || slashes(&self.text) == slashes(path));
        }
        if self.text.ends_with('/') {
            return true;
        }
        if self.is_directory {
            return rest.starts_with('/');
        }
        slashes(&self.text) == slashes(path)
    }

    fn regex(&self) -> Option<&Regex> {
        let compiled = || {
            let mut regex = format!("^{}", self.text.replace('.', "\\."));
            regex = regex.replace('*', ".*").replace('?', ".");
            if self.dialect == Dialect::Xen {
                regex = with_alternatives(&regex);
            }
            Regex::new(&regex).ok()
        };
        self.regex.get_or_init(compiled).as_ref()
    }
}

fn slashes(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'/').count()
}

/// `{a,b}` as `(a|b)`, not nested.
fn with_alternatives(regex: &str) -> String {
    let mut out = String::new();
    let mut rest = regex;
    while let Some((before, inside, after)) = rest.split_once('{').and_then(|(before, rest)| {
        let (inside, after) = rest.split_once('}')?;
        Some((before, inside, after))
    }) {
        out.push_str(before);
        if inside.contains(',') {
            out.push_str(&format!("({})", inside.replace(',', "|")));
        } else {
            out.push_str(&format!("{{{inside}}}"));
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: &str, path: &str) -> bool {
        let is_directory = |path: &str| path == "hw/net";
        Pattern::new(pattern, Dialect::Xen, &is_directory).holds(path)
    }

    #[test]
    fn a_pattern_reads_as_get_maintainer_reads_it() {
        for (pattern, path) in [
            ("hw/ide/core.c", "hw/ide/core.c"),
            ("hw/ide/core.c", "hw/ide/core.cc"),
            ("hw/ide/", "hw/ide/deep/core.c"),
            ("hw/net", "hw/net/e1000.c"),
            ("hw/*/core.c", "hw/ide/core.c"),
            ("hw/?de/", "hw/ide/core.c"),
            ("*", "README"),
            ("*/", "hw/ide/core.c"),
            ("include/*/a{b,c}.h", "include/x/ac.h"),
        ] {
            assert!(holds(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("hw/ide/core.c", "hw/ide/coreXc"),
            ("hw/net", "hw/network.c"),
            ("hw/*", "hw/ide/core.c"),
            ("*", "hw/core.c"),
            ("*/", "README"),
            ("hw/v1.0", "hw/v1.0/a.c"),
            ("include/*/a{b,c}.h", "include/x/ad.h"),
        ] {
            assert!(!holds(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn depth_counts_directories() {
        let depth = |text| Pattern::new(text, Dialect::Linux, &|_| false).depth();
        assert_eq!(depth("hw/ide/"), 2);
        assert_eq!(depth("hw/ide/core.c"), 3);
        assert_eq!(depth("*/"), -1);
    }
}
