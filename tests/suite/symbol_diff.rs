//! What changes do to symbols: the cases of `fixtures/symbol_diff`, and what holds for every change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backout::change::{Change, ChangeId, Person};
use backout::facts;
use backout::report::diff::DiffReport;
use backout::report::schema;
use backout::report::text::{self, Colour, Layout};
use backout::surface;
use backout::symbol_diff::{
    self, Facet, ItemText, SourcePair, Symbol, SymbolChange, SymbolChanges,
};
use backout::text::{BeforeAfter, FilePath};
use proptest::prelude::{any, prop, proptest};

/// The files of one case: path, and the bytes of each side that has it.
type Files = BTreeMap<FilePath, BeforeAfter<Option<Vec<u8>>>>;

fn pairs_of(files: &Files) -> Vec<SourcePair<'_>> {
    files
        .iter()
        .map(|(path, sides)| SourcePair {
            paths: sides.as_ref().map(|bytes| bytes.as_ref().map(|_| path)),
            sources: sides
                .as_ref()
                .map(|bytes| bytes.as_deref().unwrap_or_default()),
        })
        .collect()
}

fn changes_of(files: &Files) -> SymbolChanges {
    let pairs = pairs_of(files);
    symbol_diff::changes(&pairs, &|items: &[ItemText<'_>]| {
        let facts = items
            .iter()
            .map(|item| facts::of_item(item.bytes, item.kind));
        facts.map(Arc::new).collect()
    })
}

fn of_text(before: &[u8], after: &[u8]) -> SymbolChanges {
    let sides = BeforeAfter {
        before: Some(before.to_vec()),
        after: Some(after.to_vec()),
    };
    changes_of(&Files::from([(FilePath::from("a.c"), sides)]))
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/symbol_diff");
    let entries = fs::read_dir(folder).unwrap();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 20);
    cases
}

/// A case is `before.c` and `after.c`, or the folders `before` and `after`.
fn read(case: &Path) -> Files {
    let mut files = Files::new();
    let mut put = |path: &str, bytes: Vec<u8>, is_after: bool| {
        let sides = files.entry(FilePath::from(path)).or_default();
        let side = if is_after {
            &mut sides.after
        } else {
            &mut sides.before
        };
        *side = Some(bytes);
    };
    for (name, is_after) in [("before", false), ("after", true)] {
        if let Ok(bytes) = fs::read(case.join(name).with_extension("c")) {
            put("a.c", bytes, is_after);
            continue;
        }
        for entry in fs::read_dir(case.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            put(&file, fs::read(path).unwrap(), is_after);
        }
    }
    files
}

fn rendered(changes: &SymbolChanges) -> String {
    let label = changes.label.map_or("none", |label| label.name());
    let rows = changes.events().into_iter().map(|event| {
        let symbol = event.symbol;
        let parent = symbol
            .parent
            .as_ref()
            .map_or(String::new(), |parent| format!("{parent}."));
        let from = event
            .from
            .map_or(String::new(), |from| format!(" from {from}"));
        format!(
            "{}:{} {} {} {parent}{}{from} -{} +{}",
            symbol.file,
            symbol.line,
            event.facet.name(),
            symbol.kind.name(),
            symbol.written_name(),
            event.tokens.before,
            event.tokens.after,
        )
    });
    std::iter::once(format!("label {label}"))
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_case_gives_its_changes() {
    for case in cases() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let changes = changes_of(&read(&case));
        settings.bind(|| insta::assert_snapshot!("expected", rendered(&changes)));
    }
}

fn page(case: &str, width: usize, colour: Colour) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/symbol_diff");
    let files = read(&folder.join(case));
    text::diff::render(
        &changes_of(&files),
        &pairs_of(&files),
        Layout { width, colour },
    )
}

#[test]
fn a_narrow_page_shows_the_sides_below_each_other() {
    let case = "alike_functions_under_two_names_are_one";
    insta::assert_snapshot!("diff_text", page(case, 100, Colour::None));
}

#[test]
fn a_wide_page_shows_the_sides_beside_each_other() {
    let case = "alike_functions_under_two_names_are_one";
    let page = page(case, 140, Colour::None);
    assert!(page.lines().all(|line| line.chars().count() <= 140));
    insta::assert_snapshot!("diff_text_wide", page);
}

#[test]
fn changed_tokens_stand_out_and_colours_are_all_that_differs() {
    let case = "a_use_that_does_more_than_follow_is_a_change";
    let coloured = page(case, 100, Colour::Ansi);
    assert!(
        coloured.contains("\u{1b}[1m\u{1b}[4m\u{1b}[32mfirst\u{1b}[0m"),
        "{coloured:?}"
    );
    let mut plain = String::new();
    for (at, piece) in coloured.split('\u{1b}').enumerate() {
        let text = if at == 0 {
            piece
        } else {
            piece.split_once('m').unwrap().1
        };
        plain.push_str(text);
    }
    assert_eq!(plain, page(case, 100, Colour::None));
}

#[test]
fn every_case_can_be_shown_at_any_width() {
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        for width in [0, 40, 139, 140, 400] {
            assert!(page(&name, width, Colour::None).contains(char::is_alphabetic));
        }
    }
}

#[test]
fn every_case_is_valid_json() {
    let (_, text) = schema::ALL
        .iter()
        .find(|(name, _)| *name == schema::DIFF)
        .unwrap();
    let schema = serde_json::from_str(text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for case in cases() {
        let report = DiffReport::from(("id", &changes_of(&read(&case))));
        let json = serde_json::to_value(report).unwrap();
        assert!(validator.is_valid(&json), "{}: {json}", case.display());
    }
}

/// A change taken back: what came goes, and all else stays what it is. Which tokens changed is left out: of two that
/// swapped their places a diff calls one the mover, and it need not be the same one on the way back.
fn mirrored(change: &SymbolChange) -> SymbolChange {
    let facet = |facet: &Facet| match facet {
        Facet::Added => Facet::Removed,
        Facet::Removed => Facet::Added,
        other => *other,
    };
    let mut facets: Vec<Facet> = change.facets.iter().map(facet).collect();
    facets.sort();
    SymbolChange {
        sides: without_tokens(change).sides.reversed(),
        facets,
    }
}

fn without_tokens(change: &SymbolChange) -> SymbolChange {
    let bare = |side: Option<Symbol>| {
        side.map(|symbol| Symbol {
            changed: Vec::new(),
            ..symbol
        })
    };
    SymbolChange {
        sides: change.sides.clone().map(bare),
        facets: change.facets.clone(),
    }
}

fn sorted(changes: impl Iterator<Item = SymbolChange>) -> Vec<String> {
    let mut texts: Vec<_> = changes.map(|change| format!("{change:?}")).collect();
    texts.sort();
    texts
}

#[test]
fn swapping_the_sides_mirrors_every_case() {
    for case in cases() {
        let files = read(&case);
        let swapped = files
            .iter()
            .map(|(path, sides)| (path.clone(), sides.clone().reversed()));
        let there = changes_of(&files);
        let back = changes_of(&swapped.collect());
        assert_eq!(
            sorted(there.symbols.iter().map(mirrored)),
            sorted(back.symbols.iter().map(without_tokens)),
            "{}",
            case.display()
        );
        assert_eq!(there.label, back.label, "{}", case.display());
    }
}

#[test]
fn text_that_was_not_understood_is_noted_with_its_share() {
    let odd = b"int f(void) { return 1; }\nint g(void) { return ) 2 @ @ ( ; }\n";
    let sound = b"int f(void) { return 1; }\nint g(void) { return 2; }\n";
    let notes = of_text(sound, odd).notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].starts_with("a.c: "), "{notes:?}");
    assert!(notes[0].ends_with(" % of the changed text was not understood"));
    assert_eq!(of_text(odd, sound).notes, notes);
    // The near misses: an error outside what changed, and a change without one.
    let beside = b"int f(void) { return 3; }\nint g(void) { return ) 2 @ @ ( ; }\n";
    assert!(of_text(odd, beside).notes.is_empty());
    assert!(
        of_text(sound, b"int f(void) { return 3; }\n")
            .notes
            .is_empty()
    );
}

fn of_no_files() -> Change {
    let author = Person {
        name: "Mary Author".to_owned(),
        email: "mary@example.org".to_owned(),
        seconds: 1_780_000_000, // 28 May 2026
        offset_minutes: 0,
    };
    Change {
        id: ChangeId::Staged,
        subject: String::new(),
        message: String::new(),
        committer: author.clone(),
        author,
        parents: Vec::new(),
        files: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn a_new_struct_offers_its_members_and_an_older_one_each_new_member() {
    let before = b"struct old { int a; };\n";
    let after = b"struct old { int a; int b; };\nstruct new { int c; int d; };\n";
    let sides = BeforeAfter {
        before: Some(before.to_vec()),
        after: Some(after.to_vec()),
    };
    let changes = changes_of(&Files::from([(FilePath::from("a.h"), sides)]));
    assert!(changes.symbols.iter().any(|it| it.has(Facet::WithStruct)));
    let offers = surface::of(&of_no_files(), &changes.symbols);
    let names: Vec<_> = offers.iter().map(|offer| &offer.name[..]).collect();
    assert_eq!(names, ["new", "old.b"]);
}

#[test]
fn a_change_of_nothing_has_no_rows_and_no_label() {
    for case in cases() {
        let same = read(&case).into_iter().map(|(path, sides)| {
            let before = sides.before;
            (
                path,
                BeforeAfter {
                    before: before.clone(),
                    after: before,
                },
            )
        });
        assert_eq!(changes_of(&same.collect()), SymbolChanges::default());
    }
}

#[test]
fn an_edit_beside_a_large_table_asks_for_the_edited_function_alone() {
    let table = format!(
        "static const int table[] = {{ {} }};\n",
        "1, ".repeat(500_000)
    );
    let before = format!("{table}int f(void) {{ return 1; }}\n");
    let after = format!("{table}int f(void) {{ return 2; }}\n");
    let asked = std::cell::Cell::new(0);
    let path = FilePath::from("a.c");
    let pair = SourcePair {
        paths: BeforeAfter {
            before: Some(&path),
            after: Some(&path),
        },
        sources: BeforeAfter {
            before: before.as_bytes(),
            after: after.as_bytes(),
        },
    };
    let changes = symbol_diff::changes(&[pair], &|items: &[ItemText<'_>]| {
        asked.set(asked.get() + items.iter().map(|item| item.bytes.len()).sum::<usize>());
        let facts = items
            .iter()
            .map(|item| facts::of_item(item.bytes, item.kind));
        facts.map(Arc::new).collect()
    });
    assert_eq!(changes.symbols.len(), 1);
    assert!(asked.get() < 100);
}

/// C in which every kind of symbol occurs, one token a string, so that tests can put what they like between tokens.
const TOKENS: &str = "struct s { int a ; char * b ; } ; typedef unsigned long word ; enum e { ONE = 1 , TWO } ; \
     static int count = 3 ; int f ( struct s * p , int n ) { if ( n > TWO ) { return p -> a + count ; } \
     for ( ; n ; n -- ) { g ( p -> b , \"x_y\" ) ; } return 0 ; } int g ( char * t , const char * u ) ;";

fn spaced(separators: &[usize], choices: &[&str]) -> String {
    let tokens = TOKENS.split_whitespace();
    let mut separators = separators.iter().cycle();
    let mut text = String::new();
    for token in tokens {
        text.push_str(token);
        text.push_str(choices[separators.next().unwrap() % choices.len()]);
    }
    text
}

proptest! {
    #[test]
    fn reindenting_gives_white_space_alone(one in prop::collection::vec(0..4_usize, 1..90),
                                           other in prop::collection::vec(0..4_usize, 1..90)) {
        let choices = [" ", "\n", "\t", "\r\n    "];
        let changes = of_text(spaced(&one, &choices).as_bytes(), spaced(&other, &choices).as_bytes());
        for change in &changes.symbols {
            assert_eq!(change.facets, [Facet::WhitespaceOnly]);
        }
        assert!(changes.label.is_none_or(|label| label == symbol_diff::Label::WhitespaceOnly));
    }

    #[test]
    fn editing_comments_gives_comments_or_white_space_alone(one in prop::collection::vec(0..5_usize, 1..90),
                                                            other in prop::collection::vec(0..5_usize, 1..90)) {
        let choices = [" ", " /* a */ ", " // b\n", " /* c ; } */\n", "\n"];
        let changes = of_text(spaced(&one, &choices).as_bytes(), spaced(&other, &choices).as_bytes());
        for change in &changes.symbols {
            let facets = &change.facets[..];
            assert!(facets == [Facet::WhitespaceOnly] || facets == [Facet::CommentOnly]);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(before in prop::collection::vec(any::<u8>(), 0..300),
                              after in prop::collection::vec(any::<u8>(), 0..300)) {
        let there = of_text(&before, &after);
        let inside = |side: &Option<symbol_diff::Symbol>, source: &[u8]| {
            side.as_ref().is_none_or(|symbol| symbol.span.end as usize <= source.len())
        };
        for change in &there.symbols {
            assert!(inside(&change.sides.before, &before) && inside(&change.sides.after, &after));
            assert!(!change.facets.is_empty());
        }
    }

    #[test]
    fn no_mixture_of_c_makes_it_panic(before in prop::collection::vec(0..30_usize, 0..60),
                                      after in prop::collection::vec(0..30_usize, 0..60)) {
        let words = ["struct ", "x ", "y ", "{", "}", "(", ")", ";", ",", "= ", "1 ", "#define ", "\n", "#if x\n",
                     "#else\n", "#endif\n", "int ", "static ", "typedef ", "enum ", "*", "/*", "*/", "\"", "\\\n",
                     "HELPER(x)", "return ", "[", "]", "union "];
        let text = |picks: &[usize]| picks.iter().map(|at| words[*at]).collect::<String>();
        of_text(text(&before).as_bytes(), text(&after).as_bytes());
    }
}
