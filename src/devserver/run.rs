//! Running a server program to its end, as long as no signal comes.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::devserver::error::DevServerError;
use crate::world::sleep;

/// How a program ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) success: bool,
    /// What it wrote, without white space around it.
    pub(super) output: String,
}

/// A program that runs. It is ended where nobody waits for its end.
pub(super) struct Going {
    program: PathBuf,
    child: Child,
    output: File,
    has_ended: bool,
}

impl Drop for Going {
    fn drop(&mut self) {
        if !self.has_ended {
            // It may have ended just now.
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// Runs a command to its end. If a signal comes, the command gets `on_interrupt`, and is waited for.
pub(super) fn to_end(command: &mut Command, on_interrupt: Signal) -> Result<Ended, DevServerError> {
    start(command)?.end(on_interrupt)
}

/// Starts a command.
///
/// The output goes through a file: a server that the command leaves behind would keep a pipe open.
pub(super) fn start(command: &mut Command) -> Result<Going, DevServerError> {
    let program = Path::new(command.get_program()).to_owned();
    let failed = |source| DevServerError::Run { program: program.clone(), source };
    let output = tempfile::tempfile().map_err(failed)?;
    command.stdout(output.try_clone().map_err(failed)?).stderr(output.try_clone().map_err(failed)?);
    let child = command.spawn().map_err(failed)?;
    Ok(Going { program, child, output, has_ended: false })
}

impl Going {
    /// Waits for the end. If a signal comes, the program gets `on_interrupt`, and is waited for.
    pub(super) fn end(mut self, on_interrupt: Signal) -> Result<Ended, DevServerError> {
        let program = self.program.clone();
        let failed = |source| DevServerError::Run { program: program.clone(), source };
        let mut interrupted = false;
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(failed)? {
                break status;
            }
            if interrupted {
                // `sleep` returns at once from now on.
                std::thread::sleep(Duration::from_millis(10));
            } else if !sleep(Duration::from_millis(5)) {
                interrupted = true;
                if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                    // It may have ended just now.
                    rustix::process::kill_process(pid, on_interrupt).ok();
                }
            }
        };
        self.has_ended = true;
        if interrupted {
            return Err(DevServerError::Interrupted);
        }
        let mut bytes = Vec::new();
        self.output.rewind().and_then(|()| self.output.read_to_end(&mut bytes)).map_err(failed)?;
        Ok(Ended { success: status.success(), output: String::from_utf8_lossy(&bytes).trim().to_owned() })
    }
}

/// Sleeps, unless a signal has come.
pub(super) fn pause(time: Duration) -> Result<(), DevServerError> {
    if sleep(time) { Ok(()) } else { Err(DevServerError::Interrupted) }
}
