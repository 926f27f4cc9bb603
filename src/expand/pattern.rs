//! Names that a macro pastes together of words of its own and one argument: `RM_ ## name`.

use super::define::{Macro, Part};

/// What a macro pastes around one of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before the argument; empty where nothing does.
    pub before: Vec<u8>,
    /// What stands behind it.
    pub after: Vec<u8>,
    /// Which parameter it is.
    pub parameter: usize,
    /// Whether what stands before the name in the replacement list reads as a type, so that it is declared there.
    pub is_declared: bool,
    /// Whether the replacement list starts with the name, so that the place of the call tells what it is.
    pub is_first: bool,
}

impl Pattern {
    /// The argument that makes the name; `None` where none does, or what is left is no word.
    #[must_use]
    pub fn argument<'n>(&self, name: &'n [u8]) -> Option<&'n [u8]> {
        let rest = name.strip_prefix(&*self.before)?;
        let rest = rest.strip_suffix(&*self.after)?;
        let is_word = rest.first().is_some_and(|first| !first.is_ascii_digit());
        is_word.then_some(rest)
    }
}

impl Macro {
    /// The names that it pastes to one argument, in order.
    #[must_use]
    pub fn patterns(&self) -> Vec<Pattern> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.body.len() {
            let end = self.end_of_pasted(at);
            if end > at + 1 {
                found.extend(self.pattern(at, end));
            }
            at = end;
        }
        found
    }

    /// Where what is pasted to the part at a position ends.
    fn end_of_pasted(&self, at: usize) -> usize {
        let mut end = at + 1;
        let is_paste = |part: Option<&Part>| part.is_some_and(|part| self.text(part) == b"##");
        while is_paste(self.body.get(end)) && end + 1 < self.body.len() {
            end += 2;
        }
        end
    }

    fn pattern(&self, start: usize, end: usize) -> Option<Pattern> {
        let (mut before, mut after, mut parameter) = (Vec::new(), Vec::new(), None);
        for part in self.body[start..end].iter().step_by(2) {
            match (part.parameter, parameter) {
                (Some(of), None) => parameter = Some(of),
                (Some(_), Some(_)) => return None,
                (None, None) => before.extend_from_slice(self.text(part)),
                (None, Some(_)) => after.extend_from_slice(self.text(part)),
            }
        }
        let is_word = |text: &[u8]| text.iter().all(|byte| is_letter(*byte));
        let ahead = start.checked_sub(1).map(|at| self.text(&self.body[at]));
        (is_word(&before) && is_word(&after) && before.len() + after.len() > 1).then_some(Pattern {
            before,
            after,
            parameter: parameter?,
            is_declared: ahead.is_some_and(reads_as_type),
            is_first: start == 0,
        })
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a name behind this token is declared: the token ends a type.
#[must_use]
pub fn reads_as_type(token: &[u8]) -> bool {
    let is_word = token.iter().all(|byte| is_letter(*byte));
    let opens_expression = matches!(token, b"return" | b"case" | b"else" | b"sizeof" | b"do");
    token == b"*" || is_word && !opens_expression
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(define: &str) -> Vec<(String, String, usize, bool)> {
        let of = Macro::of_define(define.as_bytes()).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let all = of.patterns().into_iter();
        all.map(|one| {
            (
                text(one.before),
                text(one.after),
                one.parameter,
                one.is_declared,
            )
        })
        .collect()
    }

    #[test]
    fn words_around_one_parameter_are_a_pattern() {
        assert_eq!(
            patterns("#define R(n) reg(\"x\" #n, RM_ ## n)"),
            [("RM_".to_owned(), String::new(), 0, false)]
        );
        assert_eq!(
            patterns("#define D(a, n) static int a ## _ ## n ## _f(void); n ## _g()"),
            [(String::new(), "_g".to_owned(), 1, false)]
        );
        assert_eq!(
            patterns("#define D(n) static int do_ ## n ## _f(void)"),
            [("do_".to_owned(), "_f".to_owned(), 0, true)]
        );
    }

    #[test]
    fn a_name_gives_back_its_argument() {
        let of = Macro::of_define(b"#define R(n) RM_ ## n").unwrap();
        let pattern = &of.patterns()[0];
        assert_eq!(pattern.argument(b"RM_Next"), Some(&b"Next"[..]));
        assert_eq!(pattern.argument(b"RM_"), None);
        assert_eq!(pattern.argument(b"RM_2"), None);
        assert_eq!(pattern.argument(b"Next"), None);
    }
}
