//! A file of people as lines of an import: CSV from a spreadsheet, JSON from a program. Read as a stream, line by line; the
//! rules are the use case's (`rolecall_domain::use_cases::import`).

mod cells;
pub(crate) mod json;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, BufReader, Read};

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use rolecall_domain::{
    ports::{StoreError, Tx},
    use_cases::{
        Act,
        import::{Import, ImportError, ImportReport, ImportRow},
    },
};

use cells::Column;

/// The largest file over HTTP; the command line has no limit.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The line of column names has to end within so many bytes.
const HEAD: usize = 64 * 1024;

/// In which form the people are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A line of column names, and a line for each person; commas, semicolons or tabs between.
    Csv,
    /// `{"people": [{"user_name": …}, …]}`
    Json,
}

impl Format {
    /// By the ending of a file's name, `csv` or `json`.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// By a `Content-Type` without its parameters.
    pub(crate) fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type.trim().to_ascii_lowercase().as_str() {
            "text/csv" => Some(Self::Csv),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::of_extension(text).ok_or_else(|| format!("`{text}` is not a format; use one of: csv, json"))
    }
}

/// Why nobody was brought in.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// Lines of it, or the store.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// It is not what it says it is.
    #[error("{0}")]
    File(String),
    /// It cannot be read to its end.
    #[error("the file broke off: {0}")]
    Read(#[from] io::Error),
}

impl From<StoreError> for ImportFailure {
    fn from(error: StoreError) -> Self {
        Self::Import(error.into())
    }
}

/// Where lines go.
type Take<'t> = dyn FnMut(u64, Result<ImportRow, String>) -> Result<(), StoreError> + 't;

/// Brings in everybody of a file, in one unit of work.
pub fn run(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    format: Format,
    file: &mut dyn Read,
) -> Result<ImportReport, ImportFailure> {
    let mut import = Import::begin(tx, act)?;
    let mut take = |line, row| import.take(tx, act, line, row);
    match format {
        Format::Csv => read_csv(file, &mut take)?,
        Format::Json => json::read(file, &mut take)?,
    }
    Ok(import.finish(tx, act)?)
}

fn read_csv(file: &mut dyn Read, take: &mut Take<'_>) -> Result<(), ImportFailure> {
    let mut file = BufReader::with_capacity(HEAD, file);
    // Spreadsheets begin their UTF-8 so.
    if file.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        file.consume(3);
    }
    let delimiter = delimiter(file.fill_buf()?);
    // A last line that does not end would be counted otherwise than the others.
    let file = WithoutReturns(file).chain(&b"\n"[..]);
    let mut lines = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(file);
    let columns = Column::all(lines.headers().map_err(head)?).map_err(ImportFailure::File)?;
    let mut record = StringRecord::new();
    loop {
        let read = lines.read_record(&mut record);
        // Counted from the end, since blank lines before it are passed over.
        let last = lines.position().line() - 1;
        match read {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
                take(last - inside as u64, cells::row(&columns, &record))?;
            }
            Err(error) => take(last, Err(told(error)?))?,
        }
    }
}

/// Lines that end with CR LF as lines that end with LF: the reader counts the others wrongly.
struct WithoutReturns<R>(R);

impl<R: Read> Read for WithoutReturns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            let mut kept = 0;
            for place in 0..read {
                if buffer[place] != b'\r' {
                    buffer[kept] = buffer[place];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

/// What stands between the columns, by the line of their names, in which nothing else of the kind can be.
fn delimiter(beginning: &[u8]) -> u8 {
    let head = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| head.iter().filter(|byte| **byte == delimiter).count();
    let of_most = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter));
    of_most.unwrap_or(b',')
}

fn head(error: csv::Error) -> ImportFailure {
    match told(error) {
        Ok(detail) => ImportFailure::File(format!("the line of column names: {detail}")),
        Err(error) => error.into(),
    }
}

/// What is wrong with a line, or why nothing can be read.
fn told(error: csv::Error) -> Result<String, io::Error> {
    match error.into_kind() {
        ErrorKind::Io(error) => Err(error),
        ErrorKind::Utf8 { .. } => Ok("is not UTF-8; save the file as \"CSV UTF-8\"".into()),
        ErrorKind::UnequalLengths { expected_len, len, .. } => Ok(format!(
            "has {len} columns where the first line names {expected_len}; put double quotes around a value that holds the \
             separator"
        )),
        other => Ok(format!("cannot be read: {other:?}")),
    }
}
