//! What the path of an include line says by itself.

/// The headers that C, POSIX or a usual C library brings, without their `.h`.
const SYSTEM_HEADERS: &str = "\
    aio alloca assert byteswap complex cpio crypt ctype direct dirent dlfcn elf endian err errno error execinfo \
    fcntl features fenv float fmtmsg fnmatch fts ftw getopt glob grp iconv ifaddrs inttypes io iso646 langinfo \
    libgen libintl limits link locale malloc math memory mntent monetary mqueue ndbm netdb nl_types paths poll \
    process pthread pty pwd regex resolv sched search semaphore setjmp signal spawn stdalign stdarg stdatomic \
    stdbool stddef stdint stdio stdlib stdnoreturn string strings stropts sysexits syslog tar termio termios \
    tgmath threads time trace uchar ucontext ulimit unistd utime utmp utmpx values wchar wctype windows winsock2 \
    wordexp ws2tcpip";

/// Whether a path is that of a header which the system brings.
pub(super) fn is_system_header(path: &str) -> bool {
    let stem = path.strip_suffix(".h");
    stem.is_some_and(|stem| SYSTEM_HEADERS.split_whitespace().any(|name| name == stem))
}

/// Whether a path ends with these parts, whole parts only.
pub(super) fn has_suffix(path: &[u8], suffix: &[u8]) -> bool {
    let Some(start) = path.len().checked_sub(suffix.len()) else {
        return false;
    };
    !suffix.is_empty() && path.ends_with(suffix) && (start == 0 || path[start - 1] == b'/')
}

/// A path as written without the `./` and `../` in front: what is left must end the file's path.
pub(super) fn without_dots(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path
        .strip_prefix(b"./")
        .or_else(|| path.strip_prefix(b"../"))
    {
        path = rest;
    }
    path
}

/// `folder/path` with its dots resolved; `None` where it leaves the tree.
pub(super) fn normal_path(folder: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let all = folder
        .split(|byte| *byte == b'/')
        .chain(path.split(|byte| *byte == b'/'));
    for part in all {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}
