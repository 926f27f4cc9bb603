//! C tokens out of bytes: enough to split, to compare and to find identifiers; no keywords, no numbers' values.
