//! Times each room of the core on small, usual and huge input, in bytes a second; the last group is the whole path.

use std::fmt::Write;
use std::hint::black_box;

use backout::change::replay::Sides;
use backout::facts;
use backout::items::{self, lexer};
use backout::merge::text;
use backout::symbol_diff::{self, SourcePair};
use backout::text::{BeforeAfter, FilePath};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// C of about as many functions as asked for, with a type, a table and a conditional between them.
fn source(functions: usize) -> String {
    let mut out =
        String::from("#include \"part.h\"\n\nstruct part { int size; const char *name; };\n\n");
    for at in 0..functions {
        let _ = write!(
            out,
            "/* Part {at} of many. */\nstatic int part_{at}(struct part *part, int how)\n{{\n    int size = part->size + {at};\n\
             #ifdef WITH_CHECK\n    if (size > how) {{\n        return check(part, size);\n    }}\n#endif\n\
                 for (int i = 0; i < size; i++) {{\n        use(part->name, i, how);\n    }}\n    return size;\n}}\n\n\
             static const struct part table_{at}[] = {{ {{ .size = {at}, .name = \"part {at}\" }} }};\n\n"
        );
    }
    out
}

/// About 1 KB, 30 KB (a usual file) and 3 MB (a generated one).
const SIZES: [(&str, usize); 3] = [("small", 2), ("usual", 60), ("huge", 6000)];

fn by_size(criterion: &mut Criterion, room: &str, run: impl Fn(&str)) {
    let mut group = criterion.benchmark_group(room);
    group.sample_size(10);
    for (name, functions) in SIZES {
        let source = source(functions);
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(name),
            &source,
            |bencher, source| bencher.iter(|| run(source)),
        );
    }
    group.finish();
}

fn rooms(criterion: &mut Criterion) {
    by_size(criterion, "items/lexer", |source| {
        black_box(lexer::identifiers(source.as_bytes()).count());
    });
    by_size(criterion, "items/split", |source| {
        black_box(items::of_source(source.as_bytes()));
    });
    by_size(criterion, "facts", |source| {
        black_box(facts::of_source(source.as_bytes()));
    });
    by_size(criterion, "merge/text", |source| {
        let (ours, theirs) = (
            source.replace("Part 1 of", "One of"),
            source.replace("part_0(struct", "part_zero(struct"),
        );
        let sides = Sides {
            base: source.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        black_box(text::merge(sides));
    });
}

/// The symbol changes of one edited function: what every commit costs whatever else is asked.
fn whole_path(criterion: &mut Criterion) {
    let path = FilePath::from("part.c");
    by_size(criterion, "end_to_end/diff", |before| {
        let after = before.replace("part->size + 1;", "part->size + 2;");
        let pair = SourcePair {
            paths: BeforeAfter {
                before: Some(&path),
                after: Some(&path),
            },
            sources: BeforeAfter {
                before: before.as_bytes(),
                after: after.as_bytes(),
            },
        };
        black_box(symbol_diff::changes(&[pair], &backout::load::items::facts));
    });
}

criterion_group!(benches, rooms, whole_path);
criterion_main!(benches);
