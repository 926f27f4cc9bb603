//! The words of declarations: attribute-like words between type and name, attribute macros, names that macros make.

use super::nesting::{NONE, Nesting, Place};
use super::{Editor, HiddenKind, Rule, words};
use crate::items::ItemKind;
use crate::items::split::head::is_capitals;
use crate::text::Span;

/// More words than a declaration has; what has more is no declaration.
const MOST_WORDS: usize = 16;

/// Rewrites the heads of the declarations of an item.
pub(super) fn mend<'a>(editor: &mut Editor<'a>, nesting: &Nesting<'a>, kind: ItemKind) {
    for at in 0..nesting.lexemes.len() {
        let parameter = nesting.place(at) == Place::Parameters
            && matches!(nesting.text(nesting.previous(at)), b"(" | b",");
        let member = nesting.text(nesting.previous(at)) == b"}"
            && nesting.place_inside(nesting.previous(at)) == Place::Members;
        if nesting.place(at) == Place::File && nesting.text(nesting.previous(at)) == b"," {
            attributes(editor, nesting, at);
        }
        if nesting.is_word(at) && (parameter || member || nesting.starts_statement(at)) {
            let mut head = Head {
                editor,
                nesting,
                kind,
            };
            head.declaration(at, member);
        }
    }
    if kind == ItemKind::Function {
        let mut head = Head {
            editor,
            nesting,
            kind,
        };
        head.macro_made_function();
    }
}

/// `int a, __attribute__((unused)) b;`: the grammar has no attributes before a later declarator.
fn attributes(editor: &mut Editor<'_>, nesting: &Nesting<'_>, at: usize) {
    let mut at = at;
    while words::is_attribute(nesting.text(at)) && nesting.text(at + 1) == b"(" {
        let close = nesting.mate[at + 1];
        if close == NONE || !editor.may(Rule::Attributes) {
            return;
        }
        let span = Span::new(
            nesting.lexemes[at].span.start,
            nesting.lexemes[close].span.end,
        );
        editor.hide(span, HiddenKind::Attribute);
        at = close + 1;
    }
}

struct Head<'e, 'a, 'n> {
    editor: &'e mut Editor<'a>,
    nesting: &'n Nesting<'a>,
    kind: ItemKind,
}

/// The words of one part of a declaration, up to a `*` or its end.
#[derive(Default)]
struct Part {
    /// Words that are neither keywords nor tags.
    names: Vec<usize>,
    /// Macro calls between the words: the name and the closing parenthesis.
    calls: Vec<(usize, usize)>,
    /// Whether a type has been seen that is no plain name.
    typed: bool,
}

impl Head<'_, '_, '_> {
    /// Looks at the words from `at` on, the first of a declaration.
    fn declaration(&mut self, at: usize, typed: bool) {
        if words::is_statement_keyword(self.nesting.text(at)) || self.is_lone_word(at) {
            return;
        }
        let mut part = Part {
            typed,
            ..Part::default()
        };
        let mut at = at;
        let mut words_seen = 0;
        loop {
            let text = self.nesting.text(at);
            if words::is_tag(text) {
                part.typed = true;
                at = self.behind_tag(at);
                words_seen += 1;
                continue;
            }
            if text == b"*" {
                if words_seen == 0 || part.names.is_empty() && !part.typed {
                    return;
                }
                self.finish(&part, false);
                part = Part {
                    typed: true,
                    ..Part::default()
                };
                at += 1;
                continue;
            }
            if !self.nesting.is_word(at) {
                break;
            }
            words_seen += 1;
            let Some(next) = self.word(&mut part, at) else {
                at += 1;
                break;
            };
            at = next;
        }
        // Among statements one word and brackets are a call.
        let is_member = self.is_convention(at + 1) && self.nesting.place(at) != Place::Block;
        if words_seen > 1 || typed || is_member {
            // `int ATTRIBUTE (*f)(void)`: the name stands in the brackets, so all words are of the type.
            self.finish(&part, !self.is_in_brackets(at));
            if self.is_convention(at + 1) {
                self.hide_word(at + 1);
            }
            self.behind_declarator(at);
        }
    }

    /// Whether the word at `at` says how a function behind a pointer is called: `T (WINAPI *f)(int)`.
    fn is_convention(&self, at: usize) -> bool {
        let nesting = self.nesting;
        nesting.is_name(at)
            && nesting.text(at - 1) == b"("
            && nesting.text(at + 1) == b"*"
            && nesting.is_name(at + 2)
            && nesting.text(at + 3) == b")"
            && nesting.text(at + 4) == b"("
    }

    /// Whether a declarator in brackets starts at `at`: `(*`, which no parameter list begins with.
    fn is_in_brackets(&self, at: usize) -> bool {
        let close = self.nesting.mate.get(at).copied().unwrap_or(NONE);
        self.nesting.text(at) == b"("
            && (self.nesting.text(at + 1) == b"*" || self.is_convention(at + 1))
            && close != NONE
            && matches!(
                self.nesting.text(close + 1),
                b"(" | b"[" | b";" | b"," | b"="
            )
    }

    /// Whether a word in capitals stands alone in its line among statements: a macro, not a type.
    fn is_lone_word(&self, at: usize) -> bool {
        let behind = self.nesting.lexemes.get(at + 1);
        self.nesting.place(at) == Place::Block
            && is_capitals(self.nesting.text(at))
            && behind.is_some_and(|next| next.first_in_line)
    }

    /// Takes in the word at `at`; returns where to go on, or nothing where the words end with it.
    fn word(&mut self, part: &mut Part, at: usize) -> Option<usize> {
        let text = self.nesting.text(at);
        let open = self.nesting.text(at + 1) == b"(";
        let close = if open {
            self.nesting.mate[at + 1]
        } else {
            NONE
        };
        if words::is_attribute(text) || words::is_typeof(text) {
            part.typed |= words::is_typeof(text);
            return Some(if close == NONE { at + 1 } else { close + 1 });
        }
        if words::is_keyword(text) {
            part.typed |= words::is_basic_type(text);
            return Some(at + 1);
        }
        if !open || close == NONE {
            part.names.push(at);
            return Some(at + 1);
        }
        if self.nesting.is_word(close + 1) && !self.is_declarator(at, close) {
            part.calls.push((at, close));
            return Some(close + 1);
        }
        let only = !part.typed && part.names.is_empty();
        // `typedef T (name)(int)`: a type and a name in brackets, unless it is a function without a type.
        let typed =
            only && (self.kind == ItemKind::Declaration || !self.nesting.starts_statement(at));
        if !typed && self.nesting.text(close + 1) == b"(" && self.nesting.text(close + 2) != b"*" {
            self.made_name(at, close, !only);
        }
        if only && self.kind == ItemKind::Declaration && self.is_in_brackets(at + 1) {
            self.lone_type(at);
        }
        part.names.push(at);
        None
    }

    /// `T (*f)(void);` reads as a call of `T`, unless `T` is a word that only types have.
    fn lone_type(&mut self, at: usize) {
        let span = self.nesting.lexemes[at].span;
        let may = self.editor.may(Rule::LoneTypes);
        if may && self.nesting.place(at) == Place::File && span.len() >= 3 {
            self.editor.write(span, b"int");
            self.editor.note(span, HiddenKind::Operand);
        }
    }

    /// Whether `name(...)` with a word behind it is the declared name or a call, not an attribute before the name.
    fn is_declarator(&self, name: usize, close: usize) -> bool {
        let nesting = self.nesting;
        let next = nesting.text(close + 1);
        let statement = nesting.starts_statement(name) && nesting.lexemes[close + 1].first_in_line;
        let attribute_behind = is_capitals(next) || words::is_attribute_word(next);
        statement
            || self.is_only_attributes(close + 1)
            || attribute_behind && !is_capitals(nesting.text(name))
            || nesting.around[name] == 0 && self.is_old_style(close + 1)
    }

    /// Whether attributes of the language start at `at` and end the declarator.
    fn is_only_attributes(&self, at: usize) -> bool {
        let nesting = self.nesting;
        let mut end = at;
        while words::is_attribute(nesting.text(end)) && nesting.text(end + 1) == b"(" {
            match nesting.mate[end + 1] {
                NONE => return false,
                close => end = close + 1,
            }
        }
        end > at && matches!(nesting.text(end), b"" | b";" | b"," | b"=" | b"{")
    }

    fn behind_tag(&self, tag: usize) -> usize {
        let mut at = tag + 1;
        while words::is_attribute(self.nesting.text(at)) && self.nesting.text(at + 1) == b"(" {
            match self.nesting.mate[at + 1] {
                NONE => return at + 1,
                close => at = close + 1,
            }
        }
        if self.nesting.is_name(at) { at + 1 } else { at }
    }

    /// Hides the words of a part beyond its type and, in the last part, its name.
    fn finish(&mut self, part: &Part, last: bool) {
        if part.names.len() > MOST_WORDS {
            return;
        }
        let mut names = part.names.clone();
        let allowed = usize::from(!part.typed) + usize::from(last);
        while names.len() > allowed && names.len() > 1 {
            let extra = self.least_needed(&names, last);
            self.hide_word(names.remove(extra));
        }
        if names.len() > allowed && !last {
            self.hide_word(names[0]);
        }
        // A call is the type where no other is: `g_autoptr(T) x`.
        let typed = part.typed || names.len() > usize::from(last);
        for (name, close) in part.calls.iter().copied().filter(|_| typed) {
            self.hide(name, close);
        }
    }

    /// Which of too many words goes: a known attribute, then one in capitals, then the first.
    fn least_needed(&self, names: &[usize], last: bool) -> usize {
        let text = |at: &usize| self.nesting.text(*at);
        let call_behind = last
            && names
                .last()
                .is_some_and(|at| self.nesting.text(at + 1) == b"(");
        let choice = if call_behind {
            &names[..names.len() - 1]
        } else {
            names
        };
        let known = choice
            .iter()
            .position(|at| words::is_attribute_word(text(at)));
        let loud = || choice.iter().position(|at| is_capitals(text(at)));
        known.or_else(loud).unwrap_or(0)
    }

    fn hide_word(&mut self, at: usize) {
        self.hide(at, at);
    }

    fn hide(&mut self, first: usize, last: usize) {
        if !self.editor.may(Rule::Attributes) {
            return;
        }
        let span = Span::new(
            self.nesting.lexemes[first].span.start,
            self.nesting.lexemes[last].span.end,
        );
        self.editor.hide(span, HiddenKind::Attribute);
    }

    /// `HELPER(x)(int a)`: the first argument stands for the name.
    fn made_name(&mut self, at: usize, close: usize, typed: bool) {
        let span = |at: usize| self.nesting.lexemes[at].span;
        if !self.nesting.is_word(at + 2) || !self.editor.may(Rule::MadeNames) {
            return;
        }
        self.editor
            .blank(Span::new(span(at).start, span(at + 2).start));
        if !typed && span(at).len() >= 3 {
            self.editor.write(span(at), b"int");
        }
        self.editor
            .blank(Span::new(span(at + 2).end, span(close).end));
        self.editor.note(
            Span::new(span(at).start, span(close).end),
            HiddenKind::NameMacro,
        );
    }

    /// Words behind a parameter list or a declared name: `int f(void) NOTHROW;`, `int x GUARDED_BY(y);`.
    fn behind_declarator(&mut self, at: usize) {
        let around = self.nesting.around.get(at).copied().unwrap_or(0);
        if self.nesting.brackets[around].place == Place::Block {
            return;
        }
        let mut at = at;
        while matches!(self.nesting.text(at), b"(" | b"[") && self.nesting.mate[at] != NONE {
            at = self.nesting.mate[at] + 1;
        }
        if around == 0 && self.is_old_style(at) {
            return;
        }
        while self.nesting.is_word(at) {
            let call = self.nesting.text(at + 1) == b"(" && self.nesting.mate[at + 1] != NONE;
            let end = if call { self.nesting.mate[at + 1] } else { at };
            if self.nesting.is_name(at) {
                self.hide(at, end);
            }
            at = end + 1;
        }
    }

    /// Whether what follows a parameter list at `at` declares parameters.
    fn is_old_style(&self, at: usize) -> bool {
        self.kind == ItemKind::Function
            && (at..self.nesting.lexemes.len())
                .take_while(|at| self.nesting.text(*at) != b"{")
                .any(|at| self.nesting.text(at) == b";")
    }

    /// `TEST(name) {`: a function whose whole head is one macro call; it reads as `TEST name() {`.
    fn macro_made_function(&mut self) {
        let nesting = self.nesting;
        let close = if nesting.text(1) == b"(" {
            nesting.mate[1]
        } else {
            NONE
        };
        if close == NONE
            || !self.editor.may(Rule::MadeNames)
            || !nesting.is_name(0)
            || !nesting.is_name(2)
            || nesting.text(close + 1) != b"{"
        {
            return;
        }
        let span = |at: usize| nesting.lexemes[at].span;
        let free = span(close + 1).start > span(close).end;
        match nesting.text(3) {
            b"," => self.editor.write(span(3), b"("),
            b")" if free => {
                self.editor.write(span(3), b"(");
                self.editor
                    .put_in_space(Span::new(span(3).end, span(4).start), b')');
            }
            _ => return,
        }
        self.editor.blank(span(1));
        self.editor.note(
            Span::new(span(0).start, span(close).end),
            HiddenKind::NameMacro,
        );
    }
}
