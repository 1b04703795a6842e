//! Configures random suites: the number of cases, and a seed that a failure prints.
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// Returns a configuration with `PROPTEST_CASES` cases, or with this number. The seed is `PROPTEST_RNG_SEED`, or comes
/// from the clock. It is printed, a failed test shows it, and with it the cases are repeated.
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
