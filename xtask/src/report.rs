//! `cargo xtask report`: shows the telemetry of functions as a page or in the terminal.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use console::style;
use powertools_telemetry::Telemetry;
use report::browser::{self, Browser};
use report::{Model, page, text};

use crate::{ui, workspace};

/// The width of the picture in pixels.
const WIDTH: u32 = 1280;

/// The maximum height of the picture, which normally is the height of the page's first view: the questions and the map.
const MOST_HEIGHT: u64 = 1600;

/// Reads the telemetry in `folder` (default: the demo's) and writes the page to `output`.
pub(crate) fn run(folder: Option<PathBuf>, output: Option<PathBuf>, picture: Option<&Path>, text: bool) -> Result<()> {
    let demo = workspace::target()?.join("demo");
    let folder = folder.unwrap_or_else(|| demo.join("telemetry"));
    let model = read(&folder)?;
    if text {
        print(&model);
        return Ok(());
    }
    let page = output.unwrap_or_else(|| demo.join("report.html"));
    write(&model, &page)?;
    match picture {
        Some(picture) => draw(&page, picture),
        None => Ok(()),
    }
}

/// Reads the model of the telemetry in a folder.
pub(crate) fn read(folder: &Path) -> Result<Model> {
    Ok(Model::of(Telemetry::read(folder)?))
}

/// Prints the report as text.
pub(crate) fn print(model: &Model) {
    print!("{}", text::report(model));
}

/// Writes the page, and prints the answers and the page's location.
pub(crate) fn write(model: &Model, file: &Path) -> Result<()> {
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, page::write(model).map_err(std::io::Error::other)?));
    written.with_context(|| format!("{} cannot be written", file.display()))?;
    for answer in &model.answers {
        println!("{}  {}", style(&answer.question).dim(), style(&answer.headline).bold());
    }
    println!("The whole report: {}", style(file.display()).bold());
    Ok(())
}

/// Draws the page's first view with Chromium.
fn draw(page: &Path, picture: &Path) -> Result<()> {
    let program = browser::find(std::env::var_os("PATH")).context("drawing a picture requires Chromium on the PATH")?;
    let profile = page.with_extension("chromium");
    ui::task(format!("Drawing {}", picture.display()), || {
        let mut browser = Browser::start(&program, &profile)?;
        browser.window(WIDTH, 1_000, false)?;
        browser.open(page)?;
        // The map is drawn after the page knows its width.
        let height = "new Promise(done => setTimeout(() => done(document.documentElement.scrollHeight), 500))";
        let height = browser.evaluate(height)?.as_u64().context("the page has no height")?;
        browser.window(WIDTH, u32::try_from(height.min(MOST_HEIGHT))?, false)?;
        std::fs::write(picture, browser.picture()?).with_context(|| format!("{} cannot be written", picture.display()))
    })
}
