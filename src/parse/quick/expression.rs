//! Expressions, by precedence.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;
use crate::text::{Span, offset};

use super::tokens::T;
use super::{Children, Parser};

/// How tightly a binary operator binds; the numbers are the grammar's.
fn precedence(t: T) -> Option<u8> {
    Some(match t {
        T::OrOr => 1,
        T::AndAnd => 2,
        T::Or => 3,
        T::Xor => 4,
        T::Amp => 5,
        T::Equal => 6,
        T::Relation => 7,
        T::Shift => 9,
        T::Sign => 10,
        T::Star | T::Divide => 11,
        _ => return None,
    })
}

/// What may stand left of an assignment.
fn is_assignable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Identifier
            | Kind::Call
            | Kind::Field
            | Kind::Pointer
            | Kind::Subscript
            | Kind::Parenthesized
    )
}

impl Parser {
    /// An expression or several behind commas.
    pub(super) fn expressions(&mut self) -> Option<Id> {
        let left = self.expression()?;
        if self.peek() != T::Comma {
            return Some(left);
        }
        let mut comma = self.around(Kind::Comma, left, Field::Left);
        self.need(T::Comma)?;
        let right = self.deeper(Self::expressions)?;
        self.push(&mut comma, right, Field::Right);
        self.close(&comma)
    }

    /// An expression without a comma outside brackets.
    pub(super) fn expression(&mut self) -> Option<Id> {
        self.deeper(Self::assignment)
    }

    fn assignment(&mut self) -> Option<Id> {
        let left = self.conditional()?;
        if !matches!(self.peek(), T::Assign | T::OpAssign) {
            return Some(left);
        }
        if !is_assignable(self.plan.kind(left)) {
            return None;
        }
        let mut assignment = self.around(Kind::Assignment, left, Field::Left);
        self.at += 1;
        let right = self.expression()?;
        self.push(&mut assignment, right, Field::Right);
        self.close(&assignment)
    }

    fn conditional(&mut self) -> Option<Id> {
        let condition = self.binary(1)?;
        if self.peek() != T::Question {
            return Some(condition);
        }
        let mut conditional = self.around(Kind::Conditional, condition, Field::Condition);
        self.need(T::Question)?;
        if self.peek() != T::Colon {
            let consequence = self.expressions()?;
            self.push(&mut conditional, consequence, Field::Consequence);
        }
        self.need(T::Colon)?;
        let alternative = self.deeper(Self::conditional)?;
        self.push(&mut conditional, alternative, Field::Alternative);
        self.close(&conditional)
    }

    /// How tightly the operator binds that comes next, if one does.
    pub(super) fn binds(&self) -> Option<u8> {
        precedence(self.peek())
    }

    fn binary(&mut self, least: u8) -> Option<Id> {
        let mut left = self.unary()?;
        while let Some(binds) = self.binds().filter(|binds| *binds >= least) {
            let mut binary = self.around(Kind::Binary, left, Field::Left);
            self.at += 1;
            let right = self.binary(binds + 1)?;
            self.push(&mut binary, right, Field::Right);
            left = self.close(&binary)?;
        }
        Some(left)
    }

    pub(super) fn unary(&mut self) -> Option<Id> {
        self.deeper(Self::prefixed)
    }

    fn prefixed(&mut self) -> Option<Id> {
        match self.peek() {
            T::Sign if self.is_signed_number() => {
                let start = self.start();
                self.at += 2;
                let number = Span::new(start, self.end());
                let number = self.plan.add(Kind::NumberLiteral, number);
                self.postfixed(number)
            }
            T::Not | T::Sign => {
                let unary = self.open(Kind::Other);
                self.at += 1;
                self.operand(unary)
            }
            T::Star | T::Amp => {
                let pointer = self.open(Kind::Pointer);
                if self.peek() == T::Amp {
                    self.plan.set_count(pointer.parent, 1);
                }
                self.at += 1;
                let operand = self.unary()?;
                self.argument(pointer, operand)
            }
            T::Step => {
                let update = self.open(Kind::Update);
                self.at += 1;
                self.operand(update)
            }
            T::Sizeof => self.sizeof(),
            T::LParen => self.parenthesized(),
            _ => {
                let primary = self.primary()?;
                self.postfixed(primary)
            }
        }
    }

    /// `-1` is one token of the grammar.
    pub(super) fn is_signed_number(&self) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|next| {
            next.t == T::Number && next.span.start == self.tokens[self.at].span.end
        })
    }

    /// The operand of an operator that binds as tightly as `++` behind it, which the grammar takes for the outer one.
    fn operand(&mut self, operator: Children) -> Option<Id> {
        let operand = self.unary()?;
        if self.steps_behind(operand) {
            return None;
        }
        self.argument(operator, operand)
    }

    /// Whether an expression is `x++` or `x--`.
    pub(super) fn steps_behind(&self, id: Id) -> bool {
        self.plan.kind(id) == Kind::Update
            && self.plan.span(self.plan.first(id)).start == self.plan.span(id).start
    }

    fn argument(&mut self, mut operator: Children, operand: Id) -> Option<Id> {
        self.push(&mut operator, operand, Field::Argument);
        self.close(&operator)
    }

    fn primary(&mut self) -> Option<Id> {
        match self.peek() {
            T::Name if self.peek_at(1) != T::Str => self.leaf(T::Name, Kind::Identifier),
            T::Number => self.leaf(T::Number, Kind::NumberLiteral),
            T::Char => self.leaf(T::Char, Kind::CharLiteral),
            T::Literal => self.leaf(T::Literal, Kind::Other),
            T::Str | T::Name => self.string(),
            T::Offsetof => self.offsetof(),
            _ => None,
        }
    }

    /// One string, or several and names of strings side by side.
    fn string(&mut self) -> Option<Id> {
        if self.peek() == T::Str && !matches!(self.peek_at(1), T::Str | T::Name) {
            return self.leaf(T::Str, Kind::StringLiteral);
        }
        let mut strings = self.open(Kind::Other);
        loop {
            let part = match self.peek() {
                T::Str => self.leaf(T::Str, Kind::StringLiteral)?,
                T::Name => self.leaf(T::Name, Kind::Identifier)?,
                T::LParen => return None,
                _ => break,
            };
            self.push(&mut strings, part, Field::Other);
        }
        self.close(&strings)
    }

    fn offsetof(&mut self) -> Option<Id> {
        let mut offsetof = self.open(Kind::Offsetof);
        self.need(T::Offsetof)?;
        self.need(T::LParen)?;
        let described = self.type_descriptor()?;
        self.push(&mut offsetof, described, Field::Type);
        self.need(T::Comma)?;
        let member = self.leaf(T::Name, Kind::FieldIdentifier)?;
        self.push(&mut offsetof, member, Field::OffsetofMember);
        self.need(T::RParen)?;
        self.close(&offsetof)
    }

    /// Calls, members, elements and steps behind an expression.
    pub(super) fn postfixed(&mut self, mut inner: Id) -> Option<Id> {
        loop {
            inner = match self.peek() {
                T::LParen => {
                    let mut call = self.around(Kind::Call, inner, Field::Function);
                    let arguments = self.arguments()?;
                    self.push(&mut call, arguments, Field::Arguments);
                    self.close(&call)?
                }
                T::LBracket => {
                    let mut subscript = self.around(Kind::Subscript, inner, Field::Argument);
                    self.need(T::LBracket)?;
                    let index = self.expression()?;
                    self.push(&mut subscript, index, Field::Other);
                    self.need(T::RBracket)?;
                    self.close(&subscript)?
                }
                T::Dot | T::Arrow => {
                    let mut field = self.around(Kind::Field, inner, Field::Argument);
                    self.at += 1;
                    let member = self.leaf(T::Name, Kind::FieldIdentifier)?;
                    self.push(&mut field, member, Field::Member);
                    self.close(&field)?
                }
                T::Step => {
                    let update = self.around(Kind::Update, inner, Field::Argument);
                    self.at += 1;
                    self.close(&update)?
                }
                _ => return Some(inner),
            };
        }
    }

    pub(super) fn arguments(&mut self) -> Option<Id> {
        let mut list = self.open(Kind::ArgumentList);
        self.need(T::LParen)?;
        let mut count = 0usize;
        if !self.eat(T::RParen) {
            loop {
                let argument = match self.peek() {
                    T::LBrace => self.block()?,
                    _ => self.expression()?,
                };
                self.push(&mut list, argument, Field::Other);
                count += 1;
                if self.eat(T::RParen) {
                    break;
                }
                self.need(T::Comma)?;
            }
        }
        let count = u16::try_from(offset(count)).unwrap_or(u16::MAX);
        self.plan.set_count(list.parent, count);
        self.close(&list)
    }
}
