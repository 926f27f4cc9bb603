//! What became of one symbol, from its tokens on both sides.
//!
//! A difference that only follows a new name elsewhere is none. What C calls the type of a function or object is its
//! signature here; where C's grammar and a project's attribute macros look alike, a word that comes or goes beside an
//! unchanged type name is an attribute.

use super::Facet;
use super::renames::Renames;
use super::sites::Site;
use super::words::{self, Vocabulary, Word};
use crate::facts::SymbolKind;
use crate::items::lexer::{self, TokenKind};
use crate::text::BeforeAfter;

/// What comparing needs to know of the whole change.
pub(super) struct Comparison<'c> {
    pub(super) vocabulary: &'c Vocabulary<'c>,
    pub(super) renames: &'c Renames,
}

impl Comparison<'_> {
    /// The facets of a symbol that is defined on both sides, sorted; empty where nothing of its own changed.
    pub(super) fn facets(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let mut facets = match sides.after.definition.kind {
            SymbolKind::Function => self.of_function(sides),
            SymbolKind::Macro => self.of_macro(sides),
            SymbolKind::Object => self.of_object(sides),
            SymbolKind::Enumerator => self.whole(sides, Facet::Value),
            SymbolKind::Member => self.of_member(sides),
            SymbolKind::Typedef => self.of_typedef(sides),
            SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum => self.of_tag(sides),
        };
        facets.sort_unstable();
        facets
    }

    /// Whether two token sequences are one, but for followed names.
    pub(super) fn same(&self, sides: BeforeAfter<&[Word]>) -> bool {
        self.renames.same(sides)
    }

    fn same_owned(&self, sides: BeforeAfter<Vec<Word>>) -> bool {
        self.same(sides.as_ref().map(|words| &words[..]))
    }

    fn whole(&self, sides: BeforeAfter<&Site<'_>>, facet: Facet) -> Vec<Facet> {
        if self.same(sides.map(Site::all)) {
            Vec::new()
        } else {
            vec![facet]
        }
    }

    fn of_function(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let mut facets = linkage(sides);
        facets.extend(self.head(sides));
        if !self.same(sides.map(Site::body)) {
            facets.push(Facet::Body);
        }
        facets
    }

    fn of_macro(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let shape = sides.map(|site| site.definition.parameters);
        let mut facets = Vec::new();
        if shape.before != shape.after {
            facets.push(Facet::Signature);
        }
        if !self.same(sides.map(Site::all))
            && (facets.is_empty() || !self.same(sides.map(Site::body)))
        {
            facets.push(Facet::Value);
        }
        facets
    }

    fn of_object(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let mut facets = linkage(sides);
        if !self.same(sides.map(Site::body)) {
            facets.push(Facet::Value);
        }
        // Without its initializer: `=` and `;` come and go with it.
        let declared = sides.map(|site| {
            let mut head = self.without_storage(&site.head());
            head.retain(|word| !matches!(self.vocabulary.text(*word), b"=" | b";"));
            head
        });
        if !self.same_owned(declared.clone()) {
            let bare = declared.map(|words| self.without_attributes(&words));
            facets.push(if self.same_owned(bare) {
                Facet::Attributes
            } else {
                Facet::Signature
            });
        }
        facets
    }

    /// The members of an untagged struct inside speak for themselves.
    fn of_member(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let own = sides.map(|site| self.without_braces(site.all().to_vec()));
        if self.same_owned(own) {
            Vec::new()
        } else {
            vec![Facet::Layout]
        }
    }

    fn of_typedef(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        // The members of an untagged struct speak for themselves.
        let heads = sides.map(|site| self.without_braces(site.head()));
        if self.same_owned(heads.clone()) {
            return Vec::new();
        }
        let bare = heads.map(|words| self.without_attributes(&words));
        vec![if self.same_owned(bare) {
            Facet::Attributes
        } else {
            Facet::Signature
        }]
    }

    fn of_tag(&self, sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
        let mut facets = Vec::new();
        if !self.same_owned(sides.map(Site::head)) {
            facets.push(Facet::Attributes);
        }
        if sides.after.definition.kind != SymbolKind::Enum && self.is_laid_out_anew(sides) {
            facets.push(Facet::Layout);
        }
        facets
    }

    /// Whether the members that stayed stand in another order, or something between the members changed.
    fn is_laid_out_anew(&self, sides: BeforeAfter<&Site<'_>>) -> bool {
        let of_members = |word: &Word| !matches!(self.vocabulary.text(*word), b";" | b",");
        let loose = sides.map(Site::loose);
        let loose = loose.map(|words| words.into_iter().filter(of_members).collect());
        !self.same_owned(loose)
    }

    /// The difference before a function's body, linkage left out.
    fn head(&self, sides: BeforeAfter<&Site<'_>>) -> Option<Facet> {
        let parts = sides.map(|site| self.head_parts(site));
        let specifiers = parts.as_ref().map(|parts| &parts.specifiers[..]);
        let trailing = parts.as_ref().map(|parts| &parts.trailing[..]);
        let parameters = parts.as_ref().map(|parts| &parts.parameters[..]);
        let all_same = self.same(specifiers) && self.same(trailing) && self.same(parameters);
        if all_same {
            return None;
        }
        let of_type = self.same(parameters)
            && self.only_attributes(specifiers)
            && self.only_attributes(trailing)
            && self.type_follows(sides);
        Some(if of_type {
            Facet::Attributes
        } else {
            Facet::Signature
        })
    }

    fn type_follows(&self, sides: BeforeAfter<&Site<'_>>) -> bool {
        let name = |site: &Site<'_>| {
            let id = site.definition.type_name?;
            Some(site.facts.names.name(id).to_owned())
        };
        let names = sides.map(name);
        names.before == names.after
    }

    /// Whether two runs of specifiers differ in attributes alone: known ones, or words that come or go.
    fn only_attributes(&self, sides: BeforeAfter<&[Word]>) -> bool {
        let bare = sides.map(|words| self.without_attributes(words));
        let hunks = words::hunks(bare.as_ref().map(|words| &words[..]));
        hunks.into_iter().all(|hunk| {
            let one_sided = hunk.before.is_empty() || hunk.after.is_empty();
            let mut words = bare.before[hunk.before]
                .iter()
                .chain(&bare.after[hunk.after]);
            one_sided && words.all(|word| self.may_be_attribute(*word))
        })
    }

    fn may_be_attribute(&self, word: Word) -> bool {
        let is_type = matches!(
            self.vocabulary.text(word),
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
                | b"struct"
                | b"union"
                | b"enum"
                | b"const"
                | b"volatile"
        );
        self.vocabulary.is_identifier(word) && !is_type
    }

    fn head_parts(&self, site: &Site<'_>) -> HeadParts {
        let end = site
            .body
            .as_ref()
            .map_or(site.tokens.end, |body| body.start);
        let name = site.name_at.unwrap_or(site.tokens.start).min(end);
        let before_name = &site.words[site.tokens.start.min(name)..name];
        let after_name = &site.words[(name + 1).min(end)..end];
        let close = self.closing(after_name).unwrap_or(0);
        HeadParts {
            specifiers: self.without_storage(before_name),
            parameters: after_name[..close].to_vec(),
            trailing: after_name[close..].to_vec(),
        }
    }

    /// One past the parenthesis that closes the one at the start.
    fn closing(&self, words: &[Word]) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, word) in words.iter().enumerate() {
            match self.vocabulary.text(*word) {
                b"(" => depth += 1,
                b")" => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    fn without_braces(&self, words: Vec<Word>) -> Vec<Word> {
        let (mut kept, mut depth) = (Vec::new(), 0_usize);
        for word in words {
            match self.vocabulary.text(word) {
                b"{" => depth += 1,
                b"}" => depth = depth.saturating_sub(1),
                _ if depth == 0 => kept.push(word),
                _ => {}
            }
        }
        kept
    }

    fn without_storage(&self, words: &[Word]) -> Vec<Word> {
        let is_storage = |word: &Word| matches!(self.vocabulary.text(*word), b"static" | b"extern");
        words
            .iter()
            .copied()
            .filter(|word| !is_storage(word))
            .collect()
    }

    /// Without function specifiers, GNU and C23 attributes and alignment, arguments included.
    fn without_attributes(&self, words: &[Word]) -> Vec<Word> {
        let (mut kept, mut at) = (Vec::new(), 0);
        while let Some(word) = words.get(at) {
            let rest = &words[at + 1..];
            match self.vocabulary.text(*word) {
                b"inline" | b"__inline" | b"__inline__" | b"_Noreturn" | b"noreturn"
                | b"register" => {}
                b"__attribute__" | b"__attribute" | b"__declspec" | b"_Alignas" | b"alignas" => {
                    at += self.closing(rest).unwrap_or(0);
                }
                b"[" if rest.first() == Some(word) => {
                    let close = |word: &Word| self.vocabulary.text(*word) == b"]";
                    at += rest.iter().position(close).map_or(0, |close| close + 2);
                }
                _ => kept.push(*word),
            }
            at += 1;
        }
        kept
    }
}

struct HeadParts {
    specifiers: Vec<Word>,
    parameters: Vec<Word>,
    trailing: Vec<Word>,
}

fn linkage(sides: BeforeAfter<&Site<'_>>) -> Vec<Facet> {
    if sides.before.definition.linkage == sides.after.definition.linkage {
        Vec::new()
    } else {
        vec![Facet::Linkage]
    }
}

/// What changed where no token did: `None` where the bytes are equal too.
pub(super) fn neutral(sides: BeforeAfter<&[u8]>) -> Option<Facet> {
    if sides.before == sides.after {
        return None;
    }
    let comments = sides.map(comments);
    Some(if comments.before == comments.after {
        Facet::WhitespaceOnly
    } else {
        Facet::CommentOnly
    })
}

/// The words of every comment, so that a comment wrapped or indented anew stays the same.
fn comments(source: &[u8]) -> Vec<Vec<&[u8]>> {
    let is_comment = |token: &lexer::Token| token.kind == TokenKind::Comment;
    let words = |token: lexer::Token| {
        let text = token.span.of(source).split(u8::is_ascii_whitespace);
        text.filter(|word| !word.is_empty()).collect()
    };
    lexer::tokens(source)
        .filter(is_comment)
        .map(words)
        .collect()
}
