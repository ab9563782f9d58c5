//! The bounded queue of frames for one connection, so that a slow reader harms no other connection.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::flusher::{Flush, Flusher};
use super::frame::Frame;
use crate::protocol::close;
use crate::server::metrics::METRICS;

/// The limits of one connection.
#[derive(Clone, Copy, Debug)]
pub struct SendQueueLimits {
    /// Frames that may be queued.
    pub frames: usize,
    /// Bytes that may be queued.
    pub bytes: usize,
    /// Sends that may be in flight to the store.
    pub sends: usize,
}

/// The most frames one system call writes. Linux accepts up to 1024 pieces.
const FRAMES_A_WRITE: usize = 64;
/// Optional frames are dropped once the queue is filled to this fraction of its limit (one quarter).
const OFFERED_SHARE: usize = 4;
/// Frames for which an idle queue may retain its memory.
const FRAMES_RETAINED: usize = 4;

/// The queue of one connection. Filled by the hub, drained only by the hub's flusher.
pub struct SendQueue {
    state: Mutex<State>,
    /// Signals the connection's task that the queue was closed or is blocked.
    changed: Notify,
    limits: SendQueueLimits,
    sends: AtomicUsize,
    writer: Arc<Flusher<SendQueue>>,
    wire: OnceLock<Arc<TcpStream>>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Frame>,
    /// Bytes of all queued frames, including those of the first that are already written.
    bytes: usize,
    /// Bytes of the first frame that are already written.
    written: usize,
    close: Option<u16>,
    progress: Progress,
}

/// The state of the queue with respect to the flusher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// Not writable: the connection is not live yet, or it is broken.
    #[default]
    Held,
    /// Empty.
    Idle,
    /// Waiting for the flusher.
    InLine,
    /// The kernel's send buffer is full.
    Blocked,
}

/// The result of [`SendQueue::take`].
struct Batch {
    /// Bytes of the first frame that are already written.
    begin: usize,
    /// Bytes of all frames taken.
    bytes: usize,
    /// Whether more frames are queued.
    has_more: bool,
}

impl SendQueue {
    pub(super) fn new(limits: SendQueueLimits, writer: Arc<Flusher<SendQueue>>) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            limits,
            sends: AtomicUsize::new(0),
            writer,
            wire: OnceLock::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame. An overflow empties the queue and closes the connection for a resync: the log has everything,
    /// and the client requests what it missed.
    pub fn push(self: &Arc<Self>, frame: Frame) {
        let mut state = self.lock();
        if state.close.is_some() {
            return;
        }
        state.add(frame);
        if state.queue.len() > self.limits.frames || state.bytes > self.limits.bytes {
            state.drop_all();
            state.close(close::RESYNC);
            METRICS.resyncs.increment(1);
            self.changed.notify_one();
        }
        self.line_up(state);
    }

    /// Queues a frame that may be dropped, unless the queue is already busy or the kernel's buffer is full. Such a
    /// frame never takes the room of one that must arrive.
    pub fn offer(self: &Arc<Self>, frame: Frame) {
        let mut state = self.lock();
        let is_busy = state.progress == Progress::Blocked
            || state.queue.len() >= self.limits.frames / OFFERED_SHARE
            || state.bytes >= self.limits.bytes / OFFERED_SHARE;
        if state.close.is_none() && !is_busy {
            state.add(frame);
            self.line_up(state);
        }
    }

    /// Closes the connection after the queued frames. The first code wins.
    pub fn close(self: &Arc<Self>, code: u16) {
        let mut state = self.lock();
        if state.close.is_none() {
            state.close(code);
            self.changed.notify_one();
            self.line_up(state);
        }
    }

    /// The number of queued frames.
    pub(super) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Whether the connection is closing: nothing more is queued.
    pub fn is_closed(&self) -> bool {
        self.lock().close.is_some()
    }

    fn line_up(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.progress == Progress::Idle {
            state.progress = Progress::InLine;
            drop(state);
            self.writer.add(Arc::clone(self));
        }
    }

    /// Makes the connection live: queued frames are written to `wire` from now on, `first` before all others. Must be
    /// called once.
    pub fn attach(self: &Arc<Self>, wire: Arc<TcpStream>, first: Option<Frame>) {
        self.writer.start();
        let _ = self.wire.set(wire);
        let mut state = self.lock();
        if let Some(first) = first {
            state.bytes += first.len();
            state.queue.push_front(first);
        }
        state.progress = Progress::Idle;
        if !state.queue.is_empty() {
            self.line_up(state);
        }
    }

    /// Moves the next frames to write into `frames`.
    fn take(&self, frames: &mut Vec<Frame>) -> Batch {
        let mut state = self.lock();
        let count = state.queue.len().min(FRAMES_A_WRITE);
        frames.extend(state.queue.drain(..count));
        let bytes = frames.iter().map(|frame| frame.len()).sum::<usize>();
        state.bytes -= bytes;
        let has_more = !state.queue.is_empty();
        if !has_more {
            if state.progress != Progress::Held {
                // A frame pushed from here on schedules the queue again.
                state.progress = Progress::Idle;
            }
            if state.queue.capacity() > FRAMES_RETAINED {
                // A burst must not leave its memory behind in an idle connection.
                state.queue = VecDeque::new();
            }
        }
        Batch {
            begin: std::mem::take(&mut state.written),
            bytes,
            has_more,
        }
    }

    /// Requeues what the kernel did not accept, from byte `written` on.
    fn block(&self, frames: &mut Vec<Frame>, mut written: usize) {
        let gone = frames.iter().position(|frame| {
            let is_left = written < frame.len();
            written -= if is_left { 0 } else { frame.len() };
            is_left
        });
        let mut state = self.lock();
        for frame in frames.drain(gone.unwrap_or(0)..).rev() {
            state.bytes += frame.len();
            state.queue.push_front(frame);
        }
        frames.clear();
        state.written = written;
        if state.close == Some(close::RESYNC) {
            // The queue overflowed during the write.
            state.drop_all();
            state.add(Frame::close(close::RESYNC));
        }
        state.progress = Progress::Blocked;
        drop(state);
        self.changed.notify_one();
    }

    /// Whether the kernel's buffer is full. The caller must then wait until the socket is writable and call
    /// [`SendQueue::unblock`].
    pub fn is_blocked(&self) -> bool {
        self.lock().progress == Progress::Blocked
    }

    /// Resumes writing: the socket is writable again.
    pub fn unblock(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.progress == Progress::Blocked {
            state.progress = Progress::Idle;
            self.line_up(state);
        }
    }

    /// Waits until the queue is closed or blocked.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Reserves a slot for a send in flight; `false` when none is free.
    pub fn begin_send(&self) -> bool {
        self.sends
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sends| {
                (sends < self.limits.sends).then_some(sends + 1)
            })
            .is_ok()
    }

    /// Releases a slot reserved by [`SendQueue::begin_send`].
    pub fn end_send(&self) {
        self.sends.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Flush for SendQueue {
    /// Only the flusher calls this, so that writes to one connection never overlap.
    fn flush(&self, frames: &mut Vec<Frame>) {
        let Some(wire) = self.wire.get() else { return };
        loop {
            let taken = self.take(frames);
            if frames.is_empty() {
                return;
            }
            let written = match write(wire, frames, taken.begin) {
                Ok(written) => taken.begin + written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => taken.begin,
                Err(_) => {
                    // The connection's task finds out when it reads.
                    frames.clear();
                    *self.lock() = State::default();
                    return;
                }
            };
            if written < taken.bytes {
                return self.block(frames, written);
            }
            frames.clear();
            if !taken.has_more {
                return;
            }
        }
    }
}

#[cfg(test)]
impl SendQueue {
    /// Drains the queue of a connection that is not live.
    pub fn take_all(&self) -> Vec<Frame> {
        let mut state = self.lock();
        state.bytes = 0;
        state.queue.drain(..).collect()
    }
}

impl State {
    fn add(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.queue.push_back(frame);
    }

    fn close(&mut self, code: u16) {
        self.close = Some(code);
        self.add(Frame::close(code));
    }

    /// Empties the queue except for a partly written frame: the rest of it must follow.
    fn drop_all(&mut self) {
        let half = if self.written > 0 {
            self.queue.pop_front()
        } else {
            None
        };
        self.queue = half.into_iter().collect();
        self.bytes = self.queue.iter().map(|frame| frame.len()).sum();
    }
}

/// Writes the frames, skipping the first `begin` bytes, which lie within the first frame.
fn write(wire: &TcpStream, frames: &[Frame], begin: usize) -> io::Result<usize> {
    if let [only] = frames {
        return wire.try_write(&only[begin..]);
    }
    let mut pieces = [IoSlice::new(&[]); FRAMES_A_WRITE];
    for (piece, frame) in pieces.iter_mut().zip(frames) {
        *piece = IoSlice::new(frame);
    }
    let mut pieces = &mut pieces[..frames.len()];
    IoSlice::advance_slices(&mut pieces, begin);
    wire.try_write_vectored(pieces)
}

#[cfg(test)]
mod tests;
