//! Finds paths among the tokens of a macro, which only the macro itself can parse.

use syn::LitStr;
use syn::buffer::Cursor;

use super::item_path::{ItemPath, text};

/// A sequence of tokens that looks like a path.
pub(super) struct TokenPath {
    pub(super) path: ItemPath,
    /// Whether it is followed by `!`.
    pub(super) is_macro: bool,
}

/// Returns the paths among the tokens, including those in brackets, but not the names of fields.
pub(super) fn paths(tokens: Cursor<'_>) -> Vec<TokenPath> {
    let mut found = Vec::new();
    scan(tokens, &[], &mut found);
    found
}

/// Returns the paths that are written as texts, as in `#[serde(with = "crate::time")]`.
pub(super) fn quoted_paths(mut tokens: Cursor<'_>) -> Vec<ItemPath> {
    let mut found = Vec::new();
    while let Some((_, rest)) = tokens.token_tree() {
        if let Some((inside, _, _, _)) = tokens.any_group() {
            found.extend(quoted_paths(inside));
        } else if let Some((literal, _)) = tokens.literal() {
            let text = syn::parse_str::<LitStr>(&literal.to_string());
            let path = text.and_then(|text| text.parse::<syn::Path>());
            found.extend(path.iter().map(ItemPath::from).filter(|path| path.segments.len() > 1));
        }
        tokens = rest;
    }
    found
}

/// Adds the paths among the tokens, each after `prefix`.
fn scan(mut tokens: Cursor<'_>, prefix: &[String], found: &mut Vec<TokenPath>) {
    let mut dots = 0;
    while !tokens.eof() {
        if let Some(rest) = scan_path(tokens, prefix, dots == 1, found) {
            tokens = rest;
        } else if let Some((inside, _, _, rest)) = tokens.any_group() {
            scan(inside, &[], found);
            tokens = rest;
        } else if let Some((punct, rest)) = tokens.punct() {
            if punct.as_char() == '*' && !prefix.is_empty() {
                add(prefix.to_vec(), false, found);
            }
            dots = if punct.as_char() == '.' { dots + 1 } else { 0 };
            tokens = rest;
            continue;
        } else if let Some((_, rest)) = tokens.token_tree() {
            tokens = rest;
        }
        dots = 0;
    }
}

/// Adds the path at the start of the tokens, and returns the tokens after it.
fn scan_path<'a>(
    tokens: Cursor<'a>,
    prefix: &[String],
    is_behind_dot: bool,
    found: &mut Vec<TokenPath>,
) -> Option<Cursor<'a>> {
    if let Some((_, rest)) = tokens.lifetime() {
        return Some(rest);
    }
    let dollar = punct(tokens, '$');
    let colons = colons(tokens);
    let (ident, mut rest) = dollar.or(colons).unwrap_or(tokens).ident()?;
    // `$name` is replaced by what the caller passes, and `::name` is another crate.
    let is_ours = colons.is_none() && (dollar.is_none() || ident == "crate");
    let mut segments = [prefix, &[text(&ident)]].concat();
    while let Some(behind) = self::colons(rest) {
        if let Some((ident, behind)) = behind.ident() {
            segments.push(text(&ident));
            rest = behind;
        } else if let Some((inside, _, _, behind)) = behind.any_group() {
            let prefix: &[_] = if is_ours { &segments } else { &[] };
            scan(inside, prefix, found);
            return Some(behind);
        } else {
            // `*`, or `<` before generic arguments.
            rest = behind;
            break;
        }
    }
    let is_macro = punct(rest, '!').is_some_and(|rest| rest.any_group().is_some());
    let is_field = segments.len() == 1 && (is_behind_dot || punct(rest, ':').is_some());
    if is_ours && !is_field {
        add(segments, is_macro, found);
    }
    Some(rest)
}

fn add(segments: Vec<String>, is_macro: bool, found: &mut Vec<TokenPath>) {
    let path = ItemPath {
        is_external: false,
        segments,
    };
    found.push(TokenPath { path, is_macro });
}

fn colons(tokens: Cursor<'_>) -> Option<Cursor<'_>> {
    punct(punct(tokens, ':')?, ':')
}

fn punct(tokens: Cursor<'_>, character: char) -> Option<Cursor<'_>> {
    let (punct, rest) = tokens.punct()?;
    (punct.as_char() == character).then_some(rest)
}
