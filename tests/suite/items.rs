//! The lexer, the splitter, the pre-pass and the parser: cases under `fixtures/items/`, and what holds for any bytes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use backout::items::lexer::{TokenKind, tokens};
use backout::items::prepass::rewritten;
use backout::items::{self, ItemKind};
use backout::parse::{self, SyntaxTree};
use proptest::prelude::*;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/items");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|case| case.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the parser sees of an item, line by line without blanks, and what it does not see.
fn describe(item: &items::Item, tree: &SyntaxTree, bytes: &[u8]) -> String {
    let mut text = format!(
        "{:?} errors {} missing {}\n",
        item.kind, tree.health.error_bytes, tree.health.missing
    );
    for line in lossy(&tree.bytes)
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        let words: Vec<_> = line.split_whitespace().collect();
        writeln!(text, "    {}", words.join(" ")).unwrap();
    }
    for hidden in &tree.hidden {
        let words = lossy(hidden.span.of(bytes));
        let words: Vec<_> = words.split_whitespace().collect();
        writeln!(text, "  {:?}: {}", hidden.kind, words.join(" ")).unwrap();
    }
    text
}

#[test]
fn idioms_parse_and_lose_nothing() {
    for case in cases() {
        let source = fs::read(case.join("input.c")).unwrap();
        let mut text = String::new();
        for item in items::of_source(&source).items {
            let bytes = item.span.of(&source);
            if item.kind == ItemKind::Conditional {
                continue;
            }
            let tree = parse::item(bytes, item.kind);
            text += &describe(&item, &tree, bytes);
            for branch in 1..tree.branches {
                text += &format!("branch {branch}: ");
                text += &describe(&item, &parse::branch(bytes, item.kind, branch), bytes);
            }
        }
        insta::with_settings!({ snapshot_path => &case, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("expected", text);
        });
    }
}

/// Checks what must hold for the items of any bytes.
fn holds(source: &[u8]) {
    let mut at = 0;
    for token in tokens(source) {
        assert_eq!(token.span.start, at, "tokens cover every byte");
        at = token.span.end;
    }
    assert_eq!(at as usize, source.len());

    let found = items::of_source(source);
    let mut end = 0;
    for item in &found.items {
        assert!(
            item.span.start >= end && item.span.start < item.span.end,
            "in order, not empty"
        );
        end = item.span.end;
        assert!(
            item.guard
                .is_none_or(|guard| (guard as usize) < found.guards.len())
        );
        let bytes = item.span.of(source);
        let seen = rewritten(bytes, item.kind, 0);
        assert!(seen.bytes.len() - bytes.len() <= 1);
        assert!(
            seen.hidden
                .iter()
                .all(|hidden| hidden.span.end as usize <= bytes.len())
        );
        let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        assert!(newlines(&seen.bytes) <= newlines(bytes));
        let _ = parse::item(bytes, item.kind);
    }
    assert!(end as usize <= source.len());
    for guard in &found.guards {
        assert!(
            guard.opened_by.start <= guard.directive.start
                && guard.directive.end as usize <= source.len()
        );
    }
    every_token_is_in_an_item(source, &found);
}

/// A literal that damaged text leaves open may be cut by the end of an item: what re-reads the file from there sees other
/// tokens, white space among them. Only its start is held to lie in an item then.
fn every_token_is_in_an_item(source: &[u8], found: &items::FileItems) {
    let holds = |offset: u32| {
        let at = found.items.partition_point(|item| item.span.end <= offset);
        found
            .items
            .get(at)
            .is_some_and(|item| item.span.start <= offset)
    };
    for token in tokens(source) {
        if matches!(
            token.kind,
            TokenKind::Space | TokenKind::Comment | TokenKind::DirectiveEnd
        ) {
            continue;
        }
        let text = token.span.of(source);
        let is_open = b"'\"".contains(&text[0]) && text.last() != text.first();
        let inside = holds(token.span.start) && (is_open || holds(token.span.end - 1));
        assert!(inside, "{:?} lies in no item", lossy(token.span.of(source)));
    }
}

/// Bits of C that splitters trip over.
const BITS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "\n",
    " ",
    "#if X\n",
    "#else\n",
    "#elif 0\n",
    "#endif\n",
    "#define A b\\\n c\n",
    "#include <a.h>\n",
    "int x",
    "f(a)",
    "FOO(x)\n",
    "struct s ",
    "enum e ",
    "= ",
    "\"a\"",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "\\\n",
    "extern \"C\" {",
    "static ",
    "HELPER(y)(int z)",
    "case 1 ... 2:",
    "typeof(",
    "offsetof(a, b.c[",
    "[",
    "]",
    "else ",
    "if (a) ",
    "FOREACH(a, b) {",
    "CAPITALS\n",
    "0x1'0",
    "\0",
    "\u{feff}",
    "é",
    "@",
    ":",
    "* ",
    "==",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_split_and_parse(source in proptest::collection::vec(any::<u8>(), 0..300)) {
        holds(&source);
    }

    #[test]
    fn any_mix_of_c_splits_and_parses(bits in proptest::collection::vec(0..BITS.len(), 0..60)) {
        let source: String = bits.into_iter().map(|bit| BITS[bit]).collect();
        holds(source.as_bytes());
    }

    #[test]
    fn damaged_c_splits_and_parses(case in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), bit in 0..BITS.len(), gone in 0..20usize) {
        let cases = cases();
        let mut source = fs::read(case.get(&cases).join("input.c")).unwrap();
        let at = cut.index(source.len());
        let end = (at + gone).min(source.len());
        source.splice(at..end, BITS[bit].bytes());
        holds(&source);
    }

    #[test]
    fn a_soup_of_items_keeps_each(order in proptest::collection::vec(0..4usize, 1..12)) {
        let parts = ["int f(void)\n{\n    return 1;\n}\n", "struct s { int a; };\n", "DEF(a, b)\n", "#define A 1\n"];
        let source: String = order.iter().map(|part| parts[*part]).collect();
        let found = items::of_source(source.as_bytes());
        prop_assert_eq!(found.items.len(), order.len());
    }
}
