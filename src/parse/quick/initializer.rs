//! Initializers: expressions, and lists with designators.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;

use super::tokens::T;
use super::{Children, Parser};

impl Parser {
    pub(super) fn initializer(&mut self) -> Option<Id> {
        match self.peek() {
            T::LBrace => self.initializer_list(),
            _ => self.expression(),
        }
    }

    pub(super) fn initializer_list(&mut self) -> Option<Id> {
        self.deeper(|parser| {
            let mut list = parser.open(Kind::InitializerList);
            parser.need(T::LBrace)?;
            while !parser.eat(T::RBrace) {
                let element = parser.element()?;
                parser.push(&mut list, element, Field::Other);
                if !parser.eat(T::Comma) {
                    parser.need(T::RBrace)?;
                    break;
                }
            }
            parser.close(&list)
        })
    }

    fn element(&mut self) -> Option<Id> {
        if self.peek() == T::Name && self.peek_at(1) == T::Colon {
            let mut pair = self.open(Kind::InitializerPair);
            let member = self.leaf(T::Name, Kind::FieldIdentifier)?;
            self.push(&mut pair, member, Field::Designator);
            self.need(T::Colon)?;
            return self.designated(pair);
        }
        if !matches!(self.peek(), T::Dot | T::LBracket) {
            return self.initializer();
        }
        let mut pair = self.open(Kind::InitializerPair);
        loop {
            let designator = match self.peek() {
                T::Dot => {
                    let mut member = self.open(Kind::FieldDesignator);
                    self.need(T::Dot)?;
                    let name = self.leaf(T::Name, Kind::FieldIdentifier)?;
                    self.push(&mut member, name, Field::Other);
                    self.close(&member)?
                }
                T::LBracket => self.index_designator()?,
                _ => break,
            };
            self.push(&mut pair, designator, Field::Designator);
        }
        self.need(T::Assign)?;
        self.designated(pair)
    }

    fn index_designator(&mut self) -> Option<Id> {
        let mut designator = self.open(Kind::Other);
        self.need(T::LBracket)?;
        let first = self.expression()?;
        self.push(&mut designator, first, Field::Other);
        if self.eat(T::Ellipsis) {
            let last = self.expression()?;
            self.push(&mut designator, last, Field::Other);
        }
        self.need(T::RBracket)?;
        self.close(&designator)
    }

    fn designated(&mut self, mut pair: Children) -> Option<Id> {
        let value = self.initializer()?;
        self.push(&mut pair, value, Field::Value);
        self.close(&pair)
    }
}
