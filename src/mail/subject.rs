//! The subject of a mail: what `git am` commits of it, and what its brackets say.

/// What stood in the brackets before a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectTags {
    /// Whether one of the words is `RFC`.
    pub rfc: bool,
    /// `v3`, `V3`.
    pub version: Option<u32>,
    /// The n of n/m; 0 for a cover letter.
    pub number: Option<u32>,
    /// The m of n/m.
    pub of: Option<u32>,
    /// The other words, `PATCH` left out: names of trees, `RESEND`.
    pub words: Vec<String>,
}

/// The subject without reply marks and brackets, and what the brackets say; as `cleanup_subject` in git's `mailinfo.c`.
pub(super) fn of(raw: &str) -> (String, SubjectTags) {
    let mut tags = SubjectTags::default();
    let mut rest = raw;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ':', '\n', '\r']);
        if rest.len() > 3
            && rest
                .get(..3)
                .is_some_and(|start| start.eq_ignore_ascii_case("re:"))
        {
            rest = &rest[3..];
        } else if let Some((inside, after)) =
            rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        {
            inside
                .split_ascii_whitespace()
                .for_each(|word| tags.add(word));
            rest = after;
        } else {
            break;
        }
    }
    let words: Vec<_> = rest.split_whitespace().collect();
    (words.join(" "), tags)
}

impl SubjectTags {
    fn add(&mut self, word: &str) {
        let number = |text: &str| text.parse::<u32>().ok();
        let upper = word.to_ascii_uppercase();
        if let Some((n, m)) = word.split_once('/')
            && let (Some(n), Some(m)) = (number(n), number(m))
        {
            self.number = Some(n);
            self.of = Some(m);
        } else if let Some(version) = upper.strip_prefix('V').and_then(number) {
            self.version = Some(version);
        } else if upper == "RFC" {
            self.rfc = true;
        } else if let Some(version) = upper.strip_prefix("PATCHV").and_then(number) {
            self.version = Some(version);
        } else if upper != "PATCH" {
            self.words.push(word.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_go_and_say_what_they_say() {
        let (subject, tags) = of("Re: [RFC PATCH v3 02/10 for-9.1] hw:  fix [x] y");
        assert_eq!(subject, "hw: fix [x] y");
        assert!(tags.rfc);
        assert_eq!(
            (tags.version, tags.number, tags.of),
            (Some(3), Some(2), Some(10))
        );
        assert_eq!(tags.words, ["for-9.1"]);
    }

    #[test]
    fn a_subject_may_begin_with_re() {
        assert_eq!(of("[PATCH] readline: x").0, "readline: x");
        assert_eq!(of("é: x").0, "é: x");
        assert_eq!(of("[unclosed").0, "[unclosed");
    }
}
