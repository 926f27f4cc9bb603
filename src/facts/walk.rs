//! One pass of a cursor over an item: every name it meets becomes a definition, a binding or a reference.
//!
//! Each rule stands for a pattern in `queries/c/`; a test holds both to the same answer. The walk keeps its own stack,
//! so a tree of any depth costs heap, not stack. This file is long because it is one match over the grammar.

use crate::items::ItemKind;
use crate::items::prepass::Hidden;
use crate::parse::grammar::{Field, Kind};
use crate::parse::tree::{Cursor, Node};
use crate::text::Span;

use super::build::{Builder, Word};
use super::declare::{Declaration, Declarator, Place};
use super::hidden::Maker;
use super::scope::Mark;
use super::{CallArguments, NameId, Operand, Role, Slot, directive, lexical, operand};

/// What a child is to the nodes around it.
#[derive(Clone, Copy)]
pub(super) enum Ctx {
    /// Part of an expression, a statement or a type.
    Use,
    /// On the way to a declared name: an index into [`Walk::declarators`].
    Declare(usize),
    /// Inside an initializer list.
    List(List),
    /// A value that goes straight into a member: the owner, an index into [`Walk::owners`], and the member.
    Store(usize, Slot),
    /// Inside `__attribute__((...))`, where names are no references.
    Attribute,
    /// A call inside an attribute: its arguments are references again.
    AttributeCall,
    /// In the condition of an `#if`.
    Condition,
}

/// Where the elements of an initializer list go.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// Whose members they are: an index into [`Walk::owners`].
    owner: usize,
    /// How many array levels lie above the members.
    dimensions: u8,
    /// The place of the next element; `None` behind a designator, where counting would need the members.
    next: Option<u16>,
    /// The member that the last designator of a pair named.
    member: Option<NameId>,
}

/// What ends with a node.
#[derive(Clone, Copy)]
enum Ending {
    Nothing,
    Scope(Mark, Mark),
    Block(Mark, Mark),
    Function(Mark, Mark),
    Record,
}

/// A node that is being walked through.
#[derive(Clone, Copy)]
pub(super) struct Frame<'t> {
    pub(super) node: Node<'t>,
    pub(super) kind: Kind,
    ctx: Ctx,
    /// The innermost declaration: an index into [`Walk::declarations`].
    declaration: Option<usize>,
    ending: Ending,
}

/// A walk over one item.
pub(super) struct Walk<'a, 'b, 't> {
    pub(super) builder: &'b mut Builder<'a>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) declarators: Vec<Declarator<'t>>,
    /// The names of the records whose member lists are open; `None` for those that nothing names.
    pub(super) records: Vec<Option<Word>>,
    /// The names of the functions whose bodies are open.
    pub(super) functions: Vec<Word>,
    owners: Vec<Operand>,
    frames: Vec<Frame<'t>>,
    /// What the tree does not show and was not read yet.
    pub(super) hidden: &'b [Hidden],
    /// The last macro call that makes a name.
    pub(super) maker: Option<Maker>,
    /// Where a hidden `struct`, `union` or `enum` ends whose tag is still to come.
    pub(super) tag_behind: Option<u32>,
    blocks: u32,
    item: ItemKind,
}

/// Whether the walk goes into a node.
enum Step<'t> {
    Into(Frame<'t>),
    Past,
}

/// Adds what the tree under `root` says to `builder`.
///
/// `hidden` is what the tree does not show; it is read by the lexer when the walk comes past it, so that the scope holds.
pub(super) fn over(builder: &mut Builder<'_>, root: Node<'_>, hidden: &[Hidden], item: ItemKind) {
    let mut walk = Walk {
        builder,
        declarations: Vec::new(),
        declarators: Vec::new(),
        records: Vec::new(),
        functions: Vec::new(),
        owners: Vec::new(),
        frames: Vec::new(),
        hidden,
        maker: None,
        tag_behind: None,
        blocks: 0,
        item,
    };
    walk.run(&mut Cursor::at(root));
    walk.read_hidden(u32::MAX);
}

impl<'t> Walk<'_, '_, 't> {
    fn run(&mut self, cursor: &mut Cursor<'t>) {
        loop {
            if let Step::Into(frame) = self.enter(cursor) {
                if cursor.goto_first_child() {
                    self.frames.push(frame);
                    continue;
                }
                self.leave(frame);
            }
            while !cursor.goto_next_sibling() {
                let Some(frame) = self.frames.pop() else {
                    return;
                };
                self.leave(frame);
                cursor.goto_parent();
            }
            if self.frames.is_empty() {
                return;
            }
        }
    }

    fn leave(&mut self, frame: Frame<'t>) {
        self.read_hidden(frame.node.span().end);
        match frame.ending {
            Ending::Nothing => {}
            Ending::Record => {
                self.records.pop();
            }
            Ending::Scope(names, tags) => self.close(names, tags),
            Ending::Block(names, tags) => {
                self.blocks -= 1;
                self.close(names, tags);
            }
            Ending::Function(names, tags) => {
                self.functions.pop();
                self.close(names, tags);
            }
        }
    }

    fn close(&mut self, names: Mark, tags: Mark) {
        self.builder.scope.leave(names);
        self.builder.tags.leave(tags);
    }

    fn enter(&mut self, cursor: &Cursor<'t>) -> Step<'t> {
        let node = cursor.node();
        let (kind, field) = (node.kind(), node.field());
        self.read_hidden(node.span().start);
        if node.is_missing() {
            return Step::Past;
        }
        let ctx = match self.parent() {
            Some(parent) => self.context(parent, node, kind, field),
            None => Ctx::Use,
        };
        self.visit(node, kind, field, ctx)
    }

    /// The declaration that a frame belongs to.
    pub(super) fn innermost_declaration(&self, frame: Frame<'t>) -> Option<usize> {
        frame.declaration
    }

    fn parent(&self) -> Option<Frame<'t>> {
        self.frames.last().copied()
    }

    fn descend(
        &self,
        node: Node<'t>,
        kind: Kind,
        ctx: Ctx,
        declaration: Option<usize>,
    ) -> Step<'t> {
        Step::Into(Frame {
            node,
            kind,
            ctx,
            declaration,
            ending: Ending::Nothing,
        })
    }

    fn ending(step: Step<'t>, ending: Ending) -> Step<'t> {
        match step {
            Step::Into(frame) => Step::Into(Frame { ending, ..frame }),
            Step::Past => Step::Past,
        }
    }

    /// One match over the grammar: what a node of each kind is, given what its parent makes of it.
    fn visit(&mut self, node: Node<'t>, kind: Kind, field: Field, ctx: Ctx) -> Step<'t> {
        let inherited = self.parent().and_then(|parent| parent.declaration);
        let plain = self.descend(node, kind, ctx, inherited);
        match kind {
            Kind::Comment | Kind::PrimitiveType => return Step::Past,
            Kind::StringLiteral | Kind::NumberLiteral | Kind::CharLiteral => return Step::Past,
            Kind::Identifier | Kind::TypeIdentifier | Kind::FieldIdentifier => {
                self.name(node, kind, field, ctx);
                return Step::Past;
            }
            Kind::StorageClass => {
                self.storage(node);
                return Step::Past;
            }
            Kind::Declaration
            | Kind::TypeDefinition
            | Kind::FieldDeclaration
            | Kind::ParameterDeclaration => return self.declaration(node, kind),
            Kind::FunctionDefinition => return self.function_definition(node, kind),
            Kind::ParameterList => return self.parameter_list(node, kind),
            Kind::Struct | Kind::Union | Kind::Enum => return self.tagged(node, kind, field),
            Kind::Enumerator => self.enumerator(node),
            Kind::CompoundStatement => {
                self.blocks += 1;
                let (names, tags) = self.marks();
                return Self::ending(plain, Ending::Block(names, tags));
            }
            Kind::ForStatement => {
                let (names, tags) = self.marks();
                return Self::ending(plain, Ending::Scope(names, tags));
            }
            Kind::Error => return self.error(node, plain),
            Kind::Attribute | Kind::AttributeItem => {
                return self.descend(node, kind, Ctx::Attribute, inherited);
            }
            Kind::FunctionDeclarator => return self.function_declarator(node, kind, ctx),
            Kind::PreprocDefine
            | Kind::PreprocFunction
            | Kind::PreprocCall
            | Kind::PreprocInclude => {
                directive::inside(self.builder, node.span(), self.functions.last().copied());
                return Step::Past;
            }
            Kind::AsmGoto | Kind::Declspec => return Step::Past,
            _ => {}
        }
        plain
    }

    pub(super) fn marks(&self) -> (Mark, Mark) {
        (self.builder.scope.mark(), self.builder.tags.mark())
    }

    /// What a node's place under its parent makes of it.
    fn context(&mut self, parent: Frame<'t>, node: Node<'t>, kind: Kind, field: Field) -> Ctx {
        match (parent.ctx, parent.kind) {
            (_, Kind::Declaration | Kind::FieldDeclaration | Kind::TypeDefinition)
            | (_, Kind::ParameterDeclaration | Kind::FunctionDefinition)
                if field == Field::Declarator =>
            {
                self.declarator(parent, node, kind)
            }
            (Ctx::Declare(at), Kind::InitDeclarator) if field == Field::Value => {
                self.initializer(at, kind)
            }
            (Ctx::Declare(at), wrapper) => self.inside_declarator(at, wrapper, kind, field),
            (Ctx::List(list), Kind::InitializerList) if is_element(kind) => {
                self.element(list, kind)
            }
            (Ctx::List(list), Kind::InitializerPair) => self.pair(list, kind, field),
            (Ctx::Store(owner, slot), _) if passes_value(parent.kind, field) => {
                Ctx::Store(owner, slot)
            }
            (_, Kind::CompoundLiteral) if kind == Kind::InitializerList => {
                let owner = operand::of(self.builder, parent.node);
                self.list(owner, dimensions_of_literal(parent.node))
            }
            (_, Kind::Assignment) if field == Field::Right => self.assigned(parent.node),
            (Ctx::Attribute, Kind::Attribute | Kind::AttributeItem) => Ctx::Attribute,
            (Ctx::Attribute, Kind::ArgumentList) => match kind {
                Kind::Call => Ctx::AttributeCall,
                _ => Ctx::Attribute,
            },
            (Ctx::AttributeCall, Kind::Call) if field == Field::Arguments => {
                attribute_arguments(self.builder.bytes, parent.node)
            }
            (Ctx::AttributeCall, Kind::Call) => Ctx::Attribute,
            (Ctx::Condition, _) => Ctx::Condition,
            (_, Kind::PreprocIf | Kind::PreprocElif) if field == Field::Condition => Ctx::Condition,
            (_, Kind::PreprocIfdef | Kind::PreprocElifdef) if field == Field::Name => {
                Ctx::Condition
            }
            _ => Ctx::Use,
        }
    }

    fn list(&mut self, owner: Operand, dimensions: u8) -> Ctx {
        self.owners.push(owner);
        Ctx::List(List {
            owner: self.owners.len() - 1,
            dimensions,
            next: Some(0),
            member: None,
        })
    }

    /// An object's initializer: a list of its type, or a value that says nothing about members.
    fn initializer(&mut self, declarator: usize, kind: Kind) -> Ctx {
        if kind != Kind::InitializerList {
            return Ctx::Use;
        }
        let declarator = &self.declarators[declarator];
        let owner = match declarator.pointer {
            // An array of pointers holds no members.
            true => Operand::Unknown,
            false => self.declarations[declarator.declaration].of_type.clone(),
        };
        let dimensions = declarator.dimensions;
        self.list(owner, dimensions)
    }

    /// An element of a list; counts it on the list's own frame.
    fn element(&mut self, list: List, kind: Kind) -> Ctx {
        self.count(list, kind);
        match kind {
            Kind::InitializerPair => Ctx::List(List {
                member: None,
                ..list
            }),
            Kind::InitializerList if list.dimensions > 0 => Ctx::List(List {
                dimensions: list.dimensions - 1,
                next: Some(0),
                member: None,
                ..list
            }),
            Kind::InitializerList => {
                let owner = self.owner_at(list);
                self.list(owner, 0)
            }
            _ => self.stored(list),
        }
    }

    fn count(&mut self, list: List, kind: Kind) {
        let Some(Frame {
            ctx: Ctx::List(counted),
            ..
        }) = self.frames.last_mut()
        else {
            return;
        };
        counted.next = match kind {
            Kind::InitializerPair => None,
            _ => list.next.and_then(|next| next.checked_add(1)),
        };
    }

    fn owner_at(&self, list: List) -> Operand {
        let owner = self.owners[list.owner].clone();
        match (owner, list.member, list.next) {
            (Operand::Unknown, _, _) => Operand::Unknown,
            (owner, Some(member), _) => Operand::MemberOf(Box::new(owner), member),
            (owner, None, Some(place)) => Operand::PlaceOf(Box::new(owner), place),
            (_, None, None) => Operand::Unknown,
        }
    }

    /// Where a bare value in a list goes.
    fn stored(&mut self, list: List) -> Ctx {
        let known = self.owners[list.owner] != Operand::Unknown;
        match (list.member, list.next) {
            (Some(member), _) => Ctx::Store(list.owner, Slot::Member(member)),
            (None, Some(place)) if known && list.dimensions == 0 => {
                Ctx::Store(list.owner, Slot::Place(place))
            }
            _ => Ctx::Use,
        }
    }

    /// A part of `.a.b[i] = value`: designators move the owner inwards on the pair's own frame.
    fn pair(&mut self, list: List, kind: Kind, field: Field) -> Ctx {
        if field != Field::Designator {
            return match kind {
                Kind::InitializerList if list.member.is_none() => {
                    // `[i] = { ... }`: an element of the array, or of a member that is one.
                    Ctx::List(List {
                        dimensions: list.dimensions.saturating_sub(1),
                        next: Some(0),
                        ..list
                    })
                }
                Kind::InitializerList => {
                    let owner = self.owner_at(list);
                    self.list(owner, 0)
                }
                _ => self.stored(List { next: None, ..list }),
            };
        }
        Ctx::List(list)
    }

    /// Notes a designator, and makes its member the one that the pair's value goes to.
    fn designate(&mut self, word: Word, at: Span) {
        let pair = self
            .frames
            .iter()
            .rposition(|frame| frame.kind == Kind::InitializerPair);
        let Some(pair) = pair else {
            return;
        };
        let Ctx::List(list) = self.frames[pair].ctx else {
            return self.builder.refer(
                Role::Member {
                    owner: Operand::Unknown,
                },
                word,
                at,
            );
        };
        let owner = match list.member {
            Some(_) => self.owner_at(list),
            None => self.owners[list.owner].clone(),
        };
        let name = self.builder.name(word);
        self.owners.push(owner.clone());
        self.frames[pair].ctx = Ctx::List(List {
            owner: self.owners.len() - 1,
            dimensions: 0,
            next: None,
            member: Some(name),
        });
        self.builder.refer(Role::Member { owner }, word, at);
    }

    /// The right side of an assignment to a member.
    fn assigned(&mut self, assignment: Node<'t>) -> Ctx {
        let Some(left) = assignment.child(Field::Left) else {
            return Ctx::Use;
        };
        if left.kind() != Kind::Field {
            return Ctx::Use;
        }
        let Some(member) = left.child(Field::Member) else {
            return Ctx::Use;
        };
        let word = self.builder.word(member.span());
        let owner = operand::of_field(self.builder, left, Field::Argument);
        self.owners.push(owner);
        let name = self.builder.name(word);
        Ctx::Store(self.owners.len() - 1, Slot::Member(name))
    }

    fn error(&mut self, node: Node<'t>, plain: Step<'t>) -> Step<'t> {
        let holds_code = node.children().any(|child| {
            matches!(
                child.kind(),
                Kind::Declaration
                    | Kind::FunctionDefinition
                    | Kind::CompoundStatement
                    | Kind::ExpressionStatement
                    | Kind::TypeDefinition
                    | Kind::FieldDeclaration
                    | Kind::ParameterList
                    | Kind::FunctionDeclarator
            )
        });
        if holds_code {
            return plain;
        }
        lexical::references(self.builder, node.span());
        Step::Past
    }

    /// A name: declared, bound or used, as its place says.
    fn name(&mut self, node: Node<'t>, kind: Kind, field: Field, ctx: Ctx) {
        let at = node.span();
        let word = self.builder.word(at);
        if let Ctx::Declare(declarator) = ctx {
            return self.declare(declarator, word, at);
        }
        let Some(parent) = self.parent() else {
            return;
        };
        if matches!(ctx, Ctx::Attribute | Ctx::AttributeCall) || self.builder.is_keyword(word) {
            return;
        }
        match (parent.kind, kind) {
            (Kind::Struct | Kind::Union | Kind::Enum | Kind::Enumerator, _)
                if field == Field::Name => {}
            (Kind::AsmInput | Kind::AsmOutput, _) if field == Field::Symbol => {}
            (Kind::FieldDesignator | Kind::InitializerPair, Kind::FieldIdentifier) => {
                self.designate(word, at);
            }
            (Kind::Offsetof, Kind::FieldIdentifier) => {
                let owner = operand::of_field(self.builder, parent.node, Field::Type);
                let owner = match owner {
                    Operand::Unknown => self.type_operand(parent.node),
                    known => known,
                };
                self.builder.refer(Role::Member { owner }, word, at);
            }
            (_, Kind::FieldIdentifier) => self.member(parent, word, at),
            (_, Kind::TypeIdentifier) => self.type_use(parent, field, word, at),
            _ => self.value(parent, field, ctx, (word, at)),
        }
    }

    fn type_operand(&mut self, node: Node<'t>) -> Operand {
        node.child(Field::Type)
            .map_or(Operand::Unknown, |described| {
                operand::of_type(self.builder, described)
            })
    }

    fn member(&mut self, access: Frame<'t>, word: Word, at: Span) {
        let owner = operand::of_field(self.builder, access.node, Field::Argument);
        let caller = self
            .frames
            .len()
            .checked_sub(2)
            .map(|above| self.frames[above])
            .filter(|above| above.kind == Kind::Call)
            .filter(|above| above.node.child(Field::Function) == Some(access.node));
        let role = match caller {
            Some(call) => Role::MemberCall {
                owner,
                arguments: self.arguments(call.node),
            },
            None => Role::Member { owner },
        };
        self.builder.refer(role, word, at);
    }

    fn type_use(&mut self, parent: Frame<'t>, field: Field, word: Word, at: Span) {
        if field == Field::Type
            && let Some(declaration) = parent.declaration
            && is_declaration(parent.kind)
        {
            let of_type = operand::of_type_name(self.builder, at);
            self.declarations[declaration].of_type = of_type;
        }
        if !self.builder.binds(word) {
            self.builder.refer(Role::Type, word, at);
        }
    }

    fn value(&mut self, parent: Frame<'t>, field: Field, ctx: Ctx, (word, at): (Word, Span)) {
        if parent.kind == Kind::ParameterList {
            let above = self.frames.len().checked_sub(2).map(|at| self.frames[at]);
            if above.is_some_and(|above| self.is_own_list(above)) {
                return self.builder.scope.bind(word, Operand::Unknown);
            }
        }
        let role = match ctx {
            Ctx::Condition => Role::Condition,
            _ if self.takes_tag(at) => Role::Tag,
            _ if self.builder.binds(word) => return,
            _ if is_label_address(&self.frames) => return,
            _ if parent.kind == Kind::MacroType => Role::Call { arguments: 1 },
            _ if parent.kind == Kind::Call && field == Field::Function => {
                self.note_arguments(parent.node, at.start);
                Role::Call {
                    arguments: self.arguments(parent.node),
                }
            }
            Ctx::Store(owner, slot) => Role::Stored {
                owner: self.owners[owner].clone(),
                slot,
            },
            _ => Role::Value,
        };
        self.builder.refer(role, word, at);
    }

    fn note_arguments(&mut self, call: Node<'t>, at: u32) {
        let list = call.child(Field::Arguments);
        let arguments = list.map(|list| operand::arguments(self.builder, list));
        if let Some(arguments) = arguments.filter(|arguments| !arguments.is_empty()) {
            self.builder.calls.push(CallArguments { at, arguments });
        }
    }

    /// The number of arguments of a call, as written.
    fn arguments(&self, call: Node<'t>) -> u16 {
        let list = call.child(Field::Arguments);
        list.map_or(0, Node::argument_count)
    }

    fn declaration(&mut self, node: Node<'t>, kind: Kind) -> Step<'t> {
        let place = self.place(kind);
        self.declarations.push(Declaration::new(place, node));
        self.descend(node, kind, Ctx::Use, Some(self.declarations.len() - 1))
    }

    fn place(&self, kind: Kind) -> Place {
        let in_block = self.blocks > 0;
        match kind {
            Kind::FieldDeclaration => Place::Member,
            Kind::ParameterDeclaration => Place::Parameter,
            Kind::TypeDefinition if in_block => Place::LocalTypedef,
            Kind::TypeDefinition => Place::Typedef,
            _ if in_block => Place::Block,
            // The parameter declarations of a K&R definition; or what an error pushed out of a body.
            _ if !self.functions.is_empty() || self.item == ItemKind::Function => Place::Parameter,
            _ => Place::File,
        }
    }

    fn function_definition(&mut self, node: Node<'t>, kind: Kind) -> Step<'t> {
        let place = match self.blocks {
            0 => Place::Function,
            _ => Place::NestedFunction,
        };
        self.declarations.push(Declaration::new(place, node));
        if place == Place::NestedFunction {
            // GNU C: its name belongs to the block around it, so it is bound before its own scope begins.
            self.bind_nested(node);
        }
        let (names, tags) = self.marks();
        // Until its declarator is met a function has no name of its own; a nested one never has.
        let around = self.functions.last().copied();
        let unnamed = around.unwrap_or_else(|| self.builder.word(Span::default()));
        self.functions.push(unnamed);
        let step = self.descend(node, kind, Ctx::Use, Some(self.declarations.len() - 1));
        Self::ending(step, Ending::Function(names, tags))
    }

    /// Parameters live to the end of their list; those of the function that is being defined, to the end of its body.
    fn parameter_list(&mut self, node: Node<'t>, kind: Kind) -> Step<'t> {
        let parent = self.parent();
        let declaration = parent.and_then(|parent| parent.declaration);
        let step = self.descend(node, kind, Ctx::Use, declaration);
        if parent.is_some_and(|parent| self.is_own_list(parent)) {
            return step;
        }
        let (names, tags) = self.marks();
        Self::ending(step, Ending::Scope(names, tags))
    }

    fn is_own_list(&self, parent: Frame<'t>) -> bool {
        let Ctx::Declare(at) = parent.ctx else {
            return false;
        };
        let declarator = &self.declarators[at];
        let place = self.declarations[declarator.declaration].place;
        matches!(place, Place::Function | Place::NestedFunction)
            && declarator.function == Some(parent.node)
    }

    fn function_declarator(&mut self, node: Node<'t>, kind: Kind, ctx: Ctx) -> Step<'t> {
        let parent = self.parent();
        let declaration = parent.and_then(|parent| parent.declaration);
        if let Ctx::Declare(at) = ctx {
            let nested = parent.is_some_and(|parent| parent.kind == Kind::FunctionDeclarator);
            if nested && self.define_made(at, node) {
                return Step::Past;
            }
            self.declarators[at].function = Some(node);
        }
        self.descend(node, kind, ctx, declaration)
    }

    /// The innermost open node of a kind.
    pub(super) fn frame_of(&self, kind: Kind) -> Option<Frame<'t>> {
        self.frames
            .iter()
            .rev()
            .find(|frame| frame.kind == kind)
            .copied()
    }

    fn storage(&mut self, node: Node<'t>) {
        let text = node.span().of(self.builder.bytes);
        let declaration = self.parent().and_then(|parent| parent.declaration);
        if let Some(declaration) = declaration {
            self.declarations[declaration].note_storage(text);
        }
    }

    fn tagged(&mut self, node: Node<'t>, kind: Kind, field: Field) -> Step<'t> {
        let parent = self.parent();
        let declaration = parent
            .filter(|parent| is_declaration(parent.kind) && field == Field::Type)
            .and_then(|parent| parent.declaration);
        if let Some(declaration) = declaration {
            let of_type = operand::of_type(self.builder, node);
            self.declarations[declaration].of_type = of_type;
        }
        let body = node.child(Field::Body).map(Node::span);
        if let Some(declaration) = declaration.filter(|_| node.child(Field::Name).is_none()) {
            self.declarations[declaration].untagged = body;
        }
        self.tag(node, kind, declaration.is_some() || !stands_alone(parent));
        let step = self.descend(node, kind, Ctx::Use, None);
        if body.is_none() {
            return step;
        }
        let named = self.record_name(node, parent);
        self.records.push(named);
        Self::ending(step, Ending::Record)
    }

    pub(super) fn blocks(&self) -> u32 {
        self.blocks
    }

    pub(super) fn in_block(&self) -> bool {
        self.blocks > 0
    }
}

/// Whether a specifier is a declaration by itself, as in `struct s;`.
fn stands_alone(parent: Option<Frame<'_>>) -> bool {
    parent.is_none_or(|parent| {
        matches!(
            parent.kind,
            Kind::Other
                | Kind::CompoundStatement
                | Kind::Error
                | Kind::PreprocIf
                | Kind::PreprocIfdef
                | Kind::PreprocElif
                | Kind::PreprocElifdef
                | Kind::PreprocElse
        )
    })
}

/// Whether a child of an initializer list is one of its elements.
fn is_element(kind: Kind) -> bool {
    kind != Kind::Comment
}

/// Whether nodes of this kind declare names.
pub(super) fn is_declaration(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Declaration
            | Kind::FieldDeclaration
            | Kind::TypeDefinition
            | Kind::ParameterDeclaration
            | Kind::FunctionDefinition
    )
}

/// Whether what goes into a member is the child itself: through brackets, a cast, `&` and both arms of `?:`.
fn passes_value(kind: Kind, field: Field) -> bool {
    match kind {
        Kind::Parenthesized => true,
        Kind::Cast => field == Field::Value,
        Kind::Pointer => field == Field::Argument,
        Kind::Conditional => matches!(field, Field::Consequence | Field::Alternative),
        _ => false,
    }
}

/// `&&label`: the grammar reads two address operators.
fn is_label_address(frames: &[Frame<'_>]) -> bool {
    let [.., outer, inner] = frames else {
        return false;
    };
    let is_address = |frame: &Frame<'_>| frame.node.takes_address();
    is_address(outer) && is_address(inner)
}

/// The array levels of `(T[]){ ... }`.
fn dimensions_of_literal(literal: Node<'_>) -> u8 {
    let described = literal
        .child(Field::Type)
        .and_then(|described| described.child(Field::Declarator));
    match described {
        Some(declarator) if declarator.kind() == Kind::AbstractArray => 1,
        _ => 0,
    }
}

/// The arguments of an attribute are expressions, but for those that only name a style.
fn attribute_arguments(source: &[u8], call: Node<'_>) -> Ctx {
    let name = call
        .child(Field::Function)
        .map_or(&[][..], |function| function.span().of(source));
    match name {
        b"format" | b"__format__" | b"format_arg" | b"mode" | b"__mode__" | b"access"
        | b"__access__" => Ctx::Attribute,
        _ => Ctx::Use,
    }
}
