//! The table of the environment variables on the site, and the variables that the published crates read.
//!
//! `cargo xtask tidy --write` writes which crates read a variable, adds a row for a new one, and removes one that is no longer
//! read. What a variable does and its default are written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::Package;
use syn::visit::{self, Visit};

use super::files;

const PAGE: &str = "docs/site/variables.md";
const BEGIN: &str = "<!-- variables -->";
const END: &str = "<!-- /variables -->";

/// The beginnings of the names that are variables wherever they are in the code. Others are found where they are read.
const PREFIXES: [&str; 4] = ["POWERTOOLS_", "AWS_", "LAMBDA_", "OTEL_"];

/// The methods of core's `Variables`, whose first argument is a name.
const READERS: [&str; 5] = ["text", "flag", "parse", "parse_with", "parse_secret"];

/// Variables with the crates that read them.
type Read = BTreeMap<String, BTreeSet<String>>;

/// Writes the table, and returns the page if it changed.
pub(super) fn write(root: &Path, packages: &[&Package]) -> Result<Option<String>> {
    let page = page(root)?;
    let new = replaced(&page, &read(packages)?).with_context(no_markers)?;
    if new == page {
        return Ok(None);
    }
    std::fs::write(root.join(PAGE), new)?;
    Ok(Some(PAGE.to_owned()))
}

pub(super) fn check(root: &Path, packages: &[&Package]) -> Result<Vec<String>> {
    Ok(problems(&page(root)?, &read(packages)?))
}

fn page(root: &Path) -> Result<String> {
    std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("{PAGE} cannot be read"))
}

fn problems(page: &str, read: &Read) -> Vec<String> {
    let Some(new) = replaced(page, read) else {
        return vec![no_markers()];
    };
    let rows = rows(page);
    let mut problems: Vec<_> = read
        .keys()
        .filter(|name| {
            rows.get(name.as_str())
                .is_none_or(|(does, default)| does.is_empty() || default.is_empty())
        })
        .map(|name| format!("{PAGE}: the row of {name} needs what the variable does, and its default"))
        .collect();
    if new != page {
        problems.push(format!(
            "{PAGE}: the variables are not those that the crates read; `cargo xtask tidy --write` writes them"
        ));
    }
    problems
}

fn no_markers() -> String {
    format!("{PAGE} has no `{BEGIN}` and `{END}` with the table between them")
}

/// Returns the page with a row for each variable, or `None` if it has no markers.
fn replaced(page: &str, read: &Read) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let rows = rows(page);
    let mut table = "| variable | what it does | default | read by |\n|---|---|---|---|\n".to_owned();
    for (name, crates) in read {
        let (does, default) = rows.get(name.as_str()).copied().unwrap_or_default();
        let crates: Vec<_> = crates.iter().map(String::as_str).collect();
        let _ = writeln!(table, "| `{name}` | {does} | {default} | {} |", crates.join(", "));
    }
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

/// Returns what the rows of the table say about each variable, and its default.
fn rows(page: &str) -> BTreeMap<&str, (&str, &str)> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let name = cells.next()?.strip_suffix('`')?;
        Some((name, (cells.next()?.trim(), cells.next()?.trim())))
    });
    rows.collect()
}

/// Finds the variables that the code of the published crates reads.
fn read(packages: &[&Package]) -> Result<Read> {
    let mut read = Read::new();
    for package in packages.iter().filter(|package| package.publish.is_none()) {
        let sources = package.manifest_path.with_file_name("src");
        for file in files::files(sources.as_std_path(), &["rs"])? {
            let is_for_tests = file
                .strip_prefix(&sources)?
                .iter()
                .any(|part| matches!(part.to_str(), Some("test_util" | "tests" | "tests.rs")));
            if is_for_tests {
                continue;
            }
            let code = syn::parse_file(&std::fs::read_to_string(&file)?)
                .with_context(|| format!("{} does not parse", file.display()))?;
            let name = package.name.trim_start_matches("powertools-lambda-");
            for variable in names(&code) {
                read.entry(variable).or_default().insert(name.to_owned());
            }
        }
    }
    Ok(read)
}

fn names(code: &syn::File) -> BTreeSet<String> {
    let mut names = Names::default();
    names.visit_file(code);
    let Names {
        mut found,
        constants,
        read,
    } = names;
    found.extend(constants.into_iter().filter_map(|(constant, name)| {
        // The second is for a constant that another file reads.
        let is_variable = read.contains(&constant) || constant.ends_with("VARIABLE");
        is_variable.then_some(name)
    }));
    found
}

/// Collects the names of variables outside of tests.
#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
    /// The constants that are texts.
    constants: BTreeMap<String, String>,
    /// The constants that are read as variables.
    read: BTreeSet<String>,
}

impl<'a> Visit<'a> for Names {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        if READERS.iter().any(|reader| call.method == reader) {
            match call.args.first() {
                Some(syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(name),
                    ..
                })) if is_name(&name.value()) => {
                    self.found.insert(name.value());
                }
                Some(syn::Expr::Path(constant)) => {
                    let last = constant.path.segments.last();
                    self.read.extend(last.map(|last| last.ident.to_string()));
                }
                _ => {}
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        let text = text.value();
        if is_name(&text) && PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            self.found.insert(text);
        }
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        if let syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) = &*item.expr
        {
            self.constants.insert(item.ident.to_string(), text.value());
        }
        visit::visit_item_const(self, item);
    }

    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        // `variable(env, "NAME")`, a call of a function around a reader.
        if let syn::Expr::Path(function) = &*call.func
            && function.path.is_ident("variable")
            && let Some(syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            })) = call.args.last()
        {
            self.found.insert(name.value());
        }
        visit::visit_expr_call(self, call);
    }
}

fn is_test(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    attribute.path().is_ident("cfg") && {
        let condition = list.tokens.to_string();
        condition == "test" || condition.starts_with("all (test") || condition.starts_with("all(test")
    }
}

fn is_name(text: &str) -> bool {
    let is_part_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() > 3 && text.bytes().all(is_part_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_where_they_are_read() {
        let code = syn::parse_str(
            r#"
            const PORT_VARIABLE: &str = "PORT_OF_AGENT";
            const PORT: &str = "PORT";
            const TITLE: &str = "TITLE";
            impl Daemon { pub const ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS"; }
            fn read(env: &Variables) {
                env.text("RUST_LOG");
                env.parse(PORT, "a port");
                print(TITLE);
                env.flag("POWERTOOLS_DEV").or_else(|| variable(env, "LOG_LEVEL"));
                named(None, "POWERTOOLS_METRICS_NAMESPACE");
                action("ALL_IN_VALUE");
                warn("POWERTOOLS_DEV is set");
            }
            #[cfg(test)]
            mod tests { fn a() { env.text("POWERTOOLS_TEST"); } }
            #[cfg(all(test, feature = "x"))]
            mod more_tests { fn a() { env.text("POWERTOOLS_TEST"); } }
            "#,
        );
        let names: Vec<_> = names(&code.unwrap()).into_iter().collect();
        let expected = [
            "AWS_XRAY_DAEMON_ADDRESS",
            "LOG_LEVEL",
            "PORT",
            "PORT_OF_AGENT",
            "POWERTOOLS_DEV",
            "POWERTOOLS_METRICS_NAMESPACE",
            "RUST_LOG",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_new_variable_needs_an_entry() {
        let page = format!("# V\n\n{BEGIN}\n| `A_B` | does a | `1` | core |\n| `GONE` | x | y | core |\n{END}\n");
        let crates = BTreeSet::from(["core".to_owned()]);
        let mut read = Read::from([("A_B".to_owned(), crates.clone())]);
        let written = replaced(&page, &read).unwrap();
        assert!(written.contains("\n| `A_B` | does a | `1` | core |\n\n"), "{written}");
        assert!(!written.contains("GONE"));
        assert_eq!(problems(&written, &read), [""; 0]);
        assert_eq!(problems(&page, &read).len(), 1, "a row that is gone");

        read.insert("A_C".to_owned(), crates);
        assert_eq!(
            problems(&written, &read).len(),
            2,
            "a row that is missing, and not described"
        );
        let written = replaced(&written, &read).unwrap();
        let expected = [format!(
            "{PAGE}: the row of A_C needs what the variable does, and its default"
        )];
        assert_eq!(problems(&written, &read), expected);
        assert_eq!(problems("# V\n", &read), [no_markers()]);
    }
}
