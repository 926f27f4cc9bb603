//! What holds for hostile and for real C: no panic, no blow-up, bounded answers; no rule of the pre-pass loses a
//! function; items say what the whole says. The real C is that of the libgit2 that this program links.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use backout::facts::health;
use backout::graph::files::Files;
use backout::graph::includes::Includes;
use backout::graph::index::{FileId, TreeIndex as _};
use backout::graph::macros::{FileMacros, Macros};
use backout::graph::symbols;
use backout::items::prepass::Rule;
use backout::text::FilePath;
use backout::{facts, items};
use proptest::prelude::*;

/// The C files of libgit2 in cargo's registry, sorted.
static LIBGIT2: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    let mut files = Vec::new();
    for registry in fs::read_dir(home.join("registry/src")).unwrap() {
        for package in fs::read_dir(registry.unwrap().path()).unwrap() {
            let package = package.unwrap().path();
            let name = package.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("libgit2-sys-") {
                collect(&package.join("libgit2/src"), &mut files);
                collect(&package.join("libgit2/include"), &mut files);
            }
        }
    }
    files.sort();
    files
});

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_c = path.extension().is_some_and(|it| it == "c" || it == "h");
        if path.is_dir() {
            collect(&path, files);
        } else if is_c && fs::metadata(&path).unwrap().len() < 200_000 {
            files.push(path);
        }
    }
}

#[test]
fn no_rule_loses_a_function_of_libgit2() {
    assert!(LIBGIT2.len() > 300, "libgit2's sources are in the registry");
    let mut sum = health::Health::default();
    for path in LIBGIT2.iter() {
        sum = sum.plus(&health::of_bytes(&fs::read(path).unwrap()));
    }
    for (rule, effect) in Rule::ALL.iter().zip(&sum.rules) {
        let none: [&str; 0] = [];
        assert_eq!(effect.lost, none, "{} loses functions", rule.word());
        assert!(
            effect.error_bytes <= effect.error_bytes_without,
            "{} makes errors",
            rule.word()
        );
    }
    assert!(sum.rules.iter().any(|effect| effect.won > 0));
    assert!(sum.broken_functions * 100 <= sum.functions, "{sum:?}");
}

#[test]
fn items_of_libgit2_say_what_its_files_say() {
    let mut sound = 0;
    let mut wrong = Vec::new();
    for path in LIBGIT2.iter() {
        let Some(differing) = health::disagreement(&fs::read(path).unwrap()) else {
            continue;
        };
        sound += 1;
        if let Some(first) = differing.first() {
            wrong.push(format!("{}: {first:?}", path.display()));
        }
    }
    let none: [String; 0] = [];
    assert_eq!(wrong, none);
    assert!(
        sound > 280,
        "{sound} of {} files were compared",
        LIBGIT2.len()
    );
}

/// Reads a source all the way; panics and endless loops are what this looks for.
fn read(source: &[u8]) -> facts::FileFacts {
    let file = facts::of_source(source);
    for (placed, it) in file.definitions() {
        assert!(placed.span(it.span).end as usize <= source.len() + 1);
    }
    file
}

/// The same, and all that macros make of it: what the fuzz target does.
fn read_and_expand(source: &[u8]) {
    read(source);
    let path = FilePath::new(b"a.c");
    let index = Files::new([(path, Arc::from(source))]);
    let includes = Includes::new(&index);
    let id = FileId(0);
    let macros = FileMacros::of(source, &index.items(id));
    let macros = Macros::new(&index, &includes, vec![macros]);
    let _ = symbols::of_file(&index, &macros, id);
}

/// How many damaged files are read: `PROPTEST_CASES`, else few.
fn cases() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(60),
    }
}

#[test]
fn a_huge_table_is_read_to_its_end() {
    let mut source = b"const int table[] = {\n".to_vec();
    while source.len() < 10_000_000 {
        source.extend_from_slice(b"    0x1234, NAME(a, b), { .x = 1 }, \"text\", 'c',\n");
    }
    source.extend_from_slice(b"};\nint behind;\n");
    let file = read(&source);
    let names: Vec<_> = file
        .definitions()
        .map(|(placed, it)| placed.facts.name(it.name).to_owned())
        .collect();
    assert_eq!(names, ["table", "behind"]);
}

#[test]
fn deep_nesting_is_read_to_its_end() {
    for (open, close) in [
        ("{", "}"),
        ("(", ")"),
        ("[", "]"),
        ("{(", ")}"),
        ("if (a) {", "}"),
    ] {
        for head in ["int f(void) ", "int x = ", "", "struct s ", "#define M "] {
            let deep = 100_000 / open.len();
            let source = format!(
                "{head}{}{}\nint behind;\n",
                open.repeat(deep),
                close.repeat(deep)
            );
            read(source.as_bytes());
        }
    }
    let unclosed = format!("int f(void)\n{}", "{".repeat(100_000));
    read(unclosed.as_bytes());
}

#[test]
fn many_branches_are_read_to_their_end() {
    let arms = |line: &str| -> String {
        (0..50_000)
            .map(|at| line.replace('N', &at.to_string()))
            .collect()
    };
    let outer = format!(
        "#if A\nint a;\n{}#endif\nint behind;\n",
        arms("#elif N\nint aN;\n")
    );
    read(outer.as_bytes());
    let inner = format!(
        "int f(void)\n{{\n#if A\n{}#endif\n}}\n",
        arms("#elif N\n    g(N);\n")
    );
    read(inner.as_bytes());
    let splitting = format!(
        "int f(\n#if A\n{}#endif\n) {{ }}\n",
        arms("#elif N\nint aN,\n")
    );
    read(splitting.as_bytes());
    let nested = format!(
        "{}int a;\n{}",
        "#if A\n".repeat(50_000),
        "#endif\n".repeat(50_000)
    );
    read(nested.as_bytes());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn damaged_real_files_are_read(
        file in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..40usize, "[{}()#;,\"'/*\\\\\n a=]{0,3}"), 1..6),
    ) {
        let mut source = fs::read(file.get(&LIBGIT2)).unwrap();
        source.truncate(20_000);
        for (at, gone, put) in cuts {
            let at = at.index(source.len().max(1)).min(source.len());
            let end = (at + gone).min(source.len());
            source.splice(at..end, put.bytes());
        }
        read_and_expand(&source);
        prop_assert_eq!(items::of_source(&source).items.len(), facts::of_source(&source).items.len());
    }

    #[test]
    fn items_say_what_the_whole_says(order in proptest::collection::vec(0..SOUND.len(), 1..10)) {
        let source: String = order.into_iter().map(|at| SOUND[at]).collect();
        let differing = health::disagreement(source.as_bytes());
        prop_assert_eq!(differing, Some(Vec::new()));
    }
}

/// Sound C whose pieces stand in any order.
const SOUND: &[&str] = &[
    "int f(int a, char *b)\n{\n    struct s *p = g(a);\n    p->m = b[a].n;\n    return h(p, &q, E) + sizeof(struct t);\n}\n",
    "static const struct ops o = {\n    .open = first,\n    .close = { second, third },\n};\n",
    "#include <stdio.h>\n",
    "#ifdef A\nint only(void);\n#else\nextern int other;\n#endif\n",
    "#define TWICE(x) ((x) * k + (x))\n",
    "typedef struct { int x, y; } pair;\n",
    "enum e { one, two = one + N, three };\n",
    "union u { long l; struct { char c[4]; } parts; };\n",
    "void g2(void (*call)(int), ...);\n",
    "int (*table[N])(struct s *), lone = 3;\n",
    "static inline pair *make(pair from) { for (int i = 0; i < N; i++) { use(i, from.x); } return 0; }\n",
];
