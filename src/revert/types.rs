//! What a function takes and gives, by its head as written, as far as two heads can be told apart for certain.
//!
//! Types are compared by what they stand for: the words of the language in one order, typedefs of the tree followed, those of
//! the C library as on 64-bit Unix. Qualifiers are left aside (a `const` that differs is not seen), and a type that is not
//! understood (a function pointer, an enum, a macro, a typedef with alternatives) is never said to differ from another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::facts::{Definition, Form, SymbolKind};
use crate::graph::index::ItemId;
use crate::graph::resolve::Site;
use crate::items::lexer::{TokenKind, significant};
use crate::text::Span;

use super::tree::Tree;

/// A type: what it is made of, without names and qualifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Type {
    /// `long`, `struct name`.
    base: String,
    pointers: usize,
}

impl Type {
    /// Whether no value of this type, written as a variable, may be given where `other` is wanted (ISO C 6.5.16.1): both
    /// point to something, and not to the same; or only one points; or one is a record. A sign that differs is let pass, as
    /// compilers do, and so is anything that becomes a `_Bool`.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let is_record =
            |one: &Self| one.base.starts_with("struct ") || one.base.starts_with("union ");
        let is_any = |one: &Self| one.pointers == 1 && one.base == "void";
        match (self.pointers, other.pointers) {
            (0, 0) => self != other && (is_record(self) || is_record(other)),
            (0, _) => true,
            (_, 0) => other.base != "_Bool",
            _ if is_any(self) || is_any(other) => false,
            (one, two) => one != two || self.without_sign() != other.without_sign(),
        }
    }

    fn without_sign(&self) -> &str {
        let base = &self.base[..];
        let unsigned = base.strip_prefix("unsigned ");
        unsigned.or(base.strip_prefix("signed ")).unwrap_or(base)
    }

    /// Whether it is the record of that name, or points to it.
    pub(super) fn is_of_record(&self, name: &str) -> bool {
        let tag = self.base.strip_prefix("struct ");
        tag.or(self.base.strip_prefix("union ")) == Some(name)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.pointers > 0 { " " } else { "" };
        write!(to, "{}{gap}{}", self.base, "*".repeat(self.pointers))
    }
}

/// Typedefs of the C library, as on 64-bit Unix.
const OF_LIBRARY: [(&str, &str); 21] = [
    ("bool", "_Bool"),
    ("int16_t", "short"),
    ("int32_t", "int"),
    ("int64_t", "long"),
    ("int8_t", "signed char"),
    ("intptr_t", "long"),
    ("mode_t", "unsigned int"),
    ("off_t", "long"),
    ("pid_t", "int"),
    ("ptrdiff_t", "long"),
    ("size_t", "unsigned long"),
    ("ssize_t", "long"),
    ("time_t", "long"),
    ("u_char", "unsigned char"),
    ("u_int", "unsigned int"),
    ("uid_t", "unsigned int"),
    ("uint16_t", "unsigned short"),
    ("uint32_t", "unsigned int"),
    ("uint64_t", "unsigned long"),
    ("uint8_t", "unsigned char"),
    ("uintptr_t", "unsigned long"),
];

/// Typedefs that stand for typedefs are followed so far.
const DEPTH: usize = 6;

/// Whether two heads of one function contradict each other: the same number of parameters, one of which has another type.
/// Results are left to `result`.
pub(super) fn contradict(tree: &Tree<'_>, one: &Site, other: &Site) -> bool {
    let (Some(one), Some(other)) = (parameters(tree, one), parameters(tree, other)) else {
        return false;
    };
    one.len() == other.len()
        && one
            .iter()
            .zip(&other)
            .any(|pair| matches!(pair, (Some(one), Some(other)) if one != other))
}

/// The functions that the items define or declare, each with the words behind its name.
pub(super) fn heads(tree: &Tree<'_>, items: &[ItemId]) -> BTreeSet<(String, Vec<String>)> {
    let mut found = BTreeSet::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let functions = facts.definitions.iter();
        let functions = functions.filter(|one| one.kind == SymbolKind::Function);
        found.extend(functions.map(|one| {
            let name = facts.names.name(one.name).to_owned();
            (name, behind_name(tree, *id, one))
        }));
    }
    found
}

/// The types of a function's parameters, `None` for each that is not understood.
pub(super) fn parameters(tree: &Tree<'_>, site: &Site) -> Option<Vec<Option<Type>>> {
    let facts = tree.index.facts(&[site.item]).pop()?;
    let definition = facts.definitions.get(site.definition as usize)?;
    let words = behind_name(tree, site.item, definition);
    let list = split(&words)?;
    Some(list.iter().map(|words| of(tree, words)).collect())
}

/// The members that the items declare, by record and name, each with its type where that is understood.
pub(super) fn members(tree: &Tree<'_>, items: &[ItemId]) -> BTreeMap<(String, String), Type> {
    let mut found = BTreeMap::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let members = facts.definitions.iter();
        for one in members.filter(|one| one.kind == SymbolKind::Member) {
            let record = one.parent.map(|parent| facts.name(parent).to_owned());
            if let (Some(record), Some(of_type)) = (record, of_declaration(tree, *id, one)) {
                found.insert((record, facts.name(one.name).to_owned()), of_type);
            }
        }
    }
    found
}

/// The type of a record's member, where all records of that name in the tree agree.
pub(super) fn of_member(tree: &Tree<'_>, record: &str, name: &str) -> Option<Type> {
    tree.learn(&[name.to_owned()].into());
    let sites = tree.names.members_of(record, name);
    let types = sites.iter().map(|site| {
        let facts = tree.index.facts(&[site.item]).pop()?;
        let definition = facts.definitions.get(site.definition as usize)?;
        of_declaration(tree, site.item, definition)
    });
    let mut types: Vec<Option<Type>> = types.collect();
    types.dedup();
    match <[Option<Type>; 1]>::try_from(types) {
        Ok([of_type]) => of_type,
        Err(_) => None,
    }
}

/// The type that a declaration gives to what it declares; `None` for the later ones of several declarators.
fn of_declaration(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> Option<Type> {
    let source = tree.index.source(item.file);
    let start = tree.index.item(item).span.start;
    let words = words(definition.span.shifted(start).of(&source));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    named(tree, &words, DEPTH)
}

/// The words of a text, semicolons left out.
fn words(text: &[u8]) -> Vec<String> {
    significant(text)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .map(|token| String::from_utf8_lossy(token.span.of(text)).into_owned())
        .filter(|word| word != ";")
        .collect()
}

/// The words of a function's head behind its name.
fn behind_name(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> Vec<String> {
    let start = tree.index.item(item).span.start;
    let end = definition
        .body
        .map_or(definition.span.end, |body| body.start);
    let source = tree.index.source(item.file);
    let behind = Span::new(definition.name_span.end.min(end), end);
    let text = behind.shifted(start).of(&source);
    words(text)
}

/// The words of each parameter in a list with its parentheses.
fn split(words: &[String]) -> Option<Vec<Vec<&str>>> {
    let mut all = vec![Vec::new()];
    let mut depth = 0_usize;
    for word in words {
        match &word[..] {
            "(" if depth == 0 => depth = 1,
            ")" if depth == 1 => return Some(all),
            "," if depth == 1 => all.push(Vec::new()),
            _ if depth == 0 => return None,
            word => {
                depth = match word {
                    "(" | "[" => depth + 1,
                    ")" | "]" => depth.saturating_sub(1),
                    _ => depth,
                };
                all.last_mut()?.push(word);
            }
        }
    }
    None
}

/// The type of a parameter, or of what a typedef names; `None` where it is more than words, stars and brackets.
fn of(tree: &Tree<'_>, words: &[&str]) -> Option<Type> {
    named(tree, words, DEPTH)
}

fn named(tree: &Tree<'_>, words: &[&str], depth: usize) -> Option<Type> {
    let brackets = words.iter().position(|word| *word == "[");
    let (words, behind) = words.split_at(brackets.unwrap_or(words.len()));
    let is_qualifier = |word: &&&str| {
        matches!(
            **word,
            "const" | "volatile" | "restrict" | "__restrict" | "register" | "typedef" | "extern"
        )
    };
    let mut words: Vec<&str> = words
        .iter()
        .filter(|word| !is_qualifier(word))
        .copied()
        .collect();
    // `[2][3]` points to arrays.
    if behind.iter().filter(|word| **word == "[").count() > 1 {
        return None;
    }
    let is_word = |word: &str| {
        word.bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
    };
    let stars = words.iter().filter(|word| **word == "*").count();
    let first_star = words.iter().position(|word| *word == "*");
    if !words.iter().all(|word| *word == "*" || is_word(word)) {
        return None;
    }
    match first_star {
        // Behind the stars stands the name alone, if any.
        Some(at) => {
            let name = words[at..].iter().filter(|word| **word != "*").count();
            let name_is_last = words.last().is_some_and(|word| *word != "*");
            if name > 1 || name == 1 && !name_is_last {
                return None;
            }
            words.truncate(at);
        }
        None => drop_name(&mut words),
    }
    let base = base(tree, &words, depth)?;
    Some(Type {
        pointers: base.pointers + stars + usize::from(!behind.is_empty()),
        base: base.base,
    })
}

/// Takes a parameter's own name off the end of its words.
fn drop_name(words: &mut Vec<&str>) {
    let Some(last) = words.last() else { return };
    let specifiers = match words.first() {
        Some(&"struct" | &"union" | &"enum") => 2,
        _ => 1,
    };
    if words.len() > specifiers && !is_of_language(last) {
        words.pop();
    }
}

fn is_of_language(word: &str) -> bool {
    matches!(
        word,
        "char"
            | "short"
            | "int"
            | "long"
            | "signed"
            | "unsigned"
            | "float"
            | "double"
            | "void"
            | "_Bool"
    )
}

/// What the words before stars and name stand for.
fn base(tree: &Tree<'_>, words: &[&str], depth: usize) -> Option<Type> {
    let plain = |base: String| Type { base, pointers: 0 };
    match words {
        [] | ["enum", ..] => None,
        ["struct" | "union", tag] => Some(plain(format!("{} {tag}", words[0]))),
        words if words.iter().all(|word| is_of_language(word)) => arithmetic(words).map(plain),
        [name] => typedef(tree, name, depth),
        _ => None,
    }
}

/// The words of an arithmetic type in one order, those that say nothing left out.
fn arithmetic(words: &[&str]) -> Option<String> {
    let count = |wanted: &str| words.iter().filter(|word| **word == wanted).count();
    let kind = ["char", "short", "float", "double", "void", "_Bool"];
    let kind = kind.into_iter().find(|kind| count(kind) > 0);
    let length = match (kind, count("long")) {
        (Some("double"), 1) => "long double",
        (Some(kind), 0) => kind,
        (None, 0) => "int",
        (None, 1) => "long",
        (None, 2) => "long long",
        _ => return None,
    };
    Some(match (count("unsigned"), count("signed"), length) {
        (0, 0, _) => length.to_owned(),
        (0, _, "char") => "signed char".to_owned(),
        (0, _, _) => length.to_owned(),
        _ => format!("unsigned {length}"),
    })
}

/// What a typedef stands for, where the tree has just one of the name, or the C library has it.
fn typedef(tree: &Tree<'_>, name: &str, depth: usize) -> Option<Type> {
    let depth = depth.checked_sub(1)?;
    tree.learn(&[name.to_owned()].into());
    let sites = tree.names.sites(name);
    let mut meant = sites.iter().filter(|site| {
        matches!(site.kind, SymbolKind::Typedef | SymbolKind::Macro)
            && site.form == Form::Definition
    });
    let Some(site) = meant.next() else {
        let known = OF_LIBRARY.iter().find(|(known, _)| *known == name)?;
        let words: Vec<&str> = known.1.split(' ').collect();
        return base(tree, &words, depth);
    };
    if meant.next().is_some() || site.kind == SymbolKind::Macro {
        return None;
    }
    let facts = tree.index.facts(&[site.item]).pop()?;
    let definition = facts.definitions.get(site.definition as usize)?;
    let source = tree.index.source(site.item.file);
    let start = tree.index.item(site.item).span.start;
    let text = definition.span.shifted(start).of(&source);
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (words.get(1..3), words.contains(&"{")) {
        (Some([kind @ ("struct" | "union"), tag]), true)
            if *tag != "{" && !words.contains(&"*") =>
        {
            Some(Type {
                base: format!("{kind} {tag}"),
                pointers: 0,
            })
        }
        (_, true) => None,
        // The name stands last, as that of a parameter does.
        (_, false) if words.first() == Some(&"typedef") => named(tree, &words, depth),
        (_, false) => None,
    }
}
