//! `--batch`: one question a line on stdin, one JSON object a line on stdout, in the same order.

use std::io::{self, BufRead, BufReader, Write};

use serde_json::Value;

use crate::git::{self, Repository};
use crate::load::batch;
use crate::report::Unanswered;

use super::Answer;
use super::failure::Failure;

/// Answers every line of stdin; a line that cannot be answered gives an object with `error`.
///
/// Each worker thread takes its own handle on the repository. Blank lines are no questions.
pub(super) fn run(
    repository: &Repository,
    answer: impl Fn(&Repository, &str) -> Result<Value, Failure> + Sync + Send,
) -> Result<Answer, Failure> {
    let directory = repository.git_directory().to_owned();
    let lines = BufReader::new(io::stdin())
        .split(b'\n')
        .map_while(Result::ok);
    let lines = lines.map(|line| String::from_utf8_lossy(&line).trim().to_owned());
    let mut ending = Answer::Yes;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    batch::in_order(
        lines.filter(|line| !line.is_empty()),
        || git::open(Some(&directory)).map_err(Failure::from),
        |handle, line| {
            let answered = handle
                .as_ref()
                .map_err(Failure::clone)
                .and_then(|handle| answer(handle, line));
            answered.map_err(|failure| unanswered(line, &failure))
        },
        |answered| {
            match answered {
                Ok(value) => serde_json::to_writer(&mut stdout, &value)?,
                Err(unanswered) => {
                    ending = Answer::Unanswered;
                    serde_json::to_writer(&mut stdout, &unanswered)?;
                }
            }
            writeln!(stdout)?;
            // An interactive caller waits for its answer.
            Ok::<(), Failure>(stdout.flush()?)
        },
    )?;
    Ok(ending)
}

fn unanswered(line: &str, failure: &Failure) -> Unanswered {
    Unanswered {
        input: line.to_owned(),
        error: failure.message().to_owned(),
        hint: failure.hint_text().map(str::to_owned),
    }
}
