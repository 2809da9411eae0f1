//! [`FunctionProcess`]: a function that runs as a process.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::RuntimeApi;

/// Where a function's standard output goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stdout {
    /// To the test.
    #[default]
    Kept,
    /// To a pipe that is no longer read.
    Closed,
    /// To a pipe that is not read until [`FunctionProcess::read_output`]. It holds 64 KiB.
    Unread,
    /// Nowhere: the descriptor is closed. Rust's runtime then opens one that accepts everything.
    Absent,
    /// To a device that is always full.
    Full,
}

/// A running function. It is killed on drop.
pub struct FunctionProcess {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    unread: Option<ChildStdout>,
}

impl FunctionProcess {
    /// Starts `program` with Lambda's environment variables and `variables`, which take precedence.
    ///
    /// # Errors
    ///
    /// Returns an error if the process cannot be started.
    pub fn start(program: &Path, api: &RuntimeApi, variables: &[(&str, String)], stdout: Stdout) -> io::Result<Self> {
        let mut command = if stdout == Stdout::Absent {
            // Without unsafe code, only a shell can close a descriptor.
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", "exec \"$0\" >&-"]).arg(program);
            shell
        } else {
            Command::new(program)
        };
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "order-fn")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/order-fn")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/15/[$LATEST]0123456789abcdef")
            .env("LAMBDA_TASK_ROOT", "/var/task")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .stdout(match stdout {
                Stdout::Kept | Stdout::Closed | Stdout::Unread => Stdio::piped(),
                Stdout::Absent => Stdio::null(),
                Stdout::Full => OpenOptions::new().write(true).open("/dev/full")?.into(),
            });
        let mut child = command.spawn()?;
        let pipe = child.stdout.take();
        let (kept, unread) = match stdout {
            Stdout::Kept => (pipe, None),
            Stdout::Unread => (None, pipe),
            _ => (None, None),
        };
        let (stdout, stderr) = (Lines::read(kept), Lines::read(child.stderr.take()));
        Ok(Self {
            child,
            stdout,
            stderr,
            unread,
        })
    }

    /// Starts reading a standard output that is [`Stdout::Unread`].
    pub fn read_output(&mut self) {
        if let Some(pipe) = self.unread.take() {
            self.stdout = Lines::read(Some(pipe));
        }
    }

    /// Takes a standard output that is [`Stdout::Unread`], to read it elsewhere and as fast or slowly as needed.
    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.unread.take()
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the names of the process's threads, which the system truncates to 15 bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the process has ended, or if the system has no `/proc`.
    pub fn threads(&self) -> io::Result<Vec<String>> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()))?;
        tasks
            .map(|task| Ok(std::fs::read_to_string(task?.path().join("comm"))?.trim().to_owned()))
            .collect()
    }

    /// Stops the process until [`thaw`](Self::thaw), as Lambda freezes an environment.
    ///
    /// # Errors
    ///
    /// Returns an error if the process has ended.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(rustix::process::Signal::STOP)
    }

    /// Lets the process continue.
    ///
    /// # Errors
    ///
    /// Returns an error if the process has ended.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(rustix::process::Signal::CONT)
    }

    /// Returns the lines of standard output so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines_after(0)
    }

    /// Returns the lines of standard output so far, without the first `count`.
    pub fn lines_after(&self, count: usize) -> Vec<String> {
        self.stdout.after(count)
    }

    /// Returns the lines of standard error so far.
    pub fn errors(&self) -> Vec<String> {
        self.stderr.after(0)
    }

    /// Sends SIGTERM, as Lambda does before it ends an environment that has an extension.
    ///
    /// # Errors
    ///
    /// Returns an error if the process has ended.
    pub fn terminate(&self) -> io::Result<()> {
        self.signal(rustix::process::Signal::TERM)
    }

    /// Returns the exit status of the process, or `None` while it runs. After the end, all lines that it wrote have been read.
    ///
    /// # Errors
    ///
    /// Returns an error if the system cannot report it.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.stdout.read_to_end();
            self.stderr.read_to_end();
        }
        Ok(status)
    }

    fn signal(&self, signal: rustix::process::Signal) -> io::Result<()> {
        let process = rustix::process::Pid::from_child(&self.child);
        Ok(rustix::process::kill_process(process, signal)?)
    }
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe, read on a thread that ends when the pipe is closed.
#[derive(Default)]
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Self {
        let Some(pipe) = pipe else { return Self::default() };
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let thread = std::thread::spawn({
            let lines = Arc::clone(&lines);
            move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            }
        });
        Self {
            lines,
            thread: Some(thread),
        }
    }

    /// Waits until the pipe is closed.
    fn read_to_end(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn after(&self, count: usize) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(count..).unwrap_or_default().to_vec()
    }
}
