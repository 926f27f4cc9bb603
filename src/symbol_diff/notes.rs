//! How much of the changed text was not understood, file by file: what makes an answer weaker says so.
//!
//! Does not see what the lexer alone reads (lists without a header, macro calls), where nothing is parsed, nor tokens
//! that the parser made up, which have no bytes.

use std::sync::Arc;

use super::SourcePair;
use super::delta::Piece;
use crate::facts::ItemFacts;
use crate::text::BeforeAfter;

/// Bytes of the differing items of one file, both sides together.
#[derive(Clone, Copy, Default)]
struct Bytes {
    changed: u64,
    not_understood: u64,
}

/// One note for each file of which a differing item has errors, in the change's order. `facts` are those of the pieces.
pub(super) fn of(
    pairs: &[SourcePair<'_>],
    pieces: BeforeAfter<&[Piece<'_>]>,
    facts: BeforeAfter<&[Arc<ItemFacts>]>,
) -> Vec<String> {
    let mut files = vec![Bytes::default(); pairs.len()];
    let sides = [(pieces.before, facts.before), (pieces.after, facts.after)];
    for (piece, facts) in sides
        .iter()
        .flat_map(|(side, facts)| side.iter().zip(*facts))
    {
        let length = piece.bytes.len() as u64;
        let file = &mut files[piece.pair];
        file.changed += length;
        file.not_understood += u64::from(facts.health.error_bytes).min(length);
    }
    let notes = pairs.iter().zip(files).filter_map(|(pair, bytes)| {
        let path = pair.paths.after.or(pair.paths.before)?;
        let share = share(bytes)?;
        Some(format!(
            "{path}: {share} of the changed text was not understood"
        ))
    });
    notes.collect()
}

/// The share in words, rounded; `None` where all was understood.
fn share(bytes: Bytes) -> Option<String> {
    let percent = (bytes.not_understood * 100 + bytes.changed / 2).checked_div(bytes.changed)?;
    match (bytes.not_understood, percent) {
        (0, _) => None,
        (_, 0) => Some("less than 1 %".to_owned()),
        _ => Some(format!("{percent} %")),
    }
}
