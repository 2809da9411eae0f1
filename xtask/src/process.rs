//! [`Group`]: child processes that never outlive this process.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// The running groups, for the signal handler.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// How long a group may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(3);

/// A child with all its descendants. They are ended on drop.
pub(crate) struct Group {
    child: Child,
    pid: Pid,
}

impl Group {
    /// Starts `command` in a new process group.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        let pid = Pid::from_child(&child);
        running().push(pid);
        Ok(Self { child, pid })
    }

    /// Returns whether the child has already ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns the group's id; `kill -- -ID` ends the group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Leaves the group running on drop.
    pub(crate) fn keep(self) {
        running().retain(|pid| *pid != self.pid);
        std::mem::forget(self);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let asked = Instant::now();
        let _ = kill_process_group(self.pid, Signal::TERM);
        while !self.has_ended() && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Descendants that ignored the request, and possibly the child itself.
        let _ = kill_process_group(self.pid, Signal::KILL);
        let _ = self.child.wait();
        running().retain(|pid| *pid != self.pid);
    }
}

/// Ends all groups when this process is interrupted or terminated, or its terminal is closed.
pub(crate) fn end_children_on_signals() {
    let handled = ctrlc::set_handler(|| {
        for pid in running().iter() {
            let _ = kill_process_group(*pid, Signal::TERM);
        }
        std::thread::sleep(Duration::from_millis(300));
        for pid in running().iter() {
            let _ = kill_process_group(*pid, Signal::KILL);
        }
        std::process::exit(130);
    });
    if let Err(error) = handled {
        eprintln!("cannot handle signals, so an interrupted command may leave processes running: {error}");
    }
}

fn running() -> std::sync::MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn dropping_a_group_ends_the_child_and_what_it_started() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo started; sleep 60 & sleep 60"])
            .stdout(Stdio::piped());
        let mut group = Group::start(&mut command).unwrap();
        let mut output = group.child.stdout.take().unwrap();
        output.read_exact(&mut [0; 8]).unwrap();
        let asked = Instant::now();
        drop(group);
        // The pipe is closed when its last process ends. (A process keeps its id until it is waited for.)
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
        assert!(asked.elapsed() < Duration::from_secs(30), "the group ended on its own");
    }
}
