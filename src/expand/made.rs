//! One item with its macros expanded, under every set of definitions that is visible, read as C again.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::{self, FileFacts, ItemFacts, Memo, PlacedFacts};
use crate::items::lexer::TokenKind;
use crate::items::{ItemKey, ItemKind};

use super::define::Macro;
use super::paste::Texts;
use super::piece::Piece;
use super::replace::{Choose, MacroCall, Replacer};
use super::text::{self, Bodies, Context, Origin};
use super::{Definition, MOST_EXPANSIONS, Visible, head};

/// An item as the preprocessor leaves it: the head of a function with `{}` for a body, a declaration with `0` for each
/// initializer, a macro call with all that it gives.
#[derive(Clone, Debug)]
pub struct Made<'m> {
    /// The facts of the text below, in its offsets.
    pub facts: FileFacts,
    /// What the item reads as.
    pub text: Vec<u8>,
    /// The macros that were expanded, in order of their first expansion.
    pub macros: Vec<Definition<'m>>,
    /// Whether a bound was met, so that some macros in it are not expanded.
    pub limited: bool,
    pub(super) origins: Vec<(u32, Origin)>,
    /// Every expansion of one of `macros`, each behind the one that it stands in.
    pub(super) calls: Vec<MacroCall>,
}

impl<'m> Made<'m> {
    /// Where the token comes from that stands at or before a byte of the text.
    #[must_use]
    pub fn origin(&self, offset: u32) -> Option<Origin> {
        let after = self.origins.partition_point(|(start, _)| *start <= offset);
        let (_, origin) = self.origins.get(after.checked_sub(1)?)?;
        Some(*origin)
    }

    /// The item of the text whose body is the function's own: the stand-in for the body of the item is its last token.
    #[must_use]
    pub fn owner(&self) -> Option<&PlacedFacts> {
        let last = self.facts.items.last()?;
        let end = last.item.span.end as usize;
        let is_last = self.text[end..].iter().all(u8::is_ascii_whitespace);
        (is_last && last.item.kind == ItemKind::Function).then_some(last)
    }
}

/// The expansions of an item, each different from the others; empty where no macro stands in its head, or where it is no
/// declaration. `memo` is asked for the facts of what comes out, once for what several expansions share.
///
/// An item with conditionals that split it gives one for each branch.
pub fn of_item<'m>(
    bytes: &[u8],
    kind: ItemKind,
    (context, bodies): (Context, Bodies),
    visible: &dyn Visible<'m>,
    memo: &Memo<'_>,
) -> Vec<Made<'m>> {
    let shared: RefCell<FxHashMap<(ItemKey, ItemKind), Arc<ItemFacts>>> = RefCell::default();
    let memo: &Memo<'_> = &|key, kind, bytes| {
        if let Some(facts) = shared.borrow().get(&(key, kind)) {
            return Arc::clone(facts);
        }
        let facts = memo(key, kind, bytes);
        shared.borrow_mut().insert((key, kind), Arc::clone(&facts));
        facts
    };
    let mut all: Vec<Made<'m>> = Vec::new();
    let mut branch = 0;
    while let Some(head) = head::of_item(bytes, kind, bodies, branch) {
        let mut chooser = Chooser::new(visible, &head.functions);
        if !head.pieces.iter().any(|piece| chooser.knows(piece)) {
            return all;
        }
        of_pieces(
            &head.pieces,
            (context, bodies),
            &mut chooser,
            memo,
            &mut all,
        );
        branch += 1;
        if branch >= head.branches || all.len() >= MOST_EXPANSIONS {
            break;
        }
    }
    all
}

fn of_pieces<'m: 'p, 'p>(
    pieces: &[Piece<'p>],
    (context, bodies): (Context, Bodies),
    chooser: &mut Chooser<'m, '_>,
    memo: &Memo<'_>,
    all: &mut Vec<Made<'m>>,
) {
    loop {
        let kept = OnceCell::new();
        let texts = Texts::behind(&kept);
        let mut replacer = Replacer::new(chooser, &texts);
        let done = replacer.run(pieces, 0);
        let (used, calls, limited) = (replacer.used, replacer.calls, replacer.limited);
        let rendered = text::of_pieces(&done, context, bodies);
        if !used.is_empty() && all.iter().all(|made| made.text != rendered.text) {
            let places: FxHashMap<usize, usize> = used.iter().copied().zip(0..).collect();
            let place = |maker: usize| places.get(&maker).copied();
            let calls = calls.into_iter().map(|call| MacroCall {
                number: place(call.number).expect("what was called was noted as used"),
                ..call
            });
            let origins = rendered.origins.into_iter().map(|(start, origin)| {
                let maker = origin.maker.and_then(place);
                (start, Origin { maker, ..origin })
            });
            all.push(Made {
                origins: origins.collect(),
                calls: calls.collect(),
                facts: facts::of_source_with(&rendered.text, memo),
                text: rendered.text,
                macros: used
                    .iter()
                    .map(|number| chooser.numbered[*number])
                    .collect(),
                limited,
            });
        }
        if all.len() >= MOST_EXPANSIONS || !chooser.turn() {
            return;
        }
    }
}

/// Chooses one definition of each name at a time, and goes through all choices one after the other.
struct Chooser<'m, 'v> {
    visible: &'v dyn Visible<'m>,
    /// The names that the item may define as a function's.
    functions: &'v [&'v [u8]],
    /// What is known of each name met: positions in `all_known`.
    known: FxHashMap<Box<[u8]>, usize>,
    all_known: Vec<Known>,
    numbered: Vec<Definition<'m>>,
    /// The names of this turn that had a choice: which was taken, of how many.
    forks: Vec<(usize, usize)>,
    /// How many of `forks` have been met in this turn.
    met: usize,
    /// Turns taken.
    turns: usize,
    /// The files of the definitions chosen where there was a choice: names of one file go together.
    files: Vec<u32>,
}

/// A name.
struct Known {
    /// Its definitions, by their numbers.
    definitions: Range<usize>,
    /// The one chosen, and in which turn.
    chosen: Option<(usize, usize)>,
}

impl<'m, 'v> Chooser<'m, 'v> {
    fn new(visible: &'v dyn Visible<'m>, functions: &'v [&'v [u8]]) -> Self {
        Self {
            visible,
            functions,
            known: FxHashMap::default(),
            all_known: Vec::new(),
            numbered: Vec::new(),
            forks: Vec::new(),
            met: 0,
            turns: 0,
            files: Vec::new(),
        }
    }

    fn knows(&mut self, piece: &Piece<'_>) -> bool {
        piece.kind == TokenKind::Identifier && !self.known(piece.text).definitions.is_empty()
    }

    fn known(&mut self, name: &[u8]) -> &mut Known {
        let at = match self.known.get(name) {
            Some(at) => *at,
            None => self.look_up(name),
        };
        &mut self.all_known[at]
    }

    /// Looks a name up for the first time.
    fn look_up(&mut self, name: &[u8]) -> usize {
        let mut found = self.visible.definitions(name);
        // A keyword stays what it is, unless it is called: `static_assert(x, "y")` may be a macro's.
        found.retain(|it| it.of.parameters().is_some() || !facts::is_keyword(name));
        // What only some configurations rename or replace keeps its name.
        let is_function = self.functions.contains(&name);
        let renamed = found
            .iter()
            .all(|definition| definition.conditional && (is_function || definition.of.is_alias()));
        let first = self.numbered.len();
        if !renamed {
            self.numbered.extend(found);
        }
        self.all_known.push(Known {
            definitions: first..self.numbered.len(),
            chosen: None,
        });
        self.known.insert(name.into(), self.all_known.len() - 1);
        self.all_known.len() - 1
    }

    /// Takes the next set of choices; false when all were taken.
    fn turn(&mut self) -> bool {
        self.files.clear();
        self.met = 0;
        self.turns += 1;
        while self
            .forks
            .pop_if(|(taken, count)| *taken + 1 >= *count)
            .is_some()
        {}
        let Some((taken, _)) = self.forks.last_mut() else {
            return false;
        };
        *taken += 1;
        self.turns < 2 * MOST_EXPANSIONS
    }

    /// The choice of this turn between several definitions.
    fn choose_of(&mut self, all: Range<usize>) -> usize {
        let beside = |number: &usize| self.files.contains(&self.numbered[*number].file);
        let mut near: Vec<usize> = all.clone().filter(beside).collect();
        if near.is_empty() {
            near.extend(all);
        }
        let number = match near.as_slice() {
            [only] => *only,
            near => near[self.fork(near.len())],
        };
        self.files.push(self.numbered[number].file);
        number
    }

    fn fork(&mut self, count: usize) -> usize {
        if self.met == self.forks.len() {
            self.forks.push((0, count));
        }
        let (taken, _) = self.forks[self.met];
        self.met += 1;
        taken.min(count - 1)
    }
}

impl<'m: 'p, 'p> Choose<'p> for Chooser<'m, '_> {
    fn choose(&mut self, name: &[u8]) -> Option<(usize, &'p Macro)> {
        let turn = self.turns;
        let known = self.known(name);
        let number = match (known.definitions.len(), known.chosen) {
            (0, _) => return None,
            (1, _) => known.definitions.start,
            (_, Some((number, when))) if when == turn => number,
            _ => {
                let all = known.definitions.clone();
                let number = self.choose_of(all);
                self.known(name).chosen = Some((number, turn));
                number
            }
        };
        Some((number, self.numbered[number].of))
    }
}
