//! What one item of C says by itself: what it defines and declares, and what it uses, in what role.
//!
//! Facts are pure functions of an item's bytes and kind; offsets count from the item's first byte, so equal items share
//! their facts wherever they stand. Knows no other item, no file and no tree: whether `f(x)` calls a function or expands
//! a macro is for `graph` to say. This file is long because it holds the room's types, whose docs are their contract.

mod build;
mod declare;
mod directive;
pub mod health;
mod hidden;
mod lexical;
mod operand;
mod outline;
pub mod query;
mod recover;
mod scope;
mod walk;
mod words;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::items::prepass::Rule;
use crate::items::{self, FileItems, Item, ItemKey, ItemKind};
use crate::parse::{self, ParseHealth};
use crate::text::{LineIndex, LineNumber, Span};

/// The version of what this room says of an item: part of the key of every stored fact. Raised with each change of an
/// answer or of a type above; the last two digits are the grammar's.
pub const FACTS_VERSION: u32 = 5_26;

pub use self::outline::of_item_outline;

/// The facts of one item.
///
/// A pure function of its bytes and kind; never fails: what the grammar cannot read is read by the lexer, and counted in
/// [`ItemFacts::health`]. Names of locals, parameters and labels are bound here and give no reference.
#[must_use]
pub fn of_item(bytes: &[u8], kind: ItemKind) -> ItemFacts {
    of_item_without(bytes, kind, None)
}

/// The facts of a whole source read at once, without splitting it and without a pre-pass: what [`of_source`] must agree
/// with where the source has no error. Offsets are those of the source.
#[must_use]
pub fn of_whole(bytes: &[u8]) -> ItemFacts {
    let mut builder = build::Builder::new(bytes);
    let parsed = parse::plain(bytes);
    builder.health = parsed.health;
    walk::over(&mut builder, parsed.tree.root(), &[], ItemKind::Declaration);
    builder.finish()
}

/// The facts of one item with one rule of the pre-pass left out: what the rule is good for.
#[must_use]
pub fn of_item_without(bytes: &[u8], kind: ItemKind, off: Option<Rule>) -> ItemFacts {
    let mut builder = build::Builder::new(bytes);
    let all = Span::new(0, crate::text::offset(bytes.len()));
    match kind {
        ItemKind::Define | ItemKind::Include | ItemKind::Conditional | ItemKind::Directive => {
            directive::whole(&mut builder);
        }
        ItemKind::MacroCall | ItemKind::Fragment => lexical::references(&mut builder, all),
        ItemKind::Function | ItemKind::Declaration => {
            parsed(&mut builder, kind, off);
        }
    }
    builder.finish()
}

/// Whether a word is one of C's own, in any of its spellings, and so never a name of the program.
#[must_use]
pub fn is_keyword(word: &[u8]) -> bool {
    words::is_keyword(word)
}

/// Branches of in-item conditionals beyond this number are not read; people write two or three.
const MOST_BRANCHES: usize = 16;

/// Adds what the syntax tree of an item says, then what the trees of its other branches say besides.
fn parsed(builder: &mut build::Builder<'_>, kind: ItemKind, off: Option<Rule>) {
    let first = parse::branch_without(builder.bytes, kind, 0, off);
    builder.health = first.health;
    let root = first.tree.root();
    let lost = (kind == ItemKind::Function)
        .then(|| recover::head(builder.bytes, root))
        .flatten();
    if let Some(head) = &lost {
        recover::bind(builder, head);
    }
    walk::over(builder, root, &first.hidden, kind);
    if let Some(head) = &lost {
        recover::define(builder, head);
    }
    for branch in 1..first.branches.min(MOST_BRANCHES) {
        let other = parse::branch_without(builder.bytes, kind, branch, off);
        let (definitions, references) = builder.counts();
        walk::over(builder, other.tree.root(), &other.hidden, kind);
        builder.keep_after(definitions, references, |span| {
            hidden::in_other_branch(&first.hidden, span)
        });
    }
}

/// The facts of a source: its items, each with its own.
#[must_use]
pub fn of_source(bytes: &[u8]) -> FileFacts {
    of_source_with(bytes, &|_, kind, bytes| Arc::new(of_item(bytes, kind)))
}

/// Where facts may come from instead of [`of_item`], which it must agree with: an item's key, kind and bytes in.
pub type Memo<'m> = dyn Fn(ItemKey, ItemKind, &[u8]) -> Arc<ItemFacts> + 'm;

/// The facts of a source, those of each item out of `memo`.
pub fn of_source_with(bytes: &[u8], memo: &Memo<'_>) -> FileFacts {
    let layout = items::of_source(bytes);
    let facts = layout.items.iter().map(|item| PlacedFacts {
        item: *item,
        facts: memo(item.key, item.kind, item.span.of(bytes)),
    });
    FileFacts {
        items: facts.collect(),
        lines: LineIndex::of(bytes),
        layout,
    }
}

/// A name inside one item's facts: an index into its [`NameTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NameId(pub u32);

/// The distinct names of one item, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameTable {
    text: String,
    ends: Vec<u32>,
}

impl NameTable {
    /// The name behind an id; empty for an id of another table.
    #[must_use]
    pub fn name(&self, id: NameId) -> &str {
        let at = id.0 as usize;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| *end as usize);
        self.ends
            .get(at)
            .map_or("", |end| &self.text[start..*end as usize])
    }

    /// How many names it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a name; the caller keeps names distinct.
    pub fn push(&mut self, name: &str) -> NameId {
        let id = NameId(crate::text::offset(self.ends.len()));
        self.text.push_str(name);
        self.ends.push(crate::text::offset(self.text.len()));
        id
    }

    /// All names with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &str)> {
        (0..self.ends.len())
            .map(|at| NameId(crate::text::offset(at)))
            .map(|id| (id, self.name(id)))
    }
}

/// The kind of a symbol (`design.md` section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymbolKind {
    /// A function.
    Function,
    /// A function-like or object-like macro; the former has parameters.
    Macro,
    /// A struct tag. An untagged struct is no symbol: its members belong to the typedef that names it, else to the
    /// nearest named record around it.
    Struct,
    /// A union tag.
    Union,
    /// An enum tag.
    Enum,
    /// A typedef name.
    Typedef,
    /// A member of a struct or union.
    Member,
    /// An enumeration constant.
    Enumerator,
    /// An object at file scope, or a `static` one inside a function.
    Object,
}

impl SymbolKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Macro => "macro",
            Self::Struct => "struct",
            Self::Union => "union",
            Self::Enum => "enum",
            Self::Typedef => "typedef",
            Self::Member => "member",
            Self::Enumerator => "enumerator",
            Self::Object => "object",
        }
    }
}

/// Linkage as ISO C 6.2.2 has it, as far as one item shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linkage {
    /// Visible to other translation units.
    External,
    /// `static`: one translation unit, or one per includer for a header.
    Internal,
    /// None: macros, tags, typedefs, members, enumerators.
    None,
}

/// Whether an item brings a symbol into being or only announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Form {
    /// A body, an initializer, a member list, a replacement list.
    Definition,
    /// An object without initializer and without `extern` (ISO C 6.9.2).
    Tentative,
    /// A prototype, an `extern` object, a forward declaration of a tag.
    Declaration,
}

/// The parameters of a function or function-like macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parameters {
    /// How many are named or typed; `(void)` has none.
    pub count: u16,
    /// Whether `...` follows.
    pub variadic: bool,
    /// Whether the count binds callers: not for `()` and K&R definitions before C23.
    pub checked: bool,
}

/// A symbol that an item defines or declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// What it is.
    pub kind: SymbolKind,
    /// Whether it is brought into being here.
    pub form: Form,
    /// Its name.
    pub name: NameId,
    /// A member's nearest named struct or union (its tag, else its typedef), an enumerator's enum, the function of what
    /// is defined inside one. `None` for the members of a record that nothing names.
    pub parent: Option<NameId>,
    /// The innermost definition around it, an index into [`ItemFacts::definitions`]: the record of a member, the object
    /// or typedef of an untagged record's member, the function of a local definition.
    pub within: Option<u32>,
    /// Its linkage.
    pub linkage: Linkage,
    /// All of it, from its first specifier or attribute to its last token. Where one declaration has several declarators
    /// the first goes from the specifiers to its own end, each later one is its own declarator alone.
    pub span: Span,
    /// Its name. For a name that a macro makes, the arguments it is made from.
    pub name_span: Span,
    /// What stands behind the head: a body, an initializer, a member list, a replacement list, a value.
    pub body: Option<Span>,
    /// Its parameters, for functions and function-like macros.
    pub parameters: Option<Parameters>,
    /// The tag or typedef name of its declared type (of a function or a pointer to one: of what it returns), pointers and
    /// arrays dropped.
    pub type_name: Option<NameId>,
    /// The number of array brackets behind its name.
    pub dimensions: u8,
    /// The macro that makes the name (`HELPER`, `DEFINE_X`), where one does; `name` then is that macro's arguments as
    /// written, white space dropped (`x`, `helper_,x`).
    pub made_by: Option<NameId>,
}

/// The type that an object expression has, as far as the item shows it: where the owner of a member is looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operand {
    /// Declared in sight (a local, a parameter, a cast, a compound literal): its tag or typedef name.
    Typed(NameId),
    /// A name that is declared outside the item: an object, or a macro.
    Named(NameId),
    /// What a call returns, or what an expansion with arguments stands for. The offset is that of the name, under which
    /// [`ItemFacts::calls`] has the arguments.
    CallOf(NameId, u32),
    /// In a replacement list: what stands for the parameter of this number.
    Parameter(u16),
    /// A member of another operand, or what a call through that member returns.
    MemberOf(Box<Operand>, NameId),
    /// What stands at a place, from 0, of another operand's initializer list: a member, or an element where the operand
    /// is an array.
    PlaceOf(Box<Operand>, u16),
    /// Not known.
    #[default]
    Unknown,
}

/// One argument of a call, as far as it says what a macro may make of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Where it stands.
    pub span: Span,
    /// Its text, where it is one word or number.
    pub name: Option<NameId>,
    /// What it is; of a type, a value of that type.
    pub operand: Operand,
}

/// The arguments of one `name(...)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallArguments {
    /// The offset of the name.
    pub at: u32,
    /// In order.
    pub arguments: Vec<Argument>,
}

/// A use in a replacement list whose name an argument gives, alone or pasted together: `->field`, `prefix_##name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// How the name is used.
    pub role: Role,
    /// The pieces of the name, parameters among them, joined by `##`.
    pub name: NameId,
    /// Where it stands.
    pub span: Span,
}

/// A parameter of a function-like macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroParameter {
    /// Its name; `__VA_ARGS__` for `...`.
    pub name: NameId,
    /// How often its replacement list holds it; behind `#` does not count.
    pub uses: u16,
}

/// What an item that is a `#define` says of its replacement list besides its references.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Its parameters; empty for an object-like macro.
    pub parameters: Vec<MacroParameter>,
    /// Whether the last parameter takes all further arguments.
    pub variadic: bool,
    /// What depends on the arguments, in order of offset.
    pub templates: Vec<Template>,
    /// Whether it begins with an attribute: `__attribute__`, `__declspec`, `[[`.
    pub attribute: bool,
    /// The locals that it declares for the statements behind it, with their types.
    pub locals: Vec<(NameId, Operand)>,
    /// What the replacement list stands for as an expression or a type.
    pub value: Operand,
}

/// Which member of a struct something is stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Slot {
    /// The member of this name.
    Member(NameId),
    /// The member at this place, from 0, in a list without designators; an element where the owner is an array.
    Place(u16),
}

/// How a name is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// `name(...)`: a call of a function, or an expansion of a function-like macro.
    Call {
        /// The number of arguments as written.
        arguments: u16,
    },
    /// An identifier in an expression that is not called: an object, an enumerator, a macro, a function's address. Also
    /// a type that only its definition tells from a value: `sizeof(T)`, `(T)(x)`, a macro argument.
    Value,
    /// An identifier stored in a member: `.field = name`, `x->field = name`, a place in an initializer list.
    Stored {
        /// The struct that has the member.
        owner: Operand,
        /// The member.
        slot: Slot,
    },
    /// A typedef name where a type stands.
    Type,
    /// `struct name`, `union name`, `enum name` without a member list.
    Tag,
    /// `.name`, `->name`, a designator, an `offsetof` member.
    Member {
        /// What it is a member of.
        owner: Operand,
    },
    /// `x->name(...)`, `x.name(...)`.
    MemberCall {
        /// What it is a member of.
        owner: Operand,
        /// The number of arguments as written.
        arguments: u16,
    },
    /// The path of an `#include "..."` (quotes) or `#include <...>` (brackets), as written.
    Include {
        /// Whether the path stands in angle brackets.
        brackets: bool,
    },
    /// A name in the condition of an `#if`, or the name of an `#ifdef` or `#undef`.
    Condition,
}

/// A use of a name that the item itself does not bind: locals, parameters and labels are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// How it is used.
    pub role: Role,
    /// The name.
    pub name: NameId,
    /// Where it stands.
    pub span: Span,
    /// The innermost definition of the item that it stands in: an index into [`ItemFacts::definitions`].
    pub from: Option<u32>,
}

/// The facts of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFacts {
    /// The names that the rest speaks of.
    pub names: NameTable,
    /// In order of their names' offsets.
    pub definitions: Vec<Definition>,
    /// In order of offset.
    pub references: Vec<Reference>,
    /// The arguments of calls, in order of offset; those of a call that has none are left out.
    pub calls: Vec<CallArguments>,
    /// What a `#define` stands for; empty for every other item.
    pub replacement: Replacement,
    /// How well it was understood.
    pub health: ParseHealth,
}

/// One item of a file together with its facts.
#[derive(Clone, Debug)]
pub struct PlacedFacts {
    /// The item, with its place in the file.
    pub item: Item,
    /// Its facts; add `item.span.start` to their offsets.
    pub facts: Arc<ItemFacts>,
}

/// The facts of one file.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Its items in order, each with its facts.
    pub items: Vec<PlacedFacts>,
    /// The items again, with their guards.
    pub layout: FileItems,
    /// Its lines.
    pub lines: LineIndex,
}

impl PlacedFacts {
    /// A span of its facts, in the offsets of the file.
    #[must_use]
    pub fn span(&self, of: Span) -> Span {
        of.shifted(self.item.span.start)
    }
}

impl FileFacts {
    /// All definitions and declarations of the file, in order, each with the item that it stands in.
    pub fn definitions(&self) -> impl Iterator<Item = (&PlacedFacts, &Definition)> {
        self.items
            .iter()
            .flat_map(|placed| placed.facts.definitions.iter().map(move |it| (placed, it)))
    }

    /// All references of the file, in order, each with the item that it stands in.
    pub fn references(&self) -> impl Iterator<Item = (&PlacedFacts, &Reference)> {
        self.items
            .iter()
            .flat_map(|placed| placed.facts.references.iter().map(move |it| (placed, it)))
    }

    /// The line on which a span of an item's facts begins.
    #[must_use]
    pub fn line(&self, placed: &PlacedFacts, of: Span) -> LineNumber {
        self.lines.line(placed.span(of).start)
    }

    /// The line on which a span of an item's facts ends.
    #[must_use]
    pub fn end_line(&self, placed: &PlacedFacts, of: Span) -> LineNumber {
        let span = placed.span(of);
        self.lines.line(span.end.saturating_sub(1).max(span.start))
    }

    /// How well the file was understood: the sums over its items.
    #[must_use]
    pub fn health(&self) -> ParseHealth {
        self.items
            .iter()
            .fold(ParseHealth::default(), |sum, placed| ParseHealth {
                error_bytes: sum
                    .error_bytes
                    .saturating_add(placed.facts.health.error_bytes),
                missing: sum.missing.saturating_add(placed.facts.health.missing),
            })
    }

    /// The share of the items' bytes that was not understood, in `[0, 1]`; 0 for a file without items.
    #[must_use]
    pub fn share_not_understood(&self) -> f64 {
        let bytes: u64 = self
            .items
            .iter()
            .map(|placed| u64::from(placed.item.span.len()))
            .sum();
        match bytes {
            0 => 0.0,
            _ => f64::from(self.health().error_bytes) / bytes as f64,
        }
    }
}

impl ItemFacts {
    /// The name behind an id of these facts.
    #[must_use]
    pub fn name(&self, id: NameId) -> &str {
        self.names.name(id)
    }

    /// The arguments of the call whose name starts at an offset; empty where it has none.
    #[must_use]
    pub fn arguments(&self, at: u32) -> &[Argument] {
        let found = self.calls.binary_search_by_key(&at, |call| call.at);
        found.map_or(&[], |place| &self.calls[place].arguments)
    }

    /// The definition that a reference stands in, if any.
    #[must_use]
    pub fn enclosing(&self, reference: &Reference) -> Option<&Definition> {
        self.definitions.get(reference.from? as usize)
    }
}
