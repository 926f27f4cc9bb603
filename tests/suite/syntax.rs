//! The merge by syntax: cases under `fixtures/merge/`, near misses among them, and what holds for any edits.

use std::fs;
use std::path::{Path, PathBuf};

use backout::change::replay::Sides;
use backout::items::lexer;
use backout::merge::syntax::{self, Refusal, Resolution};
use backout::merge::text::{self, TextMerge};
use backout::text::FilePath;
use proptest::prelude::*;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/merge");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|case| case.unwrap().path())
        .collect();
    cases.sort();
    cases
}

/// The side of a case and the path that it goes by.
fn side(case: &Path, name: &str) -> (FilePath, Vec<u8>) {
    let files = fs::read_dir(case).unwrap().map(|file| file.unwrap().path());
    let mut of_side = files.filter(|file| file.file_stem().unwrap() == name);
    let file = of_side.next().unwrap();
    let path = match file.extension().unwrap().to_str() {
        Some("c") => "a.c",
        Some("txt") => "notes.txt",
        _ => "meson.build",
    };
    (path.into(), fs::read(file).unwrap())
}

fn described(answer: &Result<Resolution, Refusal>) -> String {
    match answer {
        Ok(resolution) => format!(
            "resolved: {:?} {:?}{}\n{}",
            resolution.meetings,
            resolution.renames,
            match resolution.moves {
                0 => String::new(),
                moves => format!(" {moves} moved"),
            },
            String::from_utf8_lossy(&resolution.bytes)
        ),
        Err(refusal) => format!("refused: {refusal:?}\n"),
    }
}

#[test]
fn conflicts_merge_by_syntax_or_say_why_not() {
    for case in cases() {
        let (path, base) = side(&case, "base");
        let (ours, theirs) = (side(&case, "ours").1, side(&case, "theirs").1);
        let texts = Sides {
            base: &base[..],
            ours: &ours[..],
            theirs: &theirs[..],
        };
        let conflicts = matches!(text::merge(texts), TextMerge::Conflict { .. });
        assert!(conflicts, "git merges {}", case.display());
        let answer = described(&syntax::merge(&path, texts));
        insta::with_settings!({
            snapshot_path => &case, prepend_module_to_snapshot => false, omit_expression => true
        }, {
            insta::assert_snapshot!("expected", answer);
        });
    }
}

/// What a side does to one statement of the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Keep,
    Remove,
    Replace,
    AddBehind,
}

/// For each statement of the base, which side does what to it.
fn acts() -> impl Strategy<Value = Vec<(bool, Act)>> {
    let act = prop_oneof![
        4 => Just(Act::Keep),
        1 => Just(Act::Remove),
        1 => Just(Act::Replace),
        1 => Just(Act::AddBehind),
    ];
    prop::collection::vec((any::<bool>(), act), 1..24)
}

/// A function of statements that are all different; `does` says whether an act is done in this text.
fn function(acts: &[(bool, Act)], does: impl Fn(bool) -> bool) -> String {
    let mut text = String::from("void f(struct s *s)\n{\n");
    for (at, (is_ours, act)) in acts.iter().enumerate() {
        let act = if does(*is_ours) { *act } else { Act::Keep };
        if act != Act::Remove && act != Act::Replace {
            text += &format!("    step_{at}(s, {at});\n");
        }
        if act == Act::Replace {
            text += &format!("    other_{at}(s);\n");
        }
        if act == Act::AddBehind {
            text += &format!("    extra_{at}(s);\n");
        }
    }
    text + "}\n"
}

fn merged(base: &str, ours: &str, theirs: &str) -> Result<Resolution, Refusal> {
    let texts = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    syntax::merge(&"a.c".into(), texts)
}

/// What the target did to one statement of a function that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    Keep,
    Remove,
    Comment,
    Reword,
    Replace,
    Add,
}

fn cares() -> impl Strategy<Value = Vec<Care>> {
    let care = prop_oneof![
        6 => Just(Care::Keep),
        2 => Just(Care::Remove),
        2 => Just(Care::Comment),
        2 => Just(Care::Reword),
        1 => Just(Care::Replace),
        1 => Just(Care::Add),
    ];
    prop::collection::vec(care, 1..12)
}

/// A file with a function that the change brought, between two others.
fn with_brought(cares: &[Care]) -> String {
    let mut text = String::from("int f(int a)\n{\n    return a;\n}\n\nvoid g(struct s *s)\n{\n");
    for (at, care) in cares.iter().enumerate() {
        let told = if *care == Care::Reword { "then" } else { "now" };
        text += &format!("    /* number {at} {told} */\n");
        if *care == Care::Comment {
            text += &format!("    /* and {at} besides */\n");
        }
        match care {
            Care::Remove => {}
            Care::Replace => text += &format!("    other_{at}(s);\n"),
            _ => text += &format!("    step_{at}(s, {at});\n"),
        }
        if *care == Care::Add {
            text += &format!("    extra_{at}(s);\n");
        }
    }
    text + "}\n\nint h(int b)\n{\n    return b;\n}\n"
}

proptest! {
    /// What the target removed of a function that goes, and its comments, go with it; a token of C that the target put
    /// or changed there never does.
    #[test]
    fn only_comments_of_the_target_go_with_their_code(cares in cares()) {
        let base = with_brought(&vec![Care::Keep; cares.len()]);
        let ours = with_brought(&cares);
        let theirs = "int f(int a)\n{\n    return a;\n}\n\nint h(int b)\n{\n    return b;\n}\n";
        let answer = merged(&base, &ours, theirs);
        let has_code = cares.iter().any(|care| matches!(care, Care::Replace | Care::Add));
        if has_code {
            prop_assert!(answer.is_err());
        } else if let Ok(resolution) = answer {
            prop_assert!(lexer::same_tokens(&resolution.bytes, theirs.as_bytes()));
            prop_assert!(!String::from_utf8_lossy(&resolution.bytes).contains("number"));
        }
    }

    /// Edits of different statements by different sides: the answer holds all of them, each once, or there is none.
    #[test]
    fn the_edits_of_both_sides_are_in_the_result_once(acts in acts()) {
        let base = function(&acts, |_| false);
        let ours = function(&acts, |is_ours| is_ours);
        let theirs = function(&acts, |is_ours| !is_ours);
        let both = function(&acts, |_| true);
        if let Ok(resolution) = merged(&base, &ours, &theirs) {
            prop_assert!(
                lexer::same_tokens(&resolution.bytes, both.as_bytes()),
                "{}",
                String::from_utf8_lossy(&resolution.bytes)
            );
        }
    }

    /// A side that did nothing leaves the other as it is, to the byte.
    #[test]
    fn an_idle_side_changes_nothing(acts in acts()) {
        let base = function(&acts, |_| false);
        let edited = function(&acts, |_| true);
        prop_assert_eq!(merged(&base, &edited, &base).unwrap().bytes, edited.clone().into_bytes());
        prop_assert_eq!(merged(&base, &base, &edited).unwrap().bytes, edited.into_bytes());
    }

    /// Changing sides changes nothing but white space, and never whether there is an answer.
    #[test]
    fn the_sides_are_equals(acts in acts()) {
        let base = function(&acts, |_| false);
        let ours = function(&acts, |is_ours| is_ours);
        let theirs = function(&acts, |is_ours| !is_ours);
        match (merged(&base, &ours, &theirs), merged(&base, &theirs, &ours)) {
            (Ok(one), Ok(other)) => prop_assert!(lexer::same_tokens(&one.bytes, &other.bytes)),
            (one, other) => prop_assert_eq!(one.is_ok(), other.is_ok()),
        }
    }

    /// Any bytes: no panic, every word of an answer comes from a side, and a side that did nothing leaves the other.
    #[test]
    fn any_bytes_are_merged_or_refused(
        base in "[ab(){};,\n/*\"# ]{0,60}",
        ours in "[ab(){};,\n/*\"# ]{0,60}",
        theirs in "[ab(){};,\n/*\"# ]{0,60}",
    ) {
        if let Ok(resolution) = merged(&base, &ours, &theirs) {
            let sides = [&*base, &*ours, &*theirs, "\n"].map(str::as_bytes);
            let is_known = |byte: &u8| sides.iter().any(|side| side.contains(byte));
            prop_assert!(resolution.bytes.iter().all(is_known));
        }
        for (one, other) in [(&ours, &base), (&base, &theirs)] {
            if let Ok(resolution) = merged(&base, one, other) {
                let changed = if one == &base { other } else { one };
                prop_assert_eq!(String::from_utf8_lossy(&resolution.bytes), changed.as_str());
            }
        }
    }
}

#[test]
fn the_end_of_a_text_is_no_part_of_its_last_line() {
    for (base, ours, theirs, both) in [
        ("", "a", "", "a"),
        ("a", "a", "a\n", "a\n"),
        ("a;\nb;\n", "a;\nb;", "c;\nb;\n", "c;\nb;"),
    ] {
        let resolution = merged(base, ours, theirs).unwrap();
        assert_eq!(String::from_utf8_lossy(&resolution.bytes), both);
    }
}

#[test]
fn a_function_goes_with_what_the_target_trimmed_and_told_in_it() {
    let cares = [
        Care::Keep,
        Care::Reword,
        Care::Keep,
        Care::Remove,
        Care::Keep,
        Care::Comment,
    ];
    let base = with_brought(&[Care::Keep; 6]);
    let theirs = with_brought(&[]).replace("void g(struct s *s)\n{\n}\n\n", "");
    let resolution = merged(&base, &with_brought(&cares), &theirs).unwrap();
    assert_eq!(String::from_utf8_lossy(&resolution.bytes), theirs);
}

#[test]
fn most_edits_of_different_statements_are_merged() {
    let acts = [
        (true, Act::Keep),
        (true, Act::Remove),
        (false, Act::Remove),
        (true, Act::AddBehind),
        (false, Act::Remove),
        (true, Act::Keep),
        (false, Act::AddBehind),
    ];
    let base = function(&acts, |_| false);
    let ours = function(&acts, |is_ours| is_ours);
    let theirs = function(&acts, |is_ours| !is_ours);
    let texts = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    assert!(matches!(text::merge(texts), TextMerge::Conflict { .. }));
    let resolution = merged(&base, &ours, &theirs).unwrap();
    let both = function(&acts, |_| true);
    assert_eq!(String::from_utf8_lossy(&resolution.bytes), both);
}
