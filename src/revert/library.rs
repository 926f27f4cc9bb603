//! Names of the C library whose include goes: `declaration`.
//!
//! No tree here has the library's headers, so a small table says which names only one of them declares (ISO C 7.2 to 7.24,
//! POSIX `unistd.h`). A claim is made only where every header that a unit still includes is in that table or known to declare
//! none of these names; any other header may bring them. Conditions are not evaluated: an include in any branch counts.

use std::collections::BTreeSet;

use crate::graph::index::{FileId, ItemId};
use crate::graph::known_includes::same_lines;
use crate::items::ItemKind;
use crate::items::lexer::identifiers;
use crate::text::offset;

use super::names::items_mentioning;
use super::touched::TouchedFile;
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Units of a header that are looked at.
const UNITS: usize = 24;

/// Headers of ISO C and POSIX, each with names that it declares and of the others only those that [`BRINGING`] lists.
const DECLARING: [(&str, &str); 12] = [
    ("assert.h", "assert"),
    (
        "ctype.h",
        "isalnum isalpha isdigit isspace isprint ispunct isupper islower isxdigit tolower toupper",
    ),
    ("errno.h", "errno"),
    (
        "limits.h",
        "CHAR_BIT UCHAR_MAX SHRT_MAX USHRT_MAX INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN ULONG_MAX LLONG_MAX \
         LLONG_MIN ULLONG_MAX",
    ),
    ("math.h", "ceil floor fabs sqrt pow isnan isinf"),
    ("stdbool.h", "bool"),
    ("stdint.h", "uint8_t uint16_t uint32_t uint64_t"),
    (
        "stdio.h",
        "printf fprintf sprintf snprintf vsnprintf fopen fclose fgets fputs fread fwrite fseek ftell fputc fgetc puts \
         perror fflush sscanf stdin stdout stderr",
    ),
    (
        "stdlib.h",
        "malloc calloc realloc free abort exit atexit atoi atol atof strtol strtoul strtoll strtoull strtod qsort \
         bsearch rand srand getenv EXIT_SUCCESS EXIT_FAILURE",
    ),
    (
        "string.h",
        "memcpy memmove memset memcmp memchr strlen strcmp strncmp strcpy strncpy strcat strchr strrchr strstr strdup \
         strerror strtok strspn strcspn",
    ),
    ("sys/param.h", "MAXPATHLEN MAXHOSTNAMELEN"),
    (
        "unistd.h",
        "chdir dup2 execv execvp fork fsync ftruncate getpid getuid isatty rmdir unlink usleep \
         STDIN_FILENO STDOUT_FILENO STDERR_FILENO",
    ),
];

/// Headers that declare none of those names by themselves, as glibc has them.
const SILENT: &str = "\
    alloca.h byteswap.h complex.h dirent.h dlfcn.h endian.h execinfo.h fcntl.h fenv.h float.h fnmatch.h getopt.h glob.h \
    grp.h iconv.h ifaddrs.h langinfo.h libgen.h locale.h net/if.h poll.h pthread.h pty.h pwd.h regex.h sched.h \
    semaphore.h setjmp.h spawn.h stdarg.h stddef.h strings.h sys/file.h sys/ioctl.h sys/mman.h sys/prctl.h sys/random.h \
    sys/resource.h sys/select.h sys/socket.h sys/stat.h sys/statvfs.h sys/syscall.h sys/time.h sys/timerfd.h \
    sys/times.h sys/types.h sys/uio.h sys/utsname.h sys/vfs.h syslog.h termios.h time.h ucontext.h utime.h wchar.h \
    wctype.h";

/// Headers that bring the names of one of [`DECLARING`] as well, as glibc has them.
const BRINGING: [(&str, &str); 7] = [
    ("limits.h", "sys/param.h"),
    ("math.h", "tgmath.h"),
    (
        "stdint.h",
        "arpa/inet.h elf.h inttypes.h link.h netdb.h netinet/in.h netinet/tcp.h sys/epoll.h sys/eventfd.h \
         sys/inotify.h sys/signalfd.h",
    ),
    ("stdio.h", "malloc.h"),
    ("stdlib.h", "malloc.h"),
    ("string.h", "memory.h sys/un.h"),
    ("unistd.h", "signal.h sys/param.h sys/wait.h"),
];

/// Folders of headers that the kernel hands out: none of them speaks of the C library, but for `errno`'s values.
const OF_KERNEL: [&str; 3] = ["asm/", "asm-generic/", "linux/"];

/// Every unit that loses such an include and still needs it, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut found = Vec::new();
    for file in touched {
        let (Some(before), Some(after)) = (file.file.before, file.file.after) else {
            continue;
        };
        let lines = |tree: &Tree<'_>, file| tree.index.includes(file);
        if same_lines(&lines(&trees.target, before), &lines(&trees.merged, after)) {
            continue;
        }
        let lost = &headers(&trees.target, before) - &headers(&trees.merged, after);
        for (header, names) in DECLARING
            .iter()
            .filter(|(header, _)| lost.contains(*header))
        {
            found.extend(missing(trees, after, (header, names)));
        }
    }
    found
}

/// The first use that a unit of the file has no declaration for.
fn missing(
    trees: &Trees<'_>,
    file: FileId,
    (header, names): (&str, &str),
) -> Option<BuildConflict> {
    let names: BTreeSet<String> = names.split_whitespace().map(str::to_owned).collect();
    trees.merged.learn(&names);
    let units = trees.merged.names.includes().units(file, UNITS);
    units.into_iter().find_map(|unit| {
        let headers = headers(&trees.merged, unit);
        let then = trees.target.index.file(&trees.merged.path(unit))?;
        let had_it = brings(&self::headers(&trees.target, then), header);
        if !had_it || brings(&headers, header) || !headers.iter().all(|one| is_known(one)) {
            return None;
        }
        let places = (unit, file);
        let (name, through, (user, at)) = first_use(&trees.merged, places, &names)
            .map(|(name, place)| (name, String::new(), place))
            .or_else(|| first_use_through_macro(&trees.merged, places, &names))?;
        let path = trees.merged.path(unit);
        Some(BuildConflict {
            path: trees.merged.path(user),
            line: trees.merged.line(user, at),
            because: format!(
                "uses `{name}`{through}, and the back-out takes the include of <{header}> from {path}"
            ),
            symbol: name,
            kind: BuildConflictKind::Declaration,
            cause: Cause::Use,
        })
    })
}

/// Whether what this header declares is known, as far as the table goes.
fn is_known(header: &str) -> bool {
    let lists = BRINGING.iter().map(|(_, those)| *those);
    DECLARING.iter().any(|(known, _)| *known == header)
        || OF_KERNEL.iter().any(|folder| header.starts_with(folder))
        || lists.chain([SILENT]).any(|those| holds(those, header))
}

/// Whether one of the headers declares what `wanted` does.
fn brings(headers: &BTreeSet<String>, wanted: &str) -> bool {
    let mut others = BRINGING.iter().filter(|(of, _)| *of == wanted);
    headers.contains(wanted)
        || others.any(|(_, those)| headers.iter().any(|header| holds(those, header)))
}

fn holds(words: &str, wanted: &str) -> bool {
    words.split_whitespace().any(|word| word == wanted)
}

/// The first use of one of the names in what the unit reads, the changed file first; none that the tree itself provides.
fn first_use(
    tree: &Tree<'_>,
    (unit, changed): (FileId, FileId),
    names: &BTreeSet<String>,
) -> Option<(String, (FileId, u32))> {
    let reached = tree.names.includes().reached(unit);
    let order = [changed].into_iter().chain(reached.iter().copied());
    for file in order.filter(|file| *file == changed || reached.contains(file)) {
        for id in items_mentioning(tree.index, file, names) {
            let found =
                use_in(tree, id, names).filter(|(name, _)| tree.names.sites(name).is_empty());
            if let Some((name, at)) = found {
                return Some((name, (file, at)));
            }
        }
    }
    None
}

/// The same for the macros of the changed file that speak of one of the names: the name, in words through which macro, and
/// where that is used.
fn first_use_through_macro(
    tree: &Tree<'_>,
    (unit, changed): (FileId, FileId),
    names: &BTreeSet<String>,
) -> Option<(String, String, (FileId, u32))> {
    let mut items = items_mentioning(tree.index, changed, names);
    items.retain(|id| tree.index.item(*id).kind == ItemKind::Define);
    let macros = items.iter().zip(tree.index.facts(&items));
    macros.into_iter().find_map(|(_, facts)| {
        let spoken = facts.references.iter().find_map(|one| {
            let name = facts.names.name(one.name);
            (names.contains(name) && tree.names.sites(name).is_empty()).then_some(name)
        })?;
        let own = facts.definitions.first()?;
        let own = BTreeSet::from([facts.names.name(own.name).to_owned()]);
        let reached = tree.names.includes().reached(unit);
        let found = reached.iter().find_map(|file| {
            let items = items_mentioning(tree.index, *file, &own);
            let used = items.into_iter().find_map(|id| use_in(tree, id, &own));
            used.map(|(_, at)| (*file, at))
        })?;
        let through = own.into_iter().map(|name| format!(" through `{name}`"));
        Some((spoken.to_owned(), through.collect(), found))
    })
}

fn use_in(tree: &Tree<'_>, id: ItemId, names: &BTreeSet<String>) -> Option<(String, u32)> {
    let item = tree.index.item(id);
    // A macro may never be used, and a condition or an include only mentions a name.
    if matches!(
        item.kind,
        ItemKind::Define | ItemKind::Include | ItemKind::Conditional
    ) {
        return None;
    }
    let source = tree.index.source(id.file);
    let bytes = item.span.of(&source);
    identifiers(bytes).find_map(|span| {
        let name = std::str::from_utf8(span.of(bytes)).ok()?;
        let is_member = bytes[..span.start as usize]
            .trim_ascii_end()
            .ends_with(b".")
            || bytes[..span.start as usize]
                .trim_ascii_end()
                .ends_with(b"->");
        let is_meant = names.contains(name) && !is_member;
        is_meant.then(|| {
            (
                name.to_owned(),
                item.span.start + offset(span.start as usize),
            )
        })
    })
}

/// The system headers that a unit reads, and what it includes that this tree does not have.
fn headers(tree: &Tree<'_>, unit: FileId) -> BTreeSet<String> {
    let includes = tree.names.includes();
    let mut all = BTreeSet::new();
    for file in includes.reached(unit) {
        let path = tree.path(*file);
        let lines = tree.index.includes(*file).into_iter();
        let outside = lines.filter(|line| includes.targets(&path, line).is_empty());
        all.extend(outside.map(|line| line.path));
    }
    all
}
