//! Names and addresses: as MAINTAINERS and trailers write them, and as the mailmap does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

/// A person or a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mailbox {
    /// Without quotes; may be empty.
    pub name: String,
    /// As written.
    pub address: String,
}

impl Mailbox {
    /// Reads `Name <address>`, `<address>` or `address`; `None` where there is no address.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (name, address) = match text.split_once('<') {
            Some((name, rest)) => (
                name,
                rest.rsplit_once('>').map_or(rest, |(inside, _)| inside),
            ),
            None => ("", text.split_whitespace().find(|word| word.contains('@'))?),
        };
        let name = name.trim();
        let name = name.strip_prefix('"').unwrap_or(name);
        let name = name.strip_suffix('"').unwrap_or(name);
        address.contains('@').then(|| Self {
            name: name.trim().replace("\\\"", "\""),
            address: address.trim().to_owned(),
        })
    }

    /// Whether both are the same person: the same address, or the same full name.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let same_name = self.name.to_lowercase() == other.name.to_lowercase();
        self.address.eq_ignore_ascii_case(&other.address)
            || same_name && self.name.trim().contains(' ')
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, address } = self;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        match name.as_str() {
            "" => f.write_str(address),
            name if name.chars().all(plain) => write!(f, "{name} <{address}>"),
            name => write!(f, "\"{}\" <{address}>", name.replace('"', "\\\"")),
        }
    }
}

/// The mailboxes of an `M:` or `R:` line: one, or several with commas between.
pub(super) fn listed(value: &str) -> Vec<Mailbox> {
    let pieces: Vec<_> = value.split(',').collect();
    if pieces.iter().all(|piece| piece.contains('@')) {
        return pieces.into_iter().filter_map(Mailbox::read).collect();
    }
    Mailbox::read(value).into_iter().collect()
}

/// The address of an `L:` line; what is said about the list behind it goes.
pub(super) fn list(value: &str) -> Vec<Mailbox> {
    if value.contains("subscribers-only") {
        return Vec::new();
    }
    Mailbox::read(value)
        .map(|list| Mailbox {
            name: String::new(),
            ..list
        })
        .into_iter()
        .collect()
}

// `get_maintainer.pl` looks for this in bytes: its range of letters holds some of the bytes of UTF-8, not all.
static INSIDE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(
        r#"(?-u)([A-Za-z\x80-\xc3"' ,.+-]*\s*,*\s*)[(<{]?([A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+)[)>}]?"#,
    )
    .expect("a constant pattern that the tests compile")
});

/// The mailboxes that stand in a text, with the two or three words before each as its name.
pub(super) fn inside(text: &str) -> Vec<Mailbox> {
    let mailbox = |found: regex::bytes::Captures<'_>| {
        let part = |at| {
            let bytes = found
                .get(at)
                .map(|part| part.as_bytes())
                .unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let name = part(1);
        let name = name.trim_matches(|c: char| c.is_whitespace() || ",.\"-".contains(c));
        let words: Vec<_> = name.split_whitespace().collect();
        let is_initial = |word: &&&str| word.trim_end_matches('.').chars().count() == 1;
        let kept = if words.len() > 2
            && !words[words.len() - 3..]
                .iter()
                .any(|word| is_initial(&word))
        {
            &words[words.len() - 2..]
        } else {
            &words[words.len().saturating_sub(3)..]
        };
        Mailbox {
            name: kept.join(" "),
            address: part(2),
        }
    };
    INSIDE.captures_iter(text.as_bytes()).map(mailbox).collect()
}

/// What a `.mailmap` says: proper names and addresses by the ones in use.
#[derive(Clone, Debug, Default)]
pub struct Mailmap {
    by_both: BTreeMap<(String, String), Entry>,
    by_address: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    name: Option<String>,
    address: Option<String>,
}

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([^<]*)<([^>]*)>(?:\s*([^<]*)<([^>]*)>)?$")
        .expect("a constant pattern that the tests compile")
});

impl Mailmap {
    /// Reads the text of a `.mailmap`; lines of another form are left out. Addresses are told apart by case, as by the
    /// script.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut map = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some(found) = ENTRY.captures(line) else {
                continue;
            };
            let part = |at| {
                let part = found.get(at).map(|part| part.as_str().trim().to_owned());
                part.filter(|part| !part.is_empty())
            };
            let (name, proper, used_name, used) = (part(1), part(2), part(3), part(4));
            let Some(used) = used else {
                let Some(address) = proper else { continue };
                map.by_address.entry(address).or_default().name = name;
                continue;
            };
            let entry = match used_name {
                Some(used_name) => map.by_both.entry((used_name, used)).or_default(),
                None => map.by_address.entry(used).or_default(),
            };
            entry.address = proper;
            if name.is_some() {
                entry.name = name;
            }
        }
        map
    }

    /// The proper mailbox; what the map says of name and address together goes before what it says of the address.
    #[must_use]
    pub fn mapped(&self, mailbox: Mailbox) -> Mailbox {
        let key = (mailbox.name.clone(), mailbox.address.clone());
        let Some(entry) = self
            .by_both
            .get(&key)
            .or_else(|| self.by_address.get(&mailbox.address))
        else {
            return mailbox;
        };
        Mailbox {
            name: entry.name.clone().unwrap_or(mailbox.name),
            address: entry.address.clone().unwrap_or(mailbox.address),
        }
    }
}
