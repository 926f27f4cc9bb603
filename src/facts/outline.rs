//! The definitions of an item without the uses: what stands in a body or an initializer and cannot define anything that
//! others see is cut out first, so that the parser has little to read.

use crate::items::ItemKind;
use crate::items::lexer;
use crate::text::{Span, offset};

use super::build::Builder;
use super::{ItemFacts, directive, of_item};

/// The definitions that [`of_item`] finds in the item, those of objects, typedefs and prototypes inside functions
/// perhaps left out; no references.
///
/// A function whose body holds a tag's definition or a directive is read whole.
#[must_use]
pub fn of_item_outline(bytes: &[u8], kind: ItemKind) -> ItemFacts {
    match kind {
        ItemKind::Function | ItemKind::Declaration => {}
        ItemKind::Define => {
            let mut builder = Builder::new(bytes);
            directive::defined(&mut builder);
            return builder.finish();
        }
        _ => return ItemFacts::default(),
    }
    let cuts = cuts(bytes, kind);
    if cuts.is_empty() {
        let mut facts = of_item(bytes, kind);
        facts.references.clear();
        return facts;
    }
    let mut text = Vec::with_capacity(bytes.len());
    let mut end = 0;
    for cut in &cuts {
        text.extend_from_slice(&bytes[end..cut.start as usize]);
        end = cut.end as usize;
    }
    text.extend_from_slice(&bytes[end..]);
    let mut facts = of_item(&text, kind);
    facts.references.clear();
    for definition in &mut facts.definitions {
        let places = [
            Some(&mut definition.span),
            Some(&mut definition.name_span),
            definition.body.as_mut(),
        ];
        for span in places.into_iter().flatten() {
            *span = Span::new(restored(&cuts, span.start), restored(&cuts, span.end));
        }
    }
    facts
}

/// Where an offset of the cut text lies in the whole.
fn restored(cuts: &[Span], mut at: u32) -> u32 {
    for cut in cuts {
        if at <= cut.start {
            break;
        }
        at += cut.len();
    }
    at
}

/// What can go, in order.
fn cuts(bytes: &[u8], kind: ItemKind) -> Vec<Span> {
    let mut blocks = match kind {
        _ if memchr::memchr(b'#', bytes).is_some() => Vec::new(),
        ItemKind::Function => body(bytes).into_iter().collect(),
        ItemKind::Declaration => initializers(bytes),
        _ => Vec::new(),
    };
    blocks.retain(|block| !block.is_empty() && !has_tag(block.of(bytes)));
    blocks
}

fn has_tag(block: &[u8]) -> bool {
    [&b"struct"[..], b"union", b"enum"]
        .iter()
        .any(|tag| memchr::memmem::find(block, tag).is_some())
}

/// The inside of a function's body: from behind its first brace outside brackets, where that is no member list, to its
/// last byte but one.
fn body(bytes: &[u8]) -> Option<Span> {
    let mut depth = 0usize;
    for token in lexer::significant(bytes) {
        match token.span.of(bytes) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            b"{" if depth == 0 => {
                let end = offset(bytes.len().saturating_sub(1));
                let plain = !has_tag(&bytes[..token.span.start as usize]) && bytes.ends_with(b"}");
                return plain.then(|| Span::new(token.span.end, end));
            }
            _ => {}
        }
    }
    None
}

/// The insides of the braces behind each `=` outside brackets.
fn initializers(bytes: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut assigned = false;
    let mut start = None;
    for token in lexer::significant(bytes) {
        match token.span.of(bytes) {
            b"{" if depth == 0 && assigned => {
                start = Some(token.span.end);
                depth += 1;
            }
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(start) = start.take()
                {
                    found.push(Span::new(start, token.span.start));
                }
            }
            b"=" if depth == 0 => assigned = true,
            b"," | b";" if depth == 0 => assigned = false,
            _ => {}
        }
    }
    found
}
