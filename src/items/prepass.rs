//! Rewrites, in place and with every offset kept, what tree-sitter-c cannot read.
