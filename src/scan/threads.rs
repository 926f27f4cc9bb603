//! Pieces of work on threads of their own, their results handed over in the order of the pieces.
//!
//! Each thread keeps its worker from piece to piece. No piece is started far ahead of the last one that was handed over,
//! so what waits in memory is bounded. A thread does its piece alone: with all threads at work on pieces of their own,
//! sharing out one piece among them would only make them wait for each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// Pieces that may be under way or wait for an earlier one, for each thread.
const AHEAD: usize = 4;

/// What to do.
pub(super) struct Work<'a, P, W, T> {
    pub(super) pieces: &'a [P],
    pub(super) worker: &'a (dyn Fn() -> W + Sync),
    pub(super) answer: &'a (dyn Fn(&mut W, &P) -> T + Sync),
}

/// Answers every piece and hands the answers to `emit` in order; ends early, after what is under way, once `stop` is set
/// or `emit` fails.
///
/// # Errors
/// What `emit` returns first.
pub(super) fn in_order<P: Sync, W, T: Send, E>(
    work: &Work<'_, P, W, T>,
    stop: &AtomicBool,
    mut emit: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let count = rayon::current_num_threads();
    let (tickets, waiting) = mpsc::channel::<usize>();
    let waiting = Mutex::new(waiting);
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..count.min(work.pieces.len()) {
            let (done, waiting) = (done.clone(), &waiting);
            scope.spawn(move || {
                // Where that is refused, pieces are shared out as everywhere else.
                let _alone = alone();
                let mut worker = (work.worker)();
                loop {
                    let ticket = waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .recv();
                    let Some(piece) = ticket.ok().and_then(|at| Some((at, work.pieces.get(at)?)))
                    else {
                        return;
                    };
                    if done
                        .send((piece.0, (work.answer)(&mut worker, piece.1)))
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut next_ticket = 0;
        let mut give = |tickets: &mpsc::Sender<usize>| {
            if next_ticket < work.pieces.len() && !stop.load(Ordering::Relaxed) {
                // The threads hold the other end as long as there is work.
                tickets.send(next_ticket).ok();
                next_ticket += 1;
            }
            next_ticket
        };
        let mut given = 0;
        for _ in 0..count * AHEAD {
            given = give(&tickets);
        }
        let (mut early, mut emitted) = (BTreeMap::new(), 0);
        let mut tickets = Some(tickets);
        while emitted < given {
            let Ok((at, answer)) = results.recv() else {
                break;
            };
            early.insert(at, answer);
            while let Some(answer) = early.remove(&emitted) {
                emit(answer).inspect_err(|_failed| drop(tickets.take()))?;
                emitted += 1;
                if let Some(tickets) = &tickets {
                    given = give(tickets);
                }
            }
        }
        // Without tickets the threads end.
        drop(tickets);
        Ok(())
    })
}

/// Makes the current thread a pool of its own, so that parallel iterators inside run on it.
fn alone() -> Option<rayon::ThreadPool> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(1);
    builder.use_current_thread().build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        stop: &AtomicBool,
        mut emit: impl FnMut(usize) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let pieces: Vec<usize> = (0..100).collect();
        let work = Work {
            pieces: &pieces,
            worker: &|| (),
            answer: &|(), piece: &usize| piece * 2,
        };
        in_order(&work, stop, &mut emit)
    }

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        let mut results = Vec::new();
        let done = run(&AtomicBool::new(false), |result| {
            results.push(result);
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert_eq!(results, (0..100).map(|piece| piece * 2).collect::<Vec<_>>());
    }

    #[test]
    fn a_stop_keeps_what_is_under_way_and_no_gap() {
        let stop = AtomicBool::new(false);
        let mut results = Vec::new();
        let done = run(&stop, |result| {
            results.push(result);
            stop.store(results.len() == 10, Ordering::Relaxed);
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert_eq!(
            results,
            (0..results.len())
                .map(|piece| piece * 2)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_failing_reader_ends_the_work() {
        let done = run(&AtomicBool::new(false), |result| {
            if result < 20 { Ok(()) } else { Err("full") }
        });
        assert_eq!(done, Err("full"));
    }
}
