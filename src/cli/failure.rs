//! An error as the user sees it: what was wrong, why, and one thing to try.

use std::error::Error;
use std::io;

use anstyle::{AnsiColor, Style};

use crate::git::GitError;
use crate::load::LoadError;
use crate::policy::error::PolicyError;
use crate::scan::ScanError;

use super::arguments::Color;
use super::output;

/// A question that could not be answered.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    message: String,
    hint: Option<String>,
    closed_pipe: bool,
}

impl Failure {
    /// A failure with its message: lower case, no final stop, naming what the user typed.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            closed_pipe: false,
        }
    }

    /// The same with one thing to try.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error of a lower room: its chain of causes on one line.
    pub(super) fn of(error: &dyn Error) -> Self {
        let (mut message, mut cause) = (error.to_string(), error.source());
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Self::new(message)
    }

    /// Whether the reader of our output went away, which is nobody's error.
    pub(super) fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }

    /// The message alone, for a line of `--batch`.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The hint alone.
    pub(super) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Writes `error:` and `hint:` lines to stderr.
    pub(super) fn print(&self, color: Color) {
        let (error, hint, reset) = if output::colored(color, output::Stream::Stderr) {
            let bold = |color: AnsiColor| {
                Style::new()
                    .bold()
                    .fg_color(Some(color.into()))
                    .render()
                    .to_string()
            };
            (
                bold(AnsiColor::Red),
                bold(AnsiColor::Cyan),
                anstyle::Reset.render().to_string(),
            )
        } else {
            Default::default()
        };
        eprintln!("{error}error{reset}: {}", self.message);
        if let Some(text) = &self.hint {
            eprintln!("{hint}hint{reset}: {text}");
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self {
            closed_pipe,
            ..Self::new(format!("cannot write the result: {error}"))
        }
    }
}

impl Failure {
    /// The same failure, said of a file.
    pub(super) fn within(self, file: &str) -> Self {
        Self {
            message: format!("{file}: {}", self.message),
            ..self
        }
    }

    /// An error of a lower room with its own hint.
    fn with_hint(error: &dyn Error, hint: Option<String>) -> Self {
        Self {
            hint,
            ..Self::of(error)
        }
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::with_hint(&error, error.hint())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::with_hint(&error, error.hint())
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        Self::with_hint(&error, error.hint())
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::with_hint(&error, error.hint())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => Self::from(io::Error::from(kind)),
            None => Self::of(&error),
        }
    }
}
