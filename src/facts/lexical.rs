//! References out of bare tokens, for text that no grammar reads: directives, macro calls that stand as items, `ERROR`s.
//!
//! Tells calls, members and tags by their neighbours; any other name is a `Value`. Sees no declaration, so it binds
//! nothing itself; names that the caller has bound are left out.

use crate::items::lexer::{self, Token, TokenKind};
use crate::text::Span;

use super::build::Builder;
use super::{Argument, CallArguments, Operand, Role, words};

/// Adds the references of the tokens inside `span`.
pub(super) fn references(builder: &mut Builder<'_>, span: Span) {
    let source = span.of(builder.bytes);
    let tokens: Vec<Token> = lexer::significant(source)
        .map(|token| Token {
            span: token.span.shifted(span.start),
            ..token
        })
        .collect();
    of_tokens(builder, &tokens);
}

/// Adds the references of a run of significant tokens, their spans in the item's own offsets.
pub(super) fn of_tokens(builder: &mut Builder<'_>, tokens: &[Token]) {
    let mut reader = Reader {
        tokens,
        open: Vec::new(),
        chain: Operand::Unknown,
    };
    for at in 0..tokens.len() {
        reader.read(builder, at);
    }
}

/// A bracket that is still open, and the call whose arguments stand in it.
struct Open {
    reference: Option<usize>,
    commas: u16,
    first: usize,
    before: Operand,
}

struct Reader<'t> {
    tokens: &'t [Token],
    open: Vec<Open>,
    /// What the tokens just read stand for, should a `.` or `->` follow.
    chain: Operand,
}

impl Reader<'_> {
    fn text<'b>(&self, builder: &Builder<'b>, at: Option<usize>) -> &'b [u8] {
        at.and_then(|at| self.tokens.get(at))
            .map_or(&[][..], |token| token.span.of(builder.bytes))
    }

    fn read(&mut self, builder: &mut Builder<'_>, at: usize) {
        let token = self.tokens[at];
        match token.kind {
            TokenKind::Identifier => self.identifier(builder, at),
            TokenKind::Punctuator => self.punctuator(builder, at),
            _ => self.chain = Operand::Unknown,
        }
    }

    fn punctuator(&mut self, builder: &mut Builder<'_>, at: usize) {
        match self.tokens[at].span.of(builder.bytes) {
            b"(" | b"[" | b"{" => {
                let called = at.checked_sub(1).map(|before| self.tokens[before].span);
                let reference = builder
                    .references
                    .last()
                    .filter(|last| Some(last.span) == called && is_call(&last.role))
                    .map(|_| builder.references.len() - 1);
                self.open.push(Open {
                    reference,
                    commas: 0,
                    first: at + 1,
                    before: std::mem::replace(&mut self.chain, Operand::Unknown),
                });
            }
            b")" | b"]" | b"}" => self.close(builder, at),
            b"," => {
                self.chain = Operand::Unknown;
                if let Some(open) = self.open.last_mut() {
                    open.commas = open.commas.saturating_add(1);
                }
            }
            b"." | b"->" => {}
            _ => self.chain = Operand::Unknown,
        }
    }

    fn close(&mut self, builder: &mut Builder<'_>, at: usize) {
        let Some(open) = self.open.pop() else {
            return;
        };
        // `a[i].m`: the element has the type of the array; `f(x)->m`: what the call returns.
        let called = open.reference.is_some();
        if let Some(reference) = open.reference {
            let call = builder.references[reference].span.start;
            self.note_arguments(builder, call, &open, at);
        }
        self.chain = match open.before {
            Operand::Named(name) if called => {
                let reference = open.reference.map(|at| builder.references[at].span.start);
                Operand::CallOf(name, reference.unwrap_or_default())
            }
            other => other,
        };
        let arguments = if open.first == at {
            0
        } else {
            open.commas.saturating_add(1)
        };
        if let Some(
            Role::Call { arguments: count }
            | Role::MemberCall {
                arguments: count, ..
            },
        ) = open.reference.map(|at| &mut builder.references[at].role)
        {
            *count = arguments;
        }
    }

    /// Notes the arguments of a call that ends at token `end`.
    fn note_arguments(&self, builder: &mut Builder<'_>, call: u32, open: &Open, end: usize) {
        arguments(builder, call, &self.tokens[open.first..end]);
    }

    fn identifier(&mut self, builder: &mut Builder<'_>, at: usize) {
        let span = self.tokens[at].span;
        let word = builder.word(span);
        let before = self.text(builder, at.checked_sub(1));
        let after = self.text(builder, Some(at + 1));
        let owner = std::mem::replace(&mut self.chain, Operand::Unknown);
        if builder.is_keyword(word) || matches!(before, b"##" | b"#") || after == b"##" {
            return;
        }
        let binding = builder.scope.find(word).cloned();
        if matches!(before, b"." | b"->") {
            let name = builder.name(word);
            self.chain = Operand::MemberOf(Box::new(owner.clone()), name);
            let role = match after {
                b"(" => Role::MemberCall {
                    owner,
                    arguments: 0,
                },
                _ => Role::Member { owner },
            };
            return builder.refer(role, word, span);
        }
        if words::opens_tag(before) {
            return builder.refer(Role::Tag, word, span);
        }
        if let Some(of_type) = binding {
            let is_parameter = matches!(of_type, Operand::Parameter(_));
            self.chain = of_type;
            if is_parameter {
                builder.refer(Role::Value, word, span);
            }
            return;
        }
        let name = builder.name(word);
        self.chain = Operand::Named(name);
        let role = match after {
            b"(" => Role::Call { arguments: 0 },
            _ => Role::Value,
        };
        builder.refer(role, word, span);
    }
}

/// Notes the arguments of the call at `call`, out of the tokens between its brackets.
pub(super) fn arguments(builder: &mut Builder<'_>, call: u32, tokens: &[Token]) {
    if tokens.is_empty() {
        return;
    }
    let mut depth = 0usize;
    let parts = tokens.split(|token| match token.span.of(builder.bytes) {
        b"(" | b"[" | b"{" => {
            depth += 1;
            false
        }
        b")" | b"]" | b"}" => {
            depth = depth.saturating_sub(1);
            false
        }
        text => text == b"," && depth == 0,
    });
    let parts: Vec<&[Token]> = parts.collect();
    let arguments = parts.into_iter().map(|part| argument(builder, part));
    let arguments = arguments.collect();
    builder.calls.push(CallArguments {
        at: call,
        arguments,
    });
}

/// An argument out of its tokens: a word, a type, or a path of members behind `&`, `*` and brackets.
fn argument(builder: &mut Builder<'_>, tokens: &[Token]) -> Argument {
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        _ => Span::default(),
    };
    let name = match tokens {
        [only] if matches!(only.kind, TokenKind::Identifier | TokenKind::Number) => {
            let word = builder.word(only.span);
            Some(builder.name(word))
        }
        _ => None,
    };
    Argument {
        span,
        name,
        operand: path(builder, tokens),
    }
}

/// What a path of members, a word or a type stands for; unknown where the tokens are none of these.
pub(super) fn path(builder: &mut Builder<'_>, tokens: &[Token]) -> Operand {
    let mut operand = Operand::Unknown;
    let mut follows = false;
    for (at, token) in tokens.iter().enumerate() {
        let text = token.span.of(builder.bytes);
        match text {
            b"&" | b"*" | b"(" if at == 0 => {}
            b")" if at + 1 == tokens.len() => {}
            b"*" if at + 1 == tokens.len() && operand != Operand::Unknown => {}
            b"struct" | b"union" | b"enum" if operand == Operand::Unknown => follows = true,
            b"." | b"->" if operand != Operand::Unknown => follows = true,
            _ if token.kind != TokenKind::Identifier => return Operand::Unknown,
            _ => {
                let word = builder.word(token.span);
                if builder.is_keyword(word) {
                    return Operand::Unknown;
                }
                operand = match (operand, follows) {
                    (Operand::Unknown, true) => match builder.scope.find(word) {
                        Some(Operand::Parameter(number)) => Operand::Parameter(*number),
                        _ => Operand::Typed(builder.name(word)),
                    },
                    (Operand::Unknown, false) => match builder.scope.find(word) {
                        Some(of_type) => of_type.clone(),
                        None => Operand::Named(builder.name(word)),
                    },
                    (owner, true) => Operand::MemberOf(Box::new(owner), builder.name(word)),
                    (_, false) => return Operand::Unknown,
                };
                follows = false;
            }
        }
    }
    operand
}

fn is_call(role: &Role) -> bool {
    matches!(role, Role::Call { .. } | Role::MemberCall { .. })
}
