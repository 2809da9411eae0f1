//! [`Output`], the standard output of a process in a file, and when it is at rest.

use std::io::{Read, Write};
use std::process::ChildStdout;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use runtime_api::FunctionProcess;

use super::faults::Out;
use crate::count::Capture;

/// The standard output of a process, written to a file on a thread.
pub(super) struct Output(Option<JoinHandle<()>>);

impl Output {
    /// Begins to keep the output.
    pub(super) fn keep(pipe: Option<ChildStdout>, out: Out, capture: &Capture) -> Result<Self> {
        let Some(mut pipe) = pipe else { return Ok(Self(None)) };
        let mut file = capture.file("stdout")?;
        let thread = std::thread::spawn(move || {
            if out == Out::Slow {
                copy_slowly(&mut pipe, &mut file);
            } else {
                let _ = std::io::copy(&mut pipe, &mut file);
            }
        });
        Ok(Self(Some(thread)))
    }

    /// Waits until the pipe is closed.
    pub(super) fn finish(self) {
        if let Some(thread) = self.0 {
            let _ = thread.join();
        }
    }
}

/// Reads 4 KiB every 2 ms, so that the pipe's 64 KiB are full most of the time.
fn copy_slowly(pipe: &mut impl Read, file: &mut impl Write) {
    let mut buffer = [0; 4 << 10];
    while let Ok(count @ 1..) = pipe.read(&mut buffer) {
        if file.write_all(&buffer[..count]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until nothing has been written for a while and no thread of the process has anything to do.
pub(super) fn settle(capture: &Capture, process: &FunctionProcess) {
    const STEP: Duration = Duration::from_millis(25);
    const STEPS: u32 = 12;
    let lengths = || (capture.length("stdout"), capture.length("datagrams"));
    let (mut before, mut quiet) = (lengths(), 0);
    while quiet < STEPS {
        std::thread::sleep(STEP);
        let now = lengths();
        quiet = if now == before && is_idle(process) {
            quiet + 1
        } else {
            0
        };
        before = now;
    }
}

/// Returns whether all threads of the process sleep.
fn is_idle(process: &FunctionProcess) -> bool {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{}/task", process.id())) else {
        return true;
    };
    tasks.flatten().all(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        // The state follows the name, which is in parentheses.
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('S'))
    })
}

/// Waits until the output has a text this many times.
pub(super) fn wait_for(capture: &Capture, text: &str, count: usize, patience: Duration) -> Result<()> {
    let started = Instant::now();
    loop {
        let mut found = 0;
        capture.lines(|line| found += usize::from(line.windows(text.len()).any(|part| part == text.as_bytes())))?;
        if found >= count {
            return Ok(());
        }
        ensure!(
            started.elapsed() < patience,
            "{text} is not there {count} times, but {found}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the resident bytes of a process.
pub(super) fn resident(process: &FunctionProcess) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let mut lines = status.lines().filter_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = lines
        .next()
        .and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1_024
}
