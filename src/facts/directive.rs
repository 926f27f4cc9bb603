//! Preprocessing directives, read by the lexer: what a `#define` defines and uses, what a condition asks for, what is
//! included. The grammar is not asked: a replacement list need not be C.

use crate::items::ItemKind;
use crate::items::lexer::{self, Token, TokenKind};
use crate::parse;
use crate::text::Span;

use super::build::{Builder, Word};
use super::grammar::Field;
use super::{Definition, Form, Linkage, Operand, Parameters, Role, SymbolKind, lexical, walk};

/// Adds the facts of an item that is one directive.
pub(super) fn whole(builder: &mut Builder<'_>) {
    let all = Span::new(0, crate::text::offset(builder.bytes.len()));
    inside(builder, all, None);
}

/// Adds the facts of the directive at `span` of an item; inside `function`, if it stands in one.
pub(super) fn inside(builder: &mut Builder<'_>, span: Span, function: Option<Word>) {
    let tokens: Vec<Token> = lexer::significant(span.of(builder.bytes))
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .map(|token| Token {
            span: token.span.shifted(span.start),
            ..token
        })
        .collect();
    let [hash, word, rest @ ..] = tokens.as_slice() else {
        return;
    };
    if hash.kind != TokenKind::Hash {
        return;
    }
    match word.span.of(builder.bytes) {
        b"define" => define(builder, span, rest, function),
        b"include" | b"include_next" | b"import" => include(builder, rest),
        b"if" | b"elif" | b"ifdef" | b"ifndef" | b"elifdef" | b"elifndef" | b"undef" => {
            condition(builder, rest);
        }
        _ => {}
    }
}

fn define(builder: &mut Builder<'_>, span: Span, tokens: &[Token], function: Option<Word>) {
    let Some((name, rest)) = tokens.split_first() else {
        return;
    };
    if name.kind != TokenKind::Identifier {
        return;
    }
    let mark = builder.scope.mark();
    let has_list = rest.first().is_some_and(|open| {
        open.span.start == name.span.end && open.span.of(builder.bytes) == b"("
    });
    let (parameters, body) = match has_list {
        true => {
            let (parameters, used) = parameters(builder, rest);
            (Some(parameters), &rest[used..])
        }
        false => (None, rest),
    };
    let word = builder.word(name.span);
    let body_span = match (body.first(), body.last()) {
        (Some(first), Some(last)) => Some(Span::new(first.span.start, last.span.end)),
        _ => None,
    };
    let end = tokens.last().map_or(span.end, |last| last.span.end);
    let name_id = builder.name(word);
    let parent = function.map(|word| builder.name(word));
    builder.definitions.push(Definition {
        kind: SymbolKind::Macro,
        form: Form::Definition,
        name: name_id,
        parent,
        within: None,
        linkage: Linkage::None,
        span: Span::new(span.start, end),
        name_span: name.span,
        body: body_span,
        parameters,
        type_name: None,
        dimensions: 0,
        made_by: None,
    });
    if !reparse(builder, name.span, body) {
        lexical::of_tokens(builder, body);
    }
    builder.scope.leave(mark);
}

/// Reads a replacement list as statements where that tells more than its tokens do: it has blocks, so maybe locals, or
/// it takes a member of something in brackets, whose type a cast may give. False where it is no C by itself.
fn reparse(builder: &mut Builder<'_>, name: Span, body: &[Token]) -> bool {
    let (Some(first), Some(last)) = (body.first(), body.last()) else {
        return false;
    };
    let text = |token: &Token| token.span.of(builder.bytes);
    let pays = body.iter().any(|token| text(token) == b"{")
        || body
            .windows(2)
            .any(|pair| text(&pair[0]) == b")" && matches!(text(&pair[1]), b"->" | b"."));
    let pasted = body.iter().any(|token| matches!(text(token), b"#" | b"##"));
    if !pays || pasted || (name.end as usize) < OPENING.len() {
        return false;
    }
    // The head of a function takes the place of the directive's, so that every offset of the body stays.
    let mut bytes = OPENING.to_vec();
    bytes.resize(first.span.start as usize, b' ');
    bytes.extend_from_slice(&builder.bytes[first.span.start as usize..last.span.end as usize]);
    bytes.extend_from_slice(b";}");
    let parsed = parse::item(&bytes, ItemKind::Function);
    let root = parsed.tree.root_node();
    if root.has_error() {
        return false;
    }
    let body = root
        .named_child(0)
        .and_then(|function| walk::child(function, Field::Body));
    let Some(body) = body else {
        return false;
    };
    // What a replacement list declares comes into being where the macro is expanded.
    let defined = builder.definitions.len();
    walk::over(builder, body, &parsed.hidden, ItemKind::Function);
    builder.definitions.truncate(defined);
    true
}

/// As long as the shortest head of a `#define`.
const OPENING: &[u8] = b"void _(){";

/// Reads the parameter list that `tokens` starts with, binds its names, and says how many tokens it takes.
fn parameters(builder: &mut Builder<'_>, tokens: &[Token]) -> (Parameters, usize) {
    let mut count = 0u16;
    let mut variadic = false;
    let mut used = tokens.len();
    for (at, token) in tokens.iter().enumerate() {
        match token.span.of(builder.bytes) {
            b")" => {
                used = at + 1;
                break;
            }
            b"..." => variadic = true,
            _ if token.kind == TokenKind::Identifier => {
                let word = builder.word(token.span);
                builder.scope.bind(word, Operand::Unknown);
                let named_rest = tokens
                    .get(at + 1)
                    .is_some_and(|next| next.span.of(builder.bytes) == b"...");
                count += u16::from(!named_rest);
            }
            _ => {}
        }
    }
    let parameters = Parameters {
        count,
        variadic,
        checked: true,
    };
    (parameters, used)
}

fn include(builder: &mut Builder<'_>, tokens: &[Token]) {
    let Some(path) = tokens.first() else {
        return;
    };
    let brackets = path.kind == TokenKind::HeaderName;
    if !brackets && path.kind != TokenKind::String {
        return lexical::of_tokens(builder, tokens);
    }
    let inner = Span::new(path.span.start + 1, path.span.end.saturating_sub(1));
    let word = builder.word(inner);
    builder.refer(Role::Include { brackets }, word, inner);
}

fn condition(builder: &mut Builder<'_>, tokens: &[Token]) {
    for token in tokens {
        let word = builder.word(token.span);
        let is_operator = matches!(
            token.span.of(builder.bytes),
            b"defined"
                | b"__has_include"
                | b"__has_include_next"
                | b"__has_attribute"
                | b"__has_builtin"
        );
        if token.kind == TokenKind::Identifier && !is_operator && !builder.is_keyword(word) {
            builder.refer(Role::Condition, word, token.span);
        }
    }
}
