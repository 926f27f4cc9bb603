//! One input into its mails: mbox, a single mail, or no mail at all.

use std::borrow::Cow;

/// The bytes of one mail, its lines ended by `\n` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RawMail<'a> {
    /// Headers, a blank line, a body.
    Mail(Cow<'a, [u8]>),
    /// A diff with or without text before it.
    Bare(Cow<'a, [u8]>),
}

/// The mails of an input, in order; at least one.
pub(super) fn mails(bytes: &[u8]) -> Vec<RawMail<'_>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let starts = from_lines(bytes);
    if starts.first().is_some_and(|(start, _)| *start == 0) {
        let ends = starts.iter().skip(1).map(|(start, _)| *start);
        let ends = ends.chain([bytes.len()]);
        let mail = |((_, body), end): (&(usize, usize), usize)| {
            RawMail::Mail(Cow::Owned(without_quoted_from(&without_cr(
                &bytes[*body..end],
            ))))
        };
        return starts.iter().zip(ends).map(mail).collect();
    }
    let text = without_cr(bytes);
    if has_headers(&text) {
        vec![RawMail::Mail(text)]
    } else {
        vec![RawMail::Bare(text)]
    }
}

/// Where mbox separators start, and where the mails behind them do.
fn from_lines(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let next = start + line.len();
        if is_from_line(line) {
            found.push((start, next));
        }
        start = next;
    }
    found
}

/// `From x@y Mon Sep 17 00:00:00 2001`, as loosely as `git mailsplit` reads it: a time and a year after 1990.
fn is_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ").filter(|_| line.len() >= 20) else {
        return false;
    };
    let Some(colon) = memchr::memrchr(b':', rest) else {
        return false;
    };
    let digit = |at: Option<usize>| {
        at.and_then(|at| rest.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let around = [
        colon.checked_sub(4),
        colon.checked_sub(2),
        colon.checked_sub(1),
        Some(colon + 1),
        Some(colon + 2),
    ];
    let year = String::from_utf8_lossy(rest.get(colon + 3..).unwrap_or_default());
    let year: String = year
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    around.into_iter().all(digit) && year.parse::<u32>().is_ok_and(|year| year > 90)
}

fn without_cr(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(bytes, b"\r\n").is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => out.extend([text, b"\n"].concat()),
            None => out.extend(line),
        }
    }
    Cow::Owned(out)
}

/// Takes one `>` off each line of `>`s and `From `.
fn without_quoted_from(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        let is_quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
        out.extend(&line[usize::from(is_quoted)..]);
    }
    out
}

/// Whether the text opens with a header block that has a `From:` or a `Subject:`.
fn has_headers(text: &[u8]) -> bool {
    let mut known = false;
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            return known;
        }
        let folded = number > 0 && matches!(line[0], b' ' | b'\t');
        let name = line
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
            .count();
        if !folded && (name == 0 || line.get(name) != Some(&b':')) {
            return false;
        }
        let name = &line[..name.min(line.len())];
        known |= name.eq_ignore_ascii_case(b"from") || name.eq_ignore_ascii_case(b"subject");
    }
    false
}
