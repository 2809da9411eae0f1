//! [`SystemClock`], the system clock as a process sees it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The system clock as one process sees it, which [libfaketime](https://github.com/wolfcw/libfaketime) moves. Its monotonic clock
/// stays right, as when a system's time is set.
pub(super) struct SystemClock {
    library: PathBuf,
    offset: PathBuf,
}

impl SystemClock {
    /// Makes a clock that is right until it [jumps](Self::jump). It keeps its offset in the folder.
    pub(super) fn create(library: &Path, folder: &Path) -> Result<Self> {
        let clock = Self {
            library: library
                .canonicalize()
                .with_context(|| format!("{} is missing", library.display()))?,
            offset: folder.canonicalize()?.join("offset"),
        };
        clock.jump(0)?;
        Ok(clock)
    }

    /// Returns the variables of a process that sees this clock.
    pub(super) fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.offset.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    /// Sets how far this clock is from the system's.
    pub(super) fn jump(&self, millis: i64) -> Result<()> {
        let sign = if millis < 0 { '-' } else { '+' };
        let millis = millis.unsigned_abs();
        // The process reads it at any time, so it is replaced as a whole.
        let new = self.offset.with_extension("new");
        std::fs::write(&new, format!("{sign}{}.{:03}\n", millis / 1_000, millis % 1_000))?;
        Ok(std::fs::rename(new, &self.offset)?)
    }

    /// Removes the shared memory of the library, which it leaves behind if its process is killed.
    pub(super) fn clean_up(self, process: u32) {
        let _ = std::fs::remove_file(&self.offset);
        for kind in ["faketime_shm", "sem.faketime_sem"] {
            // If the process has exited, it is gone.
            let _ = std::fs::remove_file(format!("/dev/shm/{kind}_{process}"));
        }
    }
}

/// Returns the library where Debian's package installs it.
pub(super) fn installed() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let library = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
    folders.map(library).find(|library| library.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_written_as_libfaketime_reads_it() {
        let folder = std::env::temp_dir().join(format!("soak-system-clock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = SystemClock::create(&std::env::current_exe().unwrap(), &folder).unwrap();
        for (millis, offset) in [
            (0, "+0.000"),
            (25, "+0.025"),
            (-1, "-0.001"),
            (-86_400_000, "-86400.000"),
            (12_345, "+12.345"),
        ] {
            clock.jump(millis).unwrap();
            assert_eq!(std::fs::read_to_string(folder.join("offset")).unwrap().trim(), offset);
        }
        assert!(SystemClock::create(Path::new("/missing.so"), &folder).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
