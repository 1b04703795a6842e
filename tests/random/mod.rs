//! How random suites run: as many cases as are asked for, from a seed that a failure prints.
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// `PROPTEST_CASES` cases, or these. The seed is `PROPTEST_RNG_SEED`, or of the clock: it is printed, which shows when a test
/// fails, and makes the same cases again.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos() as u64);
    let seed = number("PROPTEST_RNG_SEED").unwrap_or(clock);
    println!("the same cases again: PROPTEST_RNG_SEED={seed}");
    ProptestConfig {
        cases: number("PROPTEST_CASES").and_then(|cases| cases.try_into().ok()).unwrap_or(cases),
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}
