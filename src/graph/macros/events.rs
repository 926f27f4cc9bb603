//! What one file does to the macros of a translation unit, in order: definitions, `#undef`s and includes.
//!
//! Directives inside items count too: an enum whose enumerators are a file to include is one.

use crate::items::lexer::{self, Token, TokenKind};
use crate::items::{Arm, FileItems, Item, ItemKind};
use crate::text::Span;

/// What happens at a place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A macro is defined.
    Define,
    /// A macro's definition ends.
    Undefine,
    /// A file is included.
    Include(Surroundings),
}

/// What stands around an `#include`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Surroundings {
    /// Nothing.
    File,
    /// The enumerators of an enum.
    Enumerators,
    /// The members of a struct or union.
    Members,
    /// An initializer.
    Value,
    /// The statements of a function.
    Block,
}

/// One step of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happens.
    pub action: Action,
    /// The directive.
    pub span: Span,
    /// The macro's name; of an include what stands behind the word: the path, or the macro that gives it.
    pub name: Span,
    /// The conditional branch around it, include guards left out: an index into the file's guards.
    pub guard: Option<u32>,
    /// Whether a condition inside its item decides.
    pub inside: bool,
}

/// The steps of a file, in order.
///
/// Branches that no C compiler reads (`#if 0`, `#ifdef __cplusplus`) take no step.
#[must_use]
pub fn of_file(source: &[u8], items: &FileItems) -> Vec<Event> {
    let guards = guards(source, items);
    let mut events = Vec::new();
    for item in &items.items {
        let guard = match item.guard.map(|guard| guards[guard as usize]) {
            Some(Guarded::Never) => continue,
            Some(Guarded::By(guard)) => guard,
            None => None,
        };
        let mut directive = |span: Span, surroundings, inside| {
            events.extend(event(source, span, surroundings).map(|event| Event {
                guard,
                inside,
                ..event
            }));
        };
        match item.kind {
            ItemKind::Define | ItemKind::Directive | ItemKind::Include => {
                directive(item.span, Surroundings::File, false);
            }
            ItemKind::Conditional => {}
            _ => inside(source, item, &mut directive),
        }
    }
    events
}

/// Whether the file can be included several times in one translation unit: its first directive is no include guard.
#[must_use]
pub fn is_repeatable(source: &[u8], items: &FileItems) -> bool {
    let mut items = items.items.iter();
    let once = |item: &Item| {
        let text = item.span.of(source);
        let mut words = lexer::significant(text).map(|token| token.span.of(text));
        words
            .next()
            .is_some_and(|_| words.next() == Some(b"pragma"))
            && words.next() == Some(b"once")
    };
    match items.next() {
        Some(first) if once(first) => false,
        Some(first) if first.kind == ItemKind::Conditional => {
            let second = items.next();
            !second.is_some_and(|second| {
                second.kind == ItemKind::Define
                    && missing_name(first.span.of(source))
                        .is_some_and(|name| Some(name) == defined_name(source, second))
            })
        }
        _ => true,
    }
}

/// What a branch means for what stands in it.
#[derive(Clone, Copy)]
enum Guarded {
    /// No C compiler reads it.
    Never,
    /// This branch decides; `None` where none does.
    By(Option<u32>),
}

/// For each guard of a file the innermost one around its content that is neither an include guard nor the like: `#ifndef
/// X` with `#define X` behind it lets X be defined one way or the other.
fn guards(source: &[u8], items: &FileItems) -> Vec<Guarded> {
    let mut all: Vec<Guarded> = Vec::with_capacity(items.guards.len());
    let mut openers = items.items.iter().enumerate();
    for (at, guard) in items.guards.iter().enumerate() {
        let around = guard
            .parent
            .and_then(|parent| all.get(parent as usize).copied())
            .unwrap_or(Guarded::By(None));
        let line = guard.directive.of(source);
        let opener = openers.find(|(_, item)| item.span == guard.directive);
        let next = opener.and_then(|(at, _)| items.items.get(at + 1));
        let trivial = guard.arm == Arm::First
            && missing_name(line).is_some_and(|name| {
                next.is_some_and(|next| {
                    next.kind == ItemKind::Define && Some(name) == defined_name(source, next)
                })
            });
        all.push(match around {
            Guarded::Never => Guarded::Never,
            _ if is_never(guard.arm, line) => Guarded::Never,
            Guarded::By(outer) if trivial => Guarded::By(outer),
            Guarded::By(_) => Guarded::By(Some(crate::text::offset(at))),
        });
    }
    all
}

/// The name that `#ifndef NAME` or `#if !defined(NAME)` asks for.
fn missing_name(line: &[u8]) -> Option<&[u8]> {
    let words: Vec<&[u8]> = lexer::significant(line)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .map(|token| token.span.of(line))
        .collect();
    match words.as_slice() {
        [_, b"ifndef", name] => Some(name),
        [_, b"if", b"!", b"defined", b"(", name, b")"] | [_, b"if", b"!", b"defined", name] => {
            Some(name)
        }
        _ => None,
    }
}

fn defined_name<'s>(source: &'s [u8], item: &Item) -> Option<&'s [u8]> {
    let event = event(source, item.span, Surroundings::File)?;
    (event.action == Action::Define).then(|| event.name.of(source))
}

fn is_never(arm: Arm, line: &[u8]) -> bool {
    let mut words = lexer::significant(line)
        .skip(1)
        .map(|token| token.span.of(line));
    let first = (words.next(), words.next());
    arm != Arm::Else
        && (matches!(first, (Some(b"if" | b"elif"), Some(b"0")))
            && words.next().is_none_or(|end| end.trim_ascii().is_empty())
            || matches!(first, (Some(b"ifdef"), Some(b"__cplusplus"))))
}

/// The step that the directive at `span` is.
fn event(source: &[u8], span: Span, surroundings: Surroundings) -> Option<Event> {
    let line = span.of(source);
    let mut tokens = lexer::significant(line);
    let hash = tokens.next()?;
    let word = tokens.next()?;
    let name = tokens.next()?;
    if hash.kind != TokenKind::Hash {
        return None;
    }
    let action = match word.span.of(line) {
        b"define" if name.kind == TokenKind::Identifier => Action::Define,
        b"undef" if name.kind == TokenKind::Identifier => Action::Undefine,
        b"include" | b"include_next" | b"import" => Action::Include(surroundings),
        _ => return None,
    };
    Some(Event {
        action,
        span,
        name: name.span.shifted(span.start),
        guard: None,
        inside: false,
    })
}

/// The directives inside an item.
fn inside(source: &[u8], item: &Item, found: &mut impl FnMut(Span, Surroundings, bool)) {
    let bytes = item.span.of(source);
    if memchr::memchr(b'#', bytes).is_none() {
        return;
    }
    let mut reader = Reader {
        bytes,
        open: Vec::new(),
        last: [Span::default(); 2],
        assigned: false,
    };
    let mut conditions = 0usize;
    let mut tokens = lexer::significant(bytes);
    while let Some(token) = tokens.next() {
        if token.kind != TokenKind::Hash {
            reader.take(token);
            continue;
        }
        let mut end = token.span.end;
        let mut word: &[u8] = b"";
        for next in tokens.by_ref() {
            if next.kind == TokenKind::DirectiveEnd {
                break;
            }
            if word.is_empty() {
                word = next.span.of(bytes);
            }
            end = next.span.end;
        }
        match word {
            b"if" | b"ifdef" | b"ifndef" => conditions += 1,
            b"endif" => conditions = conditions.saturating_sub(1),
            _ => {}
        }
        let span = Span::new(token.span.start, end).shifted(item.span.start);
        found(span, reader.here(), conditions > 0);
    }
}

/// What the brackets around a place of an item hold.
struct Reader<'s> {
    bytes: &'s [u8],
    open: Vec<Surroundings>,
    /// The last two tokens, the newest first.
    last: [Span; 2],
    assigned: bool,
}

impl Reader<'_> {
    fn here(&self) -> Surroundings {
        self.open.last().copied().unwrap_or(match self.assigned {
            true => Surroundings::Value,
            false => Surroundings::File,
        })
    }

    fn take(&mut self, token: Token) {
        match token.span.of(self.bytes) {
            b"{" => {
                let holds = self.holds();
                self.open.push(holds);
            }
            b"(" => self.open.push(Surroundings::Value),
            b"}" | b")" => drop(self.open.pop()),
            b"=" if self.open.is_empty() => self.assigned = true,
            b";" if self.open.is_empty() => self.assigned = false,
            _ => {}
        }
        self.last = [token.span, self.last[0]];
    }

    /// What a brace here holds.
    fn holds(&self) -> Surroundings {
        let texts = self.last.map(|span| span.of(self.bytes));
        let opened_by = |words: [&[u8]; 2]| texts.iter().any(|text| words.contains(text));
        match self.here() {
            Surroundings::Value => Surroundings::Value,
            _ if texts[0] == b"=" => Surroundings::Value,
            _ if opened_by([b"enum", b"enum"]) => Surroundings::Enumerators,
            _ if opened_by([b"struct", b"union"]) => Surroundings::Members,
            _ => Surroundings::Block,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items;

    fn events(source: &str) -> Vec<(Action, &str, bool)> {
        let bytes = source.as_bytes();
        let all = of_file(bytes, &items::of_source(bytes));
        let shown = all.iter().map(|event| {
            let name = &source[event.name.start as usize..event.name.end as usize];
            let conditional = event.guard.is_some() || event.inside;
            (event.action, name, conditional)
        });
        shown.collect()
    }

    #[test]
    fn guards_that_only_include_once_are_none() {
        let source = "#ifndef A_H\n#define A_H\n#ifndef X\n#define X 1\n#endif\n#ifdef Y\n#define Z 2\n#endif\n#if 0\n#define N\n#endif\n#ifdef __cplusplus\n#define B extern \"C\" {\n#else\n#define B\n#endif\n#endif\n";
        let defined = [("A_H", false), ("X", false), ("Z", true), ("B", true)];
        let expected = defined.map(|(name, conditional)| (Action::Define, name, conditional));
        assert_eq!(events(source), expected);
        let bytes = source.as_bytes();
        assert!(!is_repeatable(bytes, &items::of_source(bytes)));
        assert!(is_repeatable(b"DEF(a)\n", &items::of_source(b"DEF(a)\n")));
    }

    #[test]
    fn directives_inside_items_know_what_they_stand_in() {
        let source = "enum e {\n#define DEF(x) x,\n#include \"ops.def\"\n#undef DEF\nlast };\nstatic int t[] = {\n#include \"t.def\"\n};\nint f(void)\n{\n#include \"body.c\"\n    return 1;\n}\n";
        let expected = [
            (Action::Define, "DEF", false),
            (
                Action::Include(Surroundings::Enumerators),
                "\"ops.def\"",
                false,
            ),
            (Action::Undefine, "DEF", false),
            (Action::Include(Surroundings::Value), "\"t.def\"", false),
            (Action::Include(Surroundings::Block), "\"body.c\"", false),
        ];
        assert_eq!(events(source), expected);
    }
}
