//! What macros make: calls against definitions given beside them, the text that comes out and the symbols in it.

use backout::expand::{self, Bodies, Context, Definition, Macro, Made, Visible};
use backout::facts::{self, Form};
use backout::items;
use proptest::prelude::*;
use std::sync::Arc;

/// Definitions in order; a name that has several is an alternative for each.
struct Defines(Vec<Macro>);

impl Defines {
    fn of(lines: &str) -> Self {
        let macros = lines.split_inclusive("\n");
        let mut joined = vec![String::new()];
        for line in macros {
            let continued = line.ends_with("\\\n");
            joined.last_mut().unwrap().push_str(line);
            if !continued {
                joined.push(String::new());
            }
        }
        let parsed = joined
            .iter()
            .filter_map(|line| Macro::of_define(line.as_bytes()));
        Self(parsed.collect())
    }
}

impl<'m> Visible<'m> for &'m Defines {
    fn definitions(&self, name: &[u8]) -> Vec<Definition<'m>> {
        let of_name = self.0.iter().filter(|one| one.name() == name);
        of_name
            .map(|of| Definition {
                of,
                file: 0,
                at: of.name_at(),
                conditional: false,
            })
            .collect()
    }
}

fn made<'m>(defines: &'m Defines, source: &str) -> Vec<Made<'m>> {
    let source = source.as_bytes();
    let item = items::of_source(source).items[0];
    expand::of_item(
        item.span.of(source),
        item.kind,
        (Context::File, Bodies::Kept),
        &defines,
        &|_, kind, bytes| Arc::new(facts::of_item(bytes, kind)),
    )
}

fn texts(defines: &str, source: &str) -> Vec<String> {
    let defines = Defines::of(defines);
    let all = made(&defines, source);
    all.iter()
        .map(|made| {
            String::from_utf8_lossy(&made.text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

fn text(defines: &str, source: &str) -> String {
    texts(defines, source).join(" | ")
}

/// `kind name` of what comes out, in order; declarations in brackets.
fn symbols(defines: &str, source: &str) -> Vec<String> {
    let defines = Defines::of(defines);
    let mut symbols = Vec::new();
    for made in made(&defines, source) {
        for (placed, it) in made.facts.definitions() {
            let name = format!("{} {}", it.kind.name(), placed.facts.name(it.name));
            symbols.push(match it.form {
                Form::Declaration => format!("({name})"),
                _ => name,
            });
        }
    }
    symbols
}

#[test]
fn an_argument_is_expanded_unless_pasted_or_quoted() {
    let defines = "#define N 4\n#define id(x) x\n#define cat(a, b) a ## b\n#define str(a) #a\n#define xcat(a, b) cat(a, b)\n";
    assert_eq!(text(defines, "id(N);"), "4;");
    assert_eq!(text(defines, "cat(N, N);"), "NN;");
    assert_eq!(text(defines, "xcat(N, N);"), "44;");
    assert_eq!(text(defines, "str(N + 1);"), "\"N + 1\";");
    assert_eq!(text(defines, "cat(, N) cat(N, ) cat(,);"), "4 4;");
}

#[test]
fn a_macro_is_not_expanded_inside_itself() {
    // The examples of ISO C 6.10.4.4 and .5, as far as they stand without spaces.
    let defines = "#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define z z[0]\n#define g f\n#define t(a) a\n#define m(a) a(w)\n#define w 0,1\n";
    assert_eq!(
        text(defines, "q(f(y+1) + f(f(z)));"),
        "q(f(3 * (y+1)) + f(3 * (f(3 * (z[0])))));"
    );
    assert_eq!(
        text(defines, "q(t(t(g)(0) + t)(1));"),
        "q(f(3 * (0)) + t(1));"
    );
    assert_eq!(
        text(defines, "q(g(w));"),
        "q(g(0,1));".replace("g(0,1)", "f(3 * (0,1))")
    );
    assert_eq!(text("#define a b\n#define b a\n", "int a;"), "int a;");
}

#[test]
fn variadic_arguments_keep_or_drop_their_comma() {
    let defines = "#define log(f, ...) print(f, ## __VA_ARGS__)\n#define gnu(f, rest...) print(f, rest)\n#define opt(f, ...) print(f __VA_OPT__(, __VA_ARGS__))\n#define all(...) f(__VA_ARGS__)\n";
    assert_eq!(text(defines, "log(a);"), "print(a);");
    assert_eq!(text(defines, "log(a, b, c);"), "print(a, b, c);");
    assert_eq!(text(defines, "gnu(a, b, c);"), "print(a, b, c);");
    assert_eq!(text(defines, "opt(a);"), "print(a);");
    assert_eq!(text(defines, "opt(a, b);"), "print(a, b);");
    assert_eq!(text(defines, "all();"), "f();");
}

#[test]
fn a_call_that_does_not_fit_is_left() {
    let defines = "#define two(a, b) a b\n#define none() 1\n";
    assert!(texts(defines, "two(x);").is_empty());
    assert!(texts(defines, "two;").is_empty());
    assert!(texts(defines, "none(x);").is_empty());
    assert_eq!(text(defines, "none();"), "1;");
}

#[test]
fn declarations_come_out_of_calls() {
    let defines = "#define DECLARE(T, t) typedef struct T T; static inline T *t##_of(void *p) { return p; } UNKNOWN(T) static inline int t##_x(void) { return 0; }\n";
    let symbols = symbols(defines, "DECLARE(Dev, dev)");
    assert_eq!(
        symbols,
        ["typedef Dev", "function dev_of", "function dev_x"]
    );
}

#[test]
fn a_head_is_expanded_and_its_body_left() {
    let defines = "#define glue(a, b) a ## b\n#define HELPER(n) glue(helper_, n)\n#define CALL2(n, a) long sys_##n(a); static long do_##n(a)\n#define VOID void\n";
    assert_eq!(
        symbols(
            defines,
            "void HELPER(add)(int a)\n{\n    HELPER(sub)(a);\n}\n"
        ),
        ["function helper_add"]
    );
    let defines = Defines::of(defines);
    let source = "CALL2(read, int fd)\n{\n    return fd;\n}\n";
    let all = made(&defines, source);
    let owner = all[0].owner().unwrap();
    assert_eq!(owner.facts.name(owner.facts.definitions[0].name), "do_read");
    let name = owner.span(owner.facts.definitions[0].name_span);
    let origin = all[0].origin(name.start).unwrap();
    assert_eq!(origin.at, 0);
    assert_eq!(origin.written, None);
}

#[test]
fn every_definition_gives_an_expansion() {
    let defines = "#define DEF(n) int get_##n(void);\n#define DEF(n) static int n##_info;\n";
    assert_eq!(
        symbols(defines, "DEF(add)"),
        ["(function get_add)", "object add_info"]
    );
    let nested = "#define SUF b\n#define SUF w\n#define SUF l\n#define NAME(n) N2(n, SUF)\n#define N2(a, b) N3(a, b)\n#define N3(a, b) a##_##b\n";
    assert_eq!(
        symbols(nested, "int NAME(ld)(void) {}"),
        ["function ld_b", "function ld_w", "function ld_l"]
    );
}

#[test]
fn enumerators_and_members_come_out_in_their_context() {
    let defines = Defines::of("#define DEF(n, v) OP_##n = v,\n");
    let source = b"DEF(add, 1)";
    let memo: &facts::Memo<'_> = &|_, kind, bytes| Arc::new(facts::of_item(bytes, kind));
    let kind = items::ItemKind::MacroCall;
    let all = expand::of_item(
        source,
        kind,
        (Context::Enumerators, Bodies::Kept),
        &&defines,
        memo,
    );
    let names: Vec<_> = all[0]
        .facts
        .definitions()
        .map(|(placed, it)| (it.kind.name(), placed.facts.name(it.name)))
        .collect();
    assert_eq!(names, [("enumerator", "OP_add")]);
}

#[test]
fn growth_is_bounded_and_noted() {
    let mut defines = String::from("#define x0 y\n");
    for at in 1..64 {
        defines += &format!("#define x{at} x{0} x{0}\n", at - 1);
    }
    defines += "#define s0(a) a\n";
    for at in 1..64 {
        defines += &format!("#define s{at}(a) s{}(a##a)\n", at - 1);
    }
    let defines = Defines::of(&defines);
    assert!(made(&defines, "f(x63);").iter().all(|made| made.limited));
    assert!(!made(&defines, "s63(abc);").is_empty());
    let nested = format!("{}1{};", "id(".repeat(5000), ")".repeat(5000));
    let id = Defines::of("#define id(x) x\n");
    assert!(made(&id, &nested).iter().all(|made| made.limited));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_definitions_and_calls_end(
        bodies in proptest::collection::vec("[abcxyz(),#{}; \\.]{0,24}", 1..6),
        call in "[abc]\\([abcxyz(), ]{0,20}\\);?",
    ) {
        let heads = ["a", "b(x)", "c(x, ...)", "a(x, y)", "b", "c()"];
        let lines: String = bodies.iter().zip(heads).map(|(body, head)| format!("#define {head} {body}\n")).collect();
        let defines = Defines::of(&lines);
        let memo: &facts::Memo<'_> = &|_, kind, bytes| Arc::new(facts::of_item(bytes, kind));
        for kind in [items::ItemKind::MacroCall, items::ItemKind::Function, items::ItemKind::Declaration] {
            for made in expand::of_item(call.as_bytes(), kind, (Context::File, Bodies::Kept), &&defines, memo) {
                for (placed, it) in made.facts.definitions() {
                    prop_assert!(made.origin(placed.span(it.name_span).start).is_some());
                }
            }
        }
    }
}

#[test]
fn the_macros_of_a_part_are_those_that_gave_its_tokens() {
    let defines = Defines::of(
        "#define none\n#define id(x) x\n#define one(n) int id(n);\n#define two(n, m) one(n) long none m;\n",
    );
    let all = made(&defines, "two(a, id(b))");
    let [made] = all.as_slice() else {
        panic!("{} expansions", all.len());
    };
    let named = |macros: Vec<usize>| {
        let names = macros.iter().map(|at| made.macros[*at].of.name());
        let mut names: Vec<_> = names.map(String::from_utf8_lossy).collect();
        names.sort();
        names.join(" ")
    };
    let spans: Vec<_> = made
        .facts
        .items
        .iter()
        .map(|placed| placed.item.span)
        .collect();
    let of_items: Vec<String> = spans
        .iter()
        .map(|span| named(made.macros_of(*span)))
        .collect();
    // `none` leaves nothing: it counts wherever the call does that it stands in.
    assert_eq!(of_items, ["id none one two", "id none two"]);
    // `id` gave tokens of both, but not one call of it.
    assert_eq!(named(made.makers_of_several(&spans)), "two");
    assert_eq!(named(made.makers_of_several(&spans[..1])), "");
}
