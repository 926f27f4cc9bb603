//! Mails and diffs against the real git: messages as `git mailinfo` cuts them, files as `git apply` patches them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use backout::change::{FileMode, FileStatus};
use backout::mail::apply::{self, apply, file_change};
use backout::mail::diff::{self, Body, DiffError};
use backout::mail::{self, MailError, MailKind, MailPatch};
use backout::text::FilePath;
use proptest::prelude::*;

const DIFF: &str = "diff --git a/x.c b/x.c\nindex 7898192..6178079 100644\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n";

fn git(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Result<String, String> {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", "/")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// The message that `git am --scissors` would commit, and author name and address.
fn git_message(mail: &[u8]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let info = git(
        folder.path(),
        &["mailinfo", "--scissors", "msg", "patch"],
        mail,
    )
    .unwrap();
    let field = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    let body = std::fs::read_to_string(folder.path().join("msg")).unwrap();
    let message = format!("{}\n\n{body}", field("Subject: "));
    let message = git(folder.path(), &["stripspace"], message.as_bytes()).unwrap();
    let author = format!("{} <{}>", field("Author: "), field("Email: "));
    (message, author)
}

fn only(bytes: &[u8]) -> MailPatch {
    let mut mails = mail::read(bytes, "in").unwrap();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

/// Checks one mail against git, and hands it on.
fn as_git(text: &str) -> MailPatch {
    let patch = only(text.as_bytes());
    let (message, author) = git_message(text.as_bytes());
    assert_eq!(patch.message, message);
    assert_eq!(
        format!("{} <{}>", patch.author.name, patch.author.email),
        author
    );
    patch
}

const HEAD: &str = "From: Mary Author <mary@example.org>\nDate: Fri, 29 May 2026 11:46:19 +0200\nMessage-ID: <1@example.org>\nSubject: [PATCH v2 1/3] hw: fix it\n";

#[test]
fn a_mail_reads_as_git_am_commits_it() {
    let text = format!(
        "{HEAD}\nBody line  \n\n\n\nFixes: x\nSigned-off-by: Mary\n---\nnotes\n x.c | 2 +-\n\n{DIFF}-- \n2.47.3\n\nbase-commit: c25df57ae8f9fe1c72eee2dab37d76d904ac382e\nprerequisite-patch-id: c25df57ae8f9fe1c72eee2dab37d76d904ac382e\n"
    );
    let patch = as_git(&text);
    assert_eq!(patch.kind, MailKind::Patch);
    assert_eq!(patch.id, "1@example.org");
    assert_eq!(patch.subject, "hw: fix it");
    assert_eq!(
        (patch.tags.version, patch.tags.number, patch.tags.of),
        (Some(2), Some(1), Some(3))
    );
    assert_eq!(
        (patch.author.seconds, patch.author.offset_minutes),
        (1_780_047_979, 120)
    );
    assert_eq!(
        patch.base_commit.unwrap().to_string(),
        "c25df57ae8f9fe1c72eee2dab37d76d904ac382e"
    );
    assert_eq!(patch.prerequisites.len(), 1);
    let files = diff::files(&patch.diff).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].blobs.before.as_deref(), Some("7898192"));
}

#[test]
fn in_body_headers_and_scissors_are_those_of_git() {
    let in_body = as_git(&format!(
        "{HEAD}\nFrom: =?UTF-8?q?J=C3=BCrgen?= <j@example.org>\nSubject: [PATCH] other\n subject\n\nBody\nFrom: not a header\n---\n{DIFF}"
    ));
    assert_eq!(in_body.author.name, "Jürgen");
    assert_eq!(in_body.subject, "other subject");
    let cut = as_git(&format!(
        "{HEAD}\nHello,\n\n-- >8 --\nSubject: kept\n\nBody\n---\n{DIFF}"
    ));
    assert!(!cut.message.contains("Hello"));
    assert!(!cut.notes.is_empty());
    let rule = as_git(&format!(
        "{HEAD}\nHello,\n---------- long rule\nBody\n---\n{DIFF}"
    ));
    assert!(rule.message.contains("Hello"));
}

#[test]
fn encodings_and_charsets_are_undone() {
    let head = |encoding: &str, charset: &str| {
        format!(
            "{HEAD}MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
        )
    };
    let quoted = format!("Gr=C3=BC=\n=C3=9Fe\n---\n{}", DIFF.replace('=', "=3D"));
    let patch = as_git(&format!("{}{quoted}", head("quoted-printable", "utf-8")));
    assert!(patch.message.contains("Grüße"));
    assert_eq!(diff::files(&patch.diff).unwrap().len(), 1);

    // "Grüße\n---\n" and the diff, in base64.
    let plain = format!("Grüße\n---\n{DIFF}");
    let patch = as_git(&format!(
        "{}{}",
        head("base64", "utf-8"),
        base64(plain.as_bytes())
    ));
    assert!(patch.message.contains("Grüße"));
    let crlf = plain.replace('\n', "\r\n");
    let patch = only(format!("{}{}", head("base64", "utf-8"), base64(crlf.as_bytes())).as_bytes());
    assert!(!patch.diff.contains(&b'\r'));

    // Latin-1 in message and diff: the message is decoded, the diff keeps its bytes.
    let mut latin = head("8bit", "iso-8859-1").into_bytes();
    latin.extend(b"Gr\xfc\xdfe\n---\n");
    latin.extend(
        DIFF.replace("+b", "+b \u{1}")
            .bytes()
            .map(|byte| if byte == 1 { 0xe9 } else { byte }),
    );
    let patch = only(&latin);
    assert_eq!(patch.message, git_message(&latin).0);
    assert!(patch.diff.contains(&0xe9));
    let japanese = format!(
        "{}\u{1b}$B%F%9%H\u{1b}(B\n---\n{DIFF}",
        head("7bit", "iso-2022-jp")
    );
    assert!(only(japanese.as_bytes()).message.contains("テスト"));
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at > three.len() {
                '='
            } else {
                char::from(digit)
            });
        }
        if out.len() % 77 == 76 {
            out.push('\n');
        }
    }
    out + "\n"
}

#[test]
fn a_mailbox_becomes_a_series() {
    let mail = |version: &str, number: u32, diff: &str| {
        format!(
            "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\r\nFrom: M <m@example.org>\r\nSubject: [PATCH{version} {number}/3] part {number}\r\n\r\nText\r\n>From here on\r\n---\r\n{}\r\n",
            diff.replace('\n', "\r\n")
        )
    };
    let text = [
        mail("", 1, DIFF),
        mail(" v2", 0, ""),
        mail(" v2", 2, DIFF),
        mail(" v2", 1, DIFF),
    ]
    .concat();
    let mails = mail::read(text.as_bytes(), "box").unwrap();
    assert_eq!(mails.len(), 4);
    assert_eq!(mails[0].id, "box#1");
    assert!(mails[0].message.contains("\nFrom here on\n"));
    let series = mail::series(mails);
    let subjects: Vec<_> = series
        .patches
        .iter()
        .map(|patch| &patch.subject[..])
        .collect();
    assert_eq!(subjects, ["part 1", "part 2"]);
    assert_eq!(series.cover.unwrap().subject, "part 0");
    assert!(series.notes.iter().any(|note| note.contains("2 of 3")));
    assert!(series.notes.iter().any(|note| note.contains("older")));
}

#[test]
fn a_bare_diff_is_a_patch_and_prose_is_an_error() {
    let patch = only(format!("Some subject\n\nText\n\n{DIFF}").as_bytes());
    assert_eq!(patch.message, "Some subject\n\nText\n");
    let patch = only(DIFF.as_bytes());
    assert_eq!((patch.kind, &patch.message[..]), (MailKind::Patch, ""));
    assert!(matches!(
        mail::read(b"only prose\n", "x"),
        Err(MailError::NoPatch { .. })
    ));
    assert!(matches!(
        mail::read(b"", "x"),
        Err(MailError::NoPatch { .. })
    ));
    assert!(matches!(
        mail::read(b"\0\xff\n--- x\n", "x"),
        Err(MailError::NoPatch { .. })
    ));
    let reply = only(format!("{HEAD}\nlooks good\n").as_bytes());
    assert_eq!(reply.kind, MailKind::Talk);
}

#[test]
fn a_multipart_mail_gives_its_text_and_says_what_it_leaves_out() {
    let text = format!(
        "{HEAD}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nText\n\n--b\nContent-Type: text/html\n\n<b>x</b>\n--b\nContent-Type: text/x-patch; name=a.patch\nContent-Disposition: attachment; filename=a.patch\nContent-Transfer-Encoding: base64\n\n{}--b--\n",
        base64(DIFF.as_bytes())
    );
    let patch = only(text.as_bytes());
    assert_eq!(patch.message, "hw: fix it\n\nText\n");
    assert_eq!(diff::files(&patch.diff).unwrap().len(), 1);
    assert_eq!(patch.notes, ["an HTML part was left out"]);
}

#[test]
fn headers_of_git_diffs_are_read() {
    let text = "diff --git a/old name.c b/new.c\nsimilarity index 90%\nrename from old name.c\nrename to new.c\nindex 1111111..2222222 100755\n--- a/old name.c\t\n+++ b/new.c\n@@ -1 +1 @@\n-a\n+b\n\
diff --git \"a/\\303\\274.c\" \"b/\\303\\274.c\"\nnew file mode 100644\nindex 0000000..3333333\n--- /dev/null\n+++ \"b/\\303\\274.c\"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n\
diff --git a/run b/run\nold mode 100644\nnew mode 100755\n\
diff --git a/pic.png b/pic.png\nindex 1111111..2222222 100644\nBinary files a/pic.png and b/pic.png differ\n\
diff --git a/gone.c b/gone.c\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
diff --git a/from.c b/copy.c\nsimilarity index 100%\ncopy from from.c\ncopy to copy.c\n-- \n2.47.3\n";
    let files = diff::files(text.as_bytes()).unwrap();
    let changes: Vec<_> = files
        .iter()
        .map(|file| file_change(file, None).unwrap())
        .collect();
    let statuses: Vec<_> = changes
        .iter()
        .map(backout::change::FileChange::status)
        .collect();
    use FileStatus::{Added, Deleted, Modified, Renamed};
    assert_eq!(
        statuses,
        [Renamed, Added, Modified, Modified, Deleted, Added]
    );
    assert_eq!(
        changes[0].sides.before.as_ref().unwrap().path,
        FilePath::from("old name.c")
    );
    assert_eq!(files[0].modes.after, Some(FileMode::Executable));
    assert_eq!(changes[1].path(), &FilePath::from("ü.c"));
    assert_eq!(changes[1].bytes().after, b"x");
    assert_eq!(
        changes[2].sides.after.as_ref().unwrap().mode,
        FileMode::Executable
    );
    assert_eq!(files[3].body, Body::Binary);
    assert!(files[5].copied);
}

#[test]
fn traditional_diffs_are_read_too() {
    let text = "Index: x.c\n--- old/x.c\t2026-01-01 00:00:00\n+++ new/x.c\t2026-01-02 00:00:00\n@@ -1 +1 @@\n-a\n+b\n--- old/y.c\n+++ new/y.c\n@@ -1 +1 @@\n-a\n+b\n";
    let files = diff::files(text.as_bytes()).unwrap();
    let paths: Vec<_> = files
        .iter()
        .map(|file| file.paths.after.clone().unwrap().to_string())
        .collect();
    assert_eq!(paths, ["x.c", "y.c"]);
}

#[test]
fn paths_that_leave_the_tree_are_refused() {
    for path in [
        "../etc/passwd",
        "x/../../y",
        "/etc/passwd",
        ".git/config",
        "x/.GIT/hooks/y",
        "x//y",
        "./x",
    ] {
        let text = format!(
            "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"
        );
        let error = diff::files(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, DiffError::UnsafePath { .. }),
            "{path}: {error}"
        );
    }
    let renamed = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to ../../y\n";
    assert!(diff::files(renamed.as_bytes()).is_err());
}

#[test]
fn a_hunk_that_does_not_fit_says_why() {
    let text = "--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four\n";
    let files = diff::files(text.as_bytes()).unwrap();
    let Body::Text(hunks) = &files[0].body else {
        panic!()
    };
    assert_eq!(
        apply(b"one\ntwo\nthree\nfour\nfive\n", hunks).unwrap(),
        b"one\ntwo\nTHREE\nfour\nfive\n"
    );
    let moved = apply(b"0\n0\n0\none\ntwo\nthree\nfour\n5\n", hunks).unwrap();
    assert!(moved.ends_with(b"two\nTHREE\nfour\n5\n"));
    let error = apply(b"one\ntwo\n3\nfour\nfive\n", hunks).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hunk 1 (line 2) does not apply: line 3 is \"3\", the patch wants \"three\""
    );
    assert!(
        apply(b"", hunks)
            .unwrap_err()
            .why
            .contains("the file has 0 lines")
    );
}

#[test]
fn fragments_stand_on_their_true_lines() {
    let text =
        "--- a/x\n+++ b/x\n@@ -5,2 +5,3 @@\n int a;\n+int b;\n int c;\n@@ -20 +21 @@\n-x\n+y\n";
    let files = diff::files(text.as_bytes()).unwrap();
    let change = file_change(&files[0], None).unwrap();
    let lines: Vec<_> = change.bytes().after.split(|byte| *byte == b'\n').collect();
    assert_eq!((lines[5], lines[20]), (&b"int b;"[..], &b"y"[..]));
    assert_eq!(change.hunks.len(), 2);
    assert_eq!(change.hunks[1].after.first.0, 21);
    let Body::Text(hunks) = &files[0].body else {
        panic!()
    };
    assert_eq!(
        apply::fragments(hunks)
            .before
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        20
    );
}

#[test]
fn a_fragment_that_begins_inside_a_comment_is_read_so() {
    let diff = "--- a/x.c\n+++ b/x.c\n@@ -10,3 +10,4 @@\n  * old words\n+ * int word;\n  */\n int a;\n\
                @@ -30,3 +31,3 @@\n int b;\n-int c;\n+int d;\n int e;\n";
    let files = diff::files(diff.as_bytes()).unwrap();
    let diff::Body::Text(hunks) = &files[0].body else {
        panic!("{files:?}");
    };
    let inside: Vec<_> = hunks.iter().map(apply::begins_in_comment).collect();
    assert_eq!(inside, [true, false]);
    let sides = apply::fragments(hunks);
    assert!(backout::items::lexer::same_tokens(
        sides.before.split(|byte| *byte == b'b').next().unwrap(),
        sides.after.split(|byte| *byte == b'b').next().unwrap(),
    ));
    assert_eq!(
        sides.after.split(|byte| *byte == b'\n').nth(10).unwrap(),
        b" * int word;"
    );
}

/// What mails are made of, well and badly.
const PARTS: &[&str] = &[
    "From x@y Mon Sep 17 00:00:00 2001\n",
    "From: M <m@example.org>\n",
    "Subject: [PATCH v2 1/2] a\n",
    "Subject: =?utf-8?B?4piD?= =?iso-8859-1?Q?=e9\n",
    "Content-Type: multipart/mixed; boundary=b\n",
    "Content-Type: text/plain; charset=utf-7\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "--b\n",
    "--b--\n",
    "\n",
    "\r\n",
    "\0",
    "=\n",
    "-- >8 --\n",
    "---\n",
    "base-commit: 0123456789012345678901234567890123456789\n",
    "diff --git a/x.c b/x.c\n",
    "diff --git a/../x b//etc/passwd\n",
    "diff --git \"a/\\001\" \"b/x\\\"\n",
    "rename from ../../x\n",
    "new file mode 120000\n",
    "GIT binary patch\nliteral 99999999999\n",
    "--- a/x.c\n",
    "--- /dev/null\n",
    "+++ b/x.c\n",
    "+++ b/../../.git/hooks/pre-commit\n",
    "@@ -1,2 +1,2 @@\n",
    "@@ -0,0 +4294967295,2 @@\n",
    " a\n",
    "-b\n",
    "+/* c\n",
    "+ * d\n",
    "\\ No newline at end of file\n",
    "-- \n2.40\n",
];

/// Bytes of all that is kept of an input's mails.
fn kept(mails: &[MailPatch]) -> usize {
    let of = |mail: &MailPatch| {
        let notes: usize = mail.notes.iter().map(String::len).sum();
        mail.message.len() + mail.subject.len() + mail.diff.len() + mail.id.len() + notes
    };
    mails.iter().map(of).sum()
}

#[test]
fn hostile_mail_keeps_no_more_than_it_brings() {
    let long = "x".repeat(16 << 20);
    let nested: String = (0..20_000)
        .map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n"))
        .collect();
    let parts = "--b\nContent-Type: text/plain\n\nx\n".repeat(100_000);
    let multipart = "Content-Type: multipart/mixed; boundary=b\n\n";
    let base64 = "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n";
    let bomb = format!("{base64}{}\n", "QUFB".repeat(1 << 14)).repeat(50);
    let attached = "Content-Type: message/rfc822\n\n".repeat(5_000);
    let cases = [
        (
            "line of the body",
            format!("{HEAD}\n{long}\n---\n{DIFF}"),
            2,
        ),
        ("subject", format!("Subject: {long}\n\n---\n{DIFF}"), 3),
        (
            "line of the diff",
            format!("{HEAD}\n---\n{DIFF}+{long}\n"),
            2,
        ),
        ("nested parts", format!("{HEAD}{nested}"), 2),
        ("parts", format!("{HEAD}{multipart}{parts}"), 2),
        ("encoded parts", format!("{HEAD}{multipart}{bomb}"), 2),
        ("messages in messages", format!("{HEAD}{attached}x"), 2),
    ];
    for (name, text, times) in cases {
        let mails = mail::read(text.as_bytes(), name).unwrap();
        assert_eq!(mails.len(), 1, "{name}");
        // The subject stands in the message too.
        assert!(
            kept(&mails) <= text.len() * times,
            "{name}: {}",
            kept(&mails)
        );
    }
    let spaces = format!("diff --git {}\n", " a/x".repeat(1 << 18));
    assert!(diff::files(spaces.as_bytes()).is_err());
    let many = "From x@y Mon Sep 17 00:00:00 2001\nSubject: x\n\n".repeat(10_001);
    assert!(matches!(
        mail::read(many.as_bytes(), "many"),
        Err(MailError::TooManyMails { .. })
    ));
}

/// Comparing every line with every place would take 200,000,000 steps: the search counts its own and gives up.
#[test]
fn the_search_for_a_hunk_is_counted() {
    let same = "a\n".repeat(20_000);
    let hunk = format!(
        "--- a/x\n+++ b/x\n@@ -1000,5002 +1000,5002 @@\n{}-b\n+c\n d\n",
        " a\n".repeat(5_000)
    );
    let files = diff::files(hunk.as_bytes()).unwrap();
    let Body::Text(hunks) = &files[0].body else {
        panic!("{:?}", files[0].body)
    };
    let target = format!("{same}b\n{same}d\n");
    let rejected = apply(target.as_bytes(), hunks).unwrap_err();
    assert_eq!(rejected.why, "the search for its place met its limit");
    // The near miss: a text without repetitions is searched to its end.
    let lines: String = (0..20_000).map(|at| format!("{at}\n")).collect();
    let target = format!("{lines}{}b\nd\n", "a\n".repeat(5_000));
    assert!(apply(target.as_bytes(), hunks).is_ok());
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = proptest::sample::select(&["a\n", "b\n", "c\n", "\n", " d\n"][..]);
    (proptest::collection::vec(line, 0..30), any::<bool>()).prop_map(|(lines, open)| {
        let mut text = lines.concat().into_bytes();
        if open {
            text.extend(b"end");
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// A diff between two texts, applied to a third near the first, gives what git gives, or both refuse it.
    #[test]
    fn patches_apply_as_in_git(before in text(), after in text(), drift in text()) {
        prop_assume!(before != after && !before.is_empty());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::write(path.join("x"), &before).unwrap();
        std::fs::write(path.join("y"), &after).unwrap();
        let made = Command::new("git").args(["diff", "--no-index", "x", "y"]).current_dir(path).output().unwrap();
        let made = String::from_utf8(made.stdout).unwrap().replace("a/x", "a/f").replace("b/y", "b/f").replace("a/y", "a/f").replace("b/x", "b/f");
        let files = diff::files(made.as_bytes()).unwrap();
        let Body::Text(hunks) = &files[0].body else { panic!() };
        prop_assert_eq!(&apply(&before, hunks).unwrap(), &after);

        let target = [&drift[..], &before[..]].concat();
        std::fs::write(path.join("f"), &target).unwrap();
        let applied = git(path, &["apply", "--whitespace=nowarn", "-"], made.as_bytes());
        let ours = apply(&target, hunks);
        prop_assert_eq!(ours.is_ok(), applied.is_ok(), "{:?} {:?}", ours, applied);
        if let Ok(bytes) = ours {
            prop_assert_eq!(bytes, std::fs::read(path.join("f")).unwrap());
        }
    }

    #[test]
    fn no_mail_of_odd_parts_panics(parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..60)) {
        let bytes = parts.concat();
        if let Ok(mails) = mail::read(bytes.as_bytes(), "soup") {
            for patch in &mails {
                for file in diff::files(&patch.diff).unwrap_or_default() {
                    let _ = file_change(&file, None);
                    let _ = file_change(&file, Some(Arc::from(&b"a\nb\n"[..])));
                    for path in [file.paths.before, file.paths.after].into_iter().flatten() {
                        let text = path.to_text().into_owned();
                        prop_assert!(!text.starts_with('/') && !text.split('/').any(|part| part == ".."), "{}", text);
                    }
                }
            }
            let _ = mail::series(mails);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = mail::read(&bytes, "soup");
        let _ = diff::files(&bytes);
        let mut mail = HEAD.as_bytes().to_vec();
        mail.extend(b"Content-Type: multipart/mixed; boundary=\"a\"\n\n--a\n");
        mail.extend(&bytes);
        let _ = mail::read(&mail, "soup");
        let mut diff = DIFF.as_bytes().to_vec();
        diff.extend(&bytes);
        let _ = diff::files(&diff);
    }
}
