//! What umsoap is to reach, as ratios within one run.

use std::fmt::Write;

use crate::floors::COMPARE;
use crate::{reading, writing};

enum Goal {
    AtMost(f64),
    AtLeast(f64),
}
use Goal::{AtLeast, AtMost};

pub fn write(
    out: &mut String,
    tables: &[reading::Table],
    pieces: &[reading::Pieces],
    writing: &[writing::Table],
) {
    let mut rows: Vec<(String, Option<f64>, Goal)> = Vec::new();
    let median = |workload: &str, who: &str| tables.iter().find(|table| table.name == workload)?.median(who);
    let ours = |workload: &str| median(workload, "umsoap");
    for (workload, most) in [("a", 5.0), ("b", 7.0), ("c", 22.0)] {
        let value = ratio(ours(workload), median(workload, COMPARE));
        rows.push((format!("({workload}) in memcmp of the message"), value, AtMost(most)));
    }
    for (workload, most) in [("a", 1.75), ("b", 1.75), ("c", 6.0), ("f", 6.0)] {
        let value = ratio(median(workload, "umsoap Shapes"), median(workload, COMPARE));
        rows.push((format!("({workload}) by Shapes, in memcmp of the message"), value, AtMost(most)));
    }
    for (workload, peer, least) in [
        ("a", "roxmltree", 22.0),
        ("a", "rapidxml", 3.0),
        ("b", "roxmltree", 20.0),
        ("c", "roxmltree", 9.0),
        ("c", "rapidxml", 1.0),
        ("d1", "quick-xml Reader", 1.0),
        ("d2", "rapidxml", 1.0),
        ("e", "roxmltree", 20.0),
    ] {
        let value = ratio(median(workload, peer), ours(workload));
        rows.push((format!("({workload}) faster than {peer}, times"), value, AtLeast(least)));
    }
    for (workload, least) in [("d1", 15.0), ("d2", 1.6)] {
        let bytes = tables.iter().find(|table| table.name == workload).map(|table| table.bytes as f64);
        rows.push((format!("({workload}) in GB/s"), ratio(bytes, ours(workload)), AtLeast(least)));
    }
    rows.push(("(e) in the time of (a)".to_string(), ratio(ours("e"), ours("a")), AtMost(1.3)));
    for (workload, most) in [("d1", 1.6), ("d2", 1.1)] {
        let table = pieces.iter().find(|table| table.name == workload);
        let row = table.and_then(|table| table.peers.iter().find(|peer| peer.0 == "umsoap Decoder"));
        let value = row.map(|(_, _, pieces, one)| pieces.median / one.median);
        rows.push((
            format!("({workload}) in pieces of {} bytes in the time of one", reading::PIECE),
            value,
            AtMost(most),
        ));
    }
    for (table, most) in writing.iter().zip([1.5, 1.2]) {
        let median = |name| table.peers.iter().find(|peer| peer.0 == name).map(|peer| peer.1.median);
        let value = ratio(median("umsoap"), median(writing::COPY));
        rows.push((format!("writing the {} in memcpy of it", table.name), value, AtMost(most)));
    }
    let _ = writeln!(out, "\n## Goals\n\n| | today | goal | |\n|---|--:|--:|---|");
    for (name, value, goal) in rows {
        let Some(value) = value else { continue };
        let (words, met) = match goal {
            AtMost(most) => (format!("≤ {most}"), value <= most),
            AtLeast(least) => (format!("≥ {least}"), value >= least),
        };
        let _ = writeln!(out, "| {name} | {value:.2} | {words} | {} |", if met { "met" } else { "missed" });
    }
}

fn ratio(above: Option<f64>, below: Option<f64>) -> Option<f64> {
    Some(above? / below?)
}
