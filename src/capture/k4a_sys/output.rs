//! Keeps what SDKs print out of a capture host's stream: Microsoft's libraries write their errors to the standard output.
//! The same call gives a command's output away whole.

use std::ffi::c_int;
use std::fs::File;
use std::io;

/// The standard output and the standard error, as every C library numbers them.
const OUTPUT: c_int = 1;
const ERRORS: c_int = 2;

unsafe extern "C" {
    #[cfg_attr(windows, link_name = "_dup2")]
    fn dup2(from: c_int, to: c_int) -> c_int;
}

/// The standard output for us alone: what is printed there by others goes to the standard error from now on.
pub(crate) fn own_output() -> io::Result<File> {
    let own = another(&io::stdout())?;
    // SAFETY: the numbers are those of files that every process has, and neither is owned by a value that would close it.
    if unsafe { dup2(ERRORS, OUTPUT) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(own)
}

#[cfg(unix)]
fn another(output: &io::Stdout) -> io::Result<File> {
    use std::os::fd::AsFd as _;
    output.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn another(output: &io::Stdout) -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    output.as_handle().try_clone_to_owned().map(File::from)
}
