//! The replacement itself: one run over a list of tokens, macro by macro, with what is being replaced kept out.

use std::borrow::Cow;

use crate::items::lexer::TokenKind;
use crate::text::offset;

use super::define::{Macro, Part};
use super::paste::{Texts, append, body_piece, glue, placemarker, string};
use super::piece::{Number, Piece};
use super::{DEEPEST, MOST_TOKENS};

/// One macro that was expanded once.
#[derive(Clone, Copy, Debug)]
pub(super) struct MacroCall {
    /// Which macro.
    pub(super) number: usize,
    /// The call that its name stands in.
    pub(super) within: Option<u32>,
}

/// Says which definition a name has: the macro, and a number of its own.
pub(super) trait Choose<'m> {
    fn choose(&mut self, name: &[u8]) -> Option<(usize, &'m Macro)>;
}

enum Entry<'m> {
    Piece(Piece<'m>),
    /// What a macro gave ends here.
    End(usize),
}

/// A run of replacements.
pub(super) struct Replacer<'m, 'c> {
    /// Where the text of pasted tokens is kept.
    texts: &'c Texts<'m>,
    chosen: &'c mut dyn Choose<'m>,
    /// The macros whose replacement is being read.
    active: Vec<usize>,
    /// The macros that were expanded, in order of their first expansion.
    pub(super) used: Vec<usize>,
    /// Every expansion, each behind the one that it stands in.
    pub(super) calls: Vec<MacroCall>,
    left: usize,
    /// Whether a bound was met.
    pub(super) limited: bool,
}

impl<'m, 'c> Replacer<'m, 'c> {
    pub(super) fn new(chosen: &'c mut dyn Choose<'m>, texts: &'c Texts<'m>) -> Self {
        Self {
            texts,
            chosen,
            active: Vec::new(),
            used: Vec::new(),
            calls: Vec::new(),
            left: MOST_TOKENS,
            limited: false,
        }
    }

    /// Replaces every macro in `pieces`.
    pub(super) fn run(&mut self, pieces: &[Piece<'m>], depth: usize) -> Vec<Piece<'m>> {
        let pieces = pieces.iter().rev().copied();
        let mut stack: Vec<Entry<'m>> = pieces.map(Entry::Piece).collect();
        let mut done = Vec::with_capacity(stack.len());
        while let Some(entry) = stack.pop() {
            match entry {
                Entry::End(number) => self.close(number),
                Entry::Piece(piece) => {
                    if let Some(piece) = self.take(piece, &mut stack, depth) {
                        done.push(piece);
                    }
                }
            }
        }
        done
    }

    fn call(&mut self, number: usize, within: Option<u32>) -> u32 {
        let call = offset(self.calls.len());
        self.calls.push(MacroCall { number, within });
        call
    }

    fn close(&mut self, number: usize) {
        if let Some(at) = self.active.iter().rposition(|active| *active == number) {
            self.active.remove(at);
        }
    }

    /// Takes the next piece: gives it back where it is final, else puts what replaces it on the stack.
    fn take(
        &mut self,
        mut piece: Piece<'m>,
        stack: &mut Vec<Entry<'m>>,
        depth: usize,
    ) -> Option<Piece<'m>> {
        if self.left == 0 || depth > DEEPEST {
            self.limited = true;
            return Some(piece);
        }
        self.left -= 1;
        if piece.kind != TokenKind::Identifier || piece.painted {
            return Some(piece);
        }
        let Some((number, of)) = self.chosen.choose(piece.text) else {
            return Some(piece);
        };
        if self.active.contains(&number) {
            piece.painted = true;
            return Some(piece);
        }
        let arguments = match of.parameters() {
            None => Vec::new(),
            Some(count) => {
                let Some(arguments) = self.arguments(of, count, stack) else {
                    return Some(piece);
                };
                arguments
            }
        };
        if !self.used.contains(&number) {
            self.used.push(number);
        }
        let outer = piece.call.map(|call| offset(call.get()));
        let call = Number::of(self.call(number, outer) as usize);
        let arguments = within(arguments, call);
        let body = self.substituted((number, of), &arguments, (&piece, call), depth);
        if body.len() > self.left {
            self.limited = true;
            return Some(piece);
        }
        self.active.push(number);
        stack.push(Entry::End(number));
        stack.extend(body.into_iter().rev().map(Entry::Piece));
        None
    }

    /// Takes the argument lists off the stack; `None`, and nothing taken, where no fitting call follows.
    fn arguments(
        &mut self,
        of: &Macro,
        count: usize,
        stack: &mut Vec<Entry<'m>>,
    ) -> Option<Vec<Vec<Piece<'m>>>> {
        let close = closing(stack)?;
        let mut ended = Vec::new();
        let mut pieces = Vec::with_capacity(stack.len() - close);
        for entry in stack.drain(close..).rev() {
            match entry {
                Entry::End(number) => ended.push(number),
                Entry::Piece(piece) => pieces.push(piece),
            }
        }
        let arguments = split(&pieces[1..pieces.len() - 1], count, of.is_variadic());
        let fits = arguments.len() == count || count == 0 && arguments.iter().all(Vec::is_empty);
        if !fits {
            // Not this macro's call: the tokens go back; what they end ends a little late.
            stack.extend(ended.iter().rev().map(|number| Entry::End(*number)));
            stack.extend(pieces.into_iter().rev().map(Entry::Piece));
            return None;
        }
        ended.into_iter().for_each(|number| self.close(number));
        Some(arguments)
    }

    /// The replacement list with the arguments in their places; all of it at the place of the macro's name.
    fn substituted(
        &mut self,
        (number, of): (usize, &'m Macro),
        arguments: &[Vec<Piece<'m>>],
        (name, call): (&Piece<'m>, Number),
        depth: usize,
    ) -> Vec<Piece<'m>> {
        let mut expanded: Vec<Option<Vec<Piece<'m>>>> = vec![None; arguments.len()];
        let mut out: Vec<Piece<'m>> = Vec::with_capacity(of.body.len());
        let parts = without_optional(of, arguments);
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let next = parts.get(at + 1);
            let text = of.text(part);
            if text == b"##" && at > 0 && next.is_some() {
                at += self.paste((number, of), &parts[at + 1..], arguments, &mut out) + 1;
                continue;
            }
            let stringed = next.and_then(|next| next.parameter);
            if let Some(parameter) = stringed.filter(|_| text == b"#") {
                out.push(string(
                    &arguments[parameter],
                    part.spaced,
                    number,
                    self.texts,
                ));
                at += 2;
                continue;
            }
            match part.parameter {
                Some(parameter) => {
                    let pasted = next.is_some_and(|next| of.text(next) == b"##");
                    let pieces = match pasted {
                        true => &arguments[parameter],
                        false => &*expanded[parameter]
                            .get_or_insert_with(|| self.run(&arguments[parameter], depth + 1)),
                    };
                    let empty = pieces.is_empty();
                    append(&mut out, pieces, part.spaced);
                    if pasted && empty {
                        out.push(placemarker(number));
                    }
                }
                None => out.push(body_piece(of, part, number)),
            }
            at += 1;
        }
        out.retain(|piece| !piece.text.is_empty());
        for piece in &mut out {
            piece.at = name.at;
            piece.call = piece.call.or(Some(call));
        }
        if let Some(first) = out.first_mut() {
            first.spaced = name.spaced;
        }
        out
    }

    /// Pastes what stands behind a `##` to the last token of `out`; returns how many parts it took.
    fn paste(
        &mut self,
        (number, of): (usize, &'m Macro),
        rest: &[Part],
        arguments: &[Vec<Piece<'m>>],
        out: &mut Vec<Piece<'m>>,
    ) -> usize {
        let part = &rest[0];
        // `# x` behind `##` pastes the string.
        if of.text(part) == b"#"
            && let Some(parameter) = rest.get(1).and_then(|next| next.parameter)
        {
            let right = string(&arguments[parameter], false, number, self.texts);
            glue(out, &[right], number, self.texts);
            return 2;
        }
        let Some(parameter) = part.parameter else {
            glue(out, &[body_piece(of, part, number)], number, self.texts);
            return 1;
        };
        let right = &arguments[parameter];
        let variadic = of.is_variadic() && parameter + 1 == arguments.len();
        if variadic && out.last().is_some_and(|last| last.is(b",")) {
            // GNU C: the comma goes with an empty list, and is not pasted to another.
            match right.is_empty() {
                true => drop(out.pop()),
                false => append(out, right, true),
            }
            return 1;
        }
        glue(out, right, number, self.texts);
        1
    }
}

/// The arguments of a call as tokens of that call.
fn within(mut arguments: Vec<Vec<Piece<'_>>>, call: Number) -> Vec<Vec<Piece<'_>>> {
    for piece in arguments.iter_mut().flatten() {
        piece.call = Some(call);
    }
    arguments
}

/// Where on the stack the `)` stands that closes the call whose `(` comes next.
fn closing(stack: &[Entry<'_>]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, entry) in stack.iter().enumerate().rev() {
        let Entry::Piece(piece) = entry else {
            continue;
        };
        match piece.text {
            b"(" => depth += 1,
            _ if depth == 0 => return None,
            b")" if depth == 1 => return Some(at),
            b")" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The arguments between two brackets; a variadic macro's last one holds all that is left.
fn split<'m>(pieces: &[Piece<'m>], count: usize, variadic: bool) -> Vec<Vec<Piece<'m>>> {
    let mut arguments = vec![Vec::new()];
    let mut depth = 0usize;
    for piece in pieces {
        match piece.text {
            b"(" => depth += 1,
            b")" => depth = depth.saturating_sub(1),
            b"," if depth == 0 && !(variadic && arguments.len() == count) => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(*piece);
        }
    }
    if variadic && arguments.len() + 1 == count {
        arguments.push(Vec::new());
    }
    arguments
}

/// The parts of the replacement list; `__VA_OPT__(...)` gives its content where there are variadic arguments.
fn without_optional<'o>(of: &'o Macro, arguments: &[Vec<Piece<'_>>]) -> Cow<'o, [Part]> {
    let is_optional = |part: &Part| of.text(part) == b"__VA_OPT__";
    if !of.is_variadic() || !of.body.iter().any(is_optional) {
        return Cow::Borrowed(&of.body);
    }
    let some = of.is_variadic() && arguments.last().is_some_and(|last| !last.is_empty());
    let mut parts = Vec::with_capacity(of.body.len());
    let mut optional: Option<usize> = None;
    for (at, part) in of.body.iter().enumerate() {
        let text = of.text(part);
        let opens = |at: usize| of.body.get(at).is_some_and(|next| of.text(next) == b"(");
        match (&mut optional, text) {
            (None, b"__VA_OPT__") if of.is_variadic() && opens(at + 1) => optional = Some(0),
            (None, _) => parts.push(*part),
            (Some(depth), b"(") => {
                *depth += 1;
                if *depth > 1 && some {
                    parts.push(*part);
                }
            }
            (Some(depth), b")") => {
                *depth = depth.saturating_sub(1);
                match *depth {
                    0 => optional = None,
                    _ if some => parts.push(*part),
                    _ => {}
                }
            }
            (Some(_), _) if some => parts.push(*part),
            _ => {}
        }
    }
    Cow::Owned(parts)
}
