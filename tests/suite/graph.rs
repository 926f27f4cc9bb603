//! Who uses whom in small trees, and that an overlay answers as the rebuilt tree would.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use backout::facts::{self, Role, SymbolKind};
use backout::graph::around::{Limits, around};
use backout::graph::files::{Files, Overlay};
use backout::graph::index::{ItemId, TreeIndex};
use backout::graph::names::{self, NameMark};
use backout::graph::{DependencyGraph, SymbolKey};
use backout::impact;
use backout::items;
use backout::text::FilePath;
use proptest::prelude::*;

use crate::queries;

fn files(list: &[(&str, &str)]) -> Files {
    let owned = list.iter();
    Files::new(owned.map(|(path, text)| (FilePath::from(*path), Arc::from(text.as_bytes()))))
}

fn case(name: &str) -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/graph")
        .join(name);
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let sources = entries.filter(|path| {
        path.extension()
            .is_some_and(|ending| ending == "c" || ending == "h")
    });
    Files::new(sources.map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (
            FilePath::from(name.as_str()),
            Arc::from(fs::read(path).unwrap()),
        )
    }))
}

fn key(kind: SymbolKind, name: &str) -> SymbolKey {
    SymbolKey {
        name: name.to_owned(),
        kind,
        parent: None,
        file: None,
    }
}

fn graph_of(index: &dyn TreeIndex, kind: SymbolKind, name: &str) -> DependencyGraph {
    around(&[key(kind, name)], index, &Limits::default())
}

/// The direct users of a symbol: `file:user kind confidence`, sorted.
fn users(index: &dyn TreeIndex, kind: SymbolKind, name: &str) -> Vec<String> {
    let graph = graph_of(index, kind, name);
    let edges = graph.starting().iter().flat_map(|id| graph.dependents(*id));
    let mut users: Vec<_> = edges
        .map(|edge| {
            let user = graph.symbol(edge.from).unwrap();
            let path = index.path(user.item.file);
            format!("{path}:{} {:?} {:?}", user.name, edge.kind, edge.confidence)
        })
        .collect();
    users.sort();
    users
}

#[test]
fn a_call_reaches_across_files() {
    let found = users(&case("five_files"), SymbolKind::Function, "lib_init");
    assert_eq!(
        found,
        [
            "cfg.c:user_cfg Call Certain",
            "lib.h:LIB_INIT Call Certain",
            "one.c:user_one Call Certain",
        ]
    );
}

#[test]
fn a_macro_is_a_step_between_its_user_and_what_it_uses() {
    let index = case("five_files");
    let graph = graph_of(&index, SymbolKind::Function, "lib_init");
    let set = impact::of(&graph, &index, usize::MAX);
    let two = set
        .dependents
        .iter()
        .find(|one| one.symbol.name == "user_two")
        .unwrap();
    assert_eq!(two.distance, 2);
    assert_eq!(two.path, ["user_two", "LIB_INIT", "lib_init"]);
    assert_eq!(two.via(), "expansion of LIB_INIT");
}

#[test]
fn a_static_inline_of_a_header_has_users_in_other_files() {
    let found = users(&case("five_files"), SymbolKind::Function, "lib_get");
    assert_eq!(found, ["one.c:user_one Call Certain"]);
}

#[test]
fn a_macro_constant_has_users() {
    let found = users(&case("five_files"), SymbolKind::Macro, "LIB_MAX");
    assert_eq!(
        found,
        [
            "lib.h:LIB_INIT Macro Certain",
            "two.c:user_two Macro Certain"
        ]
    );
}

#[test]
fn a_tag_has_users_across_files() {
    let found = users(&case("five_files"), SymbolKind::Struct, "lib_state");
    let named = |name: &str| found.iter().any(|user| user.contains(name));
    for name in [
        "one.c:user_one",
        "one.c:helper",
        "two.c:user_two",
        "cfg.c:user_cfg",
        "lib.c:lib_run",
        "lib.h:lib_get",
    ] {
        assert!(named(name), "{name} in {found:?}");
    }
}

#[test]
fn statics_of_one_name_are_kept_apart() {
    let index = case("five_files");
    let graph = graph_of(&index, SymbolKind::Function, "helper");
    assert_eq!(graph.starting().len(), 2);
    let one = SymbolKey {
        file: Some(FilePath::from("two.c")),
        ..key(SymbolKind::Function, "helper")
    };
    let graph = around(&[one], &index, &Limits::default());
    let names: Vec<_> = graph
        .symbols()
        .map(|(_, symbol)| symbol.name.to_string())
        .collect();
    assert!(
        names.contains(&"user_two".to_owned()) && !names.contains(&"user_one".to_owned()),
        "{names:?}"
    );
}

#[test]
fn a_prototype_belongs_to_its_definition() {
    let index = case("five_files");
    let graph = graph_of(&index, SymbolKind::Function, "lib_init");
    assert_eq!(graph.starting().len(), 1);
    let symbol = graph.symbol(graph.starting()[0]).unwrap();
    assert_eq!(index.path(symbol.item.file), FilePath::from("lib.c"));
}

#[test]
fn a_call_through_a_named_table_reaches_only_what_that_table_stores() {
    let tree = files(&[
        (
            "o.h",
            "struct ops { int (*get)(void); };\nextern const struct ops shared;\nextern const struct ops *chosen;\n",
        ),
        (
            "a.c",
            "#include \"o.h\"\nstatic int mine(void) { return 1; }\nconst struct ops shared = { .get = mine };\n\
             int near(void) { return shared.get(); }\n",
        ),
        (
            "b.c",
            "#include \"o.h\"\nstatic int other(void) { return 2; }\nstatic const struct ops rest[] = { { .get = other } };\n\
             const struct ops *chosen = &rest[0];\n\
             int far(void) { return shared.get(); }\n\
             int any(void) { return chosen->get(); }\n\
             int one(int i) { return rest[i].get(); }\n\
             static int late(void) { return 3; }\n\
             void put(struct ops *ops) { ops->get = late; }\n",
        ),
    ]);
    let through = |name| {
        let users = users(&tree, SymbolKind::Function, name).into_iter();
        users
            .filter(|user| user.contains("IndirectCall"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        through("mine"),
        [
            "a.c:near IndirectCall Probable",
            "b.c:any IndirectCall Probable",
            "b.c:far IndirectCall Probable"
        ]
    );
    assert_eq!(through("late").len(), 4, "a pointer may be any table");
    assert_eq!(
        through("other"),
        [
            "b.c:any IndirectCall Probable",
            "b.c:one IndirectCall Probable"
        ]
    );
}

#[test]
fn a_stored_callback_is_called_through_its_member() {
    let index = case("five_files");
    let one = SymbolKey {
        file: Some(FilePath::from("one.c")),
        ..key(SymbolKind::Function, "helper")
    };
    let graph = around(&[one], &index, &Limits::default());
    let edges = graph.dependents(graph.starting()[0]);
    let found: Vec<_> = edges
        .iter()
        .map(|edge| {
            (
                graph.symbol(edge.from).unwrap().name.to_string(),
                edge.kind.word(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("lib_run".to_owned(), "indirect call"),
            ("user_one".to_owned(), "address")
        ]
    );
}

#[test]
fn a_member_has_users_through_declared_types() {
    let index = files(&[
        ("a.h", "struct a { int n; }; struct b { int n; };"),
        (
            "x.c",
            "#include \"a.h\"\nint fa(struct a *p) { return p->n; }\nint fb(struct b *p) { return p->n; }",
        ),
    ]);
    let n = SymbolKey {
        parent: Some("a".to_owned()),
        ..key(SymbolKind::Member, "n")
    };
    let graph = around(&[n], &index, &Limits::default());
    let edges = graph.dependents(graph.starting()[0]);
    let found: Vec<_> = edges
        .iter()
        .map(|edge| graph.symbol(edge.from).unwrap().name.to_string())
        .collect();
    assert_eq!(found, ["fa"]);
}

#[test]
fn users_of_a_typedef_are_users_of_its_tag() {
    let index = files(&[
        ("t.h", "typedef struct S S;\nstruct S { int n; };"),
        ("x.c", "#include \"t.h\"\nint f(S *s) { return 0; }"),
    ]);
    let graph = graph_of(&index, SymbolKind::Struct, "S");
    let set = impact::of(&graph, &index, 0);
    let names: Vec<_> = set
        .dependents
        .iter()
        .map(|one| one.symbol.name.as_str())
        .collect();
    assert!(names.contains(&"f"), "{names:?}");
}

#[test]
fn a_static_of_another_file_is_not_meant() {
    let index = files(&[
        ("a.c", "static int helper(void) { return 1; }"),
        ("b.c", "int helper(void) { return 2; }"),
        ("c.c", "int helper(void);\nint f(void) { return helper(); }"),
    ]);
    let a = SymbolKey {
        file: Some(FilePath::from("a.c")),
        ..key(SymbolKind::Function, "helper")
    };
    assert!(around(&[a], &index, &Limits::default()).symbols().count() == 1);
    let b = SymbolKey {
        file: Some(FilePath::from("b.c")),
        ..key(SymbolKind::Function, "helper")
    };
    assert!(around(&[b], &index, &Limits::default()).symbols().count() == 2);
}

#[test]
fn alternatives_of_several_targets_are_all_kept_and_marked() {
    let index = files(&[
        ("target/arm/t.c", "#include \"t.h\"\nvoid gen(void) { }"),
        ("target/mips/t.c", "#include \"t.h\"\nvoid gen(void) { }"),
        ("include/t.h", "void gen(void);"),
        ("accel/x.c", "#include \"t.h\"\nvoid run(void) { gen(); }"),
    ]);
    assert_eq!(
        users(&index, SymbolKind::Function, "gen"),
        ["accel/x.c:run Call Probable", "accel/x.c:run Call Probable"]
    );
}

/// A tree that is built for two targets: `common.h` includes the header of the target at hand.
fn two_targets() -> Files {
    files(&[
        (
            "include/common.h",
            "#include \"target.h\"\nint shared(void);\n",
        ),
        (
            "target/arm/target.h",
            "int reset(int cpu);\ntypedef int Reg;\n",
        ),
        (
            "target/arm/a.c",
            "#include \"common.h\"\nint reset(int cpu) { return cpu; }\n",
        ),
        (
            "target/arm/part.c.inc",
            "int arm_part(void) { return sizeof(Reg); }\n",
        ),
        (
            "target/sh/target.h",
            "int reset(int cpu);\ntypedef long Reg;\n",
        ),
        (
            "target/sh/s.c",
            "#include \"common.h\"\nint reset(int cpu) { return -cpu; }\n",
        ),
        (
            "target/sh/part.c.inc",
            "int sh_part(void) { return sizeof(Reg); }\n",
        ),
        (
            "hw/arm/board.c",
            "#include \"common.h\"\nvoid arm_board(void) { reset(1); }\n",
        ),
        (
            "hw/sh/board.c",
            "#include \"target.h\"\nvoid sh_board(void) { reset(1); }\n",
        ),
        (
            "hw/pci/bus.c",
            "#include \"common.h\"\nvoid pci_bus(void) { reset(1); }\n",
        ),
        (
            "core/all.c",
            "#include \"common.h\"\n#include \"part.c.inc\"\n",
        ),
    ])
}

/// The users of what stands in one file: `file:user`, sorted.
fn users_in(index: &dyn TreeIndex, kind: SymbolKind, name: &str, file: &str) -> Vec<String> {
    let of_file = SymbolKey {
        file: Some(FilePath::from(file)),
        ..key(kind, name)
    };
    let graph = around(&[of_file], index, &Limits::default());
    let edges = graph.starting().iter().flat_map(|id| graph.dependents(*id));
    let mut users: Vec<_> = edges
        .map(|edge| {
            let user = graph.symbol(edge.from).unwrap();
            format!("{}:{}", index.path(user.item.file), user.name)
        })
        .collect();
    users.sort();
    users.dedup();
    users
}

#[test]
fn a_line_that_may_mean_several_files_means_those_near_the_unit() {
    let tree = two_targets();
    let arm = users_in(&tree, SymbolKind::Function, "reset", "target/arm/a.c");
    assert_eq!(arm, ["hw/arm/board.c:arm_board", "hw/pci/bus.c:pci_bus"]);
    let sh = users_in(&tree, SymbolKind::Function, "reset", "target/sh/s.c");
    assert_eq!(sh, ["hw/pci/bus.c:pci_bus", "hw/sh/board.c:sh_board"]);
}

#[test]
fn a_fragment_that_every_target_has_sees_its_own_target() {
    let tree = two_targets();
    for (target, part) in [("arm", "arm_part"), ("sh", "sh_part")] {
        let header = format!("target/{target}/target.h");
        let users = users_in(&tree, SymbolKind::Typedef, "Reg", &header);
        assert_eq!(users, [format!("target/{target}/part.c.inc:{part}")]);
    }
}

#[test]
fn a_definition_goes_with_the_declaration_that_its_file_reads() {
    let tree = files(&[
        ("lib/die.h", "void die(const char *why);\n"),
        (
            "lib/die.c",
            "#include \"die.h\"\nvoid die(const char *why) { (void)why; }\n",
        ),
        ("tools/die.c", "void die(const char *why) { (void)why; }\n"),
        (
            "lib/user.c",
            "#include \"die.h\"\nvoid user(void) { die(0); }\n",
        ),
        (
            "tools/user.c",
            "void die(const char *why);\nvoid tool(void) { die(0); }\n",
        ),
    ]);
    let of_tools = users_in(&tree, SymbolKind::Function, "die", "tools/die.c");
    assert_eq!(of_tools, ["tools/user.c:tool"]);
    let of_lib = users_in(&tree, SymbolKind::Function, "die", "lib/die.c");
    assert_eq!(of_lib, ["lib/user.c:user", "tools/user.c:tool"]);
}

#[test]
fn what_a_macro_pastes_together_is_used() {
    let tree = files(&[
        (
            "api.h",
            "#define API(name) add(#name, Api_ ## name)\n#define DO(name) do_ ## name ## _now()\n",
        ),
        (
            "api.c",
            "#include \"api.h\"\nint Api_Next(void) { return 1; }\nvoid do_it_now(void) { }\n",
        ),
        (
            "reg.c",
            "#include \"api.h\"\nint Api_Next(void);\nvoid do_it_now(void);\nvoid reg(void) { API(Next); DO(it); }\n",
        ),
        (
            "far.c",
            "int Api_Next(void);\nvoid far(void) { API(Next); }\n",
        ),
    ]);
    let users = |name: &str| users(&tree, SymbolKind::Function, name);
    assert_eq!(users("Api_Next"), ["reg.c:reg Address Probable"]);
    assert_eq!(users("do_it_now"), ["reg.c:reg Address Probable"]);
}

#[test]
fn a_macro_of_a_header_that_is_not_included_is_not_meant() {
    let index = files(&[
        ("a.h", "#define LIMIT 1"),
        ("b.h", "#define LIMIT 2"),
        ("x.c", "#include \"b.h\"\nint f(void) { return LIMIT; }"),
    ]);
    let a = SymbolKey {
        file: Some(FilePath::from("a.h")),
        ..key(SymbolKind::Macro, "LIMIT")
    };
    assert_eq!(
        around(&[a], &index, &Limits::default()).symbols().count(),
        1
    );
}

#[test]
fn a_limit_that_is_met_leaves_a_note() {
    let limits = Limits {
        item_bytes: 0,
        ..Limits::default()
    };
    let graph = around(
        &[key(SymbolKind::Function, "lib_init")],
        &case("five_files"),
        &limits,
    );
    assert_eq!(graph.notes.len(), 1, "{:?}", graph.notes);
    let none = Limits {
        symbols: 0,
        ..Limits::default()
    };
    let twice = vec![key(SymbolKind::Function, "lib_init"); 2];
    let graph = around(&twice, &case("five_files"), &none);
    assert_eq!(
        graph.notes,
        ["the impact is cut: 1 changed symbols were not looked up (limit 0)"]
    );
    let free = graph_of(&case("five_files"), SymbolKind::Function, "lib_init");
    assert!(free.notes.is_empty());
}

/// All that an index says of a tree, as text.
pub(crate) fn spoken(index: &dyn TreeIndex, names: &[&str]) -> String {
    let mut out = String::new();
    let place = |id: &ItemId| format!("{}#{}", index.path(id.file), id.item);
    for (name, list) in names.iter().zip(index.mentions(names)) {
        let _ = writeln!(
            out,
            "{name} in {:?}",
            list.iter().map(place).collect::<Vec<_>>()
        );
        let _ = writeln!(out, "{:?}", index.facts(&list));
    }
    for (name, list) in names.iter().zip(index.defining(names)) {
        let _ = writeln!(
            out,
            "{name} of {:?}",
            list.iter().map(place).collect::<Vec<_>>()
        );
    }
    for (name, list) in names.iter().zip(index.calling_members(names)) {
        let _ = writeln!(
            out,
            "{name} called in {:?}",
            list.iter().map(place).collect::<Vec<_>>()
        );
    }
    for (name, sites) in names.iter().zip(index.sites(names)) {
        let places = sites.iter().map(|site| place(&site.item));
        let _ = writeln!(
            out,
            "{name} means {:?}: {sites:?}",
            places.collect::<Vec<_>>()
        );
    }
    for path in index.files() {
        let file = index.file(path).unwrap();
        let _ = writeln!(
            out,
            "{path}: {:?} {:?}",
            index.items(file),
            index.includes(file)
        );
        let _ = writeln!(out, "{:?} {:?}", index.source(file), index.line(file, 20));
    }
    out
}

const NAMES: [&str; 8] = ["f", "g", "helper", "S", "n", "LIMIT", "a.h", "x"];

fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "#include \"a.h\"\n",
        "int f(int x) { return g(x); }\n",
        "static int helper(void) { return LIMIT; }\n",
        "struct S { int n; };\n",
        "#define LIMIT 4\n",
        "int g(struct S *s) { return s->n + helper(); }\n",
        "void h(struct S *s) { s->f(s->n, LIMIT); }\n",
        "typedef struct S S;\n",
        "#ifdef X\n#endif\n",
    ]);
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}

fn tree() -> impl Strategy<Value = Vec<(&'static str, Option<String>)>> {
    let path = prop::sample::select(vec!["a.h", "b.c", "c.c", "d/a.h", "d/e.c"]);
    prop::collection::vec((path, prop::option::weighted(0.8, text())), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_overlay_answers_as_the_rebuilt_tree(base in tree(), changes in tree()) {
        let bytes = |text: &Option<String>| text.as_ref().map(|text| Arc::from(text.as_bytes()));
        let path = |path: &&str| FilePath::from(*path);
        let base: std::collections::BTreeMap<_, _> = base.iter().filter_map(|(at, text)| Some((path(at), bytes(text)?))).collect();
        let changes: std::collections::BTreeMap<_, _> = changes.iter().map(|(at, text)| (path(at), bytes(text))).collect();
        let mut rebuilt = base.clone();
        for (at, text) in &changes {
            match text {
                Some(text) => { rebuilt.insert(at.clone(), Arc::clone(text)); }
                None => { rebuilt.remove(at); }
            }
        }
        let base = Files::new(base);
        let overlay = Overlay::new(&base, changes);
        let rebuilt = Files::new(rebuilt);
        prop_assert_eq!(spoken(&overlay, &NAMES), spoken(&rebuilt, &NAMES));
        for name in ["f", "g", "helper"] {
            prop_assert_eq!(users(&overlay, SymbolKind::Function, name), users(&rebuilt, SymbolKind::Function, name));
        }
    }
}

/// A static `reset` in a file that nobody includes, and eight more in other units, one of them behind a function of its own.
fn many_resets(home: &str) -> Files {
    let mut list = vec![
        (
            home.to_owned(),
            "#include \"a.h\"\nstatic void reset(void) {}\n#include \"part.c.inc\"\nvoid stop(void) { reset(); }\n"
                .to_owned(),
        ),
        (
            "a.h".to_owned(),
            "static inline void through_header(void) { reset(); }\n".to_owned(),
        ),
        (
            "part.c.inc".to_owned(),
            "void in_part(void) { reset(); }\n".to_owned(),
        ),
        (
            "stranger.h".to_owned(),
            "static inline void elsewhere(void) { reset(); }\n".to_owned(),
        ),
    ];
    list.extend((0..8).map(|at| {
        let text = format!(
            "#include \"stranger.h\"\nstatic void reset(void) {{}}\nvoid stop{at}(void) {{ reset(); }}\n"
        );
        (format!("other{at}.c"), text)
    }));
    let owned = list
        .into_iter()
        .map(|(path, text)| (FilePath::from(path.as_str()), Arc::from(text.as_bytes())));
    Files::new(owned)
}

fn reset_of(home: &str) -> SymbolKey {
    SymbolKey {
        file: Some(FilePath::from(home)),
        ..key(SymbolKind::Function, "reset")
    }
}

/// Everybody who reaches a symbol, `file:name`, sorted.
fn reaching(index: &dyn TreeIndex, symbol: SymbolKey, limits: &Limits) -> Vec<String> {
    let graph = around(&[symbol], index, limits);
    let known = graph.symbols();
    let mut known: Vec<_> = known
        .filter(|(id, _)| !graph.starting().contains(id))
        .map(|(_, one)| format!("{}:{}", index.path(one.item.file), one.name))
        .collect();
    known.sort();
    known
}

#[test]
fn every_call_of_a_member_is_marked_on_libgit2() {
    let mut called = 0;
    for path in queries::libgit2() {
        let source = fs::read(path).unwrap();
        for item in items::of_source(&source).items {
            let bytes = item.span.of(&source);
            let (marks, facts) = (
                names::of_item(item.kind, bytes),
                facts::of_item(bytes, item.kind),
            );
            let mark_of = |name: &str| {
                let used = NameMark::used(name.as_bytes());
                marks.iter().find(|mark| mark.is_same_name(used)).copied()
            };
            for one in &facts.references {
                if matches!(one.role, Role::MemberCall { .. }) {
                    called += 1;
                    let name = facts.name(one.name);
                    let mark = mark_of(name);
                    assert!(mark.is_some_and(NameMark::is_called_member), "{name}");
                }
            }
        }
    }
    assert!(called > 0 || queries::libgit2().is_empty());
}

#[test]
fn what_only_its_own_unit_sees_is_used_there_and_in_what_that_includes() {
    let index = many_resets("home.c");
    let found = reaching(&index, reset_of("home.c"), &Limits::default());
    assert_eq!(
        found,
        ["a.h:through_header", "home.c:stop", "part.c.inc:in_part"]
    );
}

#[test]
fn mentions_in_other_units_are_not_read() {
    let index = many_resets("home.c");
    // Room for the items of this unit, not for those of the eight others.
    let limits = Limits {
        item_bytes: 250,
        ..Limits::default()
    };
    let graph = around(&[reset_of("home.c")], &index, &limits);
    assert_eq!(graph.notes, Vec::<String>::new());
}

#[test]
fn what_stands_in_an_included_file_is_sought_everywhere() {
    let mut list = vec![
        (
            "home.c".to_owned(),
            "static void reset(void) {}\n".to_owned(),
        ),
        (
            "user.c".to_owned(),
            "#include \"home.c\"\nvoid stop(void) { reset(); }\n".to_owned(),
        ),
    ];
    list.extend((0..8).map(|at| {
        let text = format!("static void reset(void) {{}}\nvoid stop{at}(void) {{ reset(); }}\n");
        (format!("other{at}.c"), text)
    }));
    let index = Files::new(
        list.into_iter()
            .map(|(path, text)| (FilePath::from(path.as_str()), Arc::from(text.as_bytes()))),
    );
    let found = reaching(&index, reset_of("home.c"), &Limits::default());
    assert_eq!(found, ["user.c:stop"]);
}
