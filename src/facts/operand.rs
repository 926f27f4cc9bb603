//! The type of the object that an expression names, as far as its item shows it: where a member's owner is looked up.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Node;
use crate::text::Span;

use super::build::Builder;
use super::{Argument, Operand};

/// Chains longer than this are not followed: `Unknown` is the honest answer to machine-made ones.
const LONGEST_CHAIN: u32 = 48;

/// The operand that the expression `node` stands for.
pub(super) fn of(builder: &mut Builder<'_>, node: Node<'_>) -> Operand {
    chain(builder, node, LONGEST_CHAIN)
}

/// The operand of a child in `field`.
pub(super) fn of_field(builder: &mut Builder<'_>, node: Node<'_>, field: Field) -> Operand {
    in_field(builder, node, field, LONGEST_CHAIN)
}

fn in_field(builder: &mut Builder<'_>, node: Node<'_>, field: Field, left: u32) -> Operand {
    match node.child(field) {
        Some(child) => chain(builder, child, left),
        None => Operand::Unknown,
    }
}

fn chain(builder: &mut Builder<'_>, node: Node<'_>, left: u32) -> Operand {
    let Some(left) = left.checked_sub(1) else {
        return Operand::Unknown;
    };
    match node.kind() {
        Kind::Identifier => named(builder, node.span()),
        Kind::Field => member(builder, node, left),
        Kind::Call => result(builder, node, left),
        Kind::Parenthesized => node
            .first()
            .map_or(Operand::Unknown, |inner| chain(builder, inner, left)),
        // GNU C: the value of `({ ...; x; })` is that of its last expression.
        Kind::CompoundStatement => last_child(node)
            .filter(|last| last.kind() == Kind::ExpressionStatement)
            .and_then(|last| last.first())
            .map_or(Operand::Unknown, |value| chain(builder, value, left)),
        Kind::Pointer | Kind::Subscript | Kind::Update => {
            in_field(builder, node, Field::Argument, left)
        }
        Kind::Cast | Kind::CompoundLiteral => node
            .child(Field::Type)
            .map_or(Operand::Unknown, |described| of_type(builder, described)),
        Kind::Assignment => in_field(builder, node, Field::Left, left),
        Kind::Conditional => match in_field(builder, node, Field::Consequence, left) {
            Operand::Unknown => in_field(builder, node, Field::Alternative, left),
            known => known,
        },
        Kind::Comma => in_field(builder, node, Field::Right, left),
        // Pointer arithmetic: the pointer is nearly always on the left.
        Kind::Binary => in_field(builder, node, Field::Left, left),
        _ => Operand::Unknown,
    }
}

fn last_child(node: Node<'_>) -> Option<Node<'_>> {
    node.children().last()
}

fn named(builder: &mut Builder<'_>, span: Span) -> Operand {
    let word = builder.word(span);
    match builder.scope.find(word) {
        Some(of_type) => of_type.clone(),
        None if builder.is_keyword(word) || span.is_empty() => Operand::Unknown,
        None => Operand::Named(builder.name(word)),
    }
}

fn member(builder: &mut Builder<'_>, node: Node<'_>, left: u32) -> Operand {
    let owner = in_field(builder, node, Field::Argument, left);
    let Some(name) = node.child(Field::Member) else {
        return Operand::Unknown;
    };
    let word = builder.word(name.span());
    Operand::MemberOf(Box::new(owner), builder.name(word))
}

fn result(builder: &mut Builder<'_>, node: Node<'_>, left: u32) -> Operand {
    let Some(function) = node.child(Field::Function) else {
        return Operand::Unknown;
    };
    match chain(builder, function, left) {
        Operand::Named(name) => Operand::CallOf(name, function.span().start),
        // A local or a member that points to a function has the type that the function returns.
        other => other,
    }
}

/// The operand of a `type_descriptor` or a type specifier.
pub(super) fn of_type(builder: &mut Builder<'_>, node: Node<'_>) -> Operand {
    match node.kind() {
        Kind::TypeDescriptor => node
            .child(Field::Type)
            .map_or(Operand::Unknown, |inner| of_type(builder, inner)),
        Kind::TypeIdentifier => of_type_name(builder, node.span()),
        Kind::Struct | Kind::Union | Kind::Enum => match node.child(Field::Name) {
            Some(name) => {
                let word = builder.word(name.span());
                match builder.scope.find(word) {
                    Some(Operand::Parameter(number)) => Operand::Parameter(*number),
                    _ => Operand::Typed(builder.name(word)),
                }
            }
            None => Operand::Unknown,
        },
        Kind::MacroType if is_typeof(builder, node) => node
            .child(Field::Type)
            .map_or(Operand::Unknown, |inner| of_type(builder, inner)),
        _ => Operand::Unknown,
    }
}

fn is_typeof(builder: &Builder<'_>, node: Node<'_>) -> bool {
    let name = node
        .child(Field::Name)
        .map(|name| name.span().of(builder.bytes));
    matches!(
        name,
        Some(b"typeof" | b"__typeof__" | b"__typeof" | b"typeof_unqual")
    )
}

/// Whether `struct`, `union` or `enum` stands in front, which the parser did not see.
fn follows_tag(source: &[u8], name: Span) -> bool {
    let before = source[..name.start as usize].trim_ascii_end();
    let word = before.rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let word = word.into_iter().next().unwrap_or_default();
    before.len() < name.start as usize && super::words::opens_tag(word)
}

/// The arguments of a call, each as far as it is in sight.
pub(super) fn arguments(builder: &mut Builder<'_>, list: Node<'_>) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for part in list.children() {
        let kind = part.kind();
        if kind == Kind::Comment {
            continue;
        }
        let span = part.span();
        let name = match kind {
            Kind::Identifier | Kind::NumberLiteral => {
                let word = builder.word(span);
                Some(builder.name(word))
            }
            _ => None,
        };
        let operand = match kind {
            Kind::TypeDescriptor => of_type(builder, part),
            Kind::Identifier if follows_tag(builder.bytes, span) => {
                let word = builder.word(span);
                match builder.scope.find(word) {
                    Some(Operand::Parameter(number)) => Operand::Parameter(*number),
                    _ => Operand::Typed(builder.name(word)),
                }
            }
            Kind::NumberLiteral | Kind::StringLiteral | Kind::CharLiteral => Operand::Unknown,
            _ => of(builder, part),
        };
        arguments.push(Argument {
            span,
            name,
            operand,
        });
    }
    arguments
}

/// The operand of a typedef name; a local typedef gives what it stands for.
pub(super) fn of_type_name(builder: &mut Builder<'_>, span: Span) -> Operand {
    let word = builder.word(span);
    match builder.scope.find(word) {
        Some(Operand::Unknown) | None if !builder.is_keyword(word) => {
            Operand::Typed(builder.name(word))
        }
        Some(of_type) => of_type.clone(),
        None => Operand::Unknown,
    }
}
