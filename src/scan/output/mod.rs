//! The file that a scan ends in: written under another name, then renamed, so that it is whole or not there.

mod csv;
mod jsonl;
#[cfg(feature = "parquet")]
mod parquet;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::ScanError;
use super::value::{Column, Row};

/// The form of the file, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Jsonl,
    Csv,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Result<Self, ScanError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("csv") => Ok(Self::Csv),
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(ScanError::Format {
                path: path.to_owned(),
            }),
        }
    }
}

/// Refuses early what could not be written in the end.
pub(super) fn check(path: &Path) -> Result<(), ScanError> {
    Format::of(path).map(|_format| ())
}

/// Something that rows are written to.
trait Writer {
    fn rows(&mut self, rows: &[Row]) -> io::Result<()>;
    /// Writes what is left and closes the file.
    fn finish(self: Box<Self>) -> io::Result<File>;
}

/// A result in the making.
pub(super) struct Output {
    writer: Box<dyn Writer>,
    temporary: PathBuf,
    path: PathBuf,
}

impl Output {
    pub(super) fn create(path: &Path, columns: &[Column]) -> Result<Self, ScanError> {
        let format = Format::of(path)?;
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        let temporary = PathBuf::from(temporary);
        let unwritable = |source| ScanError::Output {
            path: path.to_owned(),
            source,
        };
        let file = File::create(&temporary).map_err(unwritable)?;
        let file = BufWriter::with_capacity(1 << 18, file);
        let writer: Box<dyn Writer> = match format {
            Format::Jsonl => Box::new(jsonl::Lines::new(file, columns)),
            Format::Csv => Box::new(csv::Table::new(file, columns).map_err(unwritable)?),
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(parquet::Groups::new(file, columns).map_err(unwritable)?),
        };
        Ok(Self {
            writer,
            temporary,
            path: path.to_owned(),
        })
    }

    pub(super) fn rows(&mut self, rows: &[Row]) -> Result<(), ScanError> {
        let unwritable = |source| ScanError::Output {
            path: self.path.clone(),
            source,
        };
        self.writer.rows(rows).map_err(unwritable)
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(), ScanError> {
        let finished = self.writer.finish().and_then(|file| file.sync_all());
        let placed = finished.and_then(|()| std::fs::rename(&self.temporary, &self.path));
        placed.map_err(|source| ScanError::Output {
            path: self.path,
            source,
        })
    }
}
