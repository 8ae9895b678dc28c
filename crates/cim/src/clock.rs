//! When a search ends: time, target, the user.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Ends a search; shared by its threads.
pub struct Clock<'a> {
    start: Instant,
    limit: Option<Duration>,
    stopped: AtomicBool,
    interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Clock<'a> {
    /// A clock that starts now and runs out after `limit`, or once `interrupted` says so.
    pub fn start(limit: Option<Duration>, interrupted: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { start: Instant::now(), limit, stopped: AtomicBool::new(false), interrupted }
    }

    /// Ends the search for every thread.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the search has to end. Some 50 ns: a machine asks once per sweep, not per spin.
    pub fn expired(&self) -> bool {
        if self.stopped.load(Ordering::Relaxed) {
            return true;
        }
        let over = self.limit.is_some_and(|limit| self.start.elapsed() >= limit) || (self.interrupted)();
        if over {
            self.stop();
        }
        over
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Time left, if there is a limit.
    pub fn left(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.start.elapsed()))
    }
}
