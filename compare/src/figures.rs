//! Holds all figures of one build, by table and row. A file carries them from one build's program to the other's.

use std::fmt::Write;
use std::path::Path;

use crate::measure::Figure;

/// The time of one contender.
struct Entry {
    table: String,
    row: String,
    figure: Figure,
}

#[derive(Default)]
pub struct Figures(Vec<Entry>);

impl Figures {
    pub fn add(&mut self, table: &str, rows: impl IntoIterator<Item = (String, Figure)>) {
        let entry = |(row, figure)| Entry { table: table.to_string(), row, figure };
        self.0.extend(rows.into_iter().map(entry));
    }

    pub fn get(&self, table: &str, row: &str) -> Option<Figure> {
        let entry = self.0.iter().find(|entry| entry.table == table && entry.row == row);
        entry.map(|entry| entry.figure)
    }

    pub fn median(&self, table: &str, row: &str) -> Option<f64> {
        Some(self.get(table, row)?.median)
    }

    /// Returns `above` divided by `below`. Both are times of one run.
    pub fn ratio(&self, above: (&str, &str), below: (&str, &str)) -> Option<f64> {
        Some(self.median(above.0, above.1)? / self.median(below.0, below.1)?)
    }

    /// Returns the rows of a table, the fastest first.
    pub fn rows(&self, table: &str) -> Vec<(&str, Figure)> {
        let mut rows: Vec<(&str, Figure)> = Vec::new();
        for entry in self.0.iter().filter(|entry| entry.table == table) {
            rows.push((&entry.row, entry.figure));
        }
        rows.sort_by(|a, b| a.1.median.total_cmp(&b.1.median));
        rows
    }

    /// Returns the most allocations for one message in the rows that are chosen.
    pub fn allocations(&self, row: impl Fn(&str, &str) -> bool) -> f64 {
        let of = self.0.iter().filter(|entry| row(&entry.table, &entry.row));
        of.map(|entry| entry.figure.allocations).fold(0.0, f64::max)
    }

    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut text = String::new();
        for Entry { table, row, figure: Figure { median, min, allocations } } in &self.0 {
            let _ = writeln!(text, "{table}\t{row}\t{median}\t{min}\t{allocations}");
        }
        std::fs::write(path, text)
    }

    pub fn load(path: &Path) -> std::io::Result<Self> {
        let entry = |line: &str| {
            let mut fields = line.split('\t');
            let (table, row) = (fields.next()?.to_string(), fields.next()?.to_string());
            let mut number = || fields.next()?.parse().ok();
            let figure = Figure { median: number()?, min: number()?, allocations: number()? };
            Some(Entry { table, row, figure })
        };
        let entries: Option<Vec<Entry>> = std::fs::read_to_string(path)?.lines().map(entry).collect();
        entries.map(Self).ok_or_else(|| std::io::Error::other("these are no figures"))
    }
}
