//! Structs, unions and enums.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;

use super::declaration::Named;
use super::directive::opens_directive;
use super::tokens::T;
use super::{Children, Parser};

impl Parser {
    /// A struct or union, with its members or without.
    pub(super) fn record(&mut self) -> Option<Id> {
        let (word, kind) = match self.peek() {
            T::Struct => (T::Struct, Kind::Struct),
            _ => (T::Union, Kind::Union),
        };
        let mut record = self.open(kind);
        self.need(word)?;
        let named = self.peek() == T::Name;
        if named {
            let name = self.leaf(T::Name, Kind::TypeIdentifier)?;
            self.push(&mut record, name, Field::Name);
        }
        if self.peek() == T::LBrace {
            let members = self.deeper(Self::members)?;
            self.push(&mut record, members, Field::Body);
        } else if !named {
            return None;
        }
        self.attribute_behind(&mut record)?;
        self.close(&record)
    }

    /// The first attribute behind a record is the record's own.
    fn attribute_behind(&mut self, record: &mut Children) -> Option<()> {
        if self.peek() == T::Attribute {
            let attribute = self.attribute()?;
            self.push(record, attribute, Field::Other);
        }
        Some(())
    }

    fn members(&mut self) -> Option<Id> {
        let mut list = self.open(Kind::Other);
        self.need(T::LBrace)?;
        while !self.eat(T::RBrace) {
            let member = self.member()?;
            self.push(&mut list, member, Field::Other);
        }
        self.close(&list)
    }

    fn member(&mut self) -> Option<Id> {
        if opens_directive(self.peek()) {
            return self.directive(Self::member);
        }
        let mut member = self.open(Kind::FieldDeclaration);
        let of_type = self.specifiers(&mut member)?;
        if self.peek() == T::Semi {
            // A record without a name for the member; anything else is a macro.
            if !matches!(
                self.plan.kind(of_type),
                Kind::Struct | Kind::Union | Kind::Enum
            ) {
                return None;
            }
            self.need(T::Semi)?;
            return self.close(&member);
        }
        loop {
            let declarator = self.declarator(Named::Member)?;
            self.push(&mut member, declarator, Field::Declarator);
            if self.peek() == T::Colon {
                let mut bits = self.open(Kind::Other);
                self.need(T::Colon)?;
                let width = self.expression()?;
                self.push(&mut bits, width, Field::Other);
                let bits = self.close(&bits)?;
                self.push(&mut member, bits, Field::Other);
            }
            if self.eat(T::Semi) {
                return self.close(&member);
            }
            self.need(T::Comma)?;
        }
    }

    pub(super) fn enumeration(&mut self) -> Option<Id> {
        let mut enumeration = self.open(Kind::Enum);
        self.need(T::Enum)?;
        let named = self.peek() == T::Name;
        if named {
            let name = self.leaf(T::Name, Kind::TypeIdentifier)?;
            self.push(&mut enumeration, name, Field::Name);
        }
        if self.peek() == T::LBrace {
            let list = self.enumerators()?;
            self.push(&mut enumeration, list, Field::Body);
        } else if !named {
            return None;
        }
        self.attribute_behind(&mut enumeration)?;
        self.close(&enumeration)
    }

    fn enumerators(&mut self) -> Option<Id> {
        let mut list = self.open(Kind::Other);
        self.need(T::LBrace)?;
        while !self.eat(T::RBrace) {
            let mut enumerator = self.open(Kind::Enumerator);
            let name = self.leaf(T::Name, Kind::Identifier)?;
            self.push(&mut enumerator, name, Field::Name);
            if self.eat(T::Assign) {
                let value = self.expression()?;
                self.push(&mut enumerator, value, Field::Value);
            }
            let enumerator = self.close(&enumerator)?;
            self.push(&mut list, enumerator, Field::Other);
            if !self.eat(T::Comma) {
                self.need(T::RBrace)?;
                break;
            }
        }
        self.close(&list)
    }
}
