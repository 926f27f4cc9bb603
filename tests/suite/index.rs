//! The tree index over git: the same answers as over the files themselves, whatever the cache holds.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use backout::cache::{DEFAULT_SIZE, Store};
use backout::change::ObjectId;
use backout::git::Repository;
use backout::graph::files::{Files, Overlay};
use backout::graph::includes::Includes;
use backout::graph::index::TreeIndex;
use backout::load::index::RevisionIndex;
use backout::load::shelf::{Origin, Shelf};
use backout::text::FilePath;

use crate::graph::spoken;
use crate::support::Repo;

const FILES: [(&str, &str); 5] = [
    (
        "a.h",
        "#ifndef A\n#define A\n#define LIMIT 4\nstruct S { int n; };\ntypedef struct S S;\n#endif\n",
    ),
    (
        "b.c",
        "#include \"a.h\"\nstatic int helper(void) { return LIMIT; }\nint f(S *s) { return s->n + helper(); }\n",
    ),
    (
        "d/c.c",
        "#include \"../a.h\"\n#include <x.h>\nint g(S *s) { return f(s); }\n",
    ),
    ("d/x.h", "int f(struct S *s);\nint x;\n"),
    ("README", "no C"),
];

const NAMES: [&str; 8] = ["f", "g", "helper", "S", "n", "LIMIT", "a.h", "x"];

fn repository() -> (Repo, ObjectId) {
    let mut repo = Repo::new();
    let commit = repo.commit(&FILES);
    (repo, commit)
}

fn answers(repository: &Repository, commit: ObjectId, store: &Store) -> String {
    let tree = repository.snapshot(commit).unwrap().tree;
    let index = RevisionIndex::open(repository, tree, store).unwrap();
    assert!(index.notes().is_empty(), "{:?}", index.notes());
    spoken(&index, &NAMES)
}

fn expected() -> String {
    let files = FILES.map(|(path, text)| (FilePath::from(path), Arc::from(text.as_bytes())));
    spoken(&Files::new(files), &NAMES)
}

fn with_cache(repository: &Repository, commit: ObjectId, folder: &Path) -> String {
    answers(repository, commit, &Store::open(folder, DEFAULT_SIZE))
}

#[test]
fn git_objects_answer_as_the_files_do() {
    let (repo, commit) = repository();
    assert_eq!(
        answers(&repo.open(), commit, &Store::disabled()),
        expected()
    );
}

#[test]
fn a_cold_and_a_warm_cache_answer_alike() {
    let (repo, commit) = repository();
    let folder = tempfile::tempdir().unwrap();
    let handle = repo.open();
    assert_eq!(with_cache(&handle, commit, folder.path()), expected());
    assert_eq!(with_cache(&handle, commit, folder.path()), expected());
}

#[test]
fn a_warm_cache_is_used() {
    let (repo, commit) = repository();
    let folder = tempfile::tempdir().unwrap();
    let handle = repo.open();
    with_cache(&handle, commit, folder.path());
    let tree = handle.snapshot(commit).unwrap().tree;
    // With the blobs gone, only the cache can still know.
    fs::remove_dir_all(repo.path().join(".git/objects")).unwrap();
    fs::create_dir(repo.path().join(".git/objects")).unwrap();
    let store = Store::open(folder.path(), DEFAULT_SIZE);
    let again = repo.open();
    let index = RevisionIndex::open(&again, tree, &store).unwrap();
    assert_eq!(index.mentions(&["helper"])[0].len(), 2);
    let facts = index.facts(&index.mentioning(&["helper"]));
    assert!(facts.iter().all(|facts| !facts.definitions.is_empty()));
}

#[test]
fn one_thread_and_eight_answer_alike() {
    let (repo, commit) = repository();
    for threads in [1, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        // The handle belongs to the thread that opened it.
        let said = pool.install(|| answers(&repo.open(), commit, &Store::disabled()));
        assert_eq!(said, expected());
    }
}

#[test]
fn a_damaged_cache_answers_alike() {
    let (repo, commit) = repository();
    let folder = tempfile::tempdir().unwrap();
    let handle = repo.open();
    with_cache(&handle, commit, folder.path());
    let segment = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "segment"))
        .unwrap();
    let sound = fs::read(&segment).unwrap();
    for at in (0..sound.len()).step_by(97) {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x55;
        // A new file, as the old one may still be mapped.
        fs::remove_file(&segment).ok();
        fs::write(&segment, &damaged).unwrap();
        assert_eq!(
            with_cache(&handle, commit, folder.path()),
            expected(),
            "byte {at}"
        );
        fs::remove_file(&segment).ok();
        fs::write(&segment, &sound[..at]).unwrap();
        assert_eq!(
            with_cache(&handle, commit, folder.path()),
            expected(),
            "cut at {at}"
        );
    }
}

#[test]
fn a_blob_that_is_not_there_is_noted() {
    let (repo, commit) = repository();
    let handle = repo.open();
    let tree = handle.snapshot(commit).unwrap().tree;
    let blob = repo.id("HEAD:b.c").to_string();
    let object = repo
        .path()
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let store = Store::disabled();
    let index = RevisionIndex::open(&repo.open(), tree, &store).unwrap();
    assert_eq!(
        index.notes(),
        ["b.c is not in this clone or too large: it counts as empty"]
    );
    assert!(index.mentions(&["helper"])[0].is_empty());
}

/// What a tree says and who includes whom in it.
fn spoken_with_includes(index: &dyn TreeIndex) -> String {
    let includes = Includes::new(index);
    let files = index.files().iter().filter_map(|path| index.file(path));
    let structure = files.map(|file| {
        let reached = includes.reached(file);
        let (includers, units) = (includes.includers(file), includes.units(file, 4));
        format!("{reached:?} {includers:?} {units:?}\n")
    });
    let structure: String = structure.collect();
    spoken(index, &NAMES) + &structure
}

#[test]
fn neighbouring_trees_answer_as_each_alone_does() {
    let mut repo = Repo::new();
    for at in 0..12 {
        repo.write(
            &format!("e/{at}.c"),
            format!("int e{at}(void) {{ return helper() + x; }}\n"),
        );
    }
    let mut commits = vec![repo.commit(&FILES)];
    commits.push(repo.commit(&[("b.c", "#include \"a.h\"\nint f(S *s) { return 1; }\n")]));
    commits.push(repo.commit(&[("b.c", "#include \"d/x.h\"\nint f(S *s) { return 1; }\n")]));
    commits.push(repo.commit(&[("a.h", "#include \"d/x.h\"\n#define LIMIT 4\n")]));
    commits.push(repo.commit(&[("a.h", "#define LIMIT 5\n"), ("b.h", "int x;\n")]));
    repo.git(["rm", "--quiet", "a.h"]);
    commits.push(repo.commit(&[("b.c", "int helper(void);\n")]));
    // Files that come and go beside others of their name, with what means them in place and out of sight.
    commits.push(repo.commit(&[
        ("0.c", "#include \"a.h\"\n"),
        ("d/a.h", "#include \"x.h\"\nint x;\n"),
    ]));
    commits.push(repo.commit(&[
        ("e/a.h", "#define LIMIT 6\n"),
        ("e/3.c", "#include \"a.h\"\nint e3 = LIMIT;\n"),
        (
            "z.c",
            "#include <d/a.h>\nint helper(void) { return LIMIT; }\n",
        ),
    ]));
    // One text at two paths, and another one beside them.
    commits.push(repo.commit(&[
        ("f/1.c", "int f(S *s) { return LIMIT; }\n"),
        ("f/2.c", "static int x;\n"),
        ("f/3.c", "int f(S *s) { return LIMIT; }\n"),
    ]));
    commits.push(repo.commit(&[("f/4.c", "int helper(void);\n")]));
    repo.git(["rm", "--quiet", "d/a.h", "0.c"]);
    commits.push(repo.commit(&[("z.c", "#include <d/a.h>\n#include \"b.h\"\n")]));
    let handle = repo.open();
    let store = Store::disabled();
    let tree = |commit: &ObjectId| handle.snapshot(*commit).unwrap().tree;
    let origin = Origin::default();
    let there_and_back = commits.iter().chain(commits.iter().rev());
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Shelf::new(&store), Shelf::beside(&store, &origin));
    for (at, commit) in there_and_back.enumerate() {
        let alone = RevisionIndex::open(&handle, tree(commit), &store).unwrap();
        let expected = spoken_with_includes(&alone);
        let late = Shelf::beside(&store, &origin);
        let kept = Store::open(folder.path(), DEFAULT_SIZE);
        let near = RevisionIndex::open(&handle, tree(commit), &kept).unwrap();
        assert_eq!(spoken_with_includes(&near), expected, "step {at}");
        for shelf in [&one, &other, &late] {
            let index = RevisionIndex::open_on(shelf, &handle, tree(commit)).unwrap();
            assert_eq!(spoken_with_includes(&index), expected, "step {at}");
            for changed in [
                vec![("b.c", Some("#include \"d/x.h\"\nint g(void);\n"))],
                vec![("b.c", Some("#include \"a.h\"\n\nint g(void);\n"))],
                vec![("b.c", None), ("README", Some("text"))],
                vec![
                    ("d/x.h", Some("#include \"y.h\"\n")),
                    ("y.h", Some("int f;\n")),
                ],
            ] {
                let laid = || {
                    let changed = changed.clone().into_iter();
                    changed.map(|(path, text)| {
                        (
                            FilePath::from(path),
                            text.map(|text| Arc::from(text.as_bytes())),
                        )
                    })
                };
                let on_shelf = spoken_with_includes(&Overlay::new(&index, laid()));
                let files: std::collections::BTreeMap<_, _> = index
                    .files()
                    .iter()
                    .map(|path| (path.clone(), Some(index.source(index.file(path).unwrap()))))
                    .chain(laid())
                    .collect();
                let files = files.into_iter();
                let whole = Files::new(files.filter_map(|(path, text)| Some((path, text?))));
                assert_eq!(on_shelf, spoken_with_includes(&whole), "step {at}");
            }
        }
    }
}
