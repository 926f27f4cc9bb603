//! The quick parser against tree-sitter: what it reads, it reads the same, node for node; what it cannot know, it leaves.

use std::fs;

use backout::items::{self, ItemKind};
use backout::parse::readings;
use backout::parse::tree::Node;
use proptest::prelude::*;

use crate::queries::libgit2;

/// The first node that one tree has otherwise than the other; of the roots only the children count.
fn difference<'t>(one: Node<'t>, other: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let children = one.children().zip(other.children());
    for (one, other) in children {
        let said = |node: Node<'_>| {
            (
                node.kind(),
                node.field(),
                node.span(),
                node.argument_count(),
            )
        };
        if said(one) != said(other) || other.is_missing() {
            return Some((one, other));
        }
        let below = difference(one, other);
        if below.is_some() {
            return below;
        }
    }
    (one.children().count() != other.children().count()).then_some((one, other))
}

/// Whether the quick parser reads an item, which it must read as tree-sitter does.
fn is_read(bytes: &[u8], kind: ItemKind) -> bool {
    let (quick, grown) = readings(bytes, kind, 0);
    let Some(quick) = quick else {
        return false;
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(!grown.has_error(), "an error in {text}");
    assert_eq!(difference(quick.root(), grown.root()), None, "in {text}");
    true
}

fn body(statements: &str) -> String {
    format!("void f(void)\n{{\n{statements}\n}}")
}

#[test]
fn plain_c_is_read_as_tree_sitter_reads_it() {
    let statements = [
        "a * b; a *b = c, *d; T *x[3]; a * b + c;",
        "x = (T)y; x = (T *)(y); x = (T)(y); x = (y) * z; x = (T){ .a = 1, [2] = b };",
        "n = sizeof(x) - 1 + sizeof(struct s) * 2 + sizeof *p + sizeof(int);",
        "x = -1; x = a -1; x = - 1; x = -y * !z; x = *p++ + *--q; (*p)++;",
        "a ? b : c ? d : e; x = a ? b, c : d; x = a ?: b; a = b = c += d;",
        "for (int i = 0; i < n; i++) { continue; } for (;;) ; do x(); while (y);",
        "switch (x) { case 1: case A: f(); break; default: { int y; } } goto out; out: ;",
        "if (a) b(); else if (c) { d(); } else e(f, \"x\" PRIu64 \"y\", 'z', g(h)(i));",
        "T(x) y; unsigned long long int z = 1ULL; static const struct s *q; f((struct s *)r);",
        "x = ({ int y = f(); y; }); x->y.z[i + 1](j); x = offsetof(struct s, m); return a, b;",
        "#ifdef A\n    f();\n#elif defined(B) && C(1) > 2\n    g();\n#else\n    h();\n#endif\n#define X 1\n#undef X\n",
        "{} ; int g(int), (*h)(void *, ...); void (*t[2])(T *, int []);",
    ];
    for statements in statements {
        assert!(
            is_read(body(statements).as_bytes(), ItemKind::Function),
            "{statements}"
        );
    }
    let declarations = [
        "struct s { int a, *b[2]; unsigned c : 3; union { T d; }; void (*f)(struct s *, T x); };",
        "typedef enum e { A, B = 1 << 2, } E; ",
        "typedef int (*F)(const char *fmt, ...);",
        "static const T t[] = { { .a = f, .b.c = 1 }, [A] = { x, y }, };",
        "extern int f(T, struct s *, int (*)(void), char *const []);",
        "struct s { int a; } __attribute__((packed));",
        "void *f(int, T *) __attribute__((noinline)) __attribute__((format(printf, 1, 2)));",
    ];
    for declaration in declarations {
        assert!(
            is_read(declaration.as_bytes(), ItemKind::Declaration),
            "{declaration}"
        );
    }
}

#[test]
fn what_has_two_readings_is_left() {
    let statements = [
        "a * b(c);",
        "x = (T)-1;",
        "x = -y++;",
        "n = sizeof(int)-1;",
        "T(x) *y;",
        "asm(\"nop\");",
        "x = &&label;",
        "a = b ? c : d = e;",
        "f(int);",
    ];
    for statement in statements {
        assert!(
            !is_read(body(statement).as_bytes(), ItemKind::Function),
            "{statement}"
        );
    }
}

#[test]
fn the_sources_of_libgit2_are_read_alike_and_nearly_all() {
    let (mut all, mut read) = (0, 0);
    for path in libgit2() {
        let source = fs::read(path).unwrap();
        for item in items::of_source(&source).items {
            if matches!(item.kind, ItemKind::Function | ItemKind::Declaration) {
                let bytes = item.span.of(&source);
                all += bytes.len();
                read += usize::from(is_read(bytes, item.kind)) * bytes.len();
            }
        }
    }
    assert!(read * 100 >= all * 90, "{read} of {all} bytes");
}

/// Words that have several meanings, side by side.
const WORDS: &[&str] = &[
    "a",
    "b",
    "T",
    "int",
    "unsigned",
    "long",
    "struct",
    "const",
    "static",
    "sizeof",
    "if",
    "else",
    "for",
    "while",
    "do",
    "case",
    "default",
    "return",
    "1",
    "'c'",
    "\"s\"",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ";",
    ";",
    ",",
    "*",
    "*",
    "&",
    "-",
    "+",
    "!",
    "=",
    "==",
    "->",
    ".",
    "?",
    ":",
    "++",
    "-1",
    "typedef",
    "enum",
    "NULL",
    "offsetof",
    "...",
    "\n#ifdef A\n",
    "\n#endif\n",
];

proptest! {
    #[test]
    fn random_words_are_read_alike_or_left(words in proptest::collection::vec(0..WORDS.len(), 1..24)) {
        let text: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
        let text = text.join(" ");
        is_read(body(&text).as_bytes(), ItemKind::Function);
        is_read(text.as_bytes(), ItemKind::Declaration);
    }
}
