//! The rules about whose agreement is recorded: a maintainer of every file, for AI use in core code all the more.
//!
//! Reads the trailers that git reads. That an agreement came before the work, or was given at all, is for people to know.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::FilePath;

use super::super::disclosure;
use super::super::maintainers::{Mailbox, Person, Subject};
use super::super::rule::Rule;
use super::super::trailers::Trailer;
use super::super::zones::ZoneClass;
use super::place::{changed_lines, in_zone, shorten};
use super::{Case, Draft};

pub(super) fn drafts(case: &Case<'_>) -> Vec<Draft> {
    let mut drafts = self_approvals(case);
    drafts.extend(missing(case));
    if case.uses_ai() {
        drafts.extend(core(case));
    }
    drafts
}

/// One trailer by which a person agrees.
struct Approval<'a> {
    trailer: &'a Trailer,
    mailbox: Mailbox,
    by_author: bool,
}

fn approvals<'a>(case: &'a Case<'_>, keys: &[String]) -> Vec<Approval<'a>> {
    let author = author(case);
    let approval = |trailer: &'a Trailer| {
        let mailbox = Mailbox::read(&trailer.value)?;
        let mailbox = mapped(case, mailbox);
        Some(Approval {
            by_author: mailbox.is(&author),
            mailbox,
            trailer,
        })
    };
    let counts = |trailer: &&Trailer| {
        let is_asked = keys.iter().any(|key| trailer.is(key));
        trailer.in_block && is_asked && !disclosure::names_ai(&trailer.value)
    };
    let trailers = case.trailers.iter().filter(counts);
    trailers.filter_map(approval).collect()
}

fn author(case: &Case<'_>) -> Mailbox {
    let author = &case.evidence.change.author;
    mapped(
        case,
        Mailbox {
            name: author.name.clone(),
            address: author.email.clone(),
        },
    )
}

fn mapped(case: &Case<'_>, mailbox: Mailbox) -> Mailbox {
    match case.evidence.maintainers {
        Some(maintainers) => maintainers.mapped(mailbox),
        None => mailbox,
    }
}

/// The trailers by which a maintainer says yes to any change.
fn usual_keys(case: &Case<'_>) -> Vec<String> {
    let form = &case.policy.maintainers;
    let mut keys = form.approval_trailers.clone();
    if form.sign_off_agrees {
        keys.push("Signed-off-by".to_owned());
    }
    keys
}

fn self_approvals(case: &Case<'_>) -> Vec<Draft> {
    let keys = &case.policy.maintainers.approval_trailers;
    let own = approvals(case, keys)
        .into_iter()
        .filter(|approval| approval.by_author);
    let draft = |approval: Approval<'_>| {
        let Trailer {
            key, value, line, ..
        } = approval.trailer;
        Draft::new(
            Rule::SelfApproval,
            format!("{key}: {value} is the author's own"),
            "leave it out: the sign-off says it; ask somebody else to look at the change",
        )
        .at_line(*line)
    };
    own.map(draft).collect()
}

/// The maintainers of the most specific section that the touched lines of a file fall to.
fn answerable(case: &Case<'_>, path: &FilePath) -> Vec<Person> {
    let Some(maintainers) = case.evidence.maintainers else {
        return Vec::new();
    };
    let file = case.files().iter().find(|file| file.path() == path);
    let text = file.map(|file| {
        let lines = changed_lines(file);
        let lines: Vec<_> = lines.into_iter().map(|line| line.text).collect();
        lines.join("\n")
    });
    maintainers.answerable(&Subject {
        path,
        text: text.as_deref(),
    })
}

/// Whether one of these people agreed; where the author is one of them, or there are none, anybody else will do.
fn agreed(people: &[Person], approvals: &[Approval<'_>], author: &Mailbox) -> bool {
    let anybody = people.is_empty() || people.iter().any(|person| person.mailbox.is(author));
    approvals
        .iter()
        .filter(|approval| !approval.by_author)
        .any(|approval| {
            let is_one = |person: &Person| person.mailbox.is(&approval.mailbox);
            anybody || people.iter().any(is_one)
        })
}

/// One finding a group of files with the same maintainers.
fn missing(case: &Case<'_>) -> Vec<Draft> {
    if !case.has_message()
        || case.evidence.maintainers.is_none()
        || !case.policy.rules.contains_key(&Rule::AgreementMissing)
    {
        return Vec::new();
    }
    let (author, keys) = (author(case), usual_keys(case));
    let approvals = approvals(case, &keys);
    let mut groups: BTreeMap<(String, Vec<Mailbox>), Vec<&FilePath>> = BTreeMap::new();
    for path in case.files().iter().map(|file| file.path()) {
        let people = answerable(case, path);
        if people.is_empty() || agreed(&people, &approvals, &author) {
            continue;
        }
        let sections: BTreeSet<_> = people.iter().map(|person| &person.section[..]).collect();
        let section = sections.into_iter().collect::<Vec<_>>().join(", ");
        let who = people.into_iter().map(|person| person.mailbox).collect();
        groups.entry((section, who)).or_default().push(path);
    }
    let mut drafts: Vec<_> = groups
        .into_iter()
        .map(|((section, who), paths)| ungranted(&section, &who, &paths, &author))
        .map(|draft| draft.seen(format!("looked for {}", keys.join(", "))))
        .collect();
    shorten(&mut drafts);
    drafts
}

fn ungranted(section: &str, who: &[Mailbox], paths: &[&FilePath], author: &Mailbox) -> Draft {
    let names = joined(who);
    let files = match paths {
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    };
    let own = who.iter().any(|mailbox| mailbox.is(author));
    let message = if own {
        format!("the author maintains {section} ({files}), and nobody else's agreement is recorded")
    } else {
        format!("no maintainer of {section} has agreed to what it does to {files}: {names}")
    };
    let draft = Draft::new(
        Rule::AgreementMissing,
        message,
        if own {
            "have somebody else review it".to_owned()
        } else {
            format!("get the agreement of one of {names}")
        },
    );
    match paths.first() {
        Some(first) => draft.at_path(first),
        None => draft,
    }
}

fn joined(who: &[Mailbox]) -> String {
    let names: Vec<_> = who.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// AI use in core code needs the recorded agreement of a maintainer of the file, who is neither the author nor an AI.
fn core(case: &Case<'_>) -> Vec<Draft> {
    let keys = &case.policy.admission.approval_trailers;
    let (author, approvals) = (author(case), approvals(case, keys));
    let mut drafts = in_zone(case, ZoneClass::Core, &|path, zone| {
        let people = answerable(case, path);
        if agreed(&people, &approvals, &author) {
            return None;
        }
        let who: Vec<_> = people
            .iter()
            .map(|person| format!("{} ({})", person.mailbox, person.section))
            .collect();
        let draft = Draft::new(
            Rule::CoreApproval,
            format!("{path} is in zone {zone}, and no agreement of a maintainer is recorded"),
            "get a maintainer's agreement first, and record it",
        );
        Some(match who.as_slice() {
            [] => draft,
            who => draft.seen(format!("maintained by {}", who.join(", "))),
        })
    });
    for draft in &mut drafts {
        let own = approvals.iter().filter(|approval| approval.by_author);
        let seen =
            own.map(|own| format!("{}: {} (the author)", own.trailer.key, own.trailer.value));
        draft.evidence.extend(seen);
        draft
            .evidence
            .push(format!("looked for {}", keys.join(", ")));
    }
    drafts
}
