//! The rows of `index --edges`: who uses what, how, and where that is first seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::SymbolKind;

use super::EdgeKind;
use super::index::FileId;
use super::resolve::Confidence;

/// How a row uses its target; what `index --edges` prints in its first column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseKind {
    /// Names a function without calling it.
    Address,
    /// Calls a function, or an object that holds one.
    Call,
    /// Names a macro in the condition of an `#if`.
    Condition,
    /// Names an enumerator.
    Enumerator,
    /// A function is stored in a member: the row's source is the member.
    Stored,
    /// Reads or writes an object.
    Object,
    /// Calls through a member.
    IndirectCall,
    /// Expands a macro.
    Macro,
    /// Accesses a member.
    Member,
    /// Names a type.
    Type,
}

impl UseKind {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 10] = [
        Self::Address,
        Self::Call,
        Self::Condition,
        Self::Enumerator,
        Self::Stored,
        Self::Object,
        Self::IndirectCall,
        Self::Macro,
        Self::Member,
        Self::Type,
    ];

    /// What an edge to a symbol of this kind is as a row.
    pub(super) fn of(edge: EdgeKind, target: SymbolKind) -> Self {
        match edge {
            EdgeKind::Call if target == SymbolKind::Object => Self::Object,
            EdgeKind::Call => Self::Call,
            EdgeKind::Macro => Self::Macro,
            EdgeKind::Type => Self::Type,
            EdgeKind::Member => Self::Member,
            EdgeKind::Object => Self::Object,
            EdgeKind::Enumerator => Self::Enumerator,
            EdgeKind::Address => Self::Address,
            EdgeKind::IndirectCall => Self::IndirectCall,
            EdgeKind::Condition => Self::Condition,
        }
    }

    /// Its word in the export.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "addr",
            Self::Call => "call",
            Self::Condition => "cond",
            Self::Enumerator => "enumc",
            Self::Stored => "fpset",
            Self::Object => "gvar",
            Self::IndirectCall => "icall",
            Self::Macro => "macro",
            Self::Member => "member",
            Self::Type => "type",
        }
    }
}

/// A name, and for a member the name of its record: empty where that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The record of a member.
    pub owner: Option<Arc<str>>,
    /// The name itself.
    pub own: Arc<str>,
}

/// What uses what, how; the identity of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// How.
    pub kind: UseKind,
    /// The file of the user.
    pub file: FileId,
    /// The user.
    pub user: Name,
    /// What is used.
    pub target: Name,
    /// The file that defines it; where none does, that declares it; and the offset of its name there. Of several
    /// definitions, in one file or many, each has a row.
    pub target_at: Option<(FileId, u32)>,
}

/// Where a row's first use and its target stand, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The offset of the use in the file it stands in.
    pub offset: u32,
    /// That file; the row's own but for [`UseKind::Stored`].
    pub file: FileId,
    /// How sure it is.
    pub confidence: Confidence,
}

/// The rows of one file, by identity.
pub type Rows = BTreeMap<Row, Seen>;
