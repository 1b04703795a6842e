//! Reading takes a bounded part of the stack, whatever the message: each way of reading runs in a thread whose stack has
//! only this size. A thread that needs more ends the process.

mod families;

use std::thread;

use families::FAMILIES;
use umsoap::{Decoder, Envelope, Shapes};

/// The stack of a thread, with the few KiB that the thread itself needs. An optimised build reads within 28 KiB: two thirds
/// of them are the arrays of a machine, which hold what the limits allow. Without optimisation frames are larger.
const STACK: usize = if cfg!(debug_assertions) { 64 * 1024 } else { 32 * 1024 };

fn within(stack: usize, work: impl FnOnce() + Send) {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(stack).spawn_scoped(scope, work).unwrap().join().unwrap();
    });
}

#[test]
fn every_way_of_reading() {
    let mut decoder = Box::new(Decoder::new());
    let mut shapes = Box::new(Shapes::new());
    for family in FAMILIES {
        let message = (family.message)(family.n).into_bytes();
        within(STACK, || _ = Envelope::parse(&message));
        within(STACK, || _ = shapes.parse(&message));
        within(STACK, || {
            decoder.reset();
            for chunk in message.chunks(7) {
                if decoder.feed(chunk).is_err() {
                    return;
                }
            }
            _ = decoder.finish();
        });
    }
}
