//! Rewrites, in place and with every offset kept, what tree-sitter-c cannot read.
//!
//! First the conditionals inside the item are settled (`branches`), then rules look at what stays in sight: `heads` at
//! the words of declarations, `calls` at macro calls and their arguments. The rules know C, and conventions such as
//! capitals for macros; the few words of projects are in `words`. What is taken out of sight is listed, so that no
//! use is lost: whoever reads the tree reads the list too.

mod branches;
mod calls;
mod heads;
mod lexemes;
mod nesting;
mod words;

use std::borrow::Cow;

use self::lexemes::{Kind, Lexeme};
use self::nesting::Nesting;
use super::ItemKind;
use crate::text::{Span, offset};

/// Why the parser does not see a stretch of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenKind {
    /// A directive line inside the item: its condition, or all of a `#define`, `#include` or `#undef`.
    Directive,
    /// A branch of an `#if` that splits a statement or a brace, other than the branch that stayed.
    Branch,
    /// An attribute-like word of a declaration, with its arguments: `coroutine_fn`, `G_GNUC_PRINTF(1, 2)`.
    Attribute,
    /// A macro call that makes a name, all of `HELPER(x)`. The argument that names stays in sight.
    NameMacro,
    /// The name of a macro that stands before a block or a colon, as `QLIST_FOREACH` does; the parser sees `while`, `if`
    /// or `case`. Its arguments stay in sight.
    Loop,
    /// Part of a macro's argument: an operator, `struct`, the rest of an `offsetof` path, the operand of `typeof`.
    Operand,
    /// The inside of a table too large or too deep to parse.
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

/// One thing that the pre-pass does; each can be left out, to see what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Of an `#if` that splits a statement or a brace one branch stays.
    Branches,
    /// Words of a declaration beyond its type and its name go.
    Attributes,
    /// `HELPER(x)(int a)`: the argument names.
    MadeNames,
    /// `T (*f)(void);`: the type becomes one that no call begins with.
    LoneTypes,
    /// A macro call or a word in capitals that ends a line ends its statement.
    Statements,
    /// A macro call before a block becomes `while`, one before a colon `case`.
    Blocks,
    /// Elements and enumerators that macros make get their commas.
    Elements,
    /// Operators, types and words side by side as arguments.
    Arguments,
    /// `case 1 ... 2`.
    Ranges,
    /// The path of an `offsetof`.
    Offsetof,
    /// The operand of `typeof`.
    Typeof,
    /// `register int x asm("0")`.
    Labels,
    /// The inside of a table too large to parse.
    Bulk,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Branches,
        Self::Attributes,
        Self::MadeNames,
        Self::LoneTypes,
        Self::Statements,
        Self::Blocks,
        Self::Elements,
        Self::Arguments,
        Self::Ranges,
        Self::Offsetof,
        Self::Typeof,
        Self::Labels,
        Self::Bulk,
    ];

    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Branches => "branches",
            Self::Attributes => "attributes",
            Self::MadeNames => "made-names",
            Self::LoneTypes => "lone-types",
            Self::Statements => "statements",
            Self::Blocks => "blocks",
            Self::Elements => "elements",
            Self::Arguments => "arguments",
            Self::Ranges => "ranges",
            Self::Offsetof => "offsetof",
            Self::Typeof => "typeof",
            Self::Labels => "labels",
            Self::Bulk => "bulk",
        }
    }
}

/// An item made fit for the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten<'a> {
    /// As long as the item, except that a call without `;` gets one behind its end.
    pub bytes: Cow<'a, [u8]>,
    /// What was taken out of sight, in order of offset; one may lie inside another only where kinds differ.
    pub hidden: Vec<Hidden>,
    /// How many branches the `#if` groups have of which one only is in sight; 1 where there is no such group.
    pub branches: usize,
}

/// The longest inside of an initializer that is parsed; beyond that a table is for the lexer.
const LONGEST_TABLE: u32 = 512 * 1024;
/// The deepest nesting that is parsed. People write 20 at most; a guard for stacks and time.
const DEEPEST: u32 = 256;

/// The item as the parser can read it.
///
/// Where `#if` groups split a statement or a brace, one branch of each stays in sight: number `branch`, from 0, or the
/// last there is. All others are in `hidden`; the branches are all seen by asking for each of `Rewritten::branches`.
#[must_use]
pub fn rewritten(bytes: &[u8], kind: ItemKind, branch: usize) -> Rewritten<'_> {
    rewritten_without(bytes, kind, branch, None)
}

/// The same with one rule left out.
#[must_use]
pub fn rewritten_without(
    bytes: &[u8],
    kind: ItemKind,
    branch: usize,
    off: Option<Rule>,
) -> Rewritten<'_> {
    let mut editor = Editor {
        off,
        source: bytes,
        bytes: Cow::Borrowed(bytes),
        hidden: Vec::new(),
    };
    let mut branches = 1;
    if matches!(
        kind,
        ItemKind::Function | ItemKind::Declaration | ItemKind::MacroCall
    ) {
        branches = settle(&mut editor, kind, branch);
    }
    if kind == ItemKind::MacroCall && !bytes.ends_with(b";") {
        editor.bytes.to_mut().push(b';');
    }
    editor.hidden.sort_unstable();
    editor.hidden.dedup();
    Rewritten {
        bytes: editor.bytes,
        hidden: editor.hidden,
        branches,
    }
}

/// What the conditionals inside an item keep out of sight when branch number `branch` of each is shown: the spans in
/// order, none inside another, directive lines among them; and how many branches there are.
#[must_use]
pub fn conditionals(bytes: &[u8], kind: ItemKind, branch: usize) -> (Vec<Span>, usize) {
    let splits = matches!(
        kind,
        ItemKind::Function | ItemKind::Declaration | ItemKind::MacroCall
    );
    if !splits {
        return (Vec::new(), 1);
    }
    let masks = branches::masks(bytes, &lexemes::of(bytes), branch);
    let spans = outermost(masks.hidden);
    (
        spans.into_iter().map(|it| it.span).collect(),
        masks.branches,
    )
}

fn settle(editor: &mut Editor<'_>, kind: ItemKind, branch: usize) -> usize {
    let source = editor.source;
    let mut lexemes = lexemes::of(source);
    let mut branches = 1;
    if editor.may(Rule::Branches)
        && lexemes
            .iter()
            .any(|lexeme| matches!(lexeme.kind, Kind::Directive(_)))
    {
        let masks = branches::masks(source, &lexemes, branch);
        branches = masks.branches;
        for hidden in outermost(masks.hidden) {
            editor.hide(hidden.span, hidden.kind);
        }
        editor.drop_hidden(&mut lexemes);
    }
    let mut nesting = Nesting::complete(source, lexemes);
    if editor.may(Rule::Bulk) && hide_bulk(editor, &nesting) {
        let mut lexemes = nesting.lexemes;
        editor.drop_hidden(&mut lexemes);
        nesting = Nesting::complete(source, lexemes);
    }
    heads::mend(editor, &nesting, kind);
    calls::mend(editor, &nesting, kind);
    branches
}

/// Those that lie in no other, in order.
fn outermost(mut hidden: Vec<Hidden>) -> Vec<Hidden> {
    hidden.sort_unstable_by_key(|hidden| (hidden.span.start, std::cmp::Reverse(hidden.span.end)));
    let mut end = 0;
    hidden.retain(|hidden| {
        let outer = hidden.span.end > end;
        end = end.max(hidden.span.end);
        outer
    });
    hidden
}

/// Hides the insides of brackets that are too long or too deep; whether there are any.
fn hide_bulk(editor: &mut Editor<'_>, nesting: &Nesting<'_>) -> bool {
    let mut depth = 0u32;
    let mut hidden_to = 0;
    for (at, lexeme) in nesting.lexemes.iter().enumerate() {
        match nesting.text(at) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => continue,
        }
        let close = nesting.lexemes.get(nesting.mate[at]);
        let end = close.map_or(offset(nesting.source.len()), |close| close.span.start);
        let inside = Span::new(lexeme.span.end, end);
        let table =
            nesting.place_inside(at) == nesting::Place::Value && inside.len() > LONGEST_TABLE;
        if inside.start >= hidden_to && (table || depth > DEEPEST) {
            editor.hide(inside, HiddenKind::Bulk);
            hidden_to = inside.end;
        }
    }
    hidden_to > 0
}

/// The bytes as far as they are rewritten, and what they hide.
struct Editor<'a> {
    /// The rule that is left out.
    off: Option<Rule>,
    source: &'a [u8],
    bytes: Cow<'a, [u8]>,
    hidden: Vec<Hidden>,
}

impl Editor<'_> {
    /// Whether a rule is in force.
    fn may(&self, rule: Rule) -> bool {
        self.off != Some(rule)
    }

    /// Takes a stretch out of sight and lists it.
    fn hide(&mut self, span: Span, kind: HiddenKind) {
        self.blank(span);
        self.hidden.push(Hidden { span, kind });
    }

    /// Lists a stretch whose bytes other rules write.
    fn note(&mut self, span: Span, kind: HiddenKind) {
        self.hidden.push(Hidden { span, kind });
    }

    /// Turns a stretch into blanks; newlines stay.
    fn blank(&mut self, span: Span) {
        for byte in &mut self.bytes.to_mut()[span.start as usize..span.end as usize] {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    /// Writes `text` over the start of a stretch and blanks over the rest; `text` must fit.
    fn write(&mut self, span: Span, text: &[u8]) {
        self.blank(span);
        let start = span.start as usize;
        if text.len() <= span.len() as usize {
            self.bytes.to_mut()[start..start + text.len()].copy_from_slice(text);
        }
    }

    /// Puts `mark` on the first blank byte of a stretch, if there is one that no directive needs.
    fn put_in_space(&mut self, span: Span, mark: u8) -> bool {
        let (start, end) = (span.start as usize, span.end as usize);
        let gap = &self.bytes[start..end];
        let directive = self.bytes.get(end) == Some(&b'#');
        let free = |at: &usize| match gap[*at] {
            b' ' | b'\t' | b'\r' => !directive || gap[*at..].contains(&b'\n'),
            b'\n' => !directive || gap[*at + 1..].contains(&b'\n'),
            _ => false,
        };
        // White space only: a byte behind the start of a comment would be part of it.
        let space = gap
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let Some(at) = (0..space).find(free) else {
            return false;
        };
        self.bytes.to_mut()[start + at] = mark;
        true
    }

    /// Drops the lexemes, in order, that are out of sight.
    fn drop_hidden(&mut self, lexemes: &mut Vec<Lexeme>) {
        self.hidden.sort_unstable();
        let mut hidden = self.hidden.iter().peekable();
        let mut end = 0;
        lexemes.retain(|lexeme| {
            while let Some(next) = hidden.next_if(|next| next.span.start <= lexeme.span.start) {
                end = end.max(next.span.end);
            }
            lexeme.span.end > end
        });
    }
}
