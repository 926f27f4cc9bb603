//! Where results go and how they look there: stdout, colour, width.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::report::text::{Colour, Layout};

use super::arguments::{Color, Common};
use super::failure::Failure;

/// A stream that may be a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        }
    }
}

/// Whether to colour what goes to `stream` (<https://no-color.org>).
pub(super) fn colored(color: Color, stream: Stream) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            stream.is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// Columns of a page that is not for a terminal.
const USUAL_WIDTH: usize = 100;

/// The width of the terminal in columns.
fn width() -> usize {
    terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _height)| usize::from(width.0))
}

/// Writes a result to stdout.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// A value as indented JSON with a final newline.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// How a page looks that is not for a terminal.
pub(super) fn plain() -> Layout {
    Layout {
        width: USUAL_WIDTH,
        colour: Colour::None,
    }
}

impl Common {
    /// How a page on stdout looks.
    pub(super) fn layout(&self) -> Layout {
        let colour = if colored(self.color, Stream::Stdout) {
            Colour::Ansi
        } else {
            Colour::None
        };
        Layout {
            width: width(),
            colour,
        }
    }
}

/// Writes the completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) {
    clap_complete::generate(shell, command, "backout", &mut io::stdout());
}

/// Writes the manual page in roff.
pub(super) fn man(command: clap::Command) -> Result<(), Failure> {
    Ok(clap_mangen::Man::new(command).render(&mut io::stdout())?)
}
