//! The rules about who signs: a person, the author among them, the author first.

use super::super::disclosure;
use super::super::rule::Rule;
use super::super::trailers::Trailer;
use super::{Case, Draft};

pub(super) fn drafts(case: &Case<'_>) -> Vec<Draft> {
    if !case.has_message() {
        return Vec::new();
    }
    let signers: Vec<_> = case.block_trailers("Signed-off-by").collect();
    let mut drafts = identities(case, &signers);
    drafts.extend(match signers.split_first() {
        None => Some(missing(case)),
        Some((first, rest)) => author(case, first, rest),
    });
    drafts
}

fn missing(case: &Case<'_>) -> Draft {
    let outside = case
        .trailers
        .iter()
        .find(|trailer| trailer.is("Signed-off-by"));
    let draft = Draft::new(
        Rule::SignOffMissing,
        "no Signed-off-by in the trailer block",
        "sign it off: git commit --amend --signoff",
    );
    match outside {
        Some(trailer) => draft
            .at_line(trailer.line)
            .seen("one stands outside the block, where git does not find it"),
        None => draft,
    }
}

fn author(case: &Case<'_>, first: &Trailer, rest: &[&Trailer]) -> Option<Draft> {
    let author = &case.evidence.change.author;
    let is_author = |trailer: &Trailer| {
        let value = trailer.value.to_lowercase();
        let name = value.split('<').next().unwrap_or_default().trim();
        value.contains(&format!("<{}>", author.email.to_lowercase()))
            || !name.is_empty() && name == author.name.to_lowercase()
    };
    if is_author(first) {
        return None;
    }
    let draft = match rest.iter().find(|trailer| is_author(trailer)) {
        Some(later) => Draft::new(
            Rule::SignOffOrder,
            "the author's sign-off comes after another one",
            "list the sign-offs in the order in which the patch went from hand to hand",
        )
        .at_line(later.line),
        None => Draft::new(
            Rule::SignOffAuthor,
            "no sign-off is of the author",
            "have the author sign it off",
        ),
    };
    Some(
        draft
            .seen(format!("author {} <{}>", author.name, author.email))
            .seen(format!("first sign-off {}", first.value)),
    )
}

fn identities(case: &Case<'_>, signers: &[&Trailer]) -> Vec<Draft> {
    let author = &case.evidence.change.author;
    let of_author = disclosure::is_agent_address(&author.email).then(|| {
        Draft::new(
            Rule::AiIdentity,
            format!(
                "the author {} <{}> is an assistant",
                author.name, author.email
            ),
            "commit as the person who answers for the change",
        )
    });
    let of_signers = signers
        .iter()
        .filter(|signer| disclosure::names_ai(&signer.value))
        .map(|signer| {
            Draft::new(
                Rule::AiIdentity,
                format!("{} is signed by an assistant", signer.value),
                "only a person can sign off",
            )
            .at_line(signer.line)
        });
    of_author.into_iter().chain(of_signers).collect()
}
