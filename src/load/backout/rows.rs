//! Parts of a plan as rows of its report.

use crate::change::ObjectId;
use crate::change::replay::ConflictKind;
use crate::report::plan::BuildConflictRow;
use crate::revert::BuildConflict;

/// A break as a row, with the later commit behind it.
pub(super) fn of_break(broken: &BuildConflict, behind: Option<&ObjectId>) -> BuildConflictRow {
    BuildConflictRow {
        kind: broken.kind.word(),
        symbol: broken.symbol.clone(),
        path: broken.path.to_text().into_owned(),
        line: broken.line.0,
        because: broken.because.clone(),
        introduced_by: behind.map(ObjectId::to_string),
    }
}

/// The name of a conflict's kind in reports.
pub(super) fn kind(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Content => "content",
        ConflictKind::ModifyDelete => "modify-delete",
        ConflictKind::Rename => "rename",
        ConflictKind::AddAdd => "add-add",
        ConflictKind::Mode => "mode",
        ConflictKind::Binary => "binary",
        ConflictKind::Submodule => "submodule",
        ConflictKind::Directory => "directory",
    }
}
