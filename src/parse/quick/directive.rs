//! Directives between statements and between members, with what their branches hold.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;

use super::tokens::T;
use super::{Children, Parser};

/// Whether a directive that stands for itself begins so.
pub(super) fn opens_directive(t: T) -> bool {
    matches!(
        t,
        T::HashIf | T::HashIfdef | T::HashDefine | T::HashFunction | T::HashInclude | T::HashCall
    )
}

/// Whether a directive begins so, or a branch ends.
pub(super) fn touches_directive(t: T) -> bool {
    opens_directive(t) || matches!(t, T::HashElif | T::HashElse | T::HashEndif)
}

impl Parser {
    /// A directive; `item` reads what stands in the branches of a conditional.
    pub(super) fn directive(&mut self, item: fn(&mut Self) -> Option<Id>) -> Option<Id> {
        match self.peek() {
            T::HashDefine => self.leaf(T::HashDefine, Kind::PreprocDefine),
            T::HashFunction => self.leaf(T::HashFunction, Kind::PreprocFunction),
            T::HashInclude => self.leaf(T::HashInclude, Kind::PreprocInclude),
            T::HashCall => self.leaf(T::HashCall, Kind::PreprocCall),
            _ => self.deeper(|parser| parser.conditional_group(item)),
        }
    }

    fn conditional_group(&mut self, item: fn(&mut Self) -> Option<Id>) -> Option<Id> {
        let mut group = match self.peek() {
            T::HashIf => {
                let mut group = self.open(Kind::PreprocIf);
                self.need(T::HashIf)?;
                self.line_condition(&mut group)?;
                group
            }
            _ => {
                let mut group = self.open(Kind::PreprocIfdef);
                self.need(T::HashIfdef)?;
                let name = self.leaf(T::Name, Kind::Identifier)?;
                self.push(&mut group, name, Field::Name);
                group
            }
        };
        self.branch(&mut group, item)?;
        self.need(T::HashEndif)?;
        self.close(&group)
    }

    fn line_condition(&mut self, group: &mut Children) -> Option<()> {
        let condition = self.preprocessed(1)?;
        self.push(group, condition, Field::Condition);
        self.need(T::LineEnd).map(|_| ())
    }

    /// What a branch holds, and the branches behind it.
    fn branch(&mut self, group: &mut Children, item: fn(&mut Self) -> Option<Id>) -> Option<()> {
        while !matches!(self.peek(), T::HashElif | T::HashElse | T::HashEndif) {
            let one = item(self)?;
            self.push(group, one, Field::Other);
        }
        let other = match self.peek() {
            T::HashElif => {
                let mut other = self.open(Kind::PreprocElif);
                self.need(T::HashElif)?;
                self.line_condition(&mut other)?;
                self.deeper(|parser| parser.branch(&mut other, item))?;
                self.close(&other)?
            }
            T::HashElse => {
                let mut other = self.open(Kind::PreprocElse);
                self.need(T::HashElse)?;
                self.branch(&mut other, item)?;
                self.close(&other)?
            }
            _ => return Some(()),
        };
        self.push(group, other, Field::Alternative);
        Some(())
    }

    /// The condition of an `#if`.
    fn preprocessed(&mut self, least: u8) -> Option<Id> {
        let mut left = self.deeper(Self::preprocessed_operand)?;
        while let Some(binds) = self.binds().filter(|binds| *binds >= least) {
            let mut binary = self.around(Kind::Binary, left, Field::Left);
            self.at += 1;
            let right = self.preprocessed(binds + 1)?;
            self.push(&mut binary, right, Field::Right);
            left = self.close(&binary)?;
        }
        Some(left)
    }

    fn preprocessed_operand(&mut self) -> Option<Id> {
        match self.peek() {
            T::Defined => {
                let mut defined = self.open(Kind::PreprocDefined);
                self.need(T::Defined)?;
                let brackets = self.eat(T::LParen);
                let name = self.leaf(T::Name, Kind::Identifier)?;
                self.push(&mut defined, name, Field::Other);
                if brackets {
                    self.need(T::RParen)?;
                }
                self.close(&defined)
            }
            T::Not => {
                let mut unary = self.open(Kind::Other);
                self.need(T::Not)?;
                let operand = self.deeper(Self::preprocessed_operand)?;
                self.push(&mut unary, operand, Field::Argument);
                self.close(&unary)
            }
            T::LParen => {
                let mut brackets = self.open(Kind::Parenthesized);
                self.need(T::LParen)?;
                let inside = self.preprocessed(1)?;
                self.push(&mut brackets, inside, Field::Other);
                self.need(T::RParen)?;
                self.close(&brackets)
            }
            T::Name if self.peek_at(1) == T::LParen => self.preprocessed_call(),
            T::Name => self.leaf(T::Name, Kind::Identifier),
            T::Number => self.leaf(T::Number, Kind::NumberLiteral),
            T::Char => self.leaf(T::Char, Kind::CharLiteral),
            _ => None,
        }
    }

    fn preprocessed_call(&mut self) -> Option<Id> {
        let name = self.leaf(T::Name, Kind::Identifier)?;
        let mut call = self.around(Kind::Call, name, Field::Function);
        let mut list = self.open(Kind::ArgumentList);
        self.need(T::LParen)?;
        let mut count = 0;
        while !self.eat(T::RParen) {
            if count > 0 {
                self.need(T::Comma)?;
            }
            let argument = self.preprocessed(1)?;
            self.push(&mut list, argument, Field::Other);
            count += 1;
        }
        self.plan.set_count(list.parent, count);
        let list = self.close(&list)?;
        self.push(&mut call, list, Field::Arguments);
        self.close(&call)
    }
}
