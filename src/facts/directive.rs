//! Preprocessing directives, read by the lexer: what a `#define` defines and uses, what a condition asks for, what is
//! included. The grammar is not asked: a replacement list need not be C.

use crate::items::ItemKind;
use crate::items::lexer::{self, Token, TokenKind};
use crate::parse;
use crate::parse::grammar::{Field, Kind};
use crate::text::Span;

use super::build::{Builder, Word};
use super::{
    Definition, Form, Linkage, MacroParameter, Operand, Parameters, Replacement, Role, SymbolKind,
    lexical, operand, walk,
};

/// Adds the facts of an item that is one directive.
pub(super) fn whole(builder: &mut Builder<'_>) {
    let all = Span::new(0, crate::text::offset(builder.bytes.len()));
    directive(builder, all, None);
}

/// Adds the facts of the directive at `span` of an item; inside `function`, if it stands in one.
pub(super) fn inside(builder: &mut Builder<'_>, span: Span, function: Option<Word>) {
    directive(builder, span, function);
    // It is no item of its own: whoever asks what it stands for reads it alone.
    builder.replacement = Replacement::default();
}

fn directive(builder: &mut Builder<'_>, span: Span, function: Option<Word>) {
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

/// Adds the macro that an item which is one `#define` defines, and nothing of what it stands for.
pub(super) fn defined(builder: &mut Builder<'_>) {
    let tokens: Vec<Token> = lexer::significant(builder.bytes)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .collect();
    if let [_, _, rest @ ..] = tokens.as_slice() {
        let all = Span::new(0, crate::text::offset(builder.bytes.len()));
        head(builder, all, rest, None);
    }
}

fn define(builder: &mut Builder<'_>, span: Span, tokens: &[Token], function: Option<Word>) {
    let mark = builder.scope.mark();
    if let Some((name, body)) = head(builder, span, tokens, function) {
        replacement(builder, name, body);
    }
    builder.scope.leave(mark);
}

/// Adds the macro whose name `tokens` begin with and binds its parameters; gives its name and its replacement list.
fn head<'t>(
    builder: &mut Builder<'_>,
    span: Span,
    tokens: &'t [Token],
    function: Option<Word>,
) -> Option<(Span, &'t [Token])> {
    let (name, rest) = tokens.split_first()?;
    if name.kind != TokenKind::Identifier {
        return None;
    }
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
    Some((name.span, body))
}

/// Reads a replacement list: its references, what depends on its arguments, what it stands for.
fn replacement(builder: &mut Builder<'_>, name: Span, body: &[Token]) {
    builder.replacement.attribute = body.first().is_some_and(|first| {
        matches!(
            first.span.of(builder.bytes),
            b"__attribute__" | b"__attribute" | b"__declspec"
        )
    });
    if !body.iter().any(|token| token.kind == TokenKind::Identifier) {
        return;
    }
    count_uses(builder, body);
    let pasted = pasted(builder.bytes, body);
    match reparse(builder, name, &pasted) {
        Some(value) => builder.replacement.value = value,
        None => {
            lexical::of_tokens(builder, &pasted);
            builder.replacement.value = lexical::path(builder, &pasted);
        }
    }
}

fn count_uses(builder: &mut Builder<'_>, body: &[Token]) {
    let mut behind_hash = false;
    for token in body {
        let text = token.span.of(builder.bytes);
        let is_string = std::mem::replace(&mut behind_hash, text == b"#");
        if token.kind != TokenKind::Identifier || is_string {
            continue;
        }
        let word = builder.word(token.span);
        let Some(Operand::Parameter(number)) = builder.scope.find(word) else {
            continue;
        };
        let number = usize::from(*number);
        if let Some(parameter) = builder.replacement.parameters.get_mut(number) {
            parameter.uses = parameter.uses.saturating_add(1);
        }
    }
}

/// The tokens with each run of names that `##` joins as one, and without what `#` makes a string.
fn pasted(source: &[u8], body: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(token) = body.get(at) {
        let text = token.span.of(source);
        at += 1;
        if text == b"#"
            && body
                .get(at)
                .is_some_and(|next| next.kind == TokenKind::Identifier)
        {
            let span = Span::new(token.span.start, body[at].span.end);
            at += 1;
            out.push(Token {
                kind: TokenKind::String,
                span,
            });
        } else if text == b"##" {
            let joins = out
                .last()
                .is_some_and(|last| last.kind == TokenKind::Identifier);
            let is_word =
                |next: &&Token| matches!(next.kind, TokenKind::Identifier | TokenKind::Number);
            if let (true, Some(next), Some(last)) =
                (joins, body.get(at).filter(is_word), out.last_mut())
            {
                last.span = Span::new(last.span.start, next.span.end);
                at += 1;
            }
        } else {
            out.push(*token);
        }
    }
    out
}

/// Reads a replacement list as an expression or statements, which tells locals and types that its tokens do not; what
/// it stands for. `None` where it is no C by itself, or where its tokens say as much.
fn reparse(builder: &mut Builder<'_>, name: Span, body: &[Token]) -> Option<Operand> {
    let first = body.first()?;
    let text = |token: &Token| token.span.of(builder.bytes);
    let opens = |token: &Token| matches!(text(token), b"{" | b"(" | b"." | b"->");
    if body.len() < 3 || !body.iter().any(opens) || (name.end as usize) < OPENING.len() {
        return None;
    }
    // The head of a function takes the place of the directive's, so that every offset of the body stays.
    let mut bytes = OPENING.to_vec();
    bytes.resize(first.span.start as usize, b' ');
    for token in body {
        bytes.resize(token.span.start as usize, b' ');
        let text = token.span.of(builder.bytes);
        match token.kind {
            TokenKind::String if text.first() == Some(&b'#') => {
                bytes.push(b'"');
                bytes.resize(token.span.end as usize - 1, b'_');
                bytes.push(b'"');
            }
            TokenKind::Identifier => {
                let joined = |byte: &u8| !byte.is_ascii_whitespace() && !b"#\\".contains(byte);
                bytes.extend(
                    text.iter()
                        .map(|byte| if joined(byte) { *byte } else { b'_' }),
                );
            }
            _ => bytes.extend_from_slice(text),
        }
    }
    bytes.extend_from_slice(b";}");
    let parsed = parse::item(&bytes, ItemKind::Function);
    let root = parsed.tree.root();
    if parsed.tree.has_error() {
        return None;
    }
    let body = root
        .first()
        .and_then(|function| function.child(Field::Body))?;
    // What a replacement list declares comes into being where the macro is expanded.
    let defined = builder.definitions.len();
    builder.in_replacement = true;
    walk::over(builder, body, &parsed.hidden, ItemKind::Function);
    builder.in_replacement = false;
    builder.definitions.truncate(defined);
    let statements: Vec<_> = body.children().collect();
    let value = match statements.as_slice() {
        [only] if only.kind() == Kind::ExpressionStatement => only.first(),
        _ => None,
    };
    Some(value.map_or(Operand::Unknown, |value| operand::of(builder, value)))
}

/// As long as the shortest head of a `#define`.
const OPENING: &[u8] = b"void _(){";

/// Reads the parameter list that `tokens` starts with, binds its names, and says how many tokens it takes.
fn parameters(builder: &mut Builder<'_>, tokens: &[Token]) -> (Parameters, usize) {
    let mut count = 0u16;
    let mut variadic = false;
    let mut used = tokens.len();
    builder.replacement = Replacement::default();
    for (at, token) in tokens.iter().enumerate() {
        match token.span.of(builder.bytes) {
            b")" => {
                used = at + 1;
                break;
            }
            b"..." => {
                let names_rest = at
                    .checked_sub(1)
                    .is_some_and(|before| tokens[before].kind == TokenKind::Identifier);
                if !names_rest {
                    let name = builder.rest();
                    parameter(builder, name);
                }
                variadic = true;
            }
            _ if token.kind == TokenKind::Identifier => {
                let word = builder.word(token.span);
                parameter(builder, word);
                let named_rest = tokens
                    .get(at + 1)
                    .is_some_and(|next| next.span.of(builder.bytes) == b"...");
                count += u16::from(!named_rest);
            }
            _ => {}
        }
    }
    builder.replacement.variadic = variadic;
    let parameters = Parameters {
        count,
        variadic,
        checked: true,
    };
    (parameters, used)
}

fn parameter(builder: &mut Builder<'_>, word: Word) {
    let number = builder.replacement.parameters.len();
    let number = u16::try_from(number).unwrap_or(u16::MAX);
    builder.scope.bind(word, Operand::Parameter(number));
    let name = builder.name(word);
    builder
        .replacement
        .parameters
        .push(MacroParameter { name, uses: 0 });
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
        let is_operator = token.span.of(builder.bytes) == b"defined";
        if token.kind == TokenKind::Identifier && !is_operator && !builder.is_keyword(word) {
            builder.refer(Role::Condition, word, token.span);
        }
    }
}
