//! Sorted lines kept small: of each only what it does not share with the line before (front coding).

/// Distinct lines in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SortedLines {
    /// For each line the number of bytes that it shares with the line before, and the rest of it.
    lines: Box<[u8]>,
}

/// A line shares no more than this with the one before.
const MOST_SHARED: usize = u8::MAX as usize;

impl SortedLines {
    /// Of lines without line ends, sorted.
    pub(super) fn of<'l>(lines: impl IntoIterator<Item = &'l str>) -> Self {
        let mut coded = Vec::new();
        let mut before: &str = "";
        for line in lines {
            let both = line.bytes().zip(before.bytes()).take(MOST_SHARED);
            let shared = both.take_while(|(one, other)| one == other).count();
            coded.push(u8::try_from(shared).unwrap_or(0));
            coded.extend_from_slice(&line.as_bytes()[shared..]);
            coded.push(b'\n');
            before = line;
        }
        Self {
            lines: coded.into(),
        }
    }

    /// The lines of all, sorted, each once.
    pub(super) fn joined(all: &[Self]) -> Self {
        let mut lines: Vec<String> = all.iter().flat_map(Self::iter).collect();
        lines.sort_unstable();
        lines.dedup();
        Self::of(lines.iter().map(String::as_str))
    }

    /// Each line.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let mut line: Vec<u8> = Vec::new();
        let mut rest = &self.lines[..];
        std::iter::from_fn(move || {
            let (shared, behind) = rest.split_first()?;
            let end = memchr::memchr(b'\n', behind).unwrap_or(behind.len());
            line.truncate(usize::from(*shared));
            line.extend_from_slice(&behind[..end]);
            rest = behind.get(end + 1..).unwrap_or_default();
            Some(String::from_utf8_lossy(&line).into_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn come_back_as_they_were() {
        let long = "x".repeat(300);
        let longer = format!("{long}é");
        let all = ["", "a", "ab\tc", "ab\td", "ä", "æ", &long, &longer];
        assert!(SortedLines::of(all).iter().eq(all));
        assert_eq!(SortedLines::of([]).iter().next(), None);
    }

    #[test]
    fn are_joined_each_once() {
        let parts = [
            SortedLines::of(["a", "c"]),
            SortedLines::of(["b", "c", "d"]),
        ];
        assert!(SortedLines::joined(&parts).iter().eq(["a", "b", "c", "d"]));
    }
}
