//! Shows and saves the telemetry of an application, and prints how to call it.

use anyhow::Result;
use console::style;
use powertools_telemetry::Capture;

use crate::exchange::Exchange;
use crate::local_aws::LocalAws;
use crate::{report, terminal, ui, workspace};

/// Shows the requests and the telemetry, and saves the telemetry.
pub(super) fn show(exchanges: &[Exchange], capture: &Capture) -> Result<()> {
    terminal::exchanges(exchanges);
    show_telemetry(capture)
}

/// Shows and saves the telemetry.
pub(super) fn show_telemetry(capture: &Capture) -> Result<()> {
    terminal::records(&capture.read());

    let demo = workspace::target()?.join("demo");
    let folder = demo.join("telemetry");
    capture.save(&folder)?;
    let model = report::read(&folder)?;
    report::print(&model);
    ui::heading("Report");
    report::write(&model, &demo.join("report.html"))?;
    println!("The original logs and traces are in {}.", folder.display());
    Ok(())
}

/// Leaves the local AWS running, and prints how to call it: each line is a label and a command.
pub(super) fn leave_running(aws: LocalAws, commands: &[(&str, String)]) {
    let (endpoint, log) = (aws.client().endpoint().to_owned(), aws.log().display().to_string());
    let group = aws.keep();
    ui::heading("Still running");
    println!(
        "The local AWS answers at {}; its log is {log}.",
        style(&endpoint).bold()
    );
    for (what, command) in commands {
        println!("  {what:8} {command}");
    }
    println!("  {:8} kill -- -{group}", "end it:");
}

/// Returns the command that shows a function's log.
pub(super) fn tail(endpoint: &str, function: &str) -> String {
    format!("aws --endpoint-url {endpoint} logs tail /aws/lambda/{function}   (any credentials, region us-east-1)")
}
