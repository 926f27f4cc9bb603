//! Words that the rules know: those of the language, and the few of projects that no rule can tell from others.

/// Attribute-like words that projects write in small letters between a type and a name. Matched whole.
///
/// `coroutine_fn` is QEMU's, `g_auto*` GLib's, the rest Linux's.
const ATTRIBUTE_WORDS: &[&[u8]] = &[
    b"asmlinkage",
    b"coroutine_fn",
    b"coroutine_mixed_fn",
    b"g_autofree",
    b"no_coroutine_fn",
    b"noinline",
    b"notrace",
];

/// Whether a word of a declaration is surely no type and no name: a project's, or reserved and not of the language.
pub(super) fn is_attribute_word(word: &[u8]) -> bool {
    ATTRIBUTE_WORDS.contains(&word)
        || word.starts_with(b"__") && !word.ends_with(b"_t") && !word.ends_with(b"__")
}

/// Whether a word takes an attribute's or an operand's parentheses.
pub(super) fn is_attribute(word: &[u8]) -> bool {
    matches!(
        word,
        b"__attribute__"
            | b"__attribute"
            | b"__declspec"
            | b"_Alignas"
            | b"alignas"
            | b"asm"
            | b"__asm__"
            | b"__asm"
    )
}

/// Whether a word begins or continues a statement.
pub(super) fn is_statement_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"else"
            | b"while"
            | b"do"
            | b"for"
            | b"switch"
            | b"case"
            | b"default"
            | b"return"
            | b"goto"
            | b"break"
            | b"continue"
    )
}

/// Whether a word names a type of the language by itself.
pub(super) fn is_basic_type(word: &[u8]) -> bool {
    matches!(
        word,
        b"void"
            | b"char"
            | b"short"
            | b"int"
            | b"long"
            | b"float"
            | b"double"
            | b"signed"
            | b"unsigned"
            | b"_Bool"
            | b"bool"
            | b"_Complex"
            | b"__signed__"
            | b"__int128"
    )
}

/// Whether a word qualifies a declaration.
pub(super) fn is_qualifier(word: &[u8]) -> bool {
    matches!(
        word,
        b"static"
            | b"extern"
            | b"inline"
            | b"__inline"
            | b"__inline__"
            | b"const"
            | b"__const"
            | b"volatile"
            | b"__volatile__"
            | b"register"
            | b"typedef"
            | b"auto"
            | b"restrict"
            | b"__restrict"
            | b"__restrict__"
            | b"_Noreturn"
            | b"__extension__"
            | b"_Thread_local"
            | b"__thread"
            | b"thread_local"
            | b"constexpr"
            | b"_Atomic"
    )
}

/// Whether a word starts a tag.
pub(super) fn is_tag(word: &[u8]) -> bool {
    matches!(word, b"struct" | b"union" | b"enum")
}

/// Whether a word asks for a type without being one.
pub(super) fn is_typeof(word: &[u8]) -> bool {
    matches!(
        word,
        b"typeof" | b"__typeof__" | b"__typeof" | b"typeof_unqual"
    )
}

/// Whether a word belongs to the language.
pub(super) fn is_keyword(word: &[u8]) -> bool {
    is_statement_keyword(word)
        || is_basic_type(word)
        || is_qualifier(word)
        || is_tag(word)
        || is_attribute(word)
        || is_typeof(word)
        || matches!(
            word,
            b"sizeof"
                | b"_Alignof"
                | b"alignof"
                | b"__alignof__"
                | b"_Generic"
                | b"_Static_assert"
                | b"static_assert"
                | b"offsetof"
        )
}
