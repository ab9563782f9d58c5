//! The connection: when to connect, when to consider it dead, and how long to back off before the next attempt.

use super::clock::{Random, ms};
use super::{ConnectionState, Effect, Engine, Trouble, ViewChange};
use crate::model::{Millis, Refusal, ThreadHead, UserId, limits};
use crate::protocol::{ClientFrame, Missed, ServerFrame, VERSION, close};

/// An attempt that is not live within this is abandoned.
const READY_WITHIN: Millis = 10_000;
/// Tolerance for the network on top of the server's intervals.
const SLACK: Millis = 5_000;

/// The phases of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Connecting {
        since: Millis,
        opened: bool,
    },
    Live {
        since: Millis,
    },
    Waiting {
        retry_at: Millis,
    },
    /// Until the user acts in this tab.
    Replaced,
    SessionEnded,
    Outdated,
}

/// The state of the connection.
#[derive(Debug)]
pub(super) struct Connection {
    phase: Phase,
    /// When the last frame arrived.
    last_frame_at: Millis,
    /// Whether a `ping` has been sent since then.
    pinged: bool,
    /// After a wake-up: when silence means that the connection is dead.
    wake_deadline: Option<Millis>,
    /// Failed attempts since the connection was last live.
    failures: u32,
    /// Whether any connection or attempt has failed: changes that aren't in the log may have been missed.
    had_outage: bool,
    offline_since: Option<Millis>,
    /// Why the last connection ended.
    pub(super) trouble: Option<Trouble>,
    random: Random,
}

impl Connection {
    pub(super) fn new(random: u64) -> Self {
        Self {
            phase: Phase::Idle,
            last_frame_at: 0,
            pinged: false,
            wake_deadline: None,
            failures: 0,
            had_outage: false,
            offline_since: None,
            trouble: None,
            random: Random(random),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }

    /// Whether the engine has nothing more to do.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::SessionEnded | Phase::Outdated)
    }

    pub(super) fn offline_since(&self) -> Option<Millis> {
        self.offline_since
    }

    pub(super) fn link(&self) -> ConnectionState {
        match self.phase {
            Phase::Idle => ConnectionState::Idle,
            Phase::Connecting { .. } => ConnectionState::Connecting,
            Phase::Live { .. } => ConnectionState::Live,
            Phase::Waiting { retry_at } => ConnectionState::Waiting { retry_at },
            Phase::Replaced => ConnectionState::Replaced,
            Phase::SessionEnded => ConnectionState::SessionEnded,
            Phase::Outdated => ConnectionState::Outdated,
        }
    }

    /// When to break the silence with a `ping`. The server pings only a client that is silent itself, so a client that
    /// sends frames to a server with nothing to send must ping it.
    fn ping_at(&self) -> Millis {
        self.last_frame_at + ms(limits::HEARTBEAT) + SLACK
    }

    /// When silence means that the connection is dead.
    fn dead_at(&self) -> Millis {
        let dead = self.last_frame_at + ms(limits::DEAD_AFTER) + SLACK;
        self.wake_deadline.map_or(dead, |wake| wake.min(dead))
    }

    /// When to act if nothing happens until then.
    pub(super) fn deadline(&self) -> Option<Millis> {
        match self.phase {
            Phase::Connecting { since, .. } => Some(since + READY_WITHIN),
            Phase::Live { .. } if self.pinged => Some(self.dead_at()),
            Phase::Live { .. } => Some(self.dead_at().min(self.ping_at())),
            Phase::Waiting { retry_at } => Some(retry_at),
            Phase::Idle | Phase::Replaced | Phase::SessionEnded | Phase::Outdated => None,
        }
    }

    /// The backoff before the next attempt: exponential, with jitter.
    fn pause(&mut self) -> Millis {
        let first = ms(limits::RECONNECT_FIRST);
        let most = (first << self.failures.min(16)).min(ms(limits::RECONNECT_CAP));
        self.random.between(ms(limits::RECONNECT_MIN), most)
    }
}

impl Engine {
    /// Why nothing reaches the server, or is taken by it, as far as it is known.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        match self.connection.is_live() {
            true => self.outbox.trouble(),
            false => self.connection.trouble,
        }
    }

    pub(super) fn start(&mut self) {
        if self.connection.phase == Phase::Idle {
            self.connection.offline_since = Some(self.now);
            self.connect();
            self.people.start();
            self.touch(ViewChange::People);
        }
    }

    fn connect(&mut self) {
        self.connection.phase = Phase::Connecting {
            since: self.now,
            opened: false,
        };
        self.effects.push(Effect::Connect);
        self.touch(ViewChange::Link);
    }

    /// The socket is open: send `hello` with the threads to resume.
    pub(super) fn opened(&mut self) {
        if let Phase::Connecting {
            opened: opened @ false,
            ..
        } = &mut self.connection.phase
        {
            *opened = true;
            self.pace.reset();
            let resume = self.resumable();
            self.transmit(ClientFrame::Hello {
                version: VERSION,
                resume,
            });
        }
    }

    pub(super) fn closed(&mut self, code: u16) {
        match (self.connection.phase, code) {
            (Phase::Connecting { .. } | Phase::Live { .. }, close::SESSION_ENDED) => {
                self.end(Phase::SessionEnded);
            }
            (Phase::Connecting { .. } | Phase::Live { .. }, close::VERSION) => {
                self.end(Phase::Outdated);
            }
            (Phase::Connecting { .. } | Phase::Live { .. }, close::REPLACED) => {
                // Connecting at once would replace another tab, which would do the same.
                self.end(Phase::Replaced);
            }
            (Phase::Connecting { .. } | Phase::Live { .. }, close::FLOODED) => {
                self.lost();
                // Whatever caused the flood would cause it again.
                let retry_at = self.now + ms(limits::RECONNECT_CAP);
                self.connection.phase = Phase::Waiting { retry_at };
            }
            (Phase::Connecting { .. } | Phase::Live { .. }, code) => {
                if code == close::RESTART {
                    self.connection.trouble = Some(Trouble::Restarting);
                }
                self.lost();
            }
            // From a socket that was already abandoned.
            _ => {}
        }
    }

    /// The connection is lost: back off, then retry.
    fn lost(&mut self) {
        self.unplugged();
        let retry_at = self.now + self.connection.pause();
        self.connection.failures = self.connection.failures.saturating_add(1);
        self.connection.phase = Phase::Waiting { retry_at };
        self.touch(ViewChange::Link);
    }

    /// Frames sent on the old connection may not have arrived.
    fn unplugged(&mut self) {
        self.connection.had_outage = true;
        self.connection.wake_deadline = None;
        self.connection.offline_since.get_or_insert(self.now);
        self.outbox.unplugged();
        self.reading.unplugged();
    }

    fn end(&mut self, phase: Phase) {
        self.unplugged();
        self.connection.phase = phase;
        self.touch(ViewChange::Link);
    }

    /// The user acted in this tab.
    pub(super) fn used(&mut self) {
        if self.connection.phase == Phase::Replaced {
            self.connect();
        }
    }

    /// The session has ended, according to something other than a close code.
    pub(super) fn session_ended(&mut self) {
        if !self.connection.is_over() {
            self.effects.push(Effect::Disconnect);
            self.end(Phase::SessionEnded);
        }
    }

    /// Client and server speak different protocol versions.
    fn outdated(&mut self) {
        self.effects.push(Effect::Disconnect);
        self.end(Phase::Outdated);
    }

    /// Reconnects with a fresh `hello`, because what arrived can't be applied without it.
    pub(super) fn resync(&mut self) {
        let Phase::Live { since } = self.connection.phase else {
            return;
        };
        self.effects.push(Effect::Disconnect);
        if self.now - since < ms(limits::RECONNECT_FIRST) {
            // It was just tried and didn't help: back off, to avoid a tight loop.
            self.lost();
        } else {
            self.unplugged();
            self.connect();
        }
    }

    /// A frame arrived: the server is alive.
    pub(super) fn frame_arrived(&mut self) {
        self.connection.last_frame_at = self.now;
        self.connection.pinged = false;
        self.connection.wake_deadline = None;
    }

    /// Whether frames are expected now. Frames from an abandoned connection are ignored.
    pub(super) fn expects_frames(&self) -> bool {
        matches!(
            self.connection.phase,
            Phase::Connecting { opened: true, .. } | Phase::Live { .. }
        )
    }

    /// The browser has no network: a socket that is still open carries nothing.
    pub(super) fn network_lost(&mut self) {
        if let Phase::Connecting { .. } | Phase::Live { .. } | Phase::Waiting { .. } =
            self.connection.phase
        {
            self.effects.push(Effect::Disconnect);
            self.connection.trouble = Some(Trouble::NoNetwork);
            self.lost();
        }
    }

    pub(super) fn wake(&mut self) {
        match self.connection.phase {
            Phase::Waiting { .. } | Phase::Replaced => self.connect(),
            Phase::Live { .. } if self.now >= self.connection.dead_at() => {
                self.effects.push(Effect::Disconnect);
                self.unplugged();
                self.connect();
            }
            Phase::Live { .. } => {
                self.transmit(ClientFrame::Ping);
                let deadline = self.now + ms(limits::WAKE_PING);
                self.connection.wake_deadline.get_or_insert(deadline);
            }
            _ => {}
        }
        self.network_is_back();
    }

    /// Does what is due at this time.
    pub(super) fn tick_connection(&mut self) {
        match self.connection.phase {
            Phase::Waiting { retry_at } if self.now >= retry_at => self.connect(),
            Phase::Connecting { since, .. } if self.now >= since + READY_WITHIN => {
                self.effects.push(Effect::Disconnect);
                self.lost();
            }
            Phase::Live { .. } if self.now >= self.connection.dead_at() => {
                let woken = self.connection.wake_deadline.is_some();
                self.effects.push(Effect::Disconnect);
                if woken {
                    self.unplugged();
                    self.connect();
                } else {
                    self.lost();
                }
            }
            Phase::Live { .. }
                if !self.connection.pinged && self.now >= self.connection.ping_at() =>
            {
                self.connection.pinged = true;
                self.transmit(ClientFrame::Ping);
            }
            _ => {}
        }
    }

    /// The server answered `hello`.
    pub(super) fn ready(&mut self, frame: ServerFrame) {
        let ServerFrame::Ready {
            version,
            me,
            threads,
            more_threads,
            missed,
            online,
            receipts,
            privacy,
            blocked,
        } = frame
        else {
            return;
        };
        if !matches!(self.connection.phase, Phase::Connecting { .. }) {
            return;
        }
        if version != VERSION {
            return self.outdated();
        }
        if me != self.me.id {
            // Another user has logged in with this browser: nothing on this page belongs to them.
            return self.session_ended();
        }
        self.connection.phase = Phase::Live { since: self.now };
        self.connection.failures = 0;
        self.connection.offline_since = None;
        self.connection.trouble = None;
        self.touch(ViewChange::Link);
        self.replace_receipts(receipts, privacy);
        self.set_blocked(blocked);
        self.catch_up(threads, more_threads, missed, online);
        self.fetch_members();
    }

    fn catch_up(
        &mut self,
        threads: Vec<ThreadHead>,
        more_threads: bool,
        missed: Vec<Missed>,
        online: Vec<UserId>,
    ) {
        if self.connection.had_outage {
            self.report_missed(&threads);
        }
        self.ready_threads(threads, more_threads);
        self.invalidate_windows();
        for event in missed.into_iter().flat_map(|missed| missed.events) {
            // The comparison with the heads reveals what is still missing: see `LoadedRange::is_behind`.
            self.apply_event(event);
        }
        self.people.set_online(online);
        self.touch(ViewChange::Presence);
        if self.connection.had_outage {
            self.people.refetch();
        }
        self.network_is_back();
    }

    /// A refusal that concerns no message.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::Version => self.outdated(),
            Refusal::NotLoggedIn => self.session_ended(),
            _ => {}
        }
    }
}
