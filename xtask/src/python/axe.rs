//! [`violations`]: what axe, the standard accessibility checker, finds wrong with a page in Chromium.

use std::path::PathBuf;

use anyhow::{Context, Result};
use report::browser::Browser;
use serde_json::Value;

use super::Environment;

const PYTHON: Environment = Environment {
    folder: "axe",
    about: "axe-core (1 MB)",
    // A wrapper of axe-core 4, of which only the script is used.
    requirements: "axe-playwright-python==0.1.8\n",
};

/// The windows in which pages are checked: width and height in pixels, and whether the color scheme is dark.
pub(crate) const WINDOWS: [(u32, u32, bool); 2] = [(1280, 900, false), (390, 844, true)];

/// Returns axe's script.
pub(crate) fn script() -> Result<String> {
    Ok(std::fs::read_to_string(file()?)?)
}

/// Returns the problems that axe, which was loaded into the page, finds in the part that a selector names, and one more if the
/// page is wider than the window.
pub(crate) fn violations(browser: &mut Browser, part: &str) -> Result<Vec<String>> {
    let found = browser.evaluate(&format!(
        "axe.run('{part}', {{ resultTypes: ['violations'] }}).then(found => found.violations)"
    ))?;
    let found = found.as_array().context("axe did not return a list")?;
    let told = |violation: &Value| {
        let place = &violation["nodes"][0]["html"];
        format!("{} ({}), {place}", violation["help"], violation["id"])
    };
    let mut problems: Vec<_> = found.iter().map(told).collect();
    let too_wide = browser.evaluate("document.documentElement.scrollWidth > innerWidth")?;
    if too_wide != false {
        problems.push("requires horizontal scrolling".to_owned());
    }
    Ok(problems)
}

/// Installs axe and returns its script's file.
fn file() -> Result<PathBuf> {
    let library = PYTHON.install()?.join("lib");
    let folders = std::fs::read_dir(&library)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut scripts = folders.map(|folder| folder.join("site-packages/axe_playwright_python/axe.min.js"));
    scripts
        .find(|script| script.exists())
        .with_context(|| format!("no axe in {}", library.display()))
}
