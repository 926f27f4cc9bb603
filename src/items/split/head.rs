//! What has been read of an item so far, and what its next token makes of it.

use crate::items::ItemKind;
use crate::items::lexer::{Token, TokenKind};

/// What the braces around the current place belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Block {
    /// A function's body.
    Body,
    /// The members of a struct, union or enum.
    Members,
    /// A value behind `=`, or the elements of a header-less list.
    #[default]
    Value,
    /// Inside parentheses: a compound literal, a statement expression.
    Nested,
    /// Anything else: `namespace x {`, a macro before a block.
    Unknown,
}

/// What the tokens of an item look like from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Empty,
    /// One identifier that is no keyword.
    Word,
    /// One such identifier, all capitals.
    Capitals,
    /// `name(...)`, perhaps not closed yet.
    Call,
    /// An element of a list: starts with a brace, a literal, a designator.
    Element,
    /// `extern`, then `extern "C"`.
    Extern,
    ExternString,
    /// `static`, then a word in capitals, then its parentheses: a macro may make all of the declaration.
    Static,
    StaticCapitals,
    StaticCall,
    Other,
}

/// The last significant token, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Last {
    #[default]
    Other,
    Word,
    AttributeWord,
    Closed,
    ClosedAttribute,
}

/// The state of an item in progress; empty between items. Small, since every `#if` inside an item saves one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    pub(super) shape: Shape,
    pub(super) last: Last,
    pub(super) block: Block,
    /// Open parentheses and brackets, while no brace is open.
    pub(super) parens: u32,
    /// Open braces.
    pub(super) braces: u32,
    /// The last group of parentheses outside everything: from its `(` to behind its `)`.
    pub(super) group: Option<(u32, u32)>,
    assigned: bool,
    attribute_group: bool,
    /// Words since a `struct`, `union` or `enum` whose members may still come.
    tag: Option<u32>,
    /// The kind of what was complete before, in an item that a conditional group holds open.
    pub(super) done: Option<ItemKind>,
}

impl Head {
    /// The empty state behind a complete `kind`.
    pub(super) fn behind(kind: ItemKind) -> Self {
        Self {
            done: Some(kind),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shape == Shape::Empty
    }

    /// Whether nothing is open.
    pub(super) fn is_level(&self) -> bool {
        self.parens == 0 && self.braces == 0
    }

    /// Whether it can end here without `;`: a macro call, a lone word in capitals, an element of a list.
    pub(super) fn can_end(&self) -> bool {
        self.is_level() && matches!(self.shape, Shape::Call | Shape::Capitals | Shape::Element)
    }

    /// Whether it must end before a storage class: no declaration has two.
    pub(super) fn has_storage(&self) -> bool {
        self.is_level() && self.shape == Shape::StaticCall
    }

    /// Its kind if it ends here.
    pub(super) fn kind(&self) -> ItemKind {
        match self.shape {
            Shape::Call | Shape::Capitals | Shape::StaticCall if self.is_level() => {
                ItemKind::MacroCall
            }
            _ if self.braces > 0 && self.block == Block::Body => ItemKind::Function,
            _ => ItemKind::Fragment,
        }
    }

    /// Its kind if a `;` ends it.
    pub(super) fn kind_at_semicolon(&self) -> ItemKind {
        match self.shape {
            Shape::Call | Shape::Capitals | Shape::Word => ItemKind::MacroCall,
            Shape::Empty | Shape::Element => ItemKind::Fragment,
            _ => ItemKind::Declaration,
        }
    }

    /// Takes in a token other than a brace, `;` or a directive.
    pub(super) fn push(&mut self, token: Token, text: &[u8]) {
        match token.kind {
            TokenKind::Identifier => self.push_word(text),
            TokenKind::Punctuator => self.push_punctuator(token, text),
            _ => {
                self.shape = match (self.shape, token.kind) {
                    (Shape::Extern, TokenKind::String) => Shape::ExternString,
                    (Shape::Empty, _) => Shape::Element,
                    (shape, _) if self.parens > 0 => shape,
                    (Shape::Element, _) => Shape::Element,
                    _ => Shape::Other,
                };
                self.last = Last::Other;
            }
        }
    }

    fn push_word(&mut self, text: &[u8]) {
        if self.parens > 0 {
            return;
        }
        let is_tag = matches!(text, b"struct" | b"union" | b"enum");
        self.tag = if is_tag {
            Some(0)
        } else {
            self.tag.map(|words| words + 1)
        };
        self.shape = match self.shape {
            Shape::Empty if text == b"extern" => Shape::Extern,
            Shape::Empty if text == b"static" => Shape::Static,
            Shape::Static if is_capitals(text) => Shape::StaticCapitals,
            Shape::Empty if is_tag || starts_declaration(text) => Shape::Other,
            Shape::Empty if is_capitals(text) => Shape::Capitals,
            Shape::Empty => Shape::Word,
            Shape::Element => Shape::Element,
            _ => Shape::Other,
        };
        self.last = if is_attribute(text) || is_tag {
            Last::AttributeWord
        } else {
            Last::Word
        };
    }

    fn push_punctuator(&mut self, token: Token, text: &[u8]) {
        match text {
            b"(" | b"[" => self.open(token, text),
            b")" | b"]" => self.close(token, text),
            _ if self.parens > 0 => return,
            b"=" => {
                self.assigned = true;
                self.tag = None;
            }
            b"*" | b"," => self.tag = None,
            _ => {}
        }
        if self.parens == 0 && !matches!(text, b")" | b"]") {
            self.shape = match self.shape {
                Shape::Empty | Shape::Element => Shape::Element,
                _ => Shape::Other,
            };
            self.last = Last::Other;
        }
    }

    fn open(&mut self, token: Token, text: &[u8]) {
        if self.parens == 0 {
            self.shape = match self.shape {
                Shape::Word | Shape::Capitals if text == b"(" => Shape::Call,
                Shape::StaticCapitals if text == b"(" => Shape::StaticCall,
                Shape::Empty | Shape::Element => Shape::Element,
                _ => Shape::Other,
            };
            self.attribute_group = self.last == Last::AttributeWord;
            if text == b"(" && !self.attribute_group {
                self.group = Some((token.span.start, token.span.end));
                self.tag = self.tag.filter(|words| *words < 2);
            }
        }
        self.parens += 1;
    }

    fn close(&mut self, token: Token, text: &[u8]) {
        self.parens = self.parens.saturating_sub(1);
        if self.parens > 0 {
            return;
        }
        if self.is_empty() {
            self.shape = Shape::Element;
        }
        self.last = match text {
            b"]" => Last::Other,
            _ if self.attribute_group => Last::ClosedAttribute,
            _ => Last::Closed,
        };
        if let Some((_, end)) = self.group.as_mut().filter(|_| self.last == Last::Closed) {
            *end = token.span.end;
        }
    }

    /// Opens a brace outside all braces.
    pub(super) fn open_brace(&mut self) {
        self.block = self.block_here();
        self.braces = 1;
        if self.is_empty() {
            self.shape = Shape::Element;
        } else if self.parens == 0 && self.shape != Shape::Element {
            self.shape = Shape::Other;
        }
    }

    fn block_here(&self) -> Block {
        let members = self.tag.is_some() && self.last != Last::Closed;
        match self.shape {
            _ if self.parens > 0 => Block::Nested,
            Shape::Empty | Shape::Element => Block::Value,
            _ if self.assigned => Block::Value,
            _ if members => Block::Members,
            _ if self.group.is_some() => Block::Body,
            _ => Block::Unknown,
        }
    }

    /// Goes on behind the brace that closed a block.
    pub(super) fn close_block(&mut self) {
        self.last = Last::Other;
        self.tag = None;
        if self.block == Block::Members {
            self.group = None;
        }
    }
}

/// Whether a word is written in capitals only: a macro by convention.
pub(in crate::items) fn is_capitals(word: &[u8]) -> bool {
    word.len() > 1
        && word.iter().any(u8::is_ascii_uppercase)
        && !word.iter().any(u8::is_ascii_lowercase)
}

/// Words of the language whose parentheses hold no parameters.
fn is_attribute(word: &[u8]) -> bool {
    matches!(
        word,
        b"__attribute__"
            | b"__attribute"
            | b"__declspec"
            | b"_Alignas"
            | b"alignas"
            | b"__asm__"
            | b"asm"
            | b"__asm"
            | b"typeof"
            | b"__typeof__"
            | b"__typeof"
            | b"_Atomic"
            | b"typeof_unqual"
            | b"_BitInt"
    )
}

/// Words of the language that cannot name a macro.
fn starts_declaration(word: &[u8]) -> bool {
    is_attribute(word) && !word.ends_with(b"asm") && word != b"__asm__"
        || matches!(
            word,
            b"typedef"
                | b"static"
                | b"const"
                | b"volatile"
                | b"inline"
                | b"__inline"
                | b"__inline__"
                | b"register"
                | b"unsigned"
                | b"signed"
                | b"int"
                | b"char"
                | b"long"
                | b"short"
                | b"float"
                | b"double"
                | b"void"
                | b"_Bool"
                | b"bool"
                | b"_Noreturn"
                | b"__extension__"
                | b"_Thread_local"
                | b"__thread"
                | b"auto"
                | b"constexpr"
                | b"thread_local"
                | b"_Complex"
                | b"restrict"
                | b"__restrict"
                | b"__const"
                | b"__signed__"
                | b"__volatile__"
        )
}
