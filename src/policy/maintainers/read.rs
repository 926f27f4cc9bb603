//! MAINTAINERS text into sections.

use regex::{Regex, RegexBuilder};

use super::pattern::Pattern;
use super::people::{self, Mailbox, Mailmap};
use super::{Dialect, Maintainers, Role, Section};

/// Reads the sections of these files, one after the other; without a dialect it is told by the text: Xen's names its
/// version under THE REST, anything else is read as Linux's. `is_directory` says whether the tree has such a directory.
#[must_use]
pub fn read(
    files: &[String],
    mailmap: Mailmap,
    dialect: Option<Dialect>,
    is_directory: &dyn Fn(&str) -> bool,
) -> Maintainers {
    let is_xen = || {
        let mut lines = files.iter().flat_map(|file| file.lines());
        lines.any(|line| line.starts_with("V:") && line.contains("xen-maintainers-"))
    };
    let dialect = dialect.unwrap_or_else(|| {
        if is_xen() {
            Dialect::Xen
        } else {
            Dialect::Linux
        }
    });
    let mut maintainers = Maintainers {
        dialect,
        sections: Vec::new(),
        mailmap,
        notes: Vec::new(),
    };
    let mut title = "";
    let mut is_open = false;
    for line in files.iter().flat_map(|file| file.lines()) {
        if let Some((letter, value)) = field(line, dialect) {
            if !is_open {
                maintainers.sections.push(Section::new(title));
                is_open = true;
            }
            maintainers.add(letter, value, is_directory);
        } else if !(line.trim().is_empty() || is_comment(line, dialect)) {
            title = line;
            is_open = false;
        }
    }
    maintainers
}

/// `^(.):\s*(.*)$`.
fn field(line: &str, dialect: Dialect) -> Option<(char, &str)> {
    let letter = line.chars().next()?;
    let value = line[letter.len_utf8()..].strip_prefix(':')?.trim_start();
    (dialect == Dialect::Qemu || letter.is_ascii_uppercase()).then_some((letter, value))
}

fn is_comment(line: &str, dialect: Dialect) -> bool {
    dialect == Dialect::Linux && line.trim_start().starts_with('#')
}

impl Maintainers {
    fn add(&mut self, letter: char, value: &str, is_directory: &dyn Fn(&str) -> bool) {
        let dialect = self.dialect;
        let pattern = || Pattern::new(value.trim_end(), dialect, is_directory);
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        match letter {
            'M' => section.add_people(Role::Maintainer, people::listed(value)),
            'R' => section.add_people(Role::Reviewer, people::listed(value)),
            'L' => section.add_people(Role::List, people::list(value)),
            'S' => section.status = value.trim().to_owned(),
            'F' => section.files.push(pattern()),
            'X' => section.except.push(pattern()),
            'N' if dialect != Dialect::Qemu => match expression(value) {
                Some(name) => section.names.push(name),
                None => self.notes.push(unread(&section.title, letter, value)),
            },
            'K' => match expression(value) {
                Some(word) => section.keywords.push(word),
                None => self.notes.push(unread(&section.title, letter, value)),
            },
            _ => {}
        }
    }
}

fn unread(title: &str, letter: char, value: &str) -> String {
    format!("MAINTAINERS, {title}: {letter}: {value} is not understood and left out")
}

/// A regular expression as Perl reads it with `/x`; `None` for what it has beyond regular languages.
fn expression(value: &str) -> Option<Regex> {
    RegexBuilder::new(value)
        .ignore_whitespace(true)
        .build()
        .ok()
}

impl Section {
    fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            status: String::new(),
            people: Vec::new(),
            files: Vec::new(),
            except: Vec::new(),
            names: Vec::new(),
            keywords: Vec::new(),
        }
    }

    fn add_people(&mut self, role: Role, people: Vec<Mailbox>) {
        self.people
            .extend(people.into_iter().map(|person| (role, person)));
    }
}
