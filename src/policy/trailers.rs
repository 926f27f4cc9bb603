//! The trailers of a message exactly as git reads them, and trailer-like lines outside the block, marked as such.
//!
//! Follows `trailer.c` and `ignored_log_message_bytes` of git with default settings (separator `:`, comment `#`, no
//! configured trailers). A commit is read whole, as `git log --format=%(trailers)` does; a mail ends at its `---` line,
//! as for `git interpret-trailers`.

use crate::text::{LineIndex, offset};

/// What the message was taken from, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageForm {
    /// A commit: a `---` line is prose.
    Commit,
    /// A mail: a `---` line ends the message.
    Mail,
}

/// One `Key: value` line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// As written, blanks around it dropped.
    pub key: String,
    /// Trimmed; folded lines are joined by one space.
    pub value: String,
    /// The line it starts on, from 1 in the message as given.
    pub line: u32,
    /// Whether it stands in the trailer block; if not, git does not know it.
    pub in_block: bool,
}

impl Trailer {
    /// Whether its key is `key`; case does not count, as in git.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }
}

/// All trailers of a message and all lines outside the block that look like one, in message order.
///
/// Outside the block, the title, indented and commented lines and the part that git ignores are left out; a prose line
/// such as `Note: this` is there, so look for keys that you know.
#[must_use]
pub fn of(message: &str, form: MessageForm) -> Vec<Trailer> {
    // `git interpret-trailers` ends the last line before it reads.
    if form == MessageForm::Mail && !message.ends_with('\n') && !message.is_empty() {
        return of(&format!("{message}\n"), form);
    }
    let lines = LineIndex::of(message.as_bytes());
    let text = &message[subject_start(message)..];
    let skipped = message.len() - text.len();
    let end = end_of_log(text, form);
    let start = block_start(text, end);
    let line = |at: usize| lines.line(offset(at + skipped)).0;
    let mut found = outside(&text[..start], &line);
    found.extend(block(&text[start..end], &|at| line(start + at)));
    found
}

/// git drops blank lines before the subject (`find_commit_subject`).
fn subject_start(message: &str) -> usize {
    let mut at = 0;
    for line in message.split_inclusive('\n') {
        if !is_blank(line) {
            return at;
        }
        at += line.len();
    }
    at
}

fn outside(text: &str, line_of: &impl Fn(usize) -> u32) -> Vec<Trailer> {
    let mut found = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0
            && let Some((key, value)) = key_and_value(line)
        {
            found.push(Trailer {
                key,
                value: unfolded(value),
                line: line_of(at),
                in_block: false,
            });
        }
        at += line.len();
    }
    found
}

fn block(text: &str, line_of: &impl Fn(usize) -> u32) -> Vec<Trailer> {
    // Each entry is one trailer or other line together with the lines folded into it.
    let mut entries: Vec<(usize, usize)> = Vec::new();
    let mut folds = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match entries.last_mut() {
            Some(last) if folds && starts_with_space(line) => last.1 = next,
            _ => {
                entries.push((at, next));
                folds = separator(line).is_some_and(|at| at > 0);
            }
        }
        at = next;
    }
    let trailer = |(from, to): (usize, usize)| {
        let (key, value) = key_and_value(&text[from..to])?;
        Some(Trailer {
            key,
            value: unfolded(value),
            line: line_of(from),
            in_block: true,
        })
    };
    entries.into_iter().filter_map(trailer).collect()
}

fn key_and_value(entry: &str) -> Option<(String, &str)> {
    if is_comment(entry) {
        return None;
    }
    let at = separator(entry).filter(|at| *at > 0)?;
    Some((trimmed(&entry[..at]).to_owned(), &entry[at + 1..]))
}

fn unfolded(value: &str) -> String {
    let joined: Vec<_> = trimmed(value)
        .split('\n')
        .enumerate()
        .map(|(number, line)| match number {
            0 => line,
            _ => line.trim_start_matches(is_space),
        })
        .collect();
    joined.join(" ")
}

/// Where the log message ends: before the patch part of a mail, the cut line and what trails as comments and blanks.
fn end_of_log(text: &str, form: MessageForm) -> usize {
    let end = match form {
        MessageForm::Commit => text.len(),
        MessageForm::Mail => patch_start(text).unwrap_or(text.len()),
    };
    without_ignored(text, end)
}

fn patch_start(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("---");
        if rest.is_some_and(starts_with_space) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

const CUT: &str = "# ------------------------ >8 ------------------------\n";

fn cut_off(text: &str, end: usize) -> usize {
    if text.starts_with(CUT) {
        return 0;
    }
    let cut = text
        .match_indices(CUT)
        .map(|(at, _)| at)
        .find(|at| text.as_bytes()[at - 1] == b'\n');
    cut.map_or(end, |at| at.min(end))
}

fn without_ignored(text: &str, end: usize) -> usize {
    let cutoff = cut_off(text, end);
    // As in git, 0 means "no comment run yet", so a run from the very start is not seen as one.
    let mut run = 0;
    let mut in_conflicts = false;
    let mut at = 0;
    while at < cutoff {
        let rest = &text[at..cutoff];
        if is_comment(rest) || rest.starts_with('\n') {
            run = if run == 0 { at } else { run };
        } else if rest.starts_with("Conflicts:\n") {
            in_conflicts = true;
            run = if run == 0 { at } else { run };
        } else if !(in_conflicts && rest.starts_with('\t')) && run > 0 {
            run = 0;
            in_conflicts = false;
        }
        at += line_length(rest);
    }
    if run > 0 { run } else { cutoff }
}

/// What the lines from the end up to here make of the paragraph.
#[derive(Default)]
struct Tally {
    recognized: bool,
    trailers: usize,
    others: usize,
    /// Indented lines that belong to whatever stands before them.
    pending: usize,
}

impl Tally {
    fn add(&mut self, line: &str) {
        if is_comment(line) {
            self.others += std::mem::take(&mut self.pending);
        } else if is_git_generated(line) {
            self.recognized = true;
            self.trailers += 1;
            self.pending = 0;
        } else if separator(line).is_some_and(|at| at > 0) && !starts_with_space(line) {
            self.trailers += 1;
            self.pending = 0;
        } else if starts_with_space(line) {
            self.pending += 1;
        } else {
            self.others += 1 + std::mem::take(&mut self.pending);
        }
    }

    fn is_block(&self) -> bool {
        let others = self.others + self.pending;
        self.recognized && self.trailers * 3 >= others || self.trailers > 0 && others == 0
    }
}

/// Where the trailer block starts; `end` where there is none.
///
/// The last paragraph but never the title: all trailers, or a quarter of it and at least one that git writes itself.
fn block_start(text: &str, end: usize) -> usize {
    let title_end = title_end(text, end);
    let mut tally = Tally::default();
    let mut only_blank = true;
    let mut start_of_next = end;
    while let Some(start) = last_line(&text[..start_of_next]).filter(|at| *at >= title_end) {
        let line = &text[start..start_of_next];
        if is_comment(line) {
            tally.add(line);
        } else if is_blank(line) {
            if !only_blank {
                return if tally.is_block() { start_of_next } else { end };
            }
        } else {
            only_blank = false;
            tally.add(line);
        }
        start_of_next = start;
    }
    end
}

fn title_end(text: &str, end: usize) -> usize {
    let mut at = 0;
    while at < end {
        let line = &text[at..];
        if !is_comment(line) && is_blank(line) {
            break;
        }
        at += line_length(line);
    }
    at
}

fn last_line(text: &str) -> Option<usize> {
    let before_last = text.len().checked_sub(1)?;
    let newline = memchr::memrchr(b'\n', &text.as_bytes()[..before_last]);
    Some(newline.map_or(0, |at| at + 1))
}

fn line_length(text: &str) -> usize {
    memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |at| at + 1)
}

fn is_git_generated(line: &str) -> bool {
    line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ")
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#')
}

fn is_blank(line: &str) -> bool {
    line.trim_start_matches([' ', '\t', '\r']).starts_with('\n')
        || line.chars().all(|c| is_space(c) && c != '\n')
}

/// git's own `isspace`, whatever the locale.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn starts_with_space(line: &str) -> bool {
    line.starts_with(is_space)
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Where the `:` of a trailer line is: after a key of letters, digits and `-`, and blanks.
fn separator(line: &str) -> Option<usize> {
    let mut blank_seen = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b':' => return Some(at),
            b' ' | b'\t' if at > 0 => blank_seen = true,
            b'-' if !blank_seen => {}
            _ if byte.is_ascii_alphanumeric() && !blank_seen => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_block(message: &str, form: MessageForm) -> Vec<(String, String)> {
        of(message, form)
            .into_iter()
            .filter(|trailer| trailer.in_block)
            .map(|trailer| (trailer.key, trailer.value))
            .collect()
    }

    #[test]
    fn a_blank_line_puts_a_tag_outside_the_block() {
        let message = "title\n\nbody\n\nAssisted-by: Codex:GPT-5\n\nSigned-off-by: A <a@b>\n";
        let found = of(message, MessageForm::Commit);
        assert_eq!(found.len(), 2);
        assert!(found[0].is("assisted-by") && !found[0].in_block);
        assert_eq!(found[0].line, 5);
        assert!(found[1].is("Signed-off-by") && found[1].in_block);
    }

    #[test]
    fn only_a_mail_ends_at_three_dashes() {
        let message = "title\n\nFirst-by: a\n---\nnotes\n\nSecond-by: b\n";
        assert_eq!(in_block(message, MessageForm::Mail)[0].0, "First-by");
        assert_eq!(in_block(message, MessageForm::Commit)[0].0, "Second-by");
    }

    #[test]
    fn one_prose_line_voids_a_block_without_sign_off() {
        assert!(in_block("t\n\nprose line\nAssisted-by: x\n", MessageForm::Commit).is_empty());
        let signed = "t\n\nprose line\nAssisted-by: x\nSigned-off-by: a <b>\n";
        assert_eq!(in_block(signed, MessageForm::Commit).len(), 2);
    }

    #[test]
    fn the_title_is_never_a_trailer() {
        assert!(in_block("Fixes: everything\n", MessageForm::Commit).is_empty());
        assert!(of("Fixes: everything\n", MessageForm::Commit).is_empty());
    }

    #[test]
    fn folded_values_are_joined() {
        let message = "t\n\nAI-used-for: tests,\n  docs\n";
        assert_eq!(
            in_block(message, MessageForm::Commit)[0].1,
            "tests, docs".to_owned()
        );
    }
}
