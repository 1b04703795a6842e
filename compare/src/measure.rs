//! Takes the times of many contenders by turns, so that a disturbance of the machine disturbs all alike.

use std::time::Duration;

/// Reads or writes all messages of a workload, again and again, for one turn. The loop stands inside, since a call
/// through a pointer costs 1 to 2 ns, and a reply is written in 5 ns.
pub type Pass<'a> = Box<dyn FnMut(Turn) + 'a>;

#[derive(Clone, Copy)]
pub struct Turn {
    pub round: usize,
    pub passes: u32,
}

impl Turn {
    const ONCE: Self = Self { round: 0, passes: 1 };
}

/// The nanoseconds for one message.
#[derive(Clone, Copy)]
pub struct Figure {
    pub median: f64,
    pub min: f64,
    /// The allocations for one message.
    pub allocations: f64,
}

/// The time for which one contender runs before the turn of the next.
const TURN: Duration = Duration::from_millis(1);

pub fn by_turns(mut contenders: Vec<Pass<'_>>, messages: usize, rounds: usize) -> Vec<Figure> {
    let passes: Vec<u32> = contenders.iter_mut().map(|pass| passes_of_a_turn(pass)).collect();
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..rounds {
        for turn in 0..contenders.len() {
            let at = (turn + round) % contenders.len();
            let start = thread_time();
            contenders[at](Turn { round, passes: passes[at] });
            times[at]
                .push((thread_time() - start).as_nanos() as f64 / f64::from(passes[at]) / messages as f64);
        }
    }
    let figure = |(times, pass): (&mut Vec<f64>, &mut Pass<'_>)| {
        times.sort_unstable_by(f64::total_cmp);
        let before = allocations();
        pass(Turn::ONCE);
        let allocations = (allocations() - before) as f64 / messages as f64;
        Figure { median: times[times.len() / 2], min: times[0], allocations }
    };
    times.iter_mut().zip(&mut contenders).map(figure).collect()
}

/// Returns the time for which this thread has had a CPU. Other threads on the machine do not count.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists, and `time` is borrowed for as long as it is written.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "this system has no clock of a thread's time");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn passes_of_a_turn(pass: &mut Pass<'_>) -> u32 {
    let mut passes = 1;
    loop {
        let start = thread_time();
        pass(Turn { passes, ..Turn::ONCE });
        if thread_time() - start >= TURN {
            return passes;
        }
        passes *= 2;
    }
}

#[cfg(feature = "native")]
use crate::peers::native::allocations;

#[cfg(not(feature = "native"))]
use count::allocations;

/// Without C libraries, only Rust's allocations are counted.
#[cfg(not(feature = "native"))]
mod count {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counting;

    static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

    // SAFETY: every call goes to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
            unsafe { System.alloc(layout) }
        }
        unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
            unsafe { System.realloc(pointer, layout, size) }
        }
        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    #[global_allocator]
    static COUNTING: Counting = Counting;

    pub fn allocations() -> usize {
        ALLOCATIONS.load(Ordering::Relaxed)
    }
}
