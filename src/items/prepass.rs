//! Rewrites, in place and with every offset kept, what tree-sitter-c cannot read.

use std::borrow::Cow;

use super::ItemKind;
use crate::text::Span;

/// Why the parser does not see a stretch of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenKind {
    /// A directive line inside the item.
    Directive,
    /// A branch of an `#if` that splits a statement or a brace, other than the branch that was kept.
    Branch,
    /// An attribute-like word of a declaration, with its arguments: `coroutine_fn`, `G_GNUC_PRINTF(1, 2)`.
    Attribute,
    /// The macro that makes a name, without its argument: the `HELPER` of `HELPER(x)`.
    NameMacro,
    /// The name of a macro that stands before a block, as `QLIST_FOREACH` does; its arguments stay in sight.
    Loop,
    /// An operator, keyword or index that stands as a macro's argument.
    Operand,
    /// The inside of a block too large to parse.
    Bulk,
}

/// A stretch of an item that the parser does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hidden {
    /// Where it stands in the item.
    pub span: Span,
    /// Why.
    pub kind: HiddenKind,
}

/// An item made fit for the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten<'a> {
    /// As long as the item, except that a call without `;` gets one behind its end.
    pub bytes: Cow<'a, [u8]>,
    /// What was taken out of sight, in order of offset.
    pub hidden: Vec<Hidden>,
}

/// The item as the parser can read it.
#[must_use]
pub fn rewritten(bytes: &[u8], kind: ItemKind) -> Rewritten<'_> {
    let mut bytes = Cow::Borrowed(bytes);
    if kind == ItemKind::MacroCall && !bytes.ends_with(b";") {
        bytes.to_mut().push(b';');
    }
    Rewritten {
        bytes,
        hidden: Vec::new(),
    }
}
