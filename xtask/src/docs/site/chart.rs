//! [`draw`]: draws rows of a table as a bar chart.
//!
//! A line `<!-- chart COLUMN: ROW; ROW -->` becomes a chart of that column of the table above it, so that a figure is written
//! once. Elsewhere, such as on a forge, the line is a comment.

use std::fmt::Write;

use anyhow::{Context, Result};

/// The width of the drawing, of its longest bar, and the height of a row, in the drawing's units.
const WIDTH: f64 = 400.0;
const LONGEST: f64 = 320.0;
const ROW: usize = 40;

/// Replaces the lines that ask for a chart.
pub(super) fn draw(text: &str) -> Result<String> {
    let mut new = String::new();
    let mut table = Vec::new();
    let mut is_in_table = false;
    for line in text.lines() {
        if line.starts_with('|') {
            if !is_in_table {
                table.clear();
            }
            table.push(cells(line));
        }
        is_in_table = line.starts_with('|');
        let chart = line
            .strip_prefix("<!-- chart ")
            .and_then(|line| line.strip_suffix(" -->"));
        if let Some(chart) = chart {
            new += &of_table(chart, &table).with_context(|| format!("no chart for {chart:?}"))?;
        } else {
            new += line;
            new.push('\n');
        }
    }
    Ok(new)
}

fn of_table(chart: &str, table: &[Vec<String>]) -> Option<String> {
    let (column, names) = chart.split_once(": ")?;
    let index = table.first()?.iter().position(|cell| cell == column)?;
    let mut bars = Vec::new();
    for name in names.split("; ") {
        let row = table.iter().find(|row| row[0] == name)?;
        bars.push((name, row.get(index)?.as_str(), amount(row.get(index)?)?));
    }
    Some(svg(column, &bars))
}

/// Returns the drawing. A line of Markdown that is blank would end it.
fn svg(column: &str, bars: &[(&str, &str, f64)]) -> String {
    let most = bars.iter().map(|(.., amount)| *amount).fold(0.0, f64::max);
    let spoken: Vec<_> = bars.iter().map(|(name, text, _)| format!("{name}: {text}")).collect();
    let height = bars.len() * ROW;
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{column}. {}\">\n",
        spoken.join("; ")
    );
    for (number, (name, text, amount)) in bars.iter().enumerate() {
        let (top, length) = (number * ROW, LONGEST * amount / most);
        let _ = writeln!(svg, "<text x=\"0\" y=\"{}\">{name}</text>", top + 14);
        let _ = writeln!(
            svg,
            "<rect x=\"0\" y=\"{}\" width=\"{length:.1}\" height=\"12\"/>",
            top + 20
        );
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{}\">{text}</text>", length + 6.0, top + 30);
    }
    svg + "</svg>\n"
}

/// Returns a row's cells without markup.
fn cells(line: &str) -> Vec<String> {
    let cells = line.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().replace(['`', '*'], "")).collect()
}

/// Returns the number of a cell, a time in nanoseconds.
fn amount(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let number: f64 = number.replace(',', "").parse().ok()?;
    let factor = match unit {
        "" | "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str =
        "| | median | instructions |\n|---|---|---|\n| `a` | 1.5 µs | 2 |\n| **b** | 3,000 ns | 1 |\n\n";

    #[test]
    fn a_bar_is_as_long_as_its_number() {
        let text = draw(&format!("{TABLE}<!-- chart median: a; b -->\nend\n")).unwrap();
        assert!(text.contains("aria-label=\"median. a: 1.5 µs; b: 3,000 ns\""), "{text}");
        assert!(
            text.contains("width=\"160.0\"") && text.contains("width=\"320.0\""),
            "{text}"
        );
        assert!(text.ends_with("</svg>\nend\n"), "{text}");
        assert!(!text.split_once("<svg").unwrap().1.contains("\n\n"), "{text}");
    }

    #[test]
    fn a_row_that_is_gone_is_an_error() {
        for chart in ["median: c", "mean: a", "median"] {
            assert!(draw(&format!("{TABLE}<!-- chart {chart} -->\n")).is_err(), "{chart}");
        }
    }
}
