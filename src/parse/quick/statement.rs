//! Items, blocks and statements.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;

use super::directive::{opens_directive, touches_directive};
use super::tokens::T;
use super::{Children, Parser};

/// Where a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Outside all functions, where a body may follow.
    File,
    /// Among statements.
    Block,
}

impl Parser {
    /// What stands at file scope.
    pub(super) fn item(&mut self) -> Option<Id> {
        match self.peek() {
            T::Typedef => self.typedef(),
            T::Name if self.is_macro_type() == Some(true) => self.declaration(Level::File),
            T::Name if !matches!(self.peek_at(1), T::Name | T::Star | T::Qualifier) => None,
            T::Name => self.declaration(Level::File),
            t if opens_declaration(t) => self.declaration(Level::File),
            _ => None,
        }
    }

    /// `{ ... }` with statements in it.
    pub(super) fn block(&mut self) -> Option<Id> {
        self.deeper(|parser| {
            let mut block = parser.open(Kind::CompoundStatement);
            parser.need(T::LBrace)?;
            while !parser.eat(T::RBrace) {
                let item = parser.block_item()?;
                parser.push(&mut block, item, Field::Other);
            }
            parser.close(&block)
        })
    }

    fn block_item(&mut self) -> Option<Id> {
        match self.peek() {
            T::Typedef => self.typedef(),
            t if opens_directive(t) => self.directive(Self::block_item),
            _ if self.is_declaration()? => self.declaration(Level::Block),
            _ => self.statement(),
        }
    }

    /// Whether a declaration comes next; `None` where that is not to be told from here.
    fn is_declaration(&self) -> Option<bool> {
        match self.peek() {
            T::Name => {}
            t => return Some(opens_declaration(t)),
        }
        match self.peek_at(1) {
            T::Name | T::Qualifier => Some(true),
            T::Star => self.is_pointer_declaration(),
            T::Semi => Some(false),
            T::LParen => self.is_macro_type(),
            _ => Some(false),
        }
    }

    /// `a * b` is a declaration where the grammar can read one.
    fn is_pointer_declaration(&self) -> Option<bool> {
        let mut at = 1;
        while matches!(self.peek_at(at), T::Star | T::Qualifier) {
            at += 1;
        }
        if self.peek_at(at) != T::Name {
            return Some(false);
        }
        match self.peek_at(at + 1) {
            T::Semi | T::Comma | T::Assign | T::LBracket => Some(true),
            T::LParen => None,
            _ => Some(false),
        }
    }

    fn statement(&mut self) -> Option<Id> {
        self.deeper(Self::any_statement)
    }

    fn any_statement(&mut self) -> Option<Id> {
        match self.peek() {
            T::LBrace => self.block(),
            T::If => self.if_statement(),
            T::Switch => self.controlled(T::Switch),
            T::While => self.controlled(T::While),
            T::Do => self.do_statement(),
            T::For => self.for_statement(),
            T::Case | T::Default => self.case_statement(),
            T::Return => {
                let mut statement = self.open(Kind::Other);
                self.need(T::Return)?;
                if self.peek() != T::Semi {
                    let value = self.expressions()?;
                    self.push(&mut statement, value, Field::Other);
                }
                self.ended(&statement)
            }
            T::Leave => {
                let statement = self.open(Kind::Other);
                self.need(T::Leave)?;
                self.ended(&statement)
            }
            T::Goto => {
                let mut statement = self.open(Kind::Other);
                self.need(T::Goto)?;
                let label = self.leaf(T::Name, Kind::Other)?;
                self.push(&mut statement, label, Field::Other);
                self.ended(&statement)
            }
            T::Name if self.peek_at(1) == T::Colon => self.labeled(),
            _ => {
                let mut statement = self.open(Kind::ExpressionStatement);
                if self.peek() != T::Semi {
                    let value = self.expressions()?;
                    self.push(&mut statement, value, Field::Other);
                }
                self.ended(&statement)
            }
        }
    }

    /// Ends a statement with its `;`.
    fn ended(&mut self, statement: &Children) -> Option<Id> {
        self.need(T::Semi)?;
        self.close(statement)
    }

    /// `while` and `switch`.
    fn controlled(&mut self, word: T) -> Option<Id> {
        let mut statement = self.open(Kind::Other);
        self.need(word)?;
        let condition = self.brackets()?;
        self.push(&mut statement, condition, Field::Condition);
        let body = match word {
            T::Switch => self.block()?,
            _ => self.statement()?,
        };
        self.push(&mut statement, body, Field::Body);
        self.close(&statement)
    }

    fn if_statement(&mut self) -> Option<Id> {
        let mut statement = self.open(Kind::Other);
        self.need(T::If)?;
        let condition = self.brackets()?;
        self.push(&mut statement, condition, Field::Condition);
        let consequence = self.statement()?;
        self.push(&mut statement, consequence, Field::Consequence);
        if self.peek() == T::Else {
            let mut clause = self.open(Kind::Other);
            self.need(T::Else)?;
            let other = self.statement()?;
            self.push(&mut clause, other, Field::Other);
            let clause = self.close(&clause)?;
            self.push(&mut statement, clause, Field::Alternative);
        }
        self.close(&statement)
    }

    fn do_statement(&mut self) -> Option<Id> {
        let mut statement = self.open(Kind::Other);
        self.need(T::Do)?;
        let body = self.statement()?;
        self.push(&mut statement, body, Field::Body);
        self.need(T::While)?;
        let condition = self.brackets()?;
        self.push(&mut statement, condition, Field::Condition);
        self.ended(&statement)
    }

    fn for_statement(&mut self) -> Option<Id> {
        let mut statement = self.open(Kind::ForStatement);
        self.need(T::For)?;
        self.need(T::LParen)?;
        if self.peek() != T::Semi && self.is_declaration()? {
            let initializer = self.declaration(Level::Block)?;
            self.push(&mut statement, initializer, Field::Other);
        } else {
            self.part_of_for(&mut statement, T::Semi, Field::Other)?;
        }
        self.part_of_for(&mut statement, T::Semi, Field::Condition)?;
        self.part_of_for(&mut statement, T::RParen, Field::Other)?;
        let body = self.statement()?;
        self.push(&mut statement, body, Field::Body);
        self.close(&statement)
    }

    fn part_of_for(&mut self, statement: &mut Children, end: T, field: Field) -> Option<()> {
        if self.peek() != end {
            let part = self.expressions()?;
            self.push(statement, part, field);
        }
        self.need(end).map(|_| ())
    }

    /// A case takes all statements behind it, up to the next one.
    fn case_statement(&mut self) -> Option<Id> {
        let mut case = self.open(Kind::Other);
        if self.eat(T::Case) {
            let value = self.expression()?;
            self.push(&mut case, value, Field::Value);
        } else {
            self.need(T::Default)?;
        }
        self.need(T::Colon)?;
        while !matches!(
            self.peek(),
            T::Case | T::Default | T::RBrace | T::End | T::Else
        ) && !touches_directive(self.peek())
        {
            let item = self.block_item()?;
            self.push(&mut case, item, Field::Other);
        }
        self.close(&case)
    }

    fn labeled(&mut self) -> Option<Id> {
        let mut labeled = self.open(Kind::LabeledStatement);
        let label = self.leaf(T::Name, Kind::Other)?;
        self.push(&mut labeled, label, Field::Other);
        self.need(T::Colon)?;
        let statement = match self.is_declaration()? {
            true => self.declaration(Level::Block)?,
            false => self.statement()?,
        };
        self.push(&mut labeled, statement, Field::Other);
        self.close(&labeled)
    }
}

/// Whether only a declaration begins so.
fn opens_declaration(t: T) -> bool {
    matches!(
        t,
        T::Struct
            | T::Union
            | T::Enum
            | T::Sized
            | T::Primitive
            | T::Storage
            | T::Qualifier
            | T::Attribute
    )
}
