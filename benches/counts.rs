//! Checks that work is linear in the message, and that the worst markup costs at most `MOST` times what plain markup
//! costs for each byte. Valgrind counts the instructions of reading each family at n, 2n and 4n, and of walking its
//! header blocks. Work in chunks is linear, too, down to chunks of one byte.
//! `scripts/counts [PART OF A NAME]` runs this.

use std::hint::black_box;
use std::io::ErrorKind;
use std::process::{Command, ExitCode};

use umsoap::{Decoder, Envelope};

#[path = "../tests/families/mod.rs"]
mod families;
use families::{FAMILIES, Family, IN_PIECES, PLAIN};

/// The most instructions for each byte, as a multiple of plain markup's.
const MOST: f64 = 40.0;
/// Linear work doubles with n. The rest is for caches and searches that begin to take effect.
const GROWTH: f64 = 2.2;

const WORKS: [&str; 2] = ["parse", "blocks"];

// Valgrind counts only inside functions with this name.
#[inline(never)]
fn measured_parse(input: &[u8]) -> bool {
    Envelope::parse(black_box(input)).is_ok()
}

#[inline(never)]
fn measured_blocks(envelope: &Envelope<'_>) -> usize {
    black_box(envelope).header().blocks().filter(|block| block.role().is_none()).count()
}

#[inline(never)]
fn measured_chunks(decoder: &mut Decoder<'_>, input: &[u8], size: usize) -> bool {
    black_box(input).chunks(size).all(|chunk| decoder.feed(chunk).is_ok())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--measure", work, name, n] => measure(work, name, n.parse().expect("a number")),
        // `cargo test` builds benchmarks, too, and then there is nothing to do.
        _ if !words.contains(&"--bench") => {}
        _ => match compare(words.iter().find(|word| !word.starts_with('-')).unwrap_or(&"")) {
            Ok(0) => {}
            Ok(_) => return ExitCode::FAILURE,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                println!("!!!!! The count of instructions DID NOT RUN: valgrind is not installed");
            }
            Err(error) => {
                println!("!!!!! The count of instructions failed:\n{error}");
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}

/// Runs one piece of work under valgrind.
fn measure(work: &str, name: &str, n: usize) {
    let family = FAMILIES
        .iter()
        .chain(&IN_PIECES)
        .chain([&PLAIN])
        .find(|family| family.name == name)
        .expect("a family");
    let message = (family.message)(n);
    if let Ok(size) = work.parse() {
        assert!(measured_chunks(&mut Decoder::new(), message.as_bytes(), size), "{name} is taken");
    } else if work == "parse" {
        assert!(measured_parse(message.as_bytes()), "{name} is taken");
    } else {
        let envelope = Envelope::parse(message.as_bytes()).expect("it is taken");
        black_box(measured_blocks(&envelope));
    }
}

/// Prints a table of the families with this text in their names. Returns the number of broken rows.
fn compare(part: &str) -> std::io::Result<usize> {
    let [_, two, four] = count("parse", &PLAIN)?;
    let plain = slope(&PLAIN, two, four);
    println!("plain markup takes {plain:.1} instructions a byte; at most {MOST} times that is allowed\n");
    println!("  growth  instr/byte   times  work    family");
    let mut broken = 0;
    for family in FAMILIES.iter().filter(|family| family.name.contains(part)) {
        for work in WORKS {
            let [one, two, four] = count(work, family)?;
            let (growth, byte) = ((four - two) / (two - one).max(1.0), slope(family, two, four));
            let is_broken = growth > GROWTH || byte > MOST * plain;
            broken += usize::from(is_broken);
            let mark = if is_broken { '!' } else { ' ' };
            println!("{mark} {growth:6.2}  {byte:10.1}  {:6.1}  {work:6}  {}", byte / plain, family.name);
        }
    }
    println!("\n  growth  instr/byte          chunks of  family");
    for family in IN_PIECES.iter().chain([&PLAIN]).filter(|family| family.name.contains(part)) {
        for size in ["1", "7", "64", "1460"] {
            let [one, two, four] = count(size, family)?;
            let (growth, byte) = ((four - two) / (two - one).max(1.0), slope(family, two, four));
            broken += usize::from(growth > GROWTH);
            let mark = if growth > GROWTH { '!' } else { ' ' };
            println!("{mark} {growth:6.2}  {byte:10.1}  {size:>17}  {}", family.name);
        }
    }
    println!("\n{broken} rows are broken (!): growth above {GROWTH}, or above {MOST} times plain markup");
    Ok(broken)
}

/// Returns the instructions for each byte, between 2n and 4n.
fn slope(family: &Family, two: f64, four: f64) -> f64 {
    let bytes = |times: usize| (family.message)(times * family.n).len();
    (four - two) / (bytes(4) - bytes(2)) as f64
}

/// Returns the instructions at n, 2n and 4n.
fn count(work: &str, family: &Family) -> std::io::Result<[f64; 3]> {
    let mut counts = [0.0; 3];
    for (count, times) in counts.iter_mut().zip([1, 2, 4]) {
        let n = (times * family.n).to_string();
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured_*"])
            .arg(std::env::current_exe()?)
            .args(["--measure", work, family.name, &n])
            .output()?;
        let report = String::from_utf8_lossy(&output.stderr);
        let collected = report.lines().find_map(|line| line.split("Collected : ").nth(1)?.parse().ok());
        *count = match collected {
            Some(collected) if output.status.success() && collected > 0.0 => collected,
            _ => return Err(std::io::Error::other(report)),
        };
    }
    Ok(counts)
}
