//! Why a policy cannot be read, with the place and the nearest name that would have been right.

use crate::text::{LineIndex, offset};

use super::file::COMPILED_IN;

/// A policy that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not TOML, or not of a policy's form.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// From 1.
        line: u32,
        /// From 1, in bytes.
        column: u32,
        /// What is wrong.
        message: String,
        /// The known key nearest to an unknown one.
        nearest: Option<String>,
    },
    /// A form that this version does not know.
    #[error("policy schema {found} is not known, expected 1")]
    UnknownSchema {
        /// As written.
        found: u32,
    },
    /// No compiled-in policy of that name.
    #[error("no policy is called {policy}")]
    UnknownPolicy {
        /// As asked.
        policy: String,
    },
    /// The policy has no such profile.
    #[error("policy {policy} has no profile {profile}")]
    UnknownProfile {
        /// The policy.
        policy: String,
        /// As asked.
        profile: String,
        /// What it has, sorted.
        known: Vec<String>,
    },
    /// A rule or zone names a source that is not listed.
    #[error("source {source_name} is not listed under [sources]")]
    UnknownSource {
        /// As written.
        source_name: String,
        /// What is listed, sorted.
        known: Vec<String>,
    },
    /// A glob that does not compile.
    #[error("zone {zone}: glob {glob} is not one")]
    BadGlob {
        /// The zone.
        zone: String,
        /// As written.
        glob: String,
        /// Why.
        #[source]
        cause: globset::Error,
    },
}

impl PolicyError {
    /// The next thing to try, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Malformed { nearest, .. } => {
                nearest.as_ref().map(|key| format!("did you mean {key}?"))
            }
            Self::UnknownPolicy { policy } => {
                let names: Vec<_> = COMPILED_IN.iter().map(|(name, _)| *name).collect();
                Some(choice(policy, &names))
            }
            Self::UnknownProfile { profile, known, .. } => Some(choice(profile, known)),
            Self::UnknownSource { source_name, known } => Some(choice(source_name, known)),
            Self::BadGlob { cause, .. } => Some(cause.to_string()),
            Self::UnknownSchema { .. } => Some("write schema = 1".to_owned()),
        }
    }
}

fn choice(asked: &str, known: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = known.iter().map(AsRef::as_ref).collect();
    match nearest(asked, &names) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("known: {}", names.join(", ")),
    }
}

fn nearest<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = |name: &&str| strsim::damerau_levenshtein(asked, name);
    let best = known.iter().min_by_key(|name| near(name))?;
    (near(best) * 3 <= asked.len().max(3)).then_some(*best)
}

pub(super) fn malformed(text: &str, error: &toml::de::Error) -> PolicyError {
    let at = offset(error.span().map_or(0, |span| span.start));
    let lines = LineIndex::of(text.as_bytes());
    let line = lines.line(at);
    PolicyError::Malformed {
        line: line.0,
        column: at - lines.start(line).unwrap_or(at) + 1,
        message: error.message().replace('`', ""),
        nearest: nearest_in(error.message()),
    }
}

/// The nearest of the names that serde lists: "unknown field `a`, expected one of `b`, `c`".
fn nearest_in(message: &str) -> Option<String> {
    let names: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    let (asked, known) = names.split_first()?;
    message
        .starts_with("unknown ")
        .then(|| nearest(asked, known))?
        .map(str::to_owned)
}
