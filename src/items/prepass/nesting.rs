//! For each lexeme of an item the brackets around it and the lexeme before it.

use super::lexemes::{Kind, Lexeme};
use super::words;

/// No lexeme, no bracket.
pub(super) const NONE: usize = usize::MAX;

/// What brackets hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Outside all brackets.
    File,
    /// Statements.
    Block,
    /// Members of a struct or union.
    Members,
    Enumerators,
    /// The elements of an initializer.
    Value,
    /// The arguments of a call.
    Arguments,
    Parameters,
    /// Behind `if`, `while`, `for`, `switch`.
    Control,
    /// Any other parentheses.
    Group,
    Index,
}

/// One pair of brackets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) place: Place,
    parent: usize,
    open: usize,
    assigned: bool,
}

/// A place in the text as far as nesting goes; saved at an `#if` and restored at its other branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The innermost bracket that is open.
    pub(super) bracket: usize,
    /// The last lexeme that is no directive.
    pub(super) last: usize,
    /// Whether a `=` stands between the start of the statement and here.
    assigned: bool,
}

/// The lexemes of an item with their nesting.
pub(super) struct Nesting<'a> {
    pub(super) source: &'a [u8],
    pub(super) lexemes: Vec<Lexeme>,
    /// For each lexeme the bracket around it.
    pub(super) around: Vec<usize>,
    /// For each lexeme the one before it, directives left out.
    pub(super) before: Vec<usize>,
    /// For each bracket its partner.
    pub(super) mate: Vec<usize>,
    /// For each lexeme that is a bracket the pair it belongs to, else 0.
    inside: Vec<usize>,
    pub(super) brackets: Vec<Bracket>,
    pub(super) state: State,
}

impl<'a> Nesting<'a> {
    /// Starts over `lexemes`, none of them taken in yet.
    pub(super) fn new(source: &'a [u8], lexemes: Vec<Lexeme>) -> Self {
        let count = lexemes.len();
        Self {
            source,
            lexemes,
            around: vec![0; count],
            before: vec![NONE; count],
            mate: vec![NONE; count],
            inside: vec![0; count],
            brackets: vec![Bracket {
                place: Place::File,
                parent: 0,
                open: NONE,
                assigned: false,
            }],
            state: State {
                bracket: 0,
                last: NONE,
                assigned: false,
            },
        }
    }

    /// The state before the first lexeme.
    pub(super) fn start(&self) -> State {
        State {
            bracket: 0,
            last: NONE,
            assigned: false,
        }
    }

    /// Takes in every lexeme in order, branches of conditionals one behind the other.
    pub(super) fn complete(source: &'a [u8], lexemes: Vec<Lexeme>) -> Self {
        let mut nesting = Self::new(source, lexemes);
        for at in 0..nesting.lexemes.len() {
            nesting.take(at);
        }
        nesting
    }

    /// Takes in the next lexeme.
    pub(super) fn take(&mut self, at: usize) {
        self.around[at] = self.state.bracket;
        self.before[at] = self.state.last;
        if matches!(self.lexemes[at].kind, Kind::Directive(_)) {
            return;
        }
        if self.lexemes[at].kind == Kind::Punctuator {
            match self.text(at) {
                b"(" | b"[" | b"{" => self.open(at),
                b")" | b"]" | b"}" => self.close(at),
                b"=" => self.state.assigned = true,
                b";" => self.state.assigned = false,
                _ => {}
            }
        }
        self.state.last = at;
    }

    fn open(&mut self, at: usize) {
        let place = match self.text(at) {
            b"[" => Place::Index,
            b"(" => self.place_of_parenthesis(),
            _ => self.place_of_brace(),
        };
        let State {
            bracket, assigned, ..
        } = self.state;
        self.brackets.push(Bracket {
            place,
            parent: bracket,
            open: at,
            assigned,
        });
        self.state.bracket = self.brackets.len() - 1;
        self.inside[at] = self.state.bracket;
        self.state.assigned = false;
    }

    fn close(&mut self, at: usize) {
        let bracket = self.brackets[self.state.bracket];
        if bracket.open == NONE {
            return;
        }
        self.inside[at] = self.state.bracket;
        self.mate[at] = bracket.open;
        self.mate[bracket.open] = at;
        self.around[at] = bracket.parent;
        self.state.bracket = bracket.parent;
        self.state.assigned = bracket.assigned && !matches!(bracket.place, Place::Block);
    }

    /// The text of a lexeme; empty for [`NONE`].
    pub(super) fn text(&self, at: usize) -> &'a [u8] {
        self.lexemes
            .get(at)
            .map_or(&[], |lexeme| lexeme.span.of(self.source))
    }

    pub(super) fn is_word(&self, at: usize) -> bool {
        self.lexemes
            .get(at)
            .is_some_and(|lexeme| lexeme.kind == Kind::Word)
    }

    /// Whether it is a word that is no keyword.
    pub(super) fn is_name(&self, at: usize) -> bool {
        self.is_word(at) && !words::is_keyword(self.text(at))
    }

    pub(super) fn previous(&self, at: usize) -> usize {
        self.before.get(at).copied().unwrap_or(NONE)
    }

    pub(super) fn place(&self, at: usize) -> Place {
        self.brackets[self.around[at]].place
    }

    /// What the brackets hold that open or close at `at`; `File` for any other lexeme.
    pub(super) fn place_inside(&self, at: usize) -> Place {
        self.inside
            .get(at)
            .map_or(Place::File, |bracket| self.brackets[*bracket].place)
    }

    /// What stands before the parentheses that close at `at`.
    pub(super) fn before_group(&self, at: usize) -> usize {
        self.mate.get(at).map_or(NONE, |open| self.previous(*open))
    }

    fn place_here(&self) -> Place {
        self.brackets[self.state.bracket].place
    }

    fn place_of_parenthesis(&self) -> Place {
        let last = self.state.last;
        let statement = matches!(
            self.place_here(),
            Place::File | Place::Members | Place::Block
        );
        let declares = statement && !self.state.assigned
            || self.place_here() == Place::Parameters
            || self.in_declarator();
        if self.is_word(last) {
            return match self.text(last) {
                b"if" | b"while" | b"for" | b"switch" => Place::Control,
                word if words::is_keyword(word) => Place::Group,
                _ if !declares => Place::Arguments,
                _ if self.place_here() == Place::Block && !self.names_declarator(last) => {
                    Place::Arguments
                }
                _ => Place::Parameters,
            };
        }
        if self.text(last) != b")" {
            return Place::Group;
        }
        let declared = declares
            && (self.place_here() != Place::Block || self.is_word(self.before_group(last)));
        if declared {
            Place::Parameters
        } else {
            Place::Arguments
        }
    }

    /// Whether the parentheses here belong to a declarator at file scope: `int (*f(int))(int)`.
    fn in_declarator(&self) -> bool {
        let here = self.brackets[self.state.bracket];
        here.place == Place::Group && here.parent == 0 && here.open != NONE && !here.assigned
    }

    /// Whether a name in a block stands behind a type: `int f`, `struct s *f`.
    fn names_declarator(&self, name: usize) -> bool {
        let mut at = self.previous(name);
        let pointer = self.text(at) == b"*";
        while self.text(at) == b"*" {
            at = self.previous(at);
        }
        let behind_type = self.is_word(at) && !words::is_statement_keyword(self.text(at));
        behind_type && !(pointer && self.is_name(at) && !self.starts_statement(at))
    }

    fn place_of_brace(&self) -> Place {
        let last = self.state.last;
        match self.place_here() {
            Place::Value | Place::Index | Place::Enumerators => Place::Value,
            Place::File | Place::Members | Place::Block => self.place_of_statement_brace(last),
            _ if self.text(last) == b"(" => Place::Block,
            _ => Place::Value,
        }
    }

    fn place_of_statement_brace(&self, last: usize) -> Place {
        if self.text(last) == b"=" {
            return Place::Value;
        }
        if let Some(place) = self.members(last) {
            return place;
        }
        let group = self.text(last) == b")";
        if group && self.state.assigned {
            return Place::Value;
        }
        let control = group && self.is_word(self.before_group(last));
        let named = control && self.text(self.before_group(last)) != b"return";
        if group && !named && self.place_here() == Place::Block {
            return Place::Value;
        }
        Place::Block
    }

    /// The members of a struct, union or enum, if its keyword stands just before.
    fn members(&self, last: usize) -> Option<Place> {
        let attribute = |at: usize| words::is_attribute(self.text(self.before_group(at)));
        if self.text(last) == b")" && !attribute(last) {
            return None;
        }
        let mut at = last;
        // A tag, attributes with and without arguments, the type of an enum: never more.
        for _ in 0..8 {
            match self.text(at) {
                b"enum" => return Some(Place::Enumerators),
                b"struct" | b"union" => return Some(Place::Members),
                b")" => at = self.before_group(at),
                b":" => at = self.previous(at),
                _ if self.is_word(at) => at = self.previous(at),
                _ => return None,
            }
        }
        None
    }

    /// Whether a statement or declaration starts at `at`, a lexeme that has been taken in.
    pub(super) fn starts_statement(&self, at: usize) -> bool {
        if !matches!(self.place(at), Place::File | Place::Members | Place::Block) {
            return false;
        }
        self.ends_statement(self.previous(at)) || self.continues_control(self.previous(at))
    }

    /// Whether `at` is the last lexeme of a statement, a label, or nothing at all.
    pub(super) fn ends_statement(&self, at: usize) -> bool {
        match self.text(at) {
            b"" | b";" | b"{" | b":" => true,
            b"}" => self.place_inside(at) == Place::Block,
            _ => false,
        }
    }

    /// Whether `at` is the colon of a label, which needs a statement behind it.
    pub(super) fn ends_label(&self, at: usize) -> bool {
        let name = self.previous(at);
        self.text(at) == b":" && self.is_name(name) && self.starts_statement(name)
    }

    /// Whether a statement must follow: behind `else`, `do` and the parentheses of `if` and its kin.
    pub(super) fn continues_control(&self, at: usize) -> bool {
        match self.text(at) {
            b"else" | b"do" => true,
            b")" => matches!(
                self.text(self.before_group(at)),
                b"if" | b"while" | b"for" | b"switch"
            ),
            _ => false,
        }
    }

    /// Whether a macro call that starts a statement closes at `at`.
    pub(super) fn closes_macro_call(&self, at: usize) -> bool {
        let name = if self.text(at) == b")" {
            self.before_group(at)
        } else {
            NONE
        };
        self.is_name(name) && self.starts_statement(name)
    }
}
