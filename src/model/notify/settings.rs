//! What a person chose to be notified of in all threads, and when not at all.

use serde::{Deserialize, Serialize};

use super::level::{Level, NotifyChoice};
use crate::model::Millis;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifySettings {
    /// In direct chats and groups for which nothing else was chosen.
    pub direct: Level,
    /// In rooms for which nothing else was chosen.
    pub rooms: Level,
    /// Words whose messages count like mentions: at most [`KEYWORDS_MAX`](crate::model::limits::KEYWORDS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The part of each day without notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// Until when there are none at all, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub paused_until: Millis,
}

/// A part of each day. If it begins later than it ends, it goes over midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The first minute: 0 to 1,439.
    pub from: u16,
    /// The first minute after them.
    pub to: u16,
    /// The name of the time zone in which they are meant (IANA: `Europe/Berlin`).
    pub zone: String,
}

impl QuietHours {
    /// Whether they include this minute of the day, in their time zone.
    #[must_use]
    pub fn include(&self, minute: u16) -> bool {
        match self.from <= self.to {
            true => (self.from..self.to).contains(&minute),
            false => minute >= self.from || minute < self.to,
        }
    }
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            direct: Level::Everything,
            rooms: Level::Mentions,
            keywords: Vec::new(),
            quiet: None,
            paused_until: 0,
        }
    }
}

impl NotifySettings {
    /// The level of a thread, by what was chosen for it or for all of its kind.
    #[must_use]
    pub fn level(&self, choice: NotifyChoice, is_direct: bool) -> Level {
        let of_kind = if is_direct { self.direct } else { self.rooms };
        choice.level.unwrap_or(of_kind)
    }

    /// Whether there are no notifications at this time, and at this minute of the day in the time zone of the person.
    #[must_use]
    pub fn is_quiet(&self, now: Millis, minute: u16) -> bool {
        let hours = self.quiet.as_ref();
        now < self.paused_until || hours.is_some_and(|hours| hours.include(minute))
    }
}

/// The minute of a day that a time like `22:30` names.
#[must_use]
pub fn minute_of(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    let number = |digits: &str| {
        let is_written_so = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_written_so.then(|| digits.parse::<u16>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A minute of the day as a time like `22:30`.
#[must_use]
pub fn minute_text(minute: u16) -> String {
    let two = |number: u16| [if number < 10 { "0" } else { "" }, &*number.to_string()].concat();
    let minute = minute % DAY;
    [two(minute / 60), two(minute % 60)].join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        QuietHours {
            from: minute_of(from).unwrap(),
            to: minute_of(to).unwrap(),
            zone: "UTC".into(),
        }
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_end_with_their_last_minute() {
        let night = hours("22:00", "07:00");
        for (time, is_quiet) in [
            ("21:59", false),
            ("22:00", true),
            ("00:00", true),
            ("06:59", true),
            ("07:00", false),
        ] {
            assert_eq!(night.include(minute_of(time).unwrap()), is_quiet, "{time}");
        }
        let noon = hours("12:00", "13:00");
        let included = (0..DAY).filter(|minute| noon.include(*minute));
        assert_eq!(included.collect::<Vec<_>>(), (720..780).collect::<Vec<_>>());
        let never = hours("08:00", "08:00");
        assert!((0..DAY).all(|minute| !never.include(minute)));
    }

    #[test]
    fn times_are_read_as_they_are_written_and_nothing_else_is_a_time() {
        for minute in 0..DAY {
            assert_eq!(minute_of(&minute_text(minute)), Some(minute));
        }
        for text in [
            "",
            ":",
            "24:00",
            "12:60",
            "1:00",
            "+1:00",
            "12:3",
            "12:30:00",
            "١٢:٠٠",
            "12.30",
        ] {
            assert_eq!(minute_of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_pause_ends_by_itself() {
        let settings = NotifySettings {
            paused_until: 1_000,
            ..NotifySettings::default()
        };
        assert!(settings.is_quiet(999, 0));
        assert!(!settings.is_quiet(1_000, 0));
    }

    #[test]
    fn the_choice_for_a_thread_comes_before_that_for_all() {
        let settings = NotifySettings {
            rooms: Level::Nothing,
            ..NotifySettings::default()
        };
        let chosen = NotifyChoice {
            level: Some(Level::Everything),
            ..NotifyChoice::default()
        };
        assert_eq!(settings.level(chosen, false), Level::Everything);
        assert_eq!(
            settings.level(NotifyChoice::default(), false),
            Level::Nothing
        );
        assert_eq!(
            settings.level(NotifyChoice::default(), true),
            Level::Everything
        );
    }
}
