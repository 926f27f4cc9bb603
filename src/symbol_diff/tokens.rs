//! The changed tokens inside a symbol: statements are matched first, tokens inside the matched ones after.
//!
//! Plain token diffs drift: a `)` here matches a `)` three statements on. A statement here is a run of tokens up to
//! `;`, `{`, `}`, a `,` outside parentheses or the end of a directive; equal statements are anchors, what lies between
//! two anchors is paired in order by likeness.

use std::ops::Range;

use super::words::{self, Vocabulary, Word};
use crate::text::BeforeAfter;

/// More pairs than this between two anchors, and they are compared token by token as one statement.
/// 64 statements against 64; tuned by eye.
const MOST_PAIRS: usize = 4096;

/// Two statements that share less than this part of their tokens are not one statement edited.
/// Half, as git has it for files (`-M50%`, gitdiffcore).
const LEAST_LIKENESS: f64 = 0.5;

/// The positions of the tokens that only one side has, ascending.
pub(super) fn changed(
    vocabulary: &Vocabulary<'_>,
    sides: BeforeAfter<&[Word]>,
) -> BeforeAfter<Vec<usize>> {
    let statements = sides.map(|words| statements(vocabulary, words));
    let texts = statements.as_ref().zip(sides).map(|(ranges, words)| {
        let text = |range: &Range<usize>| &words[range.clone()];
        ranges.iter().map(text).collect::<Vec<_>>()
    });
    let mut changed = BeforeAfter::<Vec<usize>>::default();
    for hunk in words::hunks(texts.as_ref().map(|side| &side[..])) {
        let hunk = BeforeAfter {
            before: &statements.before[hunk.before],
            after: &statements.after[hunk.after],
        };
        for pair in paired(hunk, sides) {
            mark(&mut changed, pair, sides);
        }
    }
    changed.before.sort_unstable();
    changed.after.sort_unstable();
    changed
}

/// Cuts tokens into statements.
fn statements(vocabulary: &Vocabulary<'_>, words: &[Word]) -> Vec<Range<usize>> {
    let (mut ranges, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, word) in words.iter().enumerate() {
        let ends = match vocabulary.text(*word) {
            b"(" | b"[" => {
                depth += 1;
                false
            }
            b")" | b"]" => {
                depth = depth.saturating_sub(1);
                false
            }
            b"{" | b"}" | b";" => {
                depth = 0;
                true
            }
            b"," => depth == 0,
            text => text.is_empty(),
        };
        if ends {
            ranges.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < words.len() {
        ranges.push(start..words.len());
    }
    ranges
}

type Pair = BeforeAfter<Range<usize>>;

/// Pairs the statements between two anchors; a statement without a partner is paired with nothing.
fn paired(hunk: BeforeAfter<&[Range<usize>]>, sides: BeforeAfter<&[Word]>) -> Vec<Pair> {
    let whole = hunk.map(|ranges| match ranges {
        [] => 0..0,
        [first, .., last] => first.start..last.end,
        [only] => only.clone(),
    });
    let pairs = hunk.before.len() * hunk.after.len();
    if pairs <= 1 || pairs > MOST_PAIRS {
        return vec![whole];
    }
    let bags = hunk.zip(sides).map(|(ranges, words)| {
        let bag = |range: &Range<usize>| sorted(&words[range.clone()]);
        ranges.iter().map(bag).collect::<Vec<_>>()
    });
    let likeness = |before: usize, after: usize| {
        let likeness = dice(&bags.before[before], &bags.after[after]);
        if likeness < LEAST_LIKENESS {
            0.0
        } else {
            likeness
        }
    };
    let matches = best_matching(hunk.map(<[_]>::len), likeness);
    let mut pairs: Vec<Pair> = matches
        .iter()
        .map(|(before, after)| BeforeAfter {
            before: hunk.before[*before].clone(),
            after: hunk.after[*after].clone(),
        })
        .collect();
    let alone = |ranges: &[Range<usize>], taken: &dyn Fn(usize) -> bool| {
        let left = (0..ranges.len()).filter(|at| !taken(*at));
        left.map(|at| ranges[at].clone()).collect::<Vec<_>>()
    };
    let before = alone(hunk.before, &|at| matches.iter().any(|pair| pair.0 == at));
    let after = alone(hunk.after, &|at| matches.iter().any(|pair| pair.1 == at));
    pairs.extend(before.into_iter().map(|before| BeforeAfter {
        before,
        after: 0..0,
    }));
    pairs.extend(after.into_iter().map(|after| BeforeAfter {
        before: 0..0,
        after,
    }));
    pairs
}

/// The pairing in order that adds up to the greatest likeness; pairs of likeness 0 are left out.
///
/// The alignment of Needleman and Wunsch (1970) without gap costs.
fn best_matching(
    counts: BeforeAfter<usize>,
    likeness: impl Fn(usize, usize) -> f64,
) -> Vec<(usize, usize)> {
    let width = counts.after + 1;
    let mut best = vec![0.0_f64; (counts.before + 1) * width];
    let mut scores = vec![0.0_f64; (counts.before + 1) * width];
    for before in (0..counts.before).rev() {
        for after in (0..counts.after).rev() {
            let at = before * width + after;
            scores[at] = likeness(before, after);
            let both = scores[at] + best[at + width + 1];
            best[at] = both.max(best[at + width]).max(best[at + 1]);
        }
    }
    let (mut before, mut after, mut matches) = (0, 0, Vec::new());
    while before < counts.before && after < counts.after {
        let at = before * width + after;
        if scores[at] > 0.0 && scores[at] + best[at + width + 1] >= best[at] {
            matches.push((before, after));
            (before, after) = (before + 1, after + 1);
        } else if best[at + width] >= best[at] {
            before += 1;
        } else {
            after += 1;
        }
    }
    matches
}

fn mark(changed: &mut BeforeAfter<Vec<usize>>, pair: Pair, sides: BeforeAfter<&[Word]>) {
    let inside = BeforeAfter {
        before: &sides.before[pair.before.clone()],
        after: &sides.after[pair.after.clone()],
    };
    for hunk in words::hunks(inside) {
        let before = hunk.before.map(|at| at + pair.before.start);
        let after = hunk.after.map(|at| at + pair.after.start);
        changed.before.extend(before);
        changed.after.extend(after);
    }
}

fn sorted<T: Copy + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items
}

/// How much of two sorted bags is shared, in `[0, 1]`: twice the shared part over both sizes (Dice 1945).
fn dice<T: Ord>(one: &[T], other: &[T]) -> f64 {
    let (mut shared, mut at) = (0_usize, 0);
    for item in one {
        while other.get(at).is_some_and(|candidate| candidate < item) {
            at += 1;
        }
        if other.get(at) == Some(item) {
            shared += 1;
            at += 1;
        }
    }
    let both = one.len() + other.len();
    if both == 0 {
        1.0
    } else {
        2.0 * shared as f64 / both as f64
    }
}

/// How alike two token sequences are, in `[0, 1]`: Dice over their runs of three tokens (shingles, Broder 1997).
///
/// Single tokens would not do: all C functions share their punctuation.
pub(super) fn likeness(sides: BeforeAfter<&[Word]>) -> f64 {
    let bags = sides.map(|words| {
        let runs: Vec<[Word; 3]> = words
            .windows(3)
            .map(|run| [run[0], run[1], run[2]])
            .collect();
        sorted(&runs)
    });
    if bags.before.is_empty() || bags.after.is_empty() {
        return if sides.before == sides.after {
            1.0
        } else {
            0.0
        };
    }
    dice(&bags.before, &bags.after)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The changed tokens of both sides, as texts.
    fn texts<'a>(before: &'a str, after: &'a str) -> BeforeAfter<Vec<&'a str>> {
        let mut vocabulary = Vocabulary::default();
        let sides = BeforeAfter { before, after };
        let words = sides.map(|text| vocabulary.read(text.as_bytes()));
        let ids = words.as_ref().map(|words| &words.ids[..]);
        let changed = changed(&vocabulary, ids);
        let text = |((positions, words), text): ((Vec<usize>, words::Words), &'a str)| {
            let spans = positions.into_iter().map(|at| words.spans[at]);
            let texts = spans.map(|span| &text[span.start as usize..span.end as usize]);
            texts.collect()
        };
        changed.zip(words).zip(sides).map(text)
    }

    #[test]
    fn only_the_tokens_that_differ_are_changed() {
        let changed = texts("f(a, b); g(c);", "f(a, d); g(c);");
        assert_eq!(changed.before, ["b"]);
        assert_eq!(changed.after, ["d"]);
    }

    #[test]
    fn a_new_statement_is_new_as_a_whole_though_its_tokens_stand_nearby() {
        let changed = texts("f(a); h(b);", "f(a); f(b); h(b);");
        assert!(changed.before.is_empty(), "{changed:?}");
        assert_eq!(changed.after, ["f", "(", "b", ")", ";"]);
    }

    #[test]
    fn white_space_decides_only_whether_a_macro_has_parameters() {
        assert_eq!(texts("int\tx ;", "int x;"), BeforeAfter::default());
        assert!(
            !texts("#define f(x) x\n", "#define f (x) x\n")
                .before
                .is_empty()
        );
    }

    #[test]
    fn equal_sequences_are_wholly_alike_and_foreign_ones_not_at_all() {
        let mut vocabulary = Vocabulary::default();
        let one = vocabulary.read(b"int f(void) { return g(1); }").ids;
        let other = vocabulary.read(b"while (x) y++;").ids;
        let of = |before, after| likeness(BeforeAfter { before, after });
        assert!(of(&one, &one) > 0.999);
        assert!(of(&one, &other) < 0.001);
    }
}
