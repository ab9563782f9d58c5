//! What waits to be written to one connection: bounded, so that a slow reader costs itself and nobody else.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::frame::Frame;
use super::writer::Writer;
use crate::protocol::close;
use crate::server::meters::METERS;

/// The bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Frames that may wait.
    pub frames: usize,
    /// Bytes that may wait.
    pub bytes: usize,
    /// Sends that may be on their way to the disk.
    pub sends: usize,
}

/// Most frames that one system call writes. Linux takes up to 1024 pieces.
const FRAMES_A_WRITE: usize = 64;
/// The part of a queue beyond which nothing is added that need not be.
const OFFERED_SHARE: usize = 4;
/// Frames for which an idle queue may keep the memory.
const FRAMES_KEPT: usize = 4;

/// The queue of one connection. Filled by the hub; emptied by the hub's writer, and by nobody else.
pub struct Outbox {
    state: Mutex<State>,
    /// For the connection's task: the outbox was closed, or is blocked.
    changed: Notify,
    limits: Limits,
    sends: AtomicUsize,
    writer: Arc<Writer>,
    wire: OnceLock<Arc<TcpStream>>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Frame>,
    /// Of all in the queue, those that are written already too.
    bytes: usize,
    /// Bytes of the first frame that are written already.
    written: usize,
    close: Option<u16>,
    progress: Progress,
}

/// What is being done about the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// It waits until the connection is live, or for ever: the connection is broken.
    #[default]
    Held,
    /// It is empty.
    Idle,
    /// It stands in the writer's line.
    InLine,
    /// The kernel takes no more at the moment.
    Blocked,
}

/// What [`Outbox::take`] has taken.
struct Taken {
    /// Bytes of the first frame that are written already.
    begin: usize,
    /// Bytes of all.
    bytes: usize,
    /// Whether more is queued.
    has_more: bool,
}

impl Outbox {
    pub(super) fn new(limits: Limits, writer: Arc<Writer>) -> Self {
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

    /// Adds a frame. One too many empties the queue and closes the connection for a resync: the log has
    /// it all, and the client will ask for what it missed.
    pub fn push(self: &Arc<Self>, frame: Frame) {
        let mut state = self.lock();
        if state.close.is_some() {
            return;
        }
        state.add(frame);
        if state.queue.len() > self.limits.frames || state.bytes > self.limits.bytes {
            state.drop_all();
            state.close(close::RESYNC);
            METERS.resyncs.increment(1);
            self.changed.notify_one();
        }
        self.line_up(state);
    }

    /// Adds a frame that may as well be left out: it is, when more than a few wait already or the kernel takes no
    /// more. So it never takes the room of one that must arrive.
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

    /// Closes the connection after what is queued. The first code stands.
    pub fn close(self: &Arc<Self>, code: u16) {
        let mut state = self.lock();
        if state.close.is_none() {
            state.close(code);
            self.changed.notify_one();
            self.line_up(state);
        }
    }

    /// How many frames wait.
    pub(super) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Whether the connection is to end: nothing more will be queued.
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

    /// The connection is live: what is queued is written to `wire` from now on, `first` before all else.
    /// To be called once.
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

    /// Takes the next frames to be written into `frames`.
    fn take(&self, frames: &mut Vec<Frame>) -> Taken {
        let mut state = self.lock();
        let count = state.queue.len().min(FRAMES_A_WRITE);
        frames.extend(state.queue.drain(..count));
        let bytes = frames.iter().map(|frame| frame.len()).sum::<usize>();
        state.bytes -= bytes;
        let has_more = !state.queue.is_empty();
        if !has_more {
            if state.progress != Progress::Held {
                // What is pushed from here on stands in line anew.
                state.progress = Progress::Idle;
            }
            if state.queue.capacity() > FRAMES_KEPT {
                // A burst must not leave its memory behind in an idle connection.
                state.queue = VecDeque::new();
            }
        }
        Taken {
            begin: std::mem::take(&mut state.written),
            bytes,
            has_more,
        }
    }

    /// Writes what is queued, as far as the kernel takes it now. Called by the writer only, so that no two
    /// write to one connection at once. `frames` is empty before and after.
    pub(super) fn flush(&self, frames: &mut Vec<Frame>) {
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
                    // The connection's task learns of it when it reads.
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

    /// Puts back what the kernel did not take, `written` bytes from its beginning on.
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
            // It overflowed while this was under way.
            state.drop_all();
            state.add(Frame::close(close::RESYNC));
        }
        state.progress = Progress::Blocked;
        drop(state);
        self.changed.notify_one();
    }

    /// Whether the kernel took no more. Then somebody must wait until it does, and call [`Outbox::unblock`].
    pub fn is_blocked(&self) -> bool {
        self.lock().progress == Progress::Blocked
    }

    /// The kernel takes more.
    pub fn unblock(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.progress == Progress::Blocked {
            state.progress = Progress::Idle;
            self.line_up(state);
        }
    }

    /// Waits until the outbox is closed or blocked.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes one of the places for sends on their way; `false` when there is none.
    pub fn begin_send(&self) -> bool {
        self.sends
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sends| {
                (sends < self.limits.sends).then_some(sends + 1)
            })
            .is_ok()
    }

    /// Gives a place back.
    pub fn end_send(&self) {
        self.sends.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Outbox {
    /// Takes all that is queued, of a connection that is not live.
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

    /// Empties the queue, but for a frame that is half written: its rest must follow.
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

/// Writes the frames but for their first `begin` bytes, which are within the first of them.
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
