//! Backing commits out of real repositories: outcomes, blockers, cascades, and what nobody may touch.

use std::collections::BTreeSet;

use backout::cache::Store;
use backout::change::ObjectId;
use backout::git::Repository;
use backout::load::backout::{Depth, PlanRequest, plan, series};
use backout::merge::three_way;
use backout::policy::file::Policy;
use backout::report::plan::PlanAnswer;

use crate::support::Repo;

fn backed_out(repo: &Repo, commit: ObjectId) -> PlanAnswer {
    backed_out_as_deep(repo, commit, Depth::Cascade)
}

fn backed_out_as_deep(repo: &Repo, commit: ObjectId, depth: Depth) -> PlanAnswer {
    let request = PlanRequest {
        commits: &[commit],
        mainline: None,
        target: repo.id("HEAD"),
        depth,
        generated: &[],
    };
    plan(&repo.open(), &Store::disabled(), request).unwrap()
}

/// The same for several commits at HEAD, with the descriptions that QEMU's policy knows of.
fn all_backed_out(repo: &Repo, commits: &[ObjectId]) -> PlanAnswer {
    let request = PlanRequest {
        commits,
        mainline: None,
        target: repo.id("HEAD"),
        depth: Depth::Build,
        generated: &Policy::compiled_in("qemu").unwrap().generated,
    };
    plan(&repo.open(), &Store::disabled(), request).unwrap()
}

fn cascade(answer: &PlanAnswer) -> Option<Vec<String>> {
    let rows = answer.cascade.as_ref()?;
    Some(rows.iter().map(|row| row.commit.clone()).collect())
}

/// A function of so many lines, each a statement of its own.
fn lines(numbers: &[u32]) -> String {
    let body: String = numbers.iter().map(|n| format!("    f({n});\n")).collect();
    format!("void f(int);\nvoid g(void)\n{{\n{body}}}\n")
}

#[test]
fn the_newest_commit_comes_out_to_its_parents_tree() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    let newest = repo.commit(&[("a.c", &lines(&[1, 9, 3])), ("b.c", "int b;\n")]);
    let answer = backed_out(&repo, newest);
    assert_eq!((answer.outcome, answer.git_clean), ("clean", true));
    assert_eq!(answer.tree, Some(repo.id("HEAD^^{tree}").to_string()));
    assert_eq!(cascade(&answer), Some(vec![]));
}

#[test]
fn what_is_gone_already_is_absent() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    let change = repo.commit(&[("a.c", &lines(&[1, 9, 3]))]);
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    assert_eq!(backed_out(&repo, change).outcome, "absent");
}

#[test]
fn the_commits_on_top_of_a_line_have_to_go_along() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3, 4, 5, 6, 7]))]);
    let change = repo.commit(&[("a.c", &lines(&[1, 20, 3, 4, 5, 6, 7]))]);
    let on_top = repo.commit(&[("a.c", &lines(&[1, 21, 3, 4, 5, 6, 7]))]);
    repo.commit(&[("a.c", &lines(&[1, 21, 3, 4, 5, 6, 70]))]);
    let higher = repo.commit(&[("a.c", &lines(&[1, 22, 3, 4, 5, 6, 70]))]);
    let answer = backed_out(&repo, change);
    assert_eq!(answer.outcome, "textual-conflict");
    assert_eq!(answer.tree, None);
    assert_eq!(
        cascade(&answer),
        Some(vec![higher.to_string(), on_top.to_string()])
    );
    assert_eq!(
        answer.conflicts[0].commits,
        vec![higher.to_string(), on_top.to_string()]
    );
}

#[test]
fn a_commit_and_its_taking_back_do_not_count() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    let change = repo.commit(&[("a.c", &lines(&[1, 20, 3]))]);
    repo.commit(&[("a.c", &lines(&[1, 21, 3]))]);
    repo.commit(&[("a.c", &lines(&[1, 20, 3]))]);
    let on_top = repo.commit(&[("a.c", &lines(&[1, 22, 3]))]);
    assert_eq!(
        cascade(&backed_out(&repo, change)),
        Some(vec![on_top.to_string()])
    );
}

#[test]
fn a_later_caller_is_named_and_goes_along() {
    let mut repo = Repo::new();
    repo.commit(&[
        ("a.c", "int one(void) { return 1; }\n"),
        ("a.h", "int one(void);\n"),
    ]);
    let change = repo.commit(&[
        (
            "a.c",
            "int one(void) { return 1; }\n\nint two(void) { return 2; }\n",
        ),
        ("a.h", "int one(void);\nint two(void);\n"),
    ]);
    let caller = repo.commit(&[(
        "b.c",
        "#include \"a.h\"\n\nint use(void) { return two(); }\n",
    )]);
    repo.commit(&[("c.c", "int c;\n")]);
    let answer = backed_out(&repo, change);
    assert_eq!((answer.outcome, answer.git_clean), ("build-conflict", true));
    let row = &answer.build_conflicts[0];
    assert_eq!(
        (row.path.as_str(), row.line, row.symbol.as_str()),
        ("b.c", 3, "two")
    );
    assert_eq!(row.introduced_by, Some(caller.to_string()));
    assert_eq!(cascade(&answer), Some(vec![caller.to_string()]));
}

#[test]
fn a_static_function_without_a_user_is_a_note() {
    let mut repo = Repo::new();
    let helpers = "static int used(void) { return 1; }\nstatic int spare(void) { return 2; }\n\n";
    let text = |call: &str| format!("{helpers}int f(void)\n{{\n    return used(){call};\n}}\n");
    let both = format!("{}int g(void) {{ return spare(); }}\n", text(""));
    repo.commit(&[("a.c", &text("")), ("b.c", &text(""))]);
    let change = repo.commit(&[("a.c", &text(" + spare()")), ("b.c", &both)]);
    let kept = repo.commit(&[("b.c", &format!("{both}int h(void) {{ return spare(); }}\n"))]);
    let note = "a.c: nothing in the file uses the static function `spare` any more";
    let request = PlanRequest {
        commits: &[change, kept],
        mainline: None,
        target: repo.id("HEAD"),
        depth: Depth::Cascade,
        generated: &[],
    };
    let answer = plan(&repo.open(), &Store::disabled(), request).unwrap();
    assert_eq!(answer.outcome, "clean");
    assert_eq!(answer.notes, [note.to_owned(), note.replacen('a', "b", 1)]);
}

#[test]
fn a_file_that_was_not_understood_is_a_note() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    let change = repo.commit(&[(
        "a.c",
        "int a;\n\nint f(void)\n{\n    return a ) ( ] 1 2 3 @ ;\n}\n",
    )]);
    let answer = backed_out(&repo, change);
    assert_eq!(answer.outcome, "clean");
    assert!(
        answer.notes[0].contains("was not understood"),
        "{:?}",
        answer.notes
    );
}

#[test]
fn a_use_in_text_that_was_not_understood_is_a_note() {
    let mut repo = Repo::new();
    let other = |body: &str| format!("#include \"a.h\"\n\nint g(void)\n{{\n    {body}\n}}\n");
    repo.commit(&[("a.h", "int a;\n"), ("b.c", "int b;\n")]);
    let change = repo.commit(&[("a.h", "int a;\nint fresh;\n")]);
    repo.commit(&[("b.c", &other("int [ fresh 3 = ;"))]);
    let answer = backed_out(&repo, change);
    let note =
        "b.c:5: speaks of `fresh`, which the back-out takes, in text that was not understood";
    assert_eq!(answer.notes, [note]);
    // Text that was not understood and speaks of nothing that goes is no matter.
    repo.commit(&[("b.c", &other("int [ stale 3 = ;"))]);
    assert!(backed_out(&repo, change).notes.is_empty());
}

#[test]
fn whoever_took_away_what_a_restored_line_needs_goes_along() {
    let mut repo = Repo::new();
    let user = |line: &str| format!("#include \"a.h\"\n\nint use(void) {{ return {line}; }}\n");
    repo.commit(&[
        ("a.c", "int old(void) { return 1; }\n"),
        ("a.h", "int old(void);\n"),
        ("b.c", &user("old()")),
    ]);
    let change = repo.commit(&[("b.c", &user("7"))]);
    let taker = repo.commit(&[("a.c", "int a;\n"), ("a.h", "extern int a;\n")]);
    let answer = backed_out(&repo, change);
    let row = &answer.build_conflicts[0];
    assert_eq!(
        (row.kind, row.introduced_by.clone()),
        ("restored", Some(taker.to_string()))
    );
    assert_eq!(cascade(&answer), Some(vec![taker.to_string()]));
}

#[test]
fn whoever_dropped_the_include_that_a_restored_line_needs_goes_along() {
    let mut repo = Repo::new();
    let user = |include: &str, line: &str| {
        let between = "int one;\nint two;\nint three;\nint four;\nint five;\n";
        format!("{include}{between}int use(void)\n{{\n    return {line};\n}}\n")
    };
    let include = "#include \"a.h\"\n";
    repo.commit(&[
        ("a.h", "static inline int old(void) { return 1; }\n"),
        ("b.c", &user(include, "old()")),
    ]);
    let change = repo.commit(&[("b.c", &user(include, "7"))]);
    repo.commit(&[("c.c", "int c;\n")]);
    let dropper = repo.commit(&[("b.c", &user("", "7"))]);
    let answer = backed_out(&repo, change);
    assert_eq!(answer.outcome, "build-conflict");
    assert_eq!(cascade(&answer), Some(vec![dropper.to_string()]));
}

#[test]
fn commits_of_the_own_series_are_marked() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    let change = repo.commit(&[("a.c", &lines(&[1, 20, 3]))]);
    let second = repo.commit(&[("a.c", &lines(&[1, 21, 3]))]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.merge("topic");
    let answer = backed_out(&repo, change);
    let rows = answer.cascade.unwrap();
    assert_eq!(
        (rows[0].commit.clone(), rows[0].own_series),
        (second.to_string(), true)
    );
    let last = |commit| series::last_with(&repo.open(), commit, repo.id("HEAD")).unwrap();
    assert_eq!((last(change), last(second)), (Some(second), Some(second)));
    let free = |commit| series::is_free_at(&repo.open(), commit, second).unwrap();
    assert_eq!((free(change), free(second)), (false, true));
}

#[test]
fn planning_writes_nothing() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3, 4, 5, 6, 7]))]);
    let change = repo.commit(&[("a.c", &lines(&[1, 20, 3, 4, 5, 6, 7]))]);
    repo.commit(&[("a.c", &lines(&[1, 20, 3, 4, 5, 6, 70]))]);
    let objects = || repo.git(["count-objects", "-v"]);
    let before = objects();
    assert_eq!(backed_out(&repo, change).outcome, "clean");
    assert_eq!(objects(), before);
}

/// Whether git itself reverts these commits, newest first, and then the change.
fn git_reverts(repo: &Repo, along: &[ObjectId], change: ObjectId) -> bool {
    let head = repo.id("HEAD").to_string();
    let goes = along.iter().chain([&change]).all(|commit| {
        let id = commit.to_string();
        let revert = ["revert", "--no-edit", id.as_str()];
        let output = repo.try_git(revert);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success() || text.contains("nothing to commit")
    });
    repo.try_git(["revert", "--abort"]);
    repo.git(["reset", "--quiet", "--hard", head.as_str()]);
    goes
}

/// One expression of so many operands, each on a line of its own.
fn operands(numbers: &[u32]) -> String {
    let body: String = numbers.iter().map(|n| format!("        + {n}\n")).collect();
    format!("int g(void)\n{{\n    return 0\n{body}        ;\n}}\n")
}

#[test]
fn statements_beside_each_other_come_out_by_syntax() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &lines(&[1, 2, 3]))]);
    let change = repo.commit(&[("a.c", &lines(&[1, 20, 2, 3]))]);
    repo.commit(&[("a.c", &lines(&[1, 20, 21, 2, 3]))]);
    let answer = backed_out(&repo, change);
    assert_eq!((answer.outcome, answer.git_clean), ("resolved", false));
    assert_eq!(answer.resolved[0].path, "a.c");
    assert_eq!(cascade(&answer), Some(vec![]));
    repo.commit(&[("a.c", &lines(&[1, 21, 2, 3]))]);
    assert_eq!(answer.tree, Some(repo.id("HEAD^{tree}").to_string()));
}

#[test]
fn what_syntax_merges_and_would_break_stays_a_conflict() {
    let mut repo = Repo::new();
    let file = |members: &str, user: &str| {
        format!(
            "struct s {{\n{members}    int z;\n}};\n\nint use(struct s *s)\n{{\n    return s->{user};\n}}\n"
        )
    };
    repo.commit(&[("a.c", &file("", "z"))]);
    let change = repo.commit(&[("a.c", &file("    int a;\n", "z"))]);
    repo.commit(&[("a.c", &file("    int a;\n    int b;\n", "a"))]);
    let answer = backed_out(&repo, change);
    assert_eq!(answer.outcome, "textual-conflict");
    assert_eq!((answer.tree, answer.resolved.len()), (None, 0));
    assert!(
        answer
            .notes
            .iter()
            .any(|note| note.contains("it would break at a.c:8")),
        "{:?}",
        answer.notes
    );
}

/// Small histories of one file, each step changes one or two of its lines: the cascade against all sets, tried by git.
#[test]
fn the_cascade_is_the_smallest_set_that_git_reverts() {
    // A fixed generator: the histories are the same in every run.
    let mut state = 7_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for _ in 0..6 {
        let mut repo = Repo::new();
        let mut numbers: Vec<u32> = (0..9).collect();
        repo.commit(&[("a.c", &operands(&numbers))]);
        let mut commits = Vec::new();
        for step in 0..5 {
            let at = next(9) as usize;
            numbers[at] = 100 + 10 * step + next(2);
            commits.push(repo.commit(&[("a.c", &operands(&numbers))]));
        }
        let change = commits.remove(0);
        commits.reverse();
        let smallest = (0_u32..1 << commits.len())
            .map(|bits| {
                let chosen = commits.iter().enumerate();
                let chosen = chosen.filter(|(at, _)| bits >> at & 1 == 1);
                chosen.map(|(_, commit)| *commit).collect::<Vec<_>>()
            })
            .filter(|along| git_reverts(&repo, along, change))
            .map(|along| along.len())
            .min()
            .unwrap();
        let found = cascade(&backed_out(&repo, change)).unwrap();
        assert_eq!(found.len(), smallest, "{found:?} of {commits:?}");
        let along: Vec<ObjectId> = found.iter().map(|id| id.parse().unwrap()).collect();
        assert!(git_reverts(&repo, &along, change));
        assert_eq!(along.iter().collect::<BTreeSet<_>>().len(), along.len());
    }
}

/// Whether backing these commits out merges at every step, newest first.
fn merges(repository: &Repository, newest_first: &[ObjectId], target: ObjectId) -> bool {
    let mut tree = repository.commit(target).unwrap().tree;
    for commit in newest_first {
        let merged = three_way(&repository.replay(*commit, None, tree).unwrap());
        if !merged.is_clean() {
            return false;
        }
        tree = repository.tree_with(tree, &merged.files).unwrap();
    }
    true
}

/// The best of all sets of later commits that merge, tried one by one; `later` is sorted newest first.
fn by_brute_force(
    repository: &Repository,
    later: &[ObjectId],
    change: ObjectId,
    target: ObjectId,
) -> Option<Vec<ObjectId>> {
    let sets = (0_u32..1 << later.len())
        .map(|bits| -> Vec<usize> { (0..later.len()).filter(|at| bits >> at & 1 == 1).collect() });
    let mut sets: Vec<Vec<usize>> = sets.collect();
    sets.sort_by_key(|set| (set.len(), set.clone()));
    let chosen = sets
        .into_iter()
        .map(|set| -> Vec<ObjectId> { set.into_iter().map(|at| later[at]).collect() });
    let mut chosen = chosen.filter(|set| {
        let all: Vec<ObjectId> = set.iter().copied().chain([change]).collect();
        merges(repository, &all, target)
    });
    chosen.next()
}

/// Histories of two files whose few lines are changed, taken back, added and removed: lines that several commits
/// touched, changes that cancel each other, and commits that tie the files together.
#[test]
fn small_cascades_are_those_of_brute_force() {
    let mut state = 11_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) % below) as usize
    };
    let mut sizes = BTreeSet::new();
    for history in 0..30 {
        let mut repo = Repo::new();
        let mut files: [Vec<usize>; 2] = [(0..8).collect(), (10..16).collect()];
        let text = |lines: &[usize]| {
            lines
                .iter()
                .map(|n| format!("line {n}\n"))
                .collect::<String>()
        };
        repo.commit(&[("a.txt", &text(&files[0])), ("b.txt", &text(&files[1]))]);
        let mut commits = Vec::new();
        while commits.len() < 6 {
            for _ in 0..=next(2) {
                let file = &mut files[next(2)];
                let at = next(file.len() as u32);
                match next(6) {
                    0 => file.insert(at, 100 + next(3)),
                    1 if file.len() > 3 => drop(file.remove(at)),
                    _ => file[at] = 100 + next(3),
                }
            }
            let texts = [("a.txt", text(&files[0])), ("b.txt", text(&files[1]))];
            let texts = texts.each_ref().map(|(path, text)| (*path, text.as_str()));
            let before = repo.id("HEAD^{tree}");
            for (path, text) in texts {
                repo.write(path, text);
            }
            repo.git(["add", "--all"]);
            if repo.git(["write-tree"]).trim() != before.to_string() {
                commits.push(repo.commit_all("step"));
            }
        }
        let change = commits.remove(0);
        commits.reverse();
        let opened = repo.open();
        let answer = backed_out(&repo, change);
        if answer.outcome == "resolved" {
            assert_eq!(cascade(&answer), Some(vec![]));
            continue;
        }
        let expected = by_brute_force(&opened, &commits, change, repo.id("HEAD"));
        let expected = expected.map(|set| set.iter().map(ObjectId::to_string).collect::<Vec<_>>());
        sizes.insert(expected.as_ref().map(Vec::len));
        assert_eq!(
            cascade(&answer),
            expected,
            "history {history}: {:?}",
            answer.notes
        );
        let is_of_the_cascade = |note: &String| note.contains("cascade");
        assert!(
            !answer.notes.iter().any(is_of_the_cascade),
            "{:?}",
            answer.notes
        );
    }
    assert!(
        sizes.len() > 3,
        "{sizes:?}: the histories are too much alike"
    );
}

/// From the best outcome to the worst.
const OUTCOMES: [&str; 5] = [
    "absent",
    "clean",
    "resolved",
    "build-conflict",
    "textual-conflict",
];

fn rank_at_head(repo: &Repo, change: ObjectId) -> usize {
    let answer = backed_out_as_deep(repo, change, Depth::Build);
    let mut words = OUTCOMES.iter();
    words.position(|word| *word == answer.outcome).unwrap()
}

/// Files that only add uses, one after the other, of names that the change brought or that were there before.
#[test]
fn a_dependent_never_makes_a_back_out_cleaner() {
    let mut state = 5_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let mut worsened = 0;
    for history in 0..12 {
        let old = "int old(int a);\n#define OLD 1\n";
        let brought = [
            "int fresh(int a);\n",
            "#define FRESH 2\n",
            "struct fresh { int x; };\n",
        ];
        let mut repo = Repo::new();
        repo.commit(&[
            ("a.h", old),
            (
                "a.c",
                "#include \"a.h\"\n\nint old(int a)\n{\n    return a;\n}\n",
            ),
        ]);
        let header = format!("{}{old}", brought[next(3) as usize]);
        let body = "#include \"a.h\"\n\nint old(int a)\n{\n    return a + 1;\n}\n\nint fresh(int a)\n{\n    return a;\n}\n";
        let change = repo.commit(&[("a.h", &header), ("a.c", body)]);
        let mut before = rank_at_head(&repo, change);
        for number in 0..4 {
            let uses = [
                "old(1)",
                "OLD",
                "fresh(1)",
                "FRESH",
                "(int)sizeof(struct fresh)",
            ];
            let used = uses[next(5) as usize];
            let path = format!("use{number}.c");
            let text =
                format!("#include \"a.h\"\n\nint use{number}(void)\n{{\n    return {used};\n}}\n");
            repo.commit(&[(path.as_str(), text.as_str())]);
            let rank = rank_at_head(&repo, change);
            assert!(rank >= before, "history {history}, {used}: {rank}");
            worsened += usize::from(rank > before);
            before = rank;
        }
    }
    assert!(worsened > 3, "only {worsened} dependents made a difference");
}

#[test]
fn lines_that_any_of_several_commits_takes_back_are_asked_what_they_need() {
    let mut repo = Repo::new();
    let user = |line: &str| format!("#include \"n.h\"\n\nint use(void) {{ return {line}; }}\n");
    repo.commit(&[("a.c", "int a;\n"), ("b.c", &user("7")), ("n.h", "")]);
    let older = repo.commit(&[("a.c", "int a;\nint other;\n")]);
    let fresh = "static inline int fresh(void) { return 1; }\n";
    repo.commit(&[("n.h", fresh), ("b.c", &user("fresh()"))]);
    let newer = repo.commit(&[("b.c", &user("7"))]);
    assert_eq!(all_backed_out(&repo, &[older, newer]).outcome, "clean");
    let taker = repo.commit(&[("n.h", "")]);
    let answer = all_backed_out(&repo, &[older, newer]);
    let row = &answer.build_conflicts[0];
    assert_eq!((row.kind, &row.symbol[..]), ("restored", "fresh"));
    assert_eq!(row.introduced_by, Some(taker.to_string()));
    assert_eq!(all_backed_out(&repo, &[older]).outcome, "clean");
}

#[test]
fn whoever_took_a_trace_event_away_is_found_by_the_words_of_its_list() {
    let mut repo = Repo::new();
    let user = |line: &str| format!("void use(int unit)\n{{\n    {line};\n}}\n");
    let list = "a_start(int unit) \"%d\"\n";
    repo.commit(&[
        ("trace-events", list),
        ("b.c", &user("trace_a_start(unit)")),
    ]);
    let change = repo.commit(&[("b.c", &user("return"))]);
    assert_eq!(all_backed_out(&repo, &[change]).outcome, "clean");
    let taker = repo.commit(&[("trace-events", "b_start(int unit) \"%d\"\n")]);
    repo.commit(&[("c.c", "int c;\n")]);
    let answer = all_backed_out(&repo, &[change]);
    let row = &answer.build_conflicts[0];
    assert_eq!((row.kind, &row.symbol[..]), ("restored", "trace_a_start"));
    assert_eq!(row.introduced_by, Some(taker.to_string()));
    // Without the table nobody knows who makes the function.
    assert_eq!(
        backed_out_as_deep(&repo, change, Depth::Build).outcome,
        "clean"
    );
}
