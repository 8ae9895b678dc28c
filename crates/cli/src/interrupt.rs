//! Ctrl-C: the first asks the run to finish its blocks and save, the second ends it at once.

use crate::failure::tell;
use std::sync::atomic::{AtomicUsize, Ordering};

static PRESSED: AtomicUsize = AtomicUsize::new(0);

/// Starts to listen. A second listener in one process is not an error: the first serves.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        if PRESSED.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(130);
        }
        tell("\ninterrupted: finishing the blocks in flight and saving; press Ctrl-C again to stop at once");
    });
}

/// Whether the user has asked to stop.
pub(crate) fn pressed() -> bool {
    PRESSED.load(Ordering::SeqCst) > 0
}
