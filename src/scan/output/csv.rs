//! CSV (RFC 4180, lines end at `\n`): a header line, then one line a row; an empty cell is one that is not known.

use std::fs::File;
use std::io::{self, BufWriter};

use super::Writer;
use crate::scan::value::{Column, Row, Value};

pub(super) struct Table {
    lines: csv::Writer<BufWriter<File>>,
}

impl Table {
    pub(super) fn new(file: BufWriter<File>, columns: &[Column]) -> io::Result<Self> {
        let mut lines = csv::Writer::from_writer(file);
        lines.write_record(columns.iter().map(|column| &column.name))?;
        Ok(Self { lines })
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        // As JSON writes it, so that the formats agree to the digit.
        Value::Number(value) => serde_json::to_string(value).unwrap_or_default(),
        Value::Text(value) => value.clone(),
    }
}

impl Writer for Table {
    fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        for row in rows {
            self.lines.write_record(row.iter().map(cell))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<File> {
        let buffered = self
            .lines
            .into_inner()
            .map_err(|error| io::Error::other(error.to_string()))?;
        Ok(buffered.into_inner()?)
    }
}
