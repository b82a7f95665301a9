//! Progress of a run: a bar on a terminal once it takes more than a second; elsewhere plain lines, and every now and then
//! one that says what a long statement is at (services that build and deploy end what is silent for too long).

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::{ColorWhen, Volume};

/// When a run that is no terminal's is told of first, and the longest pause between two such lines.
const FIRST_LINE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The cursor ends three columns before the edge: the terminal echoes `^C` there, and in the next line the bar would not be
/// found again to be taken away.
const BAR: &str = "{spinner} {bar:20} {pos}/{len}  {wide_msg} {elapsed}   \x1b[3D";

/// Draws progress and writes the talk around it. Other threads may use it as well.
pub(crate) struct Progress {
    volume: Volume,
    /// What stderr takes, found out once.
    color: ColorChoice,
    terminal: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    /// Lives as long as a run that has no bar.
    lines: Option<Arc<()>>,
    what: String,
    title: String,
    /// When that began.
    since: Option<Instant>,
    statement: String,
    waiting: String,
    last: Option<(u64, Instant)>,
    /// When the last line was written.
    written: Option<Instant>,
}

impl Progress {
    pub(super) fn new(color: ColorWhen, volume: Volume) -> Self {
        let color = AutoStream::new(io::stderr(), color.into()).current_choice();
        Self { volume, color, terminal: io::stderr().is_terminal(), state: Arc::default() }
    }

    /// Begins: so many parts are to be done. The bar is drawn only when the whole takes more than a second.
    pub(crate) fn begin(&self, parts: usize) {
        if self.volume == Volume::Quiet {
            return;
        }
        if !self.terminal || self.volume == Volume::Verbose {
            return self.begin_lines();
        }
        let Ok(mut state) = self.state.lock() else { return };
        let bar = ProgressBar::with_draw_target(Some(parts as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        let late = bar.clone();
        let shown = std::thread::Builder::new().name("progress".into()).spawn(move || {
            std::thread::park_timeout(Duration::from_secs(1));
            if !late.is_finished() {
                late.set_draw_target(ProgressDrawTarget::stderr());
                late.enable_steady_tick(Duration::from_millis(200));
            }
        });
        // Without a thread there is no bar; the lines say the same.
        if shown.is_ok() {
            state.bar = Some(bar);
        }
    }

    fn begin_lines(&self) {
        let token = Arc::new(());
        let running = Arc::downgrade(&token);
        let Ok(mut state) = self.state.lock() else { return };
        (state.lines, state.written) = (Some(token), Some(Instant::now()));
        let (shared, color) = (Arc::clone(&self.state), self.color);
        let silence = move || {
            let (mut pause, mut mine) = (FIRST_LINE, None);
            while running.strong_count() > 0 {
                std::thread::park_timeout(Duration::from_secs(1));
                let Ok(mut state) = shared.lock() else { return };
                if state.written != mine {
                    pause = FIRST_LINE;
                }
                let silent = state.written.map(|written| written.elapsed()).unwrap_or_default();
                if silent >= pause && state.lines.is_some() {
                    let seconds = state.since.map(|since| since.elapsed()).unwrap_or_default().as_secs();
                    write_line(color, &format!("still at {} ({seconds} s)", message(&state)));
                    (state.written, pause) = (Some(Instant::now()), (pause * 2).min(LONGEST_PAUSE));
                    mine = state.written;
                }
            }
        };
        // Without the thread, the lines of finished parts say enough.
        std::thread::Builder::new().name("progress".into()).spawn(silence).ok();
    }

    /// Says how many parts are done and what is being done now. The title is what a narrow terminal cuts off first.
    pub(crate) fn at(&self, done: usize, what: &str, title: &str) {
        let Ok(mut state) = self.state.lock() else { return };
        what.clone_into(&mut state.what);
        title.clone_into(&mut state.title);
        state.since = Some(Instant::now());
        state.statement.clear();
        if let Some(bar) = &state.bar {
            bar.set_position(done as u64);
            bar.set_message(message(&state));
        }
    }

    /// Says which statement of the part at hand is being run.
    pub(crate) fn statement(&self, number: usize, of: usize) {
        let Ok(mut state) = self.state.lock() else { return };
        state.statement = if of > 1 { format!(" · statement {number} of {of}") } else { String::new() };
        if let Some(bar) = &state.bar {
            bar.set_message(message(&state));
        }
    }

    /// Says who is waited for; an empty text when nobody is any more.
    pub(crate) fn waiting(&self, who: &str) {
        let Ok(mut state) = self.state.lock() else { return };
        who.clone_into(&mut state.waiting);
        if let Some(bar) = &state.bar {
            bar.set_message(message(&state));
        }
        drop(state);
        if !who.is_empty() {
            self.line(who);
        }
    }

    /// Says a recurring thing: the same words at most every few seconds.
    pub(crate) fn again(&self, line: &str) {
        let key = line.bytes().fold(5381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte));
        if let Ok(mut state) = self.state.lock() {
            if state.last.is_some_and(|(last, when)| last == key && when.elapsed() < Duration::from_secs(5)) {
                return;
            }
            state.last = Some((key, Instant::now()));
        }
        self.line(line);
    }

    /// Ends the bar and takes it from the screen.
    pub(crate) fn clear(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        state.lines = None;
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Writes a line above the bar.
    pub(crate) fn line(&self, line: &str) {
        if self.volume > Volume::Quiet {
            self.write(line);
        }
    }

    pub(super) fn warning(&self, warning: &str) {
        let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Yellow.into()));
        self.write(&format!("{style}warning{style:#}: {warning}"));
    }

    fn write(&self, line: &str) {
        let write = || write_line(self.color, line);
        match self.state.lock() {
            Ok(mut state) => {
                state.written = Some(Instant::now());
                match &state.bar {
                    Some(bar) => bar.suspend(write),
                    None => write(),
                }
            }
            Err(_) => write(),
        }
    }
}

/// Writes a line at once: stderr is not buffered, and a run may say thousands of them.
fn write_line(color: ColorChoice, line: &str) {
    let mut text = AutoStream::new(Vec::new(), color);
    writeln!(text, "{line}").ok();
    io::stderr().lock().write_all(&text.into_inner()).ok();
}

fn message(state: &State) -> String {
    let waiting = if state.waiting.is_empty() { String::new() } else { format!(" · {}", state.waiting) };
    let title = if state.title.is_empty() { String::new() } else { format!(" · {}", state.title) };
    format!("{}{}{waiting}{title}", state.what, state.statement)
}
