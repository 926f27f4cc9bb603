//! Which trailers of a message disclose AI use.
//!
//! Reads what the author wrote and nothing else: no style is scored, no use is inferred. The same key may credit a
//! person (`Assisted-by: Kai ...` in curl), so a key that people share counts only where its value names an AI.

use std::sync::LazyLock;

use regex::Regex;

use super::trailers::Trailer;

/// An AI tag that the author wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The key as written.
    pub key: String,
    /// The value, folded lines joined.
    pub value: String,
    /// The line of the message, from 1.
    pub line: u32,
    /// Whether git reads it as a trailer.
    pub in_block: bool,
}

/// Keys that speak of AI whatever their value.
const AI_KEYS: &[&str] = &[
    "AI-used-for",
    "AI-assisted",
    "AI-assisted-by",
    "AI-generated",
    "AI-generated-by",
    "AI-model",
    "AI-tool",
    "Claude-Session",
    "Generated-with",
];

/// Keys that credit people as well: they disclose only where the value names an AI.
const SHARED_KEYS: &[&str] = &[
    "Assisted-by",
    "Generated-by",
    "Co-authored-by",
    "Co-developed-by",
    "Made-with",
    "Made-by",
    "Suggested-by",
    "Written-by",
    "Author",
    "Tool",
];

/// Names of assistants and models, each as a whole word: `Kai` and `Claudette` are people. A person named Claude with an
/// address of their own is one too: see [`names_ai`].
static AI_NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?:^|[^a-z0-9]) (?:
            llm | chat-?gpt | gpt[-:\x20]?[0-9o][a-z0-9.-]* | openai | codex | copilot | (?:claude)(?:[-_\x20]?(?:code|opus|sonnet|haiku))?
            | anthropic | opus | sonnet | haiku | gemini | deepseek | qwen[0-9]* | llama[0-9]* | mistral | codestral
            | devstral | grok | glm-?[0-9][0-9.]* | kimi | minimax | cursor(?:\x20?agent)? | devin | aider | windsurf
            | cline | opencode | amazon\x20q | bard | starcoder | tabnine | codewhisperer | jules | ai
        ) (?:$|[^a-z0-9])",
    )
    .expect("a constant pattern that the tests compile")
});

/// Whether a trailer's value names an AI.
///
/// A value with an address is a person unless the address is one of a vendor or of a bot (`noreply@anthropic.com`): a
/// person may be called Claude.
#[must_use]
pub fn names_ai(value: &str) -> bool {
    let address = value
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address.to_ascii_lowercase());
    match address {
        Some(address) => is_agent_address(&address),
        None => AI_NAMES.is_match(value),
    }
}

/// Whether an address belongs to an assistant rather than to a person.
#[must_use]
pub fn is_agent_address(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    let (user, host) = address.split_once('@').unwrap_or((&address, ""));
    let vendors = [
        "anthropic.com",
        "openai.com",
        "cursor.com",
        "devin.ai",
        "aider.chat",
    ];
    let is_vendor =
        vendors.contains(&host) && matches!(user, "noreply" | "no-reply" | "codex" | "cursoragent");
    let is_bot = user.contains("copilot") && host == "users.noreply.github.com"
        || matches!(user, "copilot@github" | "devin-ai-integration[bot]")
        || user.ends_with("+copilot")
        || user.contains("claude[bot]");
    is_vendor || is_bot || address == "copilot@github.com"
}

/// The disclosures among a message's trailers, in message order.
///
/// `own_key` is the key of the policy, which counts whatever its value unless people share it.
#[must_use]
pub fn among(trailers: &[Trailer], own_key: Option<&str>) -> Vec<Disclosure> {
    let discloses = |trailer: &&Trailer| {
        let shared = SHARED_KEYS.iter().any(|key| trailer.is(key));
        let known = AI_KEYS.iter().any(|key| trailer.is(key))
            || own_key.is_some_and(|key| trailer.is(key) && !shared);
        known || shared && names_ai(&trailer.value)
    };
    let disclosure = |trailer: &Trailer| Disclosure {
        key: trailer.key.clone(),
        value: trailer.value.clone(),
        line: trailer.line,
        in_block: trailer.in_block,
    };
    trailers.iter().filter(discloses).map(disclosure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_seen_in_the_wild_name_an_ai() {
        for value in [
            "Claude Opus 4.6",
            "Opus 4.7",
            "GLM-5.2",
            "Codex:GPT-5",
            "Claude:claude-opus-4-6",
            "LLM coccinelle",
            "GitHub Copilot:claude-opus-4.6",
            "ClaudeCode:claude-opus-4.8",
            "GPT:GPT-5.3-Codex",
            "Claude Sonnet 4.6 <noreply@anthropic.com>",
        ] {
            assert!(names_ai(value), "{value}");
        }
    }

    #[test]
    fn people_are_not_taken_for_an_ai() {
        for value in [
            "Kai Pastor",
            "Claude Warren <claude@example.org>",
            "Jay Satiro",
            "Mistralle Sanders",
            "Gemma Bardot",
            "airtower-luna on github",
        ] {
            assert!(!names_ai(value), "{value}");
        }
    }
}
