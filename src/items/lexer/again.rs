//! The tokens of a source of which another version was lexed before: only what differs is lexed anew.

use crate::text::Span;

use super::{Token, TokenKind, Tokens, is_significant};

/// The significant tokens of `source`, given those of another version of it.
///
/// The same as [`super::significant`] has them: both versions are in the same state where a token opens a line outside of
/// directives, so what the two start with gives the same tokens up to the last such place in it, and what they end with
/// from the first such place on.
#[must_use]
pub fn significant_after(source: &[u8], (before, known): (&[u8], &[Token])) -> Vec<Token> {
    let head = source
        .iter()
        .zip(before)
        .take_while(|(one, other)| one == other);
    let head = head.count();
    let rests = (source[head..].iter().rev()).zip(before[head..].iter().rev());
    let tail = rests.take_while(|(one, other)| one == other).count();
    let inside = known.partition_point(|token| token.span.start as usize <= head);
    let opens = |at: &usize| opens_line(before, known, *at);
    let kept = (0..inside).rev().find(opens).unwrap_or(0);
    let mut tokens = known[..kept].to_vec();
    let from = match kept {
        0 => 0,
        _ => known[kept].span.start as usize,
    };
    for token in Tokens::resumed(source, from).filter(is_significant) {
        let start = token.span.start as usize;
        tokens.push(token);
        if start + tail < source.len() || !opens_line(source, &tokens, tokens.len() - 1) {
            continue;
        }
        let there = before.len() - (source.len() - start);
        let found = known.binary_search_by_key(&there, |token| token.span.start as usize);
        if let Some(at) = found.ok().filter(opens) {
            tokens.pop();
            tokens.extend(known[at..].iter().map(|token| Token {
                span: moved(token.span, there, start),
                ..*token
            }));
            break;
        }
    }
    tokens
}

/// Whether a token is the first one of a line, outside of directives: between it and the token before it stand blanks, a
/// newline among them, that no directive ends with.
fn opens_line(source: &[u8], tokens: &[Token], at: usize) -> bool {
    let (Some(token), Some(last)) = (tokens.get(at), at.checked_sub(1).map(|at| tokens[at])) else {
        return false;
    };
    let gap = source.get(last.span.end as usize..token.span.start as usize);
    let gap = gap.unwrap_or_default();
    let is_after_line = last.kind == TokenKind::DirectiveEnd && !last.span.is_empty();
    (is_after_line || gap.contains(&b'\n')) && gap.iter().all(u8::is_ascii_whitespace)
}

fn moved(span: Span, from: usize, to: usize) -> Span {
    let there = |offset: u32| crate::text::offset(offset as usize - from + to);
    Span::new(there(span.start), there(span.end))
}

#[cfg(test)]
mod tests {
    use super::super::significant;
    use super::*;

    #[test]
    fn another_version_gives_the_tokens_of_its_own() {
        const TEXT: &str = "#include <a/b.h>\nint a = 1; // b\n/* c\n d */ #define E(x) \\\n  x ## 1 \"s\n\nchar *f = \"g\\\nh\";\n\
                            #if 0x1e+3\nif (a --> 1) { 'c'; }\n#endif\n  int k;\n\n#define L /* m\n n */ o\nint p;\n";
        let edits = [
            "", "/*", "*/", "\"", "\\", "\n", "#", "//", "x", "'", "int y;\n", " ", "<",
        ];
        let known: Vec<Token> = significant(TEXT.as_bytes()).collect();
        for at in 0..=TEXT.len() {
            for removed in [0, 1, 2, 9] {
                for edit in edits {
                    let rest = &TEXT[(at + removed).min(TEXT.len())..];
                    let after = [&TEXT[..at], edit, rest].concat();
                    let after = after.as_bytes();
                    let again = significant_after(after, (TEXT.as_bytes(), &known));
                    let alone: Vec<Token> = significant(after).collect();
                    assert_eq!(again, alone, "{}", String::from_utf8_lossy(after));
                }
            }
        }
    }
}
