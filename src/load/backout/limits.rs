//! How much work one search for a cascade may be.

/// Files that all build checks of one search look at together, at most: each check reads what mentions a name that comes
/// or goes in them, all over the tree.
pub(super) const CHECK_LIMIT: usize = 6_000;

/// Commits that all rehearsals of one search back out one by one, at most. Those that a rehearsal need not look at anew
/// do not count.
pub(super) const STEP_LIMIT: usize = 3_000;

/// Where more commits than this build on a change the search is given up: nobody backs so many out.
pub(super) const COMPANY_LIMIT: usize = 500;

/// Changes of files that all walks of one search carry on, at most.
pub(super) const MERGE_LIMIT: usize = 20_000;

/// How much work a search may still be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) steps: usize,
    pub(super) merges: usize,
    pub(super) checks: usize,
}

impl Budget {
    pub(super) const WHOLE: Self = Self {
        steps: STEP_LIMIT,
        merges: MERGE_LIMIT,
        checks: CHECK_LIMIT,
    };

    /// What is left for a second search: at least a quarter of the whole.
    pub(super) fn for_another(self) -> Self {
        Self {
            steps: self.steps.max(STEP_LIMIT / 4),
            merges: self.merges.max(MERGE_LIMIT / 4),
            checks: self.checks.max(CHECK_LIMIT / 4),
        }
    }
}

/// A bound on the work of one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Company,
    Steps,
    Merges,
    Checks,
}

impl Limit {
    /// What was too much, in words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Company => format!("more than {COMPANY_LIMIT} commits build on it"),
            Self::Steps => format!("more than {STEP_LIMIT} back-outs would have to be tried"),
            Self::Merges => {
                format!(
                    "more than {MERGE_LIMIT} later changes of the files would have to be followed"
                )
            }
            Self::Checks => {
                format!("more than {CHECK_LIMIT} changed files would have to be checked")
            }
        }
    }
}
