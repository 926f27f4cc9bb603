//! Cases of the splitter, each with the text and kind of every item.

use super::items;
use crate::items::{Arm, ItemKind};

fn split(source: &str) -> Vec<(ItemKind, &str)> {
    let found = items(source.as_bytes());
    let text =
        |item: &crate::items::Item| std::str::from_utf8(item.span.of(source.as_bytes())).unwrap();
    found
        .items
        .iter()
        .map(|item| (item.kind, text(item)))
        .collect()
}

fn kinds(source: &str) -> Vec<ItemKind> {
    split(source).into_iter().map(|(kind, _)| kind).collect()
}

use ItemKind::{
    Conditional, Declaration, Define, Directive, Fragment, Function, Include, MacroCall,
};

#[test]
fn functions_and_declarations() {
    assert_eq!(
        split("/* c */ int x = 1; // d\nstatic int f(void)\n{ return 1; }\nstruct s { int a; } t;"),
        [
            (Declaration, "int x = 1;"),
            (Function, "static int f(void)\n{ return 1; }"),
            (Declaration, "struct s { int a; } t;"),
        ]
    );
}

#[test]
fn what_a_brace_opens() {
    assert_eq!(kinds("struct s *f(void) { }"), [Function]);
    assert_eq!(kinds("struct s f(void) NOTHROW { }"), [Function]);
    assert_eq!(
        kinds("struct __attribute__((packed)) s { int a; };"),
        [Declaration]
    );
    assert_eq!(kinds("struct ALIGNED(16) s { int a; };"), [Declaration]);
    assert_eq!(kinds("struct s a[] = { { f(1) }, };"), [Declaration]);
    assert_eq!(kinds("typedef struct { int a; } s;"), [Declaration]);
    assert_eq!(kinds("enum e : char { A };"), [Declaration]);
    assert_eq!(kinds("void HELPER(x)(int a) { }"), [Function]);
    assert_eq!(kinds("main() { }"), [Function]);
    assert_eq!(kinds("int (*f(int a))(int) { }"), [Function]);
    assert_eq!(kinds("__attribute__((x)) int f(void) { }"), [Function]);
    assert_eq!(kinds("int x = ({ int y = 1; y; });"), [Declaration]);
    assert_eq!(
        kinds("int f(a, b) int a; char *b; { }\nint x;"),
        [Function, Declaration]
    );
    assert_eq!(kinds("f(a)\nint a;\n{ }\nint x;"), [Function, Declaration]);
}

#[test]
fn macro_calls_end_with_their_line() {
    assert_eq!(
        split("type_init(a)\nDEF(b, c)\n\nint x;\nMODULE(d);\n"),
        [
            (MacroCall, "type_init(a)"),
            (MacroCall, "DEF(b, c)"),
            (Declaration, "int x;"),
            (MacroCall, "MODULE(d);"),
        ]
    );
    assert_eq!(kinds("G_BEGIN_DECLS\n\nint x;"), [MacroCall, Declaration]);
    assert_eq!(kinds("G_BEGIN_DECLS\n#include <a.h>"), [MacroCall, Include]);
    assert_eq!(kinds("UNUSED\nint x;"), [Declaration]);
    assert_eq!(kinds("my_type\nf(int a)\n{ }"), [Function]);
    assert_eq!(kinds("TEST(a)\n{ }"), [Function]);
}

#[test]
fn a_second_storage_class_begins_an_item() {
    assert_eq!(
        split("static PATH(edit, \"EDIT\")\n\nstatic int f(void)\n{ }\nstatic LIST(a) b;"),
        [
            (MacroCall, "static PATH(edit, \"EDIT\")"),
            (Function, "static int f(void)\n{ }"),
            (Declaration, "static LIST(a) b;"),
        ]
    );
    // An attribute, and an old-style function: the declaration goes on.
    assert_eq!(kinds("static NORETURN(a)\nvoid f(void) { }"), [Function]);
    assert_eq!(kinds("static ADD(a)\nint a;\n{ return a; }"), [Function]);
}

#[test]
fn directives_are_items_and_guards() {
    let source = "#define A \\\n 1\n#if X /* c */\nint a;\n#else\nint b;\n#endif\n#pragma once\n";
    assert_eq!(
        split(source),
        [
            (Define, "#define A \\\n 1"),
            (Conditional, "#if X"),
            (Declaration, "int a;"),
            (Conditional, "#else"),
            (Declaration, "int b;"),
            (Conditional, "#endif"),
            (Directive, "#pragma once"),
        ]
    );
    let found = items(source.as_bytes());
    let guards: Vec<_> = found.items.iter().map(|item| item.guard).collect();
    assert_eq!(guards, [None, None, Some(0), None, Some(1), None, None]);
    assert_eq!(found.guards[1].arm, Arm::Else);
    assert_eq!(found.guards[1].opened_by, found.guards[0].directive);
}

#[test]
fn a_group_that_splits_an_item_stays_inside() {
    let whole = "#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{ }";
    assert_eq!(
        split(&format!("{whole}\nint x;")),
        [(Function, whole), (Declaration, "int x;")]
    );
    let whole = "int f(void) {\n#ifdef A\n if (x) {\n#else\n {\n#endif\n }\n}";
    assert_eq!(
        split(&format!("{whole}\nint x;")),
        [(Function, whole), (Declaration, "int x;")]
    );
    let whole = "int a =\n#if A\n 1;\n#else\n 2;\n#endif";
    assert_eq!(
        split(&format!("{whole}\nint x;")),
        [(Declaration, whole), (Declaration, "int x;")]
    );
    let whole = "int f(void) {\n#if 0\n {{{ don't\n#endif\n}";
    assert_eq!(
        split(&format!("{whole}\nint x;")),
        [(Function, whole), (Declaration, "int x;")]
    );
}

#[test]
fn a_group_with_items_before_the_split_one_keeps_them() {
    let source = "#if A\nint y;\nint f(int a)\n#else\nint f(long a)\n#endif\n{ }\nint z;";
    assert_eq!(
        kinds(source),
        [Conditional, Declaration, Function, Declaration]
    );
    let guards: Vec<_> = items(source.as_bytes())
        .items
        .iter()
        .map(|item| item.guard)
        .collect();
    assert_eq!(guards, [None, Some(0), Some(0), None]);
}

#[test]
fn extern_c_is_transparent() {
    assert_eq!(
        split("extern \"C\" {\nint a;\n}\nint b;"),
        [
            (Fragment, "extern \"C\" {"),
            (Declaration, "int a;"),
            (Fragment, "}"),
            (Declaration, "int b;")
        ]
    );
    assert_eq!(kinds("extern \"C\" int a;"), [Declaration]);
}

#[test]
fn fragments_are_elements() {
    assert_eq!(
        kinds("{ 1, \"a\" },\n[2] = { 3 },\nFOO(x, y),\nBAR,\n\"s\","),
        [Fragment; 5]
    );
    assert_eq!(
        kinds("{ 1 },\n#ifdef A\n{ 2 },\n#endif"),
        [Fragment, Conditional, Fragment, Conditional]
    );
}

#[test]
fn what_is_left_open_ends_at_a_brace_in_column_0() {
    assert_eq!(
        kinds("int f(void) {\n if (x) {\n}\nint g(void) {\n}\n"),
        [Function, Function]
    );
    assert_eq!(
        kinds("#if A\nint f(void) {\n {\n#endif\n}\nint g(void) {\n}\n"),
        [Function, Function]
    );
    assert_eq!(kinds("int f(void) {"), [Function]);
    assert_eq!(
        kinds("DEF(a\nint f(void) {\n}\n int x;").last(),
        Some(&Declaration)
    );
}
