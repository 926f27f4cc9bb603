//! What macros make: a call is replaced as the preprocessor would, and the result is read as C again.
//!
//! Knows no file and no tree: which definitions of a macro are visible is for the caller to say, and where several are
//! (branches of an `#if`, files included with different definitions) each gives an expansion of its own. Everything is
//! bounded; an expansion that met a bound says so. Replaces as ISO C 6.10.4 has it, with GNU's `, ## args` and
//! `__VA_OPT__`: arguments are expanded first unless `#` or `##` takes them, and a macro is not expanded inside itself.

mod calls;
mod define;
mod head;
mod made;
mod paste;
mod pattern;
mod piece;
mod replace;
mod text;

pub use self::define::Macro;
pub use self::made::{Made, of_item};
pub use self::pattern::{Pattern, reads_as_type};
pub use self::text::{Bodies, Context, Origin};

/// The definitions of a macro that are visible where an item stands, the likeliest first; empty for what is no macro.
pub trait Visible<'m> {
    /// The definitions of `name`, each once.
    fn definitions(&self, name: &[u8]) -> Vec<Definition<'m>>;
}

/// One visible definition of a macro.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'m> {
    /// The macro.
    pub of: &'m Macro,
    /// Which file it stands in; definitions of one file go together.
    pub file: u32,
    /// Where its name stands in that file.
    pub at: u32,
    /// Whether some configurations do not have it: it stands under a condition that is no include guard.
    pub conditional: bool,
}

/// Expansions of one item beyond this number are not made: people write a few definitions of one macro.
const MOST_EXPANSIONS: usize = 48;
/// Tokens that one expansion may take in; tables of a hundred entries need a hundred thousand.
const MOST_TOKENS: usize = 400_000;
/// Macros inside arguments inside macros; real ones stay below ten.
const DEEPEST: usize = 64;
