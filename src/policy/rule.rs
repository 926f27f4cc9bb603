//! Every rule that a policy can switch on, under its stable code: the one place that lists them.

use serde::{Deserialize, Serialize};

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal: $help:literal,)+) => {
        /// A rule. Its code is stable: reports and policy files name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its code: kebab-case, stable.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// What it asks, one sentence.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => $help),+ }
            }
        }
    };
}

// A macro, so that a rule, its code and its sentence cannot be listed in three places.
rules! {
    /// The project declines AI content and the author disclosed some.
    AiContent = "ai-content": "the project declines AI-generated content, and the change discloses some",
    /// No disclosure was found: says what that does and does not mean.
    NoDisclosure = "no-disclosure": "no AI use is disclosed; what is not disclosed cannot be seen",
    /// The value of a disclosure does not follow the policy's grammar.
    DisclosureGrammar = "disclosure-grammar": "the value of a disclosure follows the policy's grammar",
    /// A disclosure that git does not read as a trailer.
    DisclosureOutsideBlock = "disclosure-outside-trailer-block": "a disclosure stands in the trailer block, where git finds it",
    /// A disclosure under another key than the policy's.
    DisclosureKey = "disclosure-key": "AI use is disclosed under the policy's own key",
    /// A disclosure behind the trailers that should follow it.
    DisclosureOrder = "disclosure-order": "a disclosure stands before the sign-offs",
    /// A disclosure whose words leave out something that the change touches.
    DisclosureScope = "disclosure-scope": "the words of a disclosure cover what the change touches",
    /// A person, address, tool or model in a value that should name the scope alone.
    DisclosureNames = "disclosure-names": "a disclosure names the scope of use, no tool, model or address",
    /// A trailer key that the project does not want for AI.
    ForbiddenTrailer = "forbidden-trailer": "AI is not credited under a trailer that the project keeps for people",
    /// An AI as author, or signer.
    AiIdentity = "ai-identity": "author and signers are people",
    /// No sign-off in the trailer block.
    SignOffMissing = "sign-off-missing": "the change carries a Signed-off-by trailer",
    /// No sign-off of the author.
    SignOffAuthor = "sign-off-author": "the author is among the signers",
    /// The author's sign-off comes after others.
    SignOffOrder = "sign-off-order": "the author signs first",
    /// A path in a zone that takes no contribution by hand.
    ForbiddenZone = "forbidden-zone": "generated and imported files are not edited by hand",
    /// AI use in a core zone without a maintainer's agreement.
    CoreApproval = "core-approval": "AI use in core code has the recorded agreement of somebody other than the author",
    /// A file none of whose maintainers agreed.
    AgreementMissing = "agreement-missing": "a maintainer of every file agrees, of the most specific section, other than the author",
    /// An approval by the author.
    SelfApproval = "self-approval": "nobody approves a change of their own",
    /// A file outside the core zones that much code depends on.
    CoreByUse = "core-by-use": "a file that many others use counts as core",
    /// A path or line that outlives a revert.
    IrreversibleSurface = "irreversible-surface": "the change leaves alone what outlives a revert: formats, protocols, installed interfaces",
    /// A category that the policy does not take AI content in.
    CategoryNotAdmitted = "category-not-admitted": "the change is of a category that the policy admits",
    /// More lines than the policy's cap for the category.
    SizeCap = "size-cap": "the change stays within the size cap of its category",
    /// More than one category in one change.
    MixedZones = "mixed-zones": "tests, documentation and code change apart from each other",
    /// A small fix that does not say what it fixes.
    FixReference = "fix-reference": "a small fix says what it fixes",
    /// A mechanical change without the script or semantic patch that made it.
    ScriptUndeclared = "script-undeclared": "a mechanical change says which script or semantic patch made it",
    /// A symlink, submodule or binary file, which a line count says nothing of.
    NotText = "not-text": "every file of the change is text",
    /// The score is below the policy's threshold.
    ScoreLow = "score-low": "the revertibility score reaches the policy's threshold",
    /// The estimated impact is above the policy's threshold.
    ImpactHigh = "impact-high": "the estimated impact stays within the policy's threshold",
    /// More new surface than the policy's threshold.
    SurfaceWide = "surface-wide": "the newly offered surface stays within the policy's threshold",
    /// The change does not come out of its own series.
    SeriesEntangled = "series-entangled": "the change comes out of its own series",
    /// More commits have to go along than the policy's threshold.
    CascadeLong = "cascade-long": "backing the change out takes no more other commits than the policy's threshold",
    /// A change without disclosure builds on one with it.
    UndisclosedOnDisclosed = "undisclosed-depends-on-disclosed": "undisclosed changes do not build on disclosed ones",
    /// Whether the submitter understands the change.
    HumanUnderstanding = "human-understanding": "does the submitter understand the change and answer for it?",
    /// Whether the submitter may contribute it.
    HumanRights = "human-rights": "does the submitter have the right to contribute it?",
    /// Who wrote the message and the replies.
    HumanMessage = "human-message": "did a person write the message and the replies to review?",
    /// Whether the agreement came before the work.
    HumanAgreement = "human-agreement": "did the maintainer agree before the work, and to this?",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut codes: Vec<_> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        let kebab = |code: &&str| {
            code.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(codes.iter().all(kebab));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Rule::ALL.len());
    }
}
