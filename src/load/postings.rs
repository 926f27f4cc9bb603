//! Names turned round: for each name where it stands, and what may be done with it there; as flat bytes.
//!
//! Little-endian: the count of names; the names, sorted, each once, as names that are only used; where the places of each
//! name start, one more than names; the places: the position times the number of kinds of marks, plus the kind of the name's
//! mark there. Reading never fails: what is out of bounds reads as empty.

use crate::graph::names::NameMark;
use crate::text::offset;

const NUMBER: usize = 4;

/// A place and a name that stands there; in the order of these numbers names come together, their places in order.
pub(super) fn entry(position: u32, mark: NameMark) -> u64 {
    let name = u64::from(mark.as_used().number()) << 32;
    let place = position.saturating_mul(NameMark::KINDS) | mark.kind();
    name | u64::from(place)
}

/// The bytes of sorted entries.
pub(super) fn bytes(entries: &[u64]) -> Vec<u8> {
    let (mut names, mut starts) = (Vec::new(), Vec::new());
    let mut places = Vec::with_capacity(entries.len() * NUMBER);
    let mut last = None;
    for (at, entry) in entries.iter().enumerate() {
        let [place @ .., a, b, c, d] = entry.to_le_bytes();
        if last != Some([a, b, c, d]) {
            last = Some([a, b, c, d]);
            names.extend_from_slice(&[a, b, c, d]);
            starts.extend_from_slice(&offset(at).to_le_bytes());
        }
        places.extend_from_slice(&place);
    }
    starts.extend_from_slice(&offset(entries.len()).to_le_bytes());
    let count = offset(names.len() / NUMBER).to_le_bytes();
    [&count[..], &names, &starts, &places].concat()
}

/// The places of a name, each with the name's mark there, in order.
pub(super) fn places(bytes: &[u8], name: NameMark) -> impl Iterator<Item = (u32, NameMark)> + '_ {
    // A damaged count cannot come out of the cache; a wrong one finds nothing.
    let count = (number(bytes, 0) as usize).min(bytes.len() / (2 * NUMBER));
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if number(bytes, 1 + middle) < name.number() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let is_there = low < count && number(bytes, 1 + low) == name.number();
    let starts = 1 + count;
    let run = match is_there {
        true => number(bytes, starts + low)..number(bytes, starts + low + 1),
        false => 0..0,
    };
    let first = starts + count + 1;
    run.map(move |at| {
        let place = number(bytes, first + at as usize);
        let mark = name.of_kind(place % NameMark::KINDS);
        (place / NameMark::KINDS, mark)
    })
}

/// The number at a position.
fn number(bytes: &[u8], at: usize) -> u32 {
    let slice = bytes.get(at * NUMBER..(at + 1) * NUMBER);
    let slice = slice.and_then(|slice| slice.try_into().ok());
    slice.map_or(0, u32::from_le_bytes)
}
