//! A function whose head the grammar cannot read: its name and parameters, found by the tokens alone.
//!
//! For heads without a type (C89's implicit `int`), and for what an error swallowed. Sound because the item is known to
//! be a function: the name is the word before the first parameter list outside all brackets.

use crate::items::lexer::{self, Token, TokenKind};
use crate::parse::grammar::Kind;
use crate::parse::tree::Node;
use crate::text::Span;

use super::build::Builder;
use super::{Definition, Form, Linkage, Operand, Parameters, SymbolKind, words};

/// A head as its tokens give it.
pub(super) struct Head {
    name: Span,
    parameters: Vec<Token>,
    body: u32,
    is_static: bool,
}

/// More tokens than a head has.
const LONGEST: usize = 2_000;

/// The head of the function that `bytes` are; `None` where the tree under `root` has it, or where it is none.
pub(super) fn head(bytes: &[u8], root: Node<'_>) -> Option<Head> {
    let read = root
        .children()
        .any(|child| child.kind() == Kind::FunctionDefinition);
    if read {
        return None;
    }
    let mut head: Option<Head> = None;
    let mut depth = 0usize;
    let mut last: Option<Token> = None;
    let mut is_static = false;
    for token in lexer::significant(bytes).take(LONGEST) {
        match token.span.of(bytes) {
            b"{" if depth == 0 => {
                let found = head.filter(|head| !head.parameters.is_empty())?;
                let body = token.span.start;
                return Some(Head {
                    body,
                    is_static,
                    ..found
                });
            }
            b"=" | b"#" if depth == 0 => return None,
            b"static" if depth == 0 => is_static = true,
            b"(" => {
                if depth == 0 && head.is_none() {
                    head = last.filter(|name| is_name(bytes, *name)).map(begin);
                } else if depth == 0 && last.is_some_and(|last| last.span.of(bytes) == b")") {
                    // `NAME(x)(int a)`: not a name that stands there.
                    return None;
                }
                depth += 1;
            }
            b")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let open = head.as_ref().is_some_and(|head| head.body == 0);
        if let Some(head) = head.as_mut().filter(|_| open) {
            head.parameters.push(token);
            head.body = u32::from(depth == 0);
        }
        last = Some(token);
    }
    None
}

fn begin(name: Token) -> Head {
    Head {
        name: name.span,
        parameters: Vec::new(),
        body: 0,
        is_static: false,
    }
}

fn is_name(bytes: &[u8], token: Token) -> bool {
    token.kind == TokenKind::Identifier && !words::is_keyword(token.span.of(bytes))
}

/// Binds the parameters, so that the body's uses of them are none.
pub(super) fn bind(builder: &mut Builder<'_>, head: &Head) {
    for pair in head.parameters.windows(2) {
        let ends = matches!(pair[1].span.of(builder.bytes), b"," | b")" | b"[");
        if ends && is_name(builder.bytes, pair[0]) {
            let word = builder.word(pair[0].span);
            builder.scope.bind(word, Operand::Unknown);
        }
    }
}

/// Adds the function.
pub(super) fn define(builder: &mut Builder<'_>, head: &Head) {
    let word = builder.word(head.name);
    let name = builder.name(word);
    let end = crate::text::offset(builder.bytes.len());
    let commas = head.parameters.iter();
    let commas = commas.filter(|token| token.span.of(builder.bytes) == b",");
    let some = head.parameters.len() > 2;
    let count = u16::try_from(commas.count()).unwrap_or(u16::MAX - 1) + u16::from(some);
    // The name as a use of something else, which the broken tree gave.
    builder
        .references
        .retain(|reference| reference.span != head.name);
    builder.definitions.push(Definition {
        kind: SymbolKind::Function,
        form: Form::Definition,
        name,
        parent: None,
        within: None,
        linkage: match head.is_static {
            true => Linkage::Internal,
            false => Linkage::External,
        },
        span: Span::new(0, end),
        name_span: head.name,
        body: Some(Span::new(head.body, end)),
        parameters: Some(Parameters {
            count,
            variadic: false,
            checked: false,
        }),
        type_name: None,
        dimensions: 0,
        made_by: None,
    });
}
