//! The columns of a row: their names, meanings and where their cells come from. The one place that lists them.
//!
//! Those in common with `check --format json` hold the same values. The file is long because it is a table.

use crate::analyze::Analysis;
use crate::change::{Change, Person};
use crate::features::Features;
use crate::report::Assessment;
use crate::report::plan::PlanAnswer;
use crate::score::fit::Observation;

use super::value::{Column, Kind, Row, Value};

/// Where a commit stands in the scan.
pub(super) struct Place {
    /// From 0, over all commits of the scan, other shards' too.
    pub(super) position: usize,
    pub(super) commit: String,
    /// Where it landed, and when.
    pub(super) landed: Option<(String, i64)>,
    /// Why there is no analysis.
    pub(super) error: Option<String>,
}

/// What was found out about a commit by itself.
pub(super) struct Found {
    pub(super) change: Change,
    pub(super) analysis: Analysis,
}

struct Definition<T> {
    name: &'static str,
    kind: Kind,
    about: &'static str,
    value: fn(&T) -> Value,
}

impl<T> Definition<T> {
    fn column(&self, suffix: &str) -> Column {
        Column {
            name: format!("{}{suffix}", self.name),
            kind: self.kind,
            about: self.about,
        }
    }
}

/// A row of the tables below.
macro_rules! column {
    ($name:literal $kind:ident $about:literal, $value:expr) => {
        Definition {
            name: $name,
            kind: Kind::$kind,
            about: $about,
            value: $value,
        }
    };
}

const PLACE: &[Definition<Place>] = &[
    column!("position" Integer "Where the commit stands in the scan, from 0, shards left aside.", |at| at.position.into()),
    column!("commit" Text "The commit's id.", |at| at.commit[..].into()),
    column!("landed" Text "The oldest commit of HEAD's first-parent history that contains it.", |at| {
        at.landed.as_ref().map(|(id, _)| id[..].to_owned()).into()
    }),
    column!("landed_date" Text "The committer date of that commit, RFC 3339 in UTC: day 0 of every horizon.", |at| {
        at.landed.as_ref().map(|(_, date)| utc(*date)).into()
    }),
    column!("error" Text "Why the commit could not be analysed; the columns below are then empty.", |at| at.error.clone().into()),
];

const ANALYSIS: &[Definition<Found>] = &[
    column!("parent" Text "Its parent; none for a root commit.", |found| {
        found.change.parents.first().map(ToString::to_string).into()
    }),
    column!("subject" Text "The first paragraph of its message.", |found| report(found).subject[..].into()),
    column!("author_date" Text "When it was written, RFC 3339 in the author's own offset.", |found| {
        report(found).author_date[..].into()
    }),
    column!("commit_date" Text "When it was committed, RFC 3339 in UTC.", |found| utc(found.change.committer.seconds).into()),
    column!("author_domain" Text "What follows the @ of the author's address, lower case; the address itself is not kept.", |found| {
        domain(&found.change.author).into()
    }),
    column!("committer_domain" Text "The same of the committer.", |found| domain(&found.change.committer).into()),
    column!("files" Integer "Files touched, of every kind.", |found| report(found).files.len().into()),
    column!("files_added" Integer "Those that are new.", |found| files(found, "added")),
    column!("files_deleted" Integer "Those that are gone.", |found| files(found, "deleted")),
    column!("files_renamed" Integer "Those with a new path.", |found| files(found, "renamed")),
    column!("added" Integer "Lines added in all files.", |found| {
        report(found).files.iter().map(|file| file.added).sum::<u32>().into()
    }),
    column!("deleted" Integer "Lines deleted in all files.", |found| {
        report(found).files.iter().map(|file| file.deleted).sum::<u32>().into()
    }),
    column!("category" Text "`category.name` of check.", |found| report(found).category.name.into()),
    column!("symbols" Integer "Symbols changed: the rows of `symbols` of check; the next columns count them by `change`.", |found| {
        report(found).symbols.len().into()
    }),
    column!("symbols_added" Integer "Not there before.", |found| symbols(found, "added")),
    column!("symbols_removed" Integer "Not there any more.", |found| symbols(found, "removed")),
    column!("symbols_renamed" Integer "Under another name.", |found| symbols(found, "renamed")),
    column!("symbols_moved" Integer "In another file.", |found| symbols(found, "moved")),
    column!("symbols_signature" Integer "Parameters, result or declared type changed.", |found| symbols(found, "signature")),
    column!("symbols_layout" Integer "Members of a struct or union changed.", |found| symbols(found, "layout")),
    column!("symbols_linkage" Integer "Became static, or ceased to be.", |found| symbols(found, "linkage")),
    column!("symbols_value" Integer "A replacement list, an enumerator's value or an initializer changed.", |found| symbols(found, "value")),
    column!("symbols_body" Integer "A function's statements changed.", |found| symbols(found, "body")),
    column!("symbols_attributes" Integer "`inline`, `__attribute__` and their kin changed.", |found| symbols(found, "attributes")),
    column!("symbols_declaration" Integer "Only what announces it changed.", |found| symbols(found, "declaration")),
    column!("symbols_with_struct" Integer "Came, went or moved with its struct.", |found| symbols(found, "with-struct")),
    column!("symbols_follows" Integer "Only follows a new name.", |found| symbols(found, "follows")),
    column!("symbols_reordered" Integer "Stands elsewhere in its file.", |found| symbols(found, "reordered")),
    column!("symbols_comment_only" Integer "Comments inside it changed.", |found| symbols(found, "comment-only")),
    column!("symbols_whitespace_only" Integer "White space inside it changed.", |found| symbols(found, "whitespace-only")),
    column!("surface" Integer "What it newly offers for others to depend on: the rows of `surface` of check.", |found| {
        report(found).surface.len().into()
    }),
    column!("surface_irreversible" Integer "Those that outlive a revert.", |found| {
        report(found).surface.iter().filter(|row| row.irreversible).count().into()
    }),
    column!("impact_starting" Integer "`impact.starting` of check: the changed symbols that the tree has.", |found| {
        report(found).impact.starting.into()
    }),
    column!("impact_direct" Integer "`impact.direct`: symbols that use a changed one.", |found| report(found).impact.direct.into()),
    column!("impact_estimated" Integer "`impact.estimated`: symbols that reach a changed one within distance 3.", |found| {
        report(found).impact.estimated.into()
    }),
    column!("impact_weighted" Number "`impact.weighted`: the same, each weighed by distance and kind of use.", |found| {
        report(found).impact.weighted.into()
    }),
    column!("impact_files" Integer "`impact.files`: the files that hold one.", |found| report(found).impact.files.into()),
    column!("disclosed" Bool "Whether its author disclosed AI use.", |found| (!found.analysis.report.disclosure.is_empty()).into()),
    column!("disclosure_tags" Text "The AI tags as written, joined by `; `; none where there is none.", |found| tags(found).into()),
    column!("feature_lines_added" Integer "Lines added in C files. The features are what the score is computed from.", |found| found.analysis.features.lines_added.into()),
    column!("feature_lines_deleted" Integer "Lines deleted in C files.", |found| found.analysis.features.lines_deleted.into()),
    column!("feature_hunks" Integer "Hunks without context in C files.", |found| found.analysis.features.hunks.into()),
    column!("feature_largest_hunk" Integer "Lines of the largest of them.", |found| found.analysis.features.largest_hunk.into()),
    column!("feature_files" Integer "C files touched.", |found| found.analysis.features.files.into()),
    column!("feature_headers" Integer "Headers among them.", |found| found.analysis.features.headers.into()),
    column!("feature_functions" Integer "Functions added, removed or edited.", |found| found.analysis.features.functions.into()),
    column!("feature_surface" Integer "As `surface`.", |found| found.analysis.features.surface.into()),
    column!("feature_interfaces" Integer "Functions with a new signature, types with a new layout.", |found| found.analysis.features.interfaces.into()),
    column!("feature_impact" Integer "As `impact_estimated`.", |found| found.analysis.features.impact.into()),
    column!("feature_busiest_file_commits" Integer "Commits of the 30 days before that touched the busiest of its C files.", |found| found.analysis.features.busiest_file_commits.into()),
    column!("feature_file_commits" Integer "The same, summed over its C files.", |found| found.analysis.features.file_commits.into()),
    column!("score" Number "`score.value` of check: 100 x the probability.", |found| report(found).score.value.into()),
    column!("probability" Number "`score.probability`: that it still comes out after the model's horizon.", |found| report(found).score.probability.into()),
    column!("band_low" Number "The lower end of `score.band`.", |found| report(found).score.band[0].into()),
    column!("band_high" Number "The upper end of `score.band`.", |found| report(found).score.band[1].into()),
    column!("free_of_series" Bool "`score.free_of_series`: whether it comes out of the series that it landed in.", |found| {
        report(found).score.free_of_series.into()
    }),
    column!("with_series" Number "`score.with_series`.", |found| report(found).score.with_series.into()),
    column!("model" Text "`score.model`.", |found| report(found).score.model[..].into()),
    column!("policy" Text "`policy.profile` of check.", |found| found.analysis.report.policy.profile[..].into()),
    column!("verdict" Text "`policy.verdict` of check: pass, warn or fail.", |found| found.analysis.report.policy.verdict.to_string().into()),
    column!("notes" Text "What makes the row weaker, one a line; none where nothing does.", |found| {
        let notes = &found.analysis.report.notes;
        (!notes.is_empty()).then(|| notes.join("\n")).into()
    }),
];

const OUTCOME: &[Definition<PlanAnswer>] = &[
    column!("target" Text "The commit at which it was backed out: the last of the mainline by that day. Empty, with the columns of its horizon, before that day.", |plan| plan.at[..].into()),
    column!("outcome" Text "`outcome` of plan at that commit.", |plan| plan.outcome.into()),
    column!("git_clean" Bool "`git_clean` of plan.", |plan| plan.git_clean.into()),
    column!("conflicts" Integer "Paths that git cannot merge.", |plan| plan.conflicts.len().into()),
    column!("build_conflicts" Integer "Places that would no longer compile; empty at depth text and where git conflicts.", |plan| {
        (plan.depth != "text" && plan.git_clean).then_some(plan.build_conflicts.len()).into()
    }),
    column!("cascade" Integer "Later commits that have to go along; empty below depth cascade and where a stated limit was met.", |plan| {
        plan.cascade.as_ref().map(Vec::len).into()
    }),
];

/// The columns of a scan; `horizons` are the suffixes of its horizons, such as `365d`.
#[must_use]
pub fn all(horizons: &[String]) -> Vec<Column> {
    let place = PLACE.iter().map(|column| column.column(""));
    let analysis = ANALYSIS.iter().map(|column| column.column(""));
    let outcomes = horizons.iter().flat_map(|horizon| {
        let suffix = format!("_{horizon}");
        OUTCOME.iter().map(move |column| column.column(&suffix))
    });
    place.chain(analysis).chain(outcomes).collect()
}

pub(super) fn place(place: &Place) -> Row {
    PLACE.iter().map(|column| (column.value)(place)).collect()
}

pub(super) fn analysis(found: &Found) -> Row {
    ANALYSIS
        .iter()
        .map(|column| (column.value)(found))
        .collect()
}

/// Whether a row carries a reason instead of an analysis.
pub(super) fn has_failed(row: &Row) -> bool {
    at(PLACE, "error")
        .and_then(|at| row.get(at))
        .is_some_and(|cell| *cell != Value::Null)
}

/// What a row with one horizon knows of a change and of how its back-out ended; `None` where it does not know, or where
/// no C was touched.
pub(super) fn observation(row: &Row) -> Option<Observation> {
    let (place, rest) = row.split_at_checked(PLACE.len())?;
    let (analysis, outcome) = rest.split_at_checked(ANALYSIS.len())?;
    let feature = |name: &str| {
        let at = ANALYSIS
            .iter()
            .position(|column| column.name.strip_prefix("feature_") == Some(name));
        match at.and_then(|at| analysis.get(at)) {
            Some(Value::Integer(value)) => u32::try_from(*value).unwrap_or(u32::MAX),
            _ => 0,
        }
    };
    let features = Features::from_values(feature);
    let Value::Text(ended) = outcome.get(at(OUTCOME, "outcome")?)? else {
        return None;
    };
    let Value::Text(landed) = place.get(at(PLACE, "landed_date")?)? else {
        return None;
    };
    let landed: jiff::Timestamp = landed.parse().ok()?;
    (features.files > 0).then_some(Observation {
        features,
        landed: landed.as_second(),
        clean: matches!(&ended[..], "absent" | "clean"),
    })
}

fn at<T>(table: &[Definition<T>], name: &str) -> Option<usize> {
    table.iter().position(|column| column.name == name)
}

/// The cells of a commit that could not be analysed.
pub(super) fn no_analysis() -> Row {
    vec![Value::Null; ANALYSIS.len()]
}

pub(super) fn outcome(plan: &PlanAnswer) -> Row {
    OUTCOME.iter().map(|column| (column.value)(plan)).collect()
}

/// The cells of a horizon that is not reached yet.
pub(super) fn no_outcome() -> Row {
    vec![Value::Null; OUTCOME.len()]
}

fn report(found: &Found) -> &Assessment {
    &found.analysis.report.assessment
}

fn files(found: &Found, status: &str) -> Value {
    let files = report(found).files.iter();
    files.filter(|file| file.status == status).count().into()
}

fn symbols(found: &Found, change: &str) -> Value {
    let symbols = report(found).symbols.iter();
    symbols.filter(|row| row.change == change).count().into()
}

fn tags(found: &Found) -> Option<String> {
    let tags = found.analysis.report.disclosure.iter();
    let tags: Vec<_> = tags
        .map(|tag| format!("{}: {}", tag.tag, tag.value))
        .collect();
    (!tags.is_empty()).then(|| tags.join("; "))
}

fn domain(person: &Person) -> Option<String> {
    let (_, domain) = person.email.rsplit_once('@')?;
    Some(domain.to_lowercase())
}

/// RFC 3339 in UTC; the epoch for a date that no calendar has.
fn utc(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds);
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
