//! Conditional groups inside an item: which can stay, and which branch of the others the parser gets to see.

use super::lexemes::{Kind, Lexeme};
use super::nesting::{NONE, Nesting, Place, State};
use super::{Hidden, HiddenKind};
use crate::items::split::conditional::{Directive, is_dead};
use crate::text::Span;

/// One arm of a group.
struct Arm {
    /// The lexeme of its directive; [`NONE`] where the item starts inside the arm.
    directive: usize,
    /// The lexemes behind its directive.
    first: usize,
    end: usize,
    /// The state at its end.
    state: State,
    dead: bool,
}

impl Arm {
    fn is_empty(&self) -> bool {
        self.first == self.end
    }
}

/// More branches of a group that splits a statement than people write; further ones stay hidden.
const MOST_BRANCHES: usize = 8;

/// A group whose `#endif` has not come yet.
struct Group {
    before: State,
    arms: Vec<Arm>,
}

/// What to take out of sight, in no order, spans perhaps inside others; and how many branches the fullest group has.
pub(super) struct Masks {
    pub(super) hidden: Vec<Hidden>,
    pub(super) branches: usize,
}

/// Decides for every group of the item; of a group that splits something, branch `wanted` (from 0, or the last there
/// is) stays in sight.
pub(super) fn masks(source: &[u8], lexemes: &[Lexeme], wanted: usize) -> Masks {
    let mut walk = Walk {
        nesting: Nesting::new(source, lexemes.to_vec()),
        groups: Vec::new(),
        masks: Masks {
            hidden: Vec::new(),
            branches: 1,
        },
        wanted,
    };
    for (at, lexeme) in lexemes.iter().enumerate() {
        walk.nesting.take(at);
        if let Kind::Directive(directive) = lexeme.kind {
            walk.directive(at, directive);
        }
    }
    while !walk.groups.is_empty() {
        walk.close(lexemes.len());
    }
    walk.masks
}

struct Walk<'a> {
    nesting: Nesting<'a>,
    groups: Vec<Group>,
    masks: Masks,
    wanted: usize,
}

impl Walk<'_> {
    fn directive(&mut self, at: usize, directive: Directive) {
        match directive {
            Directive::If => {
                let before = self.nesting.state;
                self.groups.push(Group {
                    before,
                    arms: vec![self.arm(at)],
                });
            }
            Directive::Elif | Directive::Else => {
                self.end_arm(at);
                let arm = self.arm(at);
                if let Some(group) = self.groups.last_mut() {
                    group.arms.push(arm);
                    self.nesting.state = group.before;
                }
            }
            Directive::Endif => {
                self.end_arm(at);
                self.close(at);
            }
            _ => self.single(at),
        }
    }

    fn arm(&self, at: usize) -> Arm {
        let dead = is_dead(self.nesting.text(at));
        Arm {
            directive: at,
            first: at + 1,
            end: at + 1,
            state: self.nesting.state,
            dead,
        }
    }

    /// Ends the open arm before lexeme `at`; an item that starts inside an arm gets that arm now.
    fn end_arm(&mut self, at: usize) {
        let state = self.nesting.state;
        if self.groups.is_empty() {
            let before = self.nesting.start();
            let arm = Arm {
                directive: NONE,
                first: 0,
                end: at,
                state,
                dead: false,
            };
            self.groups.push(Group {
                before,
                arms: vec![arm],
            });
        }
        if let Some(arm) = self
            .groups
            .last_mut()
            .and_then(|group| group.arms.last_mut())
        {
            arm.end = at;
            arm.state = state;
        }
    }

    /// Closes the innermost group, whose `#endif` is lexeme `endif`.
    fn close(&mut self, endif: usize) {
        let Some(mut group) = self.groups.pop() else {
            return;
        };
        if endif == self.nesting.lexemes.len()
            && let Some(arm) = group.arms.last_mut()
        {
            arm.end = endif;
            arm.state = self.nesting.state;
        }
        let live: Vec<usize> = (0..group.arms.len())
            .filter(|arm| !group.arms[*arm].dead && !group.arms[*arm].is_empty())
            .collect();
        let fate = self.fate(&group, endif);
        let kept = match fate {
            Fate::Mask => live.get(self.wanted).or(live.last()).copied(),
            _ => live.first().copied(),
        };
        if fate != Fate::Keep {
            self.hide_directives(&group, endif);
        }
        if fate == Fate::Mask {
            self.masks.branches = self.masks.branches.max(live.len()).min(MOST_BRANCHES);
            self.hide_arms(&group, kept);
        }
        self.nesting.state = kept.map_or(group.before, |arm| group.arms[arm].state);
    }

    fn hide_directives(&mut self, group: &Group, endif: usize) {
        let directives = group.arms.iter().map(|arm| arm.directive).chain([endif]);
        for lexeme in directives.filter_map(|at| self.nesting.lexemes.get(at)) {
            self.masks.hidden.push(Hidden {
                span: lexeme.span,
                kind: HiddenKind::Directive,
            });
        }
    }

    fn hide_arms(&mut self, group: &Group, kept: Option<usize>) {
        for (at, arm) in group.arms.iter().enumerate() {
            if Some(at) == kept || arm.is_empty() {
                continue;
            }
            let lexemes = &self.nesting.lexemes[arm.first..arm.end];
            if let (Some(first), Some(last)) = (lexemes.first(), lexemes.last()) {
                let span = Span::new(first.span.start, last.span.end);
                self.masks.hidden.push(Hidden {
                    span,
                    kind: HiddenKind::Branch,
                });
            }
        }
    }

    fn fate(&self, group: &Group, endif: usize) -> Fate {
        let place = self.nesting.brackets[group.before.bracket].place;
        let balanced = group
            .arms
            .iter()
            .all(|arm| arm.state.bracket == group.before.bracket);
        if !balanced || group.arms[0].directive == NONE {
            return Fate::Mask;
        }
        let behind = self.nesting.text(endif + 1);
        match place {
            Place::File | Place::Block | Place::Members => {
                let whole = self.is_boundary(group.before.last)
                    && behind != b"else"
                    && group.arms.iter().all(|arm| self.holds_statements(arm));
                if whole { Fate::Keep } else { Fate::Mask }
            }
            Place::Value | Place::Enumerators => {
                let starts = matches!(self.nesting.text(group.before.last), b"{" | b"," | b"");
                let whole = starts && group.arms.iter().all(|arm| self.holds_elements(arm, group));
                if whole { Fate::KeepText } else { Fate::Mask }
            }
            _ => Fate::Mask,
        }
    }

    fn is_boundary(&self, last: usize) -> bool {
        self.nesting.ends_statement(last) || self.nesting.closes_macro_call(last)
    }

    fn holds_statements(&self, arm: &Arm) -> bool {
        let untouched = arm.state.last == NONE || arm.state.last < arm.first;
        let starts = self.nesting.text(arm.first) != b"else";
        untouched
            || starts
                && self.is_boundary(arm.state.last)
                && !self.nesting.ends_label(arm.state.last)
    }

    fn holds_elements(&self, arm: &Arm, group: &Group) -> bool {
        arm.state.last == group.before.last || self.nesting.text(arm.state.last) == b","
    }

    /// A directive other than a conditional: the parser takes it between statements only.
    fn single(&mut self, at: usize) {
        let state = self.nesting.state;
        let place = self.nesting.brackets[state.bracket].place;
        let statement = matches!(place, Place::File | Place::Block | Place::Members);
        if !statement || !self.is_boundary(state.last) {
            let span = self.nesting.lexemes[at].span;
            self.masks.hidden.push(Hidden {
                span,
                kind: HiddenKind::Directive,
            });
        }
    }
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The parser takes it as it is.
    Keep,
    /// Its directives go, its branches stay.
    KeepText,
    /// One branch stays.
    Mask,
}
