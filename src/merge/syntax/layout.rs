//! Joined words as text: white space as the target has it, and as the other side changed it where the target did not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::items::lexer::TokenKind;

use super::edits::Edit;
use super::join::{Joining, Piece};
use super::words::{Word, WordKind, Words};

/// The text of the pieces.
pub(super) fn written(joining: &Joining<'_>, pieces: &[Piece]) -> Vec<u8> {
    let (base, ours, theirs) = (joining.words.base, joining.words.ours, joining.words.theirs);
    let in_ours = places(base.list.len(), joining.ours);
    let in_theirs = places(base.list.len(), joining.theirs);
    let behind = behind_removed(joining);
    let mut text = Vec::with_capacity(ours.source.len());
    let mut ends_line = false;
    for piece in pieces {
        let (words, at, lead) = match *piece {
            Piece::Ours(at) => {
                let lead = behind.ours.get(&at).map(|start| base.lead(*start as usize));
                (ours, at as usize, lead.unwrap_or(ours.lead(at as usize)))
            }
            Piece::Theirs(at) => (theirs, at as usize, theirs.lead(at as usize)),
            Piece::Kept(at) if behind.kept.contains(&at) => {
                let one = in_ours[at as usize];
                (ours, one, ours.lead(one))
            }
            Piece::Kept(at) => {
                let (one, other) = (in_ours[at as usize], in_theirs[at as usize]);
                let leads = (base.lead(at as usize), ours.lead(one), theirs.lead(other));
                (ours, one, lead(leads))
            }
        };
        let word = words.list[at];
        if ends_line && !lead.contains(&b'\n') && !ends_with_its_line(&word) {
            text.push(b'\n');
        }
        text.extend_from_slice(lead);
        text.extend_from_slice(words.text(at));
        ends_line = ends_a_line(&word);
    }
    text
}

/// Where ours put words right behind whole lines that theirs removed.
#[derive(Default)]
struct Behind {
    /// The first word put there, which takes the place of the removed run: where that starts in the base.
    ours: BTreeMap<u32, u32>,
    /// The words of the base behind them: what theirs made of the white space before these was meant for the place of
    /// the run.
    kept: BTreeSet<u32>,
}

fn behind_removed(joining: &Joining<'_>) -> Behind {
    let mut found = Behind::default();
    let removals = joining.theirs.iter().filter(|edit| edit.after.is_empty());
    for removal in removals {
        let same_place =
            |edit: &&Edit| edit.before.is_empty() && edit.before.start == removal.before.end;
        let Some(added) = joining.ours.iter().find(same_place) else {
            continue;
        };
        let start_line = |words: &Words<'_>, at: u32| words.starts_line(at as usize);
        if start_line(joining.words.base, removal.before.start)
            && start_line(joining.words.ours, added.after.start)
            && joining.words.ours.text(added.after.start as usize) != b"}"
        {
            found.ours.insert(added.after.start, removal.before.start);
            found.kept.insert(removal.before.end);
        }
    }
    found
}

/// Whether the word stands behind the last visible one of a line: the newline that ends a comment ends its directive too.
fn ends_with_its_line(word: &Word) -> bool {
    matches!(
        word.kind,
        WordKind::End | WordKind::Code(TokenKind::DirectiveEnd)
    )
}

fn ends_a_line(word: &Word) -> bool {
    matches!(
        word.kind,
        WordKind::CommentEnd | WordKind::LineEnd | WordKind::Code(TokenKind::DirectiveEnd)
    )
}

/// The white space before a word that all sides have: the side that changed it wins, ours where both did.
fn lead<'a>((base, ours, theirs): (&[u8], &'a [u8], &'a [u8])) -> &'a [u8] {
    if ours == base { theirs } else { ours }
}

/// Where each word of the base that an edit list keeps stands on its side; 0 for those that it does not keep.
pub(super) fn places(base: usize, edits: &[Edit]) -> Vec<usize> {
    let mut places = vec![0; base];
    let mut fill = |from: Range<usize>, to: usize| {
        for (offset, at) in from.enumerate() {
            places[at] = to + offset;
        }
    };
    let (mut before, mut after) = (0, 0);
    for edit in edits {
        fill(before..edit.before.start as usize, after);
        (before, after) = (edit.before.end as usize, edit.after.end as usize);
    }
    fill(before..base, after);
    places
}

/// Whether the words of a text are exactly the pieces: nothing ran together and nothing fell apart when written.
pub(super) fn reads_back(joining: &Joining<'_>, pieces: &[Piece], result: &Words<'_>) -> bool {
    let ids = pieces.iter().map(|piece| match *piece {
        Piece::Kept(at) => joining.words.base.list[at as usize].id,
        Piece::Ours(at) => joining.words.ours.list[at as usize].id,
        Piece::Theirs(at) => joining.words.theirs.list[at as usize].id,
    });
    ids.eq(result.list.iter().map(|word| word.id))
}
