//! One mail into a [`MailPatch`], as `git am --scissors` reads it (`mailinfo.c`): in-body headers, scissors, the cut.

use mail_parser::{DateTime, Message, MessageParser};

use crate::change::{ObjectId, Person};

use super::body::{self, TextPart};
use super::split::RawMail;
use super::{MailKind, MailPatch, subject};

pub(super) fn of(raw: &RawMail<'_>, place: &str) -> MailPatch {
    match raw {
        RawMail::Mail(bytes) => match parsed(MessageParser::default().parse(&bytes[..])) {
            Some(mail) => of_mail(&mail, place),
            None => of_bare(bytes, place),
        },
        RawMail::Bare(bytes) => of_bare(bytes, place),
    }
}

/// The parser's accessors index its first part, which a message without any lacks.
fn parsed(mail: Option<Message<'_>>) -> Option<Message<'_>> {
    mail.filter(|mail| !mail.parts.is_empty())
}

fn of_mail(mail: &Message<'_>, place: &str) -> MailPatch {
    let (parts, notes) = body::parts(mail);
    let read = Reader::read(&parts);
    let headers = read.headers(Some(mail));
    let (subject, tags) = subject::of(&headers.subject);
    let kind = match (read.diff.is_empty(), tags.number) {
        (false, _) => MailKind::Patch,
        (true, Some(0)) => MailKind::CoverLetter,
        (true, _) => MailKind::Talk,
    };
    MailPatch {
        id: mail.message_id().map_or(place.to_owned(), str::to_owned),
        kind,
        message: composed(&subject, &read.message),
        subject,
        tags,
        author: headers.author,
        base_commit: read.base_commit,
        prerequisites: read.prerequisites,
        in_reply_to: mail.in_reply_to().as_text().map(str::to_owned),
        diff: read.diff,
        notes: [notes, read.notes].concat(),
    }
}

/// A patch file without mail headers: the text before the diff is the message, its first line the subject.
fn of_bare(bytes: &[u8], place: &str) -> MailPatch {
    let part = TextPart {
        bytes: bytes.into(),
        charset: None,
    };
    let read = Reader::read(&[part]);
    let headers = read.headers(None);
    let first_line = read.message.trim_start().lines().next().unwrap_or_default();
    let (subject, body) = if headers.subject.is_empty() {
        let body = read.message.trim_start();
        (
            first_line.trim(),
            body.get(first_line.len()..).unwrap_or_default(),
        )
    } else {
        (headers.subject.as_str(), read.message.as_str())
    };
    let (subject, tags) = subject::of(subject);
    MailPatch {
        id: place.to_owned(),
        kind: if read.diff.is_empty() {
            MailKind::Talk
        } else {
            MailKind::Patch
        },
        message: composed(&subject, body),
        subject,
        tags,
        author: headers.author,
        base_commit: read.base_commit,
        prerequisites: read.prerequisites,
        in_reply_to: None,
        diff: read.diff,
        notes: read.notes,
    }
}

/// What `git stripspace` leaves of subject, blank line and body.
fn composed(subject: &str, body: &str) -> String {
    let mut out = String::with_capacity(subject.len() + body.len() + 2);
    let mut blank = false;
    for line in [subject, ""].into_iter().chain(body.lines()) {
        let line = line.trim_end_matches([' ', '\t', '\r', '\n', '\u{b}', '\u{c}']);
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
    }
    // A NUL ends a commit's message for git, and no author means one.
    out.replace('\0', "\u{fffd}")
}

#[derive(Default)]
struct Reader {
    /// In-body headers as one header block.
    in_body: String,
    stage: Stage,
    message: String,
    diff: Vec<u8>,
    base_commit: Option<ObjectId>,
    prerequisites: Vec<String>,
    notes: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// Blank lines, then in-body headers.
    #[default]
    Headers,
    Message,
    Diff,
}

struct Headers {
    subject: String,
    author: Person,
}

impl Reader {
    fn read(parts: &[TextPart<'_>]) -> Self {
        let mut reader = Self::default();
        for part in parts {
            for line in part.bytes.split_inclusive(|byte| *byte == b'\n') {
                reader.line(line, part.charset.as_deref());
            }
            // Parts are joined; a last line without an end would run into the next part.
            if reader.stage == Stage::Diff && !reader.diff.ends_with(b"\n") {
                reader.diff.push(b'\n');
            }
        }
        // A cut without a diff behind it is the end of a cover letter or of a review.
        if !has_diff(&reader.diff) {
            reader.diff.clear();
        }
        reader
    }

    fn line(&mut self, line: &[u8], charset: Option<&str>) {
        self.base(line);
        if self.stage == Stage::Diff {
            self.diff.extend(line);
            return;
        }
        if self.stage == Stage::Headers && self.in_body_header(line, charset) {
            return;
        }
        self.stage = Stage::Message;
        if starts_patch(line) {
            self.stage = Stage::Diff;
            self.diff.extend(line);
            return;
        }
        let text = body::text(line, charset);
        if is_scissors(&text) {
            self.message.clear();
            self.in_body.clear();
            self.stage = Stage::Headers;
            self.notes
                .push("text above a scissors line was left out".to_owned());
        } else {
            self.message.push_str(&text);
            if !text.ends_with('\n') {
                self.message.push('\n');
            }
        }
    }

    /// Takes a line of the header stage, and says whether it was one.
    fn in_body_header(&mut self, line: &[u8], charset: Option<&str>) -> bool {
        let text = body::text(line, charset);
        let ended = text.trim_end_matches('\n');
        if ended.trim().is_empty() {
            if !self.in_body.is_empty() {
                self.stage = Stage::Message;
            }
            return true;
        }
        let folded =
            !self.in_body.is_empty() && ended.starts_with([' ', '\t']) && !is_scissors(&text);
        let is_header = ["From:", "Subject:", "Date:"].iter().any(|name| {
            ended
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        if folded || is_header {
            self.in_body.push_str(ended);
            self.in_body.push('\n');
        }
        folded || is_header
    }

    fn base(&mut self, line: &[u8]) {
        if let Some(id) = line.strip_prefix(b"base-commit: ") {
            let id = String::from_utf8_lossy(id);
            self.base_commit = self.base_commit.or_else(|| id.trim().parse().ok());
        } else if let Some(id) = line.strip_prefix(b"prerequisite-patch-id: ") {
            let id = String::from_utf8_lossy(id).trim().to_owned();
            let is_id = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_id && self.prerequisites.len() < 1000 {
                self.prerequisites.push(id);
            }
        }
    }

    /// The mail's own headers, overruled by those in its body.
    fn headers(&self, mail: Option<&Message<'_>>) -> Headers {
        let block = format!("{}\n", self.in_body);
        let in_body = parsed(MessageParser::default().parse_headers(block.as_bytes()));
        let sources = [in_body.as_ref(), mail];
        let mut sources = sources.into_iter().flatten();
        let subject = sources.clone().find_map(Message::subject).map(shortened);
        let date = sources.clone().find_map(Message::date);
        let from = sources.find_map(|mail| mail.from()?.first());
        let email = from.and_then(|from| from.address()).unwrap_or_default();
        let name = from.and_then(|from| from.name()).unwrap_or_default();
        Headers {
            subject: subject.unwrap_or_default().to_owned(),
            author: person(name, email, date),
        }
    }
}

/// No subject needs more; a longer one is hostile.
const MAX_SUBJECT: usize = 10_000;

fn shortened(subject: &str) -> &str {
    &subject[..subject.floor_char_boundary(MAX_SUBJECT)]
}

fn person(name: &str, email: &str, date: Option<&DateTime>) -> Person {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    // git's `get_sane_name`: what looks like no name gives way to the address.
    let odd = name.is_empty() || name.len() > 60 || name.contains(['@', '<', '>']);
    let offset = date.map_or(0, |date| {
        let minutes = i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute);
        if date.tz_before_gmt {
            -minutes
        } else {
            minutes
        }
    });
    Person {
        name: if odd { email.to_owned() } else { name },
        email: email.to_owned(),
        seconds: date
            .filter(|date| date.is_valid())
            .map_or(0, DateTime::to_timestamp),
        offset_minutes: offset,
    }
}

/// Whether a line ends the message: `patchbreak` in git's `mailinfo.c`.
fn starts_patch(line: &[u8]) -> bool {
    if line.starts_with(b"diff -") || line.starts_with(b"Index: ") {
        return true;
    }
    match line.strip_prefix(b"---") {
        None => false,
        Some([b' ', next, ..]) if !next.is_ascii_whitespace() => true,
        Some(rest) => rest.ends_with(b"\n") && rest.iter().all(u8::is_ascii_whitespace),
    }
}

/// Whether text behind the cut holds a file's diff.
fn has_diff(text: &[u8]) -> bool {
    let mut before_was_old = false;
    text.split(|byte| *byte == b'\n').any(|line| {
        let is_new = before_was_old && line.starts_with(b"+++ ");
        before_was_old = line.starts_with(b"--- ");
        is_new || line.starts_with(b"diff --git ")
    })
}

/// `-- >8 --` and its kin: `is_scissors_line` in git's `mailinfo.c`.
fn is_scissors(line: &str) -> bool {
    let text = line.trim();
    // A rule longer than a screen is no cut mark, and reading it would be work for nothing.
    if text.len() < 8 || text.len() > 1000 {
        return false;
    }
    let (mut marks, mut gaps, mut perforation, mut inside) = (0, 0, 0, false);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut step = first.len_utf8();
        if first.is_ascii_whitespace() {
            gaps += usize::from(inside);
            perforation += usize::from(inside);
        } else if first == '-' {
            inside = true;
            perforation += 1;
        } else if [">8", "8<", ">%", "%<"]
            .iter()
            .any(|mark| rest.starts_with(mark))
        {
            inside = true;
            perforation += 2;
            marks += 2;
            step = 2;
        } else {
            inside = false;
        }
        rest = &rest[step..];
    }
    marks > 0 && text.len() < perforation * 3 && gaps * 2 < perforation
}
