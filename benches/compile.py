#!/usr/bin/env python3
"""Holds the build answers of `backout plan` against a compiler, on back-outs drawn from a real history.

    benches/compile.py REPO --at REV|DATE [--at ...] --cflags "-I. -DX" [--setup "make gen.h"] --out rows.jsonl

Draws commits that touch C and come out of the target as text (`git merge-tree`), most of them such as touch an interface;
asks `backout plan --batch --depth build`; then compiles, in the target's tree with the back-out laid over it, every unit that
changed, every unit that sees a changed header and speaks of a name in its changed lines, two more units of each header
concerned, and what the answer itself names. A unit that the target does not compile either counts for nothing. Where all
compile, symbols that come or go are looked up with `nm`, so that a lost or doubled definition counts too.

Prints each disagreement and precision and recall, by pair and by commit. Rows go to --out as they are made; a run that was
interrupted goes on from there, and `--score` alone scores the rows with new answers. Writes nothing into REPO. Python 3.8, git
2.40, cc and nm.
"""

import argparse
import collections
import json
import os
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.M)
WORD = re.compile(rb"[A-Za-z_]\w*")
DEFINE = re.compile(rb"\s*#\s*define\s+(\w+)")
HEAD_OF_FUNCTION = re.compile(r"[+-](?!static\b)[A-Za-z_][\w \t*]+\(")
SOURCES = (".c", ".h", ".def", ".inc")
COMMON = set(
    b"auto break case char const continue default do double else enum extern float for goto if inline int long register"
    b" return short signed sizeof static struct switch typedef union unsigned void volatile while define undef include"
    b" ifdef ifndef endif elif defined NULL size_t the a of to and in is be it that this with as or by not on are from".split()
)
# What C99 and later refuse; compilers differ in what they merely warn of.
STRICT = "implicit-function-declaration incompatible-pointer-types int-conversion return-type".split()
# So many units are compiled for one header at most, and looked into for one symbol.
UNITS_OF_NAMED = 6
UNITS_OF_SYMBOL = 40
# Of the units that only see a changed header, so many are drawn for one back-out.
UNITS_OF_HEADERS = 24


class Git:
    """A repository that is read; what `merge-tree` writes goes into a scratch directory."""

    def __init__(self, repo, scratch):
        run = subprocess.run(["git", "-C", repo, "rev-parse", "--absolute-git-dir"], capture_output=True, text=True, check=True)
        self.dir = run.stdout.strip()
        os.makedirs(scratch, exist_ok=True)
        self.env = dict(
            os.environ,
            LC_ALL="C",
            GIT_OBJECT_DIRECTORY=scratch,
            GIT_ALTERNATE_OBJECT_DIRECTORIES=self.dir + "/objects",
        )

    def run(self, *arguments):
        return subprocess.run(["git", "--git-dir", self.dir, *arguments], capture_output=True, env=self.env)

    def text(self, *arguments):
        return self.run(*arguments).stdout.decode("utf8", "replace")

    def blob(self, tree, path):
        run = self.run("cat-file", "blob", f"{tree}:{path}")
        return run.stdout if run.returncode == 0 else None

    def revision(self, name):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", name):
            return self.text("rev-list", "-1", "--first-parent", f"--before={name}T23:59:59", "HEAD").strip()
        return self.text("rev-parse", "--verify", name + "^{commit}").strip()

    def backed_out(self, commit, target):
        """The tree without the commit; None where git conflicts or nothing of it is left."""
        run = self.run("merge-tree", "--write-tree", f"--merge-base={commit}", target, commit + "^")
        tree = run.stdout.decode().split("\n")[0]
        is_absent = tree == self.text("rev-parse", target + "^{tree}").strip()
        return tree if run.returncode == 0 and not is_absent else None

    def touches_interface(self, commit):
        """Whether a header says something else, or the head of a function that others may call does."""
        path = ""
        for line in self.text("diff", "-U0", commit + "^", commit, "--", "*.c", "*.h").split("\n"):
            if line.startswith(("+++ ", "--- ")):
                path = line[6:] if line[4:6] in ("a/", "b/") else path
            elif line[:1] in "+-" and line:
                if path.endswith(".h") and re.search(r"[A-Za-z_]", line) or HEAD_OF_FUNCTION.match(line):
                    return True
        return False


def sample(git, options):
    """Pairs to ask, target by target; --interface of them touch an interface."""
    chance = random.Random(options.seed)
    skip = set()
    for name in options.skip:
        skip |= {json.loads(line)["commit"] for line in open(name)}
    pairs = []
    for name in options.at:
        target = git.revision(name)
        day = int(git.text("show", "-s", "--format=%ct", target).split()[0])
        first = day - options.years * 365 * 86400
        log = git.text("rev-list", "--no-merges", f"--since={first}", target, "--", "*.c", "*.h").split()
        chance.shuffle(log)
        wanted = {True: round(options.pairs * options.interface)}
        wanted[False] = options.pairs - wanted[True]
        for commit in log:
            if not any(wanted.values()):
                break
            if commit in skip or git.run("rev-parse", "-q", "--verify", commit + "^").returncode:
                continue
            kind = git.touches_interface(commit)
            tree = git.backed_out(commit, target) if wanted[kind] else None
            if tree:
                wanted[kind] -= 1
                pairs.append({"commit": commit, "target": target, "tree": tree, "interface": kind})
    return pairs


def sampled(git, options):
    """The pairs of an earlier run into the same --out, else new ones."""
    kept = Path(options.out + ".pairs")
    if not kept.exists():
        pairs = sample(git, options)
        kept.write_text(json.dumps(pairs))
    return json.loads(kept.read_text())


def answers(git, options, pairs):
    """What the program says of each pair, and the CPU seconds that took."""
    asked = "".join(f"{pair['commit']} {pair['target']}\n" for pair in pairs)
    command = [options.backout, "plan", "--repo", git.dir, "--batch", "--depth", "build"]
    command += ["--jobs", "1"]
    command += ["--cache", options.cache] if options.cache else ["--no-cache"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, input=asked, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(line) for line in run.stdout.split("\n") if line]
    if len(lines) != len(pairs):
        sys.exit(f"{len(lines)} answers to {len(pairs)} questions: {run.stderr}")
    return lines, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Tree:
    """The files of one target, on disk for the compiler and in memory for who includes whom."""

    def __init__(self, git, target, options, place):
        self.git, self.target, self.place = git, target, place
        archive = subprocess.Popen(["git", "--git-dir", git.dir, "archive", target], stdout=subprocess.PIPE, env=git.env)
        subprocess.run(["tar", "x", "-C", place], stdin=archive.stdout, check=True)
        if options.setup:
            subprocess.run(options.setup, shell=True, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        strict = [f"-Werror={warning}" for warning in STRICT]
        self.command = [options.cc, *strict, *shlex.split(options.cflags)]
        self.texts, self.includes, self.compiled, self.system = {}, {}, {}, {}
        for folder, _, names in os.walk(place):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), place)
                if name.endswith(SOURCES) and os.path.isfile(os.path.join(folder, name)):
                    self.learn(path, Path(place, path).read_bytes())

    def learn(self, path, text):
        self.texts[path] = text
        self.includes[path] = [name.decode("utf8", "replace") for name in INCLUDE.findall(text)]

    def put(self, path, text):
        file = Path(self.place, path)
        if text is None:
            file.unlink(missing_ok=True)
            self.texts.pop(path, None)
            self.includes.pop(path, None)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.is_symlink():
                file.unlink()
            file.write_bytes(text)
            if path.endswith(SOURCES):
                self.learn(path, text)

    def users(self):
        """Who includes a file, directly."""
        by_name, users = collections.defaultdict(list), collections.defaultdict(set)
        for path in self.texts:
            by_name[os.path.basename(path)].append(path)
        for path, names in self.includes.items():
            for name in names:
                beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
                tail = os.path.normpath(name).lstrip("./")
                found = [beside] if beside in self.texts else [
                    other for other in by_name[os.path.basename(name)] if other.endswith(tail)
                ]
                for other in found:
                    users[other].add(path)
        return users

    def error(self, unit):
        """The compiler's first error; None where it compiles."""
        run = subprocess.run([*self.command, "-fsyntax-only", unit], capture_output=True, cwd=self.place, env=self.git.env)
        if run.returncode == 0:
            return None
        lines = run.stderr.decode("utf8", "replace").split("\n")
        return next((line for line in lines if "error:" in line), "no error named")

    def system_has(self, name):
        """Whether the C library defines a symbol, so that nobody else has to."""
        if name not in self.system:
            source = f"char {name}(); int main(void) {{ return {name}(); }}".encode()
            # A compiler takes its output away when it fails.
            with tempfile.TemporaryDirectory() as made:
                command = [self.command[0], "-x", "c", "-", "-lm", "-o", f"{made}/a.out"]
                self.system[name] = subprocess.run(command, input=source, capture_output=True).returncode == 0
        return self.system[name]

    def symbols(self, unit):
        """The external symbols that a unit defines and those that it needs; None where it does not compile."""
        with tempfile.TemporaryDirectory() as made:
            command = [*self.command, "-O0", "-c", "-o", f"{made}/unit.o", unit]
            if subprocess.run(command, capture_output=True, cwd=self.place, env=self.git.env).returncode:
                return None
            rows = subprocess.run(["nm", f"{made}/unit.o"], capture_output=True, text=True).stdout.split("\n")
        words = [row.split() for row in rows]
        defined = {row[2] for row in words if len(row) == 3 and row[1] in "TDBRC"}
        return defined, {row[1] for row in words if len(row) == 2 and row[0] == "U"}


class BackOut:
    """One back-out laid over its target's tree."""

    def __init__(self, tree, pair, answer):
        self.tree, self.pair, self.answer = tree, pair, answer
        git, target, merged = tree.git, pair["target"], pair["tree"]
        paths = git.text("diff", "--no-renames", "--name-only", "-z", target, merged).split("\0")[:-1]
        self.files = {path: (git.blob(target, path), git.blob(merged, path)) for path in paths}

    def lay(self, side):
        for path, texts in self.files.items():
            self.tree.put(path, texts[side])

    def judged(self):
        """The row: units that broke, symbols that no longer link."""
        before = self.tree.users()
        self.lay(1)
        users = self.tree.users()
        for path, those in before.items():
            users[path] |= those
        units = sorted(self.units(users))
        broken = [[unit, error] for unit in units if (error := self.tree.error(unit)) and self.counts(unit)]
        link = [] if broken else self.unlinked()
        self.lay(0)
        return dict(self.pair, units=len(units), broken=broken, link=link)

    def counts(self, unit):
        """Whether the target compiles the unit, or has none such."""
        known = self.tree.compiled
        if self.files.get(unit, (b"",))[0] is None:
            return True
        if unit not in known:
            self.lay(0)
            known[unit] = self.tree.error(unit) is None
            self.lay(1)
        return known[unit]

    def units(self, users):
        texts, changed = self.tree.texts, set(self.files)
        headers = [path for path in changed if not path.endswith(".c")]
        names = self.names(headers)
        seen_by = closure(users, headers)
        speaking = {path for path in seen_by if path in texts and names & set(WORD.findall(texts[path]))}
        only_seeing = sorted(path for path in speaking - changed if is_unit(path, texts))
        random.Random(self.pair["commit"]).shuffle(only_seeing)
        units = {path for path in changed if is_unit(path, texts)} | set(only_seeing[:UNITS_OF_HEADERS])
        for header in [path for path in speaking if not path.endswith(".c")] + headers:
            units |= set(sorted(u for u in closure(users, [header]) if is_unit(u, texts))[:2])
        for path, (_, after) in self.files.items():
            if after is None:
                units |= {user for user in users.get(path, ()) if is_unit(user, texts)}
        for path in {row["path"] for row in self.answer["build_conflicts"]}:
            units |= set(sorted(u for u in closure(users, [path]) if is_unit(u, texts))[:UNITS_OF_NAMED])
        return units

    def names(self, headers):
        """The words of the lines that differ, and the macros of headers that are made of them."""
        if not headers:
            return set()
        merged = self.pair["tree"]
        diff = self.tree.git.run("diff", "--no-renames", "-U0", self.pair["target"], merged, "--", *headers).stdout
        names = set()
        for line in diff.split(b"\n"):
            if line[:1] in (b"+", b"-") and not line.startswith((b"+++", b"---")):
                names |= set(WORD.findall(line))
        names -= COMMON
        for _ in range(2):
            for path, text in self.tree.texts.items():
                if path.endswith(".h"):
                    for line in text.replace(b"\\\n", b" ").split(b"\n"):
                        macro = DEFINE.match(line)
                        if macro and names & set(WORD.findall(line)):
                            names.add(macro.group(1))
        return names

    def unlinked(self):
        """Symbols that the changed units no longer define and others need, or that are now defined twice."""
        lost, gained = set(), set()
        for path, (old, new) in self.files.items():
            if not path.endswith(".c"):
                continue
            now = self.tree.symbols(path) if new is not None else (set(), set())
            self.lay(0)
            was = self.tree.symbols(path) if old is not None else (set(), set())
            self.lay(1)
            if now and was:
                lost |= was[0] - now[0]
                gained |= now[0] - was[0]
        found, known = [], {}
        for name in sorted((lost ^ gained) - {"main"}):
            word = re.compile(rb"\b" + name.encode() + rb"\b")
            units = [path for path, text in self.tree.texts.items() if is_unit(path, self.tree.texts) and word.search(text)]
            for unit in units[:UNITS_OF_SYMBOL]:
                if unit not in known:
                    known[unit] = self.tree.symbols(unit) or (set(), set())
            defining = [unit for unit in units[:UNITS_OF_SYMBOL] if name in known[unit][0]]
            needing = [unit for unit in units[:UNITS_OF_SYMBOL] if name in known[unit][1]]
            if name in lost and needing and not defining and not self.tree.system_has(name):
                found.append(f"{needing[0]} needs {name}")
            # Several programs may each define it (`main` under other names).
            if name in gained and len(defining) == 2:
                found.append(f"{name} is defined in {' and '.join(defining)}")
        return found


def is_unit(path, texts):
    return path.endswith(".c") and path in texts


def closure(users, paths):
    """The files and all that include them, however deep."""
    seen, left = set(paths), list(paths)
    while left:
        for user in users.get(left.pop(), ()):
            if user not in seen:
                seen.add(user)
                left.append(user)
    return seen


def compile_all(git, options, pairs, said):
    done = set()
    if os.path.exists(options.out):
        done = {(row["commit"], row["target"]) for row in map(json.loads, open(options.out))}
    tree = None
    with open(options.out, "a") as out, tempfile.TemporaryDirectory() as scratch:
        for at, (pair, answer) in enumerate(zip(pairs, said)):
            if (pair["commit"], pair["target"]) in done:
                continue
            # The merged tree may stand in the scratch directory of an earlier run.
            git.backed_out(pair["commit"], pair["target"])
            if tree is None or tree.target != pair["target"]:
                tree = Tree(git, pair["target"], options, tempfile.mkdtemp(dir=scratch))
            row = BackOut(tree, pair, answer).judged()
            print(json.dumps(row), file=out, flush=True)
            print(f"{at + 1}/{len(pairs)} {pair['commit'][:12]} {row['units']} units", file=sys.stderr)


def score(rows, said):
    counts, by_commit = collections.Counter(), collections.defaultdict(lambda: [False, False])
    lists = 0
    for row, answer in zip(rows, said):
        broken, claimed = bool(row["broken"] or row["link"]), answer.get("outcome") == "build-conflict"
        # No compiler reads what lists the files, so it cannot say that such a claim is wrong.
        if claimed and not broken and all(one["kind"] == "build-file" for one in answer["build_conflicts"]):
            lists, claimed = lists + 1, False
        counts[broken, claimed] += 1
        by_commit[row["commit"]][0] |= broken
        by_commit[row["commit"]][1] |= claimed
        if not answer.get("git_clean"):
            print("NOT CLEAN", row["commit"][:12], row["target"][:12], answer.get("error"))
        if broken != claimed:
            print("MISSED" if broken else "WRONG", row["commit"][:12], row["target"][:12])
            for place in row["broken"][:3] + row["link"][:3]:
                print("   compiler", place)
            for one in answer.get("build_conflicts", [])[:4]:
                print("   backout ", one["kind"], one["symbol"], f"{one['path']}:{one['line']}", one["because"])
    if lists:
        print(f"{lists} answers rest on build files alone, of which the compiler says nothing, and count as no claim")
    commits = collections.Counter(map(tuple, by_commit.values()))
    for what, table in (("pairs", counts), ("commits", commits)):
        true, false, missed = table[True, True], table[False, True], table[True, False]
        print(
            f"{what} {sum(table.values())}: {true} true, {false} false, {missed} missed;"
            f" precision {true / max(1, true + false):.3f} recall {true / max(1, true + missed):.3f}"
        )


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("repo")
    words.add_argument("--at", action="append", default=[], help="a target: a revision, or a day of HEAD's mainline; repeatable")
    words.add_argument("--pairs", type=int, default=20, help="pairs for each target")
    words.add_argument("--years", type=int, default=3, help="how old the commits may be at the target")
    words.add_argument("--interface", type=float, default=0.7, help="share of pairs that touch an interface")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--skip", action="append", default=[], help="rows of earlier runs whose commits are not drawn again")
    words.add_argument("--cc", default="cc")
    words.add_argument("--cflags", default="", help="for every unit, from the root of the tree")
    words.add_argument("--setup", help="a shell command to run at the root of each target's tree before anything is compiled")
    words.add_argument("--backout", default=str(Path(__file__).resolve().parent.parent / "target/release/backout"))
    words.add_argument("--cache", help="the program's cache; without it none")
    words.add_argument("--out", required=True, help="JSON Lines, one row for each pair")
    words.add_argument("--score", action="store_true", help="ask again about the rows there are, compile nothing")
    options = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        git = Git(options.repo, scratch)
        if not options.score:
            pairs = sampled(git, options)
            said, _ = answers(git, options, pairs)
            compile_all(git, options, pairs, said)
        rows = [json.loads(line) for line in open(options.out)]
        said, seconds = answers(git, options, rows)
        score(rows, said)
        print(f"backout {seconds:.1f} cpu-s")


main()
