//! Prints the document that the bytes of a file stand for: `cargo run --example document -- FILE`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let path = std::env::args_os().nth(1).expect("a file");
    let data = std::fs::read(path)?;
    std::io::stdout().write_all(&umsoap_fuzz::input::document(&data))
}
