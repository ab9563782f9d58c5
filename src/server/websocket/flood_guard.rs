//! The rate of frames that one connection may send. Frames are counted as they come off the wire, before they are
//! decoded, so that pings, pongs, fragments and garbage count too: each costs the server some work.

use std::time::{Duration, Instant};

use crate::model::limits;

/// A rate of frames. The burst is [`limits::FRAMES_BURST_SECONDS`] at that rate.
#[derive(Clone, Copy, Debug)]
pub struct FrameRate {
    /// Microseconds per frame; 0: no limit.
    every: u32,
}

impl FrameRate {
    /// A rate in frames per second; 0: no limit.
    #[must_use]
    pub fn per_second(frames: u32) -> Self {
        Self {
            every: 1_000_000_u32.checked_div(frames).unwrap_or(0),
        }
    }
}

/// Counts the frames of one connection against its rate (GCRA, a token bucket that stores a single time).
#[derive(Debug)]
pub struct Flood {
    rate: FrameRate,
    heads: FrameHeaders,
    /// When everything received so far would have arrived at the permitted rate.
    paid: Instant,
    is_flooded: bool,
}

impl Flood {
    #[must_use]
    pub fn new(rate: FrameRate, now: Instant) -> Self {
        Self {
            rate,
            heads: FrameHeaders::default(),
            paid: now,
            is_flooded: false,
        }
    }

    /// Whether the rate was exceeded. Once true, it stays true.
    #[must_use]
    pub fn is_flooded(&self) -> bool {
        self.is_flooded
    }

    /// Counts the frames in bytes just read.
    pub fn count(&mut self, bytes: &[u8]) {
        if self.rate.every > 0 {
            self.count_at(bytes, Instant::now());
        }
    }

    fn count_at(&mut self, bytes: &[u8], now: Instant) {
        let cost = self.heads.cost(bytes);
        if cost > 0 {
            let time = Duration::from_micros(u64::from(self.rate.every).saturating_mul(cost));
            let burst = Duration::from_secs(limits::FRAMES_BURST_SECONDS);
            // A frame may claim any length. Twice the burst is already too much, and the sum can't overflow.
            let time = time.min(2 * burst);
            self.paid = self.paid.max(now) + time;
            self.is_flooded |= self.paid.duration_since(now) > burst;
        }
    }
}

/// Finds the frame headers in a stream of bytes (RFC 6455, 5.2), however it is split.
#[derive(Debug, Default)]
struct FrameHeaders {
    place: HeaderState,
    /// Remaining bytes of the extended length.
    extended: u8,
    /// Remaining bytes of the header, including the extended length.
    head: u8,
    /// Remaining bytes of the payload; while the header is read, its length.
    payload: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HeaderState {
    #[default]
    First,
    Second,
    /// The extended length and the mask.
    Rest,
    Payload,
}

impl FrameHeaders {
    /// The cost of the frames whose headers end in these bytes: 1 per frame, and 1 more per [`limits::FRAME_UNIT`]
    /// bytes of payload.
    fn cost(&mut self, mut bytes: &[u8]) -> u64 {
        let mut cost: u64 = 0;
        while let [byte, rest @ ..] = bytes {
            match self.place {
                HeaderState::First => self.place = HeaderState::Second,
                HeaderState::Second => {
                    let length = byte & 0x7f;
                    self.extended = match length {
                        126 => 2,
                        127 => 8,
                        _ => 0,
                    };
                    self.payload = if self.extended > 0 { 0 } else { length.into() };
                    self.head = self.extended + if byte & 0x80 > 0 { 4 } else { 0 };
                    self.place = HeaderState::Rest;
                }
                HeaderState::Rest => {
                    if self.extended > 0 {
                        self.extended -= 1;
                        self.payload = self.payload << 8 | u64::from(*byte);
                    }
                    self.head -= 1;
                }
                HeaderState::Payload => {
                    let skipped = (bytes.len() as u64).min(self.payload);
                    self.payload -= skipped;
                    if self.payload == 0 {
                        self.place = HeaderState::First;
                    }
                    bytes = &bytes[skipped as usize..];
                    continue;
                }
            }
            bytes = rest;
            if self.place == HeaderState::Rest && self.head == 0 {
                cost = cost.saturating_add(1 + self.payload / limits::FRAME_UNIT);
                self.place = match self.payload {
                    0 => HeaderState::First,
                    _ => HeaderState::Payload,
                };
            }
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tungstenite::protocol::frame::FrameHeader;
    use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    use super::*;

    /// A frame as a client sends it.
    fn frame(opcode: OpCode, length: usize, is_last: bool) -> Vec<u8> {
        let header = FrameHeader {
            is_final: is_last,
            opcode,
            mask: Some([1, 2, 3, 4]),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        header.format(length as u64, &mut bytes).expect("a vector");
        bytes.resize(bytes.len() + length, b'x');
        bytes
    }

    fn ping() -> Vec<u8> {
        frame(OpCode::Control(Control::Ping), 0, true)
    }

    /// How many of these frames are accepted back to back.
    fn accepted(flood: &mut Flood, frame: &[u8], now: Instant) -> usize {
        let mut count = 0;
        while count < 100_000 {
            flood.count_at(frame, now);
            if flood.is_flooded() {
                return count;
            }
            count += 1;
        }
        count
    }

    #[test]
    fn a_burst_of_any_kind_is_taken_and_not_one_frame_more() {
        let now = Instant::now();
        for opcode in [
            OpCode::Control(Control::Ping),
            OpCode::Control(Control::Pong),
            OpCode::Control(Control::Close),
            OpCode::Data(Data::Text),
            OpCode::Data(Data::Binary),
            OpCode::Data(Data::Continue),
        ] {
            for (length, is_last) in [(0, true), (0, false), (1, false), (125, true)] {
                let mut flood = Flood::new(FrameRate::per_second(50), now);
                let one = frame(opcode, length, is_last);
                assert_eq!(accepted(&mut flood, &one, now), 200, "{opcode} of {length}");
            }
        }
    }

    #[test]
    fn a_long_frame_counts_for_several() {
        let now = Instant::now();
        let mut flood = Flood::new(FrameRate::per_second(50), now);
        let long = frame(OpCode::Data(Data::Text), 128 * 1024, true);
        assert_eq!(accepted(&mut flood, &long, now), 200 / 9);
        // The claimed length counts, not the bytes that arrive.
        let mut flood = Flood::new(FrameRate::per_second(50), now);
        flood.count_at(
            &[
                0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
            ],
            now,
        );
        assert!(flood.is_flooded());
    }

    #[test]
    fn who_keeps_to_the_rate_is_never_cut_off_and_may_burst_again_after_a_pause() {
        let mut now = Instant::now();
        let mut flood = Flood::new(FrameRate::per_second(50), now);
        for _ in 0..10_000 {
            now += Duration::from_millis(20);
            flood.count_at(&ping(), now);
        }
        assert!(!flood.is_flooded());
        now += Duration::from_secs(4);
        assert_eq!(accepted(&mut flood, &ping(), now), 200);
    }

    #[test]
    fn without_a_rate_nothing_is_too_much() {
        let mut flood = Flood::new(FrameRate::per_second(0), Instant::now());
        for _ in 0..100_000 {
            flood.count(&ping());
        }
        assert!(!flood.is_flooded());
    }

    proptest! {
        /// However the stream is split and whatever the payloads are, each frame is counted once.
        #[test]
        fn each_frame_is_counted_once(
            frames in prop::collection::vec((0..5_usize, prop_oneof![0..3_usize, 120..130_usize, 65_530..65_540_usize], any::<bool>()), 1..20),
            pieces in prop::collection::vec(1..3_000_usize, 1..50),
        ) {
            let opcodes = [
                OpCode::Data(Data::Text),
                OpCode::Data(Data::Continue),
                OpCode::Data(Data::Binary),
                OpCode::Control(Control::Ping),
                OpCode::Control(Control::Pong),
            ];
            let (mut bytes, mut due) = (Vec::new(), 0);
            for &(opcode, length, is_last) in &frames {
                bytes.extend(frame(opcodes[opcode], length, is_last));
                due += 1 + length as u64 / limits::FRAME_UNIT;
            }
            let (mut heads, mut cost, mut rest) = (FrameHeaders::default(), 0, &bytes[..]);
            for &piece in pieces.iter().cycle() {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                cost += heads.cost(now);
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(cost, due);
            prop_assert_eq!(heads.place, HeaderState::First);
        }
    }
}
