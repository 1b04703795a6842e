//! Lists what umsoap shall reach. Each goal is a ratio of two times of one run, a rate, or a number of allocations.

use std::fmt::Write;

use crate::figures::Figures;
use crate::workloads::cuts::Cut;
use crate::workloads::{self, options::WIDENING};
use crate::{chunks, options, reading, writing};

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}
use Limit::{AtLeast, AtMost};

impl Limit {
    fn holds(self, value: f64) -> bool {
        match self {
            AtMost(most) => value <= most,
            AtLeast(least) => value >= least,
        }
    }

    fn words(self) -> String {
        match self {
            AtMost(most) => format!("≤ {most}"),
            AtLeast(least) => format!("≥ {least}"),
        }
    }
}

/// Computes a value. It is `None` for a build in which it was not measured.
type Value = Box<dyn Fn(&Figures) -> Option<f64>>;

/// One figure of a goal.
struct Part {
    name: String,
    value: Value,
    with_lto: Limit,
    /// The limit without LTO. `None` means that the figure is shown and has no limit.
    without_lto: Option<Limit>,
}

struct Goal {
    about: String,
    /// The figures of commit 6999834, before the work on speed.
    before: &'static str,
    parts: Vec<Part>,
}

/// The name of a table and of one of its rows.
type Row = (String, String);

fn read(workload: &str, peer: &str) -> Row {
    (reading::whole_table(workload), peer.to_string())
}

fn fed(workload: &str, cut: Cut) -> Row {
    (chunks::table(workload), cut.name())
}

fn one_shot(workload: &str) -> Row {
    (chunks::table(workload), chunks::ONE_SHOT.to_string())
}

/// Returns a part whose value is the time of `above` divided by the time of `below`.
fn ratio(name: &str, above: Row, below: Row, with_lto: Limit, without_lto: Option<Limit>) -> Part {
    let value = move |figures: &Figures| figures.ratio((&above.0, &above.1), (&below.0, &below.1));
    Part { name: name.to_string(), value: Box::new(value), with_lto, without_lto }
}

/// Returns a part whose value is a rate, in bytes for each nanosecond.
fn rate(workload: &workloads::Workload, row: Row, least: f64) -> Part {
    let bytes = workload.bytes() as f64 / workload.messages.len() as f64;
    let value = move |figures: &Figures| Some(bytes / figures.median(&row.0, &row.1)?);
    let name = format!("({})", workload.name);
    Part { name, value: Box::new(value), with_lto: AtLeast(least), without_lto: None }
}

const OURS: &str = "umsoap";
const LEARNED: &str = "umsoap Shapes";
const STRICT: &str = "roxmltree";
const UNCHECKED: &str = "quick-xml Reader";

fn goals() -> Vec<Goal> {
    let goal = |about: &str, before, parts| Goal { about: about.to_string(), before, parts };
    let faster = |(workload, least, without): (&str, f64, f64)| {
        let (above, below) = (read(workload, STRICT), read(workload, OURS));
        ratio(&format!("({workload})"), above, below, AtLeast(least), Some(AtLeast(without)))
    };
    let beside = |workload: &str, peer, least| {
        ratio(&format!("({workload})"), read(workload, peer), read(workload, OURS), AtLeast(least), None)
    };
    let in_one_shot = |workload: &str, cut: Cut, most| {
        let name = match cut {
            Cut::Every(bytes) => format!("({workload}) by {bytes}"),
            _ => format!("({workload})"),
        };
        ratio(&name, fed(workload, cut), one_shot(workload), AtMost(most), None)
    };
    // Branches of varied requests are guessed wrong in both, and the decoder's additional work is harder to hide.
    let whole = |cut: Cut| -> Vec<Part> {
        let most = |name: &str| if matches!(name, "e" | "g") { 1.6 } else { 1.3 };
        workloads::all().iter().map(|w| in_one_shot(w.name, cut, most(w.name))).collect()
    };
    // Two copies of one program differ by 5 %, so "not worse" allows 5 %.
    let learned = |(workload, before): (&str, f64)| {
        let (above, below) = (read(workload, STRICT), read(workload, LEARNED));
        ratio(&format!("({workload})"), above, below, AtLeast((before * 0.95_f64).round()), None)
    };
    let widened = |workload: &'static str| {
        WIDENING[1..].iter().map(move |(name, _)| {
            let table = options::table(options::DOORS[0].1, workload);
            let row = |name: &str| (table.clone(), name.to_string());
            ratio(&format!("({workload}) {name}"), row(name), row(WIDENING[0].0), AtMost(1.2), None)
        })
    };
    let written = |what: &str, most| {
        let row = |who: &str| (writing::table(what), who.to_string());
        ratio(what, row(OURS), row(writing::COPY), AtMost(most), None)
    };
    let allocations = |figures: &Figures| {
        let ours = |table: &str, row: &str| {
            let read_or_written = table.starts_with("read ") || table.starts_with("write ");
            let by_us = row.starts_with("umsoap") && read_or_written;
            by_us || table.starts_with("chunks ") || table.contains("options ")
        };
        Some(figures.allocations(ours))
    };
    vec![
        goal(
            "roxmltree / umsoap",
            "(a) 20, (b) 18.4, (c) 9.4, (g) 11.4",
            [("a", 25.0, 20.0), ("b", 22.0, 18.0), ("c", 11.0, 9.5), ("g", 16.0, 14.0)].map(faster).into(),
        ),
        goal(
            "64 KB of text, GB/s",
            "14",
            vec![
                rate(&workloads::d3(), read("d3", OURS), 28.0),
                rate(&workloads::d1(), read("d1", OURS), 28.0),
            ],
        ),
        goal(
            "quick-xml's Reader / umsoap, 64 KB of text",
            "0.8",
            vec![beside("d3", UNCHECKED, 1.5), beside("d1", UNCHECKED, 1.5)],
        ),
        goal("520 declaring header blocks, GB/s", "1.4", vec![rate(&workloads::h(), read("h", OURS), 2.2)]),
        goal("roxmltree / umsoap, 520 declaring header blocks", "8", vec![beside("h", STRICT, 11.5)]),
        goal(
            "decoder in one chunk / one-shot parse",
            "(a) 4.6, (b) 5.5, (c) 2.3, (h) 1.9, (g) 3.0",
            whole(Cut::Whole),
        ),
        goal("the same, the chunk ends in white space", "", whole(Cut::WhiteSpaceAtEnd)),
        goal("the same, a second chunk is white space", "", whole(Cut::BeforeWhiteSpace)),
        goal(
            "decoder in frames / one-shot parse",
            "2.0 to 2.5",
            vec![
                in_one_shot("c", Cut::Every(1460), 1.6),
                in_one_shot("h", Cut::Every(1460), 1.6),
                in_one_shot("h", Cut::Every(4096), 1.6),
            ],
        ),
        goal(
            "decoder in chunks of 64 bytes, GB/s",
            "(h) 0.42, (d3) 8.4",
            vec![
                rate(&workloads::h(), fed("h", Cut::Every(64)), 0.5),
                rate(&workloads::d3(), fed("d3", Cut::Every(64)), 12.0),
                rate(&workloads::d1(), fed("d1", Cut::Every(64)), 12.0),
            ],
        ),
        goal(
            "options that only widen / default",
            "message_bytes 4.1",
            options::WORKLOADS.into_iter().flat_map(widened).collect(),
        ),
        goal(
            "encode / memcpy, the target swept over a page",
            "request 3.2, response 2.5",
            vec![written("request", 1.5), written("response", 1.2)],
        ),
        goal(
            "roxmltree / learned shape",
            "(a) 83, (b) 92, (c) 53",
            [("a", 83.0), ("b", 92.0), ("c", 53.0)].map(learned).into(),
        ),
        goal(
            "allocations of umsoap, the most for a message",
            "0",
            vec![Part {
                name: String::new(),
                value: Box::new(allocations),
                with_lto: AtMost(0.0),
                without_lto: Some(AtMost(0.0)),
            }],
        ),
    ]
}

/// Returns the values of a goal, its limits, and the parts that miss them.
fn cells(goal: &Goal, figures: &Figures, limit: impl Fn(&Part) -> Option<Limit>) -> [String; 3] {
    let (mut values, mut limits, mut missed) = (Vec::new(), Vec::<String>::new(), Vec::new());
    for part in &goal.parts {
        // A peer may be missing from a build.
        let Some(value) = (part.value)(figures) else { continue };
        let with_name = |text: String| format!("{} {text}", part.name).trim().to_string();
        values.push(with_name(format!("{value:.2}")));
        let Some(limit) = limit(part) else { continue };
        limits.push(limit.words());
        if !limit.holds(value) {
            missed.push(with_name(String::new()));
        }
    }
    limits.dedup();
    let verdict = match (limits.is_empty(), missed.is_empty(), goal.parts.len()) {
        (true, ..) => String::new(),
        (_, true, _) => "met".to_string(),
        (_, false, 1) => "**missed**".to_string(),
        _ => format!("**missed**: {}", missed.join(", ")),
    };
    [values.join(", "), limits.join(", "), verdict]
}

pub fn write(out: &mut String, with_lto: &Figures, without_lto: &Figures) {
    let _ = writeln!(
        out,
        "\n## Goals\n\nEach figure is a ratio of two times of one run, or a rate. The figures of commit 6999834, \
         from before the work on speed, were taken on another machine and on other messages of the same kinds.\n\n\
         | | 6999834 | with LTO | goal | | without LTO | goal | |\n|---|---|---|---|---|---|---|---|"
    );
    for goal in goals() {
        let [values, limits, verdict] = cells(&goal, with_lto, |part| Some(part.with_lto));
        let [plain, plain_limits, plain_verdict] = cells(&goal, without_lto, |part| part.without_lto);
        let _ = writeln!(
            out,
            "| {} | {} | {values} | {limits} | {verdict} | {plain} | {plain_limits} | {plain_verdict} |",
            goal.about, goal.before
        );
    }
}
