//! The text of a mail as bytes: transfer encodings undone, charsets left to whoever knows which bytes are text.
//!
//! A diff must keep its bytes whatever charset the mail claims, so only the commit message is decoded.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::MAX_BYTES;

/// One text part.
pub(super) struct TextPart<'a> {
    /// Its bytes, lines ended by `\n`.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Its charset as named.
    pub(super) charset: Option<String>,
}

/// The text parts of a mail in order (attached patches included) and what was left out, in words.
pub(super) fn parts<'a>(mail: &'a Message<'_>) -> (Vec<TextPart<'a>>, Vec<String>) {
    let mut parts = Vec::new();
    let mut notes = Vec::new();
    let mut size = 0;
    for part in &mail.parts {
        if !is_text(part) {
            notes.extend(left_out(part).map(str::to_owned));
            continue;
        }
        let bytes = decoded(mail, part);
        size += bytes.len();
        if size > MAX_BYTES {
            notes.push(format!("text beyond {MAX_BYTES} bytes was left out"));
            break;
        }
        notes.extend(flowed(part));
        parts.push(TextPart {
            bytes,
            charset: part
                .content_type()
                .and_then(|kind| kind.attribute("charset"))
                .map(str::to_owned),
        });
    }
    notes.sort();
    notes.dedup();
    (parts, notes)
}

fn is_text(part: &MessagePart<'_>) -> bool {
    let named_patch = || {
        let name = part.attachment_name().unwrap_or_default();
        name.ends_with(".patch") || name.ends_with(".diff")
    };
    match &part.body {
        PartType::Text(_) => true,
        PartType::Binary(_) | PartType::InlineBinary(_) => named_patch(),
        PartType::Html(_) | PartType::Message(_) | PartType::Multipart(_) => false,
    }
}

fn left_out(part: &MessagePart<'_>) -> Option<&'static str> {
    match &part.body {
        PartType::Html(_) => Some("an HTML part was left out"),
        PartType::Message(_) => Some("an attached message was left out"),
        PartType::Binary(_) | PartType::InlineBinary(_) => Some("a binary part was left out"),
        PartType::Text(_) | PartType::Multipart(_) => None,
    }
}

fn flowed(part: &MessagePart<'_>) -> Option<String> {
    let format = part.content_type()?.attribute("format")?;
    format.eq_ignore_ascii_case("flowed").then(|| {
        "the mail is format=flowed: its lines may have been wrapped or lost blanks on the way"
            .to_owned()
    })
}

fn decoded<'a>(mail: &'a Message<'_>, part: &'a MessagePart<'_>) -> Cow<'a, [u8]> {
    let raw = mail
        .raw_message
        .get(part.offset_body as usize..part.offset_end as usize)
        .unwrap_or_default();
    let bytes = match part.encoding {
        Encoding::None => Some(Cow::Borrowed(raw)),
        Encoding::QuotedPrintable => quoted_printable_decode(raw).map(Cow::Owned),
        Encoding::Base64 => base64_decode(raw).map(Cow::Owned),
    };
    let bytes = bytes.unwrap_or_else(|| Cow::Borrowed(part.contents()));
    without_canonical_cr(bytes)
}

/// Encoded text travels with CRLF: where every line has one it is the transport's, not the patch's.
fn without_canonical_cr(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let newlines = memchr::memchr_iter(b'\n', &bytes);
    let mut any = false;
    for at in newlines {
        any = true;
        if at == 0 || bytes[at - 1] != b'\r' {
            return bytes;
        }
    }
    if !any {
        return bytes;
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let lines = lines.map(|line| {
        line.strip_suffix(b"\r\n")
            .map_or(line.to_vec(), |text| [text, b"\n"].concat())
    });
    Cow::Owned(lines.collect::<Vec<_>>().concat())
}

/// Text of a named charset; without a usable name, UTF-8 if it is that, else ISO 8859-1.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let decoder = charset
        .filter(|name| {
            !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii")
        })
        .and_then(|name| charset_decoder(name.as_bytes()));
    match (decoder, std::str::from_utf8(bytes)) {
        (Some(decode), _) => decode(bytes),
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
