//! Where one top-level item ends and the next begins.

use super::FileItems;

/// The items of `source`, in order.
#[must_use]
pub fn items(_source: &[u8]) -> FileItems {
    FileItems::default()
}
