#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| umsoap_fuzz::paths::run(data));
