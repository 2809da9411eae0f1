//! Measures what the toolkit adds to the start of a process: `cargo xtask bench benches`.
//!
//! Starts each program, waits until it requests its first invocation from the Runtime API, and reads the CPU time of all its
//! threads and its memory from the system. Works only on Linux.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // prints a table

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The number of times that each program is started.
const STARTS: usize = 41;

/// The resources that a process has used when it is ready.
#[derive(Clone, Copy)]
struct Used {
    cpu: Duration,
    resident: u64,
}

fn main() {
    let mut programs = vec![
        ("bare", Path::new(env!("CARGO_BIN_EXE_bare"))),
        ("with toolkit", Path::new(env!("CARGO_BIN_EXE_toolkit"))),
        ("http", Path::new(env!("CARGO_BIN_EXE_http"))),
        ("lambda_http", Path::new(env!("CARGO_BIN_EXE_http-adapter"))),
    ];
    // Only with the feature of this name.
    programs.extend(option_env!("CARGO_BIN_EXE_opentelemetry").map(|program| ("opentelemetry", Path::new(program))));
    // Alternates, so that other load on the machine affects all equally.
    let runs: Vec<_> = (0..STARTS)
        .map(|_| programs.iter().map(|(_, program)| start(program)).collect::<Vec<_>>())
        .collect();
    println!("{:14} {:>10} {:>14} {:>16}", "", "CPU", "resident", "stripped");
    for (at, (name, program)) in programs.into_iter().enumerate() {
        let used: Vec<_> = runs.iter().map(|run| run[at]).collect();
        println!(
            "{name:14} {:>7.2} ms {:>10.2} MiB {:>12.2} MiB",
            millis(median(&used, |used| used.cpu)),
            resident(&used),
            size(program)
        );
    }
}

fn start(program: &Path) -> Used {
    let api = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = Command::new(program)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "order-fn")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/order-fn")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/15/[$LATEST]0123456789abcdef")
        .env("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")
        .env("LAMBDA_TASK_ROOT", "/var/task")
        .env("POWERTOOLS_SERVICE_NAME", "orders")
        .env("POWERTOOLS_METRICS_NAMESPACE", "Shop")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (mut next, _) = api.accept().unwrap();
    let read = next.read(&mut [0; 1_024]).unwrap();
    assert!(read > 0);
    // The thread that sent the request has not gone to sleep yet.
    std::thread::sleep(Duration::from_millis(10));
    let used = Used {
        cpu: cpu(child.id()),
        resident: resident_now(child.id()),
    };
    child.kill().unwrap();
    child.wait().unwrap();
    used
}

/// Returns the CPU time of the threads of a process.
fn cpu(id: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let nanoseconds = tasks.map(|task| {
        let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn resident_now(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
}

fn median<T: Ord + Copy>(used: &[Used], of: impl Fn(&Used) -> T) -> T {
    let mut values: Vec<_> = used.iter().map(of).collect();
    values.sort();
    values[values.len() / 2]
}

#[allow(clippy::cast_precision_loss)] // a few megabytes
fn resident(used: &[Used]) -> f64 {
    median(used, |used| used.resident) as f64 / 1_024.0
}

/// Returns the size of a program without its symbols, in MiB, or NaN if `strip` is not installed.
#[allow(clippy::cast_precision_loss)] // a few megabytes
fn size(program: &Path) -> f64 {
    let stripped = program.with_extension("stripped");
    let done = Command::new("strip").arg("-o").arg(&stripped).arg(program).status();
    if !done.is_ok_and(|status| status.success()) {
        return f64::NAN;
    }
    let length = std::fs::metadata(&stripped).unwrap().len();
    std::fs::remove_file(&stripped).unwrap();
    length as f64 / f64::from(1 << 20)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
