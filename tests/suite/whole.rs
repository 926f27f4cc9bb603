//! `backout index` on small repositories: the tables it prints, and that they are the same however they are made.

use assert_cmd::Command;

use crate::support::Repo;

const HEADER: &str = "\
struct ops {
    int (*open)(int);
};
extern const struct ops ops;
#define TWICE(x) (lib_scale(x) * 2)
int lib_scale(int);
";
const LIBRARY: &str = "\
#include \"lib.h\"
static int lib_open(int how)
{
    return TWICE(how);
}
const struct ops ops = {
    .open = lib_open,
};
int lib_scale(int x)
{
    return x + 1;
}
";
const USER: &str = "\
#include \"lib.h\"
int use(void)
{
    return ops.open(2);
}
";

fn tree() -> Repo {
    let mut repo = Repo::new();
    repo.commit(&[("lib.h", HEADER), ("lib.c", LIBRARY), ("user.c", USER)]);
    repo
}

fn index(repo: &Repo, arguments: &[&str]) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("backout"))
        .current_dir(repo.path())
        .arg("index")
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn edges_of_a_small_tree() {
    let edges = index(&tree(), &["--edges", "--no-cache"]);
    let expected = "\
addr\tlib.c\tops\tlib_open\tlib.c\t7\t2
call\tlib.h\tTWICE\tlib_scale\tlib.c\t5\t9
fpset\tlib.h\tops.open\tlib_open\tlib.c\t7\t2
gvar\tuser.c\tuse\tops\tlib.c\t4\t6
icall\tuser.c\tuse\tops.open\tlib.h\t4\t2
macro\tlib.c\tlib_open\tTWICE\tlib.h\t4\t5
member\tlib.c\tops\tops.open\tlib.h\t7\t2
member\tuser.c\tuse\tops.open\tlib.h\t4\t2
type\tlib.c\tops\tops\tlib.h\t6\t1
type\tlib.h\tops\tops\tlib.h\t4\t1
";
    assert_eq!(edges, expected);
}

/// Tables with the macros that fill them inside: each call of a macro is followed into its own definition, not into the
/// table around it, which would be every call in every call.
#[test]
fn a_macro_inside_a_table_is_followed_by_itself() {
    let mut table = String::from(
        "int f(int);\nint g(int);\nint (*const table[])(int) = {\n#define ROW(a, b) a,\n",
    );
    for _ in 0..40 {
        table.push_str("    ROW(f, 1)\n    ROW(g, 2)\n");
    }
    table.push_str("#undef ROW\n};\n");
    let mut repo = Repo::new();
    repo.commit(&[("table.c", &table)]);
    let edges = index(&repo, &["--edges", "--no-cache"]);
    let expected = "\
addr\ttable.c\ttable\tf\ttable.c\t5\t1
addr\ttable.c\ttable\tg\ttable.c\t6\t2
cond\ttable.c\ttable\tROW\ttable.c\t85\t4
macro\ttable.c\ttable\tROW\ttable.c\t5\t4
";
    assert_eq!(edges, expected);
}

#[test]
fn what_many_files_store_in_a_member_is_one_sorted_table() {
    let mut repo = tree();
    let other = |name: &str| {
        format!(
            "#include \"lib.h\"\nstatic int {name}(int x)\n{{\n    return x;\n}}\nconst struct ops {name}_ops = {{\n    .open = {name},\n}};\n"
        )
    };
    repo.commit(&[("a.c", &other("z_open")), ("z.c", &other("a_open"))]);
    let edges = index(&repo, &["--edges", "--no-cache"]);
    let stored: Vec<&str> = edges
        .lines()
        .filter(|line| line.starts_with("fpset"))
        .collect();
    assert_eq!(
        stored,
        [
            "fpset\tlib.h\tops.open\ta_open\tz.c\t7\t2",
            "fpset\tlib.h\tops.open\tlib_open\tlib.c\t7\t2",
            "fpset\tlib.h\tops.open\tz_open\ta.c\t7\t2",
        ]
    );
}

#[test]
fn symbols_of_a_small_tree() {
    let symbols = index(&tree(), &["--symbols", "--no-cache"]);
    for line in [
        "extern\tops\t-\tlib.h\t4\t4\textern",
        "function\tlib_open\t-\tlib.c\t2\t5\tstatic",
        "global\tops\t-\tlib.c\t6\t8\textern",
        "member\topen\tops\tlib.h\t2\t2\t-",
        "proto\tlib_scale\t-\tlib.h\t6\t6\textern",
        "struct\tops\t-\tlib.h\t1\t3\t-",
    ] {
        assert!(symbols.lines().any(|one| one == line), "{line}\n{symbols}");
    }
}

#[test]
fn neither_threads_nor_cache_change_a_byte() {
    let repo = tree();
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().to_str().unwrap();
    for table in ["--edges", "--symbols"] {
        let plain = index(&repo, &[table, "--no-cache", "--jobs", "1"]);
        assert!(!plain.is_empty());
        assert_eq!(
            plain,
            index(&repo, &[table, "--cache", folder, "--jobs", "4"])
        );
        assert_eq!(
            plain,
            index(&repo, &[table, "--cache", folder, "--jobs", "1"])
        );
    }
}

#[test]
fn without_a_table_it_fills_the_cache_and_prints_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().to_str().unwrap();
    assert_eq!(index(&tree(), &["--cache", folder]), "");
    let info = Command::new(assert_cmd::cargo::cargo_bin!("backout"))
        .args(["cache", "info", "--cache", folder])
        .output()
        .unwrap();
    let text = String::from_utf8(info.stdout).unwrap();
    assert!(!text.contains(" 0 records"), "{text}");
}

#[test]
fn symbols_that_macros_make_are_listed_at_their_call() {
    let mut repo = Repo::new();
    repo.commit(&[
        (
            "lib.h",
            "#define HELPER(n) helper_##n\n#define DEF(n) int HELPER(n)(int);\n#define POINT(t) struct t { int x, y; }\n",
        ),
        (
            "user.c",
            "#include \"lib.h\"\nDEF(add)\nint HELPER(add)(int a)\n{\n    struct { int low; } s;\n    return a;\n}\nPOINT(corner);\n",
        ),
    ]);
    let symbols = index(&repo, &["--symbols", "--no-cache"]);
    let of_user: Vec<_> = symbols
        .lines()
        .filter(|line| line.contains("user.c"))
        .collect();
    let expected = [
        "function\thelper_add\t-\tuser.c\t3\t7\textern",
        "member\tlow\t<anon>\tuser.c\t5\t5\t-",
        "member\tx\tcorner\tuser.c\t8\t8\t-",
        "member\ty\tcorner\tuser.c\t8\t8\t-",
        "proto\thelper_add\t-\tuser.c\t2\t2\textern",
        "struct\tcorner\t-\tuser.c\t8\t8\t-",
    ];
    assert_eq!(of_user, expected);
}

/// The rows whose target is `target`, as `kind file user target dst_file`.
fn uses_of(files: &[(&str, &str)], target: &str) -> Vec<String> {
    let mut repo = Repo::new();
    repo.commit(files);
    let edges = index(&repo, &["--edges", "--no-cache"]);
    let columns = edges
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    columns
        .filter(|columns| columns[3] == target)
        .map(|columns| columns[..5].join(" "))
        .collect()
}

#[test]
fn members_are_found_through_macros_and_their_arguments() {
    let code = "\
#define container_of(p, type, m) ({ void *q = (p); (type *)((char *)q - offsetof(type, m)); })
#define LENGTH(l) ((l)->len)
struct other { int len; int node; };
struct list { int len; int node; };
int f(int *node, struct list *l)
{
    return container_of(node, struct list, node)->len + LENGTH(l);
}
int g(int *n)
{
    return container_of(n, struct other, node)->node;
}
";
    let files = [("a.c", code)];
    assert_eq!(uses_of(&files, "list.len"), ["member a.c f list.len a.c"]);
    assert_eq!(uses_of(&files, "list.node"), ["member a.c f list.node a.c"]);
    assert_eq!(
        uses_of(&files, "other.node"),
        ["member a.c g other.node a.c"]
    );
    assert_eq!(uses_of(&files, "other.len"), [""; 0]);
}

#[test]
fn pasted_names_are_used_by_the_one_who_expands() {
    let code = "\
#define GET(name) lib_get_##name()
int lib_get_size(void) { return 1; }
int lib_get_age(void) { return 2; }
int f(void) { return GET(size); }
";
    let files = [("a.c", code)];
    assert_eq!(
        uses_of(&files, "lib_get_size"),
        ["call a.c f lib_get_size a.c"]
    );
    assert_eq!(uses_of(&files, "lib_get_age"), [""; 0]);
}

#[test]
fn arguments_that_a_macro_drops_are_no_uses() {
    let code = "\
#define QUIET(x) ((void)0)
#define LOUD(x) ((void)(x))
#define NESTED(x) QUIET(x)
int checked(void);
int checked(void) { return 1; }
void f(void) { QUIET(checked()); NESTED(checked()); }
void g(void) { LOUD(checked()); }
";
    assert_eq!(
        uses_of(&[("a.c", code)], "checked"),
        ["call a.c g checked a.c"]
    );
}

#[test]
fn an_alias_is_called_as_what_it_stands_for() {
    let files = [
        ("lib/lib.h", "int lib_new(void);\n#define new_one lib_new\n"),
        (
            "lib/lib.c",
            "#include \"lib.h\"\nint lib_new(void) { return 1; }\n",
        ),
        ("other.h", "int new_one(void);\n"),
        ("other.c", "int new_one(void) { return 2; }\n"),
        (
            "user.c",
            "#include <lib.h>\n#include \"other.h\"\nint f(void) { return new_one(); }\n",
        ),
    ];
    assert_eq!(
        uses_of(&files, "lib_new"),
        [
            "call lib/lib.h new_one lib_new lib/lib.c",
            "call user.c f lib_new lib/lib.c"
        ]
    );
    // The macro stands before the function of the same name.
    assert_eq!(
        uses_of(&files, "new_one"),
        ["macro user.c f new_one lib/lib.h"]
    );
}

#[test]
fn what_macros_make_uses_and_is_used() {
    let code = "\
#define DEFINE_GET(name) int get_##name(void) { return base(); }
static int base(void) { return 1; }
DEFINE_GET(size)
int f(void) { return get_size(); }
";
    let files = [("a.c", code)];
    assert_eq!(uses_of(&files, "get_size"), ["call a.c f get_size a.c"]);
    assert_eq!(
        uses_of(&files, "base"),
        ["call a.c DEFINE_GET base a.c", "call a.c get_size base a.c"]
    );
}

/// The lines of `index --edges` of a tree, each cut to its first four columns.
fn edges_of(files: &[(&str, &str)]) -> Vec<String> {
    let mut repo = Repo::new();
    repo.commit(files);
    let table = index(&repo, &["--edges", "--no-cache"]);
    let lines = table.lines().map(|line| {
        let columns: Vec<&str> = line.split('\t').take(4).collect();
        columns.join(" ")
    });
    lines.collect()
}

#[test]
fn functions_that_macros_store_in_tables() {
    let edges = edges_of(&[(
        "t.c",
        "struct cmd {\n    const char *name;\n    int (*run)(void);\n};\n\
         #define CMD(name, fn) { name, fn }\n\
         #define NAMED(n) CMD(#n, n##_run)\n\
         #define FLAGS(n) CMD(#n, 0)\n\
         static int a_run(void)\n{\n    return 0;\n}\n\
         static int b_run(void)\n{\n    return 0;\n}\n\
         static int c_run(void)\n{\n    return 0;\n}\n\
         static struct cmd table[] = { CMD(\"a\", a_run), NAMED(b), FLAGS(c) };\n",
    )]);
    let stored: Vec<&str> = edges
        .iter()
        .filter_map(|line| line.strip_prefix("fpset t.c cmd.run "))
        .collect();
    assert_eq!(stored, ["a_run", "b_run"]);
}

#[test]
fn an_argument_is_dropped_only_where_every_configuration_drops_it() {
    let edges = edges_of(&[(
        "t.c",
        "#ifdef NO_THREADS\n#define lock(m)\n#endif\n\
         #ifdef DEBUG\n#define trace(m) do { } while (0)\n#else\n#define trace(m)\n#endif\n\
         #ifndef note\n#define note(m)\n#endif\n\
         #ifdef check\n#define both(m) check(m)\n#else\n#define both(m) 0\n#define check(m)\n#endif\n\
         static int mutex, traced, noted, checked;\n\
         void f(void)\n{\n    lock(&mutex);\n    trace(&traced);\n    note(&noted);\n    check(&checked);\n}\n",
    )]);
    assert!(edges.contains(&"gvar t.c f mutex".to_owned()), "{edges:?}");
    assert!(!edges.contains(&"gvar t.c f traced".to_owned()));
    assert!(!edges.contains(&"gvar t.c f noted".to_owned()));
    assert!(!edges.contains(&"gvar t.c f checked".to_owned()));
}

#[test]
fn a_function_like_macro_that_is_not_called_is_not_expanded() {
    let edges = edges_of(&[(
        "t.c",
        "#define next(x) ((x) + 1)\n#define each(f, x) f(x)\n\
         #define log(x) log(x, 0)\nint log(int x, int y);\n\
         #define HEADER struct s *next\n\
         struct t {\n    HEADER;\n};\n\
         void *last = &log;\n\
         int f(int x)\n{\n    return each(next, x);\n}\n",
    )]);
    let of = |line: &str| edges.contains(&line.to_owned());
    assert!(!of("macro t.c HEADER next"), "{edges:?}");
    assert!(!of("macro t.c t next"));
    assert!(of("macro t.c f next"));
    assert!(of("addr t.c last log"));
    assert!(!of("macro t.c last log"));
}

#[test]
fn a_macro_that_every_configuration_has_hides_the_function_beside_it() {
    let header = "\
void lock_impl(int);
#ifdef CHECK
#define lock(m) lock_impl(m)
#else
#define lock(m) lock_impl(m)
#endif
static inline void (lock)(int m) { lock_impl(m); }
#define grab(m) grab((m) + 1)
static inline void (grab)(int m) { lock_impl(m); }
#ifdef LOG
#define note(m) lock_impl(m)
#else
static inline void note(int m) { lock_impl(m); }
#endif
";
    let user =
        "#include \"lock.h\"\nvoid f(int a)\n{\n    lock(a);\n    grab(a);\n    note(a);\n}\n";
    let mut repo = Repo::new();
    repo.commit(&[("lock.h", header), ("user.c", user)]);
    let edges = index(&repo, &["--edges", "--no-cache"]);
    let of_user = edges.lines().filter(|line| line.contains("\tuser.c\tf\t"));
    let used: Vec<&str> = of_user.collect();
    assert_eq!(
        used,
        [
            "call\tuser.c\tf\tgrab\tlock.h\t5\t9",
            "call\tuser.c\tf\tnote\tlock.h\t6\t13",
            "macro\tuser.c\tf\tgrab\tlock.h\t5\t8",
            "macro\tuser.c\tf\tlock\tlock.h\t4\t3",
            "macro\tuser.c\tf\tlock\tlock.h\t4\t5",
            "macro\tuser.c\tf\tnote\tlock.h\t6\t11",
        ]
    );
}

#[test]
fn what_a_macro_makes_uses_the_macro_and_what_includers_of_a_computed_path_see() {
    let helpers = "\
#define DEF(name) static inline int call_##name(struct state *s) { return run(s); }
#include HELPERS
#undef DEF
#define DEF(name) int info_##name = 0;
#include HELPERS
#undef DEF
";
    let user = "#include \"run.h\"\n#define HELPERS \"list.h\"\n#include \"make.h\"\n";
    let run = "struct state { int x; };\nstatic inline int run(struct state *s) { return s->x; }\n";
    let mut repo = Repo::new();
    repo.commit(&[
        ("list.h", "DEF(one)\n"),
        ("make.h", helpers),
        ("run.h", run),
        ("user.c", user),
    ]);
    let edges = index(&repo, &["--edges", "--no-cache"]);
    let of_list: Vec<&str> = edges
        .lines()
        .filter(|line| line.contains("\tlist.h\t"))
        .collect();
    assert_eq!(
        of_list,
        [
            "call\tlist.h\tcall_one\trun\trun.h\t1\t2",
            "macro\tlist.h\tcall_one\tDEF\tmake.h\t1\t1",
            "macro\tlist.h\tinfo_one\tDEF\tmake.h\t1\t4",
            "type\tlist.h\tcall_one\tstate\trun.h\t1\t1",
        ]
    );
}

#[test]
fn what_is_expanded_for_one_symbol_is_no_use_of_the_others_that_its_macro_makes() {
    let code = "\
struct info { int x; };
void run(struct info *i);
void drop(void);
#define EMPTY
#define PASTE(a, b) a##b
#define CALL(i) run(i)
#define DECLARE(name) extern struct info info_##name;
#define DEFINE(name) \\
    DECLARE(name) \\
    static void PASTE(free_, name)(void) { drop(); } \\
    static void PASTE(call_, name)(EMPTY) { CALL(&PASTE(info_, name)); }
#define DEFINE_ONE(name) static void call_##name(void) { drop(); }
DEFINE(one)
DEFINE_ONE(two)
";
    let edges = edges_of(&[("a.c", code)]);
    let of = |user: &str| {
        let all = edges
            .iter()
            .filter(|edge| edge.split(' ').nth(2) == Some(user));
        all.map(String::as_str).collect::<Vec<_>>()
    };
    // The call is one use: of the last symbol, with what was expanded for it, an empty macro too; not with `DECLARE`.
    assert_eq!(
        of("call_one"),
        [
            "call a.c call_one run",
            "gvar a.c call_one info_one",
            "macro a.c call_one CALL",
            "macro a.c call_one DEFINE",
            "macro a.c call_one EMPTY",
            "macro a.c call_one PASTE",
        ]
    );
    assert_eq!(of("free_one"), ["call a.c free_one drop"]);
    assert_eq!(of("info_one"), ["type a.c info_one info"]);
    // What the replacement list uses is used by one of the symbols each, not by all who use the macro.
    assert!(of("DEFINE").is_empty(), "{:?}", of("DEFINE"));
    assert_eq!(of("DECLARE"), ["type a.c DECLARE info"]);
    // Near miss: a macro that makes one symbol uses what that does.
    assert_eq!(of("DEFINE_ONE"), ["call a.c DEFINE_ONE drop"]);
    assert_eq!(
        of("call_two"),
        ["call a.c call_two drop", "macro a.c call_two DEFINE_ONE"]
    );
}

#[test]
fn members_of_types_that_the_tree_does_not_declare_are_no_uses_of_its_own() {
    let code = "\
#include <sys/stat.h>
struct own { long st_size; long tv_sec; };
typedef struct stat file_state;
long foreign(struct stat *s, file_state *t)
{
    return s->st_size + t->st_size + s->st_mtim.tv_sec;
}
long unknown(void *p)
{
    return of_elsewhere(p)->st_size;
}
long known(struct own *o)
{
    return o->st_size;
}
";
    let edges = edges_of(&[("a.c", code)]);
    let members = edges.iter().filter(|edge| edge.starts_with("member "));
    let members: Vec<&str> = members.map(String::as_str).collect();
    // Near miss: what a function of elsewhere returns may well be a type of the tree.
    assert_eq!(
        members,
        [
            "member a.c known own.st_size",
            "member a.c unknown .st_size"
        ]
    );
}
