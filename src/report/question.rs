//! A question to the person at the terminal.

use std::io::{self, Write as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::world;

/// How often it is looked whether a signal has come.
const PATIENCE: Duration = Duration::from_millis(20);

/// Asks a question that is answered by yes or no; the empty line is no. None if there was no answer: Ctrl-C, Ctrl-D, or the
/// terminal has gone.
pub(super) fn ask(question: &str) -> Option<bool> {
    loop {
        // Where nobody sees the question, nobody answers it.
        let mut stderr = io::stderr();
        write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()).ok()?;
        match line()?.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Some(true),
            "" | "n" | "no" => return Some(false),
            _ => (),
        }
    }
}

/// Reads a line. It is read by a thread of its own, which a signal leaves behind: reading goes on after signals.
fn line() -> Option<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        // Nobody waits for it any more where a signal has come.
        sender.send(read.ok().filter(|bytes| *bytes > 0).map(|_| line)).ok();
    });
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(line) => return line,
            Err(RecvTimeoutError::Timeout) if world::interrupted().is_none() => (),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}
