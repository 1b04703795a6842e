//! Reads and writes the workloads with umsoap and its peers, and writes REPORT.md and plots/ about it.

mod defects;
mod floors;
mod goals;
mod measure;
mod peers;
mod plot;
mod reading;
mod report;
#[path = "../../benches/workloads/mod.rs"]
mod workloads;
mod writing;

use std::path::Path;

fn main() -> std::io::Result<()> {
    #[cfg(not(feature = "native"))]
    eprintln!("!!!!! THE C AND C++ PEERS ARE LEFT OUT: build with --features native");
    #[cfg(feature = "native")]
    for name in peers::native::LEFT_OUT {
        eprintln!("!!!!! {name} IS LEFT OUT: it is not installed (see README.md)");
    }
    let verdicts = defects::verdicts();
    let read = |workload: &workloads::Workload| {
        eprintln!("reading ({}) {}", workload.name, workload.about);
        reading::whole(workload)
    };
    let reading = workloads::all().iter().map(read).collect();
    eprintln!("reading in pieces");
    let pieces = [workloads::d1(), workloads::d2()].iter().map(reading::in_pieces).collect();
    eprintln!("writing");
    let writing = writing::tables();
    let report = report::Report { reading, pieces, writing, verdicts };
    report.write(Path::new(env!("CARGO_MANIFEST_DIR")))
}
