//! What a bracket opens: a type or a value, in casts, compound literals and `sizeof`.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;
use crate::text::Span;

use super::tokens::T;
use super::{Children, Parser};

impl Parser {
    pub(super) fn sizeof(&mut self) -> Option<Id> {
        let mut sizeof = self.open(Kind::Other);
        self.need(T::Sizeof)?;
        if self.peek() == T::LParen && self.names_type(1) == Some(true) {
            self.need(T::LParen)?;
            let described = self.type_descriptor()?;
            self.push(&mut sizeof, described, Field::Type);
            self.need(T::RParen)?;
            // What follows may make it the size of a cast: `sizeof(int)-1` takes the size of `(int)-1`.
            if self.peek() == T::LBrace || self.peek() == T::Sign && self.is_signed_number() {
                return None;
            }
            return self.close(&sizeof);
        }
        // The grammar takes `sizeof(name)` for a value.
        let is_name = self.peek() == T::LParen && self.names_type(1).is_none();
        if is_name && !self.ends_operand(3) {
            return None;
        }
        let value = match is_name {
            true => self.name_in_brackets()?,
            false => self.unary()?,
        };
        if self.steps_behind(value) {
            return None;
        }
        self.push(&mut sizeof, value, Field::Value);
        self.close(&sizeof)
    }

    fn name_in_brackets(&mut self) -> Option<Id> {
        let mut brackets = self.open(Kind::Parenthesized);
        self.need(T::LParen)?;
        let name = self.leaf(T::Name, Kind::Identifier)?;
        self.push(&mut brackets, name, Field::Other);
        self.need(T::RParen)?;
        self.close(&brackets)
    }

    /// Whether what stands so many tokens ahead cannot go on with an operand.
    fn ends_operand(&self, ahead: usize) -> bool {
        !matches!(
            self.peek_at(ahead),
            T::LParen
                | T::LBrace
                | T::LBracket
                | T::Dot
                | T::Arrow
                | T::Step
                | T::Name
                | T::Number
                | T::Str
                | T::Char
                | T::Literal
                | T::Not
                | T::Sizeof
                | T::Offsetof
        )
    }

    /// Whether a type stands so many tokens ahead, behind an open bracket; `None` where that may be a type or a value.
    fn names_type(&self, ahead: usize) -> Option<bool> {
        match self.peek_at(ahead) {
            T::Struct | T::Union | T::Enum | T::Sized | T::Primitive | T::Qualifier => Some(true),
            T::Name => {
                let mut at = ahead + 1;
                while matches!(self.peek_at(at), T::Star | T::Qualifier) {
                    at += 1;
                }
                match self.peek_at(at) {
                    T::RParen if at > ahead + 1 => Some(true),
                    T::LBracket if self.peek_at(at + 1) == T::RBracket => Some(true),
                    T::RParen => None,
                    _ => Some(false),
                }
            }
            _ => Some(false),
        }
    }

    /// What begins with a bracket: a cast, a compound literal, statements, or an expression.
    pub(super) fn parenthesized(&mut self) -> Option<Id> {
        match self.names_type(1) {
            Some(true) => return self.cast(),
            None if self.is_cast_of_name()? => return self.cast(),
            _ => {}
        }
        let brackets = self.brackets()?;
        self.postfixed(brackets)
    }

    /// `( ... )` around an expression, or around statements.
    pub(super) fn brackets(&mut self) -> Option<Id> {
        let mut brackets = self.open(Kind::Parenthesized);
        self.need(T::LParen)?;
        let inside = match self.peek() {
            T::LBrace => self.block()?,
            _ => self.expressions()?,
        };
        self.push(&mut brackets, inside, Field::Other);
        self.need(T::RParen)?;
        self.close(&brackets)
    }

    /// Whether what follows `(name)` makes it a cast; `None` where both readings go on.
    fn is_cast_of_name(&self) -> Option<bool> {
        match self.peek_at(3) {
            T::Name
            | T::Number
            | T::Str
            | T::Char
            | T::Literal
            | T::Not
            | T::Sizeof
            | T::Offsetof
            | T::LBrace => Some(true),
            T::Step => None,
            // `(name)-1` is a cast of a number, but not everywhere.
            T::Sign if self.peek_at(4) == T::Number => None,
            _ => Some(false),
        }
    }

    fn cast(&mut self) -> Option<Id> {
        let start = self.start();
        self.need(T::LParen)?;
        let described = self.type_descriptor()?;
        self.need(T::RParen)?;
        let literal = self.peek() == T::LBrace;
        let kind = match literal {
            true => Kind::CompoundLiteral,
            false => Kind::Cast,
        };
        let mut cast = Children::of(self.plan.add(kind, Span::new(start, start)));
        self.push(&mut cast, described, Field::Type);
        let value = match literal {
            true => self.initializer_list()?,
            false => self.unary()?,
        };
        self.push(&mut cast, value, Field::Value);
        let cast = self.close(&cast)?;
        match literal {
            true => self.postfixed(cast),
            false => Some(cast),
        }
    }
}
