//! Checks the report's page in Chromium with axe.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use report::Model;
use report::browser::{self, Browser};

use crate::python::axe;

/// Expands everything that a reader can expand.
const OPEN: &str = "document.querySelectorAll('details').forEach(it => it.open = true)";

/// Opens the first record of the list.
const RECORD: &str = "document.querySelector('.log-row').click()";

/// Checks every view in every window.
pub(super) fn check(page: &Path, model: &Model) -> Result<()> {
    let Some(program) = browser::find(std::env::var_os("PATH")) else {
        println!("skipped: no Chromium on the PATH");
        return Ok(());
    };
    let script = axe::script()?;
    let mut browser = Browser::start(&program, &page.with_extension("chromium"))?;
    let failed = model.traces.iter().find(|trace| trace.mark.failed());
    let trace = format!("trace/{}", failed.context("no trace failed")?.id);
    let views = [
        "overview", "map", "traces", "metrics", "logs", "errors", "queues", "cold", &trace,
    ];
    let views = views.map(|view| (view, OPEN)).into_iter().chain([("logs", RECORD)]);
    let mut problems = Vec::new();
    let mut looks = 0;
    for (width, height, dark) in axe::WINDOWS {
        browser.window(width, height, dark)?;
        browser.open(page)?;
        browser.evaluate(&format!("{script}; 0"))?;
        for (view, action) in views.clone() {
            let wait = "new Promise(done => setTimeout(done, 300))";
            browser.evaluate(&format!(
                "location.hash = '#/{view}'; {wait}.then(() => {{ {action} }})"
            ))?;
            let found = axe::violations(&mut browser, "html")?.into_iter();
            problems.extend(found.map(|problem| format!("{view}, {width} pixels wide: {problem}")));
            looks += 1;
        }
    }
    println!("{looks} checks of the page in Chromium, {}", program.display());
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}
