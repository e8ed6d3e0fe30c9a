//! Data for the reader goes to stdout through here; everything else goes to stderr.

use std::io::{self, Write};

use harness_report::Glyphs;

use crate::error::CliError;

/// Prints to stdout. A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(CliError::BrokenPipe),
        Err(error) => Err(CliError::Failed(format!("cannot write the output: {error}"))),
    }
}

/// Hands on what stdout still holds.
pub(crate) fn flush() {
    let _ = io::stdout().flush();
}

/// Says something on stderr, as `eprintln!` does; but that nobody listens any more is no error.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::output::tell(format_args!($($text)*))
    };
}
pub(crate) use say;

/// Writes a line to stderr if that can be done.
pub(crate) fn tell(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The signs that the reader's locale can show: ASCII alone where it names another encoding than UTF-8.
pub(crate) fn glyphs() -> Glyphs {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    glyphs_of(["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).as_deref())
}

fn glyphs_of(locale: Option<&str>) -> Glyphs {
    match locale.map(str::to_ascii_lowercase) {
        Some(locale) if !locale.contains("utf-8") && !locale.contains("utf8") => Glyphs::Ascii,
        _ => Glyphs::Unicode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_on_signs() {
        for locale in [None, Some("C.UTF-8"), Some("de_DE.utf8")] {
            assert_eq!(glyphs_of(locale), Glyphs::Unicode);
        }
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1"] {
            assert_eq!(glyphs_of(Some(locale)), Glyphs::Ascii);
        }
    }
}
