//! Slides runs of changed lines to where git puts them (`xdl_change_compact` in `xdiffi.c`, without indent heuristic).

use imara_diff::Token;

/// A run of changed lines, or the empty place between two unchanged ones; both texts have equally many, in step.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) fn first(changed: &[bool]) -> Self {
        Self::from(changed, 0)
    }

    fn from(changed: &[bool], start: usize) -> Self {
        let length = changed[start..].iter().take_while(|changed| **changed);
        Self {
            start,
            end: start + length.count(),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The next group; `None` behind the last line.
    pub(super) fn next(self, changed: &[bool]) -> Option<Self> {
        (self.end < changed.len()).then(|| Self::from(changed, self.end + 1))
    }

    /// The group before; the first one has none and stays.
    fn previous(self, changed: &[bool]) -> Self {
        let Some(end) = self.start.checked_sub(1) else {
            return self;
        };
        let length = changed[..end].iter().rev().take_while(|changed| **changed);
        Self {
            start: end - length.count(),
            end,
        }
    }

    /// Moves one line up where the lines allow it, taking in a group that it meets.
    fn slide_up(&mut self, lines: &[Token], changed: &mut [bool]) -> bool {
        if self.start == 0 || lines[self.start - 1] != lines[self.end - 1] {
            return false;
        }
        self.start -= 1;
        self.end -= 1;
        changed[self.start] = true;
        changed[self.end] = false;
        while self.start > 0 && changed[self.start - 1] {
            self.start -= 1;
        }
        true
    }

    /// Moves one line down where the lines allow it, taking in a group that it meets.
    fn slide_down(&mut self, lines: &[Token], changed: &mut [bool]) -> bool {
        if self.end >= lines.len() || lines[self.start] != lines[self.end] {
            return false;
        }
        changed[self.start] = false;
        changed[self.end] = true;
        self.start += 1;
        self.end += 1;
        while self.end < changed.len() && changed[self.end] {
            self.end += 1;
        }
        true
    }
}

/// Slides each group of changed lines as far down as it goes, or up to where it stands beside a change of the other
/// side; groups that meet become one.
pub(super) fn compact(lines: &[Token], changed: &mut [bool], other_changed: &[bool]) {
    let mut group = Group::first(changed);
    let mut other = Group::first(other_changed);
    loop {
        if !group.is_empty() {
            settle(lines, changed, other_changed, (&mut group, &mut other));
        }
        // Both texts have the same number of unchanged lines, so both run out of groups together.
        let (Some(next), Some(next_other)) = (group.next(changed), other.next(other_changed))
        else {
            return;
        };
        (group, other) = (next, next_other);
    }
}

fn settle(
    lines: &[Token],
    changed: &mut [bool],
    other_changed: &[bool],
    (group, other): (&mut Group, &mut Group),
) {
    let mut highest_end;
    let mut beside_other;
    loop {
        let size = group.end - group.start;
        while group.slide_up(lines, changed) {
            *other = other.previous(other_changed);
        }
        highest_end = group.end;
        beside_other = !other.is_empty();
        while group.slide_down(lines, changed) {
            *other = other.next(other_changed).unwrap_or(*other);
            beside_other |= !other.is_empty();
        }
        if group.end - group.start == size {
            break;
        }
    }
    if group.end == highest_end || !beside_other {
        return;
    }
    while other.is_empty() && group.slide_up(lines, changed) {
        *other = other.previous(other_changed);
    }
}
