//! Runs the body of a target over files and folders, without libFuzzer: `cargo run --example replay -- TARGET PATH...`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let name = arguments.next().expect("a target");
    let found = umsoap_fuzz::TARGETS.iter().find(|(target, _)| name == *target);
    let (name, body) = found.unwrap_or_else(|| panic!("no target {name:?}"));
    let mut count = 0;
    for path in arguments.map(PathBuf::from) {
        run(*body, &path, &mut count)?;
    }
    println!("{name}: {count} inputs");
    Ok(())
}

fn run(body: umsoap_fuzz::Body, path: &Path, count: &mut u64) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            run(body, &entry?.path(), count)?;
        }
    } else {
        body(&fs::read(path)?);
        *count += 1;
    }
    Ok(())
}
