//! Trailers against the real git: on messages made of every kind of line, both agree to the byte.

use std::io::Write as _;
use std::process::{Command, Stdio};

use backout::policy::trailers::{self, MessageForm};
use proptest::prelude::*;

/// What git prints for a message: one `key: value` line a trailer, folded lines joined.
fn git(message: &str, divider: &[&str]) -> String {
    let mut child = Command::new("git")
        .args([
            "interpret-trailers",
            "--only-trailers",
            "--unfold",
            "--only-input",
        ])
        .args(divider)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(message.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn ours(message: &str, form: MessageForm) -> String {
    trailers::of(message, form)
        .iter()
        .filter(|trailer| trailer.in_block)
        .map(|trailer| format!("{}: {}\n", trailer.key, trailer.value))
        .collect()
}

fn line() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "",
        " ",
        "\t\r",
        "title of it",
        "prose, more or less",
        "Signed-off-by: A <a@b>",
        "Signed-off-by:A",
        "(cherry picked from commit 12)",
        "Assisted-by: Claude Opus 4.6",
        "AI-used-for : tests,",
        "Key:",
        ": no key",
        "two words: x",
        "under_score: x",
        " folded",
        "\t folded: too",
        "# comment",
        "---",
        "--- a",
        "---x",
        "Conflicts:",
        "\tpath",
        "# ------------------------ >8 ------------------------",
        "[maintainer: note]",
        "Überschrift: x",
        "Key: ü\r",
    ];
    prop_oneof![
        8 => proptest::sample::select(LINES).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trailers_are_those_of_git(lines in proptest::collection::vec(line(), 0..14), ends in any::<bool>()) {
        let message = lines.join("\n") + if ends { "\n" } else { "" };
        // `git log` hands the message on from its subject; so does the reader of commits.
        let from_subject = message.trim_start_matches(['\n', ' ', '\t', '\r']);
        prop_assume!(from_subject.len() == message.len());
        prop_assert_eq!(ours(&message, MessageForm::Mail), git(&message, &[]));
        // Unlike `git log`, this command ends the last line first; a commit's last line as a rule has an end.
        let whole = format!("{}\n", message.trim_end_matches('\n'));
        prop_assert_eq!(ours(&whole, MessageForm::Commit), git(&whole, &["--no-divider"]));
    }

    #[test]
    fn no_message_panics(message in "\\PC{0,200}|[\\x00-\\xff\\n#:]{0,200}") {
        let _ = trailers::of(&message, MessageForm::Mail);
        let _ = trailers::of(&message, MessageForm::Commit);
    }
}
