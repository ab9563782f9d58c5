//! The read marks of one connection that wait to be written. Marks of one thread are merged while they wait: only the
//! highest is written, and one mark at a time. So however many marks a client sends, the writer gets no more than it
//! can handle; and the last one is always written, even after the connection has closed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::model::{Refusal, Seq, ThreadId};

/// The turn of a mark, and its position: see [`crate::model::ReadMark`].
type TurnAndSeq = (i64, Seq);

/// The most threads with a waiting mark. A connection within its rate of frames reaches it only when nothing was
/// written for some seconds.
const THREADS_MAX: usize = 256;
/// How long writes may fail before a mark is dropped. The client sends its marks again when it reconnects.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);
/// The shortest and the longest pause before the retry of a mark that was refused temporarily.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// The queue of one connection. An idle connection allocates nothing for it.
#[derive(Default)]
pub struct ReadMarkQueue(Weak<Mutex<PendingMarks>>);

#[derive(Default)]
struct PendingMarks {
    marks: BTreeMap<ThreadId, TurnAndSeq>,
    /// The task that wrote these has ended.
    is_finished: bool,
}

impl PendingMarks {
    fn add(&mut self, thread: ThreadId, mark: TurnAndSeq) -> bool {
        if self.marks.len() >= THREADS_MAX && !self.marks.contains_key(&thread) {
            return false;
        }
        let waiting = self.marks.entry(thread).or_insert(mark);
        *waiting = mark.max(*waiting);
        true
    }
}

fn lock(waiting: &Mutex<PendingMarks>) -> MutexGuard<'_, PendingMarks> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReadMarkQueue {
    /// Queues a mark, to be written by `write`. `refused` is called with each permanent refusal.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when marks of too many threads are waiting.
    pub fn add<F, Written>(
        &mut self,
        thread: ThreadId,
        mark: TurnAndSeq,
        write: F,
        refused: impl Fn(Refusal) + Send + 'static,
    ) -> Result<(), Refusal>
    where
        F: Fn(ThreadId, TurnAndSeq) -> Written + Send + 'static,
        Written: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        if let Some(waiting) = self.0.upgrade() {
            let mut waiting = lock(&waiting);
            if !waiting.is_finished {
                return match waiting.add(thread, mark) {
                    true => Ok(()),
                    false => Err(Refusal::Busy {
                        retry_after_ms: 1_000,
                    }),
                };
            }
        }
        let waiting = Arc::new(Mutex::new(PendingMarks {
            marks: BTreeMap::from([(thread, mark)]),
            is_finished: false,
        }));
        self.0 = Arc::downgrade(&waiting);
        tokio::spawn(write_all(waiting, write, refused));
        Ok(())
    }
}

/// Writes the waiting marks one at a time, until there are none.
async fn write_all<F, Written>(
    waiting: Arc<Mutex<PendingMarks>>,
    write: F,
    refused: impl Fn(Refusal) + Send + 'static,
) where
    F: Fn(ThreadId, TurnAndSeq) -> Written + Send + 'static,
    Written: Future<Output = Result<(), Refusal>> + Send,
{
    let mut written = Instant::now();
    loop {
        let next = {
            let mut waiting = lock(&waiting);
            let next = waiting.marks.pop_first();
            waiting.is_finished = next.is_none();
            next
        };
        let Some((thread, mark)) = next else { return };
        match write(thread, mark).await {
            Ok(()) => written = Instant::now(),
            Err(Refusal::Stopping) => return lock(&waiting).is_finished = true,
            Err(refusal) if refusal.is_transient() && written.elapsed() < GIVE_UP_AFTER => {
                lock(&waiting).add(thread, mark);
                sleep(pause(&refusal)).await;
            }
            Err(refusal) => {
                written = Instant::now();
                refused(refusal);
            }
        }
    }
}

fn pause(refusal: &Refusal) -> Duration {
    let wait = match *refusal {
        Refusal::Busy { retry_after_ms } | Refusal::Throttled { retry_after_ms } => retry_after_ms,
        _ => u64::MAX,
    };
    Duration::from_millis(wait).clamp(PAUSE.0, PAUSE.1)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::{Semaphore, mpsc};
    use tokio::time::timeout;

    use super::*;

    const TEA: ThreadId = ThreadId(1);
    const SOUP: ThreadId = ThreadId(2);

    type Writes = mpsc::UnboundedReceiver<(ThreadId, Seq)>;

    /// A disk that reports each write, and completes it when `permits` has a permit.
    fn disk(
        permits: &Arc<Semaphore>,
    ) -> (
        impl Fn(ThreadId, TurnAndSeq) -> futures_util::future::BoxFuture<'static, Result<(), Refusal>>
        + Clone
        + Send
        + 'static,
        Writes,
    ) {
        let (sender, writes) = mpsc::unbounded_channel();
        let permits = Arc::clone(permits);
        let write = move |thread, (_, seq): TurnAndSeq| {
            let (permits, sender) = (Arc::clone(&permits), sender.clone());
            let written: futures_util::future::BoxFuture<'static, _> = Box::pin(async move {
                let _ = sender.send((thread, seq));
                permits.acquire().await.expect("open").forget();
                Ok(())
            });
            written
        };
        (write, writes)
    }

    async fn next(writes: &mut Writes) -> Option<(ThreadId, Seq)> {
        let next = timeout(Duration::from_secs(5), writes.recv()).await;
        next.expect("something is written")
    }

    #[tokio::test]
    async fn of_each_thread_the_highest_is_written_and_one_at_a_time() {
        let permits = Arc::new(Semaphore::new(0));
        let (write, mut writes) = disk(&permits);
        let mut marks = ReadMarkQueue::default();
        let mut add = |thread, seq| {
            let added = marks.add(thread, (0, seq), write.clone(), |_| ());
            added.expect("room");
        };
        add(TEA, 1);
        assert_eq!(next(&mut writes).await, Some((TEA, 1)));
        for seq in 2..10_000 {
            add(TEA, seq);
            add(SOUP, seq.min(77));
            add(TEA, 3);
        }
        tokio::task::yield_now().await;
        assert!(
            writes.try_recv().is_err(),
            "the first is still being written"
        );
        permits.add_permits(3);
        assert_eq!(next(&mut writes).await, Some((TEA, 9_999)));
        assert_eq!(next(&mut writes).await, Some((SOUP, 77)));
        // When it is idle again, a new task starts; the last mark is written although the connection has closed.
        while marks.0.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
        permits.add_permits(1);
        let (write, mut writes) = disk(&permits);
        marks.add(TEA, (0, 10_000), write, |_| ()).expect("room");
        drop(marks);
        assert_eq!(next(&mut writes).await, Some((TEA, 10_000)));
        assert_eq!(next(&mut writes).await, None);
    }

    #[tokio::test]
    async fn marks_of_too_many_threads_are_refused_and_those_that_wait_move_on() {
        let permits = Arc::new(Semaphore::new(0));
        let (write, mut writes) = disk(&permits);
        let mut marks = ReadMarkQueue::default();
        let mut add = |thread, seq| marks.add(ThreadId(thread), (0, seq), write.clone(), |_| ());
        add(0, 1).expect("room");
        next(&mut writes).await;
        for thread in 1..=THREADS_MAX as i64 {
            add(thread, 1).expect("room");
        }
        for thread in 0..10_000 {
            let is_known = (1..=THREADS_MAX as i64).contains(&thread);
            assert_eq!(add(thread, 2).is_ok(), is_known, "{thread}");
        }
        permits.add_permits(THREADS_MAX + 1);
        for _ in 0..THREADS_MAX {
            assert_eq!(next(&mut writes).await.map(|(_, seq)| seq), Some(2));
        }
    }

    #[tokio::test]
    async fn a_mark_that_is_refused_for_the_moment_is_written_later() {
        let attempts = Arc::new(AtomicUsize::new(0));
        let (sender, mut writes) = mpsc::unbounded_channel();
        let write = {
            let attempts = Arc::clone(&attempts);
            move |_, (_, seq): TurnAndSeq| {
                let attempt = attempts.fetch_add(1, Ordering::Relaxed);
                let sender = sender.clone();
                async move {
                    if attempt < 2 {
                        return Err(Refusal::Busy { retry_after_ms: 1 });
                    }
                    let _ = sender.send(seq);
                    Ok(())
                }
            }
        };
        let mut marks = ReadMarkQueue::default();
        marks.add(TEA, (0, 7), write, |_| ()).expect("room");
        drop(marks);
        let written = timeout(Duration::from_secs(5), writes.recv()).await;
        assert_eq!(written.expect("it is written"), Some(7));
        assert_eq!(attempts.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_mark_that_is_refused_for_good_holds_up_no_other() {
        let (sender, mut writes) = mpsc::unbounded_channel();
        let write = |thread, _| async move {
            match thread {
                TEA => Err(Refusal::NotFound),
                _ => Ok(()),
            }
        };
        let mut marks = ReadMarkQueue::default();
        marks
            .add(TEA, (0, 1), write, move |refusal| {
                let _ = sender.send(refusal);
            })
            .expect("room");
        marks.add(SOUP, (0, 1), write, |_| ()).expect("room");
        assert_eq!(writes.recv().await, Some(Refusal::NotFound));
        while marks.0.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
