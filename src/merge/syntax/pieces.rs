//! Runs of words that are a whole part of something which goes on before or behind them: arguments with the comma before
//! them, operands with their operator, pieces of a string, words of a list, calls of macros in a row.
//!
//! Such a part can come or go, and what is left reads as before. Judged by the words beside the run alone; brackets
//! have to close inside it.

use std::ops::Range;

use crate::items::lexer::TokenKind;

use super::context::{self, Place};
use super::edits::usizes;
use super::words::{Language, WordKind, Words};

/// Whether a run is such a part.
pub(super) fn is_part(words: &Words<'_>, language: Language, run: Range<u32>) -> bool {
    let run = usizes(&run);
    match language {
        Language::C => context::closes_inside(words, run.clone()) && is_part_of_c(words, run),
        Language::Lists => is_words(words, run),
        Language::Plain => false,
    }
}

fn is_part_of_c(words: &Words<'_>, run: Range<usize>) -> bool {
    let Some(first) = context::code_from(words, run.start).filter(|at| *at < run.end) else {
        return false;
    };
    let Some(last) = context::code_before(words, run.end) else {
        return false;
    };
    let beside = Beside {
        before: context::code_before(words, first),
        first,
        last,
        next: context::code_from(words, last + 1),
    };
    is_argument(words, &beside)
        || is_operand(words, &beside)
        || is_string(words, &beside)
        || is_call_in_a_row(words, &beside)
}

/// The ends of a run, and the words of code before and behind it.
struct Beside {
    before: Option<usize>,
    first: usize,
    last: usize,
    next: Option<usize>,
}

impl Beside {
    fn next<'a>(&self, words: &Words<'a>) -> &'a [u8] {
        self.next.map_or(b"", |at| words.text(at))
    }
}

/// `, b` of `(a, b, c)`, `{a, b}`, `int a, b;`.
fn is_argument(words: &Words<'_>, run: &Beside) -> bool {
    words.text(run.first) == b","
        && words.text(run.last) != b","
        && matches!(run.next(words), b"," | b")" | b"}" | b";")
}

/// `a &&` or `&& b` of an expression that has no other operator of its kind: with two, the operands that are left might
/// bind otherwise.
fn is_operand(words: &Words<'_>, run: &Beside) -> bool {
    const OPERATORS: [&[u8]; 3] = [b"&&", b"||", b"|"];
    let (first, last) = (words.text(run.first), words.text(run.last));
    OPERATORS.into_iter().any(|operator| {
        let leads = first == operator && last != operator;
        let trails = last == operator && first != operator;
        (leads || trails) && is_chain(words, expression(words, run), operator)
    })
}

/// The words from the bracket, `return`, `=` or end of a statement before a run to the one behind it.
fn expression(words: &Words<'_>, run: &Beside) -> Range<usize> {
    let (mut start, mut depth) = (run.first, 0_i32);
    while let Some(before) = context::code_before(words, start) {
        match words.text(before) {
            b")" | b"]" => depth += 1,
            b"(" | b"[" if depth > 0 => depth -= 1,
            b"(" | b"[" | b"{" | b"}" | b";" | b"return" | b"=" => break,
            _ => {}
        }
        start = before;
    }
    let (mut end, mut depth) = (run.last + 1, 0_i32);
    while let Some(next) = context::code_from(words, end) {
        match words.text(next) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" if depth > 0 => depth -= 1,
            b")" | b"]" | b"{" | b"}" | b";" => break,
            _ => {}
        }
        end = next + 1;
    }
    start..end
}

/// Whether outside brackets there is no operator that binds less than this one or differs from it.
fn is_chain(words: &Words<'_>, run: Range<usize>, operator: &[u8]) -> bool {
    let is_comparison = |text: &[u8]| {
        matches!(
            text,
            b"<=" | b">=" | b"==" | b"!=" | b"<" | b">" | b"&" | b"^"
        )
    };
    let mut depth = 0_i32;
    run.filter(|at| context::is_code(words, *at)).all(|at| {
        let text = words.text(at);
        depth += i32::from(matches!(text, b"(" | b"["));
        depth -= i32::from(matches!(text, b")" | b"]"));
        let is_loose = match text {
            b"&&" | b"||" => text != operator,
            b"," | b";" | b"?" | b":" | b"#" | b"{" | b"}" => true,
            _ if is_comparison(text) => operator == b"|",
            _ => text.ends_with(b"="),
        };
        depth > 0 || !is_loose
    })
}

/// Pieces of a string that others go before or follow: `"b" NAME "c"` of `"a" "b" NAME "c"`.
fn is_string(words: &Words<'_>, run: &Beside) -> bool {
    let kind = |at: usize| words.list[at].kind;
    let is_string = |at: usize| kind(at) == WordKind::Code(TokenKind::String);
    is_string(run.first)
        && is_string(run.last)
        && (run.before.is_some_and(is_string) || run.next.is_some_and(is_string))
        && (run.first..run.last).all(|at| {
            matches!(
                kind(at),
                WordKind::Comment
                    | WordKind::CommentEnd
                    | WordKind::Code(TokenKind::String | TokenKind::Identifier)
            )
        })
}

/// Calls of macros, one a line, among others of their kind, with no semicolon behind them.
fn is_call_in_a_row(words: &Words<'_>, run: &Beside) -> bool {
    let starts_call = |at: usize| {
        words.list[at].kind == WordKind::Code(TokenKind::Identifier)
            && words.starts_line(at)
            && context::code_from(words, at + 1).is_some_and(|next| words.text(next) == b"(")
    };
    let is_directive = |at: usize| words.list[at].kind == WordKind::Code(TokenKind::Hash);
    let ends = |at: usize| {
        words.text(at) == b")" || words.list[at].kind == WordKind::Code(TokenKind::DirectiveEnd)
    };
    starts_call(run.first)
        && words.text(run.last) == b")"
        && run.before.is_none_or(ends)
        && run
            .next
            .is_none_or(|at| starts_call(at) || is_directive(at))
        && context::place(words, Language::C, crate::text::offset(run.first)) == Place::TopLevel
}

/// Whether a run of a list of words is some of its words: on one line, not the first there, nothing in them that a
/// shell or a build tool gives a meaning.
fn is_words(words: &Words<'_>, run: Range<usize>) -> bool {
    let is_word = |at: usize| {
        let text = words.text(at);
        let text = match text {
            [b'-', option @ ..] if option.iter().filter(|byte| **byte == b'=').count() == 1 => {
                &option[1..]
            }
            other => other,
        };
        let plain = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'+' | b'=')
        };
        words.list[at].kind == WordKind::Plain
            && !words.starts_line(at)
            && text.iter().all(plain)
            && text.iter().any(u8::is_ascii_alphanumeric)
    };
    !run.is_empty() && run.into_iter().all(is_word)
}
