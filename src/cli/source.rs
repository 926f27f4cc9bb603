//! What a command is asked about: a revision, a range, mails, the index or the work tree.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::git::Repository;
use crate::load::changes::{MailFile, Source};
use crate::mail;

use super::failure::Failure;

/// The flags that name one or more changes.
#[derive(Debug, Args)]
pub(super) struct SourceArguments {
    /// A revision, a range A..B, a patch file, an mbox, a maildir, or - for mails on stdin; default: HEAD
    #[arg(value_name = "REV|A..B|FILE|MAILDIR|-", conflicts_with_all = ["staged", "worktree", "base"])]
    pub(super) input: Option<String>,
    /// The index against HEAD: what the next commit would hold
    #[arg(long, conflicts_with_all = ["worktree", "base"])]
    pub(super) staged: bool,
    /// The tracked files of the work tree against HEAD
    #[arg(long, conflicts_with = "base")]
    pub(super) worktree: bool,
    /// A merge request: the commits that HEAD-REV has and this one has not
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,
    /// The tip of the merge request
    #[arg(long, value_name = "REV", requires = "base", default_value = "HEAD")]
    pub(super) head: String,
}

impl SourceArguments {
    /// What was asked about; HEAD where nothing was said. What names a revision is one, whatever files there are: a bare
    /// repository has a file HEAD.
    pub(super) fn read(&self, repository: &Repository) -> Result<Source, Failure> {
        if self.staged {
            return Ok(Source::Staged);
        }
        if self.worktree {
            return Ok(Source::Worktree);
        }
        if let Some(base) = &self.base {
            return Ok(Source::MergeRequest {
                base: base.clone(),
                head: self.head.clone(),
            });
        }
        let Some(input) = &self.input else {
            return Ok(Source::Revision("HEAD".to_owned()));
        };
        let path = Path::new(input);
        if input == "-" {
            let name = "standard input".to_owned();
            let bytes = bounded(io::stdin(), &name)?;
            Ok(Source::Mails(vec![MailFile { name, bytes }]))
        } else if !path.exists() && looks_like_mail(path) && repository.select(input).is_err() {
            Err(
                Failure::new(format!("no revision and no file named {input}"))
                    .hint("git format-patch --stdout A..B writes a mailbox"),
            )
        } else if !path.exists() || repository.select(input).is_ok() {
            Ok(Source::Revision(input.clone()))
        } else if path.is_dir() && path.join("cur").is_dir() {
            Ok(Source::Mails(maildir(path)?))
        } else if path.is_file() {
            let file = File::open(path).map_err(|error| unreadable(input, &error))?;
            let bytes = bounded(file, input)?;
            let name = input.clone();
            Ok(Source::Mails(vec![MailFile { name, bytes }]))
        } else {
            Ok(Source::Revision(input.clone()))
        }
    }
}

/// Whether a name that no file has was meant for one: a path, or an ending that mailboxes and patches have.
fn looks_like_mail(path: &Path) -> bool {
    let endings = ["mbox", "mbx", "patch", "diff", "eml"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    path.is_absolute() || ending.is_some_and(|ending| endings.contains(&ending))
}

/// Reads at most one byte more than mails may have: `mail` then says that it is too much.
fn bounded(input: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(mail::MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    input
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(name, &error))?;
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {name}: {error}"))
}

/// The mails of a maildir, a file each, in the order of their file names; together no more than mails may have.
fn maildir(directory: &Path) -> Result<Vec<MailFile>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for part in ["cur", "new"] {
        let Ok(entries) = std::fs::read_dir(directory.join(part)) else {
            continue;
        };
        let paths = entries.flatten().map(|entry| entry.path());
        files.extend(paths.filter(|path| path.is_file()));
    }
    files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    if files.len() > mail::MAX_MAILS {
        let (folder, limit) = (directory.display(), mail::MAX_MAILS);
        return Err(Failure::new(format!(
            "{folder} has more than {limit} mails"
        )));
    }
    let (mut mails, mut size) = (Vec::new(), 0_usize);
    for path in files {
        let name = path.display().to_string();
        let mail = File::open(&path).map_err(|error| unreadable(&name, &error))?;
        let bytes = bounded(mail, &name)?;
        size = size.saturating_add(bytes.len());
        if size > mail::MAX_BYTES {
            let limit = mail::MAX_BYTES;
            let folder = directory.display();
            return Err(Failure::new(format!(
                "{folder} has more than {limit} bytes of mail"
            )));
        }
        mails.push(MailFile { name, bytes });
    }
    Ok(mails)
}
