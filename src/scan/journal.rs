//! The rows of a scan that is not finished, on disk: batches one after the other, each checked, in the order of the scan.
//!
//! A process that is killed leaves whole batches and perhaps part of one; opening the journal again cuts that part off.
//! Layout, little-endian: a magic, the fingerprint of the scan (16 bytes); then for each batch its length (u32), the
//! xxh3-64 of its bytes seeded with its number, and the rows as postcard writes them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::value::Row;

const MAGIC: [u8; 16] = *b"backout scan 1\n\0";
const HEADER: u64 = 32;
/// No batch comes near; a damaged length must not fill the memory.
const BATCH_LIMIT: u32 = 256 << 20;

/// A journal that is open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    batches: usize,
}

/// What a journal on disk is to a scan.
#[derive(Debug)]
pub(super) enum Found {
    /// There is none, or it was never written to.
    Nothing,
    /// It belongs to this scan.
    Same(Journal),
    /// It belongs to another scan: other commits, columns or settings.
    Other,
}

impl Journal {
    /// The journal of the scan that writes to `out`.
    pub(super) fn beside(out: &Path) -> PathBuf {
        let mut name = out.as_os_str().to_owned();
        name.push(".journal");
        name.into()
    }

    /// Starts a new one, whatever was there.
    pub(super) fn create(path: &Path, fingerprint: u128) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        file.write_all(&[&MAGIC[..], &fingerprint.to_le_bytes()].concat())?;
        Ok(Self {
            path: path.to_owned(),
            file,
            batches: 0,
        })
    }

    /// Opens one that an interrupted scan left behind, cut to its whole batches.
    pub(super) fn open(path: &Path, fingerprint: u128) -> io::Result<Found> {
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        let mut header = [0; HEADER as usize];
        if file.read_exact(&mut header).is_err() {
            return Ok(Found::Nothing);
        }
        if header[..] != [&MAGIC[..], &fingerprint.to_le_bytes()].concat() {
            return Ok(Found::Other);
        }
        let mut reader = BufReader::new(&file);
        let (mut batches, mut end) = (0, HEADER);
        while let Some(payload) = next_batch(&mut reader, batches) {
            end += 12 + payload.len() as u64;
            batches += 1;
        }
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(Found::Same(Self {
            path: path.to_owned(),
            file,
            batches,
        }))
    }

    /// How many batches it holds.
    pub(super) fn batches(&self) -> usize {
        self.batches
    }

    /// Appends a batch in one write.
    pub(super) fn append(&mut self, rows: &[Row]) -> io::Result<()> {
        let payload = postcard::to_stdvec(rows).map_err(io::Error::other)?;
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&xxh3_64_with_seed(&payload, self.batches as u64).to_le_bytes());
        bytes.extend_from_slice(&payload);
        self.file.write_all(&bytes)?;
        self.batches += 1;
        Ok(())
    }

    /// Hands every row to `emit`, in order.
    pub(super) fn rows<E: From<io::Error>>(
        &mut self,
        mut emit: impl FnMut(&[Row]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.file.seek(SeekFrom::Start(HEADER))?;
        let mut reader = BufReader::new(&self.file);
        for batch in 0..self.batches {
            let rows = next_batch(&mut reader, batch)
                .and_then(|bytes| postcard::from_bytes::<Vec<Row>>(&bytes).ok());
            let Some(rows) = rows else {
                return Err(io::Error::other("the journal was changed while the scan ran").into());
            };
            emit(&rows)?;
        }
        Ok(())
    }

    /// Removes it: the result is written.
    pub(super) fn remove(self) -> io::Result<()> {
        std::fs::remove_file(self.path)
    }
}

/// The bytes of the next batch; `None` at the end and where a batch is not whole.
fn next_batch(reader: &mut impl Read, number: usize) -> Option<Vec<u8>> {
    let mut head = [0; 12];
    reader.read_exact(&mut head).ok()?;
    let (length, sum) = head.split_at(4);
    let length = u32::from_le_bytes(length.try_into().ok()?);
    if length > BATCH_LIMIT {
        return None;
    }
    let mut payload = Vec::new();
    reader.take(length.into()).read_to_end(&mut payload).ok()?;
    let is_whole = payload.len() == length as usize
        && xxh3_64_with_seed(&payload, number as u64).to_le_bytes() == sum;
    is_whole.then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;

    fn row(number: i64) -> Row {
        vec![Value::Integer(number), Value::Null]
    }

    #[test]
    fn a_journal_that_was_cut_anywhere_keeps_its_whole_batches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.journal");
        let mut journal = Journal::create(&path, 7).unwrap();
        for number in 0..4 {
            journal.append(&[row(number)]).unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        for length in (0..bytes.len()).rev() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let whole = match Journal::open(&path, 7).unwrap() {
                Found::Same(mut journal) => {
                    let mut rows = Vec::new();
                    let done: io::Result<()> = journal.rows(|batch| {
                        rows.extend_from_slice(batch);
                        Ok(())
                    });
                    done.unwrap();
                    rows
                }
                Found::Nothing => Vec::new(),
                Found::Other => panic!("its own journal"),
            };
            assert!(whole.len() < 4);
            assert_eq!(whole, (0..).map(row).take(whole.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_journal_of_another_scan_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.journal");
        Journal::create(&path, 7).unwrap();
        assert!(matches!(Journal::open(&path, 8).unwrap(), Found::Other));
    }
}
