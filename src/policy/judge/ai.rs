//! The rules about disclosed AI use: whether it is taken at all, how it is disclosed, in what kind of change.

use crate::category::Category;

use super::super::disclosure::{self, Disclosure};
use super::super::file::{Grammar, Standing};
use super::super::rule::Rule;
use super::super::zones::ZoneClass;
use super::{Case, Draft, paths};

pub(super) fn drafts(case: &Case<'_>) -> Vec<Draft> {
    if !case.uses_ai() {
        return vec![no_disclosure()];
    }
    let mut drafts = content(case);
    for disclosure in &case.disclosures {
        drafts.extend(placed(disclosure));
        drafts.extend(keyed(case, disclosure));
        drafts.extend(worded(case, disclosure));
        drafts.extend(ordered(case, disclosure));
    }
    drafts.extend(scope(case));
    drafts.extend(admitted(case));
    drafts.extend(open_questions());
    drafts
}

fn no_disclosure() -> Draft {
    Draft::new(
        Rule::NoDisclosure,
        "no AI use is disclosed; undisclosed use cannot be seen, so this says nothing of it",
        "nothing, if no AI was used; else the policy's disclosure trailer",
    )
}

fn shown(disclosure: &Disclosure) -> String {
    format!("{}: {}", disclosure.key, disclosure.value)
}

fn content(case: &Case<'_>) -> Vec<Draft> {
    let first = case.disclosures.first();
    let draft = Draft::new(
        Rule::AiContent,
        format!("AI use is disclosed, and {}", case.policy.summary),
        "leave the AI-generated content out, or ask the project for an exception",
    );
    vec![match first {
        Some(disclosure) => draft.at_line(disclosure.line).seen(shown(disclosure)),
        None => draft.seen("AI use is presumed, not disclosed"),
    }]
}

fn placed(disclosure: &Disclosure) -> Option<Draft> {
    (!disclosure.in_block).then(|| {
        Draft::new(
            Rule::DisclosureOutsideBlock,
            format!("git does not read {} as a trailer", shown(disclosure)),
            "move it into the last paragraph, next to the sign-offs, with no blank line between",
        )
        .at_line(disclosure.line)
    })
}

fn keyed(case: &Case<'_>, disclosure: &Disclosure) -> Vec<Draft> {
    let form = &case.policy.disclosure;
    let is = |key: &String| disclosure.key.eq_ignore_ascii_case(key);
    let mut drafts = Vec::new();
    if form.forbidden_keys.iter().any(is) {
        let expected = form.key.as_deref().unwrap_or("the project's own trailer");
        drafts.push(
            Draft::new(
                Rule::ForbiddenTrailer,
                format!("{} does not credit an AI here", disclosure.key),
                format!("say it with {expected}"),
            )
            .at_line(disclosure.line)
            .seen(shown(disclosure)),
        );
    } else if let Some(key) = form.key.as_ref().filter(|key| !is(key)) {
        drafts.push(
            Draft::new(
                Rule::DisclosureKey,
                format!("AI use is disclosed as {}, not as {key}", disclosure.key),
                format!("write {key}: ... instead"),
            )
            .at_line(disclosure.line)
            .seen(shown(disclosure)),
        );
    }
    drafts
}

/// The value against the grammar, the words and what it may not name; only under the policy's own key.
fn worded(case: &Case<'_>, disclosure: &Disclosure) -> Vec<Draft> {
    let form = &case.policy.disclosure;
    if !form
        .key
        .as_ref()
        .is_some_and(|key| disclosure.key.eq_ignore_ascii_case(key))
    {
        return Vec::new();
    }
    let mut drafts: Vec<_> = grammar(case, disclosure).into_iter().collect();
    let known: Vec<_> = form.words.keys().map(String::as_str).collect();
    for (word, _) in words(case, disclosure) {
        if !known.is_empty() && !known.contains(&word.as_str()) {
            drafts.push(
                Draft::new(
                    Rule::DisclosureGrammar,
                    format!("\"{word}\" is not one of the words {}", known.join(", ")),
                    "use the policy's words; say more in the message",
                )
                .at_line(disclosure.line)
                .seen(shown(disclosure)),
            );
        }
    }
    let names = disclosure.value.contains('@') || disclosure::names_ai(&disclosure.value);
    if form.scope_only && names {
        drafts.push(
            Draft::new(
                Rule::DisclosureNames,
                format!("{} names a tool, a model or an address", shown(disclosure)),
                "say what AI was used for, not which AI",
            )
            .at_line(disclosure.line),
        );
    }
    drafts
}

fn grammar(case: &Case<'_>, disclosure: &Disclosure) -> Option<Draft> {
    let forms = &case.policy.disclosure.grammar;
    if forms.is_empty() {
        return None;
    }
    let date = crate::policy::date(&case.evidence.change.author);
    let expected = || {
        let current = forms
            .iter()
            .filter(|form| form.documented && is_current(form, &date));
        current
            .map(|form| form.name.as_str())
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let matching: Vec<_> = forms
        .iter()
        .filter(|form| form.pattern.is_match(&disclosure.value))
        .collect();
    let why = match matching.as_slice() {
        [] => "follows no form that the policy knows".to_owned(),
        found
            if found
                .iter()
                .any(|form| form.documented && is_current(form, &date)) =>
        {
            return None;
        }
        [form, ..] if !form.documented => {
            format!("is seen in use as {}, not documented", form.name)
        }
        [form, ..] => format!(
            "is {}, which was not the documented form on {date}",
            form.name
        ),
    };
    Some(
        Draft::new(
            Rule::DisclosureGrammar,
            format!("{} {why}", shown(disclosure)),
            format!("write {}: {}", disclosure.key, expected()),
        )
        .at_line(disclosure.line),
    )
}

fn is_current(form: &Grammar, date: &str) -> bool {
    let begun = form.from.as_deref().is_none_or(|from| from <= date);
    let over = form.until.as_deref().is_some_and(|until| until <= date);
    begun && !over
}

/// The items of a value: each word, without its qualifier, and the qualifier.
fn words(case: &Case<'_>, disclosure: &Disclosure) -> Vec<(String, Option<String>)> {
    let Some(separator) = &case.policy.disclosure.separator else {
        return Vec::new();
    };
    let item = |item: &str| {
        let (word, rest) = item.split_once('(').unwrap_or((item, ""));
        let qualifier = rest
            .split_once(')')
            .map(|(inside, _)| inside.trim().to_owned());
        (word.trim().to_ascii_lowercase(), qualifier)
    };
    disclosure
        .value
        .split(separator.as_str())
        .map(item)
        .collect()
}

fn ordered(case: &Case<'_>, disclosure: &Disclosure) -> Option<Draft> {
    let before = &case.policy.disclosure.before;
    let earlier = case
        .trailers
        .iter()
        .find(|trailer| trailer.in_block && before.iter().any(|key| trailer.is(key)))?;
    (disclosure.in_block && disclosure.line > earlier.line).then(|| {
        Draft::new(
            Rule::DisclosureOrder,
            format!("{} stands behind {}", disclosure.key, earlier.key),
            format!("put it before {}", earlier.key),
        )
        .at_line(disclosure.line)
    })
}

/// Whether the words of all disclosures together cover the zones that the change touches.
fn scope(case: &Case<'_>) -> Vec<Draft> {
    let form = &case.policy.disclosure;
    let own = |disclosure: &&Disclosure| {
        form.key
            .as_ref()
            .is_some_and(|key| disclosure.key.eq_ignore_ascii_case(key))
    };
    let said: Vec<_> = case
        .disclosures
        .iter()
        .filter(own)
        .flat_map(|disclosure| words(case, disclosure))
        .map(|(word, _)| word)
        .collect();
    // An unknown word may mean anything; it is reported as such and claims no scope.
    if said.is_empty() || said.iter().any(|word| !form.words.contains_key(word)) {
        return Vec::new();
    }
    let covers = |class: ZoneClass| said.iter().any(|word| form.words[word].contains(&class));
    // "tests" of a change that touches tests and code says that the code is a person's, so only a wrong claim is found:
    // a word that covers nothing of what is touched.
    let touched: Vec<_> = case
        .files()
        .iter()
        .flat_map(paths)
        .filter_map(|path| case.policy.zone_of(path))
        .map(|zone| zone.class)
        .collect();
    let claims_content = said.iter().any(|word| !form.words[word].is_empty());
    if !claims_content || touched.is_empty() || touched.iter().any(|class| covers(*class)) {
        return Vec::new();
    }
    vec![Draft::new(
        Rule::DisclosureScope,
        format!(
            "the disclosure says {}, and the change touches none of it",
            said.join(", ")
        ),
        "name what AI was used for in this change",
    )]
}

fn admitted(case: &Case<'_>) -> Vec<Draft> {
    let admission = &case.policy.admission;
    let category = case.category();
    let mut drafts = Vec::new();
    if let Some(categories) = &admission.categories
        && !categories.contains(&category)
    {
        drafts.push(not_admitted(case, categories));
    }
    let fixes = &admission.fix_trailers;
    if category == Category::SmallFix && !fixes.is_empty() && !case.has_any_trailer(fixes) {
        drafts.push(Draft::new(
            Rule::FixReference,
            format!("a small fix without {}", fixes.join(", ")),
            "name the commit or report that it fixes",
        ));
    }
    if category == Category::Mechanical && !declares_script(&case.evidence.change.message) {
        drafts.push(Draft::new(
            Rule::ScriptUndeclared,
            "a mechanical change, and the message names no script or semantic patch",
            "put the command or the semantic patch into the message",
        ));
    }
    drafts
}

fn not_admitted(case: &Case<'_>, categories: &[Category]) -> Draft {
    let names: Vec<_> = categories.iter().map(|category| category.name()).collect();
    let verb = match case.policy.standing {
        Standing::Proposed => "would take",
        Standing::InForce | Standing::Advice => "takes",
    };
    let draft = Draft::new(
        Rule::CategoryNotAdmitted,
        format!(
            "the change is {}; the policy {verb} AI content in {}",
            case.category().name(),
            names.join(", ")
        ),
        "split it, make it smaller, or have it written by a person",
    );
    case.classification
        .evidence
        .iter()
        .fold(draft, |draft, why| draft.seen(why.as_str()))
}

/// Whether the message shows how a tool made the change. It is evidence only: no category depends on it.
fn declares_script(message: &str) -> bool {
    let lower = message.to_ascii_lowercase();
    [
        "spatch",
        "coccinelle",
        "semantic patch",
        "sed -",
        "perl -",
        ".cocci",
        "clang-format",
        "find . ",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || message.lines().any(|line| line.trim() == "@@")
}

fn open_questions() -> Vec<Draft> {
    [
        (Rule::HumanUnderstanding, "ask the submitter"),
        (
            Rule::HumanRights,
            "the sign-off is the submitter's word for it; the terms of the tool are theirs to know",
        ),
        (Rule::HumanMessage, "ask the submitter"),
        (Rule::HumanAgreement, "look into the thread"),
    ]
    .into_iter()
    .map(|(rule, remedy)| Draft::new(rule, rule.help(), remedy))
    .collect()
}
