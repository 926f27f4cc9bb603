//! What a declaration says of a type, as far as two types can be told apart for certain.
//!
//! Types are compared by what they stand for: the words of the language in one order, typedefs of the tree followed, those of
//! the C library as on 64-bit Unix. Qualifiers are left aside (a `const` that differs is not seen), and a type that is not
//! understood (an enum, a macro, a typedef with alternatives) is never said to differ from another.

use std::fmt;

use crate::facts::{Form, SymbolKind};
use crate::graph::resolve::Site;
use crate::items::lexer::{TokenKind, significant};

use super::tree::Tree;

/// A type: what it is made of, without names and qualifiers.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// `long`, `struct name`; `function` for one.
    base: String,
    pointers: usize,
    /// What a function gives, then what it takes, each where that is understood.
    function: Option<Vec<Option<Type>>>,
}

impl Type {
    fn plain(base: String) -> Self {
        Self {
            base,
            pointers: 0,
            function: None,
        }
    }

    /// Whether this is for certain another type.
    pub(super) fn differs(&self, other: &Self) -> bool {
        match (&self.function, &other.function) {
            (Some(one), Some(two)) => {
                let mut pairs = one.iter().zip(two);
                one.len() != two.len()
                    || self.depth() != other.depth()
                    || pairs.any(|pair| matches!(pair, (Some(one), Some(two)) if one.differs(two)))
            }
            _ => self.base != other.base || self.depth() != other.depth(),
        }
    }

    /// How often it points; a function is only ever handed on as a pointer to it.
    fn depth(&self) -> usize {
        self.pointers.max(usize::from(self.function.is_some()))
    }

    /// Whether it is a function, or points to one.
    pub(super) fn is_function(&self) -> bool {
        self.function.is_some()
    }

    /// Whether no value of this type, written as a variable, may be given where `other` is wanted (ISO C 6.5.16.1): both
    /// point to something, and not to the same; or only one points; or one is a record. A sign that differs is let pass, as
    /// compilers do, and so is anything that becomes a `_Bool`.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let is_record =
            |one: &Self| one.base.starts_with("struct ") || one.base.starts_with("union ");
        let is_any = |one: &Self| one.pointers == 1 && one.base == "void";
        match (self.depth(), other.depth()) {
            (0, 0) => self.differs(other) && (is_record(self) || is_record(other)),
            (0, _) => true,
            (_, 0) => other.base != "_Bool",
            _ if is_any(self) || is_any(other) => false,
            _ if self.is_function() && other.is_function() => self.differs(other),
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
        let stars = "*".repeat(self.pointers);
        let Some([given, taken @ ..]) = self.function.as_deref() else {
            return write!(to, "{}{gap}{stars}", self.base);
        };
        let shown = |one: &Option<Self>| one.as_ref().map_or("?".to_owned(), Self::to_string);
        let taken: Vec<String> = taken.iter().map(shown).collect();
        let stars = match self.pointers {
            0 => String::new(),
            _ => format!("({stars})"),
        };
        write!(to, "{} {stars}({})", shown(given), taken.join(", "))
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

/// The one type that all of some are; `None` where one is not understood, or another.
pub(super) fn agreed(types: impl Iterator<Item = Option<Type>>) -> Option<Type> {
    let all: Vec<Type> = types.collect::<Option<_>>()?;
    let first = all.first()?.clone();
    all.iter().all(|one| !one.differs(&first)).then_some(first)
}

/// The words of a text, semicolons left out.
pub(super) fn words(text: &[u8]) -> Vec<String> {
    significant(text)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .map(|token| String::from_utf8_lossy(token.span.of(text)).into_owned())
        .filter(|word| word != ";")
        .collect()
}

/// The words of each parameter in a list with its parentheses.
pub(super) fn split<W: AsRef<str>>(words: &[W]) -> Option<Vec<Vec<&str>>> {
    let mut all = vec![Vec::new()];
    let mut depth = 0_usize;
    for word in words {
        match word.as_ref() {
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

/// The type of a parameter or a member, by the words of its declaration; `None` where they are not understood.
pub(super) fn of(tree: &Tree<'_>, words: &[&str]) -> Option<Type> {
    named(tree, words, DEPTH)
}

/// The type of a function that is given the words before its name, and those of its parameters with their parentheses.
pub(super) fn function(tree: &Tree<'_>, given: &[&str], taken: &[impl AsRef<str>]) -> Option<Type> {
    of_function(tree, given, taken, DEPTH)
}

fn of_function(
    tree: &Tree<'_>,
    given: &[&str],
    taken: &[impl AsRef<str>],
    depth: usize,
) -> Option<Type> {
    let depth = depth.checked_sub(1)?;
    let taken = match &split(taken)?[..] {
        [none] if none.is_empty() => return None,
        [none] if none[..] == ["void"] => Vec::new(),
        taken => taken.iter().map(|one| named(tree, one, depth)).collect(),
    };
    let mut function = vec![named(tree, given, depth)];
    function.extend(taken);
    Some(Type {
        function: Some(function),
        ..Type::plain("function".to_owned())
    })
}

/// The type of `given name(taken)` or `given (*name)(taken)`.
fn of_declarator(tree: &Tree<'_>, words: &[&str], depth: usize) -> Option<Type> {
    let open = words.iter().position(|word| *word == "(")?;
    if words.get(open + 1) != Some(&"*") {
        let name = open.checked_sub(1).filter(|at| is_word(words[*at]))?;
        return of_function(tree, &words[..name], &words[open..], depth);
    }
    let close = open + words[open..].iter().position(|word| *word == ")")?;
    let is_plain = matches!(words[open + 2..close], [] | [_]);
    let pointed = of_function(tree, &words[..open], &words[close + 1..], depth)?;
    is_plain.then_some(Type {
        pointers: 1,
        ..pointed
    })
}

fn is_word(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

fn named(tree: &Tree<'_>, words: &[&str], depth: usize) -> Option<Type> {
    if words.contains(&"(") {
        return of_declarator(tree, words, depth);
    }
    let brackets = words.iter().position(|word| *word == "[");
    let (words, behind) = words.split_at(brackets.unwrap_or(words.len()));
    let is_qualifier = |word: &&&str| {
        matches!(
            **word,
            "const"
                | "volatile"
                | "restrict"
                | "__restrict"
                | "register"
                | "typedef"
                | "extern"
                | "static"
                | "inline"
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
        ..base
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
    match words {
        [] | ["enum", ..] => None,
        ["struct" | "union", tag] => Some(Type::plain(format!("{} {tag}", words[0]))),
        words if words.iter().all(|word| is_of_language(word)) => {
            arithmetic(words).map(Type::plain)
        }
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

/// What a typedef stands for, where all of the name in the tree stand for the same, or the C library has it.
fn typedef(tree: &Tree<'_>, name: &str, depth: usize) -> Option<Type> {
    let depth = depth.checked_sub(1)?;
    tree.learn(&[name.to_owned()].into());
    let sites = tree.names.sites(name);
    let meant = sites.iter().filter(|site| {
        matches!(site.kind, SymbolKind::Typedef | SymbolKind::Macro)
            && site.form == Form::Definition
    });
    let mut meant = meant.peekable();
    if meant.peek().is_none() {
        let known = OF_LIBRARY.iter().find(|(known, _)| *known == name)?;
        let words: Vec<&str> = known.1.split(' ').collect();
        return base(tree, &words, depth);
    }
    agreed(meant.map(|site| aliased(tree, name, site, depth)))
}

/// What one typedef of that name stands for.
fn aliased(tree: &Tree<'_>, name: &str, site: &Site, depth: usize) -> Option<Type> {
    let facts = tree.index.facts(&[site.item]).pop()?;
    let definition = facts.definitions.get(site.definition as usize)?;
    let source = tree.index.source(site.item.file);
    let start = tree.index.item(site.item).span.start;
    let words = words(definition.span.shifted(start).of(&source));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.first() != Some(&"typedef") {
        return None;
    }
    let Some(end) = words.iter().rposition(|word| *word == "}") else {
        // The name stands last, as that of a parameter does.
        return named(tree, &words, depth);
    };
    // A record without a tag is known by the typedef.
    let record = match words[1..] {
        [kind @ ("struct" | "union"), "{", ..] => format!("{kind} {name}"),
        [kind @ ("struct" | "union"), tag, "{", ..] => format!("{kind} {tag}"),
        _ => return None,
    };
    let [stars @ .., last] = &words[end + 1..] else {
        return None;
    };
    let is_plain = *last == name && stars.iter().all(|word| *word == "*");
    is_plain.then(|| Type {
        pointers: stars.len(),
        ..Type::plain(record)
    })
}
