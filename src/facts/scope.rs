//! Which names an item binds itself at the place where a walk stands: parameters, locals, local types (ISO C 6.2.1).

use super::Operand;
use super::build::Word;

/// The names bound so far, innermost binding first; entering and leaving a block costs what it declares.
#[derive(Default)]
pub(super) struct Scope {
    /// For each word the number of its binding, from 1; 0 for none.
    current: Vec<u32>,
    /// What each binding has for a type.
    types: Vec<Operand>,
    /// The bindings that later ones hid, to bring back when their block ends.
    hidden: Vec<(Word, u32)>,
}

/// A point to return to when a block ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

impl Scope {
    /// The point where a block begins.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.hidden.len())
    }

    /// Drops what was bound since `mark`.
    pub(super) fn leave(&mut self, mark: Mark) {
        while self.hidden.len() > mark.0 {
            let Some((word, before)) = self.hidden.pop() else {
                return;
            };
            self.current[word.0 as usize] = before;
        }
    }

    /// Binds a name from here to the end of the block.
    pub(super) fn bind(&mut self, word: Word, of_type: Operand) {
        let at = word.0 as usize;
        if self.current.len() <= at {
            self.current.resize(at + 1, 0);
        }
        self.hidden.push((word, self.current[at]));
        self.types.push(of_type);
        self.current[at] = crate::text::offset(self.types.len());
    }

    /// The type of the innermost binding of a name, if there is one.
    pub(super) fn find(&self, word: Word) -> Option<&Operand> {
        let number = *self.current.get(word.0 as usize)?;
        self.types.get((number as usize).checked_sub(1)?)
    }
}
