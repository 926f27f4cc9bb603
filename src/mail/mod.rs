//! Mails and patch files into patches: what `git am` would commit, and the diff that it would apply.
//!
//! Takes bytes and never panics on any. Sizes are bounded: see [`MAX_BYTES`] and [`MAX_MAILS`]. Knows no repository: a
//! diff is applied to the bytes that the caller brings ([`apply`]).

pub mod apply;
mod body;
pub mod diff;
mod message;
mod split;
pub mod subject;

use crate::change::{ObjectId, Person};

use subject::SubjectTags;

/// The largest input that is read, in bytes; also the most text that one mail may decode to.
pub const MAX_BYTES: usize = 256 << 20;

/// The most mails that one mailbox may hold.
pub const MAX_MAILS: usize = 10_000;

/// The most patches that one series may have.
pub const MAX_PATCHES: usize = 2_000;

/// The most files that the patches of one series may touch, each counted once a patch.
pub const MAX_FILES: usize = 100_000;

/// What a mail is to a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// It carries a diff.
    Patch,
    /// Number 0 of a series.
    CoverLetter,
    /// Anything else: a reply, a review.
    Talk,
}

/// One mail or patch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPatch {
    /// Its message id without `<` and `>`, or the place it was read from: `NAME#N`.
    pub id: String,
    /// What it is.
    pub kind: MailKind,
    /// The subject as `git am` commits it: one line, without `[PATCH ...]`.
    pub subject: String,
    /// What stood in the brackets.
    pub tags: SubjectTags,
    /// The in-body `From:` if there is one, else the sender; dated alike. Empty for a bare diff.
    pub author: Person,
    /// The whole message as `git am` commits it: subject, blank line, body, newline at the end.
    pub message: String,
    /// Everything from the first line of the diff on, as bytes; empty where there is no diff.
    pub diff: Vec<u8>,
    /// `base-commit:`.
    pub base_commit: Option<ObjectId>,
    /// `prerequisite-patch-id:`, in order.
    pub prerequisites: Vec<String>,
    /// The message that it answers.
    pub in_reply_to: Option<String>,
    /// What was read less surely, in words.
    pub notes: Vec<String>,
}

/// An input that is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// Over [`MAX_BYTES`].
    #[error("{name} has {bytes} bytes, the limit is {MAX_BYTES}")]
    TooLarge {
        /// What was read.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// Over [`MAX_MAILS`].
    #[error("{name} has more than {MAX_MAILS} mails")]
    TooManyMails {
        /// What was read.
        name: String,
    },
    /// Over [`MAX_PATCHES`].
    #[error("a series of {patches} patches, the limit is {MAX_PATCHES}")]
    TooManyPatches {
        /// How many there are.
        patches: usize,
    },
    /// Over [`MAX_FILES`].
    #[error("the patches touch more than {MAX_FILES} files")]
    TooManyFiles,
    /// Neither a mail nor a diff.
    #[error("{name} is neither a mail nor a patch")]
    NoPatch {
        /// What was read.
        name: String,
    },
}

impl MailError {
    /// The next thing to try, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooLarge { .. }
            | Self::TooManyMails { .. }
            | Self::TooManyPatches { .. }
            | Self::TooManyFiles => Some("split it, and check the parts one by one".to_owned()),
            Self::NoPatch { .. } => {
                Some("git format-patch --stdout A..B writes what is read here".to_owned())
            }
        }
    }
}

/// Reads a mailbox, a single mail or a bare patch file; `name` is what messages call it.
///
/// In the order of the input. For a maildir, call it once a file. An mbox is taken to be mboxrd (as public-inbox and
/// `git format-patch --pretty=mboxrd` write it): one `>` is taken off `>From ` lines.
///
/// # Errors
/// `TooLarge`, `TooManyMails`, and `NoPatch` for what has no mail header and no diff.
pub fn read(bytes: &[u8], name: &str) -> Result<Vec<MailPatch>, MailError> {
    if bytes.len() > MAX_BYTES {
        return Err(MailError::TooLarge {
            name: name.to_owned(),
            bytes: bytes.len(),
        });
    }
    let mails = split::mails(bytes);
    if mails.len() > MAX_MAILS {
        return Err(MailError::TooManyMails {
            name: name.to_owned(),
        });
    }
    let one = |(number, mail): (usize, &split::RawMail)| {
        message::of(mail, &format!("{name}#{}", number + 1))
    };
    let patches: Vec<_> = mails.iter().enumerate().map(one).collect();
    if !matches!(mails.as_slice(), [split::RawMail::Mail(_), ..])
        && patches.iter().all(|patch| patch.kind != MailKind::Patch)
    {
        return Err(MailError::NoPatch {
            name: name.to_owned(),
        });
    }
    Ok(patches)
}

/// The patches of one series, in order, and what stands around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailSeries {
    /// Number 0.
    pub cover: Option<MailPatch>,
    /// By number; where there are none, in the order of the input.
    pub patches: Vec<MailPatch>,
    /// What was left out or is missing, in words.
    pub notes: Vec<String>,
}

impl MailSeries {
    /// `base-commit:` as the cover letter or the first patch gives it.
    #[must_use]
    pub fn base_commit(&self) -> Option<ObjectId> {
        let mails = self.cover.iter().chain(&self.patches);
        mails.filter_map(|mail| mail.base_commit).next()
    }
}

/// Picks the newest version of a series out of a thread and puts it in order.
#[must_use]
pub fn series(mails: Vec<MailPatch>) -> MailSeries {
    let version = |mail: &MailPatch| mail.tags.version.unwrap_or(1);
    let patches = || mails.iter().filter(|mail| mail.kind == MailKind::Patch);
    let newest = patches().map(version).max().unwrap_or(1);
    let older = patches().filter(|mail| version(mail) != newest).count();
    let total = patches()
        .filter(|mail| version(mail) == newest)
        .filter_map(|mail| mail.tags.of)
        .max();
    let mut series = MailSeries::default();
    if older > 0 {
        series.notes.push(format!(
            "the thread holds older versions too: {older} patches before v{newest} left out"
        ));
    }
    for mail in mails {
        match mail.kind {
            MailKind::Patch if version(&mail) == newest => series.patches.push(mail),
            MailKind::CoverLetter if version(&mail) == newest => series.cover = Some(mail),
            _ => {}
        }
    }
    series.patches.sort_by_key(|mail| mail.tags.number);
    let found = series.patches.len();
    if let Some(total) = total.filter(|total| *total as usize > found) {
        series
            .notes
            .push(format!("{found} of {total} patches of the series are here"));
    }
    series
}
