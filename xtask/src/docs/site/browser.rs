//! [`check`]: looks at each page of the site in Chromium, with axe.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use report::browser::{self, Browser};

use crate::python::axe;
use crate::ui;

/// Checks every page in a light desktop window and in a dark phone window, and saves a picture of each.
pub(super) fn check(site: &Path) -> Result<()> {
    let Some(program) = browser::find(std::env::var_os("PATH")) else {
        println!("skipped: no Chromium on the PATH");
        return Ok(());
    };
    let script = axe::script()?;
    let mut pages = Vec::new();
    find(site, &mut pages)?;
    let pictures = site.with_file_name("pictures");
    std::fs::create_dir_all(&pictures)?;
    let mut problems = Vec::new();
    ui::task(format!("Looking at {} pages in Chromium", pages.len()), || {
        let mut browser = Browser::start(&program, &site.with_file_name("chromium"))?;
        for (width, height, dark) in axe::WINDOWS {
            browser.window(width, height, dark)?;
            for (number, page) in pages.iter().enumerate() {
                browser.open(page)?;
                let name = page.strip_prefix(site).unwrap_or(page).display().to_string();
                let picture = format!("{}-{width}.png", name.trim_end_matches(".html").replace('/', "-"));
                std::fs::write(pictures.join(picture), browser.picture()?)?;
                browser.evaluate(&format!("{script}; 0"))?;
                // The parts around the text are the same on each page.
                let part = if number == 0 { "html" } else { "main" };
                let found = axe::violations(&mut browser, part)?.into_iter();
                problems.extend(found.map(|problem| format!("{name}, {width} pixels wide: {problem}")));
            }
        }
        Ok(())
    })?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Finds the book's pages. Those of the API are rustdoc's.
fn find(folder: &Path, pages: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("api") {
            find(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") && !path.ends_with("toc.html") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(())
}
