//! The process's standard output and standard error as [`Output`]s, a line at a time.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, ErrorKind, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::{LineSink, Output, Warnings};

impl Output {
    /// Returns the standard output of the process, which Lambda sends to CloudWatch Logs.
    ///
    /// If writing fails, one warning is written to standard error.
    #[allow(clippy::disallowed_methods)] // the one standard output
    pub fn stdout() -> Self {
        static STDOUT: OnceLock<Output> = OnceLock::new();
        STDOUT
            .get_or_init(|| Self::new(Stream::new(unbuffered(io::stdout()), Some(Warnings::process()))))
            .clone()
    }

    /// Returns the standard error of the process. If writing fails, the line is lost: there is nowhere left to report
    /// it.
    pub fn stderr() -> Self {
        static STDERR: OnceLock<Output> = OnceLock::new();
        STDERR
            .get_or_init(|| Self::new(Stream::new(unbuffered(io::stderr()), None)))
            .clone()
    }
}

/// Returns a duplicate of the descriptor, because std's line buffer may split a long line.
#[cfg(unix)]
#[allow(clippy::needless_pass_by_value)] // a handle
fn unbuffered(stream: impl AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

/// Returns the stream itself: its line buffer stays in use, and each line is flushed.
///
/// Lambda runs on Linux; this is for trying a function locally on Windows.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on Unix
fn unbuffered<W: Write>(stream: W) -> io::Result<W> {
    Ok(stream)
}

/// A standard stream, written a whole line at a time.
struct Stream<W> {
    /// `None` if the stream was closed. The mutex keeps lines whole: only the first 4,096 bytes of a write to a pipe are
    /// atomic.
    lines: Option<Mutex<Lines<W>>>,
    warnings: Option<Warnings>,
}

impl<W: Write> Stream<W> {
    fn new(writer: io::Result<W>, warnings: Option<Warnings>) -> Self {
        let lines = writer.map(|writer| Lines { writer, is_cut: false });
        let stream = Self {
            lines: lines.ok().map(Mutex::new),
            warnings,
        };
        if stream.lines.is_none() {
            stream.warn(&io::Error::from(ErrorKind::BrokenPipe));
        }
        stream
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

impl<W: Write + Send> LineSink for Stream<W> {
    fn write_line(&self, line: &[u8]) {
        let Some(lines) = &self.lines else { return };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let written = lines.write(line);
        drop(lines);
        if let Err(error) = written {
            self.warn(&error);
        }
    }
}

/// A writer of lines.
struct Lines<W> {
    writer: W,
    /// Whether the last line was given up after a part of it was written.
    is_cut: bool,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_cut {
            // Ends that part, which would otherwise make this line unreadable, too.
            write_whole(&mut self.writer, &mut &b"\n"[..])?;
            self.is_cut = false;
        }
        let mut rest = line;
        if let Err(error) = write_whole(&mut self.writer, &mut rest) {
            self.is_cut = rest.len() < line.len();
            return Err(error);
        }
        // A descriptor has no buffer, so flushing it does nothing.
        self.writer.flush()
    }
}

/// How long one line may wait for a descriptor that another part of the process made non-blocking.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes all of `line`, in one call if the descriptor takes it whole; after an error, `line` is the part that was not written.
///
/// The descriptor's flags are never changed: if it is non-blocking, the code that made it so depends on that. A line
/// that it refuses for longer than [`PATIENCE`] is given up.
fn write_whole(writer: &mut impl Write, line: &mut &[u8]) -> io::Result<()> {
    const STEP: Duration = Duration::from_millis(1);
    let mut waited = Duration::ZERO;
    while !line.is_empty() {
        match writer.write(line) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => *line = line.get(count..).unwrap_or_default(),
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
    use std::sync::Arc;

    use super::*;

    /// A writer that answers each write with the next entry of its script, and takes two bytes at a time.
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
        write_whole(&mut file, &mut &b"whole line\n"[..]).unwrap();
        assert_eq!(file.taken, b"whole line\n");
    }

    /// Returns a stream without a descriptor: a line buffer in front of memory that the test can read at any time.
    fn buffered(taken: &Arc<Mutex<Scripted>>) -> impl LineSink + use<> {
        struct Shared(Arc<Mutex<Scripted>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        Stream::new(Ok(io::LineWriter::with_capacity(16, Shared(taken.clone()))), None)
    }

    #[test]
    fn lines_behind_a_buffer_are_whole_in_order_and_flushed() {
        let taken = Arc::new(Mutex::new(Scripted {
            answers: vec![None, Some(ErrorKind::Interrupted)],
            taken: Vec::new(),
        }));
        let stream = buffered(&taken);
        stream.write_line(b"short\n");
        assert_eq!(taken.lock().unwrap().taken, b"short\n");
        stream.write_line(b"longer than the buffer\n");
        assert_eq!(taken.lock().unwrap().taken, b"short\nlonger than the buffer\n");
        stream.write_line(b"no end of line");
        let all = &taken.lock().unwrap().taken;
        assert!(all.ends_with(b"no end of line"), "{}", all.escape_ascii());
    }

    #[test]
    fn threads_do_not_mix_their_lines() {
        let taken = Arc::new(Mutex::new(Scripted {
            answers: Vec::new(),
            taken: Vec::new(),
        }));
        let stream = buffered(&taken);
        std::thread::scope(|scope| {
            for line in [b"aaaaaaaaaaaaaaaaaaaaaaaa\n", b"bbbbbbbbbbbbbbbbbbbbbbbb\n"] {
                scope.spawn(|| (0..200).for_each(|_| stream.write_line(line)));
            }
        });
        let taken = &taken.lock().unwrap().taken;
        let lines: Vec<_> = taken.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 400);
        let is_whole = |line: &&[u8]| line.len() == 25 && line[..24].iter().all(|byte| *byte == line[0]);
        assert!(lines.iter().all(is_whole));
    }

    #[test]
    fn a_broken_descriptor_is_an_error_at_once() {
        let mut file = Scripted {
            answers: vec![Some(ErrorKind::BrokenPipe)],
            taken: Vec::new(),
        };
        let written = write_whole(&mut file, &mut &b"lost\n"[..]);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_line_that_is_given_up_halfway_does_not_spoil_the_next() {
        let full = || Some(ErrorKind::StorageFull);
        // From the last to the first.
        let answers = vec![full(), full(), None, full()];
        let mut lines = Lines {
            writer: Scripted {
                answers,
                taken: Vec::new(),
            },
            is_cut: false,
        };
        for line in [&b"refused\n"[..], b"cut\n", b"refused, too\n"] {
            assert!(lines.write(line).is_err(), "{}", line.escape_ascii());
        }
        lines.write(b"whole\n").unwrap();
        lines.write(b"next\n").unwrap();
        assert_eq!(lines.writer.taken, b"cu\nwhole\nnext\n");
    }
}
