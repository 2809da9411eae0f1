//! [`Capture`], the files with the bytes of a round.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A folder with the bytes of a round: `stdout`, `datagrams`, `answers`, and `dropped`, the datagrams that the system says it dropped.
#[derive(Clone, Debug)]
pub struct Capture(PathBuf);

/// An answer, as it was posted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Posted {
    /// The request id of the path.
    pub id: String,
    /// Whether it is a response; otherwise it is an error.
    pub is_response: bool,
    /// The body.
    pub body: String,
}

impl Capture {
    /// Makes an empty folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be made.
    pub fn create(folder: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let capture = Self(folder.to_owned());
        for name in ["stdout", "datagrams", "answers"] {
            capture.file(name)?;
        }
        Ok(capture)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Makes a file of the folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be made.
    pub fn file(&self, name: &str) -> Result<File> {
        let path = self.0.join(name);
        File::create(&path).with_context(|| format!("{} cannot be made", path.display()))
    }

    /// Returns how long a file is.
    pub fn length(&self, name: &str) -> u64 {
        std::fs::metadata(self.0.join(name)).map_or(0, |file| file.len())
    }

    /// Calls `each` with each line of standard output, with its end.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read.
    pub fn lines(&self, mut each: impl FnMut(&[u8])) -> Result<()> {
        let mut file = self.open("stdout")?;
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            each(&line);
            line.clear();
        }
        Ok(())
    }

    /// Calls `each` with each datagram.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read.
    pub fn datagrams(&self, mut each: impl FnMut(&[u8])) -> Result<()> {
        let mut file = self.open("datagrams")?;
        let (mut length, mut datagram) = ([0; 4], Vec::new());
        while file.read_exact(&mut length).is_ok() {
            datagram.resize(u32::from_le_bytes(length) as usize, 0);
            file.read_exact(&mut datagram)?;
            each(&datagram);
        }
        Ok(())
    }

    /// Calls `each` with each answer.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read.
    pub fn answers(&self, mut each: impl FnMut(Posted)) -> Result<()> {
        for line in self.open("answers")?.lines() {
            each(serde_json::from_str(&line?)?);
        }
        Ok(())
    }

    /// Returns how many datagrams the system says it dropped.
    pub fn dropped(&self) -> u64 {
        let text = std::fs::read_to_string(self.0.join("dropped")).unwrap_or_default();
        text.trim().parse().unwrap_or_default()
    }

    fn open(&self, name: &str) -> Result<BufReader<File>> {
        let path = self.0.join(name);
        let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(BufReader::with_capacity(1 << 18, file))
    }
}

/// Appends a datagram to its file.
///
/// # Errors
///
/// Returns an error if the file cannot be written.
pub fn append_datagram(file: &mut impl Write, datagram: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(datagram.len()).map_err(std::io::Error::other)?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(datagram)
}
