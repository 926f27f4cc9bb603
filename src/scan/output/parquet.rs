//! Parquet: every column optional, Snappy, row groups of a fixed number of rows, so that the same rows are the same bytes.

use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::Writer;
use crate::scan::value::{Column, Kind, Row, Value};

/// Rows of a group: about 4 MB in memory.
const GROUP: usize = 4096;

pub(super) struct Groups {
    file: SerializedFileWriter<BufWriter<File>>,
    kinds: Vec<Kind>,
    waiting: Vec<Row>,
}

impl Groups {
    pub(super) fn new(file: BufWriter<File>, columns: &[Column]) -> io::Result<Self> {
        let fields = columns.iter().map(field).collect::<Result<_, _>>();
        let fields = fields.map_err(io::Error::other)?;
        let schema = Type::group_type_builder("row").with_fields(fields).build();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("backout ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let schema = Arc::new(schema.map_err(io::Error::other)?);
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties));
        Ok(Self {
            file: file.map_err(io::Error::other)?,
            kinds: columns.iter().map(|column| column.kind).collect(),
            waiting: Vec::new(),
        })
    }

    fn write_group(&mut self, rows: &[Row]) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for (at, kind) in self.kinds.iter().enumerate() {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            let cells = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
            match kind {
                Kind::Bool => write::<BoolType>(&mut column, cells, |value| match value {
                    Value::Bool(value) => Some(*value),
                    _ => None,
                })?,
                Kind::Integer => write::<Int64Type>(&mut column, cells, |value| match value {
                    Value::Integer(value) => Some(*value),
                    _ => None,
                })?,
                Kind::Number => write::<DoubleType>(&mut column, cells, |value| match value {
                    Value::Number(value) => Some(*value),
                    _ => None,
                })?,
                Kind::Text => write::<ByteArrayType>(&mut column, cells, |value| match value {
                    Value::Text(value) => Some(ByteArray::from(&value[..])),
                    _ => None,
                })?,
            }
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}

fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Bool => (Physical::BOOLEAN, None),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    Ok(Arc::new(field.build()?))
}

/// Writes one column of a group: the values that are there, and for each row whether there is one.
fn write<'v, T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'v Value>,
    known: impl Fn(&Value) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let cells: Vec<Option<T::T>> = cells.map(known).collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None)?;
    Ok(())
}

impl Writer for Groups {
    fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        for row in rows {
            self.waiting.push(row.clone());
            if self.waiting.len() == GROUP {
                let full = std::mem::take(&mut self.waiting);
                self.write_group(&full).map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<File> {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            self.write_group(&rest).map_err(io::Error::other)?;
        }
        let file = self.file.into_inner().map_err(io::Error::other)?;
        Ok(file.into_inner()?)
    }
}
