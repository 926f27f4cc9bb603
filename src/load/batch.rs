//! Many questions, answered in parallel and in their own order.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// Questions answered together at most: enough to keep the threads busy, few enough that results keep flowing.
const TOGETHER: usize = 64;

/// Answers every question of `questions` and hands the answers to `emit` in the order of the questions.
///
/// Questions are read as they come: an interactive caller gets its answer before it asks the next. Each thread that has
/// no `worker` at hand (a repository handle, as a rule) makes itself one; they are kept to the end with all that they
/// remember.
///
/// # Errors
/// What `emit` returns first; the remaining questions are then left alone.
pub fn in_order<Q, W, T, E>(
    questions: impl Iterator<Item = Q> + Send,
    worker: impl Fn() -> W + Sync + Send,
    answer: impl Fn(&mut W, &Q) -> T + Sync + Send,
    mut emit: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    Q: Send + Sync,
    W: Send,
    T: Send,
{
    let idle = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(TOGETHER);
        scope.spawn(move || {
            for question in questions {
                // The receiver is gone when `emit` failed; nobody waits for further answers.
                if sender.send(question).is_err() {
                    break;
                }
            }
        });
        while let Ok(first) = receiver.recv() {
            let chunk: Vec<Q> = std::iter::once(first)
                .chain(receiver.try_iter().take(TOGETHER - 1))
                .collect();
            let lend = || Lent::from(&idle);
            let ask = |lent: &mut Lent<'_, W>, question| answer(lent.worker(&worker), question);
            let answers: Vec<T> = chunk.par_iter().map_init(lend, ask).collect();
            answers.into_iter().try_for_each(&mut emit)?;
        }
        Ok(())
    })
}

/// A worker that goes back to the idle ones when its part of the questions is done.
struct Lent<'a, W> {
    worker: Option<W>,
    idle: &'a Mutex<Vec<W>>,
}

impl<'a, W> Lent<'a, W> {
    fn from(idle: &'a Mutex<Vec<W>>) -> Self {
        let worker = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { worker, idle }
    }

    fn worker(&mut self, make: impl Fn() -> W) -> &mut W {
        self.worker.get_or_insert_with(make)
    }
}

impl<W> Drop for Lent<'_, W> {
    fn drop(&mut self) {
        let idle = self.idle.lock();
        idle.unwrap_or_else(PoisonError::into_inner)
            .extend(self.worker.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let mut answers = Vec::new();
        let done: Result<(), ()> = in_order(
            0..1000,
            || (),
            |(), number| number * 2,
            |answer| {
                answers.push(answer);
                Ok(())
            },
        );
        assert_eq!(done, Ok(()));
        assert_eq!(
            answers,
            (0..1000).map(|number| number * 2).collect::<Vec<_>>()
        );
    }

    #[test]
    fn workers_are_made_once_and_kept() {
        let made = std::sync::atomic::AtomicUsize::new(0);
        let count = || made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done: Result<(), ()> = in_order(0..10_000, count, |_, number| *number, |_| Ok(()));
        assert_eq!(done, Ok(()));
        let made = made.into_inner();
        assert!((1..=rayon::current_num_threads()).contains(&made), "{made}");
    }

    #[test]
    fn a_failing_reader_ends_an_endless_batch() {
        let done = in_order(
            0..,
            || (),
            |(), number| *number,
            |answer| if answer < 10 { Ok(()) } else { Err("closed") },
        );
        assert_eq!(done, Err("closed"));
    }
}
