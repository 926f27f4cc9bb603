//! The edits of both sides over the base as one sequence of words, where there is exactly one.
//!
//! Edits of different statements, elements or arguments are independent. Edits that touch are independent where each
//! is whole (see [`context::is_whole`]) and they are not replacements; where both put words at one place, the place has
//! to be one whose order means nothing. All else is declined, with the reason.

use std::ops::Range;

use crate::change::replay::Sides;
use crate::text::LineNumber;

use super::context::{self, Place};
use super::edits::{self, Edit};
use super::words::{Language, Words};

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Both sides changed the same words, differently.
    SameWords,
    /// Both sides changed one expression.
    SameExpression,
    /// The target changed what the change had brought.
    ChangedSince,
    /// The target changed or removed what the change had altered.
    GoneSince,
    /// The target removed part of what the change had brought.
    PartlyUndone,
    /// Both sides put something at one place, and the order would matter.
    Order,
    /// Changes that touch and are not whole statements, elements or lines.
    Touching,
    /// What one side leaves uses what the other takes away.
    Depends,
    /// The target removed part of what goes, and has it elsewhere.
    Moved,
}

/// How the edits of both sides met where they met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meeting {
    /// Edits of different parts on lines that git takes for one place.
    Apart,
    /// Whole statements, elements or lines beside each other.
    Beside,
    /// Both sides put items at one place where order means nothing.
    BothAdded,
    /// The same edit on both sides.
    Same,
    /// The target removed part of what goes.
    BothRemoved,
    /// A comment that the target changed goes with the code around it.
    CommentGoes,
}

/// A word of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Word number `.0` of the base, which all sides have.
    Kept(u32),
    Ours(u32),
    Theirs(u32),
}

/// No answer: why, and the line of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined {
    /// Why.
    pub reason: Reason,
    /// Where, in the target's file.
    pub line: LineNumber,
}

/// The joined words.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) pieces: Vec<Piece>,
    pub(super) meetings: Vec<Meeting>,
    pub(super) settled: Settled,
}

/// Which edits do not put their words into the result.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    /// For each edit of theirs whether ours has the same.
    pub(super) same: Vec<bool>,
    /// For each edit of ours whether it changes only comments of code that theirs removes.
    pub(super) moot: Vec<bool>,
}

/// Whether an edit only adds or only removes.
fn is_pure(edit: &Edit) -> bool {
    edit.before.is_empty() || edit.after.is_empty()
}

/// The three sides and what each of the two did.
pub(super) struct Joining<'a> {
    pub(super) words: Sides<&'a Words<'a>>,
    pub(super) language: Language,
    pub(super) ours: &'a [Edit],
    pub(super) theirs: &'a [Edit],
}

impl Joining<'_> {
    /// The result, if there is one.
    pub(super) fn run(&self) -> Result<Joined, Declined> {
        let mut meetings = Vec::new();
        let mut settled = Settled {
            same: vec![false; self.theirs.len()],
            moot: vec![false; self.ours.len()],
        };
        for (at, theirs) in self.theirs.iter().enumerate() {
            // Those that it meets, and one neighbour on either side.
            let from = self
                .ours
                .partition_point(|ours| ours.before.end < theirs.before.start);
            let met = self.ours[from..]
                .iter()
                .take_while(|ours| ours.before.start <= theirs.before.end)
                .count();
            let end = (from + met + 1).min(self.ours.len());
            for one in from.saturating_sub(1)..end {
                let ours = &self.ours[one];
                let meeting = self.meeting(ours, theirs);
                let declined = |reason| Declined {
                    reason,
                    line: LineNumber(self.line(ours)),
                };
                let Some(meeting) = meeting.map_err(declined)? else {
                    continue;
                };
                settled.same[at] |= meeting == Meeting::Same;
                settled.moot[one] |= meeting == Meeting::CommentGoes;
                meetings.push(meeting);
            }
        }
        meetings.sort_unstable();
        Ok(Joined {
            pieces: self.pieces(&settled),
            meetings,
            settled,
        })
    }

    fn line(&self, ours: &Edit) -> u32 {
        let word = self.words.ours.list.get(ours.after.start as usize);
        word.map_or(0, |word| word.line) + 1
    }

    /// How two edits meet; `None` where they do not.
    fn meeting(&self, ours: &Edit, theirs: &Edit) -> Result<Option<Meeting>, Reason> {
        if self.are_same(ours, theirs) {
            return Ok(Some(Meeting::Same));
        }
        let (one, other) = (&ours.before, &theirs.before);
        if one.end < other.start || other.end < one.start {
            let between = if one.end < other.start {
                one.end..other.start
            } else {
                other.end..one.start
            };
            let is_near = self.is_near(&between);
            let is_apart = context::separates(self.words.base, &between)
                || self.is_whole(self.words.ours, ours)
                || self.is_whole(self.words.theirs, theirs);
            if !is_apart {
                return Err(Reason::SameExpression);
            }
            return Ok(is_near.then_some(Meeting::Apart));
        }
        let touch = one.end == other.start || other.end == one.start;
        if touch {
            return self.touching(ours, theirs).map(Some);
        }
        self.overlapping(ours, theirs).map(Some)
    }

    fn is_near(&self, between: &Range<u32>) -> bool {
        let line = |at: u32| {
            self.words
                .base
                .list
                .get(at as usize)
                .map_or(u32::MAX, |word| word.line)
        };
        line(between.end).saturating_sub(line(between.start.saturating_sub(1))) <= 1
    }

    fn are_same(&self, ours: &Edit, theirs: &Edit) -> bool {
        let ids = |words: &Words<'_>, edit: &Edit| {
            let list = &words.list[edit.after.start as usize..edit.after.end as usize];
            list.iter().map(|word| word.id).collect::<Vec<_>>()
        };
        ours.before == theirs.before
            && ours.after.len() == theirs.after.len()
            && ids(self.words.ours, ours) == ids(self.words.theirs, theirs)
    }

    fn is_whole(&self, words: &Words<'_>, edit: &Edit) -> bool {
        context::is_whole(self.words.base, self.language, &edit.before)
            && context::is_whole(words, self.language, &edit.after)
    }

    fn touching(&self, ours: &Edit, theirs: &Edit) -> Result<Meeting, Reason> {
        let ours_whole = self.is_whole(self.words.ours, ours);
        let theirs_whole = self.is_whole(self.words.theirs, theirs);
        if is_pure(ours) && is_pure(theirs) && ours_whole && theirs_whole {
            return self.side_by_side(ours, theirs);
        }
        // What starts behind a whole run is the beginning of something else.
        let behind = |run: &Edit, is_complete: bool, other: &Edit, words: &Words<'_>| {
            is_complete
                && is_pure(run)
                && !run.before.is_empty()
                && run.before.end == other.before.start
                && context::keeps_blocks(words, edits::usizes(&other.after))
                && context::keeps_blocks(self.words.base, edits::usizes(&other.before))
                && !context::starts_with_else(words, &other.after)
        };
        let is_complete =
            |edit: &Edit| context::is_complete(self.words.base, self.language, &edit.before);
        if behind(theirs, is_complete(theirs), ours, self.words.ours)
            || behind(ours, is_complete(ours), theirs, self.words.theirs)
        {
            return Ok(Meeting::Beside);
        }
        Err(if ours_whole && theirs_whole {
            Reason::SameWords
        } else {
            Reason::Touching
        })
    }

    /// Whole runs that only come or only go, beside each other.
    fn side_by_side(&self, ours: &Edit, theirs: &Edit) -> Result<Meeting, Reason> {
        let place = context::place(self.words.base, self.language, ours.before.start);
        let (words, added, removed) = match (ours.before.is_empty(), theirs.before.is_empty()) {
            (true, true) => return self.both_add(place, ours, theirs),
            (false, false) => return Ok(Meeting::Beside),
            (true, false) => (self.words.ours, &ours.after, &theirs.before),
            (false, true) => (self.words.theirs, &theirs.after, &ours.before),
        };
        if place == Place::Lines {
            let indent = |words: &Words<'_>, at: u32| context::indent(words, at as usize).to_vec();
            if indent(words, added.start) != indent(self.words.base, removed.start) {
                return Err(Reason::Touching);
            }
        }
        // Parts of a list are evaluated apart from each other.
        let is_listed =
            context::is_listed(words, added) || context::is_listed(self.words.base, removed);
        if place == Place::Statements && !is_listed {
            let set = context::sets(self.words.base, removed);
            if !set.is_disjoint(&context::names(words, added)) {
                return Err(Reason::Depends);
            }
        }
        Ok(Meeting::Beside)
    }

    /// Both sides put words at one place: only where their order means nothing.
    fn both_add(&self, place: Place, ours: &Edit, theirs: &Edit) -> Result<Meeting, Reason> {
        if place != Place::TopLevel {
            return Err(Reason::Order);
        }
        let one = context::names(self.words.ours, &ours.after);
        let other = context::names(self.words.theirs, &theirs.after);
        // Two versions of one thing share most of their names.
        let shared = one.intersection(&other).count();
        if 2 * shared >= one.len().min(other.len()).max(1) {
            return Err(Reason::Order);
        }
        Ok(Meeting::BothAdded)
    }

    /// Edits of one stretch of words: the target removed part of what goes, or changed a comment in it.
    fn overlapping(&self, ours: &Edit, theirs: &Edit) -> Result<Meeting, Reason> {
        let is_removal = |edit: &Edit| edit.after.is_empty();
        match (is_removal(ours), is_removal(theirs)) {
            (true, true) if edits::covers(&theirs.before, &ours.before) => Ok(Meeting::BothRemoved),
            (true, true) if edits::covers(&ours.before, &theirs.before) => Err(Reason::GoneSince),
            (true, true) => Err(Reason::PartlyUndone),
            (true, false) => Err(Reason::GoneSince),
            (false, true) if self.comment_goes(ours, theirs) => Ok(Meeting::CommentGoes),
            (false, true) => Err(Reason::ChangedSince),
            (false, false) => Err(Reason::SameWords),
        }
    }

    /// Whether an edit of ours changes only comments of the code that a removal of theirs takes out, comments and all.
    fn comment_goes(&self, ours: &Edit, removal: &Edit) -> bool {
        edits::covers(&removal.before, &ours.before)
            && context::is_comment(self.words.base, &ours.before)
            && context::is_comment(self.words.ours, &ours.after)
            && context::is_code_with_comments(self.words.base, &removal.before)
    }

    /// The words of the result: those of the base that no side removed, and at each place what the sides put there,
    /// what comes back first.
    fn pieces(&self, settled: &Settled) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(self.words.ours.list.len());
        let mut ours = self.ours.iter().zip(&settled.moot).peekable();
        let mut theirs = self.theirs.iter().zip(&settled.same).peekable();
        let (mut ours_gone, mut theirs_gone) = (0, 0);
        for at in 0..=crate::text::offset(self.words.base.list.len()) {
            while let Some((edit, same)) = theirs.next_if(|(edit, _)| edit.before.start == at) {
                theirs_gone = edit.before.end;
                if !same {
                    pieces.extend(edit.after.clone().map(Piece::Theirs));
                }
            }
            while let Some((edit, moot)) = ours.next_if(|(edit, _)| edit.before.start == at) {
                ours_gone = edit.before.end;
                if !moot {
                    pieces.extend(edit.after.clone().map(Piece::Ours));
                }
            }
            if at >= ours_gone && at >= theirs_gone && (at as usize) < self.words.base.list.len() {
                pieces.push(Piece::Kept(at));
            }
        }
        pieces
    }
}
