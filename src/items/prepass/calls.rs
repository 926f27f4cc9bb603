//! Macro calls: as statements without `;`, before a block, before a colon; and what only a macro takes as argument.

use super::lexemes::Kind;
use super::nesting::{NONE, Nesting, Place};
use super::{Editor, HiddenKind, Rule, words};
use crate::items::ItemKind;
use crate::text::Span;

/// Rewrites what stands in statements, initializers and arguments.
pub(super) fn mend(editor: &mut Editor<'_>, nesting: &Nesting<'_>, kind: ItemKind) {
    for at in 0..nesting.lexemes.len() {
        match nesting.place(at) {
            // The head of a function has no statements, but parameter declarations perhaps.
            Place::File if kind == ItemKind::Function => {}
            Place::File | Place::Block | Place::Members if nesting.starts_statement(at) => {
                statement(editor, nesting, at);
            }
            Place::Value if editor.may(Rule::Elements) => element(editor, nesting, at),
            Place::Enumerators if editor.may(Rule::Elements) => enumerator(editor, nesting, at),
            Place::Arguments if editor.may(Rule::Arguments) => argument(editor, nesting, at),
            _ => {}
        }
        anywhere(editor, nesting, at);
    }
}

fn statement(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    if !nesting.is_name(at) {
        return;
    }
    let in_block = nesting.place(at) == Place::Block;
    if nesting.text(at + 1) != b"(" {
        let capitals = crate::items::split::head::is_capitals(nesting.text(at));
        if in_block && capitals && starts_new_line(nesting, at + 1) {
            end_statement(editor, nesting, at);
        }
        return;
    }
    let close = nesting.mate[at + 1];
    if close == NONE {
        return;
    }
    match nesting.text(close + 1) {
        b"{" | b":" if !editor.may(Rule::Blocks) => {}
        b"{" if in_block => before_block(editor, nesting, at, close),
        b":" if in_block => write_keyword(editor, nesting, at, b"case"),
        _ if starts_new_line(nesting, close + 1) => end_statement(editor, nesting, close),
        _ => {}
    }
}

/// Whether `at` is a word, a directive or a closing brace that starts a line: a new statement.
fn starts_new_line(nesting: &Nesting<'_>, at: usize) -> bool {
    let Some(lexeme) = nesting.lexemes.get(at) else {
        return false;
    };
    let starter = match lexeme.kind {
        Kind::Word | Kind::Directive(_) => true,
        _ => nesting.text(at) == b"}",
    };
    lexeme.first_in_line && starter
}

/// Puts a `;` behind `last`.
fn end_statement(editor: &mut Editor<'_>, nesting: &Nesting<'_>, last: usize) {
    if !editor.may(Rule::Statements) {
        return;
    }
    let from = nesting.lexemes[last].span.end;
    if let Some(next) = nesting.lexemes.get(last + 1) {
        editor.put_in_space(Span::new(from, next.span.start), b';');
    }
}

/// `QLIST_FOREACH(a, b, c) {` reads as `while (a, b, c) {`; without arguments only the block stays.
fn before_block(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize, close: usize) {
    let name = nesting.lexemes[at].span;
    if close == at + 2 {
        editor.blank(Span::new(name.start, nesting.lexemes[close].span.end));
        editor.note(name, HiddenKind::Loop);
    } else {
        let keyword: &[u8] = if name.len() < 5 { b"if" } else { b"while" };
        write_keyword(editor, nesting, at, keyword);
    }
}

fn write_keyword(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize, keyword: &[u8]) {
    let name = nesting.lexemes[at].span;
    if name.len() as usize >= keyword.len() {
        editor.write(name, keyword);
        editor.note(name, HiddenKind::Loop);
    }
}

/// Elements that macros make, one a line, bring their own commas: they get them here.
fn element(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let starts = matches!(nesting.text(nesting.previous(at)), b"{" | b",") || {
        let previous = nesting.previous(at);
        nesting.text(previous) == b")" && nesting.lexemes[at].first_in_line
    };
    if !starts || !nesting.is_name(at) || nesting.text(at + 1) != b"(" {
        return;
    }
    let close = nesting.mate[at + 1];
    if close != NONE && nesting.is_name(close + 1) && starts_new_line(nesting, close + 1) {
        let gap = Span::new(
            nesting.lexemes[close].span.end,
            nesting.lexemes[close + 1].span.start,
        );
        editor.put_in_space(gap, b',');
    }
}

/// `defreg(CTRL),` among enumerators: the argument stands for the name.
fn enumerator(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let starts = matches!(nesting.text(nesting.previous(at)), b"{" | b"," | b")");
    if !starts || !nesting.is_name(at) || nesting.text(at + 1) != b"(" {
        return;
    }
    let close = nesting.mate[at + 1];
    if close == NONE || !nesting.is_name(at + 2) {
        return;
    }
    let span = |at: usize| nesting.lexemes[at].span;
    editor.blank(Span::new(span(at).start, span(at + 1).end));
    editor.blank(Span::new(span(at + 2).end, span(close).end));
    editor.note(
        Span::new(span(at).start, span(close).end),
        HiddenKind::NameMacro,
    );
    if nesting.is_name(close + 1) {
        editor.put_in_space(Span::new(span(close).start, span(close + 1).start), b',');
    }
}

fn argument(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let previous = nesting.text(nesting.previous(at));
    let starts = matches!(previous, b"(" | b",");
    let next = nesting.text(at + 1);
    let ends = matches!(next, b"," | b")");
    match nesting.lexemes[at].kind {
        Kind::Punctuator if starts && ends => lone_operator(editor, nesting, at),
        Kind::Punctuator if starts && nesting.text(at) == b"," => {
            editor.blank(nesting.lexemes[at].span)
        }
        Kind::Punctuator if previous == b"," && nesting.text(at) == b")" => {
            editor.blank(nesting.lexemes[nesting.previous(at)].span);
        }
        Kind::Word if starts => type_argument(editor, nesting, at),
        Kind::Word => juxtaposed(editor, nesting, at),
        _ => {}
    }
}

/// `f(a, ==, b)`: the operator goes, and one comma.
fn lone_operator(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    if matches!(
        nesting.text(at),
        b"(" | b"[" | b"{" | b"," | b")" | b"]" | b"}"
    ) {
        return;
    }
    editor.hide(nesting.lexemes[at].span, HiddenKind::Operand);
    let previous = nesting.previous(at);
    let comma = if nesting.text(previous) == b"," {
        previous
    } else {
        at + 1
    };
    if nesting.text(comma) == b"," {
        editor.blank(nesting.lexemes[comma].span);
    }
}

/// `f(struct s *, x)`: a type among arguments; its last word stays.
fn type_argument(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let mut end = at;
    while nesting.is_word(end) {
        end += 1;
    }
    let words_end = end;
    while nesting.text(end) == b"*" {
        end += 1;
    }
    if !matches!(nesting.text(end), b"," | b")") || words_end == end && words_end == at + 1 {
        return;
    }
    let is_type = |at: usize| {
        let word = nesting.text(at);
        words::is_basic_type(word) || words::is_qualifier(word) || words::is_tag(word)
    };
    if words_end > at + 1 && !is_type(at) {
        return;
    }
    let span = |at: usize| nesting.lexemes[at].span;
    if words_end > at + 1 {
        editor.hide(
            Span::new(span(at).start, span(words_end - 2).end),
            HiddenKind::Operand,
        );
    }
    if end > words_end {
        editor.hide(
            Span::new(span(words_end).start, span(end - 1).end),
            HiddenKind::Operand,
        );
    }
}

/// `ENTRY(a b(c) d)`: names side by side, which only a macro takes; they read as a sum, so that the count of arguments
/// stays.
fn juxtaposed(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let previous = nesting.previous(at);
    let named = nesting.is_name(previous)
        || nesting.text(previous) == b")" && nesting.is_name(nesting.before_group(previous));
    let next = nesting.text(at + 1);
    if named
        && nesting.is_name(at)
        && (matches!(next, b"," | b")" | b"(") || nesting.is_name(at + 1))
    {
        let gap = Span::new(
            nesting.lexemes[previous].span.end,
            nesting.lexemes[at].span.start,
        );
        editor.put_in_space(gap, b'+');
    }
}

fn anywhere(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    match nesting.text(at) {
        b"..." if nesting.place(at) == Place::Block && editor.may(Rule::Ranges) => {
            editor.write(nesting.lexemes[at].span, b" | ")
        }
        b"offsetof" if editor.may(Rule::Offsetof) => offsetof(editor, nesting, at),
        word if words::is_typeof(word) && editor.may(Rule::Typeof) => {
            typeof_operand(editor, nesting, at)
        }
        b"asm" | b"__asm__" | b"__asm" if editor.may(Rule::Labels) => {
            asm_label(editor, nesting, at)
        }
        _ => {}
    }
}

/// `offsetof(T, a.b[i])`: the grammar knows one member only.
fn offsetof(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let close = nesting.mate.get(at + 1).copied().unwrap_or(NONE);
    if close == NONE || nesting.text(at + 1) != b"(" {
        return;
    }
    let inside = nesting.around[at + 2];
    let comma =
        (at + 2..close).find(|at| nesting.around[*at] == inside && nesting.text(*at) == b",");
    let Some(rest) = comma.map(|comma| comma + 2).filter(|rest| *rest < close) else {
        return;
    };
    let span = Span::new(
        nesting.lexemes[rest].span.start,
        nesting.lexemes[close].span.start,
    );
    editor.hide(span, HiddenKind::Operand);
}

/// `typeof(expression) x`: the grammar has no such word; it reads as the name of a type.
fn typeof_operand(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let close = nesting.mate.get(at + 1).copied().unwrap_or(NONE);
    if close == NONE || nesting.text(at + 1) != b"(" {
        return;
    }
    let span = Span::new(
        nesting.lexemes[at + 1].span.start,
        nesting.lexemes[close].span.end,
    );
    editor.hide(span, HiddenKind::Operand);
}

/// `register int r0 asm("0") = 1;`: the label goes.
fn asm_label(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let close = nesting.mate.get(at + 1).copied().unwrap_or(NONE);
    if close == NONE
        || nesting.starts_statement(at)
        || !matches!(nesting.text(close + 1), b"=" | b";" | b",")
    {
        return;
    }
    if nesting.is_name(nesting.previous(at)) || nesting.text(nesting.previous(at)) == b")" {
        let span = Span::new(
            nesting.lexemes[at].span.start,
            nesting.lexemes[close].span.end,
        );
        editor.hide(span, HiddenKind::Attribute);
    }
}
