//! Descriptions that are no C and from which the build makes C: how such a file reads as the C that it stands for.
//!
//! A policy has a small table of them, `[[generated]]`: which files, what an entry looks like, and what C stands for it. The C
//! is laid out line for line, each entry in the line where it begins, so that a place in it is a place in the description.
//! It has to declare what C code may use, not to be what the generator writes. Conditions of the description are not
//! evaluated, and what a generator derives from several files is not seen.

use globset::{GlobSet, GlobSetBuilder};
use regex::{Captures, Regex};
use serde::Deserialize;

use super::file::pattern;
use super::zones;
use crate::text::FilePath;

/// One row of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Row")]
pub struct Generated {
    /// Its globs as written.
    pub globs: Vec<String>,
    /// Where its form is documented: a short name of the policy's sources, or `inferred`.
    pub source: String,
    set: GlobSet,
    entry: Regex,
    reads_as: Template,
    each: Vec<Part>,
    ends: Template,
}

/// A repeated part of an entry: the members of a struct, the values of an enum.
#[derive(Clone, Debug)]
struct Part {
    within: String,
    entry: Regex,
    reads_as: Template,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Row {
    files: Vec<String>,
    #[serde(deserialize_with = "pattern")]
    entry: Regex,
    reads_as: String,
    #[serde(default)]
    each: Vec<PartRow>,
    #[serde(default)]
    ends: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PartRow {
    within: String,
    #[serde(deserialize_with = "pattern")]
    entry: Regex,
    reads_as: String,
}

impl TryFrom<Row> for Generated {
    type Error = String;

    fn try_from(row: Row) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in &row.files {
            set.add(zones::compiled(glob).map_err(|error| error.to_string())?);
        }
        let own: Vec<&str> = row.entry.capture_names().flatten().collect();
        let part = |part: PartRow| {
            if !own.contains(&part.within.as_str()) {
                return Err(format!("the entry captures no {}", part.within));
            }
            let here = part.entry.capture_names().flatten();
            let known: Vec<&str> = own.iter().copied().chain(here).collect();
            Ok(Part {
                reads_as: Template::of(&part.reads_as, &known)?,
                within: part.within,
                entry: part.entry,
            })
        };
        Ok(Self {
            each: row.each.into_iter().map(part).collect::<Result<_, _>>()?,
            reads_as: Template::of(&row.reads_as, &own)?,
            ends: Template::of(&row.ends, &own)?,
            set: set.build().map_err(|error| error.to_string())?,
            globs: row.files,
            entry: row.entry,
            source: row.source,
        })
    }
}

impl Generated {
    /// Whether the row reads files at this path.
    #[must_use]
    pub fn reads(&self, path: &FilePath) -> bool {
        self.set.is_match(path.to_text().as_ref())
    }

    /// Lays the C of every entry into the lines.
    fn lay(&self, text: &str, lines: &mut Lines) {
        for entry in self.entry.captures_iter(text) {
            let (start, end) = entry
                .get(0)
                .map_or((0, 0), |whole| (whole.start(), whole.end()));
            let groups = [&entry];
            lines.put(start, &self.reads_as.filled(&groups));
            // What several parts find stands in the order of the text.
            let mut parts = Vec::new();
            for part in &self.each {
                let Some(within) = entry.name(&part.within) else {
                    continue;
                };
                for found in part.entry.captures_iter(within.as_str()) {
                    let at = found.get(0).map_or(0, |whole| whole.start());
                    let groups = [&found, &entry];
                    parts.push((within.start() + at, part.reads_as.filled(&groups)));
                }
            }
            parts.sort();
            for (at, c) in parts {
                lines.put(at, &c);
            }
            lines.put(end.saturating_sub(1).max(start), &self.ends.filled(&groups));
        }
    }
}

/// The C that a description stands for, line for line; `None` where no row reads such a file.
#[must_use]
pub fn as_c(rows: &[Generated], path: &FilePath, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rows = rows.iter().filter(|row| row.reads(path)).peekable();
    rows.peek()?;
    let text = String::from_utf8_lossy(bytes);
    let mut lines = Lines::of(&text);
    for row in rows {
        row.lay(&text, &mut lines);
    }
    Some(lines.joined())
}

/// Whether any row reads files at this path.
#[must_use]
pub fn is_description(rows: &[Generated], path: &FilePath) -> bool {
    rows.iter().any(|row| row.reads(path))
}

/// The words of the description from which the name is made, first to last, whole entries only; empty where none is.
///
/// A word is what a group of the entry captured.
#[must_use]
pub fn words_behind(rows: &[Generated], path: &FilePath, bytes: &[u8], name: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut words = Vec::new();
    let mut learn = |template: &Template, groups: &[&Captures<'_>]| {
        for word in template.groups().filter_map(|group| of(groups, group)) {
            let c = template.filled(groups);
            let makes_it = c.split(|c: char| !is_of_name(c)).any(|made| made == name);
            if makes_it && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
    };
    for row in rows.iter().filter(|row| row.reads(path)) {
        for entry in row.entry.captures_iter(&text) {
            for part in &row.each {
                let within = entry
                    .name(&part.within)
                    .map_or("", |within| within.as_str());
                for found in part.entry.captures_iter(within) {
                    learn(&part.reads_as, &[&found, &entry]);
                }
            }
            learn(&row.reads_as, &[&entry]);
        }
    }
    words
}

/// The lines of a description with the C laid into them so far.
struct Lines {
    /// Where each line but the first begins.
    starts: Vec<usize>,
    texts: Vec<String>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self {
            texts: vec![String::new(); starts.len() + 1],
            starts,
        }
    }

    fn put(&mut self, at: usize, c: &str) {
        let line = self.starts.partition_point(|start| *start <= at);
        if let Some(text) = self.texts.get_mut(line).filter(|_| !c.is_empty()) {
            text.push_str(c);
            text.push(' ');
        }
    }

    fn joined(self) -> Vec<u8> {
        self.texts.join("\n").into_bytes()
    }
}

/// C text with places for what an entry captured: `<group>`, or `<group:form>`.
#[derive(Clone, Debug)]
struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Group { name: String, form: Form },
}

/// How a captured text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it stands, on one line.
    Plain,
    /// As an identifier: what cannot stand in one becomes `_`.
    Name,
    /// That in small letters.
    Lower,
    /// That in capitals.
    Upper,
    /// That with `_` between the words of `CamelCase`.
    Words,
}

impl Template {
    /// Reads a template whose groups have to be among `known`.
    fn of(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((place, behind)) = after.split_once('>') else {
                return Err(format!("{text}: < without >"));
            };
            let (name, form) = place.split_once(':').unwrap_or((place, ""));
            if !known.contains(&name) {
                return Err(format!("the entry captures no {name}"));
            }
            let form = match form {
                "" => Form::Plain,
                "name" => Form::Name,
                "lower" => Form::Lower,
                "upper" => Form::Upper,
                "words" => Form::Words,
                other => return Err(format!("{other} is no form: name, lower, upper or words")),
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Group {
                name: name.to_owned(),
                form,
            });
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Group { name, .. } => Some(name.as_str()),
        })
    }

    /// The C with the groups put in; the first of `captures` that has a group fills it, and one that took no part is empty.
    /// Nothing where none took part: such an entry only skips what is no entry, a comment say.
    fn filled(&self, captures: &[&Captures<'_>]) -> String {
        let mut groups = self.groups().peekable();
        if groups.peek().is_some() && groups.all(|group| captures[0].name(group).is_none()) {
            return String::new();
        }
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Group { name, form } => form.write(of(captures, name).unwrap_or_default()),
        });
        pieces.collect()
    }
}

fn of<'a>(captures: &[&'a Captures<'_>], group: &str) -> Option<&'a str> {
    let mut found = captures.iter().filter_map(|captures| captures.name(group));
    found.next().map(|group| group.as_str())
}

impl Form {
    fn write(self, text: &str) -> String {
        let name = || text.chars().map(|c| if is_of_name(c) { c } else { '_' });
        match self {
            Self::Plain => text.replace(['\n', '\r'], " "),
            Self::Name => name().collect(),
            Self::Lower => name().map(|c| c.to_ascii_lowercase()).collect(),
            Self::Upper => name().map(|c| c.to_ascii_uppercase()).collect(),
            Self::Words => words(&name().collect::<Vec<_>>()),
        }
    }
}

/// `BlockdevOptionsQcow2` as `BLOCKDEV_OPTIONS_QCOW2`, `OnOffAuto` as `ON_OFF_AUTO`, `ENUM24Name` as `ENUM24_NAME`: a word
/// begins with a capital before a small letter or behind a digit, as QAPI has it.
fn words(name: &[char]) -> String {
    let is_small = |c: &char| c.is_ascii_lowercase();
    let is_camel = name.iter().any(is_small);
    let mut out = String::new();
    for (at, c) in name.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| name.get(before));
        let begins_word = is_camel
            && c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                *before != '_'
                    && (before.is_ascii_digit() || name.get(at + 1).is_some_and(is_small))
            });
        if begins_word {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

fn is_of_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}
