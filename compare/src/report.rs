//! Writes REPORT.md and its plots.

use std::fmt::Write;
use std::path::Path;

use crate::defects::Verdicts;
use crate::figures::Figures;
use crate::floors::{COMPARE, FLOORS};
use crate::plot::{self, Bar, duration};
use crate::workloads::cuts::Cut;
use crate::workloads::options::WIDENING;
use crate::workloads::{self, Workload, hostile};
use crate::{chunks, goals, options, peers, reading, writing};

pub struct Report {
    pub with_lto: Figures,
    pub without_lto: Figures,
    pub verdicts: Vec<Verdicts>,
}

const OURS: &str = "#1a7f37";
const STRICT: &str = "#1f5fa8";
const OTHER: &str = "#b9c4d0";
const LEGEND: [(&str, &str); 3] =
    [("umsoap", OURS), ("refuses all of 16 usual defects", STRICT), ("takes some of them", OTHER)];

/// The peers beside which every workload is shown: two that refuse all usual defects, and three that refuse few.
const BESIDE: [&str; 5] = ["roxmltree", "expat", "rapidxml", "quick-xml Reader", "simdxml"];

fn is_floor(row: &str) -> bool {
    FLOORS.iter().any(|floor| floor.name == row)
}

/// Returns the bytes of one message, on average.
fn bytes(workload: &Workload) -> f64 {
    workload.bytes() as f64 / workload.messages.len() as f64
}

/// Returns the rate in bytes for each nanosecond.
fn rate(workload: &Workload, nanoseconds: f64) -> String {
    format!("{:.2}", bytes(workload) / nanoseconds)
}

impl Report {
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join("plots"))?;
        for workload in workloads::all() {
            std::fs::write(folder.join(format!("plots/{}.svg", workload.name)), self.plot(&workload))?;
        }
        std::fs::write(folder.join("REPORT.md"), self.text())
    }

    /// Returns the builds, with their names in tables.
    fn builds(&self) -> [(&'static str, &Figures); 2] {
        [("with LTO", &self.with_lto), ("without LTO", &self.without_lto)]
    }

    fn usual(&self, peer: &str) -> usize {
        self.verdicts.iter().find(|verdicts| verdicts.peer == peer).map_or(0, Verdicts::usual)
    }

    fn plot(&self, workload: &Workload) -> String {
        let mut bars: Vec<Bar> = Vec::new();
        let rows = self.with_lto.rows(&reading::whole_table(workload.name));
        for (name, figure) in rows.iter().filter(|(name, _)| !is_floor(name)) {
            let usual = self.usual(name);
            let colour = match usual {
                _ if name.starts_with("umsoap") => OURS,
                hostile::USUAL_DEFECTS => STRICT,
                _ => OTHER,
            };
            let name = format!("{name} ({usual}/{})", hostile::USUAL_DEFECTS);
            bars.push(Bar { name, nanoseconds: figure.median, colour });
        }
        let floors: Vec<(&str, f64)> = rows
            .iter()
            .filter(|(name, _)| [COMPARE, "delimiters"].contains(name))
            .map(|(name, figure)| (*name, figure.median))
            .collect();
        let title = format!(
            "({}) {}: time for a message of {:.0} bytes",
            workload.name,
            workload.about,
            bytes(workload)
        );
        plot::svg(&title, &LEGEND, &bars, &floors)
    }

    fn text(&self) -> String {
        let mut out = String::from(
            "# Reading and writing GetCallInfo: umsoap beside what its users would take instead\n\n\
             Written by `compare/report`; README.md says how.\n\n",
        );
        self.method(&mut out);
        goals::write(&mut out, &self.with_lto, &self.without_lto);
        self.summary(&mut out);
        self.reading_tables(&mut out);
        self.defects(&mut out);
        self.chunks(&mut out);
        self.options(&mut out);
        self.pieces(&mut out);
        self.writing(&mut out);
        out
    }

    fn method(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## How it was measured\n\n\
             All in one process, by turns of a millisecond of the thread's own time; medians of the rounds, with the \
             least in brackets. Each answer is compared with the expected one before its time is taken. Machine: {}. \
             Compiled by {} for the default target, `opt-level = 3`, in two builds: with LTO (`lto = \"fat\"`, one \
             codegen unit), and without, which is cargo's default (16 codegen units). C and C++ with `-O3` in both. \
             Read the figures as ratios.\n",
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

    /// Writes the first table: every workload beside the peers that matter most.
    fn summary(&self, out: &mut String) {
        let strict = |peer: &&&str| self.usual(peer) == hostile::USUAL_DEFECTS;
        let names = |peers: Vec<&&str>| peers.iter().map(|peer| **peer).collect::<Vec<_>>().join(" and ");
        let (strict, loose): (Vec<&&str>, Vec<&&str>) = BESIDE.iter().partition(strict);
        let _ = writeln!(
            out,
            "\n## In brief\n\nHow many times the time of `Envelope::parse` each peer takes. Of these peers, {} refuse \
             all usual defects; {} refuse few.",
            names(strict),
            names(loose)
        );
        for (build, figures) in self.builds() {
            let peers: String = BESIDE.iter().map(|peer| format!(" {peer} |")).collect();
            let _ = writeln!(
                out,
                "\n### {build}\n\n| | umsoap | GB/s |{peers} umsoap Shapes |\n|---|--:|--:|{}--:|",
                "--:|".repeat(BESIDE.len())
            );
            for workload in workloads::all() {
                let table = reading::whole_table(workload.name);
                let ours = figures.median(&table, "umsoap").unwrap_or(f64::NAN);
                let times = |peer: &str| match figures.median(&table, peer) {
                    Some(median) => format!(" {:.2} |", median / ours),
                    None => " |".to_string(),
                };
                let (name, about) = (workload.name, workload.about);
                let (time, rate) = (duration(ours), rate(&workload, ours));
                let peers: String = BESIDE.into_iter().chain(["umsoap Shapes"]).map(times).collect();
                let _ = writeln!(out, "| ({name}) {about} | {time} | {rate} |{peers}");
            }
        }
    }

    fn reading_tables(&self, out: &mut String) {
        let _ = writeln!(out, "\n## Reading\n");
        for workload in workloads::all() {
            let table = reading::whole_table(workload.name);
            let ours = |figures: &Figures| figures.median(&table, "umsoap").unwrap_or(f64::NAN);
            let _ = writeln!(
                out,
                "### ({}) {}, {:.0} bytes\n\n![Time for a message]({})\n\n\
                 | | median (least) | GB/s | × umsoap | without LTO | × umsoap | allocations | usual defects refused |\n\
                 |---|--:|--:|--:|--:|--:|--:|--:|",
                workload.name,
                workload.about,
                bytes(&workload),
                format_args!("plots/{}.svg", workload.name)
            );
            let rows = self.with_lto.rows(&table);
            let (floors, peers): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(name, _)| is_floor(name));
            for (name, figure) in floors.into_iter().chain(peers) {
                let (name_cell, allocations, refused) = match is_floor(name) {
                    true => (format!("*floor: {name}*"), String::new(), String::new()),
                    false => (
                        name.to_string(),
                        format!("{:.0}", figure.allocations),
                        format!("{} of {}", self.usual(name), hostile::USUAL_DEFECTS),
                    ),
                };
                let plain = self.without_lto.median(&table, name).unwrap_or(f64::NAN);
                let _ = writeln!(
                    out,
                    "| {name_cell} | {} ({}) | {} | {:.2} | {} | {:.2} | {allocations} | {refused} |",
                    duration(figure.median),
                    duration(figure.min),
                    rate(&workload, figure.median),
                    figure.median / ours(&self.with_lto),
                    duration(plain),
                    plain / ours(&self.without_lto)
                );
            }
            for (peer, _, why) in peers::UNREAD.iter().filter(|unread| unread.1 == workload.name) {
                let _ = writeln!(out, "\n**{peer} was left out: {why}.**");
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

    /// Writes the tables of the decoder, for every workload and every way to cut it.
    fn chunks(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## In chunks\n\nThe time of `Decoder` in the time of `Envelope::parse` of the same message, and GB/s in \
             brackets."
        );
        for (build, figures) in self.builds() {
            let names: String = Cut::ALL.iter().map(|cut| format!(" {} |", cut.name())).collect();
            let rule = "--:|".repeat(Cut::ALL.len());
            let _ = writeln!(out, "\n### {build}\n\n| | `Envelope::parse` |{names}\n|---|--:|{rule}");
            for workload in workloads::all() {
                let table = chunks::table(workload.name);
                let one_shot = figures.median(&table, chunks::ONE_SHOT).unwrap_or(f64::NAN);
                let cell = |cut: Cut| {
                    let median = figures.median(&table, &cut.name()).unwrap_or(f64::NAN);
                    format!(" {:.2} ({}) |", median / one_shot, rate(&workload, median))
                };
                let cells: String = Cut::ALL.into_iter().map(cell).collect();
                let (name, about) = (workload.name, workload.about);
                let _ = writeln!(out, "| ({name}) {about} | {} |{cells}", duration(one_shot));
            }
        }
        out.push('\n');
    }

    fn options(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## With options\n\nOptions that only widen what is read, each builder method alone and all of them \
             combined: their time in the time of the default."
        );
        for (build, figures) in self.builds() {
            let names: String = WIDENING[1..].iter().map(|(name, _)| format!(" {name} |")).collect();
            let rule = "--:|".repeat(WIDENING.len() - 1);
            let _ = writeln!(out, "\n### {build}\n\n| | default |{names}\n|---|--:|{rule}");
            for (about, door) in options::DOORS {
                for workload in options::WORKLOADS {
                    let table = options::table(door, workload);
                    let default = figures.median(&table, WIDENING[0].0).unwrap_or(f64::NAN);
                    let times = |name| figures.median(&table, name).unwrap_or(f64::NAN) / default;
                    let cells: String =
                        WIDENING[1..].iter().map(|(name, _)| format!(" {:.2} |", times(name))).collect();
                    let _ = writeln!(out, "| {about} ({workload}) | {} |{cells}", duration(default));
                }
            }
        }
        out.push('\n');
    }

    fn pieces(&self, out: &mut String) {
        let _ = writeln!(out, "## Peers in pieces of {} bytes\n", reading::PIECE);
        for workload in reading::in_pieces_of() {
            let _ = writeln!(
                out,
                "### ({}) {}\n\n| | in pieces | in one piece | growth | without LTO: in pieces | |\n\
                 |---|--:|--:|--:|--:|---|",
                workload.name, workload.about
            );
            let table = reading::pieces_table(workload.name);
            let about = |name: &str| peers::in_pieces().into_iter().find(|peer| peer.name == name);
            for (name, pieces) in self.with_lto.rows(&table) {
                // A peer's time in one piece stands in the row of its pieces.
                let Some(peer) = about(name) else { continue };
                let median = |figures: &Figures, row: &str| figures.median(&table, row).unwrap_or(f64::NAN);
                let one = median(&self.with_lto, &reading::in_one(name));
                let _ = writeln!(
                    out,
                    "| {name} | {} | {} | {:.2} | {} | {} |",
                    duration(pieces.median),
                    duration(one),
                    pieces.median / one,
                    duration(median(&self.without_lto, name)),
                    peer.about
                );
            }
            out.push('\n');
        }
    }

    fn writing(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "## Writing\n\nInto a buffer of the caller's, whose address is another in each round, over a page; umsoap \
             reads what each peer wrote.\n"
        );
        for written in writing::WRITTEN {
            let table = writing::table(written);
            let copy = |figures: &Figures| figures.median(&table, writing::COPY).unwrap_or(f64::NAN);
            let _ = writeln!(
                out,
                "### The documented {written}\n\n\
                 | | median (least) | × memcpy | without LTO | × memcpy | allocations |\n|---|--:|--:|--:|--:|--:|"
            );
            for (row, figure) in self.with_lto.rows(&table) {
                let name = if row == writing::COPY { "*floor: memcpy of the finished bytes*" } else { row };
                let plain = self.without_lto.median(&table, row).unwrap_or(f64::NAN);
                let _ = writeln!(
                    out,
                    "| {name} | {} ({}) | {:.1} | {} | {:.1} | {:.0} |",
                    duration(figure.median),
                    duration(figure.min),
                    figure.median / copy(&self.with_lto),
                    duration(plain),
                    plain / copy(&self.without_lto),
                    figure.allocations
                );
            }
            out.push('\n');
        }
    }
}

/// Returns the versions of the peers. Each name is the first word of the peer's name.
fn versions() -> Vec<(&'static str, String)> {
    let lock = include_str!("../Cargo.lock");
    let names = ["umsoap", "simdxml", "xmlparser", "quick-xml", "roxmltree", "instant-xml", "rxml"];
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
