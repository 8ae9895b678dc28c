//! Progress on stderr: one bar per level, with the time left.

use crate::failure::tell;
use crate::interrupt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lightfall_model::compare::Watch;
use std::cell::RefCell;

/// Shows a run to the user.
pub(crate) struct Bars {
    bar: RefCell<ProgressBar>,
    quiet: bool,
}

impl Bars {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { bar: RefCell::new(ProgressBar::hidden()), quiet }
    }

    /// A new bar that counts `unit`.
    pub(crate) fn start(&self, label: String, unit: &str) {
        self.finish();
        if self.quiet {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(&format!(
            "{{msg:14}} {{bar:32}} {{pos:>6}}/{{len}} {unit}, {{elapsed}} gone, {{eta}} left"
        ));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(label);
        bar.tick();
        *self.bar.borrow_mut() = bar;
    }

    pub(crate) fn finish(&self) {
        self.bar.borrow().finish_and_clear();
    }
}

impl Watch for Bars {
    fn level(&self, name: &str, instance: u64, instances: u64) {
        let label = if instances > 1 { format!("{name} {}/{instances}", instance + 1) } else { name.to_owned() };
        self.start(label, "trajectories");
    }

    fn progress(&self, done: u64, planned: u64) {
        let bar = self.bar.borrow();
        bar.set_length(planned);
        bar.set_position(done);
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.borrow().suspend(|| tell(&format!("note: {text}")));
        }
    }

    fn interrupted(&self) -> bool {
        interrupt::pressed()
    }
}

/// A bar that may be moved from any thread; hidden if `quiet`.
pub(crate) fn shared_bar(quiet: bool, template: &str) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
