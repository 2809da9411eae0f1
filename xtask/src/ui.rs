//! Shows the progress and the errors of commands.

use std::time::{Duration, Instant};

use console::style;
use indicatif::{ProgressBar, ProgressStyle};

/// A task with a spinner on a terminal, and one line when it is done.
pub(crate) struct Task {
    text: String,
    started: Instant,
    spinner: ProgressBar,
}

impl Task {
    pub(crate) fn start(text: impl Into<String>) -> Self {
        let text = text.into();
        let spinner = ProgressBar::new_spinner();
        if let Ok(template) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            spinner.set_style(template);
        }
        spinner.set_message(text.clone());
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self {
            text,
            started: Instant::now(),
            spinner,
        }
    }

    /// Replaces the spinner with a line with the elapsed time.
    pub(crate) fn done(self) {
        self.spinner.finish_and_clear();
        println!(
            "{} {} {}",
            style("✓").green(),
            self.text,
            style(seconds(self.started.elapsed())).dim()
        );
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}

/// Runs `work` as a [`Task`].
pub(crate) fn task<T>(text: impl Into<String>, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let task = Task::start(text);
    let result = work()?;
    task.done();
    Ok(result)
}

/// Prints a heading.
pub(crate) fn heading(text: &str) {
    println!("\n{}", style(text).bold().underlined());
}

/// Prints an error with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("{} {error}", style("error:").red().bold());
    for cause in error.chain().skip(1) {
        eprintln!("  {} {cause}", style("because").dim());
    }
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
