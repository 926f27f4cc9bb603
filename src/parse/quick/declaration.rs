//! Declarations, declarators, parameters, types and initializers.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Id;

use super::statement::Level;
use super::tokens::T;
use super::{Children, Parser};

/// What the name in a declarator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Object,
    Member,
    Type,
}

/// A declarator with or without a name.
struct Declarator {
    id: Id,
    is_abstract: bool,
}

impl Parser {
    /// A declaration, a function with its body, or a record that stands alone.
    pub(super) fn declaration(&mut self, level: Level) -> Option<Id> {
        let begins = self.at;
        let mut declaration = self.open(Kind::Declaration);
        let of_type = self.specifiers(&mut declaration)?;
        if self.peek() == T::Semi {
            // `struct s { ... };`: nothing but the specifier is left of it.
            let alone = self.plan.span(of_type).start == self.tokens[begins].span.start
                && self.plan.span(of_type).end == self.end()
                && matches!(
                    self.plan.kind(of_type),
                    Kind::Struct | Kind::Union | Kind::Enum
                );
            self.need(T::Semi)?;
            return alone.then(|| self.plan.alone(of_type));
        }
        let mut is_first = true;
        loop {
            let declarator = self.declarator(Named::Object)?;
            if is_first && level == Level::File && self.peek() == T::LBrace {
                return self.function(declaration, declarator);
            }
            is_first = false;
            let declarator = match self.peek() {
                T::Assign => self.initialized(declarator)?,
                _ => declarator,
            };
            self.push(&mut declaration, declarator, Field::Declarator);
            if self.eat(T::Semi) {
                return self.close(&declaration);
            }
            self.need(T::Comma)?;
        }
    }

    fn function(&mut self, mut definition: Children, declarator: Id) -> Option<Id> {
        if !self.declares_function(declarator) {
            return None;
        }
        self.plan
            .set_kind(definition.parent, Kind::FunctionDefinition);
        self.push(&mut definition, declarator, Field::Declarator);
        let body = self.block()?;
        self.push(&mut definition, body, Field::Body);
        self.close(&definition)
    }

    /// Whether a declarator is that of a function behind stars.
    fn declares_function(&self, declarator: Id) -> bool {
        let mut at = declarator;
        while self.plan.kind(at) == Kind::PointerDeclarator {
            at = self.plan.last(at);
        }
        self.plan.kind(at) == Kind::FunctionDeclarator
    }

    fn initialized(&mut self, declarator: Id) -> Option<Id> {
        let mut initialized = self.around(Kind::InitDeclarator, declarator, Field::Declarator);
        self.need(T::Assign)?;
        let value = self.initializer()?;
        self.push(&mut initialized, value, Field::Value);
        self.close(&initialized)
    }

    pub(super) fn typedef(&mut self) -> Option<Id> {
        let mut definition = self.open(Kind::TypeDefinition);
        self.need(T::Typedef)?;
        self.qualifiers(&mut definition)?;
        let of_type = self.type_specifier()?;
        self.push(&mut definition, of_type, Field::Type);
        self.qualifiers(&mut definition)?;
        loop {
            let declarator = self.declarator(Named::Type)?;
            self.push(&mut definition, declarator, Field::Declarator);
            if self.eat(T::Semi) {
                return self.close(&definition);
            }
            self.need(T::Comma)?;
        }
    }

    /// Storage classes, qualifiers and the type; gives the type.
    pub(super) fn specifiers(&mut self, into: &mut Children) -> Option<Id> {
        self.modifiers(into)?;
        let of_type = self.type_specifier()?;
        self.push(into, of_type, Field::Type);
        self.modifiers(into)?;
        Some(of_type)
    }

    fn modifiers(&mut self, into: &mut Children) -> Option<()> {
        loop {
            let modifier = match self.peek() {
                T::Storage => self.leaf(T::Storage, Kind::StorageClass)?,
                T::Qualifier => self.leaf(T::Qualifier, Kind::Other)?,
                T::Attribute => self.attribute()?,
                _ => return Some(()),
            };
            self.push(into, modifier, Field::Other);
        }
    }

    pub(super) fn attribute(&mut self) -> Option<Id> {
        let mut attribute = self.open(Kind::Attribute);
        self.need(T::Attribute)?;
        self.need(T::LParen)?;
        let list = self.arguments()?;
        self.push(&mut attribute, list, Field::Other);
        self.need(T::RParen)?;
        self.close(&attribute)
    }

    fn qualifiers(&mut self, into: &mut Children) -> Option<()> {
        while self.peek() == T::Qualifier {
            let qualifier = self.leaf(T::Qualifier, Kind::Other)?;
            self.push(into, qualifier, Field::Other);
        }
        Some(())
    }

    fn type_specifier(&mut self) -> Option<Id> {
        match self.peek() {
            T::Struct | T::Union => self.record(),
            T::Enum => self.enumeration(),
            T::Sized => self.sized(),
            T::Primitive if self.peek_at(1) == T::Sized => None,
            T::Primitive => self.leaf(T::Primitive, Kind::PrimitiveType),
            T::Name if self.is_macro_type() == Some(true) => self.macro_type(),
            // `T (*f)(void)` is a type and a declarator; any other bracket may be that of a macro.
            T::Name if self.peek_at(1) == T::LParen && self.peek_at(2) != T::Star => None,
            T::Name if self.peek_at(1) == T::Sized => None,
            T::Name => self.leaf(T::Name, Kind::TypeIdentifier),
            _ => None,
        }
    }

    /// Whether `NAME(type)` comes next and makes a type, since a name follows; `None` where it may be a call.
    pub(super) fn is_macro_type(&self) -> Option<bool> {
        if self.peek_at(1) != T::LParen || !matches!(self.peek_at(2), T::Name | T::Primitive) {
            return Some(false);
        }
        let mut at = 3;
        while self.peek_at(at) == T::Star {
            at += 1;
        }
        match (self.peek_at(at), self.peek_at(at + 1)) {
            (T::RParen, T::Name) => Some(true),
            (T::RParen, T::Star) => None,
            _ => Some(false),
        }
    }

    fn macro_type(&mut self) -> Option<Id> {
        let mut of_type = self.open(Kind::MacroType);
        let name = self.leaf(T::Name, Kind::Identifier)?;
        self.push(&mut of_type, name, Field::Name);
        self.need(T::LParen)?;
        let described = self.type_descriptor()?;
        self.push(&mut of_type, described, Field::Type);
        self.need(T::RParen)?;
        self.close(&of_type)
    }

    /// `unsigned`, `long long int` and their kin.
    fn sized(&mut self) -> Option<Id> {
        let mut sized = self.open(Kind::Other);
        while self.eat(T::Sized) {}
        match self.peek() {
            T::Primitive => {
                let primitive = self.leaf(T::Primitive, Kind::PrimitiveType)?;
                self.push(&mut sized, primitive, Field::Type);
                while self.eat(T::Sized) {}
            }
            T::Name if matches!(self.peek_at(1), T::Name | T::Star | T::Qualifier | T::Sized) => {
                return None;
            }
            T::Qualifier => return None,
            _ => {}
        }
        self.close(&sized)
    }

    /// A type without a name, as in a cast.
    pub(super) fn type_descriptor(&mut self) -> Option<Id> {
        let mut described = self.open(Kind::TypeDescriptor);
        self.qualifiers(&mut described)?;
        let of_type = self.type_specifier()?;
        self.push(&mut described, of_type, Field::Type);
        self.qualifiers(&mut described)?;
        if matches!(self.peek(), T::Star | T::LBracket | T::LParen) {
            let declarator = self.any_declarator(Named::Object)?;
            if !declarator.is_abstract {
                return None;
            }
            self.push(&mut described, declarator.id, Field::Declarator);
        }
        self.close(&described)
    }

    /// A declarator with a name in it.
    pub(super) fn declarator(&mut self, named: Named) -> Option<Id> {
        let declarator = self.any_declarator(named)?;
        (!declarator.is_abstract).then_some(declarator.id)
    }

    fn any_declarator(&mut self, named: Named) -> Option<Declarator> {
        self.deeper(|parser| match parser.peek() {
            T::Star => parser.pointer(named),
            _ => parser.direct(named),
        })
    }

    fn pointer(&mut self, named: Named) -> Option<Declarator> {
        let mut pointer = self.open(Kind::PointerDeclarator);
        self.need(T::Star)?;
        self.qualifiers(&mut pointer)?;
        let inner = match self.peek() {
            T::Comma | T::RParen => None,
            _ => Some(self.any_declarator(named)?),
        };
        let is_abstract = inner.as_ref().is_none_or(|inner| inner.is_abstract);
        if let Some(inner) = inner {
            self.push(&mut pointer, inner.id, Field::Declarator);
        }
        if is_abstract {
            self.plan.set_kind(pointer.parent, Kind::Other);
        }
        let id = self.close(&pointer)?;
        Some(Declarator { id, is_abstract })
    }

    /// A name, something in brackets or nothing, and what stands behind it.
    fn direct(&mut self, named: Named) -> Option<Declarator> {
        let mut inner = match self.peek() {
            T::Name => {
                let kind = match named {
                    Named::Object => Kind::Identifier,
                    Named::Member => Kind::FieldIdentifier,
                    Named::Type => Kind::TypeIdentifier,
                };
                let id = self.leaf(T::Name, kind)?;
                Some(Declarator {
                    id,
                    is_abstract: false,
                })
            }
            T::LParen if matches!(self.peek_at(1), T::Star) => Some(self.bracketed(named)?),
            T::LBracket => None,
            _ => return None,
        };
        loop {
            inner = match self.peek() {
                T::LBracket => Some(self.array(inner)?),
                T::LParen => Some(self.parameters_behind(inner?, named)?),
                _ => return inner,
            };
        }
    }

    fn bracketed(&mut self, named: Named) -> Option<Declarator> {
        let mut brackets = self.open(Kind::ParenthesizedDeclarator);
        self.need(T::LParen)?;
        let inner = self.any_declarator(named)?;
        if inner.is_abstract {
            self.plan.set_kind(brackets.parent, Kind::Other);
        }
        self.push(&mut brackets, inner.id, Field::Other);
        self.need(T::RParen)?;
        let id = self.close(&brackets)?;
        Some(Declarator { id, ..inner })
    }

    fn array(&mut self, inner: Option<Declarator>) -> Option<Declarator> {
        let is_abstract = inner.as_ref().is_none_or(|inner| inner.is_abstract);
        let kind = match is_abstract {
            true => Kind::AbstractArray,
            false => Kind::ArrayDeclarator,
        };
        let mut array = match inner {
            Some(inner) => self.around(kind, inner.id, Field::Declarator),
            None => self.open(kind),
        };
        self.need(T::LBracket)?;
        if self.peek() != T::RBracket {
            let size = self.expression()?;
            self.push(&mut array, size, Field::Size);
        }
        self.need(T::RBracket)?;
        let id = self.close(&array)?;
        Some(Declarator { id, is_abstract })
    }

    fn parameters_behind(&mut self, inner: Declarator, named: Named) -> Option<Declarator> {
        let kind = match inner.is_abstract {
            true => Kind::Other,
            false => Kind::FunctionDeclarator,
        };
        let mut function = self.around(kind, inner.id, Field::Declarator);
        let list = self.parameters()?;
        self.push(&mut function, list, Field::Parameters);
        // Of a member or a type they belong to what is around; those of a parameter have two readings.
        while self.peek() == T::Attribute {
            if named != Named::Object || inner.is_abstract || self.in_parameters > 0 {
                return None;
            }
            let attribute = self.attribute()?;
            self.push(&mut function, attribute, Field::Other);
        }
        let id = self.close(&function)?;
        Some(Declarator { id, ..inner })
    }

    fn parameters(&mut self) -> Option<Id> {
        let mut list = self.open(Kind::ParameterList);
        self.in_parameters += 1;
        self.need(T::LParen)?;
        if !self.eat(T::RParen) {
            loop {
                let parameter = match self.peek() {
                    T::Ellipsis => self.leaf(T::Ellipsis, Kind::VariadicParameter)?,
                    _ => self.parameter()?,
                };
                self.push(&mut list, parameter, Field::Other);
                if self.eat(T::RParen) {
                    break;
                }
                self.need(T::Comma)?;
            }
        }
        self.in_parameters -= 1;
        self.close(&list)
    }

    fn parameter(&mut self) -> Option<Id> {
        let mut parameter = self.open(Kind::ParameterDeclaration);
        self.specifiers(&mut parameter)?;
        if !matches!(self.peek(), T::Comma | T::RParen) {
            let declarator = self.any_declarator(Named::Object)?;
            self.push(&mut parameter, declarator.id, Field::Declarator);
        }
        self.close(&parameter)
    }
}
