//! Which macro calls gave which part of an expansion: a macro that makes several symbols is the maker of each, but what
//! was expanded for one of them is no concern of the others.

use crate::text::Span;

use super::made::Made;

impl Made<'_> {
    /// The macros that were expanded for the text in `span`, as positions in [`Made::macros`], sorted, each once: those
    /// that its tokens come out of or are arguments of. One that leaves no token counts where the call does that it
    /// stands in.
    #[must_use]
    pub fn macros_of(&self, span: Span) -> Vec<usize> {
        let mut giving = self.giving(span);
        let anywhere = self.giving(Span::new(0, u32::MAX));
        for (at, call) in self.calls.iter().enumerate() {
            let within = call.within.is_some_and(|outer| giving[outer as usize]);
            giving[at] |= within && !anywhere[at];
        }
        let calls = self.calls.iter().zip(giving);
        let given = calls.filter(|(_, gives)| *gives);
        let mut macros: Vec<usize> = given.map(|(call, _)| call.number).collect();
        macros.sort_unstable();
        macros.dedup();
        macros
    }

    /// The macros of which one call gave text in more than one of `spans`, as positions in [`Made::macros`], sorted, each
    /// once.
    #[must_use]
    pub fn makers_of_several(&self, spans: &[Span]) -> Vec<usize> {
        let mut counts = vec![0usize; self.calls.len()];
        for span in spans {
            let giving = self.giving(*span);
            let counted = counts.iter_mut().zip(giving);
            counted.for_each(|(count, gives)| *count += usize::from(gives));
        }
        let calls = self.calls.iter().zip(counts);
        let several = calls.filter(|(_, count)| *count > 1);
        let mut macros: Vec<usize> = several.map(|(call, _)| call.number).collect();
        macros.sort_unstable();
        macros.dedup();
        macros
    }

    /// For each call, whether a token in `span` comes out of it or of one that stands in it.
    fn giving(&self, span: Span) -> Vec<bool> {
        let mut giving = vec![false; self.calls.len()];
        let first = self
            .origins
            .partition_point(|(start, _)| *start < span.start);
        let inside = self.origins[first..]
            .iter()
            .take_while(|(start, _)| *start < span.end);
        for (_, origin) in inside {
            let mut call = origin.call;
            // What leads on from a call that is known to give is known as well.
            while let Some(at) = call.map(|at| at as usize)
                && !giving[at]
            {
                giving[at] = true;
                call = self.calls[at].within;
            }
        }
        giving
    }
}
