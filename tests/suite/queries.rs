//! Holds the query files to their rules, and the walk and the queries to one answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use backout::facts::query::{self, CAPTURES, FILES, Found};
use backout::facts::{self, Form, ItemFacts, Role, SymbolKind};
use backout::items::{self, ItemKind};
use backout::parse::ParseHealth;
use backout::text::Span;

fn c_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            c_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "c" || ending == "h")
        {
            found.push(path);
        }
    }
}

fn fixtures() -> Vec<PathBuf> {
    let mut files = Vec::new();
    c_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/facts"),
        &mut files,
    );
    files.sort();
    files
}

/// The C sources of libgit2, which every build of this program has at hand; none where cargo keeps them elsewhere.
pub(crate) fn libgit2() -> Vec<PathBuf> {
    let home = std::env::var("CARGO_HOME").map_or_else(
        |_| std::env::home_dir().unwrap().join(".cargo"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    for registry in fs::read_dir(home.join("registry/src")).unwrap() {
        for package in fs::read_dir(registry.unwrap().path()).unwrap() {
            let path = package.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("libgit2-sys-")
            {
                c_files(&path.join("libgit2/src"), &mut files);
                c_files(&path.join("libgit2/include"), &mut files);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_query_file_is_known_and_compiles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/c");
    let on_disk: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let known: BTreeSet<_> = FILES
        .iter()
        .map(|file| format!("{}.scm", file.name))
        .collect();
    assert_eq!(on_disk, known);
    for (at, file) in FILES.iter().enumerate() {
        assert!(
            query::patterns(at).is_some(),
            "{} does not compile",
            file.name
        );
    }
}

#[test]
fn every_capture_is_listed_and_used() {
    let mut used = BTreeSet::new();
    for file in FILES {
        let code = file.text.lines().filter(|line| !line.starts_with(';'));
        for word in code.flat_map(|line| line.split(|c: char| c.is_whitespace() || c == ')')) {
            used.extend(word.strip_prefix('@').map(str::to_owned));
        }
    }
    assert_eq!(
        used,
        CAPTURES.iter().map(|&capture| capture.to_owned()).collect()
    );
}

#[test]
fn every_pattern_matches_in_some_fixture() {
    let mut silent = Vec::new();
    let sources = fixtures();
    let found: Vec<Found> = sources
        .iter()
        .flat_map(|path| query::found(&fs::read(path).unwrap()))
        .collect();
    for (at, file) in FILES.iter().enumerate() {
        let of_file = found.iter().filter(|found| found.file == at);
        let matched: BTreeSet<usize> = of_file.map(|found| found.pattern).collect();
        let missing =
            (0..query::patterns(at).unwrap()).filter(|pattern| !matched.contains(pattern));
        silent.extend(missing.map(|pattern| format!("{} pattern {pattern}", file.name)));
    }
    assert!(silent.is_empty(), "no fixture for {silent:?}");
}

/// What the walk found, in the queries' words.
fn walked(facts: &ItemFacts) -> BTreeSet<(Span, &'static str)> {
    let definitions = facts
        .definitions
        .iter()
        .filter(|it| it.made_by.is_none())
        .map(|it| {
            let capture = match (it.kind, it.form) {
                (SymbolKind::Function, Form::Definition) => "definition.function",
                (SymbolKind::Function, _) => "declaration.function",
                (SymbolKind::Object, Form::Definition) => "definition.object",
                (SymbolKind::Object, _) => "declaration.object",
                (SymbolKind::Member, _) => "definition.member",
                (SymbolKind::Enumerator, _) => "definition.enumerator",
                (SymbolKind::Struct, Form::Definition) => "definition.struct",
                (SymbolKind::Union, Form::Definition) => "definition.union",
                (SymbolKind::Enum, Form::Definition) => "definition.enum",
                (SymbolKind::Struct, _) => "declaration.struct",
                (SymbolKind::Union, _) => "declaration.union",
                (SymbolKind::Enum, _) => "declaration.enum",
                (SymbolKind::Typedef, _) => "definition.typedef",
                (SymbolKind::Macro, _) => "definition.macro",
            };
            (it.name_span, capture)
        });
    let references = facts
        .references
        .iter()
        .map(|it| (it.span, capture_of(&it.role)));
    definitions.chain(references).collect()
}

fn capture_of(role: &Role) -> &'static str {
    match role {
        Role::Call { .. } => "reference.call",
        Role::Value | Role::Stored { .. } => "reference.value",
        Role::Type => "reference.type",
        Role::Tag => "reference.tag",
        Role::Member { .. } => "reference.member",
        Role::MemberCall { .. } => "reference.member-call",
        Role::Include { .. } => "reference.include",
        Role::Condition => "reference.condition",
    }
}

/// What the queries found, the most telling capture for each name.
fn queried(source: &[u8]) -> BTreeMap<Span, &'static str> {
    let mut all = query::found(source);
    // A name that is called is also a value, a tag that is defined also a type name: the earlier capture in the list
    // of CAPTURES says more.
    let rank = |found: &Found| {
        CAPTURES
            .iter()
            .position(|capture| *capture == found.capture)
    };
    all.sort_by_key(|found| (found.span, rank(found)));
    let mut best = BTreeMap::new();
    for found in all {
        best.entry(found.span).or_insert(found.capture);
    }
    best
}

/// The names that an item binds somewhere, by the queries alone: where in it they hold is for the walk to know.
fn bound(source: &[u8], queried: &BTreeMap<Span, &str>) -> BTreeSet<Vec<u8>> {
    let binds = |capture: &str| {
        matches!(
            capture,
            "declaration.local"
                | "declaration.nested"
                | "definition.enumerator"
                | "definition.typedef"
                | "definition.struct"
        )
    };
    queried
        .iter()
        .filter(|(_, capture)| binds(capture))
        .map(|(span, _)| span.of(source).to_vec())
        .collect()
}

/// Items on which the two answers differ, in words; only items that the grammar reads as they stand are asked.
fn differences(source: &[u8]) -> (usize, Vec<String>) {
    let mut compared = 0;
    let mut different = Vec::new();
    for item in items::of_source(source).items {
        let bytes = item.span.of(source);
        let asked = matches!(item.kind, ItemKind::Function | ItemKind::Declaration);
        // Directives inside an item are read by the lexer, and so are the names that a macro makes.
        let lexed = bytes.contains(&b'#');
        if !asked || lexed || items::prepass::rewritten(bytes, item.kind, 0).bytes != bytes {
            continue;
        }
        let facts = facts::of_item(bytes, item.kind);
        let made = facts.definitions.iter().any(|it| it.made_by.is_some());
        if made || facts.health != ParseHealth::default() {
            continue;
        }
        compared += 1;
        let walked = walked(&facts);
        let queried = queried(bytes);
        let bound = bound(bytes, &queried);
        for (span, capture) in &walked {
            // A query cannot ask for a storage class, so it knows no `extern` or `static` inside a function.
            let at_block = queried.get(span) == Some(&"declaration.local");
            let declares = matches!(*capture, "declaration.object" | "definition.object");
            if queried.get(span) != Some(capture) && !(at_block && declares) {
                different.push(format!(
                    "walk alone: {capture} {} in {}",
                    String::from_utf8_lossy(span.of(bytes)),
                    String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
                ));
            }
        }
        for (span, capture) in &queried {
            // After an odd cast the grammar takes the second word of `unsigned long` for a name.
            let keyword = matches!(span.of(bytes), b"long" | b"int" | b"char" | b"short");
            let silent = keyword
                || matches!(
                    *capture,
                    "declaration.local" | "declaration.nested" | "ignored"
                );
            if !walked.contains(&(*span, *capture)) && !silent && !bound.contains(span.of(bytes)) {
                different.push(format!(
                    "query alone: {capture} {} in {}",
                    String::from_utf8_lossy(span.of(bytes)),
                    String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
                ));
            }
        }
    }
    (compared, different)
}

#[test]
fn walk_and_queries_agree_on_the_fixtures() {
    for path in fixtures() {
        let (_, different) = differences(&fs::read(&path).unwrap());
        assert!(
            different.is_empty(),
            "{}:\n{}",
            path.display(),
            different.join("\n")
        );
    }
}

#[test]
fn walk_and_queries_agree_on_libgit2() {
    let files = libgit2();
    let mut compared = 0;
    let mut different = Vec::new();
    for path in &files {
        let (items, found) = differences(&fs::read(path).unwrap());
        compared += items;
        different.extend(
            found
                .into_iter()
                .map(|line| format!("{}: {line}", path.display())),
        );
    }
    assert!(compared > 5_000 || files.is_empty());
    assert!(
        different.is_empty(),
        "{} differences:\n{}",
        different.len(),
        different[..different.len().min(40)].join("\n")
    );
}
