//! REPORT.md and its plots.

use std::fmt::Write;
use std::path::Path;

use crate::defects::Verdicts;
use crate::floors::{COMPARE, FLOORS};
use crate::plot::{self, Bar, duration};
use crate::workloads::hostile;
use crate::{goals, peers, reading, writing};

pub struct Report {
    pub reading: Vec<reading::Table>,
    pub pieces: Vec<reading::Pieces>,
    pub writing: [writing::Table; 2],
    pub verdicts: Vec<Verdicts>,
}

const OURS: &str = "#1a7f37";
const STRICT: &str = "#1f5fa8";
const OTHER: &str = "#b9c4d0";
const LEGEND: [(&str, &str); 3] =
    [("umsoap", OURS), ("refuses all of 16 usual defects", STRICT), ("takes some of them", OTHER)];

impl Report {
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join("plots"))?;
        for table in &self.reading {
            std::fs::write(folder.join(format!("plots/{}.svg", table.name)), self.plot(table))?;
        }
        std::fs::write(folder.join("REPORT.md"), self.text())
    }

    fn usual(&self, peer: &str) -> usize {
        self.verdicts.iter().find(|verdicts| verdicts.peer == peer).map_or(0, Verdicts::usual)
    }

    fn plot(&self, table: &reading::Table) -> String {
        let mut bars: Vec<Bar> = Vec::new();
        for (name, figure) in &table.peers {
            let usual = self.usual(name);
            let colour = match usual {
                _ if name.starts_with("umsoap") => OURS,
                hostile::USUAL_DEFECTS => STRICT,
                _ => OTHER,
            };
            let name = format!("{name} ({usual}/{})", hostile::USUAL_DEFECTS);
            bars.push(Bar { name, nanoseconds: figure.median, colour });
        }
        bars.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        let floors: Vec<(&str, f64)> =
            [COMPARE, "delimiters"].iter().filter_map(|name| Some((*name, table.median(name)?))).collect();
        let title = format!("({}) {}: time for a message of {} bytes", table.name, table.about, table.bytes);
        plot::svg(&title, &LEGEND, &bars, &floors)
    }

    fn text(&self) -> String {
        let mut out = String::from(
            "# Reading and writing GetCallInfo: umsoap beside what its users would take instead\n\n\
             Written by `cargo run --release` in `compare/`; its README.md has the exact commands.\n\n",
        );
        self.method(&mut out);
        goals::write(&mut out, &self.reading, &self.pieces, &self.writing);
        self.reading_tables(&mut out);
        self.defects(&mut out);
        self.pieces(&mut out);
        self.writing(&mut out);
        out
    }

    fn method(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## How it was measured\n\n\
             All in one process, by turns of a millisecond of the thread's own time; medians of the rounds, with the \
             least in brackets. Each answer is compared with the expected one before its time is taken. Machine: {}. Compiled by {} for the \
             default target, `opt-level = 3`; C and C++ with `-O3`. Read the figures as ratios.\n",
            machine(),
            compiler()
        );
        let _ = writeln!(
            out,
            "Every peer does the same work: it reads the whole message to its end, makes sure that it is an Envelope \
             with a Body with GetCallInfo or its response, and gives the CallId, or CallState and EventCause.\n\n\
             | peer | version | how it was used, and what it leaves to its user |\n|---|---|---|"
        );
        let versions = versions();
        for peer in peers::all() {
            let key = peer.name.split([' ', ',']).next().unwrap_or_default();
            let version = versions.iter().find(|(name, _)| *name == key).map_or("", |(_, version)| version);
            let _ = writeln!(out, "| {} | {version} | {} |", peer.name, peer.about);
        }
        #[cfg(feature = "native")]
        for name in peers::native::LEFT_OUT {
            let _ = writeln!(out, "\n**{name} was left out: it is not installed.**");
        }
        #[cfg(not(feature = "native"))]
        let _ = writeln!(out, "\n**The C and C++ peers were left out: built without the feature `native`.**");
        let _ = writeln!(out, "\nFloors, below which a reader that looks at every byte cannot go:\n");
        for floor in &FLOORS {
            let _ = writeln!(out, "- {}: {}", floor.name, floor.about);
        }
    }

    fn reading_tables(&self, out: &mut String) {
        let _ = writeln!(out, "\n## Reading\n");
        for table in &self.reading {
            let floor = table.median(COMPARE).unwrap_or(f64::NAN);
            let ours = table.median("umsoap").unwrap_or(f64::NAN);
            let _ = writeln!(
                out,
                "### ({}) {}, {} bytes\n\n![Time for a message]({})\n\n\
                 | | median (least) | MB/s | × memcmp | × umsoap | allocations | usual defects refused |\n\
                 |---|--:|--:|--:|--:|--:|--:|",
                table.name,
                table.about,
                table.bytes,
                format_args!("plots/{}.svg", table.name)
            );
            let mut peers = table.peers.clone();
            peers.sort_by(|a, b| a.1.median.total_cmp(&b.1.median));
            let mut floors = table.floors.clone();
            floors.sort_by(|a, b| a.1.median.total_cmp(&b.1.median));
            for (n, (name, figure)) in floors.iter().chain(&peers).enumerate() {
                let is_floor = n < floors.len();
                let (name, refused) = match is_floor {
                    true => (format!("*floor: {name}*"), String::new()),
                    false => {
                        ((*name).to_string(), format!("{} of {}", self.usual(name), hostile::USUAL_DEFECTS))
                    }
                };
                let allocations = if is_floor { String::new() } else { format!("{:.0}", figure.allocations) };
                let _ = writeln!(
                    out,
                    "| {name} | {} ({}) | {:.0} | {:.1} | {:.2} | {allocations} | {refused} |",
                    duration(figure.median),
                    duration(figure.min),
                    table.bytes as f64 * 1e3 / figure.median,
                    figure.median / floor,
                    figure.median / ours
                );
            }
            out.push('\n');
        }
    }

    fn defects(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## What is refused\n\nOne small request, each time with one defect, away from the CallId. ● refused, ○ \
             taken. The first {} are the usual test; SOAP, XML and its namespaces forbid the others too.\n",
            hostile::USUAL_DEFECTS
        );
        let numbers: String = (1..=self.verdicts.len()).map(|n| format!(" {n} |")).collect();
        let _ = writeln!(out, "| defect |{numbers}\n|---|{}", "---|".repeat(self.verdicts.len()));
        for (n, defect) in hostile::defects().iter().enumerate() {
            let marks = self.verdicts.iter().map(|v| if v.refused[n] { " ● |" } else { " ○ |" });
            let _ = writeln!(out, "| {} |{}", defect.name, marks.collect::<String>());
        }
        let totals = |range: std::ops::Range<usize>| -> String {
            let count = |v: &Verdicts| v.refused[range.clone()].iter().filter(|&&refused| refused).count();
            self.verdicts.iter().map(|v| format!(" {} |", count(v))).collect()
        };
        let (usual, all) = (hostile::USUAL_DEFECTS, hostile::defects().len());
        let _ = writeln!(out, "| **of the usual {usual}** |{}", totals(0..usual));
        let _ = writeln!(out, "| **of the other {}** |{}\n", all - usual, totals(usual..all));
        let names = self.verdicts.iter().enumerate().map(|(n, v)| format!("{} {}", n + 1, v.peer));
        let _ = writeln!(out, "{}.\n", names.collect::<Vec<_>>().join(", "));
    }

    fn pieces(&self, out: &mut String) {
        let _ = writeln!(out, "## In pieces of {} bytes\n", reading::PIECE);
        for table in &self.pieces {
            let _ = writeln!(
                out,
                "### ({}) {}\n\n| | in pieces | in one piece | growth | |\n|---|--:|--:|--:|---|",
                table.name, table.about
            );
            let mut peers = table.peers.clone();
            peers.sort_by(|a, b| a.2.median.total_cmp(&b.2.median));
            for (name, about, pieces, one) in peers {
                let growth = pieces.median / one.median;
                let (pieces, one) = (duration(pieces.median), duration(one.median));
                let _ = writeln!(out, "| {name} | {pieces} | {one} | {growth:.2} | {about} |");
            }
            out.push('\n');
        }
    }

    fn writing(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## Writing\n\nInto a buffer of the caller's; umsoap reads what each peer wrote.\n"
        );
        for table in &self.writing {
            let copy = table.peers.last().map_or(f64::NAN, |(_, figure)| figure.median);
            let _ = writeln!(
                out,
                "### The documented {}\n\n| | median (least) | × memcpy | allocations |\n|---|--:|--:|--:|",
                table.name
            );
            let mut peers = table.peers.clone();
            peers.sort_by(|a, b| a.1.median.total_cmp(&b.1.median));
            for (name, figure) in peers {
                let name = if name == writing::COPY { "*floor: memcpy of the finished bytes*" } else { name };
                let (median, min) = (duration(figure.median), duration(figure.min));
                let times = figure.median / copy;
                let _ =
                    writeln!(out, "| {name} | {median} ({min}) | {times:.1} | {:.0} |", figure.allocations);
            }
            out.push('\n');
        }
    }
}

/// Names as the first word of the peers' names.
fn versions() -> Vec<(&'static str, String)> {
    let lock = include_str!("../Cargo.lock");
    let names = ["umsoap", "xmlparser", "quick-xml", "roxmltree", "instant-xml", "rxml"];
    let version = |name: &'static str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let rest = lock.split_once(&entry).map_or("", |(_, rest)| rest);
        (name, rest.split('"').next().unwrap_or_default().to_string())
    };
    let rust = names.into_iter().map(version);
    #[cfg(feature = "native")]
    let rust = rust.chain(peers::native::versions());
    rust.collect()
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let has = |flag: &str| cpu.split_whitespace().any(|word| word == flag);
    let vectors = match () {
        () if has("avx512bw") => " with AVX-512",
        () if has("avx2") => " with AVX2",
        () => "",
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}{vectors}, {cores} cores", std::env::consts::ARCH)
}

fn compiler() -> String {
    let output = std::process::Command::new("rustc").arg("--version").output();
    let version =
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    version.split(" (").next().unwrap_or_default().trim().to_string()
}
