//! Where the token, comment or continuation at a place ends.

use super::is_word;

/// The end of the literal whose quote stands at `at`: behind the closing quote, or before the newline that cuts it.
pub(in crate::items) fn literal_end(source: &[u8], at: usize) -> usize {
    let quote = source[at];
    let mut at = at + 1;
    while let Some(found) = memchr::memchr3(quote, b'\\', b'\n', &source[at..]) {
        at += found;
        at = match source[at] {
            b'\n' => return at,
            b'\\' => continuation_end(source, at).unwrap_or((at + 2).min(source.len())),
            _ => return at + 1,
        };
    }
    source.len()
}

/// The end of the comment at `at`, if one starts there.
pub(in crate::items) fn comment_end(source: &[u8], at: usize) -> Option<usize> {
    match source.get(at + 1)? {
        b'*' => {
            let text = at + 2;
            let close = memchr::memmem::find(&source[text..], b"*/");
            Some(close.map_or(source.len(), |close| text + close + 2))
        }
        b'/' => Some(line_comment_end(source, at + 2)),
        _ => None,
    }
}

/// A line comment goes on behind a backslash before its newline.
fn line_comment_end(source: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr(b'\n', &source[at..]) {
        at += found;
        let line = source[from..at].strip_suffix(b"\r");
        if !line.unwrap_or(&source[from..at]).ends_with(b"\\") {
            return at;
        }
        at += 1;
    }
    source.len()
}

/// Behind the newline of the line continuation at `at`; blanks after the backslash are allowed, as in GCC.
pub(in crate::items) fn continuation_end(source: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    while matches!(source.get(at)?, b' ' | b'\t' | b'\r') {
        at += 1;
    }
    (source[at] == b'\n').then_some(at + 1)
}

pub(in crate::items) fn number_end(source: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(&byte) = source.get(at) {
        let exponent = matches!(source[at - 1], b'e' | b'E' | b'p' | b'P');
        let separated = byte == b'\'' && source.get(at + 1).is_some_and(|next| is_word(*next));
        if !(is_word(byte) || byte == b'.' || separated || exponent && matches!(byte, b'+' | b'-'))
        {
            break;
        }
        at += 1;
    }
    at
}

/// The longest punctuator at `at`.
pub(in crate::items) fn punctuator_end(source: &[u8], at: usize) -> usize {
    let rest = &source[at..];
    let second = rest.get(1).copied().unwrap_or(0);
    let third = rest.get(2).copied().unwrap_or(0);
    let length = match (rest[0], second, third) {
        (b'.', b'.', b'.') | (b'<', b'<', b'=') | (b'>', b'>', b'=') => 3,
        (b'-', b'>', _) | (b'#', b'#', _) | (b':', b':', _) => 2,
        (b'+' | b'-' | b'&' | b'|' | b'<' | b'>' | b'=', same, _) if same == rest[0] => 2,
        (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'!' | b'<' | b'>', b'=', _) => 2,
        _ => 1,
    };
    at + length
}
