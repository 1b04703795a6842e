//! Reads and writes the workloads with umsoap and its peers, and writes REPORT.md and plots/ about it.

mod chunks;
mod defects;
mod figures;
mod floors;
mod goals;
mod measure;
mod options;
mod peers;
mod plot;
mod reading;
mod report;
#[path = "../../benches/workloads/mod.rs"]
mod workloads;
mod writing;

use std::path::Path;

use figures::Figures;

const USAGE: &str = "compare --figures FILE: measures this build and writes its figures\n\
                     compare --report FILE: measures this build and writes REPORT.md, beside the figures of the other";

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--figures", file] => measure().save(Path::new(file)),
        ["--report", file] => {
            let without_lto = Figures::load(Path::new(file))?;
            let report = report::Report { with_lto: measure(), without_lto, verdicts: defects::verdicts() };
            report.write(Path::new(env!("CARGO_MANIFEST_DIR")))
        }
        _ => Err(std::io::Error::other(USAGE)),
    }
}

fn measure() -> Figures {
    #[cfg(not(feature = "native"))]
    eprintln!("!!!!! THE C AND C++ PEERS ARE LEFT OUT: build with --features native");
    #[cfg(feature = "native")]
    for name in peers::native::LEFT_OUT {
        eprintln!("!!!!! {name} IS LEFT OUT: it is not installed (see README.md)");
    }
    let mut figures = Figures::default();
    for workload in workloads::all() {
        eprintln!("reading ({}) {}", workload.name, workload.about);
        reading::whole(&workload, &mut figures);
        chunks::measure(&workload, &mut figures);
    }
    for workload in reading::in_pieces_of() {
        eprintln!("reading ({}) in pieces", workload.name);
        reading::in_pieces(&workload, &mut figures);
    }
    eprintln!("reading with options");
    options::measure(&mut figures);
    eprintln!("writing");
    writing::measure(&mut figures);
    figures
}
