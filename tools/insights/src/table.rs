//! [`Table`]: the result of a query.

use std::fmt;

use crate::value::{Row, Value};

/// Rows and their columns, in the order in which they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// Returns the columns' names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the text of a column in a row, counted from 0. A missing value is an empty text.
    pub fn get(&self, row: usize, column: &str) -> Option<String> {
        let row = self.rows.get(row)?;
        Some(row.get(column).map(Value::to_string).unwrap_or_default())
    }
}

/// Formats the table with aligned columns, and without white space at the ends of lines.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |row: &Row, column: &String| row.get(column).map(Value::to_string).unwrap_or_default();
        let mut lines = vec![self.columns.clone()];
        lines.extend(
            self.rows
                .iter()
                .map(|row| self.columns.iter().map(|column| cell(row, column)).collect()),
        );
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..self.columns.len()).map(width).collect();
        let is_number: Vec<_> = self.columns.iter().map(|column| self.holds_numbers(column)).collect();
        for line in &lines {
            let mut text = String::new();
            for (index, cell) in line.iter().enumerate() {
                let width = widths[index];
                let padded = if is_number[index] {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                };
                text.push_str(&padded);
                text.push_str("  ");
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Table {
    fn holds_numbers(&self, column: &str) -> bool {
        let mut values = self.rows.iter().filter_map(|row| row.get(column)).peekable();
        values.peek().is_some() && values.all(|value| matches!(value, Value::Number(_)))
    }
}
