//! The tokens of an item as the quick parser tells them apart.

use crate::items::lexer::{self, TokenKind};
use crate::text::Span;

/// What a token is to the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum T {
    Name,
    Number,
    Str,
    Char,
    LParen,
    RParen,
    LBracket,
    RBracket,
    LBrace,
    RBrace,
    Semi,
    Comma,
    Dot,
    Arrow,
    Question,
    Colon,
    Assign,
    OpAssign,
    Star,
    Amp,
    /// `+` and `-`.
    Sign,
    /// `!` and `~`.
    Not,
    /// `++` and `--`.
    Step,
    OrOr,
    AndAnd,
    Or,
    Xor,
    Equal,
    Relation,
    Shift,
    /// `/` and `%`.
    Divide,
    Ellipsis,
    Struct,
    Union,
    Enum,
    /// `signed`, `unsigned`, `long`, `short`.
    Sized,
    Primitive,
    Storage,
    Qualifier,
    Typedef,
    Attribute,
    If,
    Else,
    Switch,
    Case,
    Default,
    While,
    Do,
    For,
    Return,
    /// `break` and `continue`.
    Leave,
    Goto,
    Sizeof,
    Offsetof,
    /// `NULL`, `true` and their kin.
    Literal,
    /// `#if`; its condition and the end of its line follow.
    HashIf,
    /// `#ifdef` and `#ifndef`; the name and the end of the line follow.
    HashIfdef,
    HashElif,
    HashElse,
    HashEndif,
    LineEnd,
    /// `#define NAME ...`, all of it.
    HashDefine,
    /// `#define NAME(x) ...`, all of it.
    HashFunction,
    HashInclude,
    /// Any other directive, all of it.
    HashCall,
    /// `defined` in a condition.
    Defined,
    /// What the quick parser leaves to the other one.
    Other,
    /// Behind the last token.
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) t: T,
    pub(super) span: Span,
}

/// The tokens of `bytes`; `None` where there is one that this parser does not take.
pub(super) fn of(bytes: &[u8]) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(bytes.len() / 4);
    let mut skip_to = 0;
    let mut in_condition = false;
    for token in lexer::tokens(bytes) {
        if token.span.start < skip_to {
            continue;
        }
        let text = token.span.of(bytes);
        let t = match token.kind {
            TokenKind::Hash => {
                let directive = directive(bytes, token.span.start)?;
                in_condition = matches!(directive.t, T::HashIf | T::HashElif);
                skip_to = directive.span.end;
                tokens.push(directive);
                continue;
            }
            TokenKind::DirectiveEnd if in_condition => {
                in_condition = false;
                T::LineEnd
            }
            TokenKind::DirectiveEnd => continue,
            TokenKind::Identifier if text == b"defined" => T::Defined,
            TokenKind::Space | TokenKind::Comment => continue,
            TokenKind::Identifier if text.is_ascii() => word(text),
            TokenKind::Number if is_number(text) => T::Number,
            TokenKind::String if is_literal(text, b'"') => T::Str,
            TokenKind::Character if is_literal(text, b'\'') => T::Char,
            TokenKind::Punctuator => punctuator(text),
            _ => T::Other,
        };
        if t == T::Other {
            return None;
        }
        tokens.push(Token {
            t,
            span: token.span,
        });
    }
    Some(tokens)
}

/// The directive whose `#` stands at `start`: that word alone where a condition follows or nothing, else all of it.
fn directive(bytes: &[u8], start: u32) -> Option<Token> {
    let line = &bytes[start as usize..];
    let hash = 1 + line
        .get(1..)?
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let word = line[hash..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let end = hash + word;
    let t = match &line[hash..end] {
        b"if" => T::HashIf,
        b"ifdef" | b"ifndef" => T::HashIfdef,
        b"elif" => T::HashElif,
        b"else" => T::HashElse,
        b"endif" => T::HashEndif,
        b"define" => T::HashDefine,
        b"include" => T::HashInclude,
        b"elifdef" | b"elifndef" | b"" => return None,
        _ => T::HashCall,
    };
    if line[0] != b'#' {
        return None;
    }
    if is_condition(t) {
        let span = Span::new(start, start + crate::text::offset(end));
        return Some(Token { t, span });
    }
    let whole = lexer::directive_end(bytes, start as usize);
    let text = &bytes[start as usize..whole];
    // The grammar ends the text at a comment, and needs the newline.
    if memchr::memchr(b'/', text).is_some()
        || bytes.get(whole) != Some(&b'\n')
        || text.contains(&b'\r')
    {
        return None;
    }
    let rest = line[end..whole - start as usize].trim_ascii_start();
    let name = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let t = match t {
        T::HashDefine if rest.get(name) == Some(&b'(') => T::HashFunction,
        t => t,
    };
    let span = Span::new(start, crate::text::offset(whole + 1));
    Some(Token { t, span })
}

fn is_condition(t: T) -> bool {
    matches!(
        t,
        T::HashIf | T::HashIfdef | T::HashElif | T::HashElse | T::HashEndif
    )
}

fn punctuator(text: &[u8]) -> T {
    match text {
        b"(" => T::LParen,
        b")" => T::RParen,
        b"[" => T::LBracket,
        b"]" => T::RBracket,
        b"{" => T::LBrace,
        b"}" => T::RBrace,
        b";" => T::Semi,
        b"," => T::Comma,
        b"." => T::Dot,
        b"->" => T::Arrow,
        b"?" => T::Question,
        b":" => T::Colon,
        b"=" => T::Assign,
        b"*=" | b"/=" | b"%=" | b"+=" | b"-=" | b"<<=" | b">>=" | b"&=" | b"^=" | b"|=" => {
            T::OpAssign
        }
        b"*" => T::Star,
        b"&" => T::Amp,
        b"+" | b"-" => T::Sign,
        b"!" | b"~" => T::Not,
        b"++" | b"--" => T::Step,
        b"||" => T::OrOr,
        b"&&" => T::AndAnd,
        b"|" => T::Or,
        b"^" => T::Xor,
        b"==" | b"!=" => T::Equal,
        b"<" | b">" | b"<=" | b">=" => T::Relation,
        b"<<" | b">>" => T::Shift,
        b"/" | b"%" => T::Divide,
        b"..." => T::Ellipsis,
        _ => T::Other,
    }
}

/// The words that the grammar knows.
fn word(text: &[u8]) -> T {
    match text {
        b"struct" => T::Struct,
        b"union" => T::Union,
        b"enum" => T::Enum,
        b"signed" | b"unsigned" | b"long" | b"short" => T::Sized,
        b"bool" | b"char" | b"int" | b"float" | b"double" | b"void" | b"size_t" | b"ssize_t"
        | b"ptrdiff_t" | b"intptr_t" | b"uintptr_t" | b"charptr_t" | b"nullptr_t"
        | b"max_align_t" | b"int8_t" | b"int16_t" | b"int32_t" | b"int64_t" | b"uint8_t"
        | b"uint16_t" | b"uint32_t" | b"uint64_t" | b"char8_t" | b"char16_t" | b"char32_t"
        | b"char64_t" => T::Primitive,
        b"extern" | b"static" | b"auto" | b"register" | b"inline" | b"__inline" | b"__inline__"
        | b"__forceinline" | b"thread_local" | b"__thread" => T::Storage,
        b"const" | b"constexpr" | b"volatile" | b"restrict" | b"__restrict__" | b"_Atomic"
        | b"_Noreturn" | b"noreturn" | b"_Nonnull" => T::Qualifier,
        b"typedef" => T::Typedef,
        b"__attribute__" | b"__attribute" => T::Attribute,
        b"if" => T::If,
        b"else" => T::Else,
        b"switch" => T::Switch,
        b"case" => T::Case,
        b"default" => T::Default,
        b"while" => T::While,
        b"do" => T::Do,
        b"for" => T::For,
        b"return" => T::Return,
        b"break" | b"continue" => T::Leave,
        b"goto" => T::Goto,
        b"sizeof" => T::Sizeof,
        b"offsetof" => T::Offsetof,
        b"true" | b"TRUE" | b"false" | b"FALSE" | b"NULL" | b"nullptr" => T::Literal,
        b"__cdecl" | b"__clrcall" | b"__stdcall" | b"__fastcall" | b"__thiscall"
        | b"__vectorcall" | b"__based" | b"__restrict" | b"__uptr" | b"__sptr" | b"_unaligned"
        | b"__unaligned" | b"__declspec" | b"__extension__" | b"alignas" | b"_Alignas"
        | b"__try" | b"__except" | b"__finally" | b"__leave" | b"__alignof__" | b"__alignof"
        | b"_alignof" | b"alignof" | b"_Alignof" | b"_Generic" | b"asm" | b"__asm__" | b"__asm"
        | b"__volatile__" => T::Other,
        _ => T::Name,
    }
}

/// Whether the grammar's pattern for numbers takes a number whole: no digit separators, no sign behind a hexadecimal `e`.
fn is_number(text: &[u8]) -> bool {
    let (hex, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (true, rest),
        [b'0', b'b' | b'B', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let mut rest = digits;
    let mut take = |is: fn(&u8) -> bool| {
        let count = rest.iter().take_while(|byte| is(byte)).count();
        let (taken, left) = rest.split_at(count);
        rest = left;
        taken.len()
    };
    if hex {
        return take(u8::is_ascii_hexdigit) > 0 && {
            take(is_suffix);
            rest.is_empty()
        };
    }
    let whole = take(u8::is_ascii_digit);
    let point = take(|byte| *byte == b'.');
    let fraction = take(u8::is_ascii_digit);
    if point > 1 || whole + fraction == 0 {
        return false;
    }
    if take(|byte| matches!(byte, b'e' | b'E')) == 1 {
        take(|byte| matches!(byte, b'+' | b'-'));
        if take(u8::is_ascii_digit) == 0 {
            return false;
        }
    }
    take(is_suffix);
    rest.is_empty()
}

fn is_suffix(byte: &u8) -> bool {
    b"uUlLfF".contains(byte)
}

/// Whether a literal is closed, not an empty character, and has none but plain escapes.
fn is_literal(text: &[u8], quote: u8) -> bool {
    let Some(open) = memchr::memchr(quote, text) else {
        return false;
    };
    let inside = &text[open + 1..];
    let Some(inside) = inside.strip_suffix(&[quote]) else {
        return false;
    };
    if !text.is_ascii() || quote == b'\'' && inside.is_empty() {
        return false;
    }
    let mut bytes = inside.iter();
    while let Some(byte) = bytes.next() {
        let escaped = if *byte == b'\\' { bytes.next() } else { None };
        match (byte, escaped) {
            (b'\\', None) => return false,
            (b'\\', Some(b'u' | b'U')) => return false,
            (b'\\', Some(b'x')) if !bytes.next().is_some_and(u8::is_ascii_hexdigit) => {
                return false;
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_whole_or_not_at_all() {
        for sound in [
            "0", "12UL", "0xffULL", "0b101", "1.", ".5f", "1e-5", "2.0E10f",
        ] {
            assert!(is_number(sound.as_bytes()), "{sound}");
        }
        for odd in ["0xE+1", "1'000", "0x", "1..2", "12abc", "1e", "0x1p3"] {
            assert!(!is_number(odd.as_bytes()), "{odd}");
        }
    }
}
