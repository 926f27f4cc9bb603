//! Where a run of words stands: between items, in a list, among statements; and whether it is whole there.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::items::lexer::TokenKind;

use super::pieces;
use super::words::{Language, WordKind, Words};

/// What encloses a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: top-level items.
    TopLevel,
    /// The braces of a struct or union.
    Members,
    /// The braces of an enum or an initializer.
    Elements,
    /// The braces of a function or statement.
    Statements,
    /// Parentheses or brackets.
    Parentheses,
    /// Lines of a text that is no C.
    Lines,
}

/// What encloses the place before word `at`.
pub(super) fn place(words: &Words<'_>, language: Language, at: u32) -> Place {
    if language != Language::C {
        return Place::Lines;
    }
    let mut depth = 0_i32;
    let mut from = at as usize;
    while from > 0 {
        from -= 1;
        if !is_code(words, from) {
            continue;
        }
        match words.text(from) {
            b")" | b"]" | b"}" => depth += 1,
            b"(" | b"[" if depth == 0 => return Place::Parentheses,
            b"{" if depth == 0 => return brace(words, language, from),
            b"(" | b"[" | b"{" => depth -= 1,
            _ => {}
        }
    }
    Place::TopLevel
}

/// What the brace at word `at` opens.
fn brace(words: &Words<'_>, language: Language, at: usize) -> Place {
    let Some(before) = code_before(words, at) else {
        return Place::Statements;
    };
    match words.text(before) {
        b"=" => return Place::Elements,
        b"," | b"{" => {
            let outer = place(words, language, crate::text::offset(at));
            return if outer == Place::Elements {
                outer
            } else {
                Place::Statements
            };
        }
        _ => {}
    }
    // `struct name {`, with attributes between, or `(type[]) {`.
    let mut from = at;
    for _ in 0..6 {
        let Some(before) = code_before(words, from) else {
            break;
        };
        match words.text(before) {
            b"struct" | b"union" => return Place::Members,
            b"enum" => return Place::Elements,
            b"\"C\"" => return Place::TopLevel,
            b";" | b"{" | b"}" => break,
            b")" => return Place::Statements,
            _ => from = before,
        }
    }
    Place::Statements
}

pub(super) fn is_code(words: &Words<'_>, at: usize) -> bool {
    matches!(words.list[at].kind, WordKind::Code(_))
}

/// The nearest word before `at` that is no comment.
pub(super) fn code_before(words: &Words<'_>, at: usize) -> Option<usize> {
    (0..at).rev().find(|at| is_code(words, *at))
}

/// The nearest word from `at` on that is no comment.
pub(super) fn code_from(words: &Words<'_>, at: usize) -> Option<usize> {
    (at..words.list.len()).find(|at| is_code(words, *at))
}

/// Whether a run of words can come or go without a trace in what stands before and behind it.
pub(super) fn is_whole(words: &Words<'_>, language: Language, run: &Range<u32>) -> bool {
    is_complete(words, language, run) || pieces::is_part(words, language, turned(words, run))
}

/// Whether a run is made of whole statements, items, directives, elements or lines, so that what stands behind it is
/// the beginning of something else.
pub(super) fn is_complete(words: &Words<'_>, language: Language, run: &Range<u32>) -> bool {
    let run = &turned(words, run);
    let (start, end) = (run.start as usize, run.end as usize);
    if start == end {
        return true;
    }
    let covers_lines =
        words.starts_line(start) && (end >= words.list.len() || words.starts_line(end));
    if language != Language::C {
        return covers_lines && lines_balance(words, start..end);
    }
    let inside_comment =
        words.list[start].kind == WordKind::Comment && !opens_comment(words, start);
    if inside_comment {
        let all = &words.list[start..end];
        return covers_lines
            && all.iter().all(|word| word.kind == WordKind::Comment)
            && !(start..end).any(|at| opens_comment(words, at) || words.text(at) == b"*/");
    }
    if !closes_inside(words, start..end) {
        return false;
    }
    let Some(last) = code_before(words, end).filter(|last| *last >= start) else {
        return true;
    };
    let Some(first) = code_from(words, start) else {
        return false;
    };
    let ends_here = |at: usize| {
        let is_label = words.text(at) == b":" && words.starts_line(at + 1);
        is_directive_end(words, at) || matches!(words.text(at), b";" | b"}") || is_label
    };
    let before = code_before(words, start);
    if is_else(words, first) {
        // Arms of a chain: `else if (..) {..}` behind the arm before.
        let is_arm = code_from(words, first + 1).is_some_and(|next| words.text(next) == b"if");
        return is_arm
            && words.text(last) == b"}"
            && before.is_some_and(|before| words.text(before) == b"}");
    }
    let is_list = words.text(last) == b",";
    let follows_end = match before {
        None => true,
        Some(before) if is_list => matches!(words.text(before), b"," | b"{" | b"("),
        Some(before) => ends_here(before) || words.text(before) == b"{",
    };
    let next_is_else = code_from(words, end).is_some_and(|next| is_else(words, next));
    follows_end && (is_list || ends_here(last)) && !next_is_else
}

/// Whether a run has the comma before it or behind it that parts it from others of its list.
pub(super) fn is_listed(words: &Words<'_>, run: &Range<u32>) -> bool {
    let run = turned(words, run);
    let first = code_from(words, run.start as usize).filter(|at| *at < run.end as usize);
    let last = code_before(words, run.end as usize).filter(|at| *at >= run.start as usize);
    let mut ends = [first, last].into_iter().flatten();
    ends.any(|at| words.text(at) == b",")
}

/// `} else {..` before `}` as `else {..}` behind `}`: the same words come or go.
fn turned(words: &Words<'_>, run: &Range<u32>) -> Range<u32> {
    let closes = |at: u32| words.list.len() > at as usize && words.text(at as usize) == b"}";
    let by = u32::from(closes(run.start) && closes(run.end) && !closes(run.start + 1));
    run.start + by..run.end + by
}

/// Whether brackets, conditionals and comments open and close inside the run.
pub(super) fn closes_inside(words: &Words<'_>, run: Range<usize>) -> bool {
    is_balanced(words, run.clone())
        && conditionals_balance(words, run.clone())
        && comments_close(words, run)
}

fn is_else(words: &Words<'_>, at: usize) -> bool {
    words.text(at) == b"else"
}

fn is_directive_end(words: &Words<'_>, at: usize) -> bool {
    words.list[at].kind == WordKind::Code(TokenKind::DirectiveEnd)
}

fn opens_comment(words: &Words<'_>, at: usize) -> bool {
    let text = words.text(at);
    words.list[at].kind == WordKind::Comment && (text.starts_with(b"/*") || text.starts_with(b"//"))
}

/// Whether the run is nothing but parts of comments.
pub(super) fn is_comment(words: &Words<'_>, run: &Range<u32>) -> bool {
    let mut all = words.list[run.start as usize..run.end as usize].iter();
    all.all(|word| matches!(word.kind, WordKind::Comment | WordKind::CommentEnd))
}

/// Whether the run holds code, and every comment of which it has a part as a whole.
pub(super) fn is_code_with_comments(words: &Words<'_>, run: &Range<u32>) -> bool {
    let (start, end) = (run.start as usize, run.end as usize);
    let starts_inside = words.list[start..end].first().is_some_and(|first| {
        first.kind == WordKind::CommentEnd
            || first.kind == WordKind::Comment && !opens_comment(words, start)
    });
    !starts_inside && comments_close(words, start..end) && (start..end).any(|at| is_code(words, at))
}

fn comments_close(words: &Words<'_>, run: Range<usize>) -> bool {
    let mut open = false;
    for at in run {
        match words.list[at].kind {
            WordKind::Comment if opens_comment(words, at) => open = true,
            WordKind::Comment if words.text(at) == b"*/" => open = false,
            WordKind::CommentEnd => open = false,
            _ => {}
        }
    }
    !open
}

/// Whether brackets open and close inside the run.
fn is_balanced(words: &Words<'_>, run: Range<usize>) -> bool {
    let mut open = Vec::new();
    for at in run {
        if !is_code(words, at) {
            continue;
        }
        match words.text(at) {
            b"(" => open.push(b')'),
            b"[" => open.push(b']'),
            b"{" => open.push(b'}'),
            [close @ (b')' | b']' | b'}')] if open.pop() != Some(*close) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// Whether the run opens as many blocks as it closes, none before it is open.
pub(super) fn keeps_blocks(words: &Words<'_>, run: Range<usize>) -> bool {
    let mut depth = 0_i64;
    for at in run.filter(|at| is_code(words, *at)) {
        depth += i64::from(words.text(at) == b"{") - i64::from(words.text(at) == b"}");
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Whether lines of a text that is no C open as much as they close: braces, and the words that shells pair.
fn lines_balance(words: &Words<'_>, run: Range<usize>) -> bool {
    const PAIRS: [(&[u8], &[u8]); 4] = [
        (b"if", b"fi"),
        (b"do", b"done"),
        (b"case", b"esac"),
        (b"ifdef", b"endif"),
    ];
    let mut braces = 0_i64;
    let mut open = [0_i64; PAIRS.len()];
    for at in run {
        let text = words.text(at);
        for byte in text {
            braces += i64::from(*byte == b'{') - i64::from(*byte == b'}');
        }
        if !words.starts_line(at) && !matches!(text, b"do") {
            continue;
        }
        let name = text.trim_ascii_end();
        if matches!(
            name,
            b"else" | b"elif" | b"else:" | b"elif:" | b"#else" | b"#elif"
        ) {
            return false;
        }
        for (count, (opening, closing)) in open.iter_mut().zip(PAIRS) {
            *count += i64::from(name == opening) - i64::from(name == closing);
        }
    }
    braces == 0 && open.iter().all(|count| *count == 0)
}

/// The white space that a line starts with, of the line that word `at` starts.
pub(super) fn indent<'a>(words: &Words<'a>, at: usize) -> &'a [u8] {
    let lead = words.lead(at);
    memchr::memrchr(b'\n', lead).map_or(lead, |newline| &lead[newline + 1..])
}

/// Whether the first word of a run that is no comment is `else`.
pub(super) fn starts_with_else(words: &Words<'_>, run: &Range<u32>) -> bool {
    code_from(words, run.start as usize)
        .is_some_and(|first| first < run.end as usize && is_else(words, first))
}

/// Whether every `#if` of the run ends in it, and no `#else` or `#endif` belongs to one outside.
fn conditionals_balance(words: &Words<'_>, run: Range<usize>) -> bool {
    let mut depth = 0;
    for at in run {
        if words.list[at].kind != WordKind::Code(TokenKind::Hash) {
            continue;
        }
        match words.list.get(at + 1).map(|_| words.text(at + 1)) {
            Some(b"if" | b"ifdef" | b"ifndef") => depth += 1,
            Some(b"endif") if depth > 0 => depth -= 1,
            Some(b"endif") => return false,
            Some(b"else" | b"elif") if depth == 0 => return false,
            _ => {}
        }
    }
    depth == 0
}

/// The identifiers that a run of statements sets or declares, as far as tokens tell: `x =`, `x +=`, `x++`, `&x`.
pub(super) fn sets<'a>(words: &Words<'a>, run: &Range<u32>) -> BTreeSet<&'a [u8]> {
    let is_assignment = |text: &[u8]| {
        matches!(text, b"++" | b"--")
            || text.ends_with(b"=") && !matches!(text, b"==" | b"!=" | b"<=" | b">=")
    };
    let mut found = BTreeSet::new();
    for at in run.start as usize..run.end as usize {
        if words.list[at].kind != WordKind::Code(TokenKind::Identifier) {
            continue;
        }
        let next = code_from(words, at + 1).map(|next| words.text(next));
        let before = code_before(words, at).map(|before| words.text(before));
        let is_set = next.is_some_and(is_assignment);
        // `&s->member` leaves `s` as it is.
        let is_taken =
            before.is_some_and(|text| matches!(text, b"&" | b"++" | b"--")) && next != Some(b"->");
        if is_set || is_taken {
            found.insert(words.text(at));
        }
    }
    found
}

/// The identifiers of a run, and the headers that it includes.
pub(super) fn names<'a>(words: &Words<'a>, run: &Range<u32>) -> BTreeSet<&'a [u8]> {
    (run.start as usize..run.end as usize)
        .filter(|at| match words.list[*at].kind {
            WordKind::Code(TokenKind::Identifier) => words.text(*at) != b"include",
            WordKind::Code(TokenKind::HeaderName) => true,
            WordKind::Code(TokenKind::String) => *at > 0 && words.text(*at - 1) == b"include",
            _ => false,
        })
        .map(|at| words.text(at))
        .collect()
}

/// Whether the words of a run of the base keep what stands before and behind it apart: a change on either side is then
/// a change of another statement, element, argument or directive.
pub(super) fn separates(words: &Words<'_>, run: &Range<u32>) -> bool {
    let all_comment = words.list[run.start as usize..run.end as usize]
        .iter()
        .all(|word| word.kind == WordKind::Comment);
    !run.is_empty()
        && (all_comment
            || (run.start as usize..run.end as usize).any(|at| match words.list[at].kind {
                WordKind::LineEnd | WordKind::CommentEnd => true,
                WordKind::Code(TokenKind::DirectiveEnd) => true,
                WordKind::Code(TokenKind::Punctuator) => {
                    matches!(words.text(at), b";" | b"{" | b"}" | b",")
                        || opens_arguments(words, at)
                }
                WordKind::Comment => opens_comment(words, at) || words.text(at) == b"*/",
                _ => false,
            }))
}

/// Whether word `at` is the parenthesis between a callee and its arguments.
fn opens_arguments(words: &Words<'_>, at: usize) -> bool {
    let is_name =
        |before: &usize| words.list[*before].kind == WordKind::Code(TokenKind::Identifier);
    words.text(at) == b"("
        && code_before(words, at).filter(is_name).is_some_and(|name| {
            !matches!(
                words.text(name),
                b"if" | b"while" | b"for" | b"switch" | b"return" | b"sizeof"
            )
        })
}
