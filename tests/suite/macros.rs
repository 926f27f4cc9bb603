//! Which definitions of a macro a file sees, and what its items expand to: small trees in memory.

use std::sync::Arc;

use backout::expand::Bodies;
use backout::facts;
use backout::graph::files::Files;
use backout::graph::includes::Includes;
use backout::graph::index::{FileId, TreeIndex};
use backout::graph::macros::{FileMacros, Macros};
use backout::text::FilePath;

/// `kind name` of every definition in the expansions of one file of a tree, in order, each once.
fn made(tree: &[(&str, &str)], path: &str) -> Vec<String> {
    let files = tree
        .iter()
        .map(|(path, text)| (FilePath::new(path.as_bytes()), Arc::from(text.as_bytes())));
    let index = Files::new(files);
    let includes = Includes::new(&index);
    let ids = (0..index.files().len()).map(|at| FileId(u32::try_from(at).unwrap()));
    let read = ids.map(|file| FileMacros::of(&index.source(file), &index.items(file)));
    let macros = Macros::new(&index, &includes, read.collect());
    let file = index.file(&FilePath::new(path.as_bytes())).unwrap();
    let seen = macros.in_file(file);
    let source = index.source(file);
    let mut names = Vec::new();
    for item in &index.items(file).items {
        let memo: &facts::Memo<'_> = &|_, kind, bytes| Arc::new(facts::of_item(bytes, kind));
        for made in seen.expansions(item, item.span.of(&source), Bodies::Kept, memo) {
            for (placed, it) in made.facts.definitions() {
                let name = format!("{} {}", it.kind.name(), placed.facts.name(it.name));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    names
}

#[test]
fn a_definition_counts_from_its_line_to_its_undef() {
    let tree = [(
        "a.c",
        "DEF(none)\n#define DEF(n) int first_##n;\nDEF(a)\n#undef DEF\nDEF(none)\n#define DEF(n) int second_##n;\nDEF(b)\n",
    )];
    assert_eq!(made(&tree, "a.c"), ["object first_a", "object second_b"]);
}

#[test]
fn only_what_is_included_is_seen() {
    let tree = [
        (
            "x/def.h",
            "#ifndef X\n#define X\n#define DEF(n) int x_##n;\n#define GONE(n) int g_##n;\n#undef GONE\n#endif\n",
        ),
        ("y/def.h", "#define DEF(n) int y_##n;\n"),
        ("y/a.c", "#include \"def.h\"\nDEF(a)\nGONE(b)\n"),
        ("z/a.c", "DEF(a)\n"),
        ("x/b.c", "#include \"def.h\"\nDEF(a)\nGONE(b)\n"),
    ];
    assert_eq!(made(&tree, "y/a.c"), ["object y_a"]);
    assert_eq!(made(&tree, "x/b.c"), ["object x_a"]);
    assert!(made(&tree, "z/a.c").is_empty());
}

#[test]
fn branches_are_alternatives_but_for_those_that_exclude_the_place() {
    let tree = [(
        "a.c",
        "#ifdef A\n#define DEF(n) int one_##n;\n#else\n#define DEF(n) int two_##n;\n#endif\nDEF(x)\n#ifdef B\n#define E(n) int e_##n;\nE(y)\n#else\nE(z)\n#endif\n",
    )];
    let expected = ["object two_x", "object one_x", "object e_y"];
    assert_eq!(made(&tree, "a.c"), expected);
}

#[test]
fn a_list_is_read_under_the_definitions_of_its_includers() {
    let tree = [
        ("list.h", "DEF(add, 2)\nDEF(sub, 3)\n"),
        (
            "proto.h",
            "#define DEF(n, v) int do_##n(void);\n#include LIST\n#undef DEF\n",
        ),
        (
            "info.c",
            "#define LIST \"list.h\"\n#include \"proto.h\"\n#define DEF(n, v) int n##_info = v;\n#include \"list.h\"\n",
        ),
        (
            "ops.h",
            "enum op {\n#define DEF(n, v) OP_##n = v,\n#include \"list.h\"\n#undef DEF\n};\n",
        ),
        (
            "names.c",
            "static const char *const names[] = {\n#define DEF(n, v) #n,\n#include \"list.h\"\n};\n",
        ),
    ];
    let mut names = made(&tree, "list.h");
    names.sort();
    assert_eq!(
        names,
        [
            "enumerator OP_add",
            "enumerator OP_sub",
            "function do_add",
            "function do_sub",
            "object add_info",
            "object sub_info"
        ]
    );
}

#[test]
fn a_template_gives_one_function_for_each_includer() {
    let tree = [
        (
            "loop.h",
            "#define NAME(n) GLUE(n, SUFFIX)\n#define GLUE(a, b) GLUE_(a, b)\n#define GLUE_(a, b) a##_##b\nTYPE NAME(load)(int at)\n{\n    return 0;\n}\n#undef SUFFIX\n#undef TYPE\n",
        ),
        (
            "a.c",
            "#define SUFFIX b\n#define TYPE char\n#include \"loop.h\"\n#define SUFFIX w\n#define TYPE short\n#include \"loop.h\"\n",
        ),
    ];
    let names = made(&tree, "loop.h");
    assert_eq!(names, ["function load_b", "function load_w"]);
}

#[test]
fn what_only_some_configurations_rename_keeps_its_name() {
    let tree = [
        (
            "compat.h",
            "#ifndef C_H\n#define C_H\n#ifdef WINDOWS\n#define open win_open\n#endif\n#define close my_close\n#endif\n",
        ),
        (
            "a.c",
            "#include \"compat.h\"\nint open(void)\n{\n    return 0;\n}\nint close(void)\n{\n    return 0;\n}\n",
        ),
    ];
    assert_eq!(made(&tree, "a.c"), ["function my_close"]);
}

#[test]
fn what_only_some_configurations_replace_keeps_its_name() {
    let tree = [
        (
            "debug.h",
            "#ifdef DEBUG\nvoid trace(int);\n#else\n#define trace(a) do { } while (0)\n#endif\n#ifdef LIBC\n#define search(a) __search(a)\n#endif\n#define RENAMED(a) renamed_##a\n",
        ),
        (
            "a.c",
            "#include \"debug.h\"\n#ifdef DEBUG\nvoid trace(int a)\n{\n}\n#endif\nint *search(a)\nint a;\n{\n    return 0;\n}\nint RENAMED(it)(int a)\n{\n    return a;\n}\n",
        ),
    ];
    assert_eq!(made(&tree, "a.c"), ["function renamed_it"]);
}

#[test]
fn a_header_of_some_configurations_renames_nothing_for_sure() {
    let windows = ("windows.h", "#define find windows_find\n");
    let user = "int find(void)\n{\n    return 0;\n}\n";
    let only = format!("#ifdef WINDOWS\n#include \"windows.h\"\n#endif\n{user}");
    assert!(made(&[windows, ("a.c", &only)], "a.c").is_empty());
    let always = format!("#include \"windows.h\"\n{user}");
    let tree = [windows, ("a.c", &only), ("b.c", &always)];
    assert_eq!(made(&tree, "b.c"), ["function windows_find"]);
}
