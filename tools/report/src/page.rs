//! [`write()`] and [`read()`]: the page as one self-contained HTML file.
//!
//! Its policy allows only the embedded scripts and style, identified by their hashes, and loading nothing else; its scripts
//! cannot turn text into markup (Trusted Types). The model is embedded as data, which a browser does not run.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::model::Model;

const TEMPLATE: &str = include_str!("../assets/page.html");
const STYLES: [&str; 5] = [
    include_str!("../assets/vendor/uPlot.min.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/parts.css"),
    include_str!("../assets/css/map.css"),
    include_str!("../assets/css/views.css"),
];
const LIBRARIES: [&str; 2] = [
    include_str!("../assets/vendor/uPlot.iife.min.js"),
    include_str!("../assets/vendor/dagre.min.js"),
];
/// The page's own modules, each after those that it imports.
const MODULES: [&str; 13] = [
    include_str!("../assets/js/dom.js"),
    include_str!("../assets/js/format.js"),
    include_str!("../assets/js/model.js"),
    include_str!("../assets/js/list.js"),
    include_str!("../assets/js/parts.js"),
    include_str!("../assets/js/map.js"),
    include_str!("../assets/js/overview.js"),
    include_str!("../assets/js/traces.js"),
    include_str!("../assets/js/timeline.js"),
    include_str!("../assets/js/logs.js"),
    include_str!("../assets/js/metrics.js"),
    include_str!("../assets/js/tables.js"),
    include_str!("../assets/js/main.js"),
];

const DATA: &str = "<script id=\"model\" type=\"application/json\">";

/// Returns the page of a model.
///
/// # Errors
///
/// If the model cannot be written as JSON, which is not known to happen.
pub fn write(model: &Model) -> Result<String> {
    let style = STYLES.concat();
    let libraries = LIBRARIES.map(without_source_map).concat();
    let modules = bundle(&MODULES);
    let policy = [
        "default-src 'none'".to_owned(),
        format!("script-src {} {}", hash(&libraries), hash(&modules)),
        format!("style-src {}", hash(&style)),
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
        "require-trusted-types-for 'script'".to_owned(),
        "trusted-types 'none'".to_owned(),
    ];
    // Only `<` could end the element or begin another.
    let data = serde_json::to_string(model)?.replace('<', "\\u003c");
    let mut page = String::with_capacity(data.len() + style.len() + libraries.len() + modules.len() + TEMPLATE.len());
    let mut rest = TEMPLATE;
    for (hole, content) in [
        ("{{policy}}", policy.join("; ").as_str()),
        ("{{style}}", &style),
        ("{{data}}", &data),
        ("{{libraries}}", &libraries),
        ("{{modules}}", &modules),
    ] {
        let (before, after) = rest
            .split_once(hole)
            .with_context(|| format!("the template does not contain {hole}"))?;
        page.extend([before, content]);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// Reads the model back from a page.
///
/// # Errors
///
/// If it is not a page written by [`write()`].
pub fn read(page: &str) -> Result<Model> {
    let (_, data) = page.split_once(DATA).context("the page has no model")?;
    let (data, _) = data.split_once("</script>").context("the page ends within the model")?;
    serde_json::from_str(data).context("the page's model cannot be read")
}

/// Combines the modules into one script. Their names are unique, so it only removes imports and exports.
fn bundle(modules: &[&str]) -> String {
    let mut script = String::new();
    for line in modules.iter().flat_map(|module| module.lines()) {
        if !line.starts_with("import ") {
            script.push_str(line.strip_prefix("export ").unwrap_or(line));
            script.push('\n');
        }
    }
    script
}

/// Removes the reference to a source map, which a browser would look for next to the page.
fn without_source_map(script: &str) -> String {
    let lines = script.lines().filter(|line| !line.starts_with("//# sourceMappingURL="));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn hash(inline: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(Sha256::digest(inline)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_comes_back_as_it_was_whatever_is_in_it() {
        let hostile = "</script><script>alert(1)</script><!-- \u{2028}\u{0}\u{1b}[31m {{modules}} &lt;";
        let model = Model {
            strings: vec![hostile.to_owned()],
            ..Model::default()
        };
        let page = write(&model).unwrap();
        assert_eq!(read(&page).unwrap(), model);
        assert_eq!(
            page.matches("<script").count(),
            3,
            "the model, the libraries, the page's own"
        );
        assert_eq!(page.matches("</script>").count(), 3);
    }

    #[test]
    fn nothing_outside_the_page_is_named() {
        let page = write(&Model::default()).unwrap();
        for attribute in [
            " src=",
            "<link",
            "@import",
            "url(h",
            "url(\"",
            "url('",
            "sourceMappingURL",
            "innerHTML",
            "style=\"",
        ] {
            assert!(!page.contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn libraries_are_as_they_were_published() {
        let readme = include_str!("../assets/vendor/README.md");
        for (file, text) in [
            ("uPlot.min.css", STYLES[0]),
            ("uPlot.iife.min.js", LIBRARIES[0]),
            ("dagre.min.js", LIBRARIES[1]),
        ] {
            let digest = Sha256::digest(text);
            let hex = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
            let sum: String = digest
                .iter()
                .flat_map(|byte| [hex(byte >> 4), hex(byte & 15)])
                .collect();
            let row = readme.lines().find(|line| line.contains(&format!("`{file}`")));
            assert!(row.is_some_and(|row| row.contains(&sum)), "{file} is {sum}");
        }
    }
}
