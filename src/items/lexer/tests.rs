//! Cases of the lexer.

use super::*;

fn texts(source: &str) -> Vec<(TokenKind, &str)> {
    significant(source.as_bytes())
        .map(|token| {
            (
                token.kind,
                std::str::from_utf8(token.span.of(source.as_bytes())).unwrap(),
            )
        })
        .collect()
}

fn words(source: &str) -> Vec<&str> {
    texts(source).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn splits_punctuators_by_the_longest_match() {
    assert_eq!(
        words("a->b>>=c...d##e"),
        ["a", "->", "b", ">>=", "c", "...", "d", "##", "e"]
    );
    assert_eq!(words("a+++b"), ["a", "++", "+", "b"]);
}

#[test]
fn literals_keep_their_prefix_and_end_with_their_line() {
    assert_eq!(
        texts("L\"a\\\"b\" u8'x' notL\"c\""),
        [
            (TokenKind::String, "L\"a\\\"b\""),
            (TokenKind::Character, "u8'x'"),
            (TokenKind::Identifier, "notL"),
            (TokenKind::String, "\"c\""),
        ]
    );
    assert_eq!(words("\"open\nnext"), ["\"open", "next"]);
    assert_eq!(words("\"one \\\n two\" x"), ["\"one \\\n two\"", "x"]);
}

#[test]
fn an_apostrophe_in_an_error_text_stays_in_its_line() {
    assert_eq!(
        words("#error don't {\nint x;"),
        ["#", "error", "don", "'t {", "\n", "int", "x", ";"]
    );
}

#[test]
fn a_hash_starts_a_directive_only_first_in_its_line() {
    let kinds: Vec<_> = texts(" /* c */ # if X\n a # b")
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds[0], TokenKind::Hash);
    assert_eq!(kinds[3], TokenKind::DirectiveEnd);
    assert_eq!(kinds[5], TokenKind::Punctuator);
}

#[test]
fn header_names_only_behind_include() {
    assert_eq!(
        texts("#include <a/b.h>\n")[2],
        (TokenKind::HeaderName, "<a/b.h>")
    );
    assert_eq!(texts("#if a < b > c\n")[3], (TokenKind::Punctuator, "<"));
}

#[test]
fn digit_separators_belong_to_the_number() {
    assert_eq!(
        words("1'000'000u + 'a' .5e-3f 0x1p+2"),
        ["1'000'000u", "+", "'a'", ".5e-3f", "0x1p+2"]
    );
}

#[test]
fn a_directive_goes_on_over_continuations_and_comments() {
    let source = b"#define A \"/*\" \\\r\n 2 /* \n */ 3 // x\nint";
    assert_eq!(directive_end(source, 0), source.len() - 4);
    assert_eq!(directive_end(b"#error don't\nint", 0), 12);
}

#[test]
fn comments_and_space_do_not_count() {
    assert!(same_tokens(b"int  x /* a */ ;", b"int\nx; // b"));
    assert!(!same_tokens(b"int x;", b"int y;"));
    assert!(!same_tokens(b"#define A\n1", b"#define A 1\n"));
}

#[test]
fn odd_bytes_are_tokens_too() {
    assert_eq!(words("\u{feff}int a\0b"), ["int", "a", "\0", "b"]);
    assert_eq!(texts("/* open")[..], []);
    assert_eq!(identifiers("é_1 /* x */ \"y\" if".as_bytes()).count(), 2);
}
