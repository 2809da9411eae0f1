//! Checks the page in Chromium with axe, the standard accessibility checker.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use report::Model;
use report::browser::{self, Browser};
use serde_json::Value;

use crate::python::Environment;

const PYTHON: Environment = Environment {
    folder: "axe",
    about: "axe-core (1 MB)",
    // A wrapper of axe-core 4, of which only the script is used.
    requirements: "axe-playwright-python==0.1.8\n",
};

/// The windows in which the page is checked: width and height in pixels, and whether the color scheme is dark.
const WINDOWS: [(u32, u32, bool); 2] = [(1280, 900, false), (390, 844, true)];

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
    let axe = std::fs::read_to_string(script()?)?;
    let mut browser = Browser::start(&program, &page.with_extension("chromium"))?;
    let failed = model.traces.iter().find(|trace| trace.mark.failed());
    let trace = format!("trace/{}", failed.context("no trace failed")?.id);
    let views = [
        "overview", "map", "traces", "metrics", "logs", "errors", "queues", "cold", &trace,
    ];
    let views = views.map(|view| (view, OPEN)).into_iter().chain([("logs", RECORD)]);
    let mut problems = Vec::new();
    let mut looks = 0;
    for (width, height, dark) in WINDOWS {
        browser.window(width, height, dark)?;
        browser.open(page)?;
        browser.evaluate(&format!("{axe}; 0"))?;
        for (view, action) in views.clone() {
            let wait = "new Promise(done => setTimeout(done, 300))";
            browser.evaluate(&format!(
                "location.hash = '#/{view}'; {wait}.then(() => {{ {action} }})"
            ))?;
            let found = browser.evaluate("axe.run().then(found => found.violations)")?;
            let found = found.as_array().context("axe did not return a list")?;
            let told = |violation: &Value| {
                let place = &violation["nodes"][0]["html"];
                format!(
                    "{view}, {width} pixels wide: {} ({}), {place}",
                    violation["help"], violation["id"]
                )
            };
            problems.extend(found.iter().map(told));
            let too_wide = browser.evaluate("document.documentElement.scrollWidth > innerWidth")?;
            if too_wide != false {
                problems.push(format!("{view}, {width} pixels wide: requires horizontal scrolling"));
            }
            looks += 1;
        }
    }
    println!("{looks} checks of the page in Chromium, {}", program.display());
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Installs axe and returns its script.
fn script() -> Result<PathBuf> {
    let library = PYTHON.install()?.join("lib");
    let folders = std::fs::read_dir(&library)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut scripts = folders.map(|folder| folder.join("site-packages/axe_playwright_python/axe.min.js"));
    scripts
        .find(|script| script.exists())
        .with_context(|| format!("no axe in {}", library.display()))
}
