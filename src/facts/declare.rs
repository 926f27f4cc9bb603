//! From declarators to definitions and bindings: what a declaration makes of each name in it (ISO C 6.7).
//!
//! This file is long because each form of declaration has its own rule, and they share one state.

use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::Node;
use crate::text::Span;

use super::build::Word;
use super::hidden::Maker;
use super::walk::{Ctx, Frame, Walk};
use super::{Definition, Form, Linkage, NameId, Operand, Parameters, Role, SymbolKind};

/// Where a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Block,
    Member,
    Parameter,
    Typedef,
    LocalTypedef,
    Function,
    NestedFunction,
}

/// The storage class that matters for linkage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Unsaid,
    Static,
    Extern,
}

/// A declaration, as far as it has been read.
pub(super) struct Declaration {
    pub(super) place: Place,
    storage: Storage,
    /// What its specifiers name.
    pub(super) of_type: Operand,
    /// The member list that stands in it without a tag.
    pub(super) untagged: Option<Span>,
    span: Span,
    /// How many names it has declared.
    declared: u32,
    /// Its first definition, an index into the builder's, and where the first declarator ends.
    first: Option<(usize, u32)>,
}

impl Declaration {
    pub(super) fn new(place: Place, node: Node<'_>) -> Self {
        Self {
            place,
            storage: Storage::Unsaid,
            of_type: Operand::Unknown,
            untagged: None,
            span: node.span(),
            declared: 0,
            first: None,
        }
    }

    pub(super) fn note_storage(&mut self, word: &[u8]) {
        match word {
            b"static" => self.storage = Storage::Static,
            b"extern" => self.storage = Storage::Extern,
            _ => {}
        }
    }
}

/// A declarator, as far as it has been read from the outside in.
pub(super) struct Declarator<'t> {
    pub(super) declaration: usize,
    /// All of it, its initializer included.
    span: Span,
    initializer: Option<Span>,
    /// The innermost function declarator around the name, unless a pointer or array lies between.
    pub(super) function: Option<Node<'t>>,
    /// Whether a pointer or a function lies around the arrays.
    pub(super) pointer: bool,
    /// The array levels next to the name.
    pub(super) dimensions: u8,
}

impl<'t> Walk<'_, '_, 't> {
    /// Begins a declarator of a declaration.
    pub(super) fn declarator(&mut self, parent: Frame<'t>, node: Node<'t>, kind: Kind) -> Ctx {
        let Some(declaration) = self.innermost_declaration(parent) else {
            return Ctx::Use;
        };
        let initializer = match kind {
            Kind::InitDeclarator => node.child(Field::Value).map(Node::span),
            // `int x asm("name")`: the grammar takes the label for a declarator.
            Kind::AsmExpression => return Ctx::Use,
            _ => None,
        };
        self.declarators.push(Declarator {
            declaration,
            span: node.span(),
            initializer,
            function: None,
            pointer: false,
            dimensions: 0,
        });
        Ctx::Declare(self.declarators.len() - 1)
    }

    /// The context of a child of a declarator: on towards the name, or an expression beside it.
    pub(super) fn inside_declarator(
        &mut self,
        at: usize,
        wrapper: Kind,
        kind: Kind,
        field: Field,
    ) -> Ctx {
        let towards_name = match wrapper {
            Kind::ParenthesizedDeclarator | Kind::AttributedDeclarator => is_declarator(kind),
            _ => field == Field::Declarator,
        };
        if !towards_name {
            return Ctx::Use;
        }
        let declarator = &mut self.declarators[at];
        match wrapper {
            Kind::PointerDeclarator => {
                declarator.pointer = true;
                declarator.dimensions = 0;
                declarator.function = None;
            }
            Kind::ArrayDeclarator => {
                declarator.dimensions = declarator.dimensions.saturating_add(1);
                declarator.function = None;
            }
            _ => {}
        }
        Ctx::Declare(at)
    }

    /// A name in its declarator: binds it, defines it, or both.
    pub(super) fn declare(&mut self, at: usize, word: Word, name_span: Span) {
        if self.builder.is_keyword(word) {
            return;
        }
        let declaration = &self.declarations[self.declarators[at].declaration];
        let of_type = declaration.of_type.clone();
        let is_function = self.declarators[at].function.is_some();
        match (declaration.place, declaration.storage) {
            (Place::Parameter, _) => self.builder.scope.bind(word, of_type),
            (Place::Block, Storage::Unsaid) if !is_function => {
                if self.builder.in_replacement && self.blocks() == 1 {
                    let name = self.builder.name(word);
                    let local = (name, of_type.clone());
                    self.builder.replacement.locals.push(local);
                }
                self.builder.scope.bind(word, of_type);
            }
            (Place::Block, Storage::Static) if !is_function => {
                self.define(at, word, name_span);
                self.builder.scope.bind(word, of_type);
            }
            (Place::NestedFunction, _) => {}
            (Place::LocalTypedef, _) => {
                self.define(at, word, name_span);
                self.builder.scope.bind(word, of_type);
            }
            (Place::Function, _) => {
                self.name_function(word);
                self.define(at, word, name_span);
            }
            _ => self.define(at, word, name_span),
        }
    }

    /// Binds the name of a function that stands inside another; what its body uses counts for the outer one.
    pub(super) fn bind_nested(&mut self, definition: Node<'t>) {
        let mut declarator = definition.child(Field::Declarator);
        while let Some(inner) = declarator.and_then(|outer| outer.child(Field::Declarator)) {
            declarator = Some(inner);
        }
        let Some(name) = declarator.filter(|name| name.first().is_none()) else {
            return;
        };
        let word = self.builder.word(name.span());
        self.builder.scope.bind(word, Operand::Unknown);
    }

    fn name_function(&mut self, word: Word) {
        if let Some(innermost) = self.functions.last_mut() {
            *innermost = word;
        }
    }

    fn define(&mut self, at: usize, word: Word, name_span: Span) {
        if let Some(maker) = self.maker.filter(|maker| maker.call.contains(name_span)) {
            return self.define_by(at, maker);
        }
        let name = self.builder.name(word);
        let definition = self.definition(at, name, name_span);
        self.add(at, definition);
    }

    /// Adds a definition of a declaration, and settles which part of the declaration belongs to it.
    fn add(&mut self, at: usize, definition: Definition) {
        let declarator = &self.declarators[at];
        let declaration = &mut self.declarations[declarator.declaration];
        declaration.declared += 1;
        let definition = match declaration.declared {
            1 => definition,
            _ => Definition {
                span: declarator.span,
                ..definition
            },
        };
        match declaration.first {
            None => declaration.first = Some((self.builder.definitions.len(), declarator.span.end)),
            Some((first, end)) if declaration.declared == 2 => {
                let first = &mut self.builder.definitions[first].span;
                *first = Span::new(first.start, end);
            }
            Some(_) => {}
        }
        self.builder.definitions.push(definition);
    }

    fn definition(&mut self, at: usize, name: NameId, name_span: Span) -> Definition {
        let declarator = &self.declarators[at];
        let declaration = &self.declarations[declarator.declaration];
        let is_function = declarator.function.is_some();
        let parameters = declarator
            .function
            .and_then(|function| function.child(Field::Parameters))
            .map(|list| parameters(self.builder.bytes, list));
        let body = match declaration.place {
            Place::Function => self.function_body(),
            Place::Typedef | Place::LocalTypedef if !declarator.pointer => declaration.untagged,
            _ => declarator.initializer,
        };
        let definition = Definition {
            kind: symbol_kind(declaration.place, is_function),
            form: form(declaration, declarator),
            name,
            parent: None,
            within: None,
            linkage: linkage(declaration, is_function),
            span: declaration.span,
            name_span,
            body,
            parameters,
            type_name: type_name(&declaration.of_type),
            dimensions: declarator.dimensions,
            made_by: None,
        };
        let parent = match declaration.place {
            Place::Member => self.enclosing_record(),
            Place::Block | Place::LocalTypedef => self.functions.last().copied(),
            _ => None,
        };
        Definition {
            parent: parent.map(|word| self.builder.name(word)),
            ..definition
        }
    }

    fn function_body(&self) -> Option<Span> {
        let definition = self.frame_of(Kind::FunctionDefinition)?;
        definition.node.child(Field::Body).map(Node::span)
    }

    /// The nearest record around that something names.
    fn enclosing_record(&self) -> Option<Word> {
        self.records.iter().rev().find_map(|name| *name)
    }

    /// A function declarator: `HELPER(x)(...)` is one in another, which no function of C can be.
    /// Defines that function under the macro's arguments; false where the shape is another.
    pub(super) fn define_made(&mut self, at: usize, node: Node<'t>) -> bool {
        if self.declarators[at].function.is_none() {
            return false;
        }
        let (Some(maker), Some(list)) =
            (node.child(Field::Declarator), node.child(Field::Parameters))
        else {
            return false;
        };
        if !matches!(
            maker.kind(),
            Kind::Identifier | Kind::TypeIdentifier | Kind::FieldIdentifier
        ) {
            return false;
        }
        let arguments = list.children().count().min(usize::from(u16::MAX));
        let role = Role::Call {
            arguments: u16::try_from(arguments).unwrap_or(u16::MAX),
        };
        let name = self.builder.word(maker.span());
        self.builder.refer(role, name, maker.span());
        let arguments = Span::new(list.span().start + 1, list.span().end.saturating_sub(1));
        if self.declarations[self.declarators[at].declaration].place == Place::Parameter {
            let word = self.builder.word(arguments);
            self.builder.scope.bind(word, Operand::Unknown);
            return true;
        }
        let call = Maker {
            call: node.span(),
            name,
            arguments,
        };
        self.define_by(at, call);
        true
    }

    /// Defines what a macro call names, under the call's arguments.
    fn define_by(&mut self, at: usize, maker: Maker) {
        let text: String = String::from_utf8_lossy(maker.arguments.of(self.builder.bytes))
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        let name = self.builder.made_name(&text);
        let made_by = self.builder.name(maker.name);
        let definition = self.definition(at, name, maker.arguments);
        self.add(
            at,
            Definition {
                made_by: Some(made_by),
                ..definition
            },
        );
    }

    /// A struct, union or enum specifier: defines or announces its tag, or uses it.
    pub(super) fn tag(&mut self, node: Node<'t>, kind: Kind, in_use: bool) {
        let Some(name) = node.child(Field::Name) else {
            return;
        };
        let name_span = name.span();
        let word = self.builder.word(name_span);
        let body = node.child(Field::Body).map(Node::span);
        if body.is_none() && in_use {
            if self.builder.tags.find(word).is_none() || self.builder.is_template(word) {
                self.builder.refer(Role::Tag, word, name_span);
            }
            return;
        }
        if self.in_block() {
            self.builder.tags.bind(word, Operand::Unknown);
        }
        let parent = self.functions.last().copied().filter(|_| self.in_block());
        let definition = Definition {
            kind: match kind {
                Kind::Union => SymbolKind::Union,
                Kind::Enum => SymbolKind::Enum,
                _ => SymbolKind::Struct,
            },
            form: match body {
                Some(_) => Form::Definition,
                None => Form::Declaration,
            },
            name: self.builder.name(word),
            parent: parent.map(|word| self.builder.name(word)),
            within: None,
            linkage: Linkage::None,
            span: node.span(),
            name_span,
            body,
            parameters: None,
            type_name: None,
            dimensions: 0,
            made_by: None,
        };
        self.builder.definitions.push(definition);
    }

    /// What the members of a record belong to: its tag, else the typedef that names it, else nothing of its own.
    pub(super) fn record_name(
        &mut self,
        node: Node<'t>,
        parent: Option<Frame<'t>>,
    ) -> Option<Word> {
        if let Some(name) = node.child(Field::Name) {
            return Some(self.builder.word(name.span()));
        }
        let typedef = parent.filter(|parent| parent.kind == Kind::TypeDefinition)?;
        let mut declarator = typedef.node.child(Field::Declarator)?;
        while let Some(inner) = declarator.child(Field::Declarator) {
            declarator = inner;
        }
        (declarator.first().is_none()).then(|| self.builder.word(declarator.span()))
    }

    pub(super) fn enumerator(&mut self, node: Node<'t>) {
        let Some(name) = node.child(Field::Name) else {
            return;
        };
        let name_span = name.span();
        let word = self.builder.word(name_span);
        if self.in_block() {
            self.builder.scope.bind(word, Operand::Unknown);
        }
        let parent = self.records.last().copied().flatten();
        let definition = Definition {
            kind: SymbolKind::Enumerator,
            form: Form::Definition,
            name: self.builder.name(word),
            parent: parent.map(|word| self.builder.name(word)),
            within: None,
            linkage: Linkage::None,
            span: node.span(),
            name_span,
            body: node.child(Field::Value).map(Node::span),
            parameters: None,
            type_name: None,
            dimensions: 0,
            made_by: None,
        };
        self.builder.definitions.push(definition);
    }
}

/// Whether a node is a step towards the declared name.
fn is_declarator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Identifier
            | Kind::TypeIdentifier
            | Kind::FieldIdentifier
            | Kind::FunctionDeclarator
            | Kind::PointerDeclarator
            | Kind::ArrayDeclarator
            | Kind::ParenthesizedDeclarator
            | Kind::AttributedDeclarator
    )
}

fn symbol_kind(place: Place, is_function: bool) -> SymbolKind {
    match place {
        Place::Typedef | Place::LocalTypedef => SymbolKind::Typedef,
        Place::Member => SymbolKind::Member,
        Place::Function | Place::NestedFunction => SymbolKind::Function,
        _ if is_function => SymbolKind::Function,
        _ => SymbolKind::Object,
    }
}

fn form(declaration: &Declaration, declarator: &Declarator<'_>) -> Form {
    match declaration.place {
        Place::Typedef | Place::LocalTypedef | Place::Member | Place::Function => Form::Definition,
        _ if declarator.function.is_some() => Form::Declaration,
        _ if declarator.initializer.is_some() => Form::Definition,
        // A `static` object inside a function is never announced twice.
        Place::Block if declaration.storage == Storage::Static => Form::Definition,
        _ if declaration.storage == Storage::Extern => Form::Declaration,
        _ => Form::Tentative,
    }
}

fn linkage(declaration: &Declaration, is_function: bool) -> Linkage {
    match (declaration.place, declaration.storage) {
        (Place::Member | Place::Typedef | Place::LocalTypedef, _) => Linkage::None,
        (Place::Block, Storage::Static) if !is_function => Linkage::None,
        (_, Storage::Static) => Linkage::Internal,
        _ => Linkage::External,
    }
}

fn type_name(of_type: &Operand) -> Option<NameId> {
    match of_type {
        Operand::Typed(name) => Some(*name),
        _ => None,
    }
}

/// Counts the parameters of a list.
fn parameters(source: &[u8], list: Node<'_>) -> Parameters {
    let mut count = 0u16;
    let mut variadic = false;
    let mut names_only = true;
    let mut only = None;
    for part in list.children() {
        match part.kind() {
            Kind::ParameterDeclaration => {
                names_only = false;
                only = Some(part);
                count = count.saturating_add(1);
            }
            Kind::VariadicParameter => variadic = true,
            Kind::Identifier => count = count.saturating_add(1),
            _ => {}
        }
    }
    let is_void = count == 1 && only.is_some_and(|part| part.span().of(source) == b"void");
    Parameters {
        count: if is_void { 0 } else { count },
        variadic,
        // `()` and a list of bare names say nothing about the arguments.
        checked: !names_only || variadic,
    }
}
