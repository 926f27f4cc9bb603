//! JSON Lines: one object a row, every column in it.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Writer;
use crate::scan::value::{Column, Row, Value};

pub(super) struct Lines {
    file: BufWriter<File>,
    names: Vec<String>,
}

impl Lines {
    pub(super) fn new(file: BufWriter<File>, columns: &[Column]) -> Self {
        Self {
            file,
            names: columns.iter().map(|column| column.name.clone()).collect(),
        }
    }
}

struct Object<'a> {
    names: &'a [String],
    row: &'a Row,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, value) in self.names.iter().zip(self.row) {
            match value {
                Value::Null => map.serialize_entry(name, &())?,
                Value::Bool(value) => map.serialize_entry(name, value)?,
                Value::Integer(value) => map.serialize_entry(name, value)?,
                Value::Number(value) => map.serialize_entry(name, value)?,
                Value::Text(value) => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

impl Writer for Lines {
    fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        for row in rows {
            let names = &self.names;
            serde_json::to_writer(&mut self.file, &Object { names, row })?;
            self.file.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<File> {
        Ok(self.file.into_inner()?)
    }
}
