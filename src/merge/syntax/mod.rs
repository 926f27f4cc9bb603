//! Three sides of a file into one by syntax, where the merge by lines conflicts: word by word, with one answer or none.
//!
//! The sides are read as words (tokens of C, words of comments and of other text), each side's difference from the base
//! is taken line by line and then word by word, and the differences are joined where they concern different statements,
//! elements or items. The answer is given only if it keeps the promise of `invariant`, reads back as the words that
//! were joined, and is as sound as what it was made from. What it breaks elsewhere is the build check's to say.

mod context;
mod edits;
mod invariant;
mod join;
mod layout;
mod moved;
mod moves;
mod pieces;
mod renames;
mod sound;
mod words;

use crate::change::replay::Sides;
use crate::text::{BeforeAfter, FilePath, is_build_description, is_c_path};

pub use join::{Declined, Meeting, Reason};
pub use renames::Rename;
pub use sound::Flaw;

use join::Joining;
use words::{Language, Reader};

/// A file that was merged by syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The merged bytes.
    pub bytes: Vec<u8>,
    /// How edits of both sides met, sorted.
    pub meetings: Vec<Meeting>,
    /// What the target renamed, and the merge with it.
    pub renames: Vec<Rename>,
    /// How many functions the target moved within the file, and the merge with them.
    pub moves: usize,
}

/// Why a file was not merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The sides contradict each other, or there are several answers.
    Declined(Declined),
    /// A merged text was found that does not keep what both sides did.
    Unkept,
    /// A merged text was found that is worse C than either side.
    Flawed(Flaw),
    /// The text is larger than what is tried.
    TooLarge,
}

/// Files above this many bytes are not tried.
const LARGEST: usize = 4 << 20;

/// Merges one file by syntax.
///
/// # Errors
/// Why there is no answer.
pub fn merge(path: &FilePath, texts: Sides<&[u8]>) -> Result<Resolution, Refusal> {
    let language = if is_c_path(path) {
        Language::C
    } else if is_build_description(path) {
        Language::Lists
    } else {
        Language::Plain
    };
    if [texts.base, texts.ours, texts.theirs]
        .iter()
        .any(|text| text.len() > LARGEST)
    {
        return Err(Refusal::TooLarge);
    }
    let refusal = match in_place(language, texts) {
        Ok(resolution) => return Ok(resolution),
        Err(refusal) => refusal,
    };
    let moved = match language {
        Language::C => moves::followed(texts),
        Language::Plain | Language::Lists => None,
    };
    let Some(moved) = moved else {
        return Err(refusal);
    };
    let resolution = in_place(
        language,
        Sides {
            base: &moved.base,
            ours: texts.ours,
            theirs: &moved.theirs,
        },
    )?;
    Ok(Resolution {
        moves: moved.functions,
        ..resolution
    })
}

/// Merges with every function where base and theirs have it, the target's renames followed where it does not go
/// without.
fn in_place(language: Language, texts: Sides<&[u8]>) -> Result<Resolution, Refusal> {
    let refusal = match words_merged(language, texts) {
        Ok((bytes, meetings)) => return checked(language, texts, bytes, meetings, Vec::new()),
        Err(refusal) => refusal,
    };
    let renames = renames::of(language, texts);
    if renames.is_empty() {
        return Err(refusal);
    }
    let base = renames::applied(texts.base, texts.ours, &renames);
    let theirs = renames::applied(texts.theirs, texts.ours, &renames);
    let renamed = Sides {
        base: &base[..],
        ours: texts.ours,
        theirs: &theirs[..],
    };
    let (bytes, meetings) = words_merged(language, renamed)?;
    checked(language, renamed, bytes, meetings, renames)
}

fn words_merged(
    language: Language,
    texts: Sides<&[u8]>,
) -> Result<(Vec<u8>, Vec<Meeting>), Refusal> {
    let mut reader = Reader::default();
    let sides = texts.map(|text| reader.words(text, language));
    let edits = |after| {
        let sides = BeforeAfter {
            before: &sides.base,
            after,
        };
        edits::between(sides, language, reader.distinct())
    };
    let (ours, theirs) = (edits(&sides.ours), edits(&sides.theirs));
    let joining = Joining {
        words: sides.as_ref(),
        language,
        ours: &ours,
        theirs: &theirs,
    };
    let joined = joining.run().map_err(Refusal::Declined)?;
    if let Some(line) = moved::stands_elsewhere(&joining) {
        let reason = Reason::Moved;
        return Err(Refusal::Declined(Declined { reason, line }));
    }
    let bytes = layout::written(&joining, &joined.pieces);
    let result = reader.reread(&bytes, language);
    let is_kept = layout::reads_back(&joining, &joined.pieces, &result)
        && invariant::holds(&sides.as_ref(), (&ours, &theirs), &joined.settled, &result);
    if is_kept {
        Ok((bytes, joined.meetings))
    } else {
        Err(Refusal::Unkept)
    }
}

fn checked(
    language: Language,
    texts: Sides<&[u8]>,
    bytes: Vec<u8>,
    meetings: Vec<Meeting>,
    renames: Vec<Rename>,
) -> Result<Resolution, Refusal> {
    let flaw = match language {
        Language::C => sound::flaw(texts, &bytes),
        Language::Plain | Language::Lists => None,
    };
    match flaw {
        Some(flaw) => Err(Refusal::Flawed(flaw)),
        None => Ok(Resolution {
            bytes,
            meetings,
            renames,
            moves: 0,
        }),
    }
}
