//! Standard output and standard error, written without std's line buffer.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::{LineSink, Output, Warnings};

impl Output {
    /// Returns the standard output of the process, which Lambda sends to CloudWatch Logs.
    ///
    /// A failing write is one warning on standard error.
    #[allow(clippy::disallowed_methods)] // the one standard output
    pub fn stdout() -> Self {
        static STDOUT: OnceLock<Output> = OnceLock::new();
        STDOUT
            .get_or_init(|| Self::new(Descriptor::new(io::stdout(), Some(Warnings::process()))))
            .clone()
    }

    /// Returns the standard error of the process. A failing write is lost: there is nowhere left to report it.
    pub fn stderr() -> Self {
        static STDERR: OnceLock<Output> = OnceLock::new();
        STDERR
            .get_or_init(|| Self::new(Descriptor::new(io::stderr(), None)))
            .clone()
    }
}

/// A file descriptor of the process, written without a buffer of its own.
struct Descriptor {
    /// A duplicate, so that std's line buffer, which splits long lines, is not in the way; `None` where the descriptor
    /// was closed. The mutex keeps lines whole: only the first 4,096 bytes of a write to a pipe are atomic.
    file: Option<Mutex<File>>,
    warnings: Option<Warnings>,
}

impl Descriptor {
    #[allow(clippy::needless_pass_by_value)] // a handle
    fn new(stream: impl AsFd, warnings: Option<Warnings>) -> Self {
        let file = stream.as_fd().try_clone_to_owned();
        let descriptor = Self {
            file: file.ok().map(|fd| Mutex::new(File::from(fd))),
            warnings,
        };
        if descriptor.file.is_none() {
            descriptor.warn(&io::Error::from(ErrorKind::BrokenPipe));
        }
        descriptor
    }

    fn warn(&self, error: &io::Error) {
        if let Some(warnings) = &self.warnings {
            warnings.once(
                "output",
                format_args!("standard output cannot be written, lines are lost: {error}"),
            );
        }
    }
}

impl LineSink for Descriptor {
    fn write_line(&self, line: &[u8]) {
        let Some(file) = &self.file else { return };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = write_whole(&mut *file, line);
        drop(file);
        if let Err(error) = written {
            self.warn(&error);
        }
    }
}

/// How long one line may wait for a descriptor that somebody made non-blocking.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes all of `line`, in one call where the descriptor takes it.
///
/// The descriptor's flags are never changed: one that is non-blocking is shared with whoever made it so. A line it
/// refuses for longer than [`PATIENCE`] is given up.
fn write_whole(file: &mut impl Write, mut line: &[u8]) -> io::Result<()> {
    const STEP: Duration = Duration::from_millis(1);
    let mut waited = Duration::ZERO;
    while !line.is_empty() {
        match file.write(line) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => line = line.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && waited < PATIENCE => {
                std::thread::sleep(STEP);
                waited += STEP;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each write with the next of its script, and takes two bytes at a time.
    struct Scripted {
        answers: Vec<Option<ErrorKind>>,
        taken: Vec<u8>,
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.answers.pop().flatten() {
                return Err(kind.into());
            }
            let count = bytes.len().min(2);
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_survives_short_interrupted_and_refused_writes() {
        let answers = vec![None, Some(ErrorKind::WouldBlock), None, Some(ErrorKind::Interrupted)];
        let mut file = Scripted {
            answers,
            taken: Vec::new(),
        };
        write_whole(&mut file, b"whole line\n").unwrap();
        assert_eq!(file.taken, b"whole line\n");
    }

    #[test]
    fn a_broken_descriptor_is_an_error_at_once() {
        let mut file = Scripted {
            answers: vec![Some(ErrorKind::BrokenPipe)],
            taken: Vec::new(),
        };
        assert_eq!(
            write_whole(&mut file, b"lost\n").unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
    }
}
